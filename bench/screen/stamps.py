"""The clock in the scene, as the page read it: back to the moments at which it was drawn.

The row is that of the simulated TV (`device_agent/devices/simulated_tv/stamp.py`), so one reader serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from device_agent.devices.simulated_tv import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Sighting:
    """One drawing of the scene, at the first moment at which the page showed it; ms since the epoch."""

    drawn: int
    seen: float

    @property
    def age(self) -> float:
        """How old the picture was when it appeared."""
        return self.seen - self.drawn


@dataclass(frozen=True, slots=True)
class Sightings:
    """What a page saw of a scene, in its order; `unreadable` samples were torn, blurred or black."""

    known: tuple[Sighting, ...]
    unreadable: int


def number_of(row: str) -> int | None:
    """The stamped number of a row written as 0s and 1s, or None where guards or sum are wrong."""
    bits = tuple(int(bit) for bit in row)
    if len(bits) != stamp.CELLS:
        return None
    number = int(row[2:30], 2)
    return number if bits == stamp.cells(number) else None


def sightings(samples: Iterable[tuple[str, float]], drawn: Sequence[int]) -> Sightings:
    """Only what this very scene drew counts: a pipe may still hold pictures of the one before."""
    moments = {at % stamp.MODULUS: at for at in drawn}
    first: dict[int, Sighting] = {}
    unreadable = 0
    for row, seen in samples:
        number = number_of(row)
        if number is None:
            unreadable += 1
        elif (at := moments.get(number)) is not None:
            first.setdefault(at, Sighting(at, seen))
    return Sightings(tuple(first.values()), unreadable)
