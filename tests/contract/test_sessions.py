"""Whole sessions on SQLite and on a real PostgreSQL, among them sessions whose store dies at every step."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from relay.ports import Refusal
from relay.session.facts import Side
from tests.contract.crash import ForgetfulStorage, HeldStorage, MortalStorage
from tests.relay.checks import (
    check_chains,
    check_every_session_ended_once,
    check_executed_is_logged,
    check_no_code_is_live,
    check_one_end,
    check_one_session_per_code,
)
from tests.relay.kit import BADGE
from tests.relay.play import SOURCE, Dead, Node, Play, WaitingLine, leaves, pin_rows, session_rows, unique
from wire.encoding import sha256_b64
from wire.limits import TICKET_S
from wire.reasons import CloseCode, EndReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server.storage.engine import Database

pytestmark = pytest.mark.slow

# Of the 70 or so places where a session's store can die, every one under `make prove`.
STRIDE = 1 if os.environ.get("ALONGSIDE_PROVE") else 3


@pytest.fixture
async def node(database: Database) -> AsyncIterator[Node]:
    made = Node(database)
    await made.sessions.start()
    yield made
    await made.sessions.close()


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
        "session.end",
    ]
    assert len({leaf.sess for leaf in await leaves(database)}) == 1
    [row] = await session_rows(database)
    assert row.reason == "customer_stopped"
    assert row.records == 3
    assert row.started_at <= row.paired_at <= row.active_at <= row.ended_at
    await check_chains(node, database)
    await check_executed_is_logged(database, row.id, [sha256_b64(sent) for sent in play.device.frames])


async def test_of_many_ends_one_is_recorded(node: Node, database: Database) -> None:
    for _ in range(5):
        await check_one_end(node, database)


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
    """INV-D5, INV-F2: five within ten minutes are recorded; then this account waits, and nobody else."""
    play = Play(node)
    await play.show_code()
    thief = unique(16).hex()
    slugs = []
    for _ in range(7):
        with pytest.raises(Refusal) as refusal:
            await node.sessions.redeem(account=thief, locator=play.locator, badge=BADGE, source="")
        slugs.append(refusal.value.slug)
    assert slugs == ["not-allowed"] * 5 + ["too-many"] * 2
    assert (await types(database))[1:] == ["redeem.refused"] * 5
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


async def test_a_device_that_leaves_while_its_code_is_redeemed_ends_the_session(
    node: Node, database: Database
) -> None:
    """INV-A1: the code is spent all the same."""
    play = Play(node)
    await play.show_code()
    redeeming = asyncio.create_task(play.redeem())
    await asyncio.sleep(0)  # the redemption has begun
    play._seat.gone()
    with pytest.raises(Refusal, match="code-not-open"):
        await redeeming
    await node.sessions.settled()
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


async def play_until_it_dies(storage: MortalStorage) -> Play:
    """One whole session, or as much of it as the store lived for; then the process is gone."""
    node = Node(storage)
    play = Play(node, dead=storage.dead)

    async def life() -> None:
        await node.sessions.start()
        await play.whole()

    playing, dying = asyncio.create_task(life()), asyncio.create_task(storage.dead.wait())
    await asyncio.wait({playing, dying}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
    playing.cancel()
    dying.cancel()
    outcomes = await asyncio.gather(playing, dying, return_exceptions=True)
    await node.sessions.close()
    assert storage.dead.is_set() or outcomes[0] is None, outcomes
    return play


async def test_a_store_that_dies_at_any_step_leaves_one_end_and_no_second_session(
    database: Database,
) -> None:
    """INV-A1, INV-B6, INV-D1, INV-E2: issue, redeem, pair, consent, command, action, end: every step."""
    dies_at, steps = STRIDE, Counter[str]()
    while True:
        storage = MortalStorage(database, dies_at=dies_at)
        play = await play_until_it_dies(storage)
        survived = not storage.dead.is_set()
        steps.update(name.partition(":")[0] for name in storage.steps)
        restarted = Node(database)
        await restarted.sessions.recover()
        await check_every_session_ended_once(database)
        await check_no_code_is_live(database)
        await check_one_session_per_code(database)
        if play.opened is not None:
            executed = [sha256_b64(sent) for sent in play.device.frames]
            await check_executed_is_logged(database, play.opened.session, executed)
        if play.locator:
            restarted.badges[BADGE] = thief = unique(16).hex()
            with pytest.raises(Refusal, match="code-not-open"):
                await restarted.sessions.redeem(
                    account=thief, locator=play.locator, badge=BADGE, source=SOURCE
                )
        if survived:
            break
        dies_at += STRIDE
    await check_chains(restarted, database)
    assert {"issue", "redeem", "paired", "consent", "command", "action", "end"} <= {
        name for step in steps for name in step.split("+")
    }
    assert dies_at > 40


async def steps_of_a_redemption(database: Database) -> list[str]:
    """Every place where the store can die while a code is redeemed."""
    play = Play(Node(database))
    await play.show_code()
    play.node.pins._storage = storage = MortalStorage(database, dies_at=10_000)
    await play.redeem()
    await play.node.sessions.close()
    return storage.steps


async def test_a_store_that_dies_before_a_code_is_taken_leaves_it_open(
    node: Node, database: Database
) -> None:
    """INV-A4: a guess that never reached the store burns no code, whoever made it."""
    play = Play(node)
    await play.show_code()
    node.pins._storage = MortalStorage(database, dies_at=1)
    with pytest.raises(Refusal, match="try-later"):
        await play.redeem()
    assert play.device.error is None
    node.pins._storage = database
    await play.redeem()
    assert play.opened is not None


async def test_a_store_that_dies_once_a_code_is_taken_spends_it(node: Node, database: Database) -> None:
    """When in doubt the code is spent (INV-A1), and the device is told so."""
    steps = await steps_of_a_redemption(database)
    assert steps[-2:] == ["redeem: before commit", "redeem: committed"]
    play = Play(node)
    await play.show_code()
    node.pins._storage = MortalStorage(database, dies_at=len(steps) - 1)
    with pytest.raises(Refusal, match="try-later"):
        await play.redeem()
    assert play.device.error == ("code_over", 4410)
    node.pins._storage = database
    await node.sessions.settled()
    assert {row.state for row in await pin_rows(database) if row.locator == play.locator} == {"cancelled"}


async def test_a_redemption_in_doubt_is_ended_although_its_device_has_left(
    node: Node, database: Database
) -> None:
    """INV-B6: kept by the store, unknown to the relay, and nobody there any more."""
    play = Play(node)
    await play.show_code()

    class Leaving(ForgetfulStorage):
        def _step(self, name: str) -> None:
            if name.endswith("committed"):
                play._seat.gone()
            super()._step(name)

    node.pins._storage = Leaving(database, dies_at=1)
    with pytest.raises(Refusal, match="try-later"):
        await play.redeem()
    node.pins._storage = database
    await node.sessions.settled()
    assert [row.reason for row in await session_rows(database)] == ["audit_unavailable"]


async def test_a_commit_whose_answer_was_lost_opens_no_session_unseen(node: Node, database: Database) -> None:
    """The redemption was kept although the relay was told otherwise: the session is ended, once."""
    play = Play(node)
    await play.show_code()
    node.pins._storage = ForgetfulStorage(database, dies_at=1)
    with pytest.raises(Refusal, match="try-later"):
        await play.redeem()
    node.pins._storage = database
    await node.sessions.settled()
    [row] = await session_rows(database)
    assert row.reason == "audit_unavailable"
    await check_every_session_ended_once(database)
    assert play.device.error == ("code_over", 4410)


async def test_a_store_that_goes_away_ends_the_session_and_records_it_when_it_is_back(
    node: Node, database: Database
) -> None:
    """INV-H2: closed at once, recorded later, with the reason it really had."""
    play = Play(node)
    await play.show_code()
    await play.redeem()
    await play.pair()
    await play.consent()
    log = node.sessions._log
    log._storage = MortalStorage(database, dies_at=1)
    with pytest.raises(Dead):
        await play.command()
    assert play.device.told is EndReason.AUDIT_UNAVAILABLE
    assert play.console.told is EndReason.AUDIT_UNAVAILABLE
    log._storage = database
    log.retry()
    await log.flushed()
    assert (await session_rows(database))[0].reason == "audit_unavailable"
    await check_every_session_ended_once(database)


async def test_an_action_whose_commit_s_answer_was_lost_is_recorded_once(
    node: Node, database: Database
) -> None:
    """INV-E3: the record's number is its key."""
    play = Play(node)
    await play.show_code()
    await play.redeem()
    await play.pair()
    await play.consent()
    log = node.sessions._log
    # The frame's commit is the first whose answer arrives, the action's the second, which gets lost.
    log._storage = ForgetfulStorage(database, dies_at=2)
    with pytest.raises(Dead):
        await play.act()
    log._storage = database
    log.retry()
    await log.flushed()
    assert Counter(await types(database))["device.action"] == 1
    await check_every_session_ended_once(database)


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
    assert node.sessions._seats == set()
    assert node.sessions._live == {}


def test_a_waiting_line_is_a_line() -> None:
    line = WaitingLine()
    line.close(None, CloseCode.ENDED, 0)
    assert line.changed.is_set()
