"""Sessions whose store dies, forgets or goes away, at every step there is, on both databases."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from relay.ports import Refusal
from tests.contract.crash import STEPS_OF_A_SESSION, ForgetfulStorage, MortalStorage
from tests.relay.checks import (
    check_chains,
    check_every_session_ended_once,
    check_executed_is_logged,
    check_no_code_is_live,
    check_one_session_per_code,
)
from tests.relay.kit import BADGE
from tests.relay.play import Dead, Node, Play, leaves, pin_rows, session_rows, unique
from wire.encoding import sha256_b64
from wire.reasons import EndReason

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

# Of the 70 or so places where a session's store can die, every one under `make prove`.
STRIDE = 1 if os.environ.get("ALONGSIDE_PROVE") else 3


async def types(database: Database) -> list[str]:
    return [leaf.typ.value for leaf in await leaves(database)]


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
                # An address of its own: so many misses from one are slowed down, which is another promise.
                await restarted.sessions.redeem(
                    account=thief, locator=play.locator, badge=BADGE, source=thief
                )
        if survived:
            break
        dies_at += STRIDE
    await check_chains(restarted, database)
    assert {name for step in steps for name in step.split("+")} >= STEPS_OF_A_SESSION
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


async def test_a_code_whose_issue_is_in_doubt_is_cancelled_when_the_store_is_back(
    node: Node, database: Database
) -> None:
    """Nobody shows it: left live it would take up a locator until a restart, and a guess could hit it."""
    play = Play(node)
    node.pins._storage = ForgetfulStorage(database, dies_at=1)
    with pytest.raises(Dead):
        await play.show_code()
    assert play.device.error == ("try_later", 1013)
    node.pins._storage = database
    node.sessions.tick(node.clock.monotonic())
    await node.sessions.settled()
    assert [row.state for row in await pin_rows(database)] == ["cancelled"]


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
