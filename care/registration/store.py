"""Tables and queries of registrations, sightings and consents. An index decides who owns a product (I1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from care.registration import machine
from care.registration.machine import Event, State
from care.registration.rules import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

metadata = sa.MetaData()

SHOP_MOST: Final = 80

_ACTIVE = sa.text("state = 'active'")

registration = sa.Table(
    "registration",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("unit", sa.String(32), nullable=False, index=True),
    sa.Column("customer", sa.String(32), nullable=False, index=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("market", sa.String(2), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("terms", sa.String(32), nullable=False),
    sa.Column("bought_on", sa.Date),
    sa.Column("shop", sa.String(SHOP_MOST), nullable=False, server_default=""),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Index("registration_active", "unit", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
)

sighting = sa.Table(
    "sighting",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("customer", sa.String(32), nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    # The customer said that it is not theirs.
    sa.Column("dismissed_at", sa.BigInteger),
    sa.Index("sighting_of", "customer", "unit", unique=True),
)

consent = sa.Table(
    "consent",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("customer", sa.String(32), nullable=False, index=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Registration:
    """Who owns a piece since when, and how they said so."""

    id: str
    unit: str
    customer: str
    channel: Channel
    state: State
    market: str
    language: str
    terms: str
    bought_on: date | None
    created_at: int
    version: int = 1
    shop: str = ""


async def begin(conn: AsyncConnection, new: Registration) -> bool:
    """Whether this call made its customer the owner: of many at once one wins (I1)."""
    assert machine.after(State.DRAFT, Event.CONFIRM) is new.state, "it begins as the owner's"
    change = (
        _insert(conn, registration)
        .values(
            id=new.id,
            unit=new.unit,
            customer=new.customer,
            channel=new.channel.value,
            state=new.state.value,
            market=new.market,
            language=new.language,
            terms=new.terms,
            bought_on=new.bought_on,
            shop=new.shop,
            created_at=new.created_at,
        )
        .on_conflict_do_nothing()
        .returning(registration.c.id)
    )
    return (await conn.execute(change)).first() is not None


async def active(conn: AsyncConnection, unit: str) -> Registration | None:
    query = sa.select(registration).where(
        registration.c.unit == unit, registration.c.state == State.ACTIVE.value
    )
    row = (await conn.execute(query)).first()
    return None if row is None else _registration(row)


async def registered_among(conn: AsyncConnection, units: Sequence[str]) -> list[str]:
    """Those of these pieces that somebody owns."""
    if not units:
        return []
    query = sa.select(registration.c.unit).where(
        registration.c.unit.in_(units), registration.c.state == State.ACTIVE.value
    )
    return sorted(row.unit for row in await conn.execute(query))


async def owner(conn: AsyncConnection, unit: str) -> str | None:
    query = sa.select(registration.c.customer).where(
        registration.c.unit == unit, registration.c.state == State.ACTIVE.value
    )
    return (await conn.execute(query)).scalar_one_or_none()


async def end(
    conn: AsyncConnection, registration_id: str, *, customer: str, version: int | None, event: Event, now: int
) -> Registration | None:
    """The registration as it is after the event, if it was this customer's, active, and of that version."""
    after = machine.after(State.ACTIVE, event)
    assert after is not None, "an event that ends it"
    change = (
        registration.update()
        .where(
            registration.c.id == registration_id,
            registration.c.customer == customer,
            registration.c.state == State.ACTIVE.value,
            *([] if version is None else [registration.c.version == version]),
        )
        .values(state=after.value, ended_at=now, version=registration.c.version + 1)
        .returning(registration)
    )
    row = (await conn.execute(change)).first()
    return None if row is None else _registration(row)


async def of_customer(conn: AsyncConnection, customer: str, *, after: str, most: int) -> list[Registration]:
    """Their active registrations, oldest first, so many after that id."""
    query = (
        sa.select(registration)
        .where(
            registration.c.customer == customer,
            registration.c.state == State.ACTIVE.value,
            registration.c.id > after,
        )
        .order_by(registration.c.id)
        .limit(most)
    )
    return [_registration(row) for row in await conn.execute(query)]


async def all_of(conn: AsyncConnection, customer: str) -> list[Registration]:
    """Theirs, also those that are over, oldest first."""
    query = sa.select(registration).where(registration.c.customer == customer).order_by(registration.c.id)
    return [_registration(row) for row in await conn.execute(query)]


async def owned(conn: AsyncConnection, unit: str, customer: str) -> Registration | None:
    """The active registration of a piece, if it is theirs; another's is as if there were none (I9)."""
    found = await active(conn, unit)
    return found if found is not None and found.customer == customer else None


async def of_id(conn: AsyncConnection, registration_id: str) -> Registration | None:
    row = (await conn.execute(sa.select(registration).where(registration.c.id == registration_id))).first()
    return None if row is None else _registration(row)


async def forget_customer(conn: AsyncConnection, customer: str, other: str) -> None:
    """What is over stays in the piece's history, without who it was and what they said of the purchase."""
    await conn.execute(
        registration.update()
        .where(registration.c.customer == customer)
        .values(customer=other, bought_on=None, shop="")
    )


async def mine(conn: AsyncConnection, registration_id: str, customer: str) -> Registration | None:
    """One of theirs, also one that is over; another's is as if there were none (I9)."""
    query = sa.select(registration).where(
        registration.c.id == registration_id, registration.c.customer == customer
    )
    row = (await conn.execute(query)).first()
    return None if row is None else _registration(row)


def _registration(row: sa.Row[*tuple[object, ...]]) -> Registration:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Registration(
        id=fields["id"],
        unit=fields["unit"],
        customer=fields["customer"],
        channel=Channel(fields["channel"]),
        state=State(fields["state"]),
        market=fields["market"],
        language=fields["language"],
        terms=fields["terms"],
        bought_on=fields["bought_on"],
        shop=fields["shop"],
        created_at=fields["created_at"],
        version=fields["version"],
    )


def _insert(conn: AsyncConnection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)
