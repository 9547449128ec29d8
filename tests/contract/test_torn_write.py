"""A last write that was cut off or garbled, as a power cut leaves it: the record is whole up to there."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from server.storage.engine import Database
from tests.relay.checks import (
    check_chains,
    check_every_session_ended_once,
    check_no_code_is_live,
    check_one_session_per_code,
)
from tests.relay.play import Node, Play, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

# Cuts of the write-ahead log; everywhere under `make prove`.
CUTS = 200 if os.environ.get("ALONGSIDE_PROVE") else 12


def torn(data: bytes) -> Iterator[bytes]:
    """The log cut in as many places, and with a block of rubbish in its last part."""
    for part in range(1, CUTS + 1):
        cut = len(data) * part // CUTS - part % 7
        yield data[:cut]
        yield data[: max(0, cut - 512)] + os.urandom(512)[: min(cut, 512)] + data[cut:]


async def test_a_write_that_was_cut_off_leaves_a_whole_record_up_to_some_moment(tmp_path: Path) -> None:
    """INV-A1, B6, E1, E2: from wherever it is cut, a start makes good what was under way."""
    running = await Database.open(f"sqlite:///{tmp_path / 'running.db'}")
    node = Node(running)
    await node.sessions.start()
    for _ in range(2):
        await Play(node).whole()
    unfinished = Play(node)
    await unfinished.show_code()
    await unfinished.redeem()
    await node.sessions.settled()
    whole = (await leaves(running))[:]
    log = (tmp_path / "running.db-wal").read_bytes()
    lengths = set()
    for number, cut in enumerate(torn(log)):
        copy = tmp_path / f"copy-{number}.db"
        shutil.copy(tmp_path / "running.db", copy)
        copy.with_name(f"{copy.name}-wal").write_bytes(cut)
        database = await Database.open(f"sqlite:///{copy}")
        kept = await leaves(database)
        assert kept == whole[: len(kept)], "a prefix of what was written, nothing else"
        lengths.add(len(kept))
        again = Node(database, node.clock)
        await again.sessions.recover()
        await check_chains(again, database)
        await check_every_session_ended_once(database)
        await check_no_code_is_live(database)
        await check_one_session_per_code(database)
        await database.close()
    await node.sessions.close()
    await running.close()
    assert len(lengths) > min(CUTS, len(whole)) // 3, "the cuts fell into different writes"
    assert max(lengths) > len(whole) - 3
