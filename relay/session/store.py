"""The table of sessions. `end` is the one place that decides how a session ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from wire.reasons import EndReason

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

metadata = sa.MetaData()

# `pin_session` refers to the pin feature's table (migration 0001 says so to the database); its uniqueness is
# the second lock on "one code, one session". `records` counts the device records logged: a retry adds none.
# `dev` is the id of the device's key while the session lives: its end erases it, for it names a household.
session = sa.Table(
    "session",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("pin_session", sa.String(32), nullable=False, unique=True),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("fw", sa.String(64), nullable=False),
    sa.Column("dev", sa.String(43)),
    sa.Column("node", sa.String(255), nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("paired_at", sa.BigInteger),
    sa.Column("active_at", sa.BigInteger),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("reason", sa.String(32)),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Index("session_account", "account", "started_at"),
    sa.Index("session_node", "node", "reason"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A session as its technician sees it listed."""

    session: str
    device: str
    started_at: int
    ended_at: int | None
    reason: EndReason | None


async def open_session(
    conn: AsyncConnection, *, session_id: str, account: str, dev: str, fw: str, node: str, now: int
) -> None:
    """Adds the session of a code; the code's id is the session's."""
    await conn.execute(
        session.insert().values(
            id=session_id,
            pin_session=session_id,
            account=account,
            dev=dev,
            fw=fw,
            node=node,
            started_at=now,
            records=0,
        )
    )


async def live_device(
    conn: AsyncConnection, session_id: str, account: str, *, hold: bool = False
) -> str | None:
    """The device's key id while its customer's yes holds, for the session's own technician; else None.

    `hold`, in a transaction that writes: the session does not end before that transaction does.
    """
    query = sa.select(session.c.dev).where(
        session.c.id == session_id,
        session.c.account == account,
        session.c.active_at.is_not(None),
        session.c.reason.is_(None),
    )
    found: str | None = (await conn.execute(query.with_for_update() if hold else query)).scalar()
    return found


async def count_record(
    conn: AsyncConnection,
    session_id: str,
    dseq: int,
    *,
    paired_at: int | None = None,
    active_at: int | None = None,
) -> bool:
    """Whether the device record `dseq` is new; then its leaf belongs into this transaction."""
    values: dict[str, int] = {"records": dseq + 1}
    if paired_at is not None:
        values["paired_at"] = paired_at
    if active_at is not None:
        values["active_at"] = active_at
    query = (
        session.update()
        .where(session.c.id == session_id, session.c.records == dseq)
        .values(values)
        .returning(session.c.id)
    )
    return (await conn.execute(query)).first() is not None


async def end(conn: AsyncConnection, session_id: str, reason: EndReason, at: int) -> bool:
    """Whether this call ended the session: exactly one does, with exactly one reason (INV-B6)."""
    query = (
        session.update()
        .where(session.c.id == session_id, session.c.reason.is_(None))
        .values(reason=reason, ended_at=at, dev=None)
        .returning(session.c.id)
    )
    return (await conn.execute(query)).first() is not None


async def end_of_node(conn: AsyncConnection, node: str, reason: EndReason, at: int, limit: int) -> list[str]:
    """Ends what the node left open, so many at a time; which these were."""
    left = sa.select(session.c.id).where(session.c.node == node, session.c.reason.is_(None)).limit(limit)
    query = (
        session.update()
        .where(session.c.id.in_(left), session.c.reason.is_(None))
        .values(reason=reason, ended_at=at, dev=None)
        .returning(session.c.id)
    )
    return [str(row.id) for row in await conn.execute(query)]


async def of_account(conn: AsyncConnection, account: str, limit: int) -> list[Line]:
    """The technician's own sessions, newest first (INV-D4)."""
    query = (
        sa.select(session)
        .where(session.c.account == account)
        .order_by(session.c.started_at.desc(), session.c.id)
        .limit(limit)
    )
    return [
        Line(row.id, row.fw, row.started_at, row.ended_at, EndReason(row.reason) if row.reason else None)
        for row in await conn.execute(query)
    ]
