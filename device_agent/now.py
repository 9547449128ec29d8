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
    """The device's *now*: its wall clock, raised to the latest time it has known, never lowered.

    Without it somebody who sets the clock back could revive an old badge or hide a revocation.
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

    def raise_to(self, ms: int) -> None:
        """Something signed was made then, so it is not earlier now."""
        self._floor_ms = max(self.now_ms(), ms)


@dataclass(frozen=True, slots=True)
class RelayTime:
    """What the relay said of the time, when we stood at `boot`: believed for this call, and only forwards."""

    at_ms: int
    boot: float

    def now_ms(self, own_ms: int, boot: float) -> int:
        """The device's now, raised by the relay's word; nothing of it is kept."""
        return max(own_ms, self.at_ms + round((boot - self.boot) * 1000))


def heard_time(at_ms: int, own_ms: int, boot: float) -> RelayTime:
    """Takes the relay's word down, and says so where it differs from what this device believes."""
    if abs(at_ms - own_ms) > _WORTH_A_LINE_MS:
        log.warning("the service's clock differs from this device's by %d s", round((at_ms - own_ms) / 1000))
    return RelayTime(at_ms, boot)
