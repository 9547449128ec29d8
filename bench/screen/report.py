"""Tables of a run, as Markdown: the median of all rounds, and beside it what could not be measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from bench.screen.goals import GOALS
from bench.screen.profiles import DIRECT, PROFILES
from bench.screen.summary import flattened, problems, summaries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.screen.goals import Goal
    from bench.screen.summary import Summary

    Figures = Mapping[str, Any]
    Columns = Mapping[str, str]

_COSTS: Final = {"KiB/s": "kib_s", "cores, device and server": "server", "cores, viewer": "cores.viewer"}
_AGES: Final = {"age p50": "age_p50", "p95": "age_p95", "behind": "behind"}
_ANSWERS: Final = {
    "seen after p50": "answer_p50",
    "p95": "answer_p95",
    "answered": "answered",
    "of": "pressed",
}
_TABLES: Final[dict[str, Columns]] = {
    "Still": {title: f"still.{name}" for title, name in _COSTS.items()},
    "Menu": {title: f"menu.{name}" for title, name in (_AGES | _COSTS).items()},
    "Video": {
        title: f"video.{name}"
        for title, name in ({"shown/s": "shown_s", "drawn/s": "drawn_s"} | _AGES | _COSTS).items()
    },
    "Click": {title: f"click.{name}" for title, name in _ANSWERS.items()},
    "Key": {title: f"key.{name}" for title, name in _ANSWERS.items()},
    "Opening": {
        "cold, first picture": "cold.first_ms",
        "of which the customer": "cold.waited_ms",
        "accepted code to picture": "cold.accepted_ms",
        "cold KiB": "cold.kib",
        "behind in the first 5 s": "cold.beginning_behind",
        "again, first picture": "warm.first_ms",
        "again KiB": "warm.kib",
    },
    "Menu at rest": {
        "PSNR 0.5 s": "menu.at_rest.500.psnr",
        "PSNR 2 s": "menu.at_rest.2000.psnr",
        "words PSNR 2 s": "menu.at_rest.2000.detail_psnr",
        "words SSIM 0.5 s": "menu.at_rest.500.detail_ssim",
        "words SSIM 2 s": "menu.at_rest.2000.detail_ssim",
    },
    "After 3 s of silence": {
        "age before": "silence.usual_ms",
        "first fresh picture": "silence.fresh_ms",
        "as prompt as before": "silence.prompt_ms",
    },
    "A long film": {
        "minutes": "soak.minutes",
        "agent, MiB": "soak.mib.agent",
        "agent grew by": "soak.growth.agent",
        "relay, MiB": "soak.mib.relay",
        "relay grew by": "soak.growth.relay",
        "viewer, MiB": "soak.mib.viewer",
        "viewer grew by": "soak.growth.viewer",
    },
}
_SHORT: Final = (
    "age_p50",
    "age_p95",
    "behind",
    "shown_s",
    "kib_s",
    "server",
    "cores.viewer",
    "answer_p50",
    "answered",
)


def tables(results: Figures) -> list[str]:
    """Every network's tables, each with its heading; those without any figure are left out."""
    found = []
    for network, measured in results["networks"].items():
        systems = summaries(measured)
        found += [f"### {title_of(network)}", *check_of(measured["check"]), *_network(systems)]
        if rows := goal_rows(network, systems):
            found.append("#### What we aim at\n\n" + table(["aim", "bound", "reached", ""], rows))
        if lost := [f"- {one.name}: {text}" for one in systems for text in one.problems]:
            found.append("Not measured:\n\n" + "\n".join(lost))
    return found


def title_of(network: str) -> str:
    if network == DIRECT:
        return "No limits: as fast as the machine"
    return f"{network}: {PROFILES[network].words}"


def check_of(check: Figures) -> list[str]:
    """What the line itself does, in a sentence."""
    if not check:
        return []
    trips = f"{figure(check['trip_p50'])} ms (p95 {figure(check['trip_p95'])} ms)"
    rates = f"{check['tcp_up_kbit_s'] / 1000:.2f} Mbit/s up, {check['tcp_down_kbit_s'] / 1000:.2f} down"
    lost = f"{check['echoes_lost']} % of echoes lost"
    return [f"The line as measured before: round trip {trips}, TCP {rates}, {lost}."]


def _network(systems: Sequence[Summary]) -> list[str]:
    found = []
    for title, columns in _TABLES.items():
        rows = [[one.name, *(figure(one[name]) for name in columns.values())] for one in systems]
        if any(one[name] is not None for one in systems for name in columns.values()):
            found.append(f"#### {title}\n\n" + table(["", *columns], rows))
    return found


def goal_rows(network: str, systems: Iterable[Summary]) -> list[list[str]]:
    """Each aim of this network that can be told from what was measured."""
    by_name = {one.name: one for one in systems}
    rows = []
    for goal in GOALS:
        ours = by_name.get(goal.whose)
        reached = None if ours is None or goal.network != network else ours[goal.figure]
        bound = goal.bound(by_name)
        if reached is None or bound is None:
            continue
        source = f" ({goal.factor:g} x {' or '.join(goal.of)})" if goal.of and len(goal.of) < 3 else ""
        best = " (the best peer)" if len(goal.of) > 2 else ""
        rows.append(
            [
                f"{goal.words}{source}{best}",
                f"{goal.side} {figure(bound)}",
                figure(reached),
                _verdict(goal, reached, bound),
            ]
        )
    return rows


def _verdict(goal: Goal, reached: float, bound: float) -> str:
    if goal.is_reached(reached, bound):
        return "reached"
    return "missed" if math.isinf(reached) else f"missed by {abs(reached / bound - 1):.0%}"


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in titles[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (titles, rule, *rows))


def figure(value: float | None) -> str:
    """Three digits that mean something; a dash for what was not measured."""
    if value is None:
        return "-"
    if math.isinf(value):
        return "never"
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size < 0.9 or size >= 1 else f"{value:.4f}"


def lines(visit: Figures) -> list[str]:
    """One visit as it comes in, a scene a line."""
    flat = dict(flattened(visit))
    found = [
        f"  {scene}: "
        + ", ".join(
            f"{name} {figure(flat[f'{scene}.{name}'])}" for name in _SHORT if f"{scene}.{name}" in flat
        )
        for scene in visit.get("scenes", {})
    ]
    openings = [
        f"{name} {figure(flat[name])}"
        for name in ("cold.first_ms", "cold.kib", "warm.first_ms")
        if name in flat
    ]
    return [*found, f"  opening: {', '.join(openings)}", *(f"  {text}" for text in problems(visit))]
