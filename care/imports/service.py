"""Imports a table: row by row with what came of each, in transactions of a size that nobody waits for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from care.imports.table_file import FileFault, FileProblem, TableFile, TableRow
from care.table import Fault, Outcome, Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from typing import BinaryIO, Protocol

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.imports.kinds import Importer

    class Storage(Protocol):
        def write(self, step: str) -> AbstractAsyncContextManager[AsyncConnection]: ...


BATCH: Final = 500
"""Rows of one transaction: so long does a session's log wait at most."""
WHOLE_MOST: Final = 20_000
"""Rows of a table that is taken as a whole."""


@dataclass(frozen=True, slots=True)
class RowResult:
    line: int
    taken: Taken


@dataclass(frozen=True, slots=True)
class Progress:
    """What has come since the last one, and how many bytes of the file are read."""

    read_bytes: int
    results: tuple[RowResult, ...]


class _DryRun(Exception):  # noqa: N818 - ends a transaction that is not to be kept
    pass


async def run(
    storage: Storage, importer: Importer, file: BinaryIO, *, dry_run: bool, told: Callable[[Progress], None]
) -> Counter[Outcome]:
    """How many rows came to what; `told` hears of each batch once it is written.

    With `dry_run` everything is done and nothing kept. Raises FileFault where the file cannot be read on:
    of a table that is taken as a whole nothing is kept then, else the batches before it are.
    """
    table = TableFile(file, columns=importer.columns, optional=importer.optional)
    rows = iter(table)
    counts: Counter[Outcome] = Counter()
    begun = False
    for batch in _batches(rows, importer):
        taken: list[Taken] = []
        try:
            async with storage.write("import") as conn:
                if not begun:
                    await importer.begin(conn)
                    begun = True
                taken = await _take(conn, importer, batch)
                _keep_unless(dry_run=dry_run)
        except _DryRun:
            pass
        results = tuple(RowResult(row.line, one) for row, one in zip(batch, taken, strict=True))
        counts.update(result.taken.outcome for result in results)
        told(Progress(table.read_bytes, results))
    return counts


def _keep_unless(*, dry_run: bool) -> None:
    if dry_run:
        raise _DryRun


def _batches(rows: Iterator[TableRow], importer: Importer) -> Iterator[Sequence[TableRow]]:
    if importer.is_whole:
        whole = list(islice(rows, WHOLE_MOST + 1))
        if len(whole) > WHOLE_MOST:
            raise FileFault(FileProblem.TOO_MANY_ROWS, whole[-1].line)
        yield whole
        return
    while batch := list(islice(rows, BATCH)):
        yield batch


async def _take(conn: AsyncConnection, importer: Importer, batch: Sequence[TableRow]) -> list[Taken]:
    results = iter(await importer.take(conn, [row.cells for row in batch if row.cells is not None]))
    return [Taken(Outcome.REFUSED, "", Fault.CELLS) if row.cells is None else next(results) for row in batch]
