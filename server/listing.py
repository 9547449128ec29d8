"""One session's record for a person at a terminal: what happened, when, and whether the record is whole."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from wire.commands import ActionClass
from wire.encoding import unb64

# On a screen that is narrower, or in a file, a table would cut its last column: a hash, an outcome.
_NARROWEST: Final = 112
# A time is never cut: which second it was may be the question.
_TIME: Final = len("2026-11-22T11:53:05.123Z")
_WHAT: Final = len("session.consent")
_SAID: Final = ("class", "path", "outcome", "cause", "grants", "hidden")


def print_session(facts: dict[str, Any]) -> None:
    """Stored text is printed as text: it can neither style the terminal nor forge a line (INV-D6)."""
    console = Console(highlight=False)
    rows = [_cells(entry) for entry in facts["entries"]]
    (_print_table if console.width >= _NARROWEST else _print_lines)(console, rows)
    chain = facts["chain"]
    verdict = "whole" if chain["whole"] else f"broken at {chain['first_bad']}: {chain['why']}"
    console.print(Text(f"{facts['session']}  {facts['reason'] or 'still running'}  record {verdict}"))
    for gap in facts["gaps"]:
        console.print(Text(f"gap: {gap['kind']} at {gap['seq']}"))


def _print_table(console: Console, rows: list[tuple[str, ...]]) -> None:
    table = Table("", Column("at", min_width=_TIME), Column("what", min_width=_WHAT), "who")
    table.add_column("facts", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _print_lines(console: Console, rows: list[tuple[str, ...]]) -> None:
    """Each entry's facts under it, folded and never cut."""
    for number, at, what, who, said in rows:
        console.print(Text(f"{number:>4}  {at:<{_TIME}}  {what}  {who}", overflow="fold"))
        if said:
            console.print(Padding(Text(said, overflow="fold"), (0, 0, 0, 6)))


def _cells(entry: dict[str, Any]) -> tuple[str, ...]:
    if "unreadable" in entry:
        return (str(entry["seq"]), "", "unreadable", "", str(entry["unreadable"]))
    said = dict(entry["facts"])
    if entry["record"] is not None:
        said |= {name: entry["record"][name] for name in _SAID if entry["record"].get(name, "") != ""}
    shown = ", ".join(f"{name} {_short(value)}" for name, value in said.items())
    if entry["record"] is not None and entry["record"].get("class") == ActionClass.STILL:
        shown += _hash_of(entry["record"].get("pc", ""))
    return (str(entry["seq"]), str(entry["at"]), str(entry["typ"]), str(entry["by"]["role"]), shown)


def _hash_of(pc: str) -> str:
    """A still's, whole and as `sha256sum` prints it, to be compared with a saved file."""
    return f", sha256 {unb64(pc, size=32).hex()}" if pc else ""


def _short(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(_short, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else str(value)
    return text if len(text) <= 24 else f"{text[:21]}..."
