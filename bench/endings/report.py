"""From rounds to figures: a table for people, JSON for programs."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.endings.cases import BY_NAME, CASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.endings.cases import Case
    from bench.endings.rounds import Round


@dataclass(frozen=True, slots=True)
class Spread:
    """Nearest rank, so that every figure is one that was measured."""

    p50: float
    p99: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Spread | None:
        known = sorted(value for value in values if value is not None)
        if not known:
            return None
        return cls(*(round(known[math.ceil(len(known) * share) - 1], 1) for share in (0.5, 0.99, 1.0)))

    def json(self) -> dict[str, float]:
        return {"p50": self.p50, "p99": self.p99, "max": self.max}

    def __str__(self) -> str:
        return " / ".join(f"{value:.0f}" for value in (self.p50, self.p99, self.max))


@dataclass(frozen=True, slots=True)
class Row:
    """One case, from all its rounds."""

    case: Case
    rounds: tuple[Round, ...]

    def spread(self, of: Callable[[Round], float | None]) -> Spread | None:
        return Spread.of(of(one) for one in self.rounds)

    @property
    def last_action(self) -> Spread | None:
        return self.spread(lambda one: one.last_action_ms)

    @property
    def last_frame(self) -> Spread | None:
        return self.spread(lambda one: one.last_frame_ms)

    @property
    def shown(self) -> Spread | None:
        return self.spread(lambda one: one.shown_ms)

    def reasons(self, side: str) -> dict[str, int]:
        found = Counter(str(getattr(one, f"{side}_reason")) for one in self.rounds)
        return {reason: count for reason, count in found.most_common() if reason}

    @property
    def faults(self) -> list[str]:
        return [f"{self.case.name}: {fault}" for one in self.rounds for fault in one.faults]

    def json(self) -> dict[str, object]:
        """The promised keys first; what follows them only explains."""
        spreads = {
            "last_action_ms": self.last_action,
            "last_frame_ms": self.last_frame,
            "shown_ms": self.shown,
            "last_frame_in_console_ms": self.spread(lambda one: one.last_frame_seen_ms),
            "shown_on_device_ms": self.spread(lambda one: one.device_shown_ms),
            "shown_in_console_ms": self.spread(lambda one: one.console_shown_ms),
        }
        figures = {name: None if one is None else one.json() for name, one in spreads.items()}
        promised = ("last_action_ms", "last_frame_ms", "shown_ms")
        return {
            "case": self.case.name,
            "rounds": len(self.rounds),
            **{name: figures.pop(name) for name in promised},
            "reasons": self.reasons("record"),
            "bound_ms": self.case.bound.ms,
            "in_browser": sum(one.in_browser for one in self.rounds),
            **figures,
            "reasons_on_device": self.reasons("device"),
            "reasons_in_console": self.reasons("console"),
        }


def rows_of(rounds: Sequence[Round]) -> list[Row]:
    """In the order of the cases."""
    found = {case.name: tuple(one for one in rounds if one.case == case.name) for case in CASES}
    return [Row(BY_NAME[name], some) for name, some in found.items() if some]


def as_json(rows: Sequence[Row]) -> str:
    return json.dumps([row.json() for row in rows])


HEADINGS = (
    "ending",
    "rounds",
    "last action",
    "last picture",
    "shown on TV",
    "shown in console",
    "bound",
    "reason",
)


def cells(row: Row) -> tuple[str, ...]:
    """One line of the table; each figure is p50 / p99 / max in ms."""
    return (
        row.case.title,
        str(len(row.rounds)),
        str(row.last_action or "-"),
        str(row.last_frame or "-"),
        str(row.spread(lambda one: one.device_shown_ms) or "-"),
        str(row.spread(lambda one: one.console_shown_ms) or "-"),
        str(row.case.bound.ms),
        ", ".join(row.reasons("record")) or "-",
    )


def as_table(rows: Sequence[Row]) -> str:
    """For a terminal."""
    lines = [HEADINGS, *(cells(row) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_markdown(rows: Sequence[Row]) -> str:
    """For the README."""
    rule = "|".join(["---", "--:", *["---"] * (len(HEADINGS) - 3), "---"])
    lines = [" | ".join(HEADINGS), rule, *(" | ".join(cells(row)) for row in rows)]
    return "\n".join(line if line is rule and line.startswith("|") else f"| {line} |" for line in lines)
