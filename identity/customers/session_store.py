"""Tables and queries of customers' sessions and of links in mails. Tokens are kept as hashes only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from identity.customers.store import ACTIVE, SHOWN, Customer, customer, customer_in
from identity.store import metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.customers.rules import LinkKind

customer_session = sa.Table(
    "customer_session",
    metadata,
    sa.Column("hash", sa.String(43), primary_key=True),
    sa.Column("customer", sa.String(32), sa.ForeignKey("customer.id"), nullable=False, index=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
)

customer_link = sa.Table(
    "customer_link",
    metadata,
    sa.Column("hash", sa.String(43), primary_key=True),
    sa.Column("customer", sa.String(32), sa.ForeignKey("customer.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("used_at", sa.BigInteger),
)


@dataclass(frozen=True, slots=True)
class Session:
    """A session that still counts, and whose it is."""

    customer: Customer
    created_at: int
    seen_at: int


async def add_session(
    conn: AsyncConnection, token_hash: str, *, customer_id: str, now: int, expires_at: int, most: int
) -> None:
    """Adds a session; a customer who has `most` loses the one begun first."""
    kept = (
        sa.select(customer_session.c.hash)
        .where(customer_session.c.customer == customer_id)
        .order_by(customer_session.c.created_at.desc(), customer_session.c.hash)
        .limit(most - 1)
    )
    await conn.execute(
        customer_session.delete().where(
            customer_session.c.customer == customer_id, customer_session.c.hash.not_in(kept)
        )
    )
    await conn.execute(
        customer_session.insert().values(
            hash=token_hash, customer=customer_id, created_at=now, seen_at=now, expires_at=expires_at
        )
    )


async def session(conn: AsyncConnection, token_hash: str, now: int) -> Session | None:
    """One query: this is asked with every request."""
    query = (
        sa.select(*SHOWN, customer_session.c.created_at.label("began_at"), customer_session.c.seen_at)
        .join(customer_session, customer_session.c.customer == customer.c.id)
        .where(customer_session.c.hash == token_hash, customer_session.c.expires_at > now, ACTIVE)
    )
    row = (await conn.execute(query)).first()
    return None if row is None else Session(customer_in(row), row.began_at, row.seen_at)


async def see_session(conn: AsyncConnection, token_hash: str, *, now: int, expires_at: int) -> None:
    change = customer_session.update().where(
        customer_session.c.hash == token_hash, customer_session.c.expires_at > now
    )
    await conn.execute(change.values(seen_at=now, expires_at=expires_at))


async def sessions_of(conn: AsyncConnection, customer_id: str) -> list[tuple[int, int]]:
    """When each was begun and seen last, the oldest first."""
    query = sa.select(customer_session.c.created_at, customer_session.c.seen_at)
    rows = await conn.execute(
        query.where(customer_session.c.customer == customer_id).order_by(customer_session.c.created_at)
    )
    return [(row.created_at, row.seen_at) for row in rows]


async def take_session(conn: AsyncConnection, token_hash: str) -> str | None:
    """Removes the session; whose it was."""
    removal = customer_session.delete().where(customer_session.c.hash == token_hash)
    found = await conn.execute(removal.returning(customer_session.c.customer))
    customer_id: str | None = found.scalar_one_or_none()
    return customer_id


async def drop_sessions(conn: AsyncConnection, customer_id: str) -> None:
    await conn.execute(customer_session.delete().where(customer_session.c.customer == customer_id))


async def add_link(
    conn: AsyncConnection, token_hash: str, *, customer_id: str, kind: LinkKind, expires_at: int
) -> None:
    """A newer link voids older ones of its kind. The caller holds the customer's row."""
    older = customer_link.c.customer == customer_id, customer_link.c.kind == kind.value
    await conn.execute(customer_link.delete().where(*older))
    await conn.execute(
        customer_link.insert().values(
            hash=token_hash, customer=customer_id, kind=kind.value, expires_at=expires_at
        )
    )


async def link_customer(
    conn: AsyncConnection, token_hash: str, *, kind: LinkKind, now: int
) -> Customer | None:
    """Whose link it is, as long as it would work."""
    query = (
        sa.select(*SHOWN)
        .join(customer_link, customer_link.c.customer == customer.c.id)
        .where(customer_link.c.hash == token_hash, *_works(kind, now), ACTIVE)
    )
    row = (await conn.execute(query)).first()
    return None if row is None else customer_in(row)


async def use_link(conn: AsyncConnection, token_hash: str, *, kind: LinkKind, now: int) -> str | None:
    """Whose link it was, for the one call that used it; None for every other."""
    change = (
        customer_link.update()
        .where(customer_link.c.hash == token_hash, *_works(kind, now))
        .values(used_at=now)
        .returning(customer_link.c.customer)
    )
    customer_id: str | None = (await conn.execute(change)).scalar_one_or_none()
    return customer_id


def _works(kind: LinkKind, now: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        customer_link.c.kind == kind.value,
        customer_link.c.used_at.is_(None),
        customer_link.c.expires_at > now,
    )


async def drop_links(conn: AsyncConnection, customer_id: str, kind: LinkKind | None = None) -> None:
    """Voids what was mailed; all kinds where none is named."""
    which = customer_link.c.customer == customer_id
    if kind is not None:
        which &= customer_link.c.kind == kind.value
    await conn.execute(customer_link.delete().where(which))


async def purge(conn: AsyncConnection, now: int) -> None:
    """Erases what has outlived its use (INV-H5)."""
    for table in (customer_session, customer_link):
        await conn.execute(table.delete().where(table.c.expires_at <= now))
