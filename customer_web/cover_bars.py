"""Where the bars of a product's cover lie on their common scale. Pure: dates in, percentages out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from customer_web.views.cover import CoverLine

_MARGIN: Final = 0.04
"""Of the whole scale, before the first and after the last day, so that today is seen at either end."""
_THINNEST: Final = 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """Percentages of the scale's length."""

    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Bars:
    """One bar for each line, in their order, and today's place."""

    bars: tuple[Bar, ...]
    today: float


def bars_of(lines: Sequence[CoverLine], today: date) -> Bars:
    """A scale that holds every line and today."""
    first = min([line.starts_on for line in lines] + [today]).toordinal()
    last = max([line.ends_on for line in lines] + [today]).toordinal()
    margin = max(1.0, (last - first) * _MARGIN)
    low, high = first - margin, last + 1 + margin

    def place(day: float) -> float:
        return round((day - low) / (high - low) * 100, 2)

    return Bars(
        tuple(
            Bar(
                place(line.starts_on.toordinal()),
                max(
                    _THINNEST,
                    round(place(line.ends_on.toordinal() + 1) - place(line.starts_on.toordinal()), 2),
                ),
            )
            for line in lines
        ),
        place(today.toordinal() + 0.5),
    )
