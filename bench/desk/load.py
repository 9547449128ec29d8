"""Many who ask at once: each again as soon as it is answered, until the time or the questions are over."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from bench.screen.figures import percentile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

WARM_UP: Final = 24
"""Questions before those that are timed: connections, plans and caches are there by then."""
_WARM_UP_SHARE: Final = 0.2  # of the time, which it is not part of


class Away(Exception):  # noqa: N818 - a state of the world
    """The desk said to ask again later."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long each of `count` questions took, in milliseconds, and how many were answered a second.

    `away` were not answered: the database did not come to them in time, and the caller is to ask again.
    """

    count: int
    per_second: float
    p50_ms: float
    p99_ms: float
    away: int = 0

    @classmethod
    def of(cls, answered_ms: Sequence[float], elapsed_s: float, away: int = 0) -> Timing:
        """`answered_ms` holds one value at least; percentiles are by nearest rank."""
        p50, p99 = percentile(answered_ms, 0.5), percentile(answered_ms, 0.99)
        assert p50 is not None, "somebody asked"
        assert p99 is not None, "somebody asked"
        return cls(len(answered_ms), len(answered_ms) / elapsed_s, p50, p99, away)


async def timed(
    ask: Callable[[int], Awaitable[None]],
    *,
    at_once: int,
    seconds: float,
    most: int,
    before: Callable[[int], Awaitable[None]],
) -> Timing:
    """`ask` is given 0, 1, 2..., each once; so is `before`, whose time is not counted for that question.

    After `seconds` nobody begins another, nor after `most` of them, which is more than the warm-up takes.
    What `ask` raises ends it all, but for Away, which is counted.
    """
    numbers = iter(range(most))
    warm_until = time.perf_counter() + seconds * _WARM_UP_SHARE
    for number in islice(numbers, min(WARM_UP, most // 2)):
        await before(number)
        with suppress(Away):
            await ask(number)
        if time.perf_counter() >= warm_until:
            break
    answered: list[float] = []
    away = 0
    began = time.perf_counter()
    until = began + seconds

    async def asker() -> None:
        nonlocal away
        for number in numbers:
            await before(number)
            at = time.perf_counter()
            try:
                await ask(number)
            except Away:
                away += 1
            else:
                answered.append((time.perf_counter() - at) * 1000)
            if time.perf_counter() >= until and answered:
                return

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(asker())
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None
    return Timing.of(answered, time.perf_counter() - began, away)
