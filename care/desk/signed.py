"""Whether a message of another service is theirs and fresh: HMAC-SHA256 over time, delivery and body. Pure.

`Alongside-Signature: t=<seconds>,v1=<64 hex digits>` signs `<seconds>.<delivery>.` and the body as it came.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TOLERANCE_S: Final = 300
SECRET_LEAST: Final = 32
"""Characters of a secret."""
SECRETS_MOST: Final = 2
_SIGNATURE: Final = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")
_DELIVERY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class SecretFault(ValueError):  # noqa: N818 - a state of the file
    """The file of secrets is not what it must be."""


def is_genuine(*, signature: str, delivery: str, body: bytes, secrets: Iterable[bytes], now_s: int) -> bool:
    """Whether one of `secrets` signed exactly this, at most five minutes before or after `now_s`.

    Every secret is tried, in a time that does not tell how much of it was right.
    """
    match = _SIGNATURE.fullmatch(signature)
    if match is None or _DELIVERY.fullmatch(delivery) is None:
        return False
    text = f"{match[1]}.{delivery}.".encode() + body
    right = [
        hmac.compare_digest(hmac.digest(secret, text, hashlib.sha256).hex(), match[2]) for secret in secrets
    ]
    return any(right) and abs(now_s - int(match[1])) <= TOLERANCE_S


def sign(*, delivery: str, body: bytes, secret: bytes, now_s: int) -> str:
    """The header's value: for whoever sends, and for tests."""
    text = f"{now_s}.{delivery}.".encode() + body
    return f"t={now_s},v1={hmac.digest(secret, text, hashlib.sha256).hex()}"


def read_secrets(file: Path) -> tuple[bytes, ...]:
    """One secret a line, the newer first: two while one follows on the other. Raises SecretFault."""
    try:
        lines = [line.strip() for line in file.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError):
        raise SecretFault(f"{file.name} cannot be read as lines of ASCII") from None
    secrets = tuple(line.encode() for line in lines if line)
    if not 1 <= len(secrets) <= SECRETS_MOST or any(len(one) < SECRET_LEAST for one in secrets):
        raise SecretFault(f"{file.name}: one or two secrets, each of {SECRET_LEAST} characters at least")
    return secrets
