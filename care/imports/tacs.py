"""Which model an IMEI's first eight digits name: a table of its own (CARE 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from care.catalogue import store as catalogue
from care.identifiers import TAC_DIGITS, Kind
from care.limits import CODE_MOST
from care.table import Fault, Outcome, RowFault, Taken, text

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.catalogue.models import Model
    from care.imports.kinds import Row


class TacImport:
    """A type allocation code may be given to another model: the GSMA's list is corrected, too."""

    columns: Collection[str] = ("tac", "model")
    optional: Collection[str] = ()
    is_whole = True

    async def begin(self, conn: AsyncConnection) -> None:
        self._models = {model.code: model for model in await catalogue.all_models(conn)}
        self._there = await catalogue.all_tacs(conn)

    async def take(self, conn: AsyncConnection, rows: Sequence[Row]) -> list[Taken]:
        taken: list[Taken] = []
        news: dict[str, str] = {}
        for row in rows:
            try:
                code, model = tac_of_row(row, self._models, news)
            except RowFault as fault:
                taken.append(fault.taken)
                continue
            news[code] = model
            before = self._there.get(code)
            outcome = Outcome.ADDED if before is None else Outcome.CHANGED
            taken.append(Taken(Outcome.SAME if before == model else outcome))
        await catalogue.put_tacs(conn, news)
        return taken


def tac_of_row(row: Mapping[str, str], models: Mapping[str, Model], seen: Container[str]) -> tuple[str, str]:
    """The code and its model. Raises RowFault."""
    code = text(row, "tac", most=TAC_DIGITS)
    if not (code.isascii() and code.isdigit()):
        raise RowFault("tac", Fault.NOT_A_NUMBER)
    if len(code) != TAC_DIGITS:
        raise RowFault("tac", Fault.NOT_ALLOWED)
    if code in seen:
        raise RowFault("tac", Fault.TWICE)
    model = text(row, "model", most=CODE_MOST)
    if model not in models:
        raise RowFault("model", Fault.UNKNOWN)
    if Kind.IMEI not in models[model].rule.kinds:
        raise RowFault("model", Fault.NOT_ALLOWED)
    return code, model
