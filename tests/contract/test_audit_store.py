"""The audit log on SQLite and on a real PostgreSQL: gap-free, chained, and refusing to be changed."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from relay.audit.listing import session_listing
from relay.audit.record import Broken, LeafError, Whole, check_chain, leaf_hash, parse_leaf
from relay.audit.service import AuditService
from relay.audit.store import audit_leaf
from wire.encoding import b64

if TYPE_CHECKING:
    from relay.audit.store import Stored
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

SESSION = "5e" * 16
OTHER = "07" * 16
ISSUED = {"fw": "Vista 55 Q7 4.2.0", "ttl_s": 600}


class Clock:
    def now_ms(self) -> int:
        return 1_785_000_000_000

    def monotonic(self) -> float:
        return 0.0


class Counting:
    """Bytes that differ every time and are the same in every run."""

    def __init__(self) -> None:
        self._calls = 0

    def __call__(self, size: int) -> bytes:
        self._calls += 1
        return hashlib.sha256(str(self._calls).encode()).digest()[:size]


@pytest.fixture
def audit(database: Database) -> AuditService:
    return AuditService(storage=database, clock=Clock(), random_bytes=Counting(), salt=bytes(range(32)))


async def write(
    audit: AuditService, database: Database, sess: str, typ: str = "pin.issued", d: dict[str, object] = ISSUED
) -> None:
    async with database.write("test") as conn:
        await audit.append(conn, sess=sess, typ=typ, role="device", pid="device", d=d)


async def try_sql(database: Database, *statements: str) -> None:
    async with database.write("test") as conn:
        for statement in statements:
            await conn.execute(text(statement))


async def all_leaves(database: Database) -> list[tuple[int, str, int, bytes]]:
    async with database.read() as conn:
        rows = await conn.execute(audit_leaf.select().order_by(audit_leaf.c.idx))
        return [(row.idx, row.sess, row.seq, bytes(row.leaf)) for row in rows]


def bytes_of(stored: list[Stored]) -> list[bytes]:
    return [one.leaf for one in stored]


async def test_a_written_leaf_reads_back_with_its_hash(audit: AuditService, database: Database) -> None:
    """INV-D3"""
    await write(audit, database, SESSION)
    [stored] = await audit.session_leaves(SESSION)
    leaf = parse_leaf(stored.leaf)
    assert (leaf.typ, leaf.sess, leaf.seq, leaf.ts, leaf.d) == (
        "pin.issued",
        SESSION,
        0,
        Clock().now_ms(),
        ISSUED,
    )
    assert leaf.prev == b64(bytes(32))
    assert (stored.idx, stored.hash) == (0, leaf_hash(stored.leaf))


async def test_concurrent_writers_leave_no_gap_and_no_fork(audit: AuditService, database: Database) -> None:
    """INV-D2: forty writers at once, two sessions."""
    async with asyncio.TaskGroup() as group:
        for n in range(40):
            group.create_task(write(audit, database, SESSION if n % 2 else OTHER))
    leaves = await all_leaves(database)
    assert [idx for idx, *_ in leaves] == list(range(40))
    for sess in (SESSION, OTHER):
        chain = [leaf for _, owner, _, leaf in leaves if owner == sess]
        assert check_chain(chain) == Whole(20)


async def test_places_that_were_taken_and_not_filled_let_nothing_else_in(
    audit: AuditService, database: Database
) -> None:
    """Several leaves may come in one step, each into the next place: a gap is never written over."""
    await write(audit, database, SESSION)
    grow = "UPDATE audit_head SET size = size + 2"
    one = "INSERT INTO audit_leaf SELECT {idx}, sess, {idx}, hash, leaf FROM audit_leaf WHERE idx = 0"
    for statements in (
        (grow, "UPDATE audit_head SET size = size + 1"),
        (grow, one.format(idx=2)),
        (grow, one.format(idx=1), one.format(idx=1)),
        (grow, one.format(idx=1), one.format(idx=2), one.format(idx=3)),
    ):
        with pytest.raises(SQLAlchemyError):
            await try_sql(database, *statements)
    await try_sql(database, grow, one.format(idx=1), one.format(idx=2))
    assert [idx for idx, *_ in await all_leaves(database)] == [0, 1, 2]


async def test_one_leaf_to_each_of_many_chains_continues_each(
    audit: AuditService, database: Database
) -> None:
    await write(audit, database, SESSION)
    await write(audit, database, SESSION)
    facts = {SESSION: {"why": "relay_lost"}, OTHER: {"why": "relay_lost"}}
    async with database.write("test") as conn:
        await audit.append_to_each(conn, typ="pin.cancelled", role="relay", pid="relay", facts=facts)
        await audit.append_to_each(conn, typ="pin.cancelled", role="relay", pid="relay", facts={})
    assert [(idx, sess, seq) for idx, sess, seq, _ in await all_leaves(database)] == [
        (0, SESSION, 0),
        (1, SESSION, 1),
        (2, SESSION, 2),
        (3, OTHER, 0),
    ]
    for sess, length in ((SESSION, 3), (OTHER, 1)):
        assert check_chain(bytes_of(await audit.session_leaves(sess))) == Whole(length)


async def test_writers_that_give_up_leave_no_gap(audit: AuditService, database: Database) -> None:
    async def give_up() -> None:
        async with database.write("test") as conn:
            await audit.append(conn, sess=SESSION, typ="pin.issued", role="device", pid="device", d=ISSUED)
            await conn.rollback()

    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(give_up())
            group.create_task(write(audit, database, SESSION))
    assert [(idx, seq) for idx, _, seq, _ in await all_leaves(database)] == [(n, n) for n in range(5)]
    assert check_chain(bytes_of(await audit.session_leaves(SESSION))) == Whole(5)


async def test_a_leaf_that_breaks_the_format_writes_nothing(audit: AuditService, database: Database) -> None:
    for typ, facts in (("pin.issued", {}), ("pin.opened", ISSUED), ("pin.issued", {**ISSUED, "name": "x"})):
        with pytest.raises(LeafError):
            await write(audit, database, SESSION, typ, dict(facts))
    await write(audit, database, SESSION)
    assert [idx for idx, *_ in await all_leaves(database)] == [0]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_leaf SET leaf = hash",
        "UPDATE audit_leaf SET seq = seq",
        "DELETE FROM audit_leaf",
        "DELETE FROM audit_leaf WHERE idx = 1",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET size = 0",
        "UPDATE audit_head SET size = size - 1",
        "UPDATE audit_head SET size = size",
        "UPDATE audit_head SET id = 2, size = size + 1",
        "INSERT INTO audit_head (id, size) VALUES (2, 0)",
        "INSERT INTO audit_leaf SELECT idx + 5, sess, seq + 5, hash, leaf FROM audit_leaf WHERE idx = 1",
        "INSERT INTO audit_leaf SELECT idx + 1, sess, seq + 1, hash, leaf FROM audit_leaf WHERE idx = 1",
    ],
)
async def test_the_database_refuses_to_change_the_log(
    audit: AuditService, database: Database, statement: str
) -> None:
    """INV-D2: also for whoever holds the server's own database account and does not stop the triggers."""
    await write(audit, database, SESSION)
    await write(audit, database, SESSION)
    before = await all_leaves(database)
    with pytest.raises(SQLAlchemyError):
        await try_sql(database, statement)
    assert await all_leaves(database) == before
    await write(audit, database, SESSION)
    assert check_chain(bytes_of(await audit.session_leaves(SESSION))) == Whole(3)


async def test_replacing_a_leaf_is_refused_too(audit: AuditService, database: Database) -> None:
    """SQLite's REPLACE deletes a row without asking the delete trigger; PostgreSQL has ON CONFLICT."""
    await write(audit, database, SESSION)
    before = await all_leaves(database)
    new = "INTO audit_leaf SELECT idx, sess, seq, hash, hash FROM audit_leaf WHERE true"
    async with database.read() as conn:
        postgresql = conn.dialect.name == "postgresql"
    upsert = f"INSERT {new} ON CONFLICT (idx) DO UPDATE SET leaf = excluded.leaf"
    statement = upsert if postgresql else f"REPLACE {new}"
    with pytest.raises(SQLAlchemyError):
        await try_sql(database, statement)
    assert await all_leaves(database) == before


async def test_emptying_the_table_is_refused(audit: AuditService, database: Database) -> None:
    await write(audit, database, SESSION)
    async with database.read() as conn:
        postgresql = conn.dialect.name == "postgresql"
    for table in ("audit_leaf", "audit_head"):
        with pytest.raises(SQLAlchemyError):
            await try_sql(database, f"TRUNCATE {table}" if postgresql else f"DELETE FROM {table}")
    assert len(await all_leaves(database)) == 1


@pytest.mark.proves("G2")
async def test_a_leaf_changed_behind_the_triggers_is_named(audit: AuditService, database: Database) -> None:
    """INV-D2: the verifier names the first bad leaf, also when the changed one is well formed."""
    for _ in range(4):
        await write(audit, database, SESSION)
    async with database.write("test") as conn:
        if conn.dialect.name == "postgresql":
            await conn.execute(text("ALTER TABLE audit_leaf DISABLE TRIGGER USER"))
        else:
            await conn.execute(text("DROP TRIGGER audit_leaf_update"))
        old = parse_leaf((await audit.session_leaves(SESSION))[1].leaf)
        forged = (await audit.session_leaves(SESSION))[1].leaf.replace(b'"ttl_s":600', b'"ttl_s":601')
        assert parse_leaf(forged).d != old.d
        await conn.execute(audit_leaf.update().where(audit_leaf.c.seq == 1).values(leaf=forged))
    verdict = check_chain(bytes_of(await audit.session_leaves(SESSION)))
    assert verdict == Broken(2, "does not follow from the leaf before")


async def test_reading_a_session_is_itself_recorded(audit: AuditService, database: Database) -> None:
    """INV-D4: before anything is shown, under a chain of its own."""
    await write(audit, database, SESSION)
    listing = await session_listing(audit, SESSION)
    assert listing is not None
    assert listing["chain"]["whole"] is True
    assert [entry["typ"] for entry in listing["entries"]] == ["pin.issued"]
    *_, newest = (parse_leaf(leaf) for *_, leaf in await all_leaves(database))
    assert (newest.typ, newest.role, newest.d) == ("audit.read", "operator", {"session": SESSION})
    assert newest.sess != SESSION


async def test_a_session_that_is_not_there_is_told_as_nothing(
    audit: AuditService, database: Database
) -> None:
    for sess in (OTHER, "", "x" * 32, "' OR 1=1 --"):
        assert await session_listing(audit, sess) is None
    assert await all_leaves(database) == []


async def test_sessions_are_listed_newest_first_without_other_events(
    audit: AuditService, database: Database
) -> None:
    await write(audit, database, OTHER)
    await audit.note(typ="server.started", role="relay", pid="relay", d={"version": "0.1.0"})
    await write(audit, database, SESSION)
    assert [line.sess for line in await audit.sessions(10)] == [SESSION, OTHER]
    assert [line.sess for line in await audit.sessions(1)] == [SESSION]


async def test_the_same_account_has_another_pseudonym_in_each_session(
    audit: AuditService, database: Database
) -> None:
    """INV-C4, INV-D3"""
    for sess in (SESSION, OTHER, SESSION):
        async with database.write("test") as conn:
            badge = {"badge": b64(bytes(32))}
            await audit.append(
                conn, sess=sess, typ="pin.redeemed", role="technician", pid="account-7", d=badge
            )
    leaves = [parse_leaf(leaf) for *_, leaf in await all_leaves(database)]
    assert leaves[0].pid == leaves[2].pid != leaves[1].pid
    assert all(b"account-7" not in leaf for *_, leaf in await all_leaves(database))


async def test_a_reader_cannot_write(audit: AuditService, database: Database) -> None:
    with pytest.raises(SQLAlchemyError):
        async with database.read() as conn:
            await audit.append(conn, sess=SESSION, typ="pin.issued", role="device", pid="device", d=ISSUED)
    assert await all_leaves(database) == []
