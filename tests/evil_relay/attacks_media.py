"""Attacks on what goes beside the commands: sound, and both streams of the data channels (INV-B3, C1).

The relay carries the words that set a data channel up, sealed; who sits on the way between the ends may do
to its frames what a relay does to its own. Here nothing but the seal is in their way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tests.evil_relay.attack import Attack, Finale, Way, _FrameAttack, truth
from tests.evil_relay.attacks_frames import (
    DropsAFrame,
    FlipsABitOfTheCiphertext,
    MakesUpAFrame,
    PlaysAnEarlierSession,
    ReplaysAFrame,
    ReplaysTheFirstFrame,
    SwapsTwoFrames,
)
from tests.evil_relay.tape import Side, stream_of
from wire.frames import FROM_DEVICE, FROM_DEVICE_DIRECT, HEADER_BYTES, Stream
from wire.limits import PROOFS

if TYPE_CHECKING:
    from random import Random

    from tests.evil_relay.attack import Truth
    from tests.evil_relay.tape import Item

CHANNEL = {Stream.D2T_PICTURE_DC: 0, Stream.D2T_SOUND_DC: 1}


class _MediaAttack(_FrameAttack):
    """Strikes a frame of sound, or one of a data channel, whose first ones are its proofs."""

    ways = (Way.DEVICE_SHOWS,)
    in_hand_only = True
    hears = True
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream.D2T_SOUND_WS,
        Stream.D2T_PICTURE_DC,
        Stream.D2T_SOUND_DC,
    )
    nth_below: ClassVar[dict[Stream, int]] = {
        Stream.D2T_SOUND_WS: 3,
        Stream.D2T_PICTURE_DC: PROOFS + 3,
        Stream.D2T_SOUND_DC: 5,
    }

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.direct = self.stream in FROM_DEVICE_DIRECT

    @property
    def truth(self) -> Truth:
        return truth("technician_lost", "integrity_failed")


class FlipsABitOfMedia(_MediaAttack, FlipsABitOfTheCiphertext):
    """What is heard or seen would be something else. The tag does not fit: integrity failed."""


class RepeatsMedia(_MediaAttack, ReplaysAFrame):
    """The same sound, picture or proof twice. Nothing is played twice: integrity failed."""


class ReplaysTheFirstMedia(_MediaAttack, ReplaysTheFirstFrame):
    """The first frame of the same stream comes again later. Its number is past: integrity failed."""


class SwapsMedia(_MediaAttack, SwapsTwoFrames):
    """The later of two neighbours comes first. Gaps are allowed, a step back is not: integrity failed."""

    first = 0
    nth_below: ClassVar[dict[Stream, int]] = {
        Stream.D2T_SOUND_WS: 3,
        Stream.D2T_PICTURE_DC: PROOFS - 1,  # after a held picture none follows there
        Stream.D2T_SOUND_DC: 5,
    }


class MakesUpMedia(_MediaAttack, MakesUpAFrame):
    """Sound, a picture or a proof of its own making, in its right place. It has no key: integrity failed."""


class PlaysEarlierMedia(_MediaAttack, PlaysAnEarlierSession):
    """What was heard or seen in an earlier session. Keys are fresh (INV-C3): integrity failed."""


class MovesMediaToAnotherStream(_MediaAttack):
    """A frame says that it is of another stream of the device's, in that one's place. Each has a key of its
    own: integrity failed.
    """

    def on_frame(self, frame: bytes) -> list[Item]:
        other = self.rng.choice(sorted((FROM_DEVICE | FROM_DEVICE_DIRECT) - {self.stream}))
        number = sum(1 for _ in self.relay.tape.frames(other))
        return [bytes((frame[0], other)) + frame[2:4] + number.to_bytes(8, "big") + frame[HEADER_BYTES:]]


class BringsMediaByAnotherWay(_MediaAttack):
    """A whole, due frame of one data channel comes by the relay, or by the other channel. A relay that took
    part in what it does not carry could tell what is in it, or keep a session alive by it: integrity failed.
    """

    streams = tuple(CHANNEL)

    def on_channel(self, channel: int, frame: bytes) -> list[tuple[int, bytes]]:
        if self._maybe(frame) != [_MOVED]:
            return [(channel, frame)]
        if self.rng.random() < 0.5:
            self.relay.push(Side.CONSOLE, frame)
            return []
        return [(1 - channel, frame)]

    def on_frame(self, frame: bytes) -> list[Item]:
        return [_MOVED]


_MOVED = b"by another way"


class DropsMedia(_MediaAttack, DropsAFrame):
    """A gap where gaps are allowed: sound has a hole, and a lost picture is asked for anew. A lost proof is
    none: integrity failed.
    """

    @property
    def truth(self) -> Truth:
        if self.stream is Stream.D2T_PICTURE_DC and self.nth < PROOFS - 1:
            return super().truth
        return Attack.true


class KeepsTheProofsBack(Attack):
    """Nothing comes through the data channels at all. The relay carries on; so does the session."""

    ways = (Way.DEVICE_SHOWS,)
    in_hand_only = True
    hears = direct = True

    def on_channel(self, channel: int, frame: bytes) -> list[tuple[int, bytes]]:
        self.strike()
        return []


class FallsSilentBesideTheChannel(Attack):
    """Nothing of the device's comes by the relay any more, while pictures and sound go on beside it. They
    keep nothing alive (INV-B3): each end calls the other lost within five seconds.
    """

    ways = (Way.DEVICE_SHOWS,)
    in_hand_only = True
    hears = direct = True
    lingers_s = 7.0
    true = truth("technician_lost technician_left", "device_lost relay_lost audit_unavailable")

    def to_console(self, item: Item) -> list[Item]:
        if any(self.relay.tape.frames(Stream.D2T_SOUND_DC)):
            self.strike()
        return [] if self.fired else [item]

    def lets_end(self, reason: str) -> bool:
        return not self.fired


class KeepsTheChannelAfterStop(Attack):
    """The customer stops, the relay keeps it from the console, and what came last through the channel comes
    again. Nothing more leaves the device, and the console sees a step back: integrity failed.
    """

    ways = (Way.DEVICE_SHOWS,)
    in_hand_only = True
    hears = direct = True
    finale = Finale.CUSTOMER_STOPS
    true = truth("customer_stopped", "integrity_failed")

    def finale_comes(self) -> None:
        *_, last = self.relay.tape.frames(Stream.D2T_SOUND_DC)
        assert self.relay.channels is not None
        self.strike()
        self.relay.channels.push(CHANNEL[Stream.D2T_SOUND_DC], last)

    def to_console(self, item: Item) -> list[Item]:
        return [] if self.fired and stream_of(item) is not Stream.T2D_LINK else [item]

    def lets_end(self, reason: str) -> bool:
        return not self.fired
