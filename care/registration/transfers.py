"""Table and queries of transfers: an owner offers, whoever has the code accepts, once (D6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from care.registration.store import metadata

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncConnection

_OPEN: Final = sa.text("state = 'open'")


class State(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    TAKEN_BACK = "taken_back"


offer = sa.Table(
    "transfer_offer",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("registration", sa.String(32), sa.ForeignKey("registration.id"), nullable=False),
    sa.Column("customer", sa.String(32), nullable=False, index=True),
    sa.Column("code_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Index("transfer_offer_open", "registration", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """`customer` is who gives it away."""

    id: str
    registration: str
    customer: str
    created_at: int
    expires_at: int


async def add(conn: AsyncConnection, new: Offer, code_hash: str) -> None:
    """The caller holds the piece and has seen that none is open."""
    await conn.execute(
        offer.insert().values(
            id=new.id,
            registration=new.registration,
            customer=new.customer,
            code_hash=code_hash,
            state=State.OPEN.value,
            created_at=new.created_at,
            expires_at=new.expires_at,
        )
    )


async def open_of(conn: AsyncConnection, registrations: Collection[str], now: int) -> dict[str, Offer]:
    """By registration, those that can still be accepted."""
    query = sa.select(offer).where(
        offer.c.registration.in_(registrations),
        offer.c.state == State.OPEN.value,
        offer.c.expires_at > now,
    )
    return {row.registration: _offer(row) for row in await conn.execute(query)}


async def by_code(conn: AsyncConnection, code_hash: str, now: int) -> Offer | None:
    """The open offer, not yet taken: whose piece to hold."""
    query = sa.select(offer).where(
        offer.c.code_hash == code_hash, offer.c.state == State.OPEN.value, offer.c.expires_at > now
    )
    row = (await conn.execute(query)).first()
    return None if row is None else _offer(row)


async def take(conn: AsyncConnection, offer_id: str, now: int) -> bool:
    """Whether this call accepted it: of many at once one does."""
    change = (
        offer.update()
        .where(offer.c.id == offer_id, offer.c.state == State.OPEN.value, offer.c.expires_at > now)
        .values(state=State.ACCEPTED.value)
        .returning(offer.c.id)
    )
    return (await conn.execute(change)).first() is not None


async def take_back(conn: AsyncConnection, registration_id: str) -> bool:
    """Whether one was open, also one that had expired."""
    change = (
        offer.update()
        .where(offer.c.registration == registration_id, offer.c.state == State.OPEN.value)
        .values(state=State.TAKEN_BACK.value)
        .returning(offer.c.id)
    )
    return (await conn.execute(change)).first() is not None


async def of_customer(conn: AsyncConnection, customer: str) -> list[tuple[Offer, State]]:
    query = sa.select(offer).where(offer.c.customer == customer).order_by(offer.c.id)
    return [(_offer(row), State(row.state)) for row in await conn.execute(query)]


async def drop_of(conn: AsyncConnection, customer: str) -> None:
    await conn.execute(offer.delete().where(offer.c.customer == customer))


async def drop_before(conn: AsyncConnection, now: int) -> None:
    """Those that nobody can accept any more."""
    await conn.execute(offer.delete().where(offer.c.expires_at <= now))


def _offer(row: sa.Row[*tuple[object, ...]]) -> Offer:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Offer(
        id=fields["id"],
        registration=fields["registration"],
        customer=fields["customer"],
        created_at=fields["created_at"],
        expires_at=fields["expires_at"],
    )
