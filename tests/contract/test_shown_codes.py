"""Codes that a technician's console shows, on both databases: one device, once; the device is throttled."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from relay.pin.rules import HOUR_MS, MINUTE_MS
from relay.pin.service import PinService, PinSettings
from relay.ports import Claimed, Full, Issued, NotOpen, Redeemed, Run, TooMany
from relay.session import store
from server.storage.engine import Database, StorageAway
from tests.relay.checks import issue, redeem
from tests.relay.kit import BADGE, device_hello
from tests.relay.play import Node, fresh_key, leaves, pin_rows, session_rows, unique

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

pytestmark = pytest.mark.slow

ROUNDS = 100 if os.environ.get("ALONGSIDE_PROVE") else 3
AT_ONCE = 32
TECHNICIAN, COLLEAGUE = "a" * 32, "b" * 32


@pytest.fixture
def node(database: Database) -> Node:
    return Node(database)


def device() -> str:
    return device_hello(fresh_key()).dev


async def show(node: Node, account: str = TECHNICIAN) -> Issued:
    issued = await node.pins.show(account=account, badge=BADGE)
    assert isinstance(issued, Issued)
    return issued


async def claim(node: Node, locator: str, dev: str, *, source: str = "") -> object:
    """A redemption by a device, as the session service makes it, without the sockets."""

    async def open_session(conn: AsyncConnection, claimed: Claimed) -> None:
        await store.open_session(
            conn,
            session_id=claimed.session,
            account=claimed.account,
            dev=dev,
            fw="",
            node=node.sessions.settings.node,
            now=node.clock.now_ms(),
        )

    return await node.pins.claim(
        locator=locator, dev=dev, fw="Vista", source=source or dev, open_session=open_session
    )


async def told(database: Database) -> list[tuple[str, str]]:
    return [(leaf.typ.value, str(leaf.d.get("why", ""))) for leaf in await leaves(database)]


async def test_of_many_devices_that_redeem_one_code_at_once_one_wins(
    database: Database, database_url: str
) -> None:
    """INV-A1, INV-A2, INV-A7."""

    async def try_it(node: Node, locator: str) -> object:
        for _ in range(10):
            try:
                return await claim(node, locator, device())
            except StorageAway:
                continue
        return await claim(node, locator, device())

    async with AsyncExitStack() as stack:
        second = await Database.open(database_url)
        stack.push_async_callback(second.close)
        nodes = [Node(database), Node(second)]
        for _ in range(ROUNDS):
            issued = await show(nodes[0], unique(16).hex())
            outcomes = await asyncio.gather(
                *(try_it(nodes[number % 2], issued.locator) for number in range(AT_ONCE))
            )
            assert [type(one) for one in outcomes].count(Claimed) == 1
            assert {type(one) for one in outcomes} == {Claimed, NotOpen}
            assert len([row for row in await session_rows(database) if row.id == issued.session]) == 1


async def test_who_showed_it_and_who_took_it_is_on_record(node: Node, database: Database) -> None:
    """INV-D3; and neither table nor record holds the device's id (INV-H5)."""
    issued, dev = await show(node), device()
    claimed = await claim(node, issued.locator, dev)
    assert claimed == Claimed(issued.session, issued.locator, TECHNICIAN)
    [row] = await pin_rows(database)
    assert (row.account, row.redeemed_by, row.state, row.locator_live) == (
        TECHNICIAN,
        TECHNICIAN,
        "redeemed",
        None,
    )
    assert dev not in str(tuple(row))
    shown, taken = await leaves(database)
    assert (shown.typ.value, shown.role, shown.d["badge"]) == ("pin.shown", "technician", BADGE)
    assert (taken.typ.value, taken.role, taken.sess) == ("pin.claimed", "device", issued.session)


async def test_a_code_opens_only_in_its_own_direction(node: Node, database: Database) -> None:
    """No technician takes a shown code, no device another device's; both are told nothing more."""
    from_console, from_device = await show(node), await issue(node)
    assert isinstance(await redeem(node, from_console.locator, COLLEAGUE), NotOpen)
    assert isinstance(await claim(node, from_device.locator, device()), NotOpen)
    assert isinstance(await claim(node, from_console.locator, device()), Claimed)
    assert isinstance(await redeem(node, from_device.locator, COLLEAGUE), Redeemed)
    assert len(await session_rows(database)) == 2
    refused = [(typ, why) for typ, why in await told(database) if typ == "redeem.refused"]
    assert refused == [("redeem.refused", "elsewhere")] * 2


async def test_an_auditor_finds_the_sessions_of_both_kinds_of_codes(node: Node) -> None:
    """INV-D4: newest first, whichever end showed the code."""
    from_device, from_console = await issue(node), await show(node)
    listed = [line.sess for line in await node.audit.sessions(10)]
    assert listed == [from_console.session, from_device.session]


async def test_never_issued_expired_spent_and_cancelled_are_one_refusal(node: Node) -> None:
    """INV-A5."""
    expired = await show(node)
    node.clock.advance(601)
    spent, cancelled = await show(node, COLLEAGUE), await show(node)
    assert isinstance(await claim(node, spent.locator, device()), Claimed)
    await node.pins.close({cancelled.session: "technician_lost"})
    unknown = next(
        text
        for number in range(100_000)
        if (text := f"{number:05d}") not in {expired.locator, spent.locator, cancelled.locator}
    )
    answers = [
        await claim(node, locator, device())
        for locator in (unknown, expired.locator, spent.locator, cancelled.locator)
    ]
    assert answers == [NotOpen()] * 4


async def test_a_second_code_of_a_technician_ends_the_first(node: Node, database: Database) -> None:
    first, second = await show(node), await show(node)
    other = await show(node, COLLEAGUE)
    assert isinstance(await claim(node, first.locator, device()), NotOpen)
    assert isinstance(await claim(node, second.locator, device()), Claimed)
    assert isinstance(await claim(node, other.locator, device()), Claimed)
    assert ("pin.cancelled", "replaced") in await told(database)


async def test_a_technician_shows_thirty_codes_an_hour_and_no_colleague_waits(node: Node) -> None:
    for _ in range(30):
        await show(node)
        node.clock.advance(1)
    assert isinstance(await node.pins.show(account=TECHNICIAN, badge=BADGE), TooMany)
    assert isinstance(await node.pins.show(account=COLLEAGUE, badge=BADGE), Issued)
    node.clock.advance(HOUR_MS / 1000)
    assert isinstance(await node.pins.show(account=TECHNICIAN, badge=BADGE), Issued)


async def test_five_misses_make_this_device_wait_also_after_a_restart(node: Node, database: Database) -> None:
    """INV-A4: counted by the device's key, and no new code resets it."""
    guesser, issued = device(), await show(node)
    for number in range(5):
        assert isinstance(await claim(node, f"{number:05d}", guesser, source=f"s{number}"), NotOpen)
    again = Node(database, clock=node.clock)
    assert isinstance(await claim(again, issued.locator, guesser, source="new"), TooMany)
    assert isinstance(await claim(again, issued.locator, device(), source="home"), Claimed)
    node.clock.advance(15 * MINUTE_MS / 1000)
    fresh = await show(again)
    assert isinstance(await claim(again, fresh.locator, guesser, source="new"), Claimed)


async def test_keys_made_anew_do_not_help_an_address_and_others_are_not_locked_out(node: Node) -> None:
    """INV-A4: a device's key costs nothing; technicians of the same address and other homes go on."""
    for number in range(20):
        assert isinstance(await claim(node, f"{number:05d}", device(), source="one home"), NotOpen)
    issued = await show(node)
    assert isinstance(await claim(node, issued.locator, device(), source="one home"), TooMany)
    assert isinstance(await claim(node, issued.locator, device(), source="another home"), Claimed)
    shown_there = await issue(node)
    assert isinstance(await redeem(node, shown_there.locator, TECHNICIAN, source="one home"), Redeemed)


async def test_a_waiting_address_is_on_record_once_however_many_keys_knock_there(
    node: Node, database: Database
) -> None:
    """INV-D5, INV-F2: whoever is not signed in cannot make the record as long as he likes."""
    for number in range(20):
        await claim(node, f"{number:05d}", device(), source="one home")
    before = len(await leaves(database))
    for _ in range(5):
        assert isinstance(await claim(node, "00000", device(), source="one home"), TooMany)
    assert (await told(database))[before:] == [("redeem.refused", "waiting")]


async def test_a_wrong_secret_counts_for_the_device_and_never_for_the_technician(
    node: Node, database: Database
) -> None:
    """INV-A4: whoever typed it could have guessed. A stranger's wrong digits lock no technician out."""
    guesser = device()
    for _ in range(5):
        issued = await show(node)
        assert isinstance(await claim(node, issued.locator, guesser, source=unique(4).hex()), Claimed)
        async with database.write("run") as conn:
            await node.pins.run_ended(conn, session=issued.session, account=TECHNICIAN, run=Run.FAILED)
    issued = await show(node)
    assert isinstance(await claim(node, issued.locator, guesser), TooMany)
    from_device = await issue(node)
    assert isinstance(await redeem(node, from_device.locator, TECHNICIAN), Redeemed)


async def test_more_live_codes_than_the_space_bears_are_refused(node: Node, database: Database) -> None:
    few = PinService(
        storage=database,
        clock=node.clock,
        append=node.audit.append,
        append_to_each=node.audit.append_to_each,
        random_bytes=unique,
        settings=PinSettings(node=node.sessions.settings.node, salt=bytes(32), live_codes=2),
    )
    await issue(node)
    assert isinstance(await few.show(account=TECHNICIAN, badge=BADGE), Issued)
    assert isinstance(await few.show(account=COLLEAGUE, badge=BADGE), Full)


async def test_a_node_that_starts_cancels_what_its_earlier_life_showed(
    node: Node, database: Database
) -> None:
    issued = await show(node)
    again = Node(database, clock=node.clock)
    assert await again.pins.recover() == 1
    assert isinstance(await claim(again, issued.locator, device()), NotOpen)
    assert ("pin.cancelled", "relay_lost") in await told(database)
