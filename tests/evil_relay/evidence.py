"""What was seen of one run from outside: by the customer, by the technician, by the relay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.evil_relay.attack import Attack
    from tests.evil_relay.tape import Tape


@dataclass(slots=True)
class DeviceSeen:
    """The customer's side. Times are the run's clock."""

    states: list[tuple[float, str]] = field(default_factory=list)
    executed: list[tuple[float, str]] | None = field(default_factory=list)
    """The technician's keys that reached the set; None where the set does not tell."""
    yes_at: float | None = None
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
