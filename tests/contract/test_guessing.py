"""Misses counted by address and all together: who guesses is slowed, who is honest is not (INV-A4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from relay.pin.rules import MINUTE_MS, Limit, Policy
from relay.pin.service import PinService, PinSettings
from relay.pin.store import throttle
from relay.ports import NotOpen, Redeemed, Run, TooMany
from tests.relay.checks import issue, redeem
from tests.relay.play import NODE, SALT, Node, leaves, unique

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
WRONG = "00000"


@pytest.fixture
def node(database: Database) -> Node:
    """A few misses are many here; the real numbers are tested without a database."""
    made = Node(database)
    made.pins = _pins(
        made, Policy(source_misses=(Limit(6, 10 * MINUTE_MS),), alarm=Limit(10, 10 * MINUTE_MS))
    )
    return made


def _pins(node: Node, policy: Policy) -> PinService:
    return PinService(
        storage=node.storage,
        clock=node.clock,
        append=node.audit.append,
        append_to_each=node.audit.append_to_each,
        random_bytes=unique,
        settings=PinSettings(node=NODE, salt=SALT, policy=policy),
    )


def somebody() -> str:
    return unique(16).hex()


async def wrong(node: Node) -> str:
    """A code that is live, and a locator that is not it."""
    issued = await issue(node)
    return f"{(int(issued.locator) + 1) % 100_000:05d}"


async def alarms(database: Database) -> list[dict[str, object]]:
    return [dict(leaf.d) for leaf in await leaves(database) if leaf.typ.value == "redeem.alarm"]


async def test_misses_of_many_accounts_make_them_wait_at_their_address_and_nowhere_else(node: Node) -> None:
    """An attacker with many accounts gains nothing by changing between them."""
    issued, missed, accounts = await issue(node), await wrong(node), [somebody() for _ in range(6)]
    for account in accounts:
        assert await redeem(node, missed, account, source=HERE) == NotOpen()
    node.clock.advance(60)
    again = Node(node.storage, node.clock)
    again.pins = node.pins
    for account in accounts:
        assert await redeem(again, issued.locator, account, source=HERE) == TooMany(9 * 60)
    assert isinstance(await redeem(again, issued.locator, accounts[0], source=ELSEWHERE), Redeemed)


async def test_who_has_not_missed_lately_does_not_wait_for_a_guesser_at_the_same_address(node: Node) -> None:
    """INV-A4: blind guesses lock out nobody else, whoever shares a network with the guesser."""
    missed, colleague = await wrong(node), somebody()
    assert await redeem(node, missed, colleague, source=HERE) == NotOpen()
    node.clock.advance(600)
    for _ in range(6):
        await redeem(node, missed, somebody(), source=HERE)
    issued = await issue(node)
    assert isinstance(await redeem(node, issued.locator, colleague, source=HERE), Redeemed)


async def test_an_address_that_waited_is_let_in_again(node: Node) -> None:
    missed = await wrong(node)
    for _ in range(6):
        await redeem(node, missed, somebody(), source=HERE)
    node.clock.advance(600)
    issued = await issue(node)
    assert isinstance(await redeem(node, issued.locator, somebody(), source=HERE), Redeemed)


async def test_misses_made_at_once_from_one_address_are_all_counted(node: Node) -> None:
    missed = await wrong(node)
    accounts = [somebody() for _ in range(4)]
    for account in accounts:
        await redeem(node, missed, account, source=HERE)
    outcomes = await asyncio.gather(*(redeem(node, missed, who, source=HERE) for who in accounts * 5))
    assert sum(outcome == NotOpen() for outcome in outcomes) == 2


async def test_a_success_costs_an_address_nothing_and_clears_nothing(node: Node) -> None:
    missed = await wrong(node)
    for _ in range(5):
        await redeem(node, missed, somebody(), source=HERE)
    for _ in range(3):
        issued = await issue(node)
        assert isinstance(await redeem(node, issued.locator, somebody(), source=HERE), Redeemed)
    guesser = somebody()
    assert await redeem(node, missed, guesser, source=HERE) == NotOpen()
    assert isinstance(await redeem(node, missed, guesser, source=HERE), TooMany)


async def test_no_address_is_in_the_tables_or_the_record(node: Node, database: Database) -> None:
    """INV-C4, INV-H5."""
    await redeem(node, await wrong(node), somebody(), source=HERE)
    async with database.read() as conn:
        rows = [str(row) for row in await conn.execute(sa.select(throttle))]
    assert any("source_miss" in row for row in rows)
    assert not any(HERE in row for row in rows)
    assert not any(HERE in str(leaf) for leaf in await leaves(database))


async def test_misses_from_everywhere_raise_one_alarm_and_refuse_nobody(
    node: Node, database: Database
) -> None:
    missed = await wrong(node)
    with capture_logs() as log:
        for number in range(19):
            assert await redeem(node, missed, somebody(), source=f"192.0.2.{number}") == NotOpen()
    assert await alarms(database) == [{"misses": 10, "window_s": 600}]
    raised = [event for event in log if event["event"] == "redeem_alarm"]
    assert [(event["log_level"], event["misses"]) for event in raised] == [("warning", 10)]
    assert await redeem(node, missed, somebody(), source=ELSEWHERE) == NotOpen()
    assert len(await alarms(database)) == 2


async def test_misses_that_come_slowly_raise_no_alarm(node: Node, database: Database) -> None:
    missed = await wrong(node)
    for number in range(12):
        node.clock.advance(67)
        await redeem(node, missed, somebody(), source=f"192.0.2.{number}")
    assert await alarms(database) == []


async def test_pairings_that_fail_raise_the_alarm_as_well(node: Node, database: Database) -> None:
    """A wrong secret is a guess like a wrong locator."""
    for _ in range(10):
        issued, account = await issue(node), somebody()
        await redeem(node, issued.locator, account)
        async with node.storage.write("test") as conn:
            await node.pins.run_ended(conn, session=issued.session, account=account, run=Run.FAILED)
    assert len(await alarms(database)) == 1
