"""What devices have asked in the last minutes, by hash, so that nothing is asked twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from identity.store import metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

device_request = sa.Table(
    "device_request",
    metadata,
    sa.Column("hash", sa.String(43), primary_key=True),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
)


async def take(conn: AsyncConnection, request_hash: str, *, expires_at: int) -> bool:
    """True once: the insert that finds no such row is the only use of the request."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    row = dialect.insert(device_request).values(hash=request_hash, expires_at=expires_at)
    return (await conn.execute(row.on_conflict_do_nothing())).rowcount == 1


async def purge(conn: AsyncConnection, now: int) -> None:
    await conn.execute(device_request.delete().where(device_request.c.expires_at <= now))
