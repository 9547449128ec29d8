"""Time as the agent sees it: a wall clock for people and records, one that counts sleep for the lease."""

from __future__ import annotations

import asyncio
import time
from typing import Final, Protocol

_EARLY_S: Final = 0.001  # a timer may run out so much before its time


class Clock(Protocol):
    """Passed in everywhere, so that a test can be the clock."""

    def now_ms(self) -> int:
        """Wall clock, ms since the epoch; may be wrong and may jump."""
        ...

    def boot(self) -> float:
        """Seconds on a clock that only moves forward, also while the device sleeps (seal/SPEC §5)."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that time."""
        ...


class SystemClock:
    """The device's own clocks."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def boot(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def until_beat(period: float, now: float) -> float:
    """Seconds to the next whole multiple of `period`: whoever keeps one beat wakes the device once.

    Who woke up to a millisecond early waits for the one after; nobody waits longer than that beyond `period`.
    """
    left = period - now % period
    return left if left > _EARLY_S else left + period
