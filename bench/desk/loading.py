"""The maker's tables and the supply list, imported as `alongside import` does, with its pace."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.desk import supply
from care.catalogue.maker import INVENTED
from care.table import Outcome
from server.desk import Table, open_imports
from server.storage.engine import StorageAway

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.desk.supply import ListedModel, SupplyList
    from care.imports.service import Progress
    from server.settings import Settings

_MODELS: Final = INVENTED / "demo" / "models.csv"
_TACS: Final = INVENTED / "demo" / "tac.csv"
_TABLES: Final = (
    (Table.GROUPS, INVENTED / "groups.csv"),
    (Table.MODELS, _MODELS),
    (Table.TERMS, INVENTED / "terms.csv"),
    (Table.TAC, _TACS),
)
_PARTS: Final = 10
_FILE_ROWS: Final = 100_000
_REPEATS_MOST: Final = 10


class NotTaken(Exception):  # noqa: N818 - reads as what it is
    """A row of ours was refused: the bench or the import is wrong."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """So many rows in so many seconds; the first and the last tenth of them in `first_s` and `last_s`.

    `repeats` are files that broke off because the database did not answer in time, and were imported again.
    """

    rows: int
    seconds: float
    first_s: float
    last_s: float
    repeats: int = 0

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds


def models() -> list[ListedModel]:
    """The invented maker's."""
    with _MODELS.open(encoding="utf-8", newline="") as rows, _TACS.open(encoding="utf-8", newline="") as tacs:
        by_tac = {row["tac"]: row["model"] for row in csv.DictReader(tacs)}
        return supply.listed_models(csv.DictReader(rows), by_tac)


async def load_catalogue(settings: Settings) -> None:
    """Groups, models, terms and type allocation codes."""
    for table, path in _TABLES:
        await _import(settings, table, path, lambda _: None)


async def load_supply(
    settings: Settings, pieces: SupplyList, places: range, folder: Path, say: Callable[[str], None]
) -> Loaded:
    """Those pieces, in files of at most 100,000 rows that are gone afterwards."""
    files = []
    for first in range(places.start, places.stop, _FILE_ROWS):
        files.append(folder / f"supply-{first}.csv")
        with files[-1].open("w", encoding="utf-8", newline="") as file:
            supply.write(file, pieces, range(first, min(first + _FILE_ROWS, places.stop)))
    began = time.perf_counter()
    marks: list[float] = []
    count = repeats = 0

    def told(progress: Progress) -> None:
        nonlocal count
        count += sum(one.taken.outcome is not Outcome.SAME for one in progress.results)
        now = time.perf_counter() - began
        if count * _PARTS < len(places) * (len(marks) + 1):
            return
        say(f"{count:,} of {len(places):,} rows, {count / now:,.0f} a second")
        while count * _PARTS >= len(places) * (len(marks) + 1):
            marks.append(now)

    for path in files:
        repeats += await _until_taken(settings, path, told)
        path.unlink()
    last_s = marks[_PARTS - 1] - marks[_PARTS - 2]
    return Loaded(len(places), marks[-1], first_s=marks[0], last_s=last_s, repeats=repeats)


async def _until_taken(settings: Settings, path: Path, told: Callable[[Progress], None]) -> int:
    """How often it broke off: what was taken before stays, and is the same when it comes again."""
    for repeats in range(_REPEATS_MOST):
        try:
            await _import(settings, Table.SUPPLY, path, told)
        except StorageAway:
            continue
        return repeats
    raise NotTaken(f"{path.name}: the database did not answer in time, {_REPEATS_MOST} times")


async def _import(settings: Settings, table: Table, path: Path, told: Callable[[Progress], None]) -> None:
    with path.open("rb") as file:
        async with open_imports(settings) as imports:
            counts = await imports.run(table, file, source=path.name, dry_run=False, told=told)
    if counts[Outcome.REFUSED] or counts[Outcome.CHANGED]:
        raise NotTaken(f"{path.name}: {dict(counts)}")
