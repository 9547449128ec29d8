"""The after-sales desk's parts, put together: what the maker's folder says, and what can be imported."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from babel import Locale

import locales
from care.catalogue.maker import MakerData, read_maker_data
from care.ids import RANDOM_BYTES, uuid7
from care.imports import kinds, service
from care.imports.confirmations import ConfirmationImport
from care.imports.tacs import TacImport
from server.app import open_records
from server.settings import UnsafeSettings

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator, Callable
    from datetime import date
    from typing import BinaryIO

    from care.imports.kinds import Importer
    from care.table import Outcome
    from server.clock import ForwardClock
    from server.settings import Settings
    from server.storage.engine import Database


class Table(StrEnum):
    """What can be imported, in the order in which one needs the other."""

    GROUPS = "groups"
    MODELS = "models"
    TERMS = "terms"
    TAC = "tac"
    SUPPLY = "supply"
    CONFIRMATIONS = "confirmations"


@dataclass(frozen=True, slots=True)
class Imports:
    """Imports of one open database."""

    database: Database
    clock: ForwardClock
    maker: MakerData

    async def run(
        self,
        table: Table,
        file: BinaryIO,
        *,
        source: str,
        dry_run: bool,
        told: Callable[[service.Progress], None],
    ) -> Counter[Outcome]:
        """How many rows came to what. `source` names the file in what it adds. Raises FileFault."""
        return await service.run(
            self.database, self._importer(table, source), file, dry_run=dry_run, told=told
        )

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
        yield Imports(records.database, records.clock, maker)
