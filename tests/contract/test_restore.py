"""A backup that was taken while everything ran, put back: whole, and nothing in it comes to life (INV-E5)."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import SQLAlchemyError

from identity import revocation_store
from identity.status import Revocations
from relay.audit.record import Whole, check_chain
from relay.audit.service import AuditService
from relay.pin.rules import MINUTE_MS
from relay.ports import NotOpen, Redeemed
from server.restored import REVOKED_FILE, Aside
from server.storage.engine import Database
from tests.contract.crash import STEPS_OF_A_RESTORE, MortalStorage
from tests.relay.checks import check_every_session_ended_once, check_no_code_is_live, issue, redeem
from tests.relay.kit import FakeClock
from tests.relay.play import SALT, Node, leaves, pin_rows, session_rows, unique
from wire.encoding import b64, key_id

if TYPE_CHECKING:
    from pathlib import Path

    from identity.ports import Storage

pytestmark = pytest.mark.slow

STRIDE = 1 if os.environ.get("ALONGSIDE_PROVE") else 3


def back_up(running: Path, copy: Path) -> None:
    """As docs/operating.md says: SQLite's own online backup, what is in the -wal file included."""
    with closing(sqlite3.connect(running)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


async def test_a_restored_backup_is_whole_and_brings_no_code_and_no_session_back(tmp_path: Path) -> None:
    running = await Database.open(f"sqlite:///{tmp_path / 'running.db'}")
    node = Node(running)
    used_later, never_used, in_session = await issue(node), await issue(node), await issue(node)
    assert isinstance(await redeem(node, in_session.locator, unique(16).hex()), Redeemed)
    back_up(tmp_path / "running.db", tmp_path / "copy.db")
    assert isinstance(await redeem(node, used_later.locator, unique(16).hex()), Redeemed)
    await running.close()

    restored = await Database.open(f"sqlite:///{tmp_path / 'copy.db'}")
    # The codes' ten minutes are not over: only the start itself can close them.
    again = Node(restored, FakeClock(ms=node.clock.ms + MINUTE_MS))
    assert await again.sessions.recover() == 1
    for code in (used_later, never_used, in_session):
        assert await redeem(again, code.locator, unique(16).hex()) == NotOpen()
    await check_no_code_is_live(restored)
    await check_every_session_ended_once(restored)
    assert [row.reason for row in await session_rows(restored)] == ["relay_lost"]
    states = {row.session: row.state for row in await pin_rows(restored)}
    assert states[used_later.session] == states[never_used.session] == "cancelled"
    for code in (used_later, never_used, in_session):
        stored = [one.leaf for one in await again.audit.session_leaves(code.session)]
        assert check_chain(stored) == Whole(len(stored))
    assert {leaf.typ.value for leaf in await leaves(restored)} >= {"pin.cancelled", "session.end"}
    await restored.close()


async def test_a_start_on_a_restored_backup_that_dies_at_any_step_is_made_good_by_the_next_one(
    tmp_path: Path,
) -> None:
    """INV-E1: whoever was told that a key is revoked finds it so, wherever the store and the process died."""
    told, dies_at, steps = set[str](), 1, set[str]()
    running = await Database.open(f"sqlite:///{tmp_path / 'running.db'}")
    back_up(tmp_path / "running.db", tmp_path / "copy.db")
    while True:
        storage = MortalStorage(running, dies_at=dies_at)
        kid = key_id(unique(32))
        aside, revocations = kept_aside(running, storage, tmp_path)
        try:
            await aside.recover(storage)
            if await revocations.revoke_key(kid, named=False):
                told.add(kid)
        except SQLAlchemyError:
            assert storage.dead.is_set()
        steps |= {name.partition(":")[0] for name in storage.steps}
        await running.close()
        # Whatever the database had, an old copy stands in its place now.
        (tmp_path / "older.db").write_bytes((tmp_path / "copy.db").read_bytes())
        older = await Database.open(f"sqlite:///{tmp_path / 'older.db'}")
        aside, _ = kept_aside(older, older, tmp_path)
        await aside.recover(older)
        async with older.read() as conn:
            known = {entry.name for entry in await revocation_store.all_revoked(conn)}
        assert known >= told
        await older.close()
        running = await Database.open(f"sqlite:///{tmp_path / 'older.db'}")
        if not storage.dead.is_set():
            break
        dies_at += STRIDE
    await running.close()
    assert steps == STEPS_OF_A_RESTORE
    assert told


async def test_a_table_that_lacks_a_revoked_key_learns_it_again_and_a_foreign_log_is_told_apart(
    database: Database, tmp_path: Path
) -> None:
    aside, revocations = kept_aside(database, database, tmp_path)
    await aside.recover(database)
    await revocations.revoke_key(key_id(unique(32)), named=False)
    async with database.write("lose") as conn:
        [lost] = await revocation_store.all_revoked(conn)
        await conn.execute(revocation_store.revocation.delete())
    for _ in range(2):
        aside, _ = kept_aside(database, database, tmp_path)
        await aside.recover(database)
    async with database.read() as conn:
        assert await revocation_store.all_revoked(conn) == [lost]
    path = tmp_path / REVOKED_FILE
    content = json.loads(path.read_bytes())
    content["leaf"]["hash"] = b64(unique(32))
    path.write_text(json.dumps(content))
    await aside.recover(database)
    found = [dict(leaf.d) for leaf in await leaves(database) if leaf.typ.value == "server.restored"]
    nothing = {"accounts": 0, "badges": 0, "keys": 0, "tokens": 0}
    assert found == [nothing | {"keys": 1}, nothing]


def kept_aside(database: Database, storage: Storage, folder: Path) -> tuple[Aside, Revocations]:
    clock = FakeClock()
    audit = AuditService(storage=database, clock=clock, random_bytes=unique, salt=SALT)
    aside = Aside(folder, audit=audit, clock=clock)
    return aside, Revocations(storage=storage, clock=clock, append=aside.append)
