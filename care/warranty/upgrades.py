"""Table and queries of upgrades; at most one of a piece waits or is done (R88)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from care.warranty import upgrade_machine as machine
from care.warranty.store import metadata
from care.warranty.upgrade_machine import Event, State

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

REFERENCE_MOST: Final = 64
"""Characters of what proves that a device was online."""
_LIVE: Final = sa.text("state <> 'cancelled'")
_WAITS: Final = (State.REQUESTED.value, State.WAITING_ONLINE.value)

upgrade = sa.Table(
    "upgrade",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("customer", sa.String(32), nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attestation", sa.String(REFERENCE_MOST), nullable=False, server_default=""),
    sa.Column("online_on", sa.Date),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
    sa.Index("upgrade_live", "unit", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """`online_on` is the day in its owner's market; `attestation` names the proof of being online."""

    id: str
    unit: str
    customer: str
    state: State
    created_at: int
    attestation: str = ""
    online_on: date | None = None


async def add(conn: AsyncConnection, new: Upgrade) -> None:
    """The caller holds the piece, so that there is no second one."""
    await conn.execute(
        upgrade.insert().values(
            id=new.id,
            unit=new.unit,
            customer=new.customer,
            state=new.state.value,
            created_at=new.created_at,
        )
    )


async def live(conn: AsyncConnection, unit: str) -> Upgrade | None:
    """The one that waits or is done."""
    query = sa.select(upgrade).where(upgrade.c.unit == unit, upgrade.c.state != State.CANCELLED.value)
    row = (await conn.execute(query)).first()
    return None if row is None else _upgrade(row)


async def live_of(conn: AsyncConnection, units: Collection[str]) -> dict[str, Upgrade]:
    query = sa.select(upgrade).where(upgrade.c.unit.in_(units), upgrade.c.state != State.CANCELLED.value)
    return {row.unit: _upgrade(row) for row in await conn.execute(query)}


async def of_customer(conn: AsyncConnection, customer: str) -> list[Upgrade]:
    query = sa.select(upgrade).where(upgrade.c.customer == customer).order_by(upgrade.c.id)
    return [_upgrade(row) for row in await conn.execute(query)]


async def move(
    conn: AsyncConnection,
    one: Upgrade,
    event: Event,
    now: int,
    *,
    attestation: str = "",
    online_on: date | None = None,
) -> Upgrade | None:
    """The upgrade after the event; None where it is refused, or came from another state meanwhile."""
    state = machine.after(one.state, event)
    if state is None:
        return None
    change = (
        upgrade.update()
        .where(upgrade.c.id == one.id, upgrade.c.state == one.state.value)
        .values(
            state=state.value,
            attestation=attestation,
            online_on=online_on,
            ended_at=None if state.value in _WAITS else now,
        )
        .returning(upgrade)
    )
    row = (await conn.execute(change)).first()
    return None if row is None else _upgrade(row)


async def name_anew(conn: AsyncConnection, customer: str, other: str) -> None:
    """Whoever asked is somebody unknown from now on."""
    await conn.execute(upgrade.update().where(upgrade.c.customer == customer).values(customer=other))


def _upgrade(row: sa.Row[*tuple[object, ...]]) -> Upgrade:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Upgrade(
        id=fields["id"],
        unit=fields["unit"],
        customer=fields["customer"],
        state=State(fields["state"]),
        created_at=fields["created_at"],
        attestation=fields["attestation"],
        online_on=fields["online_on"],
    )
