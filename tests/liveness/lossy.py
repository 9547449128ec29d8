"""One direction of a TCP connection over a link that loses packets, as far as a thin stream feels it.

Pure: times in seconds in, arrivals out. The messages here are small and seldom, a still picture with its
pings: the worst case, since no later packet tells the sender soon that an earlier one is missing. So only the
retransmission timer helps. It doubles each time; `linear` streams (TCP_THIN_LINEAR_TIMEOUTS, as our own
sockets on Linux ask for) keep it for six times. What was sent meanwhile waits behind what is missing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random

LEAST_S: Final = 0.2  # Linux adds at least this to the round trip
LINEAR_TIMES: Final = 6


class Stream:
    """What is sent at `t` arrives, in order, at the time that `send` gives."""

    def __init__(self, round_trip_s: float, *, linear: bool) -> None:
        self._way_s = round_trip_s / 2
        self._timer_s = round_trip_s + LEAST_S
        self._linear = linear
        self._last = 0.0
        self._timer_at = math.inf
        self._free_at = 0.0

    def send(self, t: float, losses: int) -> float:
        """Arrival of a message whose packet is lost so often."""
        # Once the timer has fired only the missing packet is sent, until it is acknowledged.
        start = self._free_at if self._timer_at < t < self._free_at else t
        arrival = max(self._last, start + self._way_s + self.delay(losses))
        if losses:
            self._timer_at = start + self._timer_s
            self._free_at = arrival + self._way_s
        self._last = arrival
        return arrival

    def delay(self, losses: int) -> float:
        """How much later a packet comes that is lost so often."""
        if not self._linear:
            return self._timer_s * ((1 << losses) - 1)
        alike = min(losses, LINEAR_TIMES)
        return self._timer_s * (alike + (2 << (losses - alike)) - 2)


class Chance:
    """How often each packet is lost, one after another; tells in advance how long nothing bad will happen.

    A packet lost once is late by one timer, which ends nothing anywhere. So time in which none is lost twice
    need not be played: `calm` says for how many packets, `draw` gives each packet's losses.
    """

    def __init__(self, rng: random.Random, share: float) -> None:
        self._rng = rng
        self._share = share
        self._until_bad = self._gap()

    @property
    def calm(self) -> int:
        """Packets until one that is lost at least twice."""
        return self._until_bad

    def skip(self, packets: int) -> None:
        """So many of the calm packets are not played."""
        self._until_bad -= packets

    def draw(self) -> int:
        """How often the next packet is lost."""
        if self._until_bad > 0:
            self._until_bad -= 1
            return 1 if self._rng.random() < self._share / (1 + self._share) else 0
        self._until_bad = self._gap()
        losses = 2
        while self._rng.random() < self._share:
            losses += 1
        return losses

    def _gap(self) -> int:
        return int(math.log(1 - self._rng.random()) / math.log(1 - self._share**2))
