"""Tables and queries of codes and of the limiter's memory. `take` alone decides a redemption."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from relay.pin import machine
from relay.pin.machine import Event, State
from relay.pin.rules import DAY_MS, Kind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

metadata = sa.MetaData()

# `locator_live` holds the locator while the code is live and nothing after: its unique index is what keeps
# two live codes apart. `device` is a keyed hash of the device's id. `account` is whose console shows the
# code, and null where the device shows it: neither kind can be redeemed as the other.
pin = sa.Table(
    "pin",
    metadata,
    sa.Column("session", sa.String(32), primary_key=True),
    sa.Column("locator", sa.String(5), nullable=False),
    sa.Column("locator_live", sa.String(5)),
    sa.Column("device", sa.String(43), nullable=False),
    sa.Column("node", sa.String(255), nullable=False),
    sa.Column("issued_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("redeemed_by", sa.String(64)),
    sa.Column("redeemed_at", sa.BigInteger),
    sa.Column("account", sa.String(64)),
    sa.Index("pin_locator_live", "locator_live", unique=True),
    sa.Index("pin_locator", "locator", "issued_at"),
    sa.Index("pin_account", "account", "locator_live"),
)

throttle = sa.Table(
    "throttle",
    metadata,
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("times", sa.Text, nullable=False),
)

QUARANTINE_MS = DAY_MS


async def count_live(conn: AsyncConnection) -> int:
    query = sa.select(sa.func.count()).select_from(pin).where(pin.c.locator_live.is_not(None))
    return int((await conn.execute(query)).scalar_one())


async def insert_live(
    conn: AsyncConnection,
    *,
    session: str,
    locator: str,
    device: str,
    node: str,
    now: int,
    expires_at: int,
    account: str | None = None,
) -> bool:
    """Whether the locator was free: not live, and not used in the last 24 hours."""
    resting = sa.select(pin.c.session).where(
        pin.c.locator == locator, pin.c.redeemed_at > now - QUARANTINE_MS
    )
    if (await conn.execute(resting.limit(1))).first() is not None:
        return False
    values = {
        "session": session,
        "locator": locator,
        "locator_live": locator,
        "device": device,
        "node": node,
        "issued_at": now,
        "expires_at": expires_at,
        "state": State.ISSUED,
        "account": account,
    }
    inserted = await conn.execute(
        _insert(conn, pin).values(values).on_conflict_do_nothing().returning(pin.c.session)
    )
    return inserted.first() is not None


async def take(conn: AsyncConnection, *, locator: str, node: str, account: str, now: int) -> str | None:
    """The session of the code, if this call is the one that spends it (INV-A1, INV-A2).

    One conditional update. Never load first and save after; when in doubt the code is spent.
    """
    query = (
        pin.update()
        .where(
            pin.c.locator_live == locator,
            pin.c.state == State.ISSUED,
            pin.c.expires_at > now,
            pin.c.node == node,
            pin.c.account.is_(None),
        )
        .values(
            state=machine.move_of(Event.REDEEM).state,
            locator_live=None,
            redeemed_by=account,
            redeemed_at=now,
        )
        .returning(pin.c.session)
    )
    row = (await conn.execute(query)).first()
    return str(row.session) if row else None


async def take_shown(
    conn: AsyncConnection, *, locator: str, node: str, device: str, now: int
) -> tuple[str, str] | None:
    """Session and account of a code that a console shows, if this call is the one that spends it.

    The same single update as `take`, by a device: whoever asks second gets nothing (INV-A7).
    """
    query = (
        pin.update()
        .where(
            pin.c.locator_live == locator,
            pin.c.state == State.ISSUED,
            pin.c.expires_at > now,
            pin.c.node == node,
            pin.c.account.is_not(None),
        )
        .values(
            state=machine.move_of(Event.REDEEM).state,
            locator_live=None,
            device=device,
            redeemed_by=pin.c.account,
            redeemed_at=now,
        )
        .returning(pin.c.session, pin.c.account)
    )
    row = (await conn.execute(query)).first()
    return (str(row.session), str(row.account)) if row else None


async def live_of_account(conn: AsyncConnection, account: str) -> list[str]:
    """The codes this technician's consoles show."""
    query = sa.select(pin.c.session).where(pin.c.account == account, pin.c.locator_live.is_not(None))
    return [str(row.session) for row in await conn.execute(query)]


async def close(conn: AsyncConnection, session: str, event: Event) -> str | None:
    """The device of the code, if this call is the one that closed it."""
    query = (
        pin.update()
        .where(pin.c.session == session, pin.c.state == State.ISSUED)
        .values(state=machine.move_of(event).state, locator_live=None)
        .returning(pin.c.device)
    )
    row = (await conn.execute(query)).first()
    return str(row.device) if row else None


async def newest(conn: AsyncConnection, locator: str) -> tuple[State, int] | None:
    """State and last moment of the newest code that had this locator, for the audit record alone."""
    query = (
        sa.select(pin.c.state, pin.c.expires_at)
        .where(pin.c.locator == locator)
        .order_by(pin.c.issued_at.desc())
        .limit(1)
    )
    row = (await conn.execute(query)).first()
    return (State(row.state), int(row.expires_at)) if row else None


async def guesser_of(conn: AsyncConnection, session: str) -> tuple[str, bool]:
    """The device of a code ("" once forgotten), and whether its customer typed what a console showed."""
    query = sa.select(pin.c.device, pin.c.account).where(pin.c.session == session)
    row = (await conn.execute(query)).first()
    return (str(row.device), row.account is not None) if row else ("", False)


async def close_of_node(conn: AsyncConnection, node: str, event: Event, limit: int) -> list[str]:
    """Closes what the node left live, so many at a time; whose they were."""
    left = (
        sa.select(pin.c.session)
        .where(pin.c.node == node, pin.c.locator_live.is_not(None), pin.c.state == State.ISSUED)
        .limit(limit)
    )
    query = (
        pin.update()
        .where(pin.c.session.in_(left), pin.c.state == State.ISSUED)
        .values(state=machine.move_of(event).state, locator_live=None)
        .returning(pin.c.session)
    )
    return [str(row.session) for row in await conn.execute(query)]


async def hold(conn: AsyncConnection, kind: Kind, subject: str) -> tuple[int, ...]:
    """The limiter's memory, held by this transaction: parallel tries of one subject queue up here."""
    fresh = _insert(conn, throttle).values(kind=kind, subject=subject, times="[]").on_conflict_do_nothing()
    query = sa.select(throttle.c.times).where(throttle.c.kind == kind, throttle.c.subject == subject)
    while True:
        await conn.execute(fresh)
        times = (await conn.execute(query.with_for_update())).scalar_one_or_none()
        # None: `forget_memories` took the row between the two statements.
        if times is not None:
            return tuple(json.loads(times))


async def put(conn: AsyncConnection, kind: Kind, subject: str, times: tuple[int, ...]) -> None:
    await conn.execute(
        throttle.update()
        .where(throttle.c.kind == kind, throttle.c.subject == subject)
        .values(times=json.dumps(times))
    )


async def forget_codes(conn: AsyncConnection, before: int, most: int) -> int:
    """Deletes closed codes of old; of a redeemed one, which its session refers to, the device is blanked."""
    old = sa.select(pin.c.session).where(pin.c.expires_at <= before).limit(most)
    gone = old.where(pin.c.state.in_((State.EXPIRED, State.CANCELLED)))
    kept = old.where(pin.c.state == State.REDEEMED, pin.c.device != "")
    deleted = await conn.execute(pin.delete().where(pin.c.session.in_(gone)))
    blanked = await conn.execute(pin.update().where(pin.c.session.in_(kept)).values(device=""))
    return max(deleted.rowcount, blanked.rowcount)


async def forget_memories(
    conn: AsyncConnection, before: int, most: int, after: tuple[str, str]
) -> tuple[str, str] | None:
    """Deletes memories without a later event among the next `most`; where to go on, None at the end."""
    kind, subject = throttle.c.kind, throttle.c.subject
    query = (
        sa.select(throttle)
        .where((kind > after[0]) | ((kind == after[0]) & (subject > after[1])))
        .order_by(kind, subject)
        .limit(most)
    )
    rows = (await conn.execute(query)).all()
    for row in rows:
        times = json.loads(row.times)
        if not times or times[-1] <= before:
            # Only as it was read: a try that counted meanwhile keeps its row.
            await conn.execute(
                throttle.delete().where(
                    kind == row.kind, subject == row.subject, throttle.c.times == row.times
                )
            )
    return (rows[-1].kind, rows[-1].subject) if len(rows) == most else None


def _insert(conn: AsyncConnection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    # The same clause under two imports: ON CONFLICT is not in SQLAlchemy's common insert.
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)
