"""A still, living session under a virtual clock: the device's real lease, the relay's real broker, streams.

Everybody lives all the time: whatever ends it is a false end. Sealing is left out: nothing here hangs on it.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from device_agent.agent import TICK_S
from device_agent.lease import Lease
from relay.session.facts import Limits, Side
from tests.liveness.lossy import Chance, Stream
from tests.relay.kit import Table
from tests.sources import ROOT
from wire.commands import Grant
from wire.reasons import EndReason

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

PING, PONG, CURRENT, WS_PING, WS_PONG = range(5)
CLEAN_S: Final = 0.02  # round trip of the link nothing is wrong with
LEAD_S: Final = 8.0  # played before something bad, so that it meets a session in its stride
TAIL_S: Final = 15.0  # played after it
_CURRENT_TICKS: Final = round(0.5 / TICK_S)
_EVER: Final = Limits(idle_s=10**12, session_s=10**12)


def console_patience_s() -> float:
    """How long the console waits for any frame of the device's, from its own source."""
    text = (ROOT / "technician_web/core/limits.js").read_text(encoding="utf-8")
    found = re.search(r"SILENT_MS = ([\d_]+);", text)
    assert found is not None
    return int(found[1]) / 1000


@dataclass(frozen=True, slots=True)
class Weather:
    """Round trip and loss of a bad link, and whose link it is."""

    share: float = 0.02
    round_trip_s: float = 0.2
    technician: bool = False
    tv: bool = False
    linear: bool = True  # our own sockets; a browser's never are


class LivingSession:
    """Four streams between three parties who never fall silent."""

    def __init__(self, weather: Weather, rng: random.Random) -> None:
        self._weather = weather
        self._rng = rng
        self._chance = Chance(rng, weather.share)
        self.lose: Callable[[], int] = self._chance.draw
        self._patience_s = console_patience_s()
        self.now = 1_000.0
        self._begin()

    def _begin(self) -> None:
        weather = self._weather
        tv = weather.round_trip_s if weather.tv else CLEAN_S
        technician = weather.round_trip_s if weather.technician else CLEAN_S
        self._bad = (weather.tv, weather.tv, weather.technician, weather.technician)
        ours = weather.linear
        self._streams = (
            Stream(tv, linear=ours),  # device to relay
            Stream(tv, linear=ours),  # relay to device
            Stream(technician, linear=ours),  # relay to console
            Stream(technician, linear=False),  # console to relay: the browser's machine
        )
        self._way: tuple[deque[tuple[float, int, int]], ...] = (deque(), deque(), deque(), deque())
        self._table = Table(_EVER).to_active()
        self._table.clock.s = self.now
        self._rest()

    def _rest(self) -> None:
        """Everything was answered a moment ago, and nothing is on its way."""
        for way in self._way:
            way.clear()
        self._lease = Lease(self.now, relay_heard_at=self.now)
        self._console_heard = self.now
        self._ticks = 0
        self._pings = 0
        self._table.clock.s = self.now
        for side in Side:
            self._table.broker.heard(side)
        # In whatever time was left out, the customer was asked again every half hour, and agreed.
        self._table.consent(Grant.KEYS, Grant.VIEW)
        self._table.journal.settle()

    def run(self, hours: float) -> list[EndReason]:
        """The false ends in so much time; after each a new session begins."""
        ends: list[EndReason] = []
        until = self.now + hours * 3600
        while self.now < until:
            self._skip()
            bad_until = self.now + LEAD_S + TAIL_S
            while self.now < bad_until:
                reason = self.tick()
                if reason is not None:
                    ends.append(reason)
                    self._begin()
                if self._chance.calm < self._packets(LEAD_S):
                    bad_until = self.now + TAIL_S
        return ends

    def _packets(self, seconds: float) -> int:
        """How many packets cross the bad links in so much time."""
        return int(seconds * (6 * self._weather.tv + 6 * self._weather.technician))

    def _skip(self) -> None:
        """Leave out time in which no packet is lost twice."""
        # The bad packet must be any packet of a second alike.
        spare = self._chance.calm - self._packets(LEAD_S) - self._rng.randrange(self._packets(1))
        if spare > 0:
            self._chance.skip(spare)
            self.now += spare / self._packets(1)
            self._rest()

    def tick(self) -> EndReason | None:
        """A quarter of a second at every party."""
        self.now += TICK_S
        self._ticks += 1
        self._arrivals()
        return self._relay() or self._device() or self._console()

    def cut(self) -> None:
        """From now on nobody hears anybody: the streams lead nowhere."""
        self._streams = tuple(Stream(1e9, linear=False) for _ in self._streams)  # type: ignore[assignment]
        for way in self._way:
            way.clear()

    def _send(self, stream: int, t: float, what: int, n: int = 0) -> None:
        losses = self.lose() if self._bad[stream] else 0
        self._way[stream].append((self._streams[stream].send(t, losses), what, n))

    def _arrivals(self) -> None:
        """Until nothing more has arrived; an answer may arrive within the same tick."""
        while any(way and way[0][0] <= self.now for way in self._way):
            stream = min(
                (number for number, way in enumerate(self._way) if way),
                key=lambda number: self._way[number][0][0],
            )
            t, what, n = self._way[stream].popleft()
            self._arrived(stream, t, what, n)

    def _arrived(self, stream: int, t: float, what: int, n: int) -> None:
        match stream:
            case 0:
                self._heard(Side.DEVICE, t)
                if what != WS_PONG:
                    self._send(2, t, what, n)
            case 1 if what == WS_PING:
                self._lease.relay_heard(t)
                self._send(0, t, WS_PONG)
            case 1:
                self._lease.pong(n, t)
            case 2 if what == WS_PING:
                self._send(3, t, WS_PONG)
            case 2:
                self._console_heard = t
                if what == PING:
                    self._send(3, t, PONG, n)
            case _:
                self._heard(Side.CONSOLE, t)
                if what == PONG:
                    self._send(1, t, PONG, n)

    def _heard(self, side: Side, t: float) -> None:
        self._table.clock.s = t
        self._table.broker.heard(side)

    def _relay(self) -> EndReason | None:
        table = self._table
        before = table.device.pings
        table.clock.s = self.now
        table.broker.tick(self.now)
        if table.device.pings > before:
            self._send(1, self.now, WS_PING)
            self._send(2, self.now, WS_PING)
        return table.broker.ended.reason if table.broker.ended else None

    def _device(self) -> EndReason | None:
        if self._lease.due(self.now):
            self._send(0, self.now, PING, self._lease.ping(self.now))
        if self._ticks % _CURRENT_TICKS == 0:
            self._send(0, self.now, CURRENT)
        return self._lease.verdict(self.now)

    def _console(self) -> EndReason | None:
        return EndReason.RELAY_LOST if self.now - self._console_heard >= self._patience_s else None
