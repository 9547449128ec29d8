"""What was seen of one run from outside: by the customer, by the technician, by the relay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.evil_relay.attack import Attack
    from tests.evil_relay.tape import Tape


@dataclass(frozen=True, slots=True)
class Piece:
    """A picture, a part of a still or a piece of sound: when it was taken, and a hash of its data."""

    at: int
    sha: str
    still: bool = False


@dataclass(slots=True)
class Left:
    """What a set sealed and sent, by its number."""

    pictures: dict[int, Piece] = field(default_factory=dict)
    sounds: dict[int, Piece] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.pictures) + len(self.sounds)


@dataclass(frozen=True, slots=True)
class Hid:
    """A press of the Hide key; how much had been executed and had left by then, and the newest picture."""

    hidden: bool
    executed: int = 0
    left: int = 0
    pic: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """Something the page drew, and what it said of the picture at that moment."""

    pic: int
    piece: Piece
    page_says: str


@dataclass(slots=True)
class DeviceSeen:
    """The customer's side. Times are the run's clock."""

    states: list[tuple[float, str]] = field(default_factory=list)
    is_glimpsed: bool = False
    """Whether a state that was over at once may be missing: the page is looked at now and then.

    Then the set's own word to the relay stands for it.
    """
    executed: list[tuple[float, str]] | None = field(default_factory=list)
    """The technician's keys that reached the set; None where the set does not tell."""
    yes_at: float | None = None
    hides: list[Hid] = field(default_factory=list)
    left: Left | None = None
    """None where it cannot be known."""
    ended: str = "nothing"
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class ConsoleSeen:
    """The technician's side."""

    phases: list[tuple[float, str]] = field(default_factory=list)
    pressed: list[tuple[float, str]] = field(default_factory=list)
    outcomes: list[tuple[str, str]] = field(default_factory=list)
    left_at: float | None = None
    """When the technician ended, or was gone."""
    counts: list[tuple[float, int]] = field(default_factory=list)
    """How many keys the page counts as done, and since when."""
    units: set[str] = field(default_factory=set)
    """What it said of which unit the set is."""
    drawn: list[Drawn] = field(default_factory=list)
    passed: list[int] = field(default_factory=list)
    """Numbers of what it did not draw, and told the set that it need not wait for."""
    played: list[tuple[int, Piece]] = field(default_factory=list)
    stills: list[tuple[str, str]] = field(default_factory=list)
    """What came of each, and the hash of the file where it gave one out."""
    carriers: set[str] = field(default_factory=set)
    """What it said carries the picture."""
    ended: str = "nothing"
    words: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    """Errors nobody caught."""


@dataclass(slots=True)
class Evidence:
    """One run."""

    attack: Attack
    device: DeviceSeen
    console: ConsoleSeen
    tapes: list[Tape]
    code: str
    secrets: dict[str, str]
    """Texts that only the ends may know, by what they are."""
    slack_s: float
    """How exactly this world's times can be read."""


def first(seen: list[tuple[float, str]], state: str) -> float | None:
    """When it was first so."""
    return next((at for at, name in seen if name == state), None)
