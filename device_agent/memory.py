"""What must outlive a restart: codes used, failed runs, the wait after three, an unseen ending, an open code.

Kept in `device-state.json`. A code is marked used before the device's answer leaves (seal/SPEC §1.2): a crash
after that costs a code, never a second guess (INV-A1).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from device_agent.files import read_or_none, write_durably
from device_agent.trust_state import Marks, read_marks
from wire.encoding import b64
from wire.reasons import EndReason

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

RUNS_BEFORE_WAIT: Final = 3
WAIT_MS: Final = 15 * 60 * 1000
_USED_FOR_MS: Final = 24 * 3600 * 1000
_USED_MOST: Final = 512
_STATE_BYTES: Final = 131_072


@dataclass(frozen=True, slots=True)
class Facts:
    """The file's content; times in ms by the clock that only moves forward, but those of `signed`."""

    salt: str = field(default_factory=lambda: secrets.token_hex(16))
    used: dict[str, int] = field(default_factory=dict)
    fails: int = 0
    wait_until: int = 0
    floor: int = 0
    unseen_end: str = ""
    open_until: int = 0
    signed: Marks = field(default_factory=Marks)


class Memory:
    """The facts and the file they live in. Changes return once they are on the disk."""

    def __init__(self, path: Path, facts: Facts) -> None:
        self._path = path
        self._facts = facts
        self._lock = asyncio.Lock()

    @property
    def fails(self) -> int:
        """Runs that ended without a pairing since the last pairing."""
        return self._facts.fails

    @property
    def floor_ms(self) -> int:
        """The latest the wall clock stood; for waits and used codes only."""
        return self._facts.floor

    @property
    def signed(self) -> Marks:
        """How far this device has come with what its maker signs: a copy of what the trust state says."""
        return self._facts.signed

    @property
    def unseen_end(self) -> EndReason | None:
        """An ending the customer has not seen on the screen yet."""
        return EndReason(self._facts.unseen_end) if self._facts.unseen_end else None

    def was_interrupted(self, now: int) -> bool:
        """Whether this device died with a code that would still be good, were it not for that."""
        return self._facts.open_until > now

    def wait_ms(self, now: int) -> int:
        """How long until a new code may be asked for."""
        return min(max(self._facts.wait_until - now, 0), WAIT_MS)

    def was_used(self, code: str) -> bool:
        """Whether this code ran before, within a day."""
        return self._name(code) in self._facts.used

    async def mark_used(self, code: str, now: int) -> None:
        """Count a run of this code as failed until `mark_paired` says otherwise."""
        kept = {name: at for name, at in self._facts.used.items() if now - at < _USED_FOR_MS}
        newest = dict(sorted(kept.items(), key=lambda item: item[1])[-_USED_MOST + 1 :])
        fails = self._facts.fails + 1
        wait_until = now + WAIT_MS if fails % RUNS_BEFORE_WAIT == 0 else self._facts.wait_until
        await self._save(
            replace(
                self._facts,
                used=newest | {self._name(code): now},
                fails=fails,
                wait_until=wait_until,
                floor=now,
            )
        )

    async def mark_open(self, until: int) -> None:
        """A code is shown, or run, until then. Should the device die, its next start offers a fresh one."""
        await self._save(replace(self._facts, open_until=until))

    async def mark_closed(self, until: int = 0) -> None:
        """No code is open, unless it is another than the one of `until` by now."""
        if self._facts.open_until and until in {0, self._facts.open_until}:
            await self._save(replace(self._facts, open_until=0))

    async def mark_paired(self, now: int) -> None:
        """A technician was accepted. Should the power go now, that ending is told at the next start."""
        end = EndReason.DEVICE_POWERED_OFF.value
        await self._save(replace(self._facts, fails=0, wait_until=0, floor=now, unseen_end=end, open_until=0))

    async def mark_seen(self) -> None:
        """The customer has the ending on the screen, or it is none of theirs."""
        if self._facts.unseen_end:
            await self._save(replace(self._facts, unseen_end=""))

    async def mark_signed(self, marks: Marks) -> None:
        """The device has come so far with what its maker signs."""
        if marks != self._facts.signed:
            await self._save(replace(self._facts, signed=marks))

    def _name(self, code: str) -> str:
        return b64(hashlib.sha256(f"{self._facts.salt}{code}".encode()).digest())

    async def _save(self, facts: Facts) -> None:
        self._facts = facts
        # Who gives up waiting must not let a second write begin beside the first.
        await asyncio.shield(asyncio.ensure_future(self._write()))

    async def _write(self) -> None:
        async with self._lock:
            # The newest facts, not those of the call: writes that wait for one another end in order.
            data = json.dumps(asdict(self._facts)).encode()
            await asyncio.to_thread(write_durably, self._path, data)


def load_memory(path: Path, now_ms: int) -> Memory:
    """What the device remembers; an unreadable file counts as three failed runs, never as none."""
    data = read_or_none(path, at_most=_STATE_BYTES)
    if data is None:
        return Memory(path, Facts(floor=now_ms))
    try:
        facts = _read(json.loads(data))
    except (ValueError, TypeError):
        log.warning("%s could not be read: waiting before the next code", path.name)
        facts = Facts(fails=RUNS_BEFORE_WAIT, wait_until=now_ms + WAIT_MS, floor=now_ms)
    return Memory(path, facts)


def _read(content: Any) -> Facts:
    """The facts in a file; raises ValueError or TypeError."""
    if not isinstance(content, dict):
        raise TypeError("no object")
    facts = Facts(**content | {"signed": read_marks(content.get("signed", {}))})
    EndReason(facts.unseen_end or EndReason.IDLE)
    usual = asdict(Facts())
    if any(type(value) is not type(usual[name]) for name, value in content.items()):
        raise TypeError("another type")
    return facts
