"""Somebody with a technician's account who guesses for days, through every door, at the real limiter."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, cast

from relay.audit.service import AuditService
from relay.pin.rules import DAY_MS
from relay.pin.service import PinService, PinSettings
from relay.ports import NotOpen, Redeemed, Run, TooMany
from tests.relay.kit import BADGE
from tests.sim.loop import START_S, Process, VirtualLoop
from tests.sim.relay import NODE, SALT
from tests.sim.store import Store, Transactions

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from tests.sim.oracle import Oracle

LOCATORS: Final = 100_000
ACCOUNT: Final = "a" * 32
_START_MS: Final = 1_790_000_000_000


class Door(StrEnum):
    """Ways that might be free."""

    PLAIN = "one guess after the other"
    TABS = "forty tabs at once"
    ADDRESSES = "two addresses"
    HANGING_UP = "hanging up before the device has answered"
    RESTARTS = "a restart of the server between any two guesses"
    BADGES = "other people's badges in between"


class _Nobody:
    """No oracle: here the store is only a store."""

    def step(self, kind: str) -> None:
        return

    def committed(self, step: str) -> None:
        return


@dataclass
class Campaign:
    """What a guesser gets in some days, with so many codes live all the time."""

    door: Door
    seed: int
    live: int
    misses: list[int] = field(default_factory=list)
    hits: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed} {self.door}")
        self.loop = VirtualLoop(lambda: 0.0)
        self._store = Store(self.loop, random.Random(self.seed), cast("Oracle", _Nobody()))
        self._pins = self._start()

    def now_ms(self) -> int:
        return _START_MS + int((self.loop.time() - START_S) * 1000)

    def monotonic(self) -> float:
        return self.loop.time()

    def run(self, days: int) -> None:
        for _ in range(self.live):
            self._somebody_shows_a_code()
        until = self.loop.time() + days * DAY_MS / 1000
        task = self.loop.create_task(self._guess_until(until))
        self.loop.run_until(task.done)
        task.result()
        self._store.close()
        self.loop.drop_everything()

    def most_in_a_day(self) -> int:
        """The most misses that any 24 hours hold."""
        ends = [sum(1 for at in self.misses if end - DAY_MS < at <= end) for end in self.misses]
        return max(ends, default=0)

    async def _guess_until(self, until: float) -> None:
        while self.loop.time() < until:
            if self.door is Door.RESTARTS:
                self._pins = self._start()
            if self.door is Door.BADGES and self._rng.random() < 0.2:
                await self._pins.note_refusal(ACCOUNT, "badge")
            tabs = 40 if self.door is Door.TABS else 1
            waits = await asyncio.gather(*(self._guess() for _ in range(tabs)))
            # As soon as it may, and now and then before.
            wait = max(waits)
            await asyncio.sleep(wait if wait and self._rng.random() < 0.7 else 1 + wait / 3)  # virtual time

    async def _guess(self) -> int:
        """One guess; how long the next one is told to wait."""
        source = f"192.0.2.{self._rng.randrange(2)}" if self.door is Door.ADDRESSES else "192.0.2.1"
        outcome = await self._pins.redeem(
            locator=f"{self._rng.randrange(LOCATORS):05d}",
            account=ACCOUNT,
            badge=BADGE,
            source=source,
            open_session=_open,
        )
        match outcome:
            case TooMany(wait_s=wait_s):
                return wait_s
            case NotOpen():
                self.misses.append(self.now_ms())
            case Redeemed(session=session):
                self.hits.append(self.now_ms())
                await self._come_to_nothing(session)
                self._somebody_shows_a_code()
        return 0

    async def _come_to_nothing(self, session: str) -> None:
        """A million to one the secret was wrong."""
        run = Run.DROPPED if self.door is Door.HANGING_UP else Run.FAILED
        async with self._pins._storage.write("end") as conn:
            await self._pins.run_ended(conn, session=session, account=ACCOUNT, run=run)

    def _start(self) -> PinService:
        storage = Transactions(self._store, Process(self.loop, "relay"))
        audit = AuditService(storage=storage, clock=self, random_bytes=self._rng.randbytes, salt=SALT)
        return PinService(
            storage=storage,
            clock=self,
            append=audit.append,
            append_to_each=audit.append_to_each,
            random_bytes=self._rng.randbytes,
            settings=PinSettings(node=NODE, salt=SALT),
        )

    def _somebody_shows_a_code(self) -> None:
        """Straight into the table: codes that honest people show all the time."""
        locator = f"{self._rng.randrange(LOCATORS):05d}"
        self._store.raw(
            "INSERT INTO pin (session, locator, locator_live, device, node, issued_at, expires_at, state)"
            " VALUES (?, ?, ?, 'somebody', ?, ?, ?, 'issued') ON CONFLICT DO NOTHING",
            self._rng.randbytes(16).hex(),
            locator,
            locator,
            NODE,
            self.now_ms(),
            self.now_ms() + 1_000 * DAY_MS,
        )


async def _open(conn: AsyncConnection, redeemed: Redeemed) -> None:
    return
