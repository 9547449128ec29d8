"""From the rounds of a system to one figure each: flat names, the median over the rounds, and their range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bench.screen.figures import median

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Figures = Mapping[str, Any]

# Whose processors are not the system's own: everybody has these.
_OTHERS: Final = frozenset({"viewer", "X server", "painter"})
_LAST: Final = ("silence", "soak")
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Range:
    """The middle of all rounds, and the least and the most of any."""

    low: float
    mid: float
    high: float


@dataclass(frozen=True, slots=True)
class Summary:
    """One system on one network; `problems` says what went wrong, each once."""

    name: str
    rounds: int
    ranges: Mapping[str, Range]
    problems: tuple[str, ...]

    def __getitem__(self, figure: str) -> float | None:
        found = self.ranges.get(figure)
        return None if found is None else found.mid


def summary(name: str, visits: Sequence[Figures]) -> Summary:
    flat = [dict(flattened(visit)) for visit in visits]
    names = dict.fromkeys(key for one in flat for key in one)
    values = {key: [one[key] for one in flat if key in one] for key in names}
    return Summary(
        name=name,
        rounds=len(visits),
        ranges={key: Range(min(found), median(found) or 0.0, max(found)) for key, found in values.items()},
        problems=tuple(dict.fromkeys(text for visit in visits for text in problems(visit))),
    )


def summaries(network: Figures) -> list[Summary]:
    """Every system that was measured on a network, in the order of the tables."""
    return [summary(name, visits) for name, visits in network["systems"].items()]


def flattened(visit: Figures) -> Iterator[tuple[str, float]]:
    """`menu.age_p50`, `menu.cores.viewer`, `cold.first_ms`...; what was not measured is not there."""
    for name, scene in visit.get("scenes", {}).items():
        yield from _leaves(name, scene)
        yield from _derived(name, scene)
    openings = visit.get("openings", [])
    for name, opening in zip(("cold", "warm"), openings, strict=False):
        yield from _leaves(name, opening)
    for name in _LAST:
        yield from _leaves(name, visit.get(name, {}))
    # No picture came while it was waited for, as where the session was over: that counts among the rounds.
    yield from ((f"silence.{key}", math.inf) for key, ms in visit.get("silence", {}).items() if ms is None)


def problems(visit: Figures) -> Iterator[str]:
    """What a visit could not measure, and why; of a scene with its name before it."""
    if "problem" in visit:
        yield str(visit["problem"])
    last = {name: visit.get(name, {}) for name in _LAST}
    for name, part in {**visit.get("scenes", {}), **last}.items():
        for kind in ("problem", "left_out"):
            if kind in part:
                yield f"{name}: {part[kind]}"


def _leaves(name: str, tree: Figures) -> Iterator[tuple[str, float]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(f"{name}.{key}", value)
        elif isinstance(value, int | float):
            yield f"{name}.{key}", float(value)


def _derived(name: str, scene: Figures) -> Iterator[tuple[str, float]]:
    if cores := scene.get("cores"):
        yield f"{name}.server", sum(value for group, value in cores.items() if group not in _OTHERS)
        if {"agent", "relay"} <= set(cores):
            yield f"{name}.agent_and_relay", cores["agent"] + cores["relay"]
    if scene.get("drawn_s"):
        yield f"{name}.shown_share", scene["shown_s"] / scene["drawn_s"]
    if "kib_s" in scene:
        yield f"{name}.mib_s", scene["kib_s"] / _KIB
