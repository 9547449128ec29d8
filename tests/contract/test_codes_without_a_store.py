"""Codes, and a start after a crash, on a store that dies at every step there is, on both databases."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import SQLAlchemyError

from relay.pin.rules import DAY_MS
from relay.pin.store import throttle
from relay.ports import Claimed, Issued, NotOpen, Redeemed
from tests.contract.crash import STEPS_OF_A_START, STEPS_OF_CODES, MortalStorage
from tests.contract.test_shown_codes import claim, show
from tests.relay.checks import (
    check_chains,
    check_every_session_ended_once,
    check_no_code_is_live,
    check_one_session_per_code,
    issue,
    redeem,
)
from tests.relay.kit import device_hello
from tests.relay.play import Node, fresh_key, leaves, pin_rows, session_rows, unique

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

STRIDE = 1 if os.environ.get("ALONGSIDE_PROVE") else 4
SESSIONS, CODES = 3, 2


async def life_of_codes(node: Node) -> dict[str, object]:
    """Codes taken, closed, missed, shown and claimed, a badge refused, what is old forgotten; the answers."""
    answered: dict[str, object] = {}
    for name in ("taken", "closed"):
        issued = await node.pins.issue(dev=device_hello(fresh_key()).dev, fw="")
        assert isinstance(issued, Issued)
        answered[name] = issued
        if name == "taken":
            answered["redeemed"] = await redeem(node, issued.locator, unique(16).hex())
        else:
            answered["close"] = await node.pins.close({issued.session: "device_lost"})
            answered["missed"] = await redeem(node, issued.locator, unique(16).hex())
    account, device = unique(16).hex(), device_hello(fresh_key()).dev
    await show(node, account)  # the next one takes its place
    answered["shown"] = shown = await show(node, account)
    answered["claimed"] = await claim(node, shown.locator, device)
    answered["refused"] = await node.pins.note_refusal(unique(16).hex(), "badge")
    await node.pins.forget()
    return answered


async def test_a_store_that_dies_at_any_step_of_a_code_keeps_table_and_record_together(
    database: Database,
) -> None:
    """INV-A1, INV-A4, INV-E1, INV-E2: issued, shown, taken, claimed, closed, missed, refused, forgotten."""
    dies_at, steps, clock = STRIDE, set[str](), Node(database).clock
    while True:
        storage = MortalStorage(database, dies_at=dies_at)
        node = Node(storage, clock)
        answered: dict[str, object] = {}
        try:
            answered = await life_of_codes(node)
        except SQLAlchemyError:
            assert storage.dead.is_set()
        steps |= {name.partition(":")[0] for name in storage.steps}
        again = Node(database, clock)
        await check_the_record_of_codes(database)
        await again.sessions.recover()
        await check_no_code_is_live(database)
        await check_one_session_per_code(database)
        for code in [one for one in answered.values() if isinstance(one, Issued)]:
            assert await redeem(again, code.locator, unique(16).hex()) == NotOpen()
        if not storage.dead.is_set():
            break
        async with database.write("test") as conn:
            await conn.execute(throttle.delete())  # each round forgets its own misses, not those of all
        dies_at += STRIDE
    assert isinstance(answered["redeemed"], Redeemed)
    assert isinstance(answered["claimed"], Claimed)
    assert (answered["close"], answered["missed"]) == (1, NotOpen())
    assert steps == STEPS_OF_CODES
    clock.ms += 60 * DAY_MS
    await again.pins.forget()
    assert {row.state for row in await pin_rows(database)} == {"redeemed"}


async def check_the_record_of_codes(database: Database) -> None:
    """INV-E2: each change of a code is in the table and in the record, or in neither."""
    said = Counter(leaf.typ.value for leaf in await leaves(database))
    states = Counter(str(row.state) for row in await pin_rows(database))
    assert said["pin.issued"] + said["pin.shown"] == states.total()
    assert (
        said["pin.redeemed"] + said["pin.claimed"] == states["redeemed"] == len(await session_rows(database))
    )
    assert said["pin.cancelled"] == states["cancelled"]


async def test_a_start_that_dies_at_any_step_is_made_good_by_the_next_one(database: Database) -> None:
    """INV-B6, INV-E5: killed while it closes what an earlier life left open; then each is closed once."""
    dies_at, steps = STRIDE, set[str]()
    while True:
        earlier = Node(database)
        for _ in range(SESSIONS):
            issued = await issue(earlier)
            assert isinstance(await redeem(earlier, issued.locator, unique(16).hex()), Redeemed)
        for _ in range(CODES):
            await issue(earlier)
        storage = MortalStorage(database, dies_at=dies_at)
        starting = Node(storage, earlier.clock)
        try:
            await starting.sessions.recover()
            await starting.audit.note(typ="server.started", role="relay", pid="relay", d={"version": "0.1.0"})
        except SQLAlchemyError:
            assert storage.dead.is_set()
        steps |= {name.partition(":")[0] for name in storage.steps}
        again = Node(database, earlier.clock)
        await again.sessions.recover()
        assert await again.sessions.recover() == 0
        await check_every_session_ended_once(database)
        await check_no_code_is_live(database)
        if not storage.dead.is_set():
            break
        dies_at += STRIDE
    assert {row.reason for row in await session_rows(database)} == {"relay_lost"}
    assert steps == STEPS_OF_A_START
    await check_chains(again, database)
