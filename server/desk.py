"""The after-sales desk's parts, put together: what the maker's folder says, and what can be imported."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from babel import Locale

import locales
from care.catalogue.maker import MakerData, read_maker_data
from care.ids import RANDOM_BYTES, uuid7
from care.imports import kinds, service
from care.imports.confirmations import ConfirmationImport
from care.imports.tacs import TacImport
from care.table import Outcome
from server.app import open_records
from server.settings import UnsafeSettings
from wire.encoding import b64

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator, Mapping
    from datetime import date
    from typing import BinaryIO

    from care.imports.kinds import Importer
    from server.clock import ForwardClock
    from server.settings import Settings
    from server.storage.engine import Database


OPERATOR: Final = "operator"


class Table(StrEnum):
    """What can be imported, in the order in which one needs the other."""

    GROUPS = "groups"
    MODELS = "models"
    TERMS = "terms"
    TAC = "tac"
    SUPPLY = "supply"
    CONFIRMATIONS = "confirmations"


Note = Callable[[str, "Mapping[str, object]"], Awaitable[None]]
"""Puts an event on record: its type, and its facts."""


async def _nothing(_typ: str, _facts: Mapping[str, object]) -> None:
    """Where nobody keeps a record: the demonstration fills its own tables."""


@dataclass(frozen=True, slots=True)
class Imports:
    """Imports of one open database."""

    database: Database
    clock: ForwardClock
    maker: MakerData
    note: Note = _nothing

    async def run(
        self,
        table: Table,
        file: BinaryIO,
        *,
        source: str,
        dry_run: bool,
        told: Callable[[service.Progress], None],
    ) -> Counter[Outcome]:
        """How many rows came to what. `source` names the file in what it adds. Raises FileFault.

        On record before the first row is kept and after the last: what broke off has a beginning alone.
        """
        importer = self._importer(table, source)
        if dry_run:
            return await service.run(self.database, importer, file, dry_run=True, told=told)
        digest = await asyncio.to_thread(_digest, file)
        await self.note("import.begun", {"table": table.value, "file": b64(digest)})
        counts = await service.run(self.database, importer, file, dry_run=False, told=told)
        done = {"table": table.value, **{one.value: counts[one] for one in Outcome}}
        await self.note("import.done", done)
        return counts

    def _importer(self, table: Table, source: str) -> Importer:
        now = self.clock.now_ms()
        match table:
            case Table.GROUPS:
                return kinds.GroupImport()
            case Table.MODELS:
                return kinds.ModelImport(now, self.maker.maker.brands)
            case Table.TERMS:
                return kinds.TermImport(now, self.maker.markets.by_code.keys())
            case Table.TAC:
                return TacImport()
            case Table.SUPPLY:
                return kinds.SupplyImport(
                    now=now,
                    today=_latest_day(now),
                    countries=countries(),
                    markets=self.maker.markets,
                    new_id=self._new_id,
                    source=source,
                )
            case Table.CONFIRMATIONS:
                return ConfirmationImport(
                    now=now, today=_latest_day(now), markets=self.maker.markets, new_id=self._new_id
                )

    def _new_id(self) -> str:
        return uuid7(self.clock.now_ms(), os.urandom(RANDOM_BYTES))


def _digest(file: BinaryIO) -> bytes:
    """SHA-256 of the whole file, which is read from its beginning again afterwards."""
    found = hashlib.sha256()
    while part := file.read(_PART_BYTES):
        found.update(part)
    file.seek(0)
    return found.digest()


_PART_BYTES: Final = 1_048_576
_AHEAD_MS = 14 * 3_600_000
"""Kiritimati is fourteen hours ahead of UTC."""


def _latest_day(now: int) -> date:
    """The latest day it is anywhere: a list is written where the day begins first."""
    return datetime.fromtimestamp((now + _AHEAD_MS) / 1000, UTC).date()


def countries() -> frozenset[str]:
    """The two letters of each country (ISO 3166)."""
    return frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha())


@asynccontextmanager
async def open_imports(settings: Settings) -> AsyncIterator[Imports]:
    """Raises UnsafeSettings where no maker's folder is named, MarketFault where it is not what it must be."""
    if settings.maker is None:
        raise UnsafeSettings(
            ["name the maker's folder with --maker; docs/catalogue.md says what stands in it"]
        )
    maker = read_maker_data(settings.maker, languages=locales.languages())
    async with open_records(settings) as records:

        async def note(typ: str, facts: Mapping[str, object]) -> None:
            await records.audit.note(typ=typ, role=OPERATOR, pid=OPERATOR, d=facts)

        yield Imports(records.database, records.clock, maker, note)
