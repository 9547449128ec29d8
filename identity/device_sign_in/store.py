"""Sign-ins on devices and the tokens they end in. Codes, tokens and devices are kept as hashes only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from identity.device_sign_in.machine import Event, State, after, before
from identity.device_sign_in.rules import KEPT_MS
from identity.store import metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

device_sign_in = sa.Table(
    "device_sign_in",
    metadata,
    sa.Column("hash", sa.String(43), primary_key=True),
    sa.Column("user_code", sa.String(43), nullable=False, unique=True),
    sa.Column("device", sa.String(43), nullable=False, index=True),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("chain", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("customer", sa.String(32), index=True),
    sa.Column("asked_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("interval_s", sa.Integer, nullable=False),
    sa.Column("polled_at", sa.BigInteger),
)

device_token = sa.Table(
    "device_token",
    metadata,
    sa.Column("hash", sa.String(43), primary_key=True),
    # Whose credential it is good with, and with nobody else's.
    sa.Column("device", sa.String(43), nullable=False, index=True),
    sa.Column("customer", sa.String(32), nullable=False, index=True),
    sa.Column("chain", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in; `chain` is where the record tells of it, times are in ms."""

    device: str
    model: str
    chain: str
    state: State
    customer: str | None
    asked_at: int
    expires_at: int
    interval_s: int
    polled_at: int | None


_COLUMNS = (
    device_sign_in.c.device,
    device_sign_in.c.model,
    device_sign_in.c.chain,
    device_sign_in.c.state,
    device_sign_in.c.customer,
    device_sign_in.c.asked_at,
    device_sign_in.c.expires_at,
    device_sign_in.c.interval_s,
    device_sign_in.c.polled_at,
)


async def add(conn: AsyncConnection, code_hash: str, user_code: str, new: SignIn) -> bool:
    """False where another sign-in has this user code, which the unique key decides: draw again."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    row = dialect.insert(device_sign_in).values(
        hash=code_hash,
        user_code=user_code,
        device=new.device,
        model=new.model,
        chain=new.chain,
        state=new.state.value,
        asked_at=new.asked_at,
        expires_at=new.expires_at,
        interval_s=new.interval_s,
    )
    return (await conn.execute(row.on_conflict_do_nothing())).rowcount == 1


async def held(conn: AsyncConnection, code_hash: str) -> SignIn | None:
    """The sign-in of a device code, its row locked until the transaction ends."""
    query = sa.select(*_COLUMNS).where(device_sign_in.c.hash == code_hash).with_for_update()
    return _sign_in((await conn.execute(query)).first())


async def of_user_code(conn: AsyncConnection, user_code: str) -> SignIn | None:
    query = sa.select(*_COLUMNS).where(device_sign_in.c.user_code == user_code)
    return _sign_in((await conn.execute(query)).first())


async def note_poll(conn: AsyncConnection, code_hash: str, *, at: int, interval_s: int) -> None:
    change = device_sign_in.update().where(device_sign_in.c.hash == code_hash)
    await conn.execute(change.values(polled_at=at, interval_s=interval_s))


async def decide(conn: AsyncConnection, user_code: str, event: Event, *, customer: str, now: int) -> bool:
    """True for the one decision that counts: a conditional update judges, not a look beforehand."""
    change = device_sign_in.update().where(
        device_sign_in.c.user_code == user_code,
        device_sign_in.c.state.in_([state.value for state in before(event)]),
        device_sign_in.c.expires_at > now,
    )
    to = after(State.PENDING, event)
    assert to is not None
    return (await conn.execute(change.values(state=to.value, customer=customer))).rowcount == 1


async def redeem(conn: AsyncConnection, code_hash: str, *, now: int) -> str | None:
    """The customer who allowed it, for the one question that takes the token."""
    change = (
        device_sign_in.update()
        .where(
            device_sign_in.c.hash == code_hash,
            device_sign_in.c.state.in_([state.value for state in before(Event.REDEEM)]),
            device_sign_in.c.expires_at > now,
        )
        .values(state=State.USED.value)
        .returning(device_sign_in.c.customer)
    )
    customer: str | None = (await conn.execute(change)).scalar_one_or_none()
    return customer


async def expire(conn: AsyncConnection, which: sa.ColumnElement[bool]) -> None:
    """Ends the sign-ins that are still open among these."""
    is_open = device_sign_in.c.state.in_([state.value for state in before(Event.EXPIRE)])
    await conn.execute(device_sign_in.update().where(which, is_open).values(state=State.EXPIRED.value))


async def add_token(
    conn: AsyncConnection, token_hash: str, *, device: str, customer: str, chain: str, expires_at: int
) -> None:
    """Adds a token; one that this device held before goes."""
    await conn.execute(device_token.delete().where(device_token.c.device == device))
    await conn.execute(
        device_token.insert().values(
            hash=token_hash, device=device, customer=customer, chain=chain, expires_at=expires_at
        )
    )


async def token(conn: AsyncConnection, token_hash: str, now: int) -> sa.Row[*tuple[Any, ...]] | None:
    """Device, customer and chain of a token that is not over."""
    query = sa.select(device_token.c.device, device_token.c.customer, device_token.c.chain)
    live = query.where(device_token.c.hash == token_hash, device_token.c.expires_at > now)
    return (await conn.execute(live)).first()


async def drop_token(conn: AsyncConnection, token_hash: str, *, device: str) -> bool:
    removal = device_token.delete().where(device_token.c.hash == token_hash, device_token.c.device == device)
    return (await conn.execute(removal)).rowcount == 1


async def drop_all_tokens(conn: AsyncConnection) -> None:
    await conn.execute(device_token.delete())


async def forget_customer(conn: AsyncConnection, customer: str) -> None:
    """Signs them out on every device, and keeps nothing that names them (INV-H5)."""
    await conn.execute(device_token.delete().where(device_token.c.customer == customer))
    await conn.execute(device_sign_in.delete().where(device_sign_in.c.customer == customer))


async def purge(conn: AsyncConnection, now: int) -> None:
    await conn.execute(device_sign_in.delete().where(device_sign_in.c.expires_at <= now - KEPT_MS))
    await conn.execute(device_token.delete().where(device_token.c.expires_at <= now))


def _sign_in(row: sa.Row[*tuple[Any, ...]] | None) -> SignIn | None:
    if row is None:
        return None
    return SignIn(
        device=row.device,
        model=row.model,
        chain=row.chain,
        state=State(row.state),
        customer=row.customer,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        interval_s=row.interval_s,
        polled_at=row.polled_at,
    )
