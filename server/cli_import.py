"""`alongside import`: a maker's tables, each row with what came of it."""

from __future__ import annotations

import csv
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from server.command import AsJson, Data, Facts, Maker, refuse, run, say, settings_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from care.imports.service import Progress, RowResult
    from server.settings import Settings

# ruff: noqa: PLC0415

import_app = typer.Typer(help="Import a maker's tables (CSV in UTF-8).", no_args_is_help=True)

SHOWN_MOST: Final = 20
"""Refused rows that are shown; all of them stand in the file of --results."""
_FILE: Final = {
    "empty": "the first line must name the columns",
    "not-utf-8": "it is not UTF-8; save it as CSV in UTF-8",
    "line-too-long": "it is longer than any row of ours",
    "not-csv": "a quote is opened and not closed, or stands in the middle of a cell",
    "column-missing": "there is no such column",
    "column-unknown": "no such column is known",
    "column-twice": "this column stands there twice",
    "too-many-rows": "a table of this kind has fewer rows",
}
_ROW: Final = {
    "missing": "is empty",
    "unknown": "names something that there is not",
    "too-long": "is too long",
    "not-a-number": "is no whole number",
    "not-a-date": "is no date such as 2026-11-29",
    "not-yes-or-no": "is neither yes nor no",
    "not-allowed": "is not allowed here",
    "check-digit": "has a wrong check digit",
    "contradicts": "contradicts another cell of the row, or what is known already",
    "twice": "stands in another row, too",
    "overlaps": "claims purchases that another version claims",
    "identifier": "is no number that this model carries",
    "cells": "it has more or fewer cells than there are columns",
    "in-future": "lies in the future",
}

File = Annotated[Path, typer.Argument(help="The table.", exists=True, dir_okay=False, readable=True)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would come of each row, and keep nothing.")]
Results = Annotated[Path | None, typer.Option(help="Write what came of each row to this CSV file.")]


_HELP: Final = {
    "groups": "Types of products, their subtypes and the categories of those.",
    "models": "Models, the numbers they carry, and what each may do. Groups come first.",
    "terms": "Terms of warranty by market. A version that is there is never edited: add a new one.",
    "tac": "Which model an IMEI's first eight digits (its type allocation code) name.",
    "supply": "What was supplied, when and where to. Repeat it at will: what is the same stays the same.",
    "confirmations": "Days of purchase that the maker knows: its own orders, and telephones' activations.",
}


def _command(table: str) -> Callable[..., None]:
    def command(
        file: File,
        *,
        dry_run: DryRun = False,
        results: Results = None,
        maker: Maker = None,
        data: Data = None,
        as_json: AsJson = False,
    ) -> None:
        settings = settings_with(maker=maker, data=data)
        _import(table, file, dry_run=dry_run, results=results, settings=settings, as_json=as_json)

    return command


for _table, _help in _HELP.items():
    import_app.command(_table, help=_help)(_command(_table))


def _import(
    table: str, file: Path, *, dry_run: bool, results: Path | None, settings: Settings, as_json: bool
) -> None:
    from care.table import Outcome
    from server.desk import Table, open_imports

    if results is not None and results.exists():
        refuse(f"{results} is there already; name a new file for the results")
    refused: list[RowResult] = []

    async def work() -> Facts:
        with ExitStack() as stack:
            told = [stack.enter_context(_progress(file)), stack.enter_context(_written(results))]

            def hear(progress: Progress) -> None:
                for listener in told:
                    listener(progress)
                room = SHOWN_MOST - len(refused)
                refused.extend([one for one in progress.results if one.taken.fault is not None][:room])

            source = stack.enter_context(file.open("rb"))
            async with open_imports(settings) as imports:
                counts = await imports.run(
                    Table(table), source, source=file.name[:64], dry_run=dry_run, told=hear
                )
        found = {outcome.value: counts[outcome] for outcome in Outcome}
        return {"table": table, "rows": sum(found.values()), **found, "dry_run": dry_run}

    with _in_words(file, keeps_batches=table in {"supply", "confirmations"} and not dry_run):
        facts = run(work)
    for one in refused:
        print(f"alongside: {file}, line {one.line}: {_said(one)}", file=sys.stderr)  # noqa: T201 - its own voice
    if facts["refused"] > len(refused):
        left = facts["refused"] - len(refused)
        print(f"alongside: and {left} more; --results FILE names them all", file=sys.stderr)  # noqa: T201
    say(facts, as_json=as_json)
    if facts["refused"]:
        raise typer.Exit(1)


@contextmanager
def _in_words(file: Path, *, keeps_batches: bool) -> Iterator[None]:
    """What a file or the maker's folder does not allow is said in one sentence."""
    from care.catalogue.markets import MarketFault
    from care.imports.table_file import FileFault

    try:
        yield
    except FileFault as fault:
        what = f" {fault.what}" if fault.what else ""
        kept = "; the rows before it are imported, and may be again" if keeps_batches else ""
        refuse(f"{file}, line {fault.line}:{what} {_FILE[fault.problem]}{kept}")
    except MarketFault as fault:
        refuse(str(fault))
    except OSError as fault:
        refuse(f"{fault.filename or file}: {fault.strerror}")


def _said(result: RowResult) -> str:
    words = _ROW[result.taken.fault or ""]
    return f"{result.taken.field} {words}" if result.taken.field else words


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[Progress], None]]:
    """A bar where somebody looks at one."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    rows = TextColumn("{task.fields[rows]:,} rows")
    with Progress(
        BarColumn(),
        TaskProgressColumn(),
        rows,
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("", total=max(file.stat().st_size, 1), rows=0)
        count = 0

        def told(progress: Any) -> None:
            nonlocal count
            count += len(progress.results)
            bar.update(task, completed=progress.read_bytes, rows=count)

        yield told


@contextmanager
def _written(results: Path | None) -> Iterator[Callable[[Progress], None]]:
    if results is None:
        yield lambda _: None
        return
    with results.open("x", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("line", "outcome", "field", "fault"))

        def told(progress: Progress) -> None:
            rows.writerows(
                (one.line, one.taken.outcome, one.taken.field, one.taken.fault or "")
                for one in progress.results
            )

        yield told
