"""A link as the pictures meet it: rate, delay, jitter, losses that TCP repairs, silences. No time passes.

A sender is driven in steps of a millisecond: it takes a picture whenever its flow has room and there is one.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from device_agent.picture.flow import FRAME_S, Flow

if TYPE_CHECKING:
    from collections.abc import Callable

STEP_S: Final = 0.001
DRAW_S: Final = 0.008  # decode and draw


@dataclass(frozen=True)
class Link:
    """One way, device to console; what is drawn is told after `delay_s` without queueing."""

    bit_rate: int
    delay_s: float
    jitter_s: float = 0.0
    lost: float = 0.0  # share of pictures held up by a packet sent again
    again_s: float = 0.25
    silent: tuple[float, float] = (-1.0, -1.0)
    unheard: tuple[float, float] = (-1.0, -1.0)  # so long the console's words do not come back
    draw_s: float = DRAW_S  # decode and draw, one after the other
    draw_jitter_s: float = 0.0


@dataclass
class Seen:
    """What came of it."""

    shown: list[tuple[float, float, int]] = field(default_factory=list)  # taken, drawn, size
    rates: list[tuple[float, int]] = field(default_factory=list)
    left: list[float] = field(default_factory=list)
    trips: list[tuple[float, float]] = field(default_factory=list)  # what the flow takes for an empty one

    def behind(self, since: float = 0.0) -> list[float]:
        """Seconds from taken to drawn of each picture."""
        return [drawn - taken for taken, drawn, _ in self.shown if taken >= since]

    def carried(self, since: float, until: float) -> float:
        """Bits a second that were drawn."""
        return sum(size for _, drawn, size in self.shown if since <= drawn < until) * 8 / (until - since)


def play(
    link: Link, seconds: float, size_of: Callable[[int, float], int], *, per_s: float = 30, seed: int = 1
) -> Seen:
    """Pictures of `size_of(bit_rate, now)` bytes, `per_s` changes a second, over `link` for `seconds`."""
    flow, seen, chance = Flow(), Seen(), random.Random(seed)
    arriving: deque[tuple[float, int, float, int]] = deque()  # drawn at, pic, taken at, size
    told: deque[tuple[float, int]] = deque()
    free_at = came_at = drawn_at = 0.0
    pic, next_change, not_before, pending = 0, 0.0, 0.0, False
    for step in range(int(seconds / STEP_S)):
        now = step * STEP_S
        while arriving and arriving[0][0] <= now:
            drawn, number, taken, size = arriving.popleft()
            seen.shown.append((taken, drawn, size))
            told.append((_through(link.unheard, _through(link.silent, drawn)) + link.delay_s, number))
        while told and told[0][0] <= now:
            flow.drawn(told.popleft()[1], now)
            seen.rates.append((now, flow.bit_rate))
            seen.trips.append((now, flow.round_trip_s or 0.0))
        if now >= next_change:
            pending, next_change = True, next_change + 1 / per_s
        room = flow.room_in(now)
        if not (pending and room is not None and room <= 0 and now >= not_before):
            continue
        pending, pic, not_before = False, pic + 1, max(not_before + FRAME_S, now)
        size = size_of(flow.bit_rate, now)
        flow.sent(pic, size, now)
        seen.left.append(now)
        free_at = _through(link.silent, max(free_at, now)) + size * 8 / link.bit_rate
        again = link.again_s if chance.random() < link.lost else 0.0
        came_at = max(came_at, free_at + link.delay_s + chance.random() * link.jitter_s + again)
        drawn_at = max(drawn_at, came_at) + link.draw_s + chance.random() * link.draw_jitter_s
        arriving.append((drawn_at, pic, now, size))
    return seen


def _through(silent: tuple[float, float], at: float) -> float:
    """Nothing passes meanwhile."""
    begin, end = silent
    return end if begin <= at < end else at
