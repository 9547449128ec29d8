"""A backup that was taken while everything ran, put back: whole, and nothing in it comes to life (INV-E5)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from relay.audit.record import Whole, check_chain
from relay.pin.rules import MINUTE_MS
from relay.ports import NotOpen, Redeemed
from server.storage.engine import Database
from tests.relay.checks import check_every_session_ended_once, check_no_code_is_live, issue, redeem
from tests.relay.kit import FakeClock
from tests.relay.play import Node, leaves, pin_rows, session_rows, unique

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


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
