"""Tables as files, imported the shipped way."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import locales
from care.catalogue.maker import INVENTED, read_maker_data
from server.clock import ForwardClock
from server.desk import Imports, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from care.imports.service import Progress, RowResult
    from server.storage.engine import Database

NOW_MS = 1_795_000_000_000  # 2026-11-18
SHIPPED = INVENTED


@dataclass
class Run:
    """What an import said of each row, and how many bytes it had read each time."""

    counts: dict[str, int] = field(default_factory=dict)
    results: list[RowResult] = field(default_factory=list)
    read_bytes: list[int] = field(default_factory=list)

    def hear(self, progress: Progress) -> None:
        self.results += progress.results
        self.read_bytes.append(progress.read_bytes)

    @property
    def outcomes(self) -> list[str]:
        return [result.taken.outcome.value for result in self.results]

    @property
    def refused(self) -> list[tuple[int, str, str]]:
        """Line, field and fault of each refused row."""
        return [(one.line, one.taken.field, one.taken.fault.value) for one in self.results if one.taken.fault]


def desk_of(database: Database) -> Imports:
    clock = ForwardClock(wall_ms=lambda: NOW_MS, elapsed_s=lambda: 0.0)
    return Imports(database, clock, read_maker_data(INVENTED, languages=locales.languages()))


def file_of(rows: Sequence[Mapping[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def imported(imports: Imports, table: Table, content: bytes, *, dry_run: bool = False) -> Run:
    run = Run()
    counts = await imports.run(table, io.BytesIO(content), source="list.csv", dry_run=dry_run, told=run.hear)
    run.counts = {outcome.value: count for outcome, count in counts.items()}
    return run


async def catalogue_of(database: Database) -> Imports:
    """The invented maker's groups, models and terms, in the database."""
    imports = desk_of(database)
    for table, name in (
        (Table.GROUPS, "groups.csv"),
        (Table.MODELS, "demo/models.csv"),
        (Table.TERMS, "terms.csv"),
    ):
        run = await imported(imports, table, (SHIPPED / name).read_bytes())
        assert run.refused == [], name
    return imports
