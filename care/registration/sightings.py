"""Queries of sightings: pieces that an account was seen with and that may be registered (R24, R37, R41)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from care.registration.machine import State
from care.registration.store import registration, sighting

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class Source(StrEnum):
    """Who saw it."""

    SMART_HOME = "smart_home"
    APP_SCAN = "app_scan"
    TV = "tv"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Sighting:
    id: str
    unit: str
    customer: str
    source: Source
    seen_at: int


async def put(conn: AsyncConnection, new: Sighting, *, asked_for: bool) -> Sighting:
    """The sighting as it is kept: one for each customer and piece, with the time of the last.

    `asked_for`: the customer did it themself, so that a piece they had dismissed is listed again.
    """
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    change = insert(sighting).values(
        id=new.id, unit=new.unit, customer=new.customer, source=new.source.value, seen_at=new.seen_at
    )
    again: dict[str, object] = {"seen_at": new.seen_at} | ({"dismissed_at": None} if asked_for else {})
    change = change.on_conflict_do_update(index_elements=["customer", "unit"], set_=again)
    row = (await conn.execute(change.returning(sighting))).one()
    return _sighting(row)


async def unregistered(conn: AsyncConnection, customer: str, *, after: str, most: int) -> list[Sighting]:
    """Theirs that nobody registered and they did not dismiss, oldest first, so many after that id."""
    taken = sa.select(registration.c.id).where(
        registration.c.unit == sighting.c.unit, registration.c.state == State.ACTIVE.value
    )
    query = (
        sa.select(sighting)
        .where(
            sighting.c.customer == customer,
            sighting.c.dismissed_at.is_(None),
            sighting.c.id > after,
            ~taken.exists(),
        )
        .order_by(sighting.c.id)
        .limit(most)
    )
    return [_sighting(row) for row in await conn.execute(query)]


async def mine(conn: AsyncConnection, sighting_id: str, customer: str) -> Sighting | None:
    query = sa.select(sighting).where(sighting.c.id == sighting_id, sighting.c.customer == customer)
    row = (await conn.execute(query)).first()
    return None if row is None else _sighting(row)


async def dismiss(conn: AsyncConnection, sighting_id: str, customer: str, now: int) -> bool:
    """Whether it was theirs and listed."""
    change = (
        sighting.update()
        .where(
            sighting.c.id == sighting_id, sighting.c.customer == customer, sighting.c.dismissed_at.is_(None)
        )
        .values(dismissed_at=now)
        .returning(sighting.c.id)
    )
    return (await conn.execute(change)).first() is not None


async def drop(conn: AsyncConnection, customer: str, unit: str) -> None:
    await conn.execute(sighting.delete().where(sighting.c.customer == customer, sighting.c.unit == unit))


async def of_customer(conn: AsyncConnection, customer: str) -> list[Sighting]:
    query = sa.select(sighting).where(sighting.c.customer == customer).order_by(sighting.c.id)
    return [_sighting(row) for row in await conn.execute(query)]


async def drop_of(conn: AsyncConnection, customer: str) -> None:
    await conn.execute(sighting.delete().where(sighting.c.customer == customer))


def _sighting(row: sa.Row[*tuple[object, ...]]) -> Sighting:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Sighting(
        id=fields["id"],
        unit=fields["unit"],
        customer=fields["customer"],
        source=Source(fields["source"]),
        seen_at=fields["seen_at"],
    )
