"""What time it is for a device whose clock may be wrong (seal/SPEC §10)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from device_agent.clock import Clock

log = logging.getLogger(__name__)

_WORTH_A_LINE_MS: Final = 300_000


class ForwardClock:
    """The clock for waits and used codes: the wall clock, never lower than it once stood.

    Nothing that was signed is judged by it: a wall clock that once ran ahead would lock everybody out.
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
class Moment:
    """Somebody's word on the time, when we stood at `boot`; what has passed here since counts."""

    at_ms: int
    boot: float

    def now_ms(self, own_ms: int, boot: float) -> int:
        """`own_ms`, raised by that word."""
        return max(own_ms, self.at_ms + round((boot - self.boot) * 1000))


class RelayTime(Moment):
    """What the relay said of the time: believed for one call, only forwards, and not kept."""

    __slots__ = ()


def heard_time(at_ms: int, own_ms: int, boot: float) -> RelayTime:
    """Takes the relay's word down, and says so where it differs from what this device believes."""
    if abs(at_ms - own_ms) > _WORTH_A_LINE_MS:
        log.warning("the service's clock differs from this device's by %d s", round((at_ms - own_ms) / 1000))
    return RelayTime(at_ms, boot)
