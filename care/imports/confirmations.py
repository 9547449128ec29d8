"""Days of purchase that the maker knows: its own orders, and first switchings-on of telephones (R47)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from care import identifiers
from care.desk import covering
from care.identifiers import Number
from care.table import Fault, Outcome, RowFault, Taken, day, text
from care.units import store as units
from care.warranty import confirmations
from care.warranty.confirmations import DOCUMENT_MOST, Confirmed
from care.warranty.rules import Confirmation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Mapping, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.imports.kinds import Row
    from care.units.store import Unit

_SOURCES = {"own_order": Confirmation.OWN_ORDER, "activation": Confirmation.PHONE_ACTIVATION}


@dataclass(frozen=True, slots=True)
class ConfirmationRow:
    """One piece, by one of its numbers in canonical form."""

    field: str
    number: str
    confirmed: Confirmed


class ConfirmationImport:
    """A row that says something else than before is a correction. No cover ends earlier by one (I2, D9)."""

    columns: Collection[str] = ("confirmed_on", "source", "document")
    optional: Collection[str] = ("serial", "imei")
    is_whole = False

    def __init__(self, *, now: int, today: date, markets: Container[str], new_id: Callable[[], str]) -> None:
        self._now = now
        self._today = today
        self._markets = markets
        self._new_id = new_id

    async def begin(self, conn: AsyncConnection) -> None:
        """Each row is held against its own piece."""

    async def take(self, conn: AsyncConnection, rows: Sequence[Row]) -> list[Taken]:
        taken: list[Taken] = []
        for row in rows:
            try:
                taken.append(await self._take(conn, confirmation_of_row(row, self._today)))
            except RowFault as fault:
                taken.append(fault.taken)
        return taken

    async def _take(self, conn: AsyncConnection, row: ConfirmationRow) -> Taken:
        piece = await _piece(conn, row)
        if piece.manufactured_on is not None and row.confirmed.confirmed_on < piece.manufactured_on:
            raise RowFault("confirmed_on", Fault.CONTRADICTS)
        await units.held(conn, piece.id)
        before = await confirmations.of(conn, piece.id)
        if before == row.confirmed:
            return Taken(Outcome.SAME)
        if before is not None and before.source is Confirmation.RECEIPT:
            raise RowFault("source", Fault.CONTRADICTS)  # a person looked at the receipt
        await confirmations.put(conn, piece.id, row.confirmed, id_=self._new_id(), now=self._now)
        await covering.bring_up_to_date(
            conn,
            piece.id,
            markets=self._markets,
            cause=covering.Cause.CONFIRMED,
            actor="",
            new_id=self._new_id,
            now=self._now,
        )
        return Taken(Outcome.ADDED if before is None else Outcome.CHANGED)


def confirmation_of_row(row: Mapping[str, str], today: date) -> ConfirmationRow:
    """The confirmation of a row. Raises RowFault at the first fault."""
    field, number = _number(row)
    confirmed_on = day(row, "confirmed_on")
    if confirmed_on is None:
        raise RowFault("confirmed_on", Fault.MISSING)
    if confirmed_on > today:
        raise RowFault("confirmed_on", Fault.IN_FUTURE)
    word = text(row, "source").lower()
    if word not in _SOURCES:
        raise RowFault("source", Fault.UNKNOWN)
    document = row.get("document", "").strip()
    if len(document) > DOCUMENT_MOST:
        raise RowFault("document", Fault.TOO_LONG)
    return ConfirmationRow(field, number, Confirmed(confirmed_on, _SOURCES[word], document))


def _number(row: Mapping[str, str]) -> tuple[str, str]:
    imei = row.get("imei", "").strip()
    if imei:
        number = identifiers.canonical(imei)
        if not identifiers.is_imei(number):
            raise RowFault("imei", Fault.CHECK_DIGIT)
        return "imei", number
    typed = row.get("serial", "").strip()
    if not typed:
        raise RowFault("serial", Fault.MISSING)
    found = identifiers.classify(typed)
    if not isinstance(found, Number):
        raise RowFault("serial", Fault.IDENTIFIER)
    return "serial", found.canonical


async def _piece(conn: AsyncConnection, row: ConfirmationRow) -> Unit:
    """The one piece with this number. Raises RowFault where there is none, or one of each of two brands."""
    if row.field == "imei":
        telephone = await units.by_imei(conn, row.number)
        found = [telephone] if telephone is not None else []
    else:
        found = await units.by_serial(conn, row.number)
    if len(found) != 1:
        raise RowFault(row.field, Fault.CONTRADICTS if found else Fault.UNKNOWN)
    return found[0]
