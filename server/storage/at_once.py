"""A whole transaction on SQLite in one hand-over to the connection's own thread.

The async driver hands each step of each statement over by itself: some twenty ways between two threads for
one leaf, which is most of what a command waits for before it may go on (INV-D1). Here the work runs there,
from BEGIN to COMMIT, on the same connection and with the same statements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Connection, Engine, Executable
    from sqlalchemy.engine import CursorResult
    from sqlalchemy.ext.asyncio import AsyncConnection


class AtOnce:
    """Transactions of work that awaits nothing but its connection."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._raw: sqlite3.Connection | None = None

    async def write(
        self,
        conn: AsyncConnection,
        work: Callable[[AsyncConnection], Awaitable[None]],
        passing: Callable[[str], None],
    ) -> None:
        """Runs `work` on the connection, in a transaction of its own: all of it is on disk, or nothing.

        `passing` hears of its places, "begin" and "commit". If it is given up its connection must be, too:
        whatever still runs there ends with it.
        """
        driver = (await conn.get_raw_connection()).driver_connection
        assert driver is not None
        try:
            # SQLAlchemy hands its own steps over by the same door; the driver has no public one.
            await driver._execute(lambda: self._transact(driver._conn, work, passing))  # noqa: SLF001
        except BaseException:
            await conn.invalidate()
            raise

    def _transact(
        self,
        raw: sqlite3.Connection,
        work: Callable[[AsyncConnection], Awaitable[None]],
        passing: Callable[[str], None],
    ) -> None:
        with self._bound_to(raw).connect() as conn:
            raw.execute("BEGIN IMMEDIATE")
            try:
                passing("begin")
                _finish(work(cast("AsyncConnection", _InThread(conn))))
                passing("commit")
                raw.execute("COMMIT")
            except BaseException:
                if raw.in_transaction:
                    raw.rollback()
                raise

    def _bound_to(self, raw: sqlite3.Connection) -> Engine:
        if self._engine is None or self._raw is not raw:
            self._raw = raw
            self._engine = create_engine(
                "sqlite://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True
            )
        return self._engine


class _InThread:
    """As much of an AsyncConnection as writing a leaf needs; nothing of it ever waits."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        return self._conn.execute(statement, parameters)


def _finish(work: Awaitable[None]) -> None:
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration:
        return
    raise RuntimeError("work that is done at once waits for nothing but its connection")
