"""Table and queries of customers. One that is erased is found by nothing here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from identity.customers.rules import Kind, State
from identity.store import metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

customer = sa.Table(
    "customer",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    # The one spelling by which a customer is found; nobody's once it was erased.
    sa.Column("email_key", sa.String(320), unique=True),
    sa.Column("email", sa.String(320), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("market", sa.String(2), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("verified_at", sa.BigInteger),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Customer:
    """Whose account it is. `email` is the address as they typed it; `version` counts changes of this."""

    id: str
    email: str
    name: str
    language: str
    market: str
    kind: Kind
    verified: bool
    created_at: int
    version: int


@dataclass(frozen=True, slots=True)
class Credential:
    customer: Customer
    password_hash: str | None


SHOWN = (
    customer.c.id,
    customer.c.email,
    customer.c.name,
    customer.c.language,
    customer.c.market,
    customer.c.kind,
    customer.c.verified_at,
    customer.c.created_at,
    customer.c.version,
)
ACTIVE = customer.c.state == State.ACTIVE.value


def customer_in(row: sa.Row[*tuple[Any, ...]]) -> Customer:
    """The customer in a row that has the columns SHOWN."""
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Customer(
        id=fields["id"],
        email=fields["email"],
        name=fields["name"],
        language=fields["language"],
        market=fields["market"],
        kind=Kind(fields["kind"]),
        verified=fields["verified_at"] is not None,
        created_at=fields["created_at"],
        version=fields["version"],
    )


async def add_customer(conn: AsyncConnection, new: Customer, *, email_key: str, password_hash: str) -> bool:
    """False when the address is taken; the unique key decides, not a look beforehand."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    values = {
        "id": new.id,
        "email_key": email_key,
        "email": new.email,
        "name": new.name,
        "language": new.language,
        "market": new.market,
        "kind": new.kind.value,
        "password_hash": password_hash,
        "state": State.ACTIVE.value,
        "created_at": new.created_at,
        "version": new.version,
    }
    change = insert(customer).values(**values).on_conflict_do_nothing().returning(customer.c.id)
    return (await conn.execute(change)).first() is not None


async def credential(conn: AsyncConnection, email_key: str) -> Credential | None:
    query = sa.select(*SHOWN, customer.c.password_hash).where(customer.c.email_key == email_key, ACTIVE)
    row = (await conn.execute(query)).first()
    return None if row is None else Credential(customer_in(row), row.password_hash)


async def held(conn: AsyncConnection, customer_id: str) -> Credential | None:
    """The customer, whose row nobody else changes until the transaction ends; None once erased."""
    query = sa.select(*SHOWN, customer.c.password_hash).where(customer.c.id == customer_id, ACTIVE)
    row = (await conn.execute(query.with_for_update())).first()
    return None if row is None else Credential(customer_in(row), row.password_hash)


async def by_id(conn: AsyncConnection, customer_id: str) -> Customer | None:
    row = (await conn.execute(sa.select(*SHOWN).where(customer.c.id == customer_id, ACTIVE))).first()
    return None if row is None else customer_in(row)


async def set_password_hash(conn: AsyncConnection, customer_id: str, password_hash: str) -> None:
    change = customer.update().where(customer.c.id == customer_id, ACTIVE)
    await conn.execute(change.values(password_hash=password_hash))


async def set_verified(conn: AsyncConnection, customer_id: str, now: int) -> bool:
    """True where it was not before."""
    change = (
        customer.update()
        .where(customer.c.id == customer_id, ACTIVE, customer.c.verified_at.is_(None))
        .values(verified_at=now, version=customer.c.version + 1)
    )
    return (await conn.execute(change)).rowcount == 1


async def set_details(
    conn: AsyncConnection, customer_id: str, *, version: int, name: str, language: str, market: str
) -> Customer | None:
    """The customer as they are then; None where they have changed since `version`."""
    change = (
        customer.update()
        .where(customer.c.id == customer_id, ACTIVE, customer.c.version == version)
        .values(name=name, language=language, market=market, version=version + 1)
        .returning(*SHOWN)
    )
    row = (await conn.execute(change)).first()
    return None if row is None else customer_in(row)


async def erase(conn: AsyncConnection, customer_id: str) -> bool:
    """Leaves an empty row; False where there was none to erase (I20)."""
    change = (
        customer.update()
        .where(customer.c.id == customer_id, ACTIVE)
        .values(
            email_key=None,
            email="",
            name="",
            language="",
            market="",
            password_hash=None,
            verified_at=None,
            state=State.ERASED.value,
            version=customer.c.version + 1,
        )
    )
    return (await conn.execute(change)).rowcount == 1
