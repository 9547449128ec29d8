"""The database itself: durable, one writer at a time, bounded waits, upgrades that can be interrupted."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from relay.pin import store as pin_store
from server.storage import engine, failpoint, migrate
from server.storage.change import Changes
from server.storage.engine import Database, FirstInLine, StorageAway
from tests.contract.tables import all_tables

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

pytestmark = pytest.mark.slow


async def put(database: Database, subject: str) -> None:
    async with database.write("put") as conn:
        await conn.execute(pin_store.throttle.insert().values(kind="miss", subject=subject, times="[]"))


async def subjects(database: Database) -> list[str]:
    async with database.read() as conn:
        rows = await conn.execute(sa.select(pin_store.throttle.c.subject).order_by(sa.text("1")))
        return [str(row.subject) for row in rows]


async def test_the_migrated_tables_are_the_ones_the_stores_speak_of(database: Database) -> None:
    """Columns, types, nullability, indexes, uniqueness: no difference either way."""

    def differences(conn: Connection) -> list[object]:
        context = MigrationContext.configure(
            conn,
            opts={
                "compare_type": True,
                "include_object": lambda _o, name, kind, *_: (kind, name) != ("table", "alembic_version"),
            },
        )
        return list(compare_metadata(context, all_tables()))

    async with database.write("compare") as conn:
        found = await conn.run_sync(differences)
    # The features' stores do not know each other's tables: only the database knows this reference.
    assert [difference for difference in found if "pin_session" not in str(difference)] == []


async def test_opening_a_database_again_changes_nothing(database: Database, database_url: str) -> None:
    """INV-E5."""
    await put(database, "kept")
    again = await Database.open(database_url)
    assert await subjects(again) == ["kept"]
    await again.close()


async def test_two_servers_may_start_on_an_empty_database_at_once(empty_database_url: str) -> None:
    opened = await asyncio.gather(Database.open(empty_database_url), Database.open(empty_database_url))
    await put(opened[0], "one")
    assert await subjects(opened[1]) == ["one"]
    for database in opened:
        await database.close()


async def test_an_interrupted_upgrade_leaves_nothing_and_runs_again(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-E5: all or nothing."""
    upgrade = migrate.upgrade

    def interrupted(conn: Connection) -> None:
        upgrade(conn)
        raise RuntimeError("power cut")

    monkeypatch.setattr(migrate, "upgrade", interrupted)
    with pytest.raises(RuntimeError):
        await Database.open(empty_database_url)
    monkeypatch.setattr(migrate, "upgrade", lambda _conn: None)
    bare = await Database.open(empty_database_url)
    async with bare.read() as conn:
        assert await conn.run_sync(lambda sync: sa.inspect(sync).get_table_names()) == []
    await bare.close()
    monkeypatch.setattr(migrate, "upgrade", upgrade)
    whole = await Database.open(empty_database_url)
    await put(whole, "works")
    await whole.close()


async def test_a_database_of_a_newer_server_is_not_touched(database: Database, database_url: str) -> None:
    async with database.write("test") as conn:
        await conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Exception, match="9999"):
        await Database.open(database_url)


async def test_what_is_written_is_there_after_opening_again(database: Database, database_url: str) -> None:
    await put(database, "kept")
    await database.close()
    again = await Database.open(database_url)
    assert await subjects(again) == ["kept"]
    await again.close()


async def undone(database: Database) -> None:
    """A transaction that fails after it has written."""
    async with database.write("test") as conn:
        await conn.execute(pin_store.throttle.insert().values(kind="miss", subject="x", times="[]"))
        raise RuntimeError


async def test_a_failed_block_leaves_nothing(database: Database) -> None:
    """INV-E2."""
    with pytest.raises(RuntimeError):
        await undone(database)
    assert await subjects(database) == []


async def test_a_change_is_told_from_none_whoever_made_it(database: Database, database_url: str) -> None:
    """Only SQLite can tell; elsewhere nothing is said, and every look is a read."""
    if database_url.startswith("postgresql"):
        assert database.change() is None
        return
    other = await Database.open(database_url)
    try:
        seen = [database.change()]
        await subjects(database)
        assert database.change() == seen[0], "reading is no change"
        for one in (database, other, other):
            await put(one, f"subject {len(seen)}")
            seen.append(database.change())
            assert database.change() == seen[-1]
        with pytest.raises(RuntimeError):
            await undone(other)
        assert database.change() == seen[-1], "what was undone is none"
    finally:
        await other.close()
    assert None not in seen
    assert len(set(seen)) == 4


async def test_a_file_that_cannot_be_asked_says_nothing_and_is_asked_anew(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    changes = Changes(file)
    assert changes.now() is None
    database = await Database.open(f"sqlite:///{file}")
    first = changes.now()
    assert first is not None
    changes.close()
    again = changes.now()
    assert again is not None
    assert again != first, "another connection counts anew: it cannot know"
    changes.close()
    changes.close()
    await database.close()


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(SQLAlchemyError):
        async with database.read() as conn:
            await conn.execute(pin_store.throttle.insert().values(kind="miss", subject="x", times="[]"))
    assert await subjects(database) == []


async def test_a_broken_rule_is_told_apart_from_a_store_that_is_away(database: Database) -> None:
    await put(database, "twice")
    with pytest.raises(IntegrityError):
        await put(database, "twice")


async def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    await asyncio.gather(*(put(database, f"{number:03d}") for number in range(100)))
    assert len(await subjects(database)) == 100


async def test_the_log_of_the_live_sessions_goes_before_all_who_wait(
    database: Database, database_url: str
) -> None:
    """INV-D1, INV-H1: forty who came before must not make a live session's command late."""
    gate, done = asyncio.Event(), list[str]()

    async def other(number: int) -> None:
        async with database.write("other"):
            await gate.wait()
        done.append(f"other {number}")

    async def log() -> None:
        async with FirstInLine(database).write("log") as conn:
            await conn.execute(pin_store.throttle.insert().values(kind="miss", subject="log", times="[]"))
        done.append("log")

    async with asyncio.TaskGroup() as tasks:
        for number in range(40):
            tasks.create_task(other(number))
        await asyncio.sleep(0)  # all of them stand in line before the log does
        logging = tasks.create_task(log())
        if database_url.startswith("postgresql"):
            await logging  # it has a connection of its own
        else:
            await asyncio.sleep(0)  # SQLite has one writer: the one that is at it may finish
        gate.set()
    assert len(done) == 41
    assert done.index("log") <= 1
    assert await subjects(database) == ["log"]


async def test_a_cancelled_writer_blocks_nobody(database: Database) -> None:
    inside = asyncio.Event()

    async def slow() -> None:
        async with database.write("slow") as conn:
            await conn.execute(pin_store.throttle.insert().values(kind="miss", subject="x", times="[]"))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(slow())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await put(database, "next")
    assert await subjects(database) == ["next"]


async def test_a_writer_that_hangs_is_given_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-H2: waits are bounded, and say that the store is away."""
    monkeypatch.setattr("server.storage.engine.PATIENCE_S", 0.05)
    with pytest.raises(StorageAway):
        async with database.write("hanging"):
            await asyncio.Event().wait()
    monkeypatch.undo()
    await put(database, "next")


async def test_a_writer_that_is_given_up_amid_a_statement_locks_nobody_out(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-H2: a statement that is not read to its end keeps a closed connection, and its lock, alive."""
    database = await Database.open(sqlite_url)
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT i FROM n"
    slow = (
        f"INSERT INTO throttle (kind, subject, times) SELECT 'miss', i, '[]' FROM ({rows}) RETURNING subject"
    )
    gc.disable()  # what keeps the lock must not be let go by luck
    try:
        with monkeypatch.context() as patch:
            patch.setattr(engine, "PATIENCE_S", 0.1)
            with pytest.raises(StorageAway):
                async with database.write("slow") as conn:
                    await conn.execute(sa.text(slow))
        await put(database, "the next")
    finally:
        gc.enable()
    assert await subjects(database) == ["the next"]
    await database.close()


def miss(subject: str) -> sa.Executable:
    return pin_store.throttle.insert().values(kind="miss", subject=subject, times="[]")


async def test_what_is_done_at_once_is_kept_whole_or_not_at_all(database: Database) -> None:
    """INV-D1: the log's own way must promise what the long one does."""

    async def two(conn: AsyncConnection, *, fails: bool) -> None:
        await conn.execute(miss("first"))
        if fails:
            raise ValueError("given up half way")
        await conn.execute(pin_store.throttle.insert(), {"kind": "miss", "subject": "second", "times": "[]"})

    for _ in range(2):
        with pytest.raises(ValueError, match="half way"):
            await database.write_at_once("log", lambda conn: two(conn, fails=True))
        assert await subjects(database) == []
    await database.write_at_once("log", lambda conn: two(conn, fails=False))
    with pytest.raises(sa.exc.IntegrityError):
        await database.write_at_once("log", lambda conn: two(conn, fails=False))
    assert await subjects(database) == ["first", "second"]


async def test_what_is_done_at_once_and_the_others_take_turns(database: Database) -> None:
    async def one(number: int) -> None:
        async def work(conn: AsyncConnection) -> None:
            await conn.execute(miss(f"once {number:03d}"))

        await database.write_at_once("log", work)

    # Few enough for the pool of either database, as the log has one writer.
    for start in range(0, 30, 3):
        await asyncio.gather(
            *(put(database, f"put {number:03d}") for number in range(start, start + 3)), one(start)
        )
    assert len(await subjects(database)) == 40


async def test_work_that_waits_is_not_done_at_once(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)

    async def waits(conn: AsyncConnection) -> None:
        await conn.execute(miss("half"))
        await asyncio.sleep(0)  # what must not be there

    with pytest.raises(RuntimeError):
        await database.write_at_once("log", waits)
    await put(database, "next")
    assert await subjects(database) == ["next"]
    await database.close()


async def test_what_is_given_up_while_it_is_done_at_once_locks_nobody_out(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-H2. Whether it was kept is unknown, as ever after a store that was away."""
    database = await Database.open(sqlite_url)
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT i FROM n"

    async def slow(conn: AsyncConnection) -> None:
        await conn.execute(
            sa.text(f"INSERT INTO throttle (kind, subject, times) SELECT 'miss', i, '[]' FROM ({rows})")
        )

    gc.disable()  # what keeps the lock must not be let go by luck
    try:
        with monkeypatch.context() as patch:
            patch.setattr(engine, "PATIENCE_S", 0.1)
            with pytest.raises(StorageAway):
                await database.write_at_once("slow", slow)
        await put(database, "the next")
    finally:
        gc.enable()
    assert (await subjects(database))[-1] == "the next"
    await database.close()


async def test_a_lock_that_is_not_had_in_time_is_a_store_that_is_away(postgresql_url: str) -> None:
    """INV-F1, H2: whoever waits for another's row is asked to try later; it is no fault of ours to report."""
    async with AsyncExitStack() as stack:
        first, second = await Database.open(postgresql_url), await Database.open(postgresql_url)
        stack.push_async_callback(first.close)
        stack.push_async_callback(second.close)
        await put(first, "row")
        taken = sa.select(pin_store.throttle).where(pin_store.throttle.c.subject == "row").with_for_update()

        async def wait_for_it() -> None:
            async with second.write("put") as waiter:
                await waiter.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
                await waiter.execute(taken)

        async with first.write("put") as holder:
            await holder.execute(taken)
            with pytest.raises(StorageAway):
                await wait_for_it()


async def test_sqlite_is_told_to_reach_the_disk_before_it_answers(sqlite_url: str) -> None:
    """INV-E1."""
    database = await Database.open(sqlite_url)
    async with database.write("look") as conn:
        values = [
            (await conn.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
    assert values == [2, "wal", 1]
    await database.close()


async def test_postgresql_is_told_to_reach_the_disk_before_it_answers(postgresql_url: str) -> None:
    database = await Database.open(postgresql_url)
    async with database.write("look") as conn:
        assert (await conn.exec_driver_sql("SHOW synchronous_commit")).scalar_one() == "on"
        assert (await conn.exec_driver_sql("SHOW fsync")).scalar_one() == "on"
    await database.close()


async def test_errors_do_not_show_the_values_of_a_statement(database: Database) -> None:
    """INV-C4."""
    await put(database, "40212")
    with pytest.raises(IntegrityError) as error:
        await put(database, "40212")
    assert "40212" not in str(error.value).partition("[SQL")[2]
    assert "[SQL parameters hidden" in str(error.value)


KILLED = """
import asyncio, sys
from tests.contract.test_storage import put
from server.storage.engine import Database

async def main():
    database = await Database.open(sys.argv[1])
    await put(database, "first")
    await put(database, "second")
    print("survived", flush=True)
    await database.close()

asyncio.run(main())
"""


async def killed(url: str, point: str, **environment: str) -> int | None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        KILLED,
        url,
        env={**os.environ, "ALONGSIDE_FAILPOINT": point, **environment},
        stdout=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


@pytest.mark.parametrize(
    ("point", "kept"),
    [
        ("put.begin", []),
        ("put.commit", []),
        ("put.committed", ["first"]),
        ("put.commit@2", ["first"]),
        ("put.committed@2", ["first", "second"]),
    ],
)
async def test_a_process_killed_at_a_failpoint_keeps_what_was_committed_and_no_more(
    database_url: str, point: str, kept: list[str]
) -> None:
    """INV-E1, INV-E2: a real kill -9."""
    assert await killed(database_url, point, ALONGSIDE_TEST="1") == -signal.SIGKILL
    database = await Database.open(database_url)
    assert await subjects(database) == kept
    await database.close()


async def test_a_failpoint_left_in_the_environment_does_nothing_outside_tests(sqlite_url: str) -> None:
    assert await killed(sqlite_url, "put.begin", ALONGSIDE_TEST="") == 0


def test_a_failpoint_names_one_step_of_a_joined_batch() -> None:
    passed: list[str] = []
    point = failpoint.Failpoint("consent", "commit", 2, lambda: passed.append("dead"))
    for step in ("command", "command+consent", "consent+end"):
        point.passing(step, "begin")
        point.passing(step, "commit")
    assert passed == ["dead"]
