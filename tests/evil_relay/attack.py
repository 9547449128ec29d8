"""What an attack is: a hand on every word between relay and ends, and the true ends it may lead to.

A class is one way to misbehave; an instance is one run of it, with positions and bits drawn from a seed. Its
docstring says what a correct end must do. An attack that never struck (`fired`) proves nothing, and fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar, Final

from tests.evil_relay.tape import Side, stream_of
from wire.frames import FROM_CONSOLE, Stream

if TYPE_CHECKING:
    from random import Random

    from seal.keys import SessionKeys
    from tests.evil_relay.relay import EvilRelay
    from tests.evil_relay.tape import Fields, Item

StreamKeys = dict[Stream, tuple[bytes, bytes]]
ATTACKS: Final[dict[str, type[Attack]]] = {}
TECHNICIAN_LEFT: Final = frozenset({"technician_left"})


class Finale(Enum):
    """How the story would end by itself."""

    TECHNICIAN_ENDS = auto()
    CUSTOMER_STOPS = auto()
    TECHNICIAN_VANISHES = auto()


class Way(Enum):
    """Which end shows the code."""

    DEVICE_SHOWS = auto()
    CONSOLE_SHOWS = auto()


class Deed(Enum):
    """What people do besides pressing five keys."""

    KEY = auto()
    """The technician presses one more."""
    HIDE = auto()
    """The customer hides the screen,"""
    SHOW = auto()
    """and shows it again."""
    STILL = auto()
    """The technician asks for one picture without loss."""
    HEAR = auto()
    """The technician switches the sound on."""
    WAIT = auto()
    """Both talk for a while."""


class Answer(Enum):
    """What the customer says to the consent card."""

    YES = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Truth:
    """Endings that are true of a run, per end: end reasons, `problem.…` where no session came to be."""

    device: frozenset[str]
    console: frozenset[str]


def truth(device: str, console: str) -> Truth:
    """From two lists in words."""
    return Truth(frozenset(device.split()), frozenset(console.split()))


class Attack:
    """Honest in everything; subclasses override what they lie about."""

    true: ClassVar[Truth] = Truth(TECHNICIAN_LEFT, TECHNICIAN_LEFT)
    finale: ClassVar[Finale] = Finale.TECHNICIAN_ENDS
    answer: ClassVar[Answer] = Answer.YES
    ways: ClassVar[tuple[Way, ...]] = tuple(Way)
    """The ways round in which it is played."""
    knows_secret: ClassVar[bool] = False
    """Whether the relay is given the secret, as if its guess had been lucky."""
    reopens: ClassVar[bool] = False
    """Whether the relay gives the code out again, and the technician types it once more."""
    sockets_only: ClassVar[bool] = False
    """Whether it lies below the messages, so that only real sockets show it."""
    knows_nothing: ClassVar[bool] = False
    """Whether only a set shows it that holds neither keys nor a list yet."""
    units: ClassVar[frozenset[str]] = frozenset({"unknown", "confirmed"})
    """What the console may say of which unit the set is, which is enrolled."""
    waits_s: ClassVar[float] = 12.0
    """How long the ends may take to find out."""
    lingers_s: ClassVar[float] = 0.0
    """How long the technician stays after the last key."""
    in_hand_only: ClassVar[bool] = False
    """Whether it needs what only the world with a clock in hand has: data channels, sound, stills."""
    stills: ClassVar[frozenset[str]] = frozenset({"exact"})
    """What may come of a still."""

    hears: bool = False
    """Whether the technician hears the sound from the beginning."""
    direct: bool = False
    """Whether the ends may have data channels beside the relay."""
    deeds: tuple[Deed, ...] = ()
    """What people do after the five keys, where their world can."""

    relay: EvilRelay

    def __init_subclass__(cls) -> None:
        if not cls.__name__.startswith("_"):
            assert cls.__doc__, cls.__name__
            ATTACKS[cls.__name__] = cls

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.way = Way.DEVICE_SHOWS
        self.fired = False
        self.keys: list[StreamKeys] = []
        """What the relay derived on the way; nothing of the ends' may open with them."""
        self.secret = ""

    @property
    def truth(self) -> Truth:
        """Of this run."""
        return self.true

    def strike(self) -> None:
        self.fired = True

    def knows(self, keys: SessionKeys) -> None:
        """Key and iv of each stream, before any is handed out."""
        self.keys.append(dict(keys._unused))

    # The hand on every word

    def redemption(self, answer: Fields) -> Fields:
        """What a console is told of the device: the redemption, or `joined` where it shows the code."""
        return answer

    def issue(self, answer: Fields) -> Fields:
        """What a console is given to show a code with."""
        return answer

    def trust(self, answer: Fields) -> Fields:
        """What a console is told of the maker's keys and of what is revoked."""
        return answer

    def takes_the_code(self) -> bool:
        """Whether it keeps the code from the technician who comes with it."""
        return False

    def to_device(self, item: Item) -> list[Item]:
        return [item]

    def to_console(self, item: Item) -> list[Item]:
        return [item]

    def beside(self, frames: list[bytes]) -> list[bytes]:
        """What a console gets that asks for pictures beside its socket."""
        return frames

    def on_channel(self, channel: int, frame: bytes) -> list[tuple[int, bytes]]:
        """What comes out of the data channels, and of which: as if their own encryption hid nothing."""
        return [(channel, frame)]

    def lets_end(self, reason: str) -> bool:
        return True

    def pings(self, side: Side) -> bool:
        """Whether this end gets the relay's WebSocket pings."""
        return True

    def gone(self, side: Side) -> None:
        """An end closed its socket."""

    def tick(self) -> None:
        """Time passed."""

    def finale_comes(self) -> None:
        """The next thing that happens is how the story ends."""

    def protocol(self, side: Side) -> str | None:
        """The subprotocol to answer with instead of the right one."""
        return None


class _FrameAttack(Attack):
    """Strikes the n-th frame of one stream, both drawn from the seed."""

    nth_below: ClassVar[dict[Stream, int]] = {
        Stream.T2D_CONTROL: 4,
        Stream.T2D_LINK: 4,
        Stream.D2T_CONTROL: 5,
        Stream.D2T_PICTURE_WS: 3,
    }
    streams: ClassVar[tuple[Stream, ...]] = tuple(nth_below)  # what every session has
    first: ClassVar[int] = 0

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.stream = rng.choice(self.streams)
        self.nth = rng.randrange(self.first, self.nth_below[self.stream])
        self._seen = 0

    @property
    def truth(self) -> Truth:
        """The end that got the frame says so; the other is told by it, or finds it gone."""
        if self.stream in FROM_CONSOLE:
            return truth("integrity_failed", "integrity_failed")
        # A console in the middle of pairing aborts; later it hangs up.
        return truth("technician_lost pairing_failed", "integrity_failed")

    def on_frame(self, frame: bytes) -> list[Item]:
        """What goes on instead of the frame that was chosen."""
        raise NotImplementedError

    def to_device(self, item: Item) -> list[Item]:
        return self._maybe(item)

    def to_console(self, item: Item) -> list[Item]:
        return self._maybe(item)

    def on_channel(self, channel: int, frame: bytes) -> list[tuple[int, bytes]]:
        return [(channel, one) for one in self._maybe(frame) if isinstance(one, bytes)]

    def _maybe(self, item: Item) -> list[Item]:
        if not isinstance(item, bytes) or stream_of(item) is not self.stream:
            return [item]
        self._seen += 1
        if self._seen != self.nth + 1:
            return [item]
        self.strike()
        return self.on_frame(item)


class Honest(Attack):
    """No attack: everything works that a world can, and the session runs to the end the technician chose."""

    hears = True
    deeds = (Deed.HIDE, Deed.SHOW, Deed.KEY, Deed.STILL)

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.fired = True
        self.direct = rng.random() < 0.5
