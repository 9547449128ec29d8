"""What anybody may ask of a product by its number: its cover, and nothing of its owner (R83-R86, I8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from care import identifiers
from care.catalogue import store as catalogue
from care.desk.facts import facts_of
from care.identifiers import Kind, Number, Unfit
from care.units import store as units
from care.units.store import Unit
from care.warranty import rules
from care.warranty import store as warranty
from care.warranty.rows import Kind as CoverKind
from care.warranty.rows import Source

if TYPE_CHECKING:
    from collections.abc import Container

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.catalogue.models import Model
    from care.warranty.rows import Cover, Row


_NOBODYS: Final = Unit("", "", None, "", None, "")


class Unknown(StrEnum):
    """Why there is no answer, though the number is well formed."""

    SERIAL = "unknown-serial"
    BRAND = "brand-needed"  # two brands have a piece of this number


@dataclass(frozen=True, slots=True)
class Answer:
    """`market` is the one whose terms hold; `upgraded`: the dates are those after the upgrade (R85)."""

    model: Model | None
    market: str
    covers: tuple[Cover, ...]
    upgraded: bool


async def inquire(
    conn: AsyncConnection, typed: str, markets: Container[str], *, brand: str = ""
) -> Answer | Unfit | Unknown:
    """The cover of the piece with this number. It reads, and keeps nothing of having been asked."""
    number = identifiers.classify(typed)
    if isinstance(number, Unfit):
        return number
    # A number that nobody has costs as many questions as one that only a customer named: it is not told by
    # the time the answer takes.
    pieces = [
        (piece, kept)
        for piece in await _pieces(conn, number, brand) or [_NOBODYS]
        if (kept := await _anybodys(conn, piece)) is not None
    ]
    if len(pieces) != 1:
        return Unknown.BRAND if pieces else Unknown.SERIAL
    [(piece, kept)] = pieces
    facts = await facts_of(conn, piece, markets, for_anybody=True)
    covers = rules.change(kept, rules.due(facts, await warranty.terms_of(conn, facts.market))).after
    return Answer(
        model=await catalogue.model_by_code(conn, piece.model),
        market=facts.market,
        covers=covers,
        upgraded=any(cover.draft.kind is CoverKind.UPGRADED for cover in covers),
    )


async def _pieces(conn: AsyncConnection, number: Number, brand: str) -> list[Unit]:
    """An IMEI is one telephone's; a serial number is one piece's of each brand."""
    if Kind.IMEI in number.kinds:
        found = await units.by_imei(conn, number.canonical)
        if found is not None:
            return [found]
    return [piece for piece in await units.by_serial(conn, number.canonical) if brand in {"", piece.brand}]


async def _anybodys(conn: AsyncConnection, piece: Unit) -> tuple[Row, ...] | None:
    """The rows that rest on no word of a customer's, or None where nobody but a customer named the piece.

    Such a piece is there because somebody registered it, which is not anybody's to know (I8).
    """
    kept = tuple(
        row for row in await warranty.rows_of(conn, piece.id) if row.draft.source is not Source.STATED
    )
    return kept if kept or await units.supplied(conn, piece.id) is not None else None
