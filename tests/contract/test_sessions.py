"""Whole sessions on SQLite and on a real PostgreSQL: how they begin, who may join, and that all end."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from relay.ports import Refusal
from relay.session.facts import Side
from tests.contract.crash import HeldStorage, MortalStorage
from tests.relay.checks import (
    check_chains,
    check_every_session_ended_once,
    check_executed_is_logged,
    check_no_code_is_live,
    check_one_end,
)
from tests.relay.kit import BADGE
from tests.relay.play import SOURCE, Node, Play, WaitingLine, leaves, pin_rows, session_rows, unique
from wire.encoding import sha256_b64
from wire.limits import TICKET_S
from wire.reasons import CloseCode, EndReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server.storage.engine import Database

pytestmark = pytest.mark.slow


async def types(database: Database) -> list[str]:
    return [leaf.typ.value for leaf in await leaves(database)]


async def test_a_whole_session_leaves_its_whole_story(node: Node, database: Database) -> None:
    """INV-D1, INV-D3: from the code to the end in one chain, commands before what came of them."""
    play = Play(node)
    await play.whole()
    assert await types(database) == [
        "pin.issued",
        "pin.redeemed",
        "session.joined",
        "session.joined",
        "control.frames",
        "session.paired",
        "session.consent",
        "control.frames",
        "device.action",
        "session.hide",
        "session.end",
    ]
    assert len({leaf.sess for leaf in await leaves(database)}) == 1
    [row] = await session_rows(database)
    assert row.reason == "customer_stopped"
    assert row.records == 4
    assert row.started_at <= row.paired_at <= row.active_at <= row.ended_at
    await check_chains(node, database)
    await check_executed_is_logged(database, row.id, [sha256_b64(sent) for sent in play.device.frames])


async def test_of_many_ends_one_is_recorded(node: Node, database: Database) -> None:
    for _ in range(5):
        await check_one_end(node, database)


@pytest.mark.proves("P8")
async def test_the_second_redemption_of_a_code_is_refused_and_the_first_goes_on(
    node: Node, database: Database
) -> None:
    """INV-A7."""
    play = Play(node)
    await play.show_code()
    await play.redeem()
    node.badges[BADGE] = other = unique(16).hex()
    with pytest.raises(Refusal) as refusal:
        await node.sessions.redeem(account=other, locator=play.locator, badge=BADGE, source=SOURCE)
    assert refusal.value.slug == "code-not-open"
    await play.pair()
    await play.consent()
    await play.stop()
    assert (await session_rows(database))[0].reason == "customer_stopped"


async def test_a_badge_of_somebody_else_redeems_nothing_and_is_recorded(
    node: Node, database: Database
) -> None:
    """INV-D5."""
    play = Play(node)
    await play.show_code()
    with pytest.raises(Refusal) as refusal:
        await node.sessions.redeem(account=unique(16).hex(), locator=play.locator, badge=BADGE, source=SOURCE)
    assert refusal.value.slug == "not-allowed"
    assert (await types(database))[1:] == ["redeem.refused"]
    assert (await pin_rows(database))[0].state == "issued"


async def test_badges_of_others_are_counted_so_that_nobody_fills_the_record_with_them(
    node: Node, database: Database
) -> None:
    """INV-D5, INV-F2: five within ten minutes are recorded, and the wait, which is this account's alone."""
    play = Play(node)
    await play.show_code()
    thief = unique(16).hex()
    slugs = []
    for _ in range(7):
        with pytest.raises(Refusal) as refusal:
            await node.sessions.redeem(account=thief, locator=play.locator, badge=BADGE, source="")
        slugs.append(refusal.value.slug)
    assert slugs == ["not-allowed"] * 5 + ["too-many"] * 2
    assert (await types(database))[1:] == ["redeem.refused"] * 6
    await play.redeem()
    assert play.opened is not None


async def test_a_ticket_works_once_and_for_thirty_seconds(node: Node) -> None:
    """INV-G3."""
    play = Play(node)
    await play.show_code()
    opened = await play.redeem()
    assert node.sessions.join("x" * 43) is None
    assert node.sessions.join(opened.ticket) is not None
    assert node.sessions.join(opened.ticket) is None
    late = Play(node)
    await late.show_code()
    opened = await late.redeem()
    node.clock.advance(TICKET_S)
    assert node.sessions.join(opened.ticket) is None


async def test_a_device_that_leaves_takes_its_code_with_it(node: Node, database: Database) -> None:
    play = Play(node)
    await play.show_code()
    play._seat.gone()
    await node.sessions.settled()
    assert (await pin_rows(database))[0].state == "cancelled"
    with pytest.raises(Refusal, match="code-not-open"):
        await play.redeem()


async def test_a_device_that_leaves_while_its_code_is_redeemed_ends_the_session(database: Database) -> None:
    """INV-A1: the code is spent all the same."""
    storage = HeldStorage(database, "redeem")
    node = Node(storage)
    await node.sessions.start()
    play = Play(node)
    await play.show_code()
    redeeming = asyncio.create_task(play.redeem())
    await storage.reached.wait()  # the code is taken, and not yet on disk
    play._seat.gone()
    storage.let_go.set()
    with pytest.raises(Refusal, match="code-not-open"):
        await redeeming
    await node.sessions.settled()
    await node.sessions.close()
    await check_every_session_ended_once(database)
    [row] = await session_rows(database)
    assert row.reason == "device_lost"


async def test_signing_out_ends_the_technician_s_sessions_and_nobody_else_s(
    node: Node, database: Database
) -> None:
    """INV-B5, INV-G4."""
    mine, other = Play(node), Play(node)
    for play in (mine, other):
        node.badges[BADGE] = play.account
        await play.show_code()
        await play.redeem()
        await play.pair()
        await play.consent()
    assert node.sessions.accounts() == {mine.account, other.account}
    await node.sessions.revoke(mine.account)
    assert mine.device.told is EndReason.REVOKED
    assert other.device.closed is None
    await other.stop()
    reasons = {row.account: row.reason for row in await session_rows(database)}
    assert reasons == {mine.account: "revoked", other.account: "customer_stopped"}


async def test_a_sign_out_while_a_code_is_redeemed_ends_the_session_it_opens(
    node: Node, database: Database
) -> None:
    """INV-G4: the session is not there yet when its technician is signed out."""
    play = Play(node)
    await play.show_code()

    class SignedOut(MortalStorage):
        @asynccontextmanager
        async def write(self, step: str) -> AsyncIterator[AsyncConnection]:
            async with super().write(step) as conn:
                yield conn
                await node.sessions.revoke(play.account)

    node.pins._storage = SignedOut(database, dies_at=10_000)
    await play.redeem()
    assert play.device.told is EndReason.REVOKED
    await node.sessions.settled()
    assert [row.reason for row in await session_rows(database)] == ["revoked"]
    assert node.sessions.accounts() == frozenset()


async def test_draining_ends_everything_with_its_reason_and_takes_nothing_new(
    node: Node, database: Database
) -> None:
    """INV-H4."""
    waiting, active = Play(node), Play(node)
    await waiting.show_code()
    node.badges[BADGE] = active.account
    await active.show_code()
    await active.redeem()
    await active.pair()
    await active.consent()
    await node.sessions.drain()
    assert active.device.told is EndReason.DRAINING
    assert waiting.device.error == ("try_later", 1013)
    assert not node.sessions.has_room()
    with pytest.raises(Refusal, match="try-later"):
        await node.sessions.redeem(
            account=waiting.account, locator=waiting.locator, badge=BADGE, source=SOURCE
        )
    await check_every_session_ended_once(database)
    await check_no_code_is_live(database)


async def test_a_redemption_under_way_when_the_drain_begins_is_ended_and_recorded_by_it(
    database: Database,
) -> None:
    """INV-B6, INV-H4: the process leaves nothing for the next one to find."""
    storage = HeldStorage(database, "redeem")
    node = Node(storage)
    await node.sessions.start()
    play = Play(node)
    await play.show_code()
    redeeming = asyncio.create_task(play.redeem())
    await storage.reached.wait()
    play.device.changed.clear()
    draining = asyncio.create_task(node.sessions.drain())
    await play.device.changed.wait()  # it is turned away
    storage.let_go.set()
    with pytest.raises(Refusal, match="code-not-open"):
        await redeeming
    await draining
    await node.sessions.close()
    assert [row.reason for row in await session_rows(database)] == ["draining"]
    await check_every_session_ended_once(database)


async def test_a_node_that_starts_ends_the_sessions_of_its_earlier_life(
    node: Node, database: Database
) -> None:
    """INV-B6."""
    play = Play(node)
    await play.show_code()
    await play.redeem()
    await play.pair()
    restarted = Node(database, node.clock)
    assert await restarted.sessions.recover() == 1
    assert await restarted.sessions.recover() == 0
    assert (await session_rows(database))[0].reason == "relay_lost"
    await check_every_session_ended_once(database)
    await check_chains(restarted, database)


async def test_a_node_has_recovered_before_it_is_started(node: Node, database: Database) -> None:
    """INV-A1, INV-B6: nobody has to ask for it."""
    play = Play(node)
    await play.show_code()
    await play.redeem()
    await Play(node).show_code()
    restarted = Node(database, node.clock)
    await restarted.sessions.start()
    await restarted.sessions.close()
    assert (await session_rows(database))[0].reason == "relay_lost"
    await check_no_code_is_live(database)


async def test_a_node_leaves_the_sessions_of_another_alone(node: Node, database: Database) -> None:
    play = Play(node)
    await play.show_code()
    await play.redeem()
    assert await Node(database, node.clock, node="node-2").sessions.recover() == 0
    assert (await session_rows(database))[0].reason is None


async def test_taking_codes_and_leaving_counts_like_missing_them(node: Node) -> None:
    """INV-A4."""
    for _ in range(5):
        play = Play(node)
        play.account = "c" * 32
        node.badges[BADGE] = play.account
        await play.show_code()
        await play.redeem()
        [broker] = node.sessions._brokers.values()
        broker.gone(Side.CONSOLE)
        await node.sessions.settled()
    with pytest.raises(Refusal) as refusal:
        await node.sessions.redeem(account="c" * 32, locator="00000", badge=BADGE, source=SOURCE)
    assert (refusal.value.slug, refusal.value.retry_after_s) == ("too-many", 15 * 60)


async def test_sessions_are_listed_to_their_own_technician_newest_first(node: Node) -> None:
    """INV-D4."""
    ours = []
    for _ in range(3):
        play = Play(node)
        play.account = "c" * 32
        node.badges[BADGE] = play.account
        node.clock.advance(1)
        await play.whole()
        assert play.opened is not None
        ours.append(play.opened.session)
    node.badges[BADGE] = "d" * 32
    foreign = Play(node)
    await foreign.whole()
    listed = await node.sessions.sessions_of("c" * 32)
    assert [line.session for line in listed] == ours[::-1]
    assert {line.device for line in listed} == {"Vista 55 Q7 4.2.0"}
    assert {line.reason for line in listed} == {EndReason.CUSTOMER_STOPPED}
    assert await node.sessions.sessions_of("e" * 32) == []


async def test_a_console_lost_in_the_middle_leaves_nothing_behind(node: Node, database: Database) -> None:
    """INV-H3."""
    play = Play(node)
    await play.show_code()
    await play.redeem()
    await play.pair()
    assert play.broker is not None
    play.broker.gone(Side.CONSOLE)
    await node.sessions.settled()
    assert play.device.told is EndReason.TECHNICIAN_LOST
    assert node.sessions._brokers == {}
    assert node.sessions._seats == {}
    assert node.sessions._live == {}


def test_a_waiting_line_is_a_line() -> None:
    line = WaitingLine()
    line.close(None, CloseCode.ENDED, 0)
    assert line.changed.is_set()
