"""From loads to figures and claims. A claim is a ratio of two figures of one run; the rest only describes."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bench.desk.load import Timing
from bench.desk.loading import Loaded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

SMALL: Final = "small"
LARGE: Final = "large"
OF_ALL: Final = f"median of all: p50, {LARGE} / {SMALL}"


@dataclass(frozen=True, slots=True)
class Measured:
    """One load: what was asked, by which way, by how many at once, of the desk with which stock."""

    stock: str
    what: str
    way: str
    at_once: int
    timing: Timing

    def __str__(self) -> str:
        timing = self.timing
        return (
            f"{self.stock}: {self.what}, {self.way}, {self.at_once} at once: "
            f"{timing.p50_ms:.1f} / {timing.p99_ms:.1f} ms, {timing.per_second:,.0f} a second"
        )

    def json(self) -> dict[str, Any]:
        return {
            "stock": self.stock,
            "what": self.what,
            "way": self.way,
            "at_once": self.at_once,
            "count": self.timing.count,
            "p50_ms": round(self.timing.p50_ms, 3),
            "p99_ms": round(self.timing.p99_ms, 3),
            "per_second": round(self.timing.per_second, 1),
            "away": self.timing.away,
        }


@dataclass(frozen=True, slots=True)
class OfDatabase:
    """All of one database: `units` of each stock, what loading took, and what was asked."""

    kind: str
    facts: Mapping[str, Any]
    units: Mapping[str, int]
    loaded: Mapping[str, Loaded]
    measured: Sequence[Measured]

    def json(self) -> dict[str, Any]:
        return {
            "database": self.kind,
            **self.facts,
            "units": dict(self.units),
            "import": {
                stock: {
                    "rows": one.rows,
                    "seconds": round(one.seconds, 2),
                    "rows_per_second": round(one.per_second),
                    "first_tenth_s": round(one.first_s, 3),
                    "last_tenth_s": round(one.last_s, 3),
                    "repeats": one.repeats,
                }
                for stock, one in self.loaded.items()
            },
            "loads": [one.json() for one in self.measured],
            "claims": {name: round(ratio, 2) for name, ratio in claims(self).items()},
        }


def of_json(read: Mapping[str, Any]) -> OfDatabase:
    """What `OfDatabase.json` said, as far as it was rounded."""
    return OfDatabase(
        kind=read["database"],
        facts={name: read[name] for name in ("version", "bytes")},
        units=read["units"],
        loaded={
            stock: Loaded(
                one["rows"], one["seconds"], one["first_tenth_s"], one["last_tenth_s"], one["repeats"]
            )
            for stock, one in read["import"].items()
        },
        measured=[
            Measured(
                one["stock"],
                one["what"],
                one["way"],
                one["at_once"],
                Timing(one["count"], one["per_second"], one["p50_ms"], one["p99_ms"], one["away"]),
            )
            for one in read["loads"]
        ],
    )


def claims(of: OfDatabase) -> dict[str, float]:
    """Ratios by their names; 1 is no difference, 2 is twice as slow."""
    found = {"import, last tenth of the rows / first": of.loaded[LARGE].last_s / of.loaded[LARGE].first_s}
    by_key = {(one.stock, one.what, one.way, one.at_once): one.timing.p50_ms for one in of.measured}
    ratios = []
    for (stock, what, way, at_once), p50 in by_key.items():
        if stock == LARGE:
            ratios.append(p50 / by_key[SMALL, what, way, at_once])
            found[f"{what}, {way}, {at_once} at once: p50, {LARGE} / {SMALL}"] = ratios[-1]
            if what == "registered":
                name = f"inquiry, {way}, {at_once} at once: p50, registered / known"
                found[name] = p50 / by_key[stock, "known", way, at_once]
    return found | {OF_ALL: statistics.median(ratios)}


def as_json(machine: Mapping[str, str], day: date, seconds: float, databases: Sequence[OfDatabase]) -> str:
    whole = {
        "day": day.isoformat(),
        "machine": dict(machine),
        "seconds": seconds,
        "databases": [one.json() for one in databases],
    }
    return json.dumps(whole)


_LOADED: Final = ("import", "rows", "s", "rows/s")
_LOADS: Final = ("asked", "way", "at once", "units", "p50 ms", "p99 ms", "a second", "away", "p50 to small")


def tables(of: OfDatabase) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Loading, then what was asked; each with its headings first."""
    loading: list[tuple[str, ...]] = [_LOADED]
    for stock, loaded in of.loaded.items():
        loading.append((stock, f"{loaded.rows:,}", f"{loaded.seconds:.0f}", f"{loaded.per_second:,.0f}"))
    found = claims(of)
    asked: list[tuple[str, ...]] = [_LOADS]
    for one in sorted(of.measured, key=lambda one: (one.what, one.way, one.at_once, one.stock != SMALL)):
        ratio = found.get(f"{one.what}, {one.way}, {one.at_once} at once: p50, {LARGE} / {SMALL}")
        asked.append(
            (
                one.what if one.what == "registration" else f"inquiry, {one.what}",
                one.way,
                str(one.at_once),
                f"{of.units[one.stock]:,}",
                f"{one.timing.p50_ms:.1f}",
                f"{one.timing.p99_ms:.1f}",
                f"{one.timing.per_second:,.0f}",
                str(one.timing.away),
                f"{ratio:.2f}" if ratio is not None and one.stock == LARGE else "",
            )
        )
    return loading, asked


def as_table(of: OfDatabase) -> str:
    """For a terminal."""
    said = f"{OF_ALL}: {claims(of)[OF_ALL]:.2f}"
    return "\n\n".join([f"{of.kind} {of.facts['version']}", *map(_aligned, tables(of)), said])


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_markdown(of: OfDatabase) -> str:
    """For docs/benchmarks.md."""
    return "\n\n".join(map(_pipes, tables(of)))


def _pipes(lines: Sequence[Sequence[str]]) -> str:
    rule = ["---:" if at else "---" for at in range(len(lines[0]))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (lines[0], rule, *lines[1:]))
