"""When the next picture may leave and how many bits a second to aim at, from what was drawn when. Pure.

The link is measured by what it carries: bytes of a picture over the time it took beyond an empty round trip.
Pictures leave at the pace of that rate, so they do not queue, and only so many are on the way as the round
trip needs, so that a wrong measure cannot pile them up either (SCREEN §1, INV-F3).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil
from typing import Final

FRAME_S: Final = 1 / 30
START_BIT_RATE: Final = 2_000_000
LOWEST_BIT_RATE: Final = 200_000
HIGHEST_BIT_RATE: Final = 3_400_000
LEAST_WINDOW: Final = 2
MOST_WINDOW: Final = 10
SHARE: Final = 0.85  # of the link; the rest is for keys, records and error
RISE: Final = 1.1  # at most so much for each picture drawn
TELLING_BYTES: Final = 5_000  # a smaller picture says more of the two ends than of the link
TELLING_S: Final = 0.02  # nor does one that takes the link less, however close behind another it comes
SURE: Final = 4  # so many measurements are believed, or two that took long
_LONG_S: Final = 0.15
_FADE: Final = 0.85
_STALL_S: Final = 0.15
_FIRST_TRIP: Final = 0.25
_TELLING_SPREAD: Final = 0.2
_MOST_FIXED: Final = 0.8
_SHORTEST_S: Final = 0.001
_QUEUE_S: Final = 0.01  # so much may wait on the way
_TURN_S: Final = 10.0  # the empty round trip is the least of this long
_PROBE: Final = 1.02  # for each picture that used its rate and met no queue
_MOST_PROBED: Final = 1.25
OVERDUE_S: Final = 1.5  # after so long without a word one more may leave
MOST_OVERDUE: Final = 3  # in a row
HELD_UP_S: Final = 0.1  # the same where they are known to come, though its socket says nothing
MOST_HELD_UP: Final = 10
_LEAST_SLACK_S: Final = 0.004
_MOST_SLACK_S: Final = 0.03


@dataclass(frozen=True, slots=True)
class _Sent:
    pic: int
    size: int
    at: float


class _Measure:
    """A rate, the newest pictures counting most. What each costs whatever its size is not the link's."""

    def __init__(self) -> None:
        self._weight = self._bits = self._squares = self._products = self.took = 0.0

    @property
    def rate(self) -> float | None:
        return self._bits / (self.took - self._weight * self._fixed) if self.took else None

    @property
    def _fixed(self) -> float:
        """Seconds a picture took besides its bits, by least squares; 0 where too little is known to tell."""
        if self._weight < SURE:
            return 0.0
        mean, took = self._bits / self._weight, self.took / self._weight
        spread = self._squares / self._weight - mean * mean
        if spread < (_TELLING_SPREAD * mean) ** 2:
            return 0.0
        slope = (self._products / self._weight - mean * took) / spread
        return max(0.0, min(took - slope * mean, _MOST_FIXED * took))

    def note(self, bits: float, took: float) -> None:
        self._weight = self._weight * _FADE + 1
        self._bits = self._bits * _FADE + bits
        self._squares = self._squares * _FADE + bits * bits
        self._products = self._products * _FADE + bits * took
        self.took = self.took * _FADE + took


class _Lateness:
    """How much the time on the way varies by itself, as TCP reckons it (RFC 6298)."""

    def __init__(self) -> None:
        self._mean = self._deviation = 0.0

    @property
    def slack(self) -> float:
        """What is later than this met a queue."""
        return min(_LEAST_SLACK_S + max(self._mean, 0.0) + 2 * self._deviation, _MOST_SLACK_S)

    def note(self, late: float) -> None:
        self._deviation += (abs(late - self._mean) - self._deviation) / 8
        self._mean += (late - self._mean) / 8


class Flow:
    """One session's pictures on their way. `now` is seconds on a clock that only moves forward."""

    def __init__(self) -> None:
        self._on_the_way: deque[_Sent] = deque()
        self._carried = _Measure()
        # Of pictures that came close behind another: they need no guess of the empty round trip.
        self._queued = _Measure()
        self._measured = 0
        self._usual = _Lateness()
        self._stalled = False
        self._drawn_at = float("-inf")
        self._free_at = float("-inf")  # when the link will have taken what was sent
        self._least = self._least_before = float("inf")
        self._turned_at = float("-inf")
        self._bit_rate = START_BIT_RATE
        self._pace = FRAME_S  # at which a full way lets pictures through
        self._held_up = False  # heard in another way than on its socket since the newest picture left
        self._probed = 1.0  # so much more than what was measured is being tried

    @property
    def bit_rate(self) -> int:
        """What an encoder should aim at."""
        return self._bit_rate

    @property
    def link_rate(self) -> int | None:
        """Bits a second that the whole way carries, once it is known well enough to act on."""
        rate, sure = self._carried.rate, self._measured >= SURE
        sure = sure or (self._measured >= SURE // 2 and self._carried.took >= _LONG_S)
        return int(rate) if rate and sure else None

    @property
    def round_trip_s(self) -> float | None:
        """From leaving to drawn and told, with nothing in the way."""
        least = min(self._least, self._least_before)
        return least if least < float("inf") else None

    @property
    def window(self) -> int:
        """How many pictures may be on the way."""
        trip = self.round_trip_s
        if trip is None:
            return 1
        return max(LEAST_WINDOW, min(ceil(trip / max(FRAME_S, self._pace)) + 1, MOST_WINDOW))

    def sent(self, pic: int, size: int, now: float) -> None:
        """Picture `pic` of `size` bytes left."""
        self._on_the_way.append(_Sent(pic, size, now))
        self._held_up = False
        rate = self._estimate()
        if rate is not None:
            self._free_at = max(self._free_at, now) + size * 8 / rate

    def drawn(self, pic: int, now: float) -> None:
        """The console has drawn every picture up to `pic`."""
        done: list[_Sent] = []
        while self._on_the_way and self._on_the_way[0].pic <= pic:
            done.append(self._on_the_way.popleft())
        if not done:
            return
        self._measure(done, now)
        self._drawn_at = now
        if not self._on_the_way:
            self._free_at = now

    def held_up(self) -> None:
        """The console is there and its socket is not: one more need not wait for a word of those before."""
        self._held_up = True

    def lost(self) -> None:
        """What is on the way will never be told of."""
        self._on_the_way.clear()
        self._free_at = float("-inf")

    def room_in(self, now: float) -> float | None:
        """Seconds until the next picture may leave; None where only a drawn one makes room."""
        if len(self._on_the_way) >= self.window:
            return self._overdue_in(now)
        return max(0.0, self._free_at - _QUEUE_S - now)

    def _overdue_in(self, now: float) -> float | None:
        """Once nothing was told for long, one more, and again after as long.

        When the line is back the newest screen comes with what it kept, and need not wait until the console
        is heard again (decision 0066). It waits for the others that left so, so they are few.
        """
        trip, many = self.round_trip_s, len(self._on_the_way)
        most, after = (MOST_HELD_UP, HELD_UP_S) if self._held_up else (MOST_OVERDUE, OVERDUE_S)
        if trip is None or many >= self.window + most:
            return None
        quiet_since = max(self._on_the_way[-1].at, self._free_at, self._drawn_at)
        return max(0.0, quiet_since + trip + after - now)

    def _measure(self, done: list[_Sent], now: float) -> None:
        size, newest = sum(one.size for one in done), done[-1]
        self._note_trip(now - newest.at, newest.size, now)
        trip, rate = self.round_trip_s or 0.0, self._estimate()
        if rate is None:
            trip *= _FIRST_TRIP  # the first picture is large: most of its time the link took it in
        came_at = done[0].at + trip
        queued = self._drawn_at > came_at
        # The link began with it when it came, or when the one before was through.
        took = max(now - max(came_at, self._drawn_at), _SHORTEST_S)
        late = now - newest.at - trip - (newest.size * 8 / rate if rate else 0.0)
        telling = queued or size >= TELLING_BYTES
        self._pace += ((took / len(done) if queued else FRAME_S) - self._pace) / 8
        if self._is_stall(took, size, rate):
            return
        self._measured += telling
        if telling and (rate is None or size * 8 / took > rate or late > self._usual.slack):
            self._carried.note(size * 8, took)
            if queued and size * 8 >= min(TELLING_BYTES * 8, TELLING_S * (rate or 0)):
                self._queued.note(size * 8, took)
            self._probed = 1.0
        elif size * 8 >= self._bit_rate * FRAME_S / 2 and late <= self._usual.slack:
            self._probed = min(self._probed * _PROBE, _MOST_PROBED)
        self._usual.note(late)
        self._aim()

    def _is_stall(self, took: float, size: int, rate: float | None) -> bool:
        """Whether a packet was lost or nothing passed for a while; a second one in a row is a slower link."""
        stall = rate is not None and took > _STALL_S and took > 4 * size * 8 / rate
        first, self._stalled = stall and not self._stalled, stall
        return first

    def _aim(self) -> None:
        aim = SHARE * (self._estimate() or 0)
        self._bit_rate = int(max(LOWEST_BIT_RATE, min(aim, self._bit_rate * RISE, HIGHEST_BIT_RATE)))

    def _note_trip(self, took: float, size: int, now: float) -> None:
        rate = self._queued.rate
        empty = max(took / 2, took - size * 8 / rate) if rate else took
        if now - self._turned_at >= _TURN_S:
            self._least_before, self._least, self._turned_at = self._least, empty, now
        self._least = min(self._least, empty)

    def _estimate(self) -> float | None:
        """Bits a second to reckon with."""
        rate = self._carried.rate
        return rate * self._probed if rate else None
