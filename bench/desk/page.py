"""Puts the newest figures at the end of docs/benchmarks.md, behind their mark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bench.desk.report import LARGE, OF_ALL, SMALL, as_markdown, claims, of_json
from bench.endings.children import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE: Final = "docs/benchmarks.md"
BEGIN: Final = "<!-- the desk, by make bench-desk, from here -->"
_NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def write(results: Mapping[str, Any]) -> None:
    """From what `--json` printed. What stands before the mark stays as it is."""
    path = ROOT / PAGE
    before = path.read_text(encoding="utf-8").partition(BEGIN)[0].rstrip()
    path.write_text(f"{before}\n\n{text(results)}", encoding="utf-8")


def behind_mark(whole: str) -> str:
    """The mark and what follows it, "" where there is none: kept by who writes what stands before it."""
    _, mark, rest = whole.partition(BEGIN)
    return mark + rest


def text(results: Mapping[str, Any]) -> str:
    machine, databases = results["machine"], [of_json(one) for one in results["databases"]]
    units = databases[0].units
    head = f"""\
{BEGIN}
## The after-sales desk

A supply list of {units[LARGE]:,} pieces, imported as `alongside import supply` does it and then asked, by `make bench-desk`. [bench/README.md](../bench/README.md#the-after-sales-desk) says what is asked and how.
The last column is the only claim: how much slower the same question is with {units[LARGE]:,} pieces than with {units[SMALL]:,}, on the same kind of database in the same minute; 1 is no difference. Where others use the machine single rows waver, and the medians above the tables say more. All other figures are this machine's on that day.

{results["day"]}, {machine["cores"]} cores ({machine["processor"]}), {machine["system"]}, Python {machine["python"]}; its load was {machine["load"]} when the run began. {results["seconds"]:g} s for each row. Percentiles are of single questions; registrations are distinct products, each of its own customer.
"""
    parts = [
        f"### {_NAMES[one.kind]} {one.facts['version']}\n\n"
        f"{one.facts['bytes'] / 1e6:,.0f} MB at the end. "
        f"The last column's median is {claims(one)[OF_ALL]:.2f}.\n\n{as_markdown(one)}"
        for one in databases
    ]
    return "\n".join([head, "\n\n".join(parts)]) + "\n"
