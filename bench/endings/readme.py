"""Puts the newest figures between the README's two marks, and the plot beside the other pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.endings.children import ROOT
from bench.endings.plot import drawn
from bench.endings.report import as_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.endings.report import Row

BEGIN: Final = "<!-- make bench-end ARGS=--write-readme writes from here -->"
END: Final = "<!-- to here -->"
PLOT: Final = "docs/images/endings.svg"


def write(rows: Sequence[Row], *, at_once: int) -> None:
    """Both files; a README without its marks is left alone, loudly."""
    path = ROOT / "README.md"
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the README holds no marks for the figures")
    (ROOT / PLOT).write_text(drawn(rows), encoding="utf-8")
    path.write_text(f"{before}{BEGIN}\n{section(rows, at_once=at_once)}\n{END}{after}", encoding="utf-8")


def section(rows: Sequence[Row], *, at_once: int) -> str:
    most = max(len(row.rounds) for row in rows)
    browser = sum(one.in_browser for row in rows for one in row.rounds)
    said = (
        f"{most} sessions per ending, up to {at_once} at a time, {browser} of all with a real Chromium as "
        "the console. Milliseconds from the fault, p50 / p99 / max."
    )
    return f"{said}\n\n![{PLOT_TEXT}]({PLOT})\n\n{as_markdown(rows)}"


PLOT_TEXT: Final = (
    "Time from the fault to the last executed action, the last picture and the shown reason, for every ending"
)
