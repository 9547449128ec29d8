"""Figures as pictures: a system a row, on a logarithmic scale, in light and in dark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.screen.summary import Range

_WIDTH: Final = 980
_LEFT: Final = 220
_RIGHT: Final = 30
_TOP: Final = 84
_FOOT: Final = 40
_STEP: Final = 12
_STYLE: Final = """
text { font: 13px 'Noto Sans', system-ui, sans-serif; fill: #1c2430 }
.title { font-size: 16px; font-weight: 600 }
.small { font-size: 12px; fill: #5a6472 }
.ours { font-weight: 600 }
.paper { fill: #ffffff }
.band { fill: #f3f5f8 }
.rule { stroke: #d9dee5 }
.mark0 { fill: #0b57d0; stroke: #0b57d0 }
.mark1 { fill: #8a5a00; stroke: #8a5a00 }
.mark2 { fill: #146c2e; stroke: #146c2e }
.mark3 { fill: #8c1d6b; stroke: #8c1d6b }
.span { stroke-width: 2; opacity: .55 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ee }
  .small { fill: #a5afbc }
  .paper { fill: #14181f }
  .band { fill: #1b212a }
  .rule { stroke: #323a46 }
  .mark0 { fill: #8ab4f8; stroke: #8ab4f8 }
  .mark1 { fill: #f2c26b; stroke: #f2c26b }
  .mark2 { fill: #7bd88f; stroke: #7bd88f }
  .mark3 { fill: #f29cd6; stroke: #f29cd6 }
}
""".strip()


@dataclass(frozen=True, slots=True)
class Row:
    """One system; a series that it has no figure for stays empty."""

    name: str
    ranges: Mapping[str, Range]
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """`series` in the order of the marks, at most four."""

    title: str
    unit: str
    series: tuple[str, ...]
    rows: tuple[Row, ...]


def drawn(chart: Chart) -> str:
    """An SVG; the mark is the middle, the line leads from the low to the high end."""
    scale = _Scale.around([one for row in chart.rows for one in row.ranges.values()])
    tall = _STEP * len(chart.series) + 14
    bottom = _TOP + tall * len(chart.rows)
    height = bottom + _FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"',
        f'aria-label="{escape(chart.title)}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{height}" rx="8"/>',
        f'<text class="title" x="24" y="32">{escape(chart.title)}</text>',
        *(_legend(name, at) for at, name in enumerate(chart.series)),
        *(_row(row, chart.series, scale, _TOP + tall * at, tall) for at, row in enumerate(chart.rows)),
        *(_tick(value, scale, bottom, chart.unit) for value in scale.ticks),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class _Scale:
    """Whole powers of ten around everything that is shown."""

    low: int
    high: int

    @classmethod
    def around(cls, ranges: Sequence[Range]) -> _Scale:
        """Of nothing, or of nothing above zero, a scale that is there all the same."""
        values = [value for one in ranges for value in (one.low, one.high) if value > 0] or [1.0, 10.0]
        low = math.floor(math.log10(min(values)))
        return cls(low, max(low + 1, math.ceil(math.log10(max(values)))))

    @property
    def ticks(self) -> list[float]:
        return [step * 10.0**power for power in range(self.low, self.high) for step in (1, 2, 5)] + [
            10.0**self.high
        ]

    def x(self, value: float) -> float:
        """What is less than the least tick, such as zero, stands at the foot."""
        share = (math.log10(max(value, 10.0**self.low)) - self.low) / (self.high - self.low)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _legend(name: str, at: int) -> str:
    x = 30 + at * 230
    return f'{_mark(at, x, 54)}<text class="small" x="{x + 12}" y="58">{escape(name)}</text>'


def _row(row: Row, series: Sequence[str], scale: _Scale, top: int, tall: int) -> str:
    name = f'<text class="{"ours" if row.is_ours else "other"}" x="24" y="{top + tall / 2 + 4:.0f}">'
    parts = [
        f'<rect class="band" x="12" y="{top + 3}" width="{_WIDTH - 24}" height="{tall - 6}" rx="4"/>',
        f"{name}{escape(row.name)}</text>",
    ]
    for at, one in enumerate(series):
        found = row.ranges.get(one)
        if found is not None:
            y = top + 13 + _STEP * at
            ends = f'x1="{scale.x(found.low)}" x2="{scale.x(found.high)}" y1="{y}" y2="{y}"'
            parts.append(f'<line class="span mark{at}" {ends}/>{_mark(at, scale.x(found.mid), y)}')
    return "".join(parts)


def _mark(at: int, x: float, y: int) -> str:
    """Told apart by shape as well as by colour."""
    match at:
        case 0:
            return f'<circle class="mark0" cx="{x}" cy="{y}" r="4"/>'
        case 1:
            return f'<rect class="mark1" x="{x - 3.5}" y="{y - 3.5}" width="7" height="7"/>'
        case 2:
            return f'<path class="mark2" d="M{x} {y - 5} L{x + 5} {y + 4} L{x - 5} {y + 4} Z"/>'
        case _:
            return f'<path class="mark3" d="M{x} {y - 5} L{x + 5} {y} L{x} {y + 5} L{x - 5} {y} Z"/>'


def _tick(value: float, scale: _Scale, bottom: int, unit: str) -> str:
    x = scale.x(value)
    text = f"{value:g}" + (f" {unit}" if value == scale.ticks[-1] else "")
    anchor = "end" if value == scale.ticks[-1] else "middle"
    return (
        f'<line class="rule" x1="{x}" x2="{x}" y1="{_TOP}" y2="{bottom}" stroke-dasharray="2 4"/>'
        f'<text class="small" x="{x}" y="{bottom + 18}" text-anchor="{anchor}">{text}</text>'
    )
