"""The relay's database: the product's own SQL on SQLite in memory, with the failures a real one has.

A transaction is kept once its commit is done, and then over any crash; before that a crash loses it. In
between the store may fail in doubt: the commit happened and the answer was lost, or it did not.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sqlite3
from collections import namedtuple
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.pool import StaticPool

from server.storage import migrate
from server.storage.engine import PATIENCE_S, StorageAway

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from tests.sim.loop import Process, VirtualLoop
    from tests.sim.oracle import Oracle

_DIALECT: Final = pysqlite.dialect()

# The database itself notes what must never happen in it, whoever asks for it.
_WATCH: Final = """
CREATE TABLE sim_breach (what TEXT NOT NULL);
CREATE TRIGGER sim_spent AFTER UPDATE ON pin WHEN OLD.state <> 'issued' AND NEW.state <> OLD.state
BEGIN INSERT INTO sim_breach VALUES ('INV-A1 a code left its last state ' || OLD.state); END;
CREATE TRIGGER sim_ended AFTER UPDATE ON session WHEN OLD.reason IS NOT NULL AND NEW.reason IS NOT OLD.reason
BEGIN INSERT INTO sim_breach VALUES ('INV-B6 a session changed its reason from ' || OLD.reason); END;
CREATE TRIGGER sim_revived AFTER UPDATE ON session WHEN OLD.reason IS NOT NULL
  AND (NEW.active_at IS NOT OLD.active_at OR NEW.paired_at IS NOT OLD.paired_at)
BEGIN INSERT INTO sim_breach VALUES ('INV-B5 a session went on after its end'); END;
"""


@functools.cache
def _template() -> sqlite3.Connection:
    """An empty database with every migration applied."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as conn:
        migrate.upgrade(conn)
    raw = engine.raw_connection().driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.executescript(_WATCH)
    copy = sqlite3.connect(":memory:")
    raw.backup(copy)
    engine.dispose()
    return copy


class Fate(Enum):
    """How a transaction fares."""

    WELL = auto()
    AWAY = auto()  # it cannot begin
    BROKEN = auto()  # a statement fails
    LOST = auto()  # the commit fails, and nothing is kept
    IN_DOUBT = auto()  # the commit is kept, and its answer lost
    HANGS = auto()  # no answer in time; nothing is kept
    HANGS_KEPT = auto()  # no answer in time, and yet it is kept


# What is kept and not answered is what others forget to think of.
_UNWELL: Final = (Fate.AWAY, Fate.BROKEN, Fate.LOST, Fate.HANGS, Fate.HANGS_KEPT, *[Fate.IN_DOUBT] * 3)


@dataclass(slots=True)
class Health:
    """How the store is at the moment."""

    failing: float = 0.0  # the part of the transactions that fails
    slow: float = 0.0  # seconds that a commit takes at most
    away: bool = False
    unsynced: bool = False  # a sabotage: answers before anything is on the disk


class Store:
    """The database. It outlives every relay process."""

    def __init__(self, loop: VirtualLoop, rng: random.Random, oracle: Oracle) -> None:
        self.loop = loop
        self.rng = rng
        self.oracle = oracle
        self.health = Health(slow=0.004)
        self.conn = sqlite3.connect(":memory:", isolation_level=None)
        _template().backup(self.conn)
        self.open: Write | None = None
        self._queue: list[asyncio.Future[None]] = []
        self._readers: list[asyncio.Future[None]] = []
        self._synced: sqlite3.Connection | None = None

    def close(self) -> None:
        self.conn.close()

    def raw(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.conn.execute(sql, values).fetchall()

    def fate(self) -> Fate:
        if self.health.away:
            return self.rng.choice((Fate.AWAY, Fate.AWAY, Fate.HANGS))
        return self.rng.choice(_UNWELL) if self.rng.random() < self.health.failing else Fate.WELL

    async def pause(self, most: float) -> None:
        await asyncio.sleep(most * self.rng.random() ** 2)  # virtual time
        self.oracle.step("storage")

    async def take_turn(self, write: Write, *, first: bool) -> None:
        while self.open is not None:
            turn: asyncio.Future[None] = self.loop.create_future()
            self._queue.insert(0 if first else len(self._queue), turn)
            try:
                await turn
            finally:
                if turn in self._queue:
                    self._queue.remove(turn)
        self.open = write

    def leave(self, write: Write) -> None:
        if self.open is write:
            self.open = None
            for reader in self._readers:
                if not reader.done():
                    reader.set_result(None)
            self._readers.clear()
            self._next()

    async def quiet(self) -> None:
        """Returns when no transaction is half done: on one connection a reader would see the half."""
        while self.open is not None:
            turn: asyncio.Future[None] = self.loop.create_future()
            self._readers.append(turn)
            await turn

    def keep(self) -> None:
        self.conn.execute("COMMIT")
        if self.health.unsynced and (self._synced is None or self.rng.random() < 0.3):
            self._synced = sqlite3.connect(":memory:")
            self.conn.backup(self._synced)

    def _next(self) -> None:
        while self._queue:
            turn = self._queue.pop(0)
            if not turn.done():
                turn.set_result(None)
                return

    def crash(self) -> None:
        """The process that wrote is dead: its transaction is rolled back, unless it was being committed."""
        if self.open is not None:
            self.open.crash()
            self.open = None
        for turn in (*self._queue, *self._readers):
            turn.cancel()
        self._queue.clear()
        self._readers.clear()
        if self._synced is not None:
            self._synced.backup(self.conn)


class Write:
    """One transaction that writes."""

    def __init__(self, store: Store, step: str) -> None:
        self._store = store
        self.step = step
        self.fate = store.fate()
        self._statements = store.rng.randrange(4)
        self._begun = False
        self._committing = False
        self.over = False

    def begin(self) -> None:
        if self.fate is Fate.AWAY:
            raise StorageAway("away")
        self._store.conn.execute("BEGIN IMMEDIATE")
        self._begun = True

    async def statement(self, statement: sa.Executable, given: dict[str, Any] | None = None) -> Rows:
        store = self._store
        if store.rng.random() < 0.25:
            await store.pause(0.002)
        if self.fate is Fate.BROKEN and self._statements == 0:
            raise StorageAway("broken")
        self._statements -= 1
        return execute(store.conn, statement, given)

    async def commit(self) -> None:
        store = self._store
        self._committing = True
        await store.pause(store.health.slow)
        match self.fate:
            case Fate.LOST | Fate.BROKEN:
                raise StorageAway("lost")
            case Fate.HANGS:
                await asyncio.sleep(2 * PATIENCE_S)  # virtual time
            case Fate.HANGS_KEPT:
                self._keep()
                await asyncio.sleep(2 * PATIENCE_S)  # virtual time
            case Fate.IN_DOUBT:
                self._keep()
                await store.pause(store.health.slow)
                raise StorageAway("in doubt")
            case _:
                self._keep()

    def _keep(self) -> None:
        if self.over:
            raise StorageAway("the process died, and its transaction with it")
        self._store.keep()
        self.over = True
        self._store.oracle.committed(self.step)

    def rollback(self) -> None:
        if self._begun and not self.over:
            self._store.conn.execute("ROLLBACK")
        self.over = True

    def crash(self) -> None:
        if self._committing and not self.over and self._store.rng.random() < 0.5:
            self._keep()
        self.rollback()


class Transactions:
    """The `Storage` of one relay process; `first` serves the log of the live sessions."""

    def __init__(self, store: Store, process: Process, *, first: bool = False) -> None:
        self._store = store
        self._process = process
        self._first = first

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        store = self._store
        if not self._process.alive or store.health.away:
            raise StorageAway("away")
        await store.pause(0.001)
        yield cast("AsyncConnection", _Reading(store))

    def change(self) -> None:
        """Not known: each look is a read."""

    async def write_at_once(self, step: str, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        async with self.write(step) as conn:
            await work(conn)

    @asynccontextmanager
    async def write(self, step: str) -> AsyncIterator[AsyncConnection]:
        if not self._process.alive:
            raise StorageAway("the process is dead")
        write = Write(self._store, step)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._store.pause(0.003)
                await self._store.take_turn(write, first=self._first)
                write.begin()
                yield cast("AsyncConnection", _Writing(write))
                await write.commit()
        except TimeoutError:
            raise StorageAway("no answer in time") from None
        finally:
            if self._process.alive:
                write.rollback()
                self._store.leave(write)


class _Writing:
    dialect = _DIALECT

    def __init__(self, write: Write) -> None:
        self._write = write

    async def execute(self, statement: Any, rows: Sequence[dict[str, Any]] | dict[str, Any] = ()) -> Rows:
        if isinstance(rows, dict) and not isinstance(statement, sa.Insert):
            return await self._write.statement(statement, rows)
        rows = [rows] if isinstance(rows, dict) else rows
        for row in rows[:-1]:
            await self._write.statement(statement.values(row))
        return await self._write.statement(statement.values(rows[-1]) if rows else statement)


class _Reading:
    dialect = _DIALECT

    def __init__(self, store: Store) -> None:
        self._store = store

    async def execute(self, statement: sa.Executable) -> Rows:
        await self._store.quiet()
        return execute(self._store.conn, statement)


class Rows:
    """As much of a result as the product asks for."""

    def __init__(self, rows: Sequence[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def first(self) -> Any:
        return self._rows[0] if self._rows else None

    def all(self) -> Sequence[Any]:
        return self._rows

    def scalar_one(self) -> Any:
        (row,) = self._rows
        return row[0]

    def scalar_one_or_none(self) -> Any:
        assert len(self._rows) < 2
        return self._rows[0][0] if self._rows else None

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


_COMPILED: Final[dict[Any, tuple[Any, str, Any]]] = {}


def execute(conn: sqlite3.Connection, statement: Any, given: dict[str, Any] | None = None) -> Rows:
    """What SQLAlchemy would send, without its engine: that takes twice as long."""
    key = statement._generate_cache_key()
    known = _COMPILED.get(key.key)
    if known is None:
        compiled = statement.compile(dialect=_DIALECT, cache_key=key)
        if "POSTCOMPILE" in compiled.string:
            # A list of values: as many marks as it has, so the text is another one each time.
            compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
            key = None
        columns = [column[0] for column in compiled._result_columns or ()]
        row: Any = namedtuple("Row", columns) if columns else None  # noqa: PYI024
        known = (compiled, compiled.string, row)
        if key is not None:
            _COMPILED[key.key] = known
    compiled, text, row = known
    named = compiled.construct_params(given, extracted_parameters=key.bindparams if key else None)
    with _as_sqlalchemy_says():
        cursor = conn.execute(text, [named[name] for name in compiled.positiontup])
        rows = [row._make(values) for values in cursor] if row is not None else []
    return Rows(rows, cursor.rowcount)


@contextlib.contextmanager
def _as_sqlalchemy_says() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise sa.exc.IntegrityError("", None, error) from None
    except sqlite3.OperationalError as error:
        raise StorageAway(type(error).__name__) from error
