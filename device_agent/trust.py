"""What the device is and whom it believes: its own key, its maker's root, and what that root has signed.

`device.key` is made at the first run and never leaves. `trust.json` comes from the maker (a factory would
write it) and names the root, nothing that changes. Which keys may issue badges, and what is revoked, comes
through the relay, is believed only if root or status key signed it, and is kept in `trust-state.json`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from device_agent.files import read_or_none, write_durably, write_once
from device_agent.now import Moment
from device_agent.pin import TrustError, load_pin
from device_agent.trust_state import Marks, TrustState, higher, read_state
from wire import badge as badges
from wire import keyset as keysets
from wire import status as lists
from wire.encoding import KEY_BYTES, key_id
from wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from device_agent.clock import Clock
    from device_agent.pin import Pin
    from wire.badge import ParsedBadge
    from wire.keyset import Keyset
    from wire.status import StatusList

log = logging.getLogger(__name__)

_KEY_MODE: Final = 0o600
_STATE_BYTES: Final = 196_608
_KIDS_MOST: Final = 1_024  # four lists full of them


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


class Trust:
    """Judges badges by what the root has signed; never goes back to an older keyset, list or signed time."""

    def __init__(
        self,
        pin: Pin,
        clock: Clock,
        path: Path,
        *,
        marks: Marks | None = None,
        mark: Callable[[Marks], Awaitable[None]] | None = None,
    ) -> None:
        """`marks` and `mark`: the second copy of how far this device has come, read and written."""
        self.pin: Final = pin
        self._clock = clock
        self._path = path
        self._marks = marks or Marks()
        self._mark = mark
        self._keyset: Keyset | None = None
        self._keyset_data = b""
        self._status: StatusList | None = None
        self._status_data = b""
        self._root_time = self._list_time = Moment(0, clock.boot())
        self._changes = self._kept = 0
        self._lock = asyncio.Lock()

    @property
    def keyset(self) -> Keyset | None:
        """The newest keyset of the root that reached this device."""
        return self._keyset

    @property
    def status(self) -> StatusList | None:
        """The newest list of what is revoked, with every key that an earlier one of its signer named."""
        return self._status

    @property
    def is_kept(self) -> bool:
        """Whether all that is held is on the disk; until then nothing of it is relied on."""
        return self._changes == self._kept

    def now_ms(self) -> int:
        """The device's now: its own clock, raised to what was signed (seal/SPEC §10)."""
        return self._list_time.now_ms(self._root_now_ms(), self._clock.boot())

    def hear_keyset(self, data: bytes) -> bool:
        """A keyset came. Whether it is a new one, which is to `keep`."""
        try:
            keyset = keysets.verified(data, root=self.pin.root, check=check)
        except WireError as error:
            log.warning("a keyset was refused: %s", error.detail)
            return False
        why = self._why_not(keyset)
        if why is not None:
            log.warning("a keyset was refused: %s", why)
            return False
        if keyset == self._keyset:
            return False
        self._hold_keyset(keyset, data)
        self._changes += 1
        return True

    def hear_status(self, data: bytes) -> bool:
        """A list of what is revoked came. Whether it brings something new, which is to `keep`."""
        keyset = self._keyset
        if keyset is None:
            return False
        try:
            status = lists.verified(data, status_key=keyset.status, iss=keyset.iss, check=check)
        except WireError as error:
            log.warning("a status list was refused: %s", error.detail)
            return False
        status = lists.following(status, self._status)
        why = self._why_not_list(status, keyset)
        if why is not None:
            log.warning("a status list was refused: %s", why)
            return False
        if status == self._status:
            return False
        self._hold_status(status, data)
        self._changes += 1
        return True

    async def keep(self) -> None:
        """Durable when it returns: a restart forgets neither a serial nor a revocation."""
        # Who gives up waiting must not let a second write begin beside the first.
        await asyncio.shield(asyncio.ensure_future(self._write()))

    async def _write(self) -> None:
        async with self._lock:
            while not self.is_kept:
                changes, marks = self._changes, self._marks
                await asyncio.to_thread(write_durably, self._path, self._state().to_bytes())
                self._kept = changes
                await self._copy(marks)

    async def _copy(self, marks: Marks) -> None:
        try:
            if self._mark is not None:
                await self._mark(marks)
        except OSError as failure:
            # What counts is on the disk; the next start finds the copy behind and makes it anew.
            log.warning("the second copy of the marks was not written: %s", failure.strerror)

    def accept(self, parsed: ParsedBadge, *, hello_kid: str, asks: Iterable[str], now_ms: int) -> None:
        """Raise unless this badge may be believed, now, here and for what is asked (seal/SPEC §6)."""
        badges.accept(
            parsed,
            keyset=self._keyset if self.is_kept else None,
            status=self._status,
            aud=self.pin.origin,
            now_s=now_ms // 1000,
            hello_kid=hello_kid,
            asks=asks,
            check=check,
        )

    def recall(self) -> None:
        """What was kept before the last restart; nothing of it is believed that the root did not sign."""
        data, known = read_or_none(self._path, at_most=_STATE_BYTES), self._marks
        state = None if data is None else read_state(data)
        if data is not None and state is None:
            log.warning("%s could not be read: what it held is asked for anew", self._path.name)
        state = state or TrustState()
        self._marks = higher(known, state.marks)
        self._root_time = self._raised(self._root_time, self._marks.root_s)
        self._list_time = self._raised(self._list_time, self._marks.status_s)
        self._recall_keyset(state)
        copies = {state.marks} if self._mark is None else {state.marks, known}
        if copies != {self._marks}:
            self._changes += 1  # one of the files has come less far

    def _recall_keyset(self, state: TrustState) -> None:
        with contextlib.suppress(WireError):
            keyset = keysets.verified(state.keyset, root=self.pin.root, check=check)
            if keyset.iss != self.pin.iss or keyset.serial < self._marks.serial:
                return
            # Also one that is over: what comes next must have a higher number.
            self._hold_keyset(keyset, state.keyset)
            status = lists.verified(state.status, status_key=keyset.status, iss=keyset.iss, check=check)
            if status.iat >= self._marks.status_s:
                self._hold_status(replace(status, kids=status.kids | state.kids), state.status)

    def _why_not(self, keyset: Keyset) -> str | None:
        if keyset.iss != self.pin.iss:
            return "another organisation"
        # The lists' times have no say: their key may have been stolen, and this keyset be the cure.
        if not keyset.is_valid(max(self._root_now_ms() // 1000, keyset.iat)):
            return "not valid now"
        if keyset.serial < self._marks.serial or not keysets.succeeds(keyset, self._keyset):
            return "its number is not higher than that of the newest this device has seen"
        return None

    def _why_not_list(self, status: StatusList, keyset: Keyset) -> str | None:
        if status.iat >= keyset.exp:
            # A thief of the status key can push our clock as far as the keyset lasts, not further.
            return "from beyond the keyset"
        if status.iat < self._marks.status_s:
            return "older than the newest this device has seen"
        if len(status.kids) > _KIDS_MOST:
            return "more revoked keys than this device can hold"
        return None

    def _hold_keyset(self, keyset: Keyset, data: bytes) -> None:
        marks, kid = self._marks, key_id(keyset.status)
        if kid != marks.status_kid:
            # Another status key: neither lists nor times of the one before count any more.
            self._status, self._status_data = None, b""
            self._list_time = Moment(0, self._clock.boot())
            marks = replace(marks, status_kid=kid, status_s=0)
        self._marks = replace(marks, serial=keyset.serial, root_s=max(marks.root_s, keyset.iat))
        self._root_time = self._raised(self._root_time, keyset.iat)
        self._keyset, self._keyset_data = keyset, data

    def _hold_status(self, status: StatusList, data: bytes) -> None:
        self._marks = replace(self._marks, status_s=status.iat)
        self._list_time = self._raised(self._list_time, status.iat)
        self._status, self._status_data = status, data

    def _state(self) -> TrustState:
        kids = frozenset() if self._status is None else self._status.kids
        return TrustState(self._keyset_data, self._status_data, kids, self._marks)

    def _root_now_ms(self) -> int:
        return self._root_time.now_ms(self._clock.now_ms(), self._clock.boot())

    def _raised(self, moment: Moment, seconds: int) -> Moment:
        boot = self._clock.boot()
        return Moment(seconds * 1000, boot) if seconds * 1000 > moment.now_ms(0, boot) else moment


def load_trust(
    folder: Path,
    clock: Clock,
    *,
    marks: Marks | None = None,
    mark: Callable[[Marks], Awaitable[None]] | None = None,
) -> Trust:
    """Whom the device with this data believes."""
    trust = Trust(load_pin(folder / "trust.json"), clock, folder / "trust-state.json", marks=marks, mark=mark)
    trust.recall()
    return trust


def check(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is that key's over `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
