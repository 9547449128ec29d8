"""Attacks with time: kept back, delayed, saved up, silenced. The lease is judged by when things were sent
(INV-B2, B3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tests.evil_relay.attack import Attack, Finale, truth
from tests.evil_relay.tape import Side, stream_of
from wire.frames import FROM_CONSOLE, FROM_DEVICE, Stream

if TYPE_CHECKING:
    from random import Random

    from tests.evil_relay.tape import Item


class _Later(Attack):
    """Keeps items back for a while."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._held: list[tuple[float, Side, Item]] = []

    def hold(self, side: Side, item: Item, seconds: float) -> list[Item]:
        self.strike()
        self._held.append((self.relay.now() + seconds, side, item))
        return []

    def tick(self) -> None:
        now = self.relay.now()
        due = [one for one in self._held if one[0] <= now]
        self._held = [one for one in self._held if one[0] > now]
        for _, side, item in due:
            self.relay.push(side, item)


class SavesPongsUp(_Later):
    """The technician is gone; the relay plays it alive with pongs it saved up, one by one.

    A pong counts from when its ping was sent, not from when it arrives: technician lost, at the latest in
    five seconds.
    """

    true = truth("technician_lost", "vanished")
    finale = Finale.TECHNICIAN_VANISHES

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._pongs: list[Item] = []
        self._next = 0.0

    def to_device(self, item: Item) -> list[Item]:
        if stream_of(item) is Stream.T2D_LINK and sum(1 for _ in self.relay.tape.frames(Stream.T2D_LINK)) > 3:
            self.strike()
            self._pongs.append(item)
            return []
        return [item]

    def lets_end(self, reason: str) -> bool:
        return reason not in {"technician_lost", "technician_left"}

    def tick(self) -> None:
        if self._pongs and self.relay.now() >= self._next:
            self._next = self.relay.now() + 0.5
            self.relay.push(Side.DEVICE, self._pongs.pop(0))


class KeepsPongsBack(Attack):
    """No pong arrives any more, while commands do. Nothing is executed after three seconds; technician
    lost."""

    lingers_s = 7.0
    true = truth("technician_lost", "technician_lost device_lost relay_lost")

    def to_device(self, item: Item) -> list[Item]:
        if stream_of(item) is Stream.T2D_LINK and sum(1 for _ in self.relay.tape.frames(Stream.T2D_LINK)) > 3:
            self.strike()
            return []
        return [item]


class DelaysCommands(_Later):
    """Commands arrive four seconds late, pongs in time. Each is late by its own `hb`: on record, never
    executed.
    """

    lingers_s = 7.0
    true = truth("technician_left technician_lost", "technician_left audit_unavailable")

    def to_device(self, item: Item) -> list[Item]:
        number = sum(1 for _ in self.relay.tape.frames(Stream.T2D_CONTROL))
        return (
            self.hold(Side.DEVICE, item, 4.0)
            if stream_of(item) is Stream.T2D_CONTROL and number > 2
            else [item]
        )


class DelaysTheConsole(_Later):
    """All that the console says arrives four seconds late. Nothing is executed; the device calls the
    technician lost.
    """

    lingers_s = 7.0
    true = truth(
        "technician_lost technician_left",
        "technician_lost technician_left audit_unavailable relay_lost device_lost",
    )

    def to_device(self, item: Item) -> list[Item]:
        late = stream_of(item) in FROM_CONSOLE and any(self.relay.tape.frames(Stream.D2T_PICTURE_WS))
        return self.hold(Side.DEVICE, item, 4.0) if late else [item]


class SilencesTheDevice(Attack):
    """Nothing of the device's reaches the console any more. The console dims, and ends within five
    seconds."""

    lingers_s = 7.0
    true = truth("technician_lost technician_left", "device_lost relay_lost audit_unavailable")

    def to_console(self, item: Item) -> list[Item]:
        if stream_of(item) in FROM_DEVICE and any(self.relay.tape.frames(Stream.D2T_PICTURE_WS)):
            self.strike()
        return [] if self.fired else [item]

    def lets_end(self, reason: str) -> bool:
        return not self.fired


class SilencesTheConsole(Attack):
    """Nothing of the console's reaches the device any more. Technician lost, and the console is told by the
    device.
    """

    lingers_s = 7.0
    true = truth("technician_lost", "technician_lost audit_unavailable")

    def to_device(self, item: Item) -> list[Item]:
        if stream_of(item) in FROM_CONSOLE and any(self.relay.tape.frames(Stream.D2T_PICTURE_WS)):
            self.strike()
        return [] if self.fired else [item]


class SilencesBoth(Attack):
    """The relay is still there and passes nothing on. Each end calls the other lost by itself."""

    lingers_s = 7.0
    true = truth("technician_lost relay_lost", "relay_lost device_lost audit_unavailable")

    def _unless_silent(self, item: Item) -> list[Item]:
        if isinstance(item, bytes) and any(self.relay.tape.frames(Stream.D2T_PICTURE_WS)):
            self.strike()
        return [] if self.fired else [item]

    def to_device(self, item: Item) -> list[Item]:
        return self._unless_silent(item)

    def to_console(self, item: Item) -> list[Item]:
        return self._unless_silent(item)

    def lets_end(self, reason: str) -> bool:
        return not self.fired


class StopsPinging(Attack):
    """The relay's own pings stop while it passes all else on. The device does not execute after three
    seconds: relay lost.
    """

    lingers_s = 7.0
    true = truth("relay_lost", "relay_lost")

    def pings(self, side: Side) -> bool:
        if not any(self.relay.tape.frames(Stream.D2T_PICTURE_WS)):
            return True
        self.strike()
        return False


class DropsTheTechniciansClose(Attack):
    """The technician ends, the relay swallows it and keeps the line. No pong comes any more: technician
    lost."""

    true = truth("technician_lost", "technician_left")

    _is_last = False

    def finale_comes(self) -> None:
        # Nobody but the ends can tell `close` from a key: the last command is the one that is swallowed.
        self._is_last = True

    def to_device(self, item: Item) -> list[Item]:
        if self._is_last and stream_of(item) is Stream.T2D_CONTROL:
            self.strike()
            return []
        return [item]

    def lets_end(self, reason: str) -> bool:
        return reason not in {"technician_lost", "technician_left"}


class KeepsTheSessionAliveAfterStop(Attack):
    """The customer stops; the relay keeps it from the console and repeats the last picture.

    A picture that comes again is a step back: integrity failed. Without one the console ends in five seconds.
    """

    finale = Finale.CUSTOMER_STOPS
    true = truth("customer_stopped", "integrity_failed")
    repeats: ClassVar[bool] = True

    def finale_comes(self) -> None:
        self.strike()
        if self.repeats:
            *_, last = self.relay.tape.frames(Stream.D2T_PICTURE_WS)
            self.relay.push(Side.CONSOLE, last)

    def to_console(self, item: Item) -> list[Item]:
        return [] if self.fired else [item]

    def lets_end(self, reason: str) -> bool:
        return not self.fired


class KeepsTheSessionAliveSilently(KeepsTheSessionAliveAfterStop):
    """The customer stops; the relay lets the console hear nothing at all. It dims, and ends within five
    seconds.
    """

    true = truth("customer_stopped", "device_lost relay_lost audit_unavailable")
    repeats = False


class HoldsPicturesBack(_Later):
    """Pictures come two seconds late, everything else in time. The picture's age says so; the session goes
    on.
    """

    lingers_s = 7.0

    def to_console(self, item: Item) -> list[Item]:
        return self.hold(Side.CONSOLE, item, 2.0) if stream_of(item) is Stream.D2T_PICTURE_WS else [item]


class DropsPictures(Attack):
    """Every second picture is dropped, which a relay may (SPEC §4). The console asks for a key frame and goes
    on.
    """

    def to_console(self, item: Item) -> list[Item]:
        if stream_of(item) is not Stream.D2T_PICTURE_WS or item[11] % 2 == 0:
            return [item]
        self.strike()
        return []
