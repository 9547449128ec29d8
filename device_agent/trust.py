"""What the device trusts and how it proves itself: its own key, the issuers it was given, its time.

`device.key` is made at the first run and never leaves; `trust.json` comes from the maker (a factory would
write it); the judgement itself is `wire.badge.judge`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from device_agent.files import read_or_none, write_durably
from wire import badge as badges
from wire.encoding import KEY_BYTES, key_id, unb64
from wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from device_agent.clock import Clock
    from wire.badge import ParsedBadge

_KEY_MODE: Final = 0o600
_TRUST_BYTES: Final = 65_536


class TrustError(Exception):
    """The device's own files do not allow it to start; the text says which and why, in words."""


class DeviceKey:
    """The device's Ed25519 key."""

    def __init__(self, raw: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(raw)
        self.public: Final = self._private.public_key().public_bytes_raw()
        self.dev: Final = key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """Ed25519 over `message`."""
        return self._private.sign(message)


def load_or_make_key(path: Path) -> DeviceKey:
    """The device's key; made, for its owner's eyes only, where there is none yet."""
    raw = read_or_none(path, at_most=KEY_BYTES)
    if raw is None:
        raw = Ed25519PrivateKey.generate().private_bytes_raw()
        write_durably(path, raw, mode=_KEY_MODE)
    elif path.stat().st_mode & 0o077:
        raise TrustError(f"{path.name} can be read by others; allow its owner only (chmod 600)")
    if len(raw) != KEY_BYTES:
        raise TrustError(f"{path.name} does not hold a key of {KEY_BYTES} bytes")
    return DeviceKey(raw)


class ForwardClock:
    """The device's `now` for badges: its wall clock, raised to the latest it has known, never lowered.

    Without it somebody who sets the clock back could revive an old badge (TRUST C4).
    """

    def __init__(self, clock: Clock, *, floor_ms: int) -> None:
        self._clock = clock
        self._floor_ms = floor_ms
        self._mark = clock.boot()

    def now_ms(self) -> int:
        """Milliseconds since the epoch, going forward also while the wall clock stands below the floor."""
        boot = self._clock.boot()
        passed = round((boot - self._mark) * 1000)
        self._floor_ms, self._mark = max(self._clock.now_ms(), self._floor_ms + passed), boot
        return self._floor_ms


@dataclass(frozen=True, slots=True)
class Trust:
    """The organisation this device belongs to, its issuers' keys by key id, and the time to judge by."""

    iss: str
    org: str
    issuers: Mapping[str, bytes]
    now_ms: Callable[[], int]

    def judge(self, parsed: ParsedBadge, *, origin: str, hello_kid: str, asks: Iterable[str]) -> None:
        """Raise unless this badge may be believed, now, here and for what is asked (seal/SPEC §6)."""
        badges.judge(
            parsed,
            issuer_key=self.issuers.get(parsed.kid),
            iss=self.iss,
            aud=origin,
            now_s=self.now_ms() // 1000,
            hello_kid=hello_kid,
            asks=asks,
            check=self.check,
        )

    @staticmethod
    def check(public: bytes, signature: bytes, message: bytes) -> bool:
        """Whether `signature` is that key's over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def load_trust(path: Path, now_ms: Callable[[], int]) -> Trust:
    """What the maker provisioned; a device that trusts nobody yet does not start."""
    data = read_or_none(path, at_most=_TRUST_BYTES)
    if data is None:
        raise TrustError(f"{path.name} is missing: this device was not provisioned with its maker's issuers")
    try:
        fields = json.loads(data)
        issuers = {kid: unb64(public, KEY_BYTES) for kid, public in fields["issuers"].items()}
        iss, org = str(fields["iss"]), str(fields["org"])
    except (ValueError, KeyError, TypeError, AttributeError, WireError) as error:
        raise TrustError(
            f"{path.name} is not in the form this device reads: {type(error).__name__}"
        ) from None
    if any(key_id(public) != kid for kid, public in issuers.items()):
        raise TrustError(f"{path.name} names an issuer key by another key's id")
    return Trust(iss, org, issuers, now_ms)
