"""Days of purchase that the maker confirmed: one counts for each piece, a correction supersedes it (R47)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from care.warranty.rules import Confirmation
from care.warranty.store import metadata

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

DOCUMENT_MOST: Final = 64
_CURRENT: Final = sa.text("superseded_at IS NULL")

confirmation = sa.Table(
    "purchase_confirmation",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("confirmed_on", sa.Date, nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("document", sa.String(DOCUMENT_MOST), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("superseded_at", sa.BigInteger),
    sa.Index(
        "purchase_confirmation_current",
        "unit",
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    ),
)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The day, how the maker knows it, and the number of the order or of the activation's record."""

    confirmed_on: date
    source: Confirmation
    document: str


async def of(conn: AsyncConnection, unit: str) -> Confirmed | None:
    """What counts now."""
    query = sa.select(confirmation).where(confirmation.c.unit == unit, confirmation.c.superseded_at.is_(None))
    row = (await conn.execute(query)).first()
    return None if row is None else Confirmed(row.confirmed_on, Confirmation(row.source), row.document)


async def put(conn: AsyncConnection, unit: str, new: Confirmed, *, id_: str, now: int) -> None:
    """Counts from now on; the one before stays in the history. The caller holds the piece."""
    await conn.execute(
        confirmation.update()
        .where(confirmation.c.unit == unit, confirmation.c.superseded_at.is_(None))
        .values(superseded_at=now)
    )
    await conn.execute(
        confirmation.insert().values(
            id=id_,
            unit=unit,
            confirmed_on=new.confirmed_on,
            source=new.source.value,
            document=new.document,
            created_at=now,
        )
    )
