"""What the device is and whom it believes: its own key, its maker's root, and what that root has signed.

`device.key` is made at the first run and never leaves. `trust.json` comes from the maker (a factory would
write it) and names the root, nothing that changes. Which keys may issue badges, and what is revoked, comes
through the relay, is believed only if root or status key signed it, and is kept in `trust-state.json`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from device_agent.files import read_or_none, write_durably, write_once
from device_agent.now import ForwardClock
from wire import badge as badges
from wire import keyset as keysets
from wire import status as lists
from wire.encoding import KEY_BYTES, b64, key_id, unb64
from wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from device_agent.clock import Clock
    from wire.badge import ParsedBadge
    from wire.keyset import Keyset
    from wire.status import StatusList

log = logging.getLogger(__name__)

_KEY_MODE: Final = 0o600
_TRUST_BYTES: Final = 65_536
_STATE_BYTES: Final = 131_072


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
    if not path.exists():
        # Of two processes that find none, one writes it and both read that one.
        write_once(path, Ed25519PrivateKey.generate().private_bytes_raw(), mode=_KEY_MODE)
    raw = read_or_none(path, at_most=KEY_BYTES) or b""
    if path.stat().st_mode & 0o077:
        raise TrustError(f"{path.name} can be read by others; allow its owner only (chmod 600)")
    if len(raw) != KEY_BYTES:
        raise TrustError(f"{path.name} does not hold a key of {KEY_BYTES} bytes")
    return DeviceKey(raw)


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


class Trust:
    """Judges badges by what the root has signed; never goes back to an older keyset, list or time."""

    def __init__(self, pin: Pin, now: ForwardClock, path: Path) -> None:
        self.pin: Final = pin
        self._now = now
        self._path = path
        self._keyset: Keyset | None = None
        self._keyset_data = b""
        self._status: StatusList | None = None
        self._status_data = b""
        self._newest_s = 0
        self._lock = asyncio.Lock()

    @property
    def keyset(self) -> Keyset | None:
        """The newest keyset of the root that reached this device."""
        return self._keyset

    @property
    def status(self) -> StatusList | None:
        """The newest list of what is revoked."""
        return self._status

    def now_ms(self) -> int:
        """The device's now."""
        return self._now.now_ms()

    def hear_keyset(self, data: bytes) -> bool:
        """A keyset came. Whether there is something to `keep`."""
        try:
            keyset = keysets.verified(data, root=self.pin.root, check=check)
        except WireError as error:
            log.warning("a keyset was refused: %s", error.detail)
            return False
        self._signed_at(keyset.iat)
        why = self._why_not(keyset)
        if why is not None:
            log.warning("a keyset was refused: %s", why)
            return False
        if keyset == self._keyset:
            return False
        self._hold_keyset(keyset, data)
        return True

    def hear_status(self, data: bytes) -> bool:
        """A list of what is revoked came. Whether there is something to `keep`."""
        keyset = self._keyset
        if keyset is None:
            return False
        try:
            status = lists.verified(data, status_key=keyset.status, iss=keyset.iss, check=check)
        except WireError as error:
            log.warning("a status list was refused: %s", error.detail)
            return False
        if status.iat >= keyset.exp:
            # A thief of the status key can push our clock as far as the keyset lasts, not further.
            log.warning("a status list was refused: from beyond the keyset")
            return False
        self._signed_at(status.iat)
        if self._status is not None and status.iat < self._status.iat:
            log.warning("a status list was refused: older than the one this device holds")
            return False
        if status == self._status:
            return False
        self._status, self._status_data = status, data
        return True

    async def keep(self) -> None:
        """Durable when it returns: a restart forgets neither a serial nor a revocation."""
        async with self._lock:
            state = {
                "keyset": b64(self._keyset_data),
                "status": b64(self._status_data),
                "newest": self._newest_s,
            }
            await asyncio.to_thread(write_durably, self._path, json.dumps(state).encode())

    def accept(self, parsed: ParsedBadge, *, hello_kid: str, asks: Iterable[str], now_ms: int) -> None:
        """Raise unless this badge may be believed, now, here and for what is asked (seal/SPEC §6)."""
        badges.accept(
            parsed,
            keyset=self._keyset,
            status=self._status,
            aud=self.pin.origin,
            now_s=now_ms // 1000,
            hello_kid=hello_kid,
            asks=asks,
            check=check,
        )

    def recall(self) -> None:
        """What was kept before the last restart; nothing of it is believed that the root did not sign."""
        data = read_or_none(self._path, at_most=_STATE_BYTES)
        if data is None:
            return
        try:
            state = json.loads(data)
            keyset_data, status_data = unb64(state["keyset"]), unb64(state["status"])
            newest = int(state["newest"])
            keyset = keysets.verified(keyset_data, root=self.pin.root, check=check)
        except (ValueError, KeyError, TypeError, WireError):
            log.warning(
                "%s could not be read: the keys and revocations it held are asked for anew", self._path.name
            )
            return
        self._signed_at(newest)
        if keyset.iss == self.pin.iss:
            # Also one that is over: what comes next must have a higher number.
            self._hold_keyset(keyset, keyset_data)
            with contextlib.suppress(WireError):
                self._status = lists.verified(
                    status_data, status_key=keyset.status, iss=keyset.iss, check=check
                )
                self._status_data = status_data

    def _why_not(self, keyset: Keyset) -> str | None:
        if keyset.iss != self.pin.iss:
            return "another organisation"
        if not keyset.is_valid(self.now_ms() // 1000):
            return "not valid now"
        if not keysets.succeeds(keyset, self._keyset):
            return "its number is not higher than that of the one this device holds"
        return None

    def _hold_keyset(self, keyset: Keyset, data: bytes) -> None:
        if self._keyset is not None and self._keyset.status != keyset.status:
            self._status, self._status_data = None, b""
        self._keyset, self._keyset_data = keyset, data

    def _signed_at(self, seconds: int) -> None:
        self._newest_s = max(self._newest_s, seconds)
        self._now.raise_to(seconds * 1000)


def load_trust(folder: Path, clock: Clock, *, floor_ms: int) -> Trust:
    """Whom the device with this data believes; its now is not before `floor_ms`."""
    pin = load_pin(folder / "trust.json")
    trust = Trust(pin, ForwardClock(clock, floor_ms=floor_ms), folder / "trust-state.json")
    trust.recall()
    return trust


def check(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is that key's over `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
