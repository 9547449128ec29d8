"""Counts questions before they are answered, so that a crash or a parallel one does not make them free.

The table names nobody: subjects are keyed hashes (INV-C4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from care.desk.limits import Limit, Wait, take
from care.ports import Refusal
from care.units.store import insert_into

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.desk.ground import Ground

metadata = sa.MetaData()

pace = sa.Table(
    "pace",
    metadata,
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("free_at", sa.BigInteger, nullable=False),
)


class Counter:
    """Each limit together with whom it holds for; "" is all together."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def take(self, *limits: tuple[Limit, str], cost: int = 1) -> None:
        """Counts `cost` questions under every limit, or none of them. Raises Refusal `too-many`."""
        wait = await self._wait(limits, cost)
        if wait is not None:
            raise Refusal("too-many", retry_after_s=-(-wait.ms // 1000))

    async def can_afford(self, *limits: tuple[Limit, str], cost: int) -> bool:
        """Whether they were counted: for what is an extra, and simply left out where it is too much."""
        return await self._wait(limits, cost) is None

    async def _wait(self, limits: tuple[tuple[Limit, str], ...], cost: int) -> Wait | None:
        now = self._ground.now()
        try:
            async with self._ground.storage.write("pace") as conn:
                for limit, who in limits:
                    await _take(conn, self._ground.hashed("pace", limit.name, who), limit, now, cost)
        except _TooMany as refused:
            return refused.wait
        return None


class _TooMany(Exception):  # noqa: N818 - ends a transaction that is not to be kept
    def __init__(self, wait: Wait) -> None:
        super().__init__()
        self.wait = wait


async def _take(conn: AsyncConnection, subject: str, limit: Limit, now: int, cost: int) -> None:
    await conn.execute(insert_into(conn, pace).values(subject=subject, free_at=now).on_conflict_do_nothing())
    query = sa.select(pace.c.free_at).where(pace.c.subject == subject).with_for_update()
    match take((await conn.execute(query)).scalar_one(), limit, now, cost):
        case Wait() as wait:
            raise _TooMany(wait)
        case free_at:
            await conn.execute(pace.update().where(pace.c.subject == subject).values(free_at=free_at))


async def drop_free(conn: AsyncConnection, now: int) -> None:
    """Those that have nothing on their account."""
    await conn.execute(pace.delete().where(pace.c.free_at <= now))
