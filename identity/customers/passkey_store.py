"""Tables and queries of passkeys (WebAuthn Level 3). Challenges are kept as hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from identity.store import metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.customers.rules import ChallengeKind

passkey = sa.Table(
    "passkey",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    # b64; of at most 1,023 bytes (WebAuthn §4).
    sa.Column("credential_id", sa.String(1364), nullable=False, unique=True),
    sa.Column("customer", sa.String(32), sa.ForeignKey("customer.id"), nullable=False, index=True),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("used_at", sa.BigInteger),
)

passkey_challenge = sa.Table(
    "passkey_challenge",
    metadata,
    sa.Column("hash", sa.String(43), primary_key=True),
    sa.Column("customer", sa.String(32), sa.ForeignKey("customer.id"), index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
)


@dataclass(frozen=True, slots=True)
class Passkey:
    """`name` is what its owner calls it; `credential_id` in b64; `used_at` None before its first use."""

    id: str
    credential_id: str
    customer: str
    public_key: bytes
    sign_count: int
    name: str
    created_at: int
    used_at: int | None = None


_COLUMNS = tuple(passkey.c[name] for name in Passkey.__dataclass_fields__)


async def add(conn: AsyncConnection, new: Passkey) -> bool:
    """False where there is a passkey of this credential already, whosever."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    values = {column.name: getattr(new, column.name) for column in _COLUMNS}
    change = insert(passkey).values(**values).on_conflict_do_nothing().returning(passkey.c.id)
    return (await conn.execute(change)).first() is not None


async def of_customer(conn: AsyncConnection, customer_id: str) -> list[Passkey]:
    """Their passkeys, the oldest first."""
    query = sa.select(*_COLUMNS).where(passkey.c.customer == customer_id)
    rows = await conn.execute(query.order_by(passkey.c.created_at, passkey.c.id))
    return [Passkey(*row) for row in rows]


async def by_credential(conn: AsyncConnection, credential_id: str) -> Passkey | None:
    query = sa.select(*_COLUMNS).where(passkey.c.credential_id == credential_id)
    row = (await conn.execute(query)).first()
    return None if row is None else Passkey(*row)


async def use(conn: AsyncConnection, used: Passkey, *, sign_count: int, now: int) -> bool:
    """False where it was removed or used meanwhile."""
    change = (
        passkey.update()
        .where(passkey.c.id == used.id, passkey.c.sign_count == used.sign_count)
        .values(sign_count=sign_count, used_at=now)
    )
    return (await conn.execute(change)).rowcount == 1


async def remove(conn: AsyncConnection, passkey_id: str, *, customer_id: str) -> bool:
    """False where this customer has no such passkey (INV-G2)."""
    removal = passkey.delete().where(passkey.c.id == passkey_id, passkey.c.customer == customer_id)
    return (await conn.execute(removal)).rowcount == 1


async def add_challenge(
    conn: AsyncConnection,
    challenge_hash: str,
    *,
    customer_id: str | None,
    kind: ChallengeKind,
    expires_at: int,
    most: int,
) -> None:
    """Adds a challenge; a customer who has `most` loses the oldest. Those of nobody are limited by source."""
    if customer_id is not None:
        mine = passkey_challenge.c.customer == customer_id
        kept = (
            sa.select(passkey_challenge.c.hash)
            .where(mine)
            .order_by(passkey_challenge.c.expires_at.desc(), passkey_challenge.c.hash)
            .limit(most - 1)
        )
        await conn.execute(passkey_challenge.delete().where(mine, passkey_challenge.c.hash.not_in(kept)))
    await conn.execute(
        passkey_challenge.insert().values(
            hash=challenge_hash, customer=customer_id, kind=kind.value, expires_at=expires_at
        )
    )


async def take_challenge(
    conn: AsyncConnection, challenge_hash: str, *, customer_id: str | None, kind: ChallengeKind, now: int
) -> bool:
    """True once: the delete that finds the row is the only use of the challenge."""
    whose = passkey_challenge.c.customer
    removal = (
        passkey_challenge.delete()
        .where(
            passkey_challenge.c.hash == challenge_hash,
            passkey_challenge.c.kind == kind.value,
            passkey_challenge.c.expires_at > now,
            whose.is_(None) if customer_id is None else whose == customer_id,
        )
        .returning(passkey_challenge.c.hash)
    )
    return (await conn.execute(removal)).first() is not None


async def drop_all(conn: AsyncConnection, customer_id: str) -> None:
    for table in (passkey, passkey_challenge):
        await conn.execute(table.delete().where(table.c.customer == customer_id))


async def purge(conn: AsyncConnection, now: int) -> None:
    """Erases challenges that nobody answered (INV-H5)."""
    await conn.execute(passkey_challenge.delete().where(passkey_challenge.c.expires_at <= now))
