"""All that is known of one piece, out of the tables of every part: what its cover is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from care.catalogue import store as catalogue
from care.catalogue.markets import NEUTRAL
from care.registration import store as registration
from care.units import store as units
from care.warranty import confirmations, upgrades
from care.warranty.rows import Source
from care.warranty.rules import SOURCE_OF_CONFIRMATION, Facts
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
    confirmed = await confirmations.of(conn, piece.id)
    upgrade = await upgrades.live(conn, piece.id)
    references: list[tuple[Source, str]] = []
    if supplied and supplied.document:
        references.append((Source.SUPPLY, supplied.document))
    if confirmed and confirmed.document:
        references.append((SOURCE_OF_CONFIRMATION[confirmed.source], confirmed.document))
    return Facts(
        market=country if country in markets else NEUTRAL,
        scope=Scope(piece.model, *await catalogue.path_of(conn, piece.model)),
        manufactured_on=piece.manufactured_on,
        shipped_on=supplied.shipped_on if supplied else None,
        delivered_on=supplied.delivered_on if supplied else None,
        stated_on=owned.bought_on if owned else None,
        confirmed_on=confirmed.confirmed_on if confirmed else None,
        confirmed_by=confirmed.source if confirmed else None,
        upgraded_on=upgrade.online_on if upgrade else None,
        upgraded_by=upgrade.attestation if upgrade else "",
        references=tuple(references),
    )
