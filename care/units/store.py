"""Tables and queries of products as things: one row a piece, which outlives its owners; and what we supplied.

A correction of the supply list is a new row that supersedes the one before (R86).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from care.identifiers import IMEI_DIGITS, SERIAL_LONG
from care.limits import CODE_MOST, NAME_MOST

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

metadata = sa.MetaData()

unit = sa.Table(
    "unit",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("brand", sa.String(NAME_MOST), nullable=False),
    # A telephone that was registered by its IMEI may have none.
    sa.Column("serial", sa.String(SERIAL_LONG)),
    sa.Column("model", sa.String(CODE_MOST), nullable=False, server_default=""),
    sa.Column("manufactured_on", sa.Date),
    sa.Column("market", sa.String(2), nullable=False, server_default=""),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Index("unit_serial", "serial", "brand", unique=True),
)

imei = sa.Table(
    "unit_imei",
    metadata,
    sa.Column("imei", sa.String(IMEI_DIGITS), primary_key=True),
    sa.Column("unit", sa.String(32), sa.ForeignKey("unit.id"), nullable=False, index=True),
)

supply = sa.Table(
    "supply_record",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("unit", sa.String(32), sa.ForeignKey("unit.id"), nullable=False),
    sa.Column("shipped_on", sa.Date),
    sa.Column("delivered_on", sa.Date),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("document", sa.String(64), nullable=False),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("imported_at", sa.BigInteger, nullable=False),
    sa.Column("superseded_at", sa.BigInteger),
    # One that counts for each piece.
    sa.Index(
        "supply_record_current",
        "unit",
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    ),
)

LOOKED_FOR_MOST: Final = 16


@dataclass(frozen=True, slots=True)
class Unit:
    """One physical thing."""

    id: str
    brand: str
    serial: str | None
    model: str
    manufactured_on: date | None
    market: str


@dataclass(frozen=True, slots=True)
class Supplied:
    """When and where we supplied it."""

    shipped_on: date | None
    delivered_on: date | None
    country: str
    document: str


async def by_serial(conn: AsyncConnection, serial: str) -> list[Unit]:
    """Pieces with this canonical serial number: one of each brand at most."""
    return [unit_of(row) for row in await conn.execute(sa.select(unit).where(unit.c.serial == serial))]


async def by_imei(conn: AsyncConnection, number: str) -> Unit | None:
    query = sa.select(unit).join(imei, imei.c.unit == unit.c.id).where(imei.c.imei == number)
    row = (await conn.execute(query)).first()
    return None if row is None else unit_of(row)


async def held(conn: AsyncConnection, unit_id: str) -> Unit | None:
    """The piece, for this transaction alone until it ends: who changes its cover goes one after the other."""
    query = sa.select(unit).where(unit.c.id == unit_id).with_for_update()
    row = (await conn.execute(query)).first()
    return None if row is None else unit_of(row)


async def by_id(conn: AsyncConnection, unit_id: str) -> Unit | None:
    row = (await conn.execute(sa.select(unit).where(unit.c.id == unit_id))).first()
    return None if row is None else unit_of(row)


async def by_ids(conn: AsyncConnection, ids: Collection[str]) -> dict[str, Unit]:
    return {row.id: unit_of(row) for row in await conn.execute(sa.select(unit).where(unit.c.id.in_(ids)))}


async def imeis_of(conn: AsyncConnection, ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """By piece, in their order; a piece that has none is not there."""
    found: dict[str, tuple[str, ...]] = {}
    for row in await conn.execute(sa.select(imei).where(imei.c.unit.in_(ids)).order_by(imei.c.imei)):
        found[row.unit] = (*found.get(row.unit, ()), row.imei)
    return found


async def supplied_among(conn: AsyncConnection, ids: Collection[str]) -> frozenset[str]:
    """Those of these pieces that stand in the supply list."""
    query = sa.select(supply.c.unit).where(supply.c.unit.in_(ids), supply.c.superseded_at.is_(None))
    return frozenset(str(row.unit) for row in await conn.execute(query))


async def add(conn: AsyncConnection, new: Unit, *, now: int, imeis: Collection[str] = ()) -> Unit:
    """The piece, made now where there was none: whoever comes second gets what the first one made."""
    found = await _there_is(conn, new, imeis)
    if found is not None:
        return found
    await conn.execute(
        insert_into(conn, unit)
        .values(
            id=new.id,
            brand=new.brand,
            serial=new.serial,
            model=new.model,
            manufactured_on=new.manufactured_on,
            market=new.market,
            created_at=now,
        )
        .on_conflict_do_nothing()
    )
    for number in imeis:
        await conn.execute(insert_into(conn, imei).values(imei=number, unit=new.id).on_conflict_do_nothing())
    found = await _there_is(conn, new, imeis)
    assert found is not None, "just added, or somebody else's"
    return found


async def _there_is(conn: AsyncConnection, new: Unit, imeis: Collection[str]) -> Unit | None:
    if new.serial is not None:
        query = sa.select(unit).where(unit.c.brand == new.brand, unit.c.serial == new.serial)
        row = (await conn.execute(query)).first()
        return None if row is None else unit_of(row)
    for number in imeis:
        found = await by_imei(conn, number)
        if found is not None:
            return found
    return None


async def name_model(conn: AsyncConnection, unit_id: str, model: str) -> None:
    """The model of a piece of which it was not known."""
    await conn.execute(
        unit.update()
        .where(unit.c.id == unit_id, unit.c.model == "")
        .values(model=model, version=unit.c.version + 1)
    )


async def name_unsupplied(conn: AsyncConnection, unit_id: str, model: str) -> None:
    """The model that who registers a piece says it is, in place of what another said who does no more.

    Only for a piece that no list of ours names: else anybody could name it wrongly for its owner to come.
    """
    await conn.execute(
        unit.update()
        .where(unit.c.id == unit_id, unit.c.model != model)
        .values(model=model, version=unit.c.version + 1)
    )


async def supplied(conn: AsyncConnection, unit_id: str) -> Supplied | None:
    """What the newest supply record says."""
    query = sa.select(supply).where(supply.c.unit == unit_id, supply.c.superseded_at.is_(None))
    row = (await conn.execute(query)).first()
    if row is None:
        return None
    return Supplied(row.shipped_on, row.delivered_on, row.country, row.document)


async def supplied_serials(conn: AsyncConnection, serials: Collection[str]) -> frozenset[str]:
    """Those of a few serial numbers that stand in the supply list."""
    assert len(serials) <= LOOKED_FOR_MOST, "each is a question, and counts as one"
    query = (
        sa.select(unit.c.serial)
        .join(supply, supply.c.unit == unit.c.id)
        .where(unit.c.serial.in_(serials), supply.c.superseded_at.is_(None))
    )
    return frozenset(str(row.serial) for row in await conn.execute(query))


def unit_of(row: sa.Row[*tuple[object, ...]]) -> Unit:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Unit(
        id=fields["id"],
        brand=fields["brand"],
        serial=fields["serial"],
        model=fields["model"],
        manufactured_on=fields["manufactured_on"],
        market=fields["market"],
    )


def insert_into(conn: AsyncConnection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)
