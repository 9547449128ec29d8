"""What can be imported: the tables of the desk's parts, read by their own rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from care.catalogue import groups, models
from care.catalogue import store as catalogue
from care.desk import covering
from care.registration import store as registration
from care.table import Fault, Outcome, RowFault, Taken
from care.units import supply_rows, supplying
from care.warranty import store as warranty
from care.warranty import term_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Mapping, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.catalogue.groups import Group
    from care.catalogue.models import Model
    from care.warranty.terms import Term

Row = dict[str, str]
_NEWS: Final = frozenset({Outcome.ADDED, Outcome.CHANGED})


class Importer(Protocol):
    """One kind. `is_whole`: its rows only make sense together, so that the file is one transaction."""

    columns: Collection[str]
    optional: Collection[str]
    is_whole: bool

    async def begin(self, conn: AsyncConnection) -> None:
        """Reads what rows are held against."""

    async def take(self, conn: AsyncConnection, rows: Sequence[Row]) -> list[Taken]:
        """What came of each."""


class GroupImport:
    """Types, subtypes and categories, each under one that stands before it or is there already."""

    columns: Collection[str] = ("code", "level", "parent", "name_en")
    optional: Collection[str] = models.NAME_COLUMNS
    is_whole = True

    async def begin(self, conn: AsyncConnection) -> None:
        self._there = {group.code: group for group in await catalogue.all_groups(conn)}

    async def take(self, conn: AsyncConnection, rows: Sequence[Row]) -> list[Taken]:
        taken: list[Taken] = []
        all_of_them = dict(self._there)
        seen: set[str] = set()
        for row in rows:
            try:
                group = self._group(row, all_of_them, seen)
            except RowFault as fault:
                taken.append(fault.taken)
                continue
            seen.add(group.code)
            taken.append(_came_of(self._there.get(group.code), group))
            all_of_them[group.code] = group
        await catalogue.put_groups(conn, all_of_them.values())
        return taken

    def _group(self, row: Row, there: Mapping[str, Group], seen: Container[str]) -> Group:
        group = groups.group_of_row(row, there)
        if group.code in seen:
            raise RowFault("code", Fault.TWICE)
        if group.code in self._there and self._there[group.code].level is not group.level:
            raise RowFault("level", Fault.CONTRADICTS)
        return group


class ModelImport:
    columns: Collection[str] = models.MODEL_COLUMNS
    optional: Collection[str] = models.NAME_COLUMNS
    is_whole = True

    def __init__(self, now: int, brands: Collection[str]) -> None:
        self._now = now
        self._brands = brands

    async def begin(self, conn: AsyncConnection) -> None:
        self._groups: Mapping[str, Group] = {group.code: group for group in await catalogue.all_groups(conn)}
        self._there = {model.code: model for model in await catalogue.all_models(conn)}

    async def take(self, conn: AsyncConnection, rows: Sequence[Row]) -> list[Taken]:
        taken: list[Taken] = []
        news: dict[str, Model] = {}
        by_gtin = {model.gtin: model.code for model in self._there.values() if model.gtin}
        for row in rows:
            try:
                model = self._model(row, news, by_gtin)
            except RowFault as fault:
                taken.append(fault.taken)
                continue
            before = self._there.get(model.code)
            news[model.code] = model
            taken.append(_came_of(before, model))
        await catalogue.put_models(conn, list(news.values()), self._now)
        return taken

    def _model(self, row: Row, news: Container[str], by_gtin: dict[str, str]) -> Model:
        model = models.model_of_row(row, self._groups)
        if model.brand not in self._brands:
            raise RowFault("brand", Fault.UNKNOWN)
        if model.code in news:
            raise RowFault("model", Fault.TWICE)
        if model.gtin and by_gtin.setdefault(model.gtin, model.code) != model.code:
            raise RowFault("gtin", Fault.TWICE)
        return model


class TermImport:
    """A version that is there is never edited (I22); one that claims another's purchases is refused."""

    columns: Collection[str] = term_rows.COLUMNS
    optional: Collection[str] = ()
    is_whole = True

    def __init__(self, now: int, markets: Collection[str]) -> None:
        self._now = now
        self._markets = markets

    async def begin(self, conn: AsyncConnection) -> None:
        self._products = {group.code for group in await catalogue.all_groups(conn)}
        self._products |= {model.code for model in await catalogue.all_models(conn)}
        self._there = {term.version: term for term in await warranty.all_terms(conn)}

    async def take(self, conn: AsyncConnection, rows: Sequence[Row]) -> list[Taken]:
        taken: list[Taken] = []
        held = dict(self._there)
        news: dict[str, Term] = {}
        for row in rows:
            try:
                term = self._term(row, held, news)
            except RowFault as fault:
                taken.append(fault.taken)
                continue
            there = self._there.get(term.version)
            taken.append(_came_of(there, term))
            if there is None:
                held[term.version] = news[term.version] = term
            elif there != term:
                await warranty.sign_off(conn, term.version, term.signed_off_on)
        await warranty.add_terms(conn, news.values(), self._now)
        return taken

    def _term(self, row: Row, held: Mapping[str, Term], news: Container[str]) -> Term:
        term = term_rows.term_of_row(row, markets=self._markets, products=self._products)
        if term.version in news:
            raise RowFault("version", Fault.TWICE)
        there = held.get(term.version)
        # That counsel has approved it since does not make it another version.
        if there is not None and replace(there, signed_off_on=term.signed_off_on) != term:
            raise RowFault("version", Fault.CONTRADICTS)
        if there is None and term_rows.clashes((*(one for one in held.values() if _meet(one, term)), term)):
            raise RowFault("valid_from", Fault.OVERLAPS)
        return term


def _meet(one: Term, other: Term) -> bool:
    return (one.market, one.kind, one.applies_to) == (other.market, other.kind, other.applies_to)


class SupplyImport:
    columns: Collection[str] = supply_rows.COLUMNS
    optional: Collection[str] = supply_rows.OPTIONAL
    is_whole = False

    def __init__(
        self,
        *,
        now: int,
        today: date,
        countries: Container[str],
        markets: Container[str],
        new_id: Callable[[], str],
        source: str,
    ) -> None:
        self._now = now
        self._today = today
        self._countries = countries
        self._new_id = new_id
        self._source = source
        self._markets = markets

    async def begin(self, conn: AsyncConnection) -> None:
        self._models = {model.code: model for model in await catalogue.all_models(conn)}

    async def take(self, conn: AsyncConnection, rows: Sequence[Row]) -> list[Taken]:
        """What names a piece again is its correction, so that the rows before it are written first."""
        taken: list[Taken] = []
        pending: list[supply_rows.SupplyRow] = []
        places: list[int] = []
        named: set[str] = set()

        async def write() -> None:
            news = await supplying.put(conn, pending, new_id=self._new_id, now=self._now, source=self._source)
            for place, (_, one) in zip(places, news, strict=True):
                taken[place] = one
            await self._cover(conn, [piece for piece, one in news if one.outcome in _NEWS])
            pending.clear()
            places.clear()
            named.clear()

        for row in rows:
            try:
                supplied = supply_rows.supply_of_row(
                    row, models=self._models, countries=self._countries, today=self._today
                )
            except RowFault as fault:
                taken.append(fault.taken)
                continue
            names = {*supplied.imeis, *([supplied.serial] if supplied.serial else [])}
            if names & named:
                await write()
            named |= names
            pending.append(supplied)
            places.append(len(taken))
            taken.append(Taken(Outcome.SAME))
        await write()
        return taken

    async def _cover(self, conn: AsyncConnection, pieces: Sequence[str]) -> None:
        """Who registered a piece before the list named it reads its cover from now on (D12)."""
        for piece in await registration.registered_among(conn, pieces):
            await covering.bring_up_to_date(
                conn,
                piece,
                markets=self._markets,
                cause=covering.Cause.SUPPLIED,
                actor="",
                new_id=self._new_id,
                now=self._now,
            )


def _came_of(before: object, after: object) -> Taken:
    return Taken(Outcome.ADDED if before is None else Outcome.SAME if before == after else Outcome.CHANGED)
