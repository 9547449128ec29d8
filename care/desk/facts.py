"""All that is known of one piece, out of the tables of every part: what its cover is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from care.catalogue import store as catalogue
from care.catalogue.markets import NEUTRAL
from care.registration import store as registration
from care.units import store as units
from care.warranty.rows import Source
from care.warranty.rules import Facts
from care.warranty.terms import Scope

if TYPE_CHECKING:
    from collections.abc import Container

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.units.store import Unit


async def facts_of(
    conn: AsyncConnection, piece: Unit, markets: Container[str], *, for_anybody: bool = False
) -> Facts:
    """`for_anybody`: without what a customer told us, so that nothing says whether there is one (I8)."""
    supplied = await units.supplied(conn, piece.id)
    owned = None if for_anybody else await registration.active(conn, piece.id)
    country = (supplied.country if supplied else "") or piece.market or (owned.market if owned else "")
    references = ((Source.SUPPLY, supplied.document),) if supplied and supplied.document else ()
    return Facts(
        market=country if country in markets else NEUTRAL,
        scope=Scope(piece.model, *await catalogue.path_of(conn, piece.model)),
        manufactured_on=piece.manufactured_on,
        shipped_on=supplied.shipped_on if supplied else None,
        delivered_on=supplied.delivered_on if supplied else None,
        stated_on=owned.bought_on if owned else None,
        references=references,
    )
