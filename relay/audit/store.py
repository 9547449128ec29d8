"""The log's tables. The database itself refuses to change or delete a leaf: see migration 0002."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

metadata = sa.MetaData()

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
)

audit_leaf = sa.Table(
    "audit_leaf",
    metadata,
    sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sess", sa.String(32), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("sess", "seq", name="audit_leaf_place"),
)


# Built once: building a statement takes longer than running it, and a command waits for these (INV-D1).
_GROW = (
    sa.update(audit_head)
    .values(size=audit_head.c.size + sa.bindparam("count", type_=sa.BigInteger))
    .returning(audit_head.c.size)
)
_LAST = (
    sa.select(audit_leaf.c.seq, audit_leaf.c.leaf)
    .where(audit_leaf.c.sess == sa.bindparam("of_session", type_=sa.String))
    .order_by(audit_leaf.c.seq.desc())
    .limit(1)
)
_ADD = sa.insert(audit_leaf)


@dataclass(frozen=True, slots=True)
class Stored:
    """A leaf as it lies in the database, with its place in the whole log."""

    idx: int
    sess: str
    hash: bytes
    leaf: bytes


async def take_places(conn: AsyncConnection, count: int) -> int:
    """The first of so many free places in the log, one after another.

    The row stays locked until the transaction ends: on PostgreSQL this makes writers wait for each other, so
    that places have no gaps and every leaf sees the one before it.
    """
    return int((await conn.execute(_GROW, {"count": count})).scalar_one()) - count


async def hold_end(conn: AsyncConnection) -> None:
    """Nobody else takes a place until the transaction ends."""
    await conn.execute(sa.select(audit_head.c.size).with_for_update())


async def last_leaf(conn: AsyncConnection, sess: str) -> tuple[int, bytes] | None:
    """Number and bytes of a session's newest leaf."""
    row = (await conn.execute(_LAST, {"of_session": sess})).first()
    return None if row is None else (int(row.seq), bytes(row.leaf))


async def last_leaves(conn: AsyncConnection, sessions: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    """The same of each of these sessions that has one."""
    newest = (
        sa.select(audit_leaf.c.sess, sa.func.max(audit_leaf.c.seq).label("seq"))
        .where(audit_leaf.c.sess.in_(sessions))
        .group_by(audit_leaf.c.sess)
        .subquery()
    )
    query = sa.select(audit_leaf.c.sess, audit_leaf.c.seq, audit_leaf.c.leaf).join(
        newest, sa.and_(audit_leaf.c.sess == newest.c.sess, audit_leaf.c.seq == newest.c.seq)
    )
    return {row.sess: (int(row.seq), bytes(row.leaf)) for row in await conn.execute(query)}


async def add(conn: AsyncConnection, new: Stored, *, seq: int) -> None:
    await conn.execute(_ADD, _row(new, seq))


async def add_all(conn: AsyncConnection, new: Sequence[tuple[Stored, int]]) -> None:
    """Leaves with their numbers in their sessions, in the order of their places."""
    await conn.execute(_ADD, [_row(one, seq) for one, seq in new])


def _row(new: Stored, seq: int) -> dict[str, object]:
    return {"idx": new.idx, "sess": new.sess, "seq": seq, "hash": new.hash, "leaf": new.leaf}


async def of_session(conn: AsyncConnection, sess: str) -> list[Stored]:
    """A session's leaves in the order in which they were written."""
    query = sa.select(audit_leaf).where(audit_leaf.c.sess == sess).order_by(audit_leaf.c.idx)
    return _stored(await conn.execute(query))


async def openings(conn: AsyncConnection, *, before: int, limit: int) -> list[Stored]:
    """First leaves of sessions and single events below a place in the log, newest first."""
    query = (
        sa.select(audit_leaf)
        .where(audit_leaf.c.seq == 0, audit_leaf.c.idx < before)
        .order_by(audit_leaf.c.idx.desc())
        .limit(limit)
    )
    return _stored(await conn.execute(query))


async def newest(conn: AsyncConnection, limit: int) -> list[Stored]:
    """The end of the log, newest first."""
    query = sa.select(audit_leaf).order_by(audit_leaf.c.idx.desc()).limit(limit)
    return _stored(await conn.execute(query))


async def hash_at(conn: AsyncConnection, idx: int) -> bytes | None:
    query = sa.select(audit_leaf.c.hash).where(audit_leaf.c.idx == idx)
    found = (await conn.execute(query)).scalar_one_or_none()
    return None if found is None else bytes(found)


async def size(conn: AsyncConnection) -> int:
    return int((await conn.execute(sa.select(audit_head.c.size))).scalar_one())


def _stored(rows: sa.CursorResult[tuple[int, str, int, bytes, bytes]]) -> list[Stored]:
    fetched: Sequence[sa.Row[tuple[int, str, int, bytes, bytes]]] = rows.all()
    return [Stored(int(row.idx), row.sess, bytes(row.hash), bytes(row.leaf)) for row in fetched]
