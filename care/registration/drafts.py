"""A registration that is being filled in, step by step, on pages that keep nothing themselves (R25-R30).

It is its customer's alone, and forgotten after a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from care.identifiers import SERIAL_LONG
from care.limits import CODE_MOST
from care.registration.rules import Channel
from care.registration.store import metadata

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

LIFE_MS: Final = 24 * 3_600_000
MOST: Final = 20
"""Of one customer at a time; the oldest goes."""

draft = sa.Table(
    "registration_draft",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("customer", sa.String(32), nullable=False, index=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("number", sa.String(SERIAL_LONG), nullable=False),
    sa.Column("model", sa.String(CODE_MOST), nullable=False, server_default=""),
    sa.Column("sighting", sa.String(32), nullable=False, server_default=""),
    sa.Column("label", sa.String(200), nullable=False, server_default=""),
    sa.Column("begun_at", sa.BigInteger, nullable=False, index=True),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """`label` is the text of the code that was scanned, "" where the number was typed or seen.

    When and where it was bought comes with the last step, and is not kept here.
    """

    id: str
    customer: str
    channel: Channel
    number: str
    model: str = ""
    sighting: str = ""
    label: str = ""
    bought_on: date | None = None
    shop: str = ""


async def put(conn: AsyncConnection, one: Draft, *, now: int) -> None:
    """Begins it."""
    await conn.execute(
        draft.insert().values(
            id=one.id,
            customer=one.customer,
            channel=one.channel.value,
            number=one.number,
            model=one.model,
            sighting=one.sighting,
            label=one.label,
            begun_at=now,
        )
    )
    newest = (
        sa.select(draft.c.id)
        .where(draft.c.customer == one.customer)
        .order_by(draft.c.begun_at.desc(), draft.c.id.desc())
        .limit(MOST)
    )
    await conn.execute(
        draft.delete().where(draft.c.customer == one.customer, draft.c.id.not_in(newest.scalar_subquery()))
    )


async def get(conn: AsyncConnection, draft_id: str, customer: str, *, now: int) -> Draft | None:
    """One of theirs; another's, and one that is over, is as if there were none (I9)."""
    query = sa.select(draft).where(
        draft.c.id == draft_id, draft.c.customer == customer, draft.c.begun_at > now - LIFE_MS
    )
    row = (await conn.execute(query)).first()
    if row is None:
        return None
    return Draft(
        id=row.id,
        customer=row.customer,
        channel=Channel(row.channel),
        number=row.number,
        model=row.model,
        sighting=row.sighting,
        label=row.label,
    )


async def choose(conn: AsyncConnection, draft_id: str, customer: str, model: str) -> None:
    """The model that was picked from the lists."""
    await conn.execute(
        draft.update().where(draft.c.id == draft_id, draft.c.customer == customer).values(model=model)
    )


async def drop_of(conn: AsyncConnection, customer: str) -> None:
    """All of theirs."""
    await conn.execute(draft.delete().where(draft.c.customer == customer))


async def forget(conn: AsyncConnection, now: int) -> None:
    """Erases those that nobody finished."""
    await conn.execute(draft.delete().where(draft.c.begun_at <= now - LIFE_MS))
