"""The figures as one picture: an ending a line, on a logarithmic scale of time, with the bound it keeps."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.endings.report import Row, Spread

_WIDTH: Final = 980
_LEFT: Final = 250
_RIGHT: Final = 24
_TOP: Final = 84
_LINE: Final = 44
_FOOT: Final = 40
_LEAST_MS: Final = 1
_MOST_MS: Final = 10_000
_TICKS: Final = (1, 10, 100, 500, 1_000, 5_000)

_STYLE: Final = """
text { font: 13px 'Noto Sans', system-ui, sans-serif; fill: #1c2430 }
.title { font-size: 16px; font-weight: 600 }
.small { font-size: 12px; fill: #5a6472 }
.paper { fill: #ffffff }
.rule { stroke: #d9dee5 }
.beyond { fill: #f6dcd8 }
.bound { stroke: #b3261e; stroke-width: 1.5 }
.action { fill: #0b57d0; stroke: #0b57d0 }
.picture { fill: #8a5a00; stroke: #8a5a00 }
.shown { fill: #146c2e; stroke: #146c2e }
.span { stroke-width: 2; opacity: .55 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ee }
  .small { fill: #a5afbc }
  .paper { fill: #14181f }
  .rule { stroke: #323a46 }
  .beyond { fill: #43231f }
  .bound { stroke: #ff8a80 }
  .action { fill: #8ab4f8; stroke: #8ab4f8 }
  .picture { fill: #f2c26b; stroke: #f2c26b }
  .shown { fill: #7bd88f; stroke: #7bd88f }
}
""".strip()


def drawn(rows: Sequence[Row]) -> str:
    """An SVG that a page in light or dark can show."""
    height = _TOP + _LINE * len(rows) + _FOOT
    bottom = _TOP + _LINE * len(rows)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
    parts = [
        f'{svg} aria-label="From the fault to the end, in milliseconds">',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{height}" rx="8"/>',
        '<text class="title" x="24" y="32">From the fault to the end, in milliseconds</text>',
        *_legend(),
        *(_row(row, _TOP + _LINE * at) for at, row in enumerate(rows)),
        *(_tick(ms, bottom) for ms in _TICKS),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(ms: float) -> float:
    """Zero has no place on a logarithmic scale: what came in the same millisecond stands at its foot."""
    share = math.log10(min(max(ms, _LEAST_MS), _MOST_MS) / _LEAST_MS) / math.log10(_MOST_MS / _LEAST_MS)
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _legend() -> list[str]:
    items = {
        "action": "last executed action",
        "picture": "last picture left the TV",
        "shown": "reason shown on both sides",
    }
    marks = [
        f'{_mark(kind, _legend_x(at), 54)}<text class="small" x="{_legend_x(at) + 12}" y="58">{text}</text>'
        for at, (kind, text) in enumerate(items.items())
    ]
    x = _legend_x(len(items)) + 10
    bound = "bound; mark p50, line to p99 and the most"
    rule = f'<line class="bound" x1="{x}" x2="{x}" y1="46" y2="62"/>'
    return [*marks, f'{rule}<text class="small" x="{x + 10}" y="58">{bound}</text>']


def _legend_x(at: int) -> int:
    return 30 + at * 190


def _row(row: Row, top: int) -> str:
    bound = _x(row.case.bound.ms)
    beyond = round(_WIDTH - _RIGHT - bound, 1)
    parts = [
        f'<rect class="beyond" x="{bound}" y="{top + 4}" width="{beyond}" height="{_LINE - 8}"/>',
        f'<line class="bound" x1="{bound}" x2="{bound}" y1="{top + 4}" y2="{top + _LINE - 4}"/>',
        f'<text x="24" y="{top + 27}">{escape(row.case.title)}</text>',
    ]
    spreads = (("action", row.last_action), ("picture", row.last_frame), ("shown", row.shown))
    parts += [
        _spread(kind, one, top + 12 + at * 10) for at, (kind, one) in enumerate(spreads) if one is not None
    ]
    return "".join(parts)


def _spread(kind: str, spread: Spread, y: int) -> str:
    middle, late, last = (_x(ms) for ms in (spread.p50, spread.p99, spread.max))
    return (
        f'<line class="span {kind}" x1="{middle}" x2="{last}" y1="{y}" y2="{y}"/>'
        f'<line class="{kind}" x1="{late}" x2="{late}" y1="{y - 4}" y2="{y + 4}"/>{_mark(kind, middle, y)}'
    )


def _mark(kind: str, x: float, y: float) -> str:
    """Told apart by shape as well as by colour."""
    match kind:
        case "action":
            return f'<circle class="{kind}" cx="{x}" cy="{y}" r="4"/>'
        case "picture":
            return f'<rect class="{kind}" x="{x - 3.5}" y="{y - 3.5}" width="7" height="7"/>'
        case _:
            return f'<path class="{kind}" d="M{x} {y - 5} L{x + 5} {y + 4} L{x - 5} {y + 4} Z"/>'


def _tick(ms: int, bottom: int) -> str:
    x = _x(ms)
    text = "≤ 1" if ms == _LEAST_MS else f"{ms:,}".replace(",", " ")
    return (
        f'<line class="rule" x1="{x}" x2="{x}" y1="{_TOP}" y2="{bottom}" stroke-dasharray="2 4"/>'
        f'<text class="small" x="{x}" y="{bottom + 18}" text-anchor="middle">{text}</text>'
    )
