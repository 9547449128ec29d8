"""Tables and queries of what is revoked, and of the newest list of it that was signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from identity.store import badge, metadata

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

BADGE = "badge"
KEY = "key"

revocation = sa.Table(
    "revocation",
    metadata,
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("why", sa.String(16), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    # From when on nobody needs to be told any more; 0: never.
    sa.Column("until", sa.BigInteger, nullable=False, index=True),
)

status_list = sa.Table(
    "status_list",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("iat", sa.BigInteger, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Revoked:
    """One entry of the list."""

    kind: str
    name: str
    why: str
    until: int


async def revoke_badges(
    conn: AsyncConnection, which: sa.ColumnElement[bool], *, why: str, now: int, spare_ms: int
) -> int:
    """Takes back the badges of these rows of `badge`; how many that still counted."""
    change = badge.update().where(which, ~badge.c.revoked).values(revoked=True)
    taken = (await conn.execute(change.returning(badge.c.jti, badge.c.expires_at))).all()
    live = [row for row in taken if row.expires_at + spare_ms > now]
    for row in live:
        entry = {"kind": BADGE, "name": row.jti, "why": why, "at": now, "until": row.expires_at + spare_ms}
        await conn.execute(_or_nothing(conn, entry))
    return len(live)


async def revoke_key(conn: AsyncConnection, kid: str, *, now: int) -> bool:
    """False: it was revoked already."""
    entry = {"kind": KEY, "name": kid, "why": "key", "at": now, "until": 0}
    return (await conn.execute(_or_nothing(conn, entry))).rowcount == 1


async def revoke_again(conn: AsyncConnection, entry: Revoked, *, now: int) -> bool:
    """An entry that this table had before it became an older one; False: it has it."""
    values = {"kind": entry.kind, "name": entry.name, "why": entry.why, "at": now, "until": entry.until}
    if (await conn.execute(_or_nothing(conn, values))).rowcount != 1:
        return False
    named = badge.c.jti if entry.kind == BADGE else badge.c.kid
    await conn.execute(badge.update().where(named == entry.name).values(revoked=True))
    return True


async def drop_badges_of(conn: AsyncConnection, kid: str) -> None:
    """Their holders get new ones; the list need not name each, for it names their issuer."""
    await conn.execute(badge.update().where(badge.c.kid == kid).values(revoked=True))


async def count_keys(conn: AsyncConnection) -> int:
    query = sa.select(sa.func.count()).where(revocation.c.kind == KEY)
    return int((await conn.execute(query)).scalar_one())


async def is_key_revoked(conn: AsyncConnection, kid: str) -> bool:
    query = sa.select(revocation.c.name).where(revocation.c.kind == KEY, revocation.c.name == kid)
    return (await conn.execute(query)).first() is not None


async def version(conn: AsyncConnection) -> tuple[int, int]:
    """Changes whenever something is revoked."""
    row = (await conn.execute(sa.select(sa.func.count(), sa.func.max(revocation.c.at)))).one()
    return int(row[0]), int(row[1] or 0)


async def all_revoked(conn: AsyncConnection) -> Sequence[Revoked]:
    rows = await conn.execute(sa.select(revocation).order_by(revocation.c.kind, revocation.c.name))
    return [Revoked(row.kind, row.name, row.why, row.until) for row in rows]


async def purge(conn: AsyncConnection, now: int) -> None:
    await conn.execute(revocation.delete().where(revocation.c.until > 0, revocation.c.until <= now))


async def newest_list(conn: AsyncConnection) -> tuple[int, bytes] | None:
    row = (await conn.execute(sa.select(status_list.c.iat, status_list.c.data))).first()
    return None if row is None else (row.iat, bytes(row.data))


async def keep_list(conn: AsyncConnection, iat: int, data: bytes) -> None:
    await conn.execute(status_list.delete())
    await conn.execute(status_list.insert().values(id=1, iat=iat, data=data))


def _or_nothing(conn: AsyncConnection, values: dict[str, object]) -> sa.Insert:
    if conn.dialect.name == "postgresql":
        return postgresql.insert(revocation).values(**values).on_conflict_do_nothing()
    return sqlite.insert(revocation).values(**values).on_conflict_do_nothing()
