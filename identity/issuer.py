"""The organisation's signature under badges, with a key of its own that the relay never sees."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire import badge
from wire.encoding import key_id

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32


class UnsafeKeyFile(Exception):  # noqa: N818 - reads as what it is
    """A key file that others may read, or that does not hold one key."""


class Issuer:
    """Signs badges as `iss` for devices that reach the service at `aud`."""

    def __init__(self, *, iss: str, aud: str, private: bytes) -> None:
        self.iss = iss
        self.aud = aud
        self._key = Ed25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()
        self.kid = key_id(self.public)

    def sign(self, claims: badge.Badge) -> str:
        """The badge as a compact JWS (seal SPEC §6)."""
        signing_input = badge.signing_input(self.kid, claims)
        return badge.assemble(signing_input, self._key.sign(signing_input))


def secret_from(path: Path) -> bytes:
    """The 32 secret bytes in `path`, drawn at the first call and never readable by others."""
    if not path.exists():
        _mint(path)
    return _read(path)


def _mint(path: Path) -> None:
    """All or nothing: a crash leaves no half key, and of two processes one wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _read(path: Path) -> bytes:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise UnsafeKeyFile(f"{path} can be read by others; set its mode to 600")
    secret = path.read_bytes()
    if len(secret) != KEY_BYTES:
        raise UnsafeKeyFile(f"{path} does not hold {KEY_BYTES} bytes; restore it from a backup")
    return secret
