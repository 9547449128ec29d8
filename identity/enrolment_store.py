"""One-time codes that enrol a device. Code and device are kept as keyed hashes only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from identity.rules import ENROL_AGAIN_MS, ENROL_KEPT_MS
from identity.store import metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

# In the place of a device: the code was open when a server started, so it may be older than its use.
VOID: Final = ""

enrol_code = sa.Table(
    "enrol_code",
    metadata,
    sa.Column("hash", sa.String(43), primary_key=True),
    sa.Column("chain", sa.String(32), nullable=False),
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("used_by", sa.String(43), nullable=True),
    sa.Column("used_at", sa.BigInteger, nullable=True),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit that waits for its device; `chain` is where the record tells of it."""

    chain: str
    unit: str
    model: str
    used_at: int = 0


@dataclass(frozen=True, slots=True)
class Shut:
    """Why a code opens nothing, for the record alone; `chain` is that of its offer, or ""."""

    why: str
    chain: str = ""


_OFFERED: Final = (enrol_code.c.chain, enrol_code.c.unit, enrol_code.c.model, enrol_code.c.used_at)


async def add(conn: AsyncConnection, code_hash: str, offer: Offer, *, expires_at: int) -> None:
    await conn.execute(
        enrol_code.insert().values(
            hash=code_hash, chain=offer.chain, unit=offer.unit, model=offer.model, expires_at=expires_at
        )
    )


async def take(conn: AsyncConnection, code_hash: str, *, device: str, now: int) -> Offer | None:
    """The unit, for the one device that uses the code first: one conditional update decides."""
    change = (
        enrol_code.update()
        .where(enrol_code.c.hash == code_hash, enrol_code.c.used_by.is_(None), enrol_code.c.expires_at > now)
        .values(used_by=device, used_at=now)
        .returning(*_OFFERED)
    )
    return _offer((await conn.execute(change)).first())


async def taken(conn: AsyncConnection, code_hash: str, *, device: str, now: int) -> Offer | None:
    """The unit, for the device that used the code already and lost the answer."""
    query = sa.select(*_OFFERED).where(
        enrol_code.c.hash == code_hash,
        enrol_code.c.used_by == device,
        enrol_code.c.used_at > now - ENROL_AGAIN_MS,
    )
    return _offer((await conn.execute(query)).first())


async def opens(conn: AsyncConnection, code_hash: str, *, device: str, now: int) -> bool:
    """Whether `take` or `taken` would find the unit for this device just now."""
    is_open = sa.and_(enrol_code.c.used_by.is_(None), enrol_code.c.expires_at > now)
    is_own = sa.and_(enrol_code.c.used_by == device, enrol_code.c.used_at > now - ENROL_AGAIN_MS)
    query = sa.select(enrol_code.c.hash).where(enrol_code.c.hash == code_hash, is_open | is_own)
    return (await conn.execute(query)).first() is not None


async def shut(conn: AsyncConnection, code_hash: str) -> Shut:
    """Of a code that opened nothing just now: why."""
    query = sa.select(enrol_code.c.used_by, enrol_code.c.chain).where(enrol_code.c.hash == code_hash)
    row = (await conn.execute(query)).first()
    if row is None:
        return Shut("unknown")
    why = "expired" if row.used_by is None else "void" if row.used_by == VOID else "used"
    return Shut(why, row.chain)


async def void_some(conn: AsyncConnection, now: int, most: int) -> list[str]:
    """The chains of codes that were open and are no longer."""
    is_open = sa.and_(enrol_code.c.used_by.is_(None), enrol_code.c.expires_at > now)
    some = sa.select(enrol_code.c.hash).where(is_open).order_by(enrol_code.c.hash).limit(most)
    change = (
        enrol_code.update()
        .where(enrol_code.c.hash.in_(some), is_open)
        .values(used_by=VOID)
        .returning(enrol_code.c.chain)
    )
    return [row.chain for row in await conn.execute(change)]


async def purge(conn: AsyncConnection, now: int) -> None:
    """Erases codes that nobody can ask about any more, and with them which unit they were for."""
    await conn.execute(enrol_code.delete().where(enrol_code.c.expires_at <= now - ENROL_KEPT_MS))


def _offer(row: sa.Row[*tuple[Any, ...]] | None) -> Offer | None:
    return None if row is None else Offer(row.chain, row.unit, row.model, row.used_at)
