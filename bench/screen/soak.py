"""A long film: who holds more and more memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bench.screen.children import memory_mib
from bench.screen.figures import median
from bench.screen.painting import painting
from bench.screen.scenes import Scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.screen.measures import Figures, Seat

_EVERY_S: Final = 30.0
_WARM_S: Final = 60.0  # caches and pools fill, which is no growth


def soak(seat: Seat, *, minutes: float) -> Figures:
    """Memory of everybody in the course of a film: in MiB at its end, and how much that grew."""
    with painting(Scene.VIDEO, seat.screen, seat.folder) as painter:
        groups = seat.groups(painter)
        time.sleep(_WARM_S)
        end = time.monotonic() + minutes * 60
        course: dict[str, list[float]] = {name: [] for name in groups}
        while time.monotonic() < end:
            for name, pid in groups.items():
                course[name].append(memory_mib(pid))
            time.sleep(_EVERY_S)
    return {
        "minutes": minutes,
        "course": course,
        "mib": {name: held[-1] for name, held in course.items()},
        "growth": {name: growth(held) for name, held in course.items()},
    }


def growth(held: Sequence[float]) -> float:
    """Between the medians of the first and the last third, so that one peak is no growth."""
    third = max(1, len(held) // 3)
    return (median(held[-third:]) or 0.0) - (median(held[:third]) or 0.0)
