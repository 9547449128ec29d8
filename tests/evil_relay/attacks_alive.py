"""Attacks beside the console's socket: signs of life and pictures, made up or saved (seal SPEC §3, §5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.evil_relay.attack import Attack, Finale, truth
from tests.evil_relay.attacks_time import _Later
from tests.evil_relay.tape import Side, fields_of, said_as, stream_of, type_of
from wire.encoding import b64
from wire.frames import FROM_DEVICE, Stream

if TYPE_CHECKING:
    from random import Random

    from tests.evil_relay.tape import Fields, Item

_TAG_BYTES = 64
_KEYS = 5  # of the story


class ForgesASign(Attack):
    """The relay makes up that the technician is there. The device ends: integrity failed."""

    lingers_s = 3.0
    true = truth("integrity_failed", "integrity_failed")

    def tick(self) -> None:
        if not self.fired and any(self.relay.tape.frames(Stream.D2T_PICTURE_WS)):
            self.strike()
            tag = b64(self.rng.randbytes(_TAG_BYTES))
            self.relay.push(Side.DEVICE, said_as({"t": "alive", "k": 1, "n": 1, "pic": 0, "tag": tag}))


class _Quiet(Attack):
    """Nothing of the device's reaches the console's socket any more, so that it speaks beside it."""

    lingers_s = 7.0
    in_hand_only = True

    def to_console(self, item: Item) -> list[Item]:
        return [] if self._is_quiet and type_of(item) != "alive" else [item]

    def lets_end(self, reason: str) -> bool:
        return not self._is_quiet

    @property
    def _is_quiet(self) -> bool:
        return any(self.relay.tape.frames(Stream.D2T_PICTURE_WS))


class ForgesAnAnswer(_Quiet):
    """The device is kept from the console, and the relay makes up that it is there. The console ends:
    integrity failed.
    """

    true = truth("technician_lost", "integrity_failed")

    def to_device(self, item: Item) -> list[Item]:
        if type_of(item) != "alive":
            return [item]
        self.strike()
        tag = b64(self.rng.randbytes(_TAG_BYTES))
        answer = {"k": 1, "n": self.rng.randrange(100, 2**32), "heard": 0, "tag": tag}
        self.relay.push(Side.CONSOLE, said_as({"t": "alive"} | answer))
        return []


class RenumbersAnAnswer(_Quiet):
    """The device's answer to another sign, of a later ping, or with more heard. The console ends: integrity
    failed.
    """

    true = truth("technician_lost", "integrity_failed")

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._field = rng.choice(("k", "n", "heard"))

    def to_console(self, item: Item) -> list[Item]:
        fields = fields_of(item) or {}
        if fields.get("t") != "alive":
            return super().to_console(item)
        self.strike()
        return [said_as(fields | {self._field: int(fields[self._field]) + self.rng.randrange(1, 100)})]


class ReflectsAnAnswer(_Quiet):
    """What the device said of itself comes back as the console's word. The device ends: integrity failed."""

    true = truth("integrity_failed", "technician_left integrity_failed device_lost relay_lost")

    def to_console(self, item: Item) -> list[Item]:
        fields = fields_of(item) or {}
        if fields.get("t") == "alive" and not self.fired:
            self.strike()
            sign = {"k": fields["k"], "n": fields["n"], "pic": fields["heard"], "tag": fields["tag"]}
            self.relay.push(Side.DEVICE, said_as({"t": "alive"} | sign))
        return super().to_console(item)


class ChangesASign(_Quiet):
    """The console's sign with another ping or picture. The device ends: integrity failed."""

    true = truth("integrity_failed", "integrity_failed device_lost relay_lost")

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._field = rng.choice(("k", "n", "pic"))

    def to_device(self, item: Item) -> list[Item]:
        fields: Fields = fields_of(item) or {}
        if fields.get("t") != "alive" or self.fired:
            return [item]
        self.strike()
        return [said_as(fields | {self._field: int(fields[self._field]) + 1})]


class SavesSignsUp(_Later):
    """The technician is gone; the relay plays it alive with signs it saved up, one by one.

    A sign counts from when its ping was sent, like a pong: technician lost, at the latest in five seconds.
    """

    true = truth("technician_lost", "vanished")
    finale = Finale.TECHNICIAN_VANISHES
    in_hand_only = True
    lingers_s = 3.0

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._signs: list[Item] = []
        self._next = 0.0
        self._is_gone = False

    def to_console(self, item: Item) -> list[Item]:
        late = stream_of(item) in FROM_DEVICE and any(self.relay.tape.frames(Stream.D2T_PICTURE_WS))
        return self.hold(Side.CONSOLE, item, 2.0) if late else [item]

    def to_device(self, item: Item) -> list[Item]:
        if type_of(item) != "alive":
            return [item]
        self._signs.append(item)
        return []

    def gone(self, side: Side) -> None:
        self._is_gone = self._is_gone or side is Side.CONSOLE

    def lets_end(self, reason: str) -> bool:
        return reason not in {"technician_lost", "technician_left"}

    def tick(self) -> None:
        super().tick()
        if self._is_gone and self._signs and self.relay.now() >= self._next:
            self.strike()
            self._next = self.relay.now() + 0.5
            self.relay.push(Side.DEVICE, self._signs.pop(0))


class SavesAnswersUp(Attack):
    """The customer stops; the relay keeps it from the console and hands out answers it saved up, one by one.

    An answer counts from when the sign left that it answers: the console falls silent within five seconds.
    """

    in_hand_only = True
    lingers_s = 3.0
    finale = Finale.CUSTOMER_STOPS
    true = truth("customer_stopped", "device_lost relay_lost")

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._answers: list[Item] = []
        self._next = 0.0
        self._quiet_at: float | None = None
        self._stopped = False

    def finale_comes(self) -> None:
        self._stopped = True

    def to_console(self, item: Item) -> list[Item]:
        if type_of(item) == "alive":
            self._answers.append(item)
            return []
        is_quiet = self._quiet_at is not None and self.relay.now() >= self._quiet_at
        return [] if self._stopped or (is_quiet and stream_of(item) in FROM_DEVICE) else [item]

    def lets_end(self, reason: str) -> bool:
        return not self._stopped

    def tick(self) -> None:
        keys = sum(1 for _ in self.relay.tape.frames(Stream.T2D_CONTROL)) - 1
        if self._quiet_at is None and keys >= _KEYS:
            self._quiet_at = self.relay.now() + 0.5  # the last one is answered by then
        if self._stopped and self._answers and self.relay.now() >= self._next:
            self.strike()
            self._next = self.relay.now() + 1.0
            self.relay.push(Side.CONSOLE, self._answers.pop(0))


class ForgesAPictureBeside(_Quiet):
    """What the console asks for beside its socket comes with one bit changed, or is none at all. The console
    ends: integrity failed.
    """

    true = truth("technician_lost", "integrity_failed")

    def beside(self, frames: list[bytes]) -> list[bytes]:
        if not frames:
            return []
        self.strike()
        first, *rest = frames
        at = self.rng.randrange(len(first) * 8)
        changed = bytearray(first)
        changed[at // 8] ^= 1 << at % 8
        return self.rng.choice(([bytes(changed)], [self.rng.randbytes(len(first))], [*rest[::-1], first]))


class BringsControlBeside(_Quiet):
    """Frames of another stream come where pictures may. The console ends: integrity failed."""

    true = truth("technician_lost", "integrity_failed")

    def beside(self, frames: list[bytes]) -> list[bytes]:
        self.strike()
        stream = self.rng.choice((Stream.D2T_CONTROL, Stream.T2D_CONTROL))
        return [list(self.relay.tape.frames(stream))[-1]]


class RepeatsWhatCameBeside(_Quiet):
    """The socket brings what has come beside it, more than once. The console ends: integrity failed."""

    true = truth("technician_lost", "integrity_failed")

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._brought: list[bytes] = []

    def beside(self, frames: list[bytes]) -> list[bytes]:
        self._brought = self._brought or frames
        return frames

    def tick(self) -> None:
        if self._brought and not self.fired:
            self.strike()
            for _ in range(self.rng.randrange(2, 4)):
                self.relay.push(Side.CONSOLE, self._brought[0])


class SavesPicturesUp(SavesAnswersUp):
    """The customer stops; the relay keeps it from the console and hands out pictures it saved up, one by one.

    They keep nothing alive: the console falls silent within five seconds.
    """

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._pictures: list[bytes] = []
        self._next_picture = 0.0

    def to_console(self, item: Item) -> list[Item]:
        has_pressed = len(list(self.relay.tape.frames(Stream.T2D_CONTROL))) > 1
        if has_pressed and isinstance(item, bytes) and stream_of(item) is Stream.D2T_PICTURE_WS:
            self._pictures.append(item)
            return []
        return super().to_console(item)

    def beside(self, frames: list[bytes]) -> list[bytes]:
        if not self._stopped or not self._pictures or self.relay.now() < self._next_picture:
            return []
        self._next_picture = self.relay.now() + 0.9
        return [self._pictures.pop(0)]
