"""Attacks on a still's parts, which travel among the pictures, and on its record (INV-C1, D1; decision 0045).

Which frames are parts a relay can guess: they come between the two records of one command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.evil_relay.attack import Attack, Deed, Way
from tests.evil_relay.attacks_records import BROKEN, _Record, as_message
from tests.evil_relay.tape import stream_of
from wire.encoding import b64
from wire.frames import HEADER_BYTES, Stream

if TYPE_CHECKING:
    from random import Random

    from tests.evil_relay.tape import Fields, Item

INCOMPLETE = frozenset({"incomplete"})
TWO = (Deed.STILL, Deed.KEY, Deed.WAIT, Deed.STILL)
PARTS = 3  # a still of this screen has at least so many


class _Still(Attack):
    """Sees each part, and the record that follows the last."""

    ways = (Way.DEVICE_SHOWS,)
    in_hand_only = True
    deeds: tuple[Deed, ...] = (Deed.STILL, Deed.KEY)

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.nth = rng.randrange(PARTS)
        self.still = self.part = 0
        """Which one it is, from 1 on, and which part of it is next, from 0 on."""
        self._taking = False

    def to_console(self, item: Item) -> list[Item]:
        record = _Record._record(item)
        if record.get("class") == "still":
            return self._recorded(item, record)
        if not self._taking or stream_of(item) is not Stream.D2T_PICTURE_WS:
            return self.on_other(item)
        assert isinstance(item, bytes)
        self.part += 1
        return self.on_part(item, self.part - 1)

    def _recorded(self, item: Item, record: Fields) -> list[Item]:
        self._taking = record["outcome"] == "started"
        if self._taking:
            self.still, self.part = self.still + 1, 0
            return [item]
        return self.on_done(item, record)

    def on_part(self, frame: bytes, part: int) -> list[Item]:
        """What goes on instead of this part."""
        return [frame]

    def on_done(self, item: Item, record: Fields) -> list[Item]:
        """What goes on instead of the last record."""
        return [item]

    def on_other(self, item: Item) -> list[Item]:
        """What goes on instead of anything else."""
        return [item]


class DropsAPartOfAStill(_Still):
    """A part is missing. The still is called incomplete, nothing of it is given out; the session goes on."""

    stills = INCOMPLETE

    def on_part(self, frame: bytes, part: int) -> list[Item]:
        if part != self.nth:
            return [frame]
        self.strike()
        return []


class RepeatsAPartOfAStill(_Still):
    """A part comes twice. Its number is past: integrity failed, and the still is none."""

    true = BROKEN
    stills = frozenset({"ended"})

    def on_part(self, frame: bytes, part: int) -> list[Item]:
        if part != self.nth:
            return [frame]
        self.strike()
        return [frame, frame]


class SwapsPartsOfAStill(_Still):
    """Two neighbours change places. What comes with a number that is past is refused: integrity failed."""

    true = BROKEN
    stills = frozenset({"ended", "incomplete"})

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.nth = rng.randrange(PARTS - 1)
        self._held = b""

    def on_part(self, frame: bytes, part: int) -> list[Item]:
        if part == self.nth:
            self._held = frame
            return []
        if part != self.nth + 1:
            return [frame]
        self.strike()
        return [frame, self._held]


class MixesAPartIntoThePictures(_Still):
    """A part comes after a picture that is newer. The still was incomplete, and the late part's number is
    past: integrity failed.
    """

    true = BROKEN
    stills = INCOMPLETE

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._held = b""

    def on_part(self, frame: bytes, part: int) -> list[Item]:
        if part != self.nth:
            return [frame]
        self._held = frame
        return []

    def on_other(self, item: Item) -> list[Item]:
        if not self._held or stream_of(item) is not Stream.D2T_PICTURE_WS:
            return [item]
        held, self._held = self._held, b""
        self.strike()
        return [item, held]


class PlaysAPartOfAnEarlierStill(_Still):
    """In the place of a part comes one of the still before, as it was or with the number that is due. It is
    past, or was not sealed so: integrity failed.
    """

    deeds = TWO
    true = BROKEN
    stills = frozenset({"exact", "ended"})

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._earlier: list[bytes] = []

    def on_part(self, frame: bytes, part: int) -> list[Item]:
        if self.still == 1:
            self._earlier.append(frame)
            return [frame]
        if part != self.nth:
            return [frame]
        self.strike()
        old = self._earlier[self.nth]
        return [old if self.rng.random() < 0.5 else frame[:HEADER_BYTES] + old[HEADER_BYTES:]]


class JoinsTwoStills(_Still):
    """The end of one still is kept back, and the beginning of the next. Neither is called whole, and they are
    never one; the session goes on.
    """

    deeds = TWO
    stills = INCOMPLETE

    def on_part(self, frame: bytes, part: int) -> list[Item]:
        if part != {1: PARTS - 1, 2: 0}[self.still]:
            return [frame]
        self.strike()
        return []


class ChangesAStillsHash(_Still):
    """The record names another file than the one that came. The signature is over it: integrity failed."""

    true = BROKEN
    stills = frozenset({"ended"})

    def on_done(self, item: Item, record: Fields) -> list[Item]:
        self.strike()
        return [as_message(record | {"pc": b64(self.rng.randbytes(32))})]
