"""From sightings to figures. Pure; times are milliseconds on one clock."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.screen.stamps import Sighting


def percentile(values: Iterable[float], share: float) -> float | None:
    """Nearest rank, so that it is a value that was measured; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Iterable[float | None]) -> float | None:
    """Of those that were measured; the mean of the middle two where there is no middle one."""
    ordered = sorted(value for value in values if value is not None)
    if not ordered:
        return None
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def mean_of_all(values: Sequence[float | None]) -> float | None:
    """None where one of them is missing: what never came has no mean with what did."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


@dataclass(frozen=True, slots=True)
class Behind:
    """How far what is shown is behind what is there."""

    mean_ms: float
    share: float


def behind(drawn: Sequence[int], seen: Sequence[Sighting], *, start: float, end: float) -> Behind:
    """Averaged over the time from `start` to `end`, 0 while the newest drawing is on show.

    Otherwise it is the age of the oldest drawing that is still to be shown: it counts slow pictures and left
    out ones alike. `share` is the part of the time in which something was still to be shown.
    """
    drawings = sorted(drawn)
    shown = sorted((one.seen, one.drawn) for one in seen)
    newest = _newest(shown)
    times = [at for at in (*drawings, *(at for at, _ in shown)) if start < at < end]
    area = wrong = 0.0
    for begin, stop in pairwise(sorted({start, end, *times})):
        on_show = newest[bisect_right(shown, (begin, math.inf))]
        after = bisect_right(drawings, on_show)
        if after < len(drawings) and drawings[after] <= begin:
            area += ((begin + stop) / 2 - drawings[after]) * (stop - begin)
            wrong += stop - begin
    return Behind(area / (end - start), wrong / (end - start))


def _newest(shown: Sequence[tuple[float, int]]) -> list[float]:
    """The newest drawing on show after the first 0, 1, 2... sightings; a late old one turns nothing back."""
    newest: list[float] = [-math.inf]
    for _, drawn in shown:
        newest.append(max(newest[-1], drawn))
    return newest


def answers(inputs: Sequence[float], seen: Sequence[Sighting], *, within: float) -> list[float]:
    """For each press: how long until a picture drawn after it is shown; without those never answered."""
    found = []
    for pressed in inputs:
        # A stamp is cut to whole milliseconds: one drawn in the very millisecond of the press is after it.
        after = [one.seen - pressed for one in seen if one.drawn >= math.floor(pressed)]
        if after and min(after) <= within:
            found.append(min(after))
    return found


def until_silence(at: float, *, lasts: float, drawn: float, every: float, before: float) -> float:
    """How long after `at` a silence begins that ends so long `before` a step; all in ms.

    Steps come each `every` from `drawn` on. So the first one comes equally soon for every system.
    """
    return (drawn - before - lasts - at) % every


@dataclass(frozen=True, slots=True)
class Recovery:
    """After a silence: until a picture drawn since then is shown, and until one is as prompt as before."""

    fresh_ms: float | None
    prompt_ms: float | None


NEVER: Final = Recovery(None, None)


def recovery(seen: Sequence[Sighting], *, over: float, usual_ms: float) -> Recovery:
    """`over` is when the silence ended; prompt is at most twice the usual age and 100 ms."""
    fresh = [one for one in sorted(seen, key=lambda one: one.seen) if one.drawn >= over]
    prompt = [one for one in fresh if one.age <= 2 * usual_ms + 100]
    return Recovery(
        fresh[0].seen - over if fresh else None,
        prompt[0].seen - over if prompt else None,
    )
