"""Whether this process ran all the time. Who slept cannot say that others were silent (SPEC §5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wire.limits import SILENCE_S

if TYPE_CHECKING:
    from relay.ports import Clock


class Awake:
    """Told at every tick; a machine that was paused, or a process that was stopped, misses many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ticked_at = float("inf")  # nothing is missed before the first

    def ticked(self, now: float) -> None:
        self._ticked_at = now

    def has_slept(self) -> bool:
        """Whether the last tick is so long ago that every silence may be our own."""
        return self._clock.monotonic() - self._ticked_at >= SILENCE_S
