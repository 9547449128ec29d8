"""Opens the database, brings its tables up to date and hands out transactions.

SQLite: one writer at a time, begun with BEGIN IMMEDIATE so that a reader never has to become a writer half
way, and synced to disk at every commit (INV-E1). PostgreSQL: a small pool. Nothing waits without a limit, so
that a stopped database refuses new sessions instead of collecting waiting ones (INV-H2).
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from server.storage import failpoint, migrate
from server.storage.at_once import AtOnce
from server.storage.change import Changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.engine import URL, Connection

    from server.storage.change import Change

# Below the 5 s after which an unlogged command ends its session (SPEC §6).
PATIENCE_S = 4.0
_POOL_WAIT_S = 3.0
_READERS = 4
_POSTGRES_READS = 6
_POSTGRES_WRITES = 5


class StorageAway(SQLAlchemyError):  # noqa: N818 - a state of the world, named as the code speaks of it
    """The database did not answer, or not in time.

    It is an SQLAlchemyError because features know SQLAlchemy and not this module.
    """


@contextmanager
def _away_by_one_name() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, InternalError, PoolTimeoutError) as error:
        raise StorageAway(type(error).__name__) from error
    except DBAPIError as error:
        if error.connection_invalidated or _is_busy(error):
            raise StorageAway(type(error).__name__) from error
        raise
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StorageAway(type(error).__name__) from error


# PostgreSQL's classes: connection, rolled back for others, out of room, lock not had in time, stopped by a
# hand, system. The driver gives them no class of their own, and none of them is a fault of the statement.
_BUSY: Final = ("08", "40", "53", "55", "57", "58")


def _is_busy(error: DBAPIError) -> bool:
    return str(getattr(error.orig, "sqlstate", "") or "").startswith(_BUSY)


@dataclass(frozen=True, slots=True)
class _Pools:
    """Connections, and how many transactions of each kind they serve at once beside the one of the log."""

    reader: AsyncEngine
    writer: AsyncEngine
    reads: int
    writes: int
    changes: Changes | None = None


class Database:
    """Transactions on one open database."""

    def __init__(self, pools: _Pools, point: failpoint.Failpoint) -> None:
        self._reader = pools.reader
        self._writer = pools.writer
        self._reads = asyncio.Semaphore(pools.reads)
        self._writes = asyncio.Semaphore(pools.writes)
        self._changes = pools.changes
        self._point = point
        self._at_once = AtOnce() if pools.reader is not pools.writer else None

    @classmethod
    async def open(cls, url: str) -> Database:
        """The database with all migrations applied. `sqlite:///file` or `postgresql://...`."""
        parsed = make_url(url)
        pools = _open_sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _open_postgres(parsed)
        database = cls(pools, failpoint.from_environment())
        try:
            await database.migrate()
        except BaseException:
            await database.close()
            raise
        return database

    async def migrate(self) -> None:
        """Brings the tables up to date, all or nothing: an interrupted upgrade runs again (INV-E5)."""
        with _away_by_one_name():
            async with self._writer.begin() as conn:
                await conn.run_sync(migrate.upgrade)

    def change(self) -> Change | None:
        """Another one whenever any process has committed since; None where that is not known."""
        return self._changes.now() if self._changes else None

    async def close(self) -> None:
        if self._changes:
            self._changes.close()
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent view. Writing through it is refused."""
        with _away_by_one_name():
            async with asyncio.timeout(PATIENCE_S), self._reads, self._reader.begin() as conn:
                if conn.dialect.name == "postgresql":
                    await conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                yield conn

    @asynccontextmanager
    async def write(self, step: str) -> AsyncIterator[AsyncConnection]:
        """One transaction, on disk when the block has ended without an exception.

        `step` names it for tests that stop the process at it: `STEP.begin`, `STEP.commit`, `STEP.committed`.
        After StorageAway the outcome is unknown: callers must be able to live with either.
        """
        with _away_by_one_name():
            async with asyncio.timeout(PATIENCE_S), self._writes, self._transaction(step) as conn:
                yield conn
        self._point.passing(step, "committed")

    @asynccontextmanager
    async def write_first(self, step: str) -> AsyncIterator[AsyncConnection]:
        """The same before all who wait already."""
        with _away_by_one_name():
            async with asyncio.timeout(PATIENCE_S), self._transaction(step) as conn:
                yield conn
        self._point.passing(step, "committed")

    async def write_at_once(self, step: str, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        """`work` in a transaction before all who wait already; it awaits nothing but its connection.

        The same promises, quicker where the database is a file.
        """
        if self._at_once is None:
            async with self.write_first(step) as conn:
                await work(conn)
            return
        with _away_by_one_name():
            async with asyncio.timeout(PATIENCE_S), self._writer.connect() as conn:
                await self._at_once.write(conn, work, lambda place: self._point.passing(step, place))
        self._point.passing(step, "committed")

    @asynccontextmanager
    async def _transaction(self, step: str) -> AsyncIterator[AsyncConnection]:
        async with self._writer.begin() as conn:
            self._point.passing(step, "begin")
            yield conn
            self._point.passing(step, "commit")


class FirstInLine:
    """The database for the log of the live sessions, which is one writer and waits for one other at most.

    Otherwise whoever makes many others write, or wait to, ends every session of the node: no command is
    forwarded before it is recorded (INV-D1, INV-H1).
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.read()

    def write(self, step: str) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.write_first(step)

    async def write_at_once(self, step: str, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        await self._database.write_at_once(step, work)


def _open_sqlite(url: URL) -> _Pools:
    url = url.set(drivername="sqlite+aiosqlite")
    writer = _sqlite_engine(url, size=1, begin="BEGIN IMMEDIATE", pragmas=("synchronous=FULL",))
    reader = _sqlite_engine(url, size=_READERS, begin="BEGIN", pragmas=("query_only=ON",))
    changes = Changes(Path(url.database)) if url.database else None
    return _Pools(reader, writer, reads=_READERS, writes=1, changes=changes)


class _Connection(sqlite3.Connection):
    """Closed, it holds no lock.

    SQLite keeps a closed connection, with its transaction, while a statement of it is not read to its end;
    Python keeps the statement of a writer that was given up until it collects its garbage, and for minutes
    nobody could write (https://www.sqlite.org/c3ref/close.html).
    """

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()


def _sqlite_engine(url: URL, *, size: int, begin: str, pragmas: tuple[str, ...]) -> AsyncEngine:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=_POOL_WAIT_S,
        hide_parameters=True,  # locators and hashes stay out of errors and logs (INV-C4)
        connect_args={"timeout": _POOL_WAIT_S, "factory": _Connection},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite(pragmas))
    event.listen(engine.sync_engine, "begin", _begin_with(begin))
    return engine


def _prepare_sqlite(pragmas: tuple[str, ...]) -> Callable[[Any, object], None]:
    def prepare(raw: Any, _record: object) -> None:
        # The driver's own transactions begin late and never for DDL; ours are begun by _begin_with.
        raw.isolation_level = None
        cursor = raw.cursor()
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return prepare


def _begin_with(statement: str) -> Callable[[Connection], None]:
    def begin(conn: Connection) -> None:
        conn.exec_driver_sql(statement)

    return begin


def _open_postgres(url: URL) -> _Pools:
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_size=_POSTGRES_READS + _POSTGRES_WRITES + 1,
        max_overflow=0,
        pool_timeout=_POOL_WAIT_S,
        hide_parameters=True,  # locators and hashes stay out of errors and logs (INV-C4)
        pool_pre_ping=True,
        connect_args={
            "timeout": _POOL_WAIT_S,
            "command_timeout": PATIENCE_S,
            "server_settings": {
                "synchronous_commit": "on",
                "lock_timeout": "3000",
                "idle_in_transaction_session_timeout": "10000",
                "application_name": "alongside",
            },
        },
    )
    return _Pools(engine, engine, reads=_POSTGRES_READS, writes=_POSTGRES_WRITES)


SQLITE_FLOOR = (3, 35)  # UPDATE ... RETURNING
assert sqlite3.sqlite_version_info >= SQLITE_FLOOR, "SQLite is too old"
