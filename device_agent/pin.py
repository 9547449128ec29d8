"""What the maker wrote into this device for good: its root, its name and the one service it calls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from device_agent.files import read_or_none
from wire.encoding import KEY_BYTES, unb64
from wire.errors import WireError

if TYPE_CHECKING:
    from pathlib import Path

_TRUST_BYTES: Final = 65_536


class TrustError(Exception):
    """The device's own files do not allow it to start; the text says which and why, in words."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What the maker wrote into this device for good."""

    root: bytes
    iss: str
    org: str
    origin: str


def load_pin(path: Path) -> Pin:
    """What the maker provisioned; a device that trusts nobody yet does not start."""
    data = read_or_none(path, at_most=_TRUST_BYTES)
    if data is None:
        raise TrustError(f"{path.name} is missing: this device was not provisioned with its maker's root key")
    try:
        fields = json.loads(data)
        texts = [fields[name] for name in ("iss", "org", "origin")]
        root = unb64(fields["root"], KEY_BYTES)
    except (ValueError, KeyError, TypeError, AttributeError, WireError) as error:
        raise TrustError(
            f"{path.name} is not in the form this device reads: {type(error).__name__}"
        ) from None
    if not all(isinstance(text, str) and text for text in texts):
        raise TrustError(f"{path.name} is not in the form this device reads: an empty or other value")
    return Pin(root, *texts)
