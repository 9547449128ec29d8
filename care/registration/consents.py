"""What customers agreed to: rows that are added and never changed, but for whose they were (D11, I20)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from care.registration.store import consent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.registration.rules import Channel


class Kind(StrEnum):
    TERMS = "terms"
    OWN_DEVICE = "own_device"


@dataclass(frozen=True, slots=True)
class Consent:
    """`version` is that of the terms which were shown."""

    kind: str
    version: str
    given: bool
    language: str
    channel: str
    at: int


async def add(
    conn: AsyncConnection,
    customer: str,
    kinds: Sequence[Kind],
    *,
    version: str,
    language: str,
    channel: Channel,
    new_id: Callable[[], str],
    now: int,
) -> None:
    await conn.execute(
        consent.insert(),
        [
            {
                "id": new_id(),
                "customer": customer,
                "kind": kind.value,
                "version": version,
                "given": True,
                "language": language,
                "channel": channel.value,
                "at": now,
            }
            for kind in kinds
        ],
    )


async def of_customer(conn: AsyncConnection, customer: str) -> list[Consent]:
    query = sa.select(consent).where(consent.c.customer == customer).order_by(consent.c.id)
    return [
        Consent(row.kind, row.version, row.given, row.language, row.channel, row.at)
        for row in await conn.execute(query)
    ]


async def name_anew(conn: AsyncConnection, customer: str, other: str) -> None:
    """That somebody agreed stays, who it was does not (I20)."""
    await conn.execute(consent.update().where(consent.c.customer == customer).values(customer=other))
