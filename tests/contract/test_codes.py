"""Codes on SQLite and on a real PostgreSQL: one winner, uniform refusals, limits that survive a restart."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from relay.audit.leaf_types import LeafType
from relay.pin.rules import DAY_MS, MINUTE_MS
from relay.pin.service import PinService, PinSettings
from relay.ports import Full, Issued, NotOpen, Redeemed, Run, TooMany
from server.storage.engine import Database
from tests.relay.checks import check_no_code_is_live, check_one_winner, issue, redeem
from tests.relay.kit import BADGE, FakeClock, device_hello
from tests.relay.play import NODE, SALT, Node, fresh_key, leaves, pin_rows, session_rows, unique

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.slow

ROUNDS = 100 if os.environ.get("ALONGSIDE_PROVE") else 5
TECHNICIAN = "a" * 32


@pytest.fixture
def node(database: Database) -> Node:
    return Node(database)


async def refused(node: Node, database: Database) -> list[str]:
    return [str(leaf.d["why"]) for leaf in await leaves(database) if leaf.typ.value == "redeem.refused"]


@pytest.mark.proves("R99", "P8", by="a code is loaded, then saved")
async def test_of_many_technicians_who_redeem_one_code_at_once_one_wins(
    database: Database, database_url: str
) -> None:
    """INV-A1: two relay processes' worth of services on one database, many rounds."""
    async with AsyncExitStack() as stack:
        second = await Database.open(database_url)
        stack.push_async_callback(second.close)
        nodes = [Node(database), Node(second)]
        for _ in range(ROUNDS):
            await check_one_winner(nodes, database)


async def test_a_code_is_recorded_when_issued_and_stored_without_the_device_s_name(
    node: Node, database: Database
) -> None:
    """INV-A3, INV-H5: neither the secret nor the device's id is in the tables."""
    dev = device_hello(fresh_key()).dev
    issued = await node.pins.issue(dev=dev, fw="Vista 55 Q7 4.2.0")
    assert isinstance(issued, Issued)
    row = (await pin_rows(database))[0]
    assert row.locator == issued.locator == row.locator_live
    assert len(issued.locator) == 5
    assert row.expires_at - row.issued_at == 600_000
    assert dev not in map(str, row)
    [leaf] = await leaves(database)
    assert (leaf.sess, leaf.typ.value, leaf.d["ttl_s"]) == (issued.session, "pin.issued", 600)


async def test_a_redeemed_code_is_spent_for_everybody(node: Node, database: Database) -> None:
    issued = await issue(node)
    assert isinstance(await redeem(node, issued.locator, TECHNICIAN), Redeemed)
    for account in (TECHNICIAN, "b" * 32):
        assert await redeem(node, issued.locator, account) == NotOpen()
    assert len(await session_rows(database)) == 1
    assert await refused(node, database) == ["spent", "spent"]


async def test_never_issued_expired_spent_and_cancelled_look_alike_and_do_the_same_work(
    node: Node, database: Database
) -> None:
    """INV-A5: same answer, same statements in the same order, one record each that tells them apart."""
    spent, late, cancelled = await issue(node), await issue(node), await issue(node)
    await redeem(node, spent.locator, TECHNICIAN)
    await node.pins.close({cancelled.session: "device_lost"})
    unknown = next(
        locator
        for locator in map("{:05d}".format, range(100_000))
        if locator not in {spent.locator, late.locator, cancelled.locator}
    )
    node.clock.advance(600)
    work: list[tuple[str, ...]] = []
    for locator in (unknown, late.locator, spent.locator, cancelled.locator):
        statements = Statements(database)
        assert await redeem(node, locator, unique(16).hex()) == NotOpen()
        work.append(statements.seen())
    assert len(set(work)) == 1
    assert len(work[0]) >= 6
    assert await refused(node, database) == ["unknown", "expired", "spent", "cancelled"]


async def test_an_expired_code_cannot_be_redeemed_in_its_last_millisecond_s_wake(
    node: Node, database: Database
) -> None:
    first, second = await issue(node), await issue(node)
    node.clock.ms = first.expires_at - 1
    assert isinstance(await redeem(node, first.locator, TECHNICIAN), Redeemed)
    node.clock.ms = second.expires_at
    assert await redeem(node, second.locator, "b" * 32) == NotOpen()


async def test_a_code_of_another_node_is_not_open_here(node: Node, database: Database) -> None:
    """Its device's socket is elsewhere: redeeming it here could only burn it."""
    issued = await issue(node)
    assert await redeem(Node(database, node.clock, node="node-2"), issued.locator, TECHNICIAN) == NotOpen()
    assert isinstance(await redeem(node, issued.locator, TECHNICIAN), Redeemed)


async def test_a_redemption_whose_session_cannot_be_kept_spends_nothing(
    node: Node, database: Database
) -> None:
    """INV-E2: the code, the session and the record stand or fall together."""
    issued = await issue(node)

    async def fail(_conn: object, _redeemed: object) -> None:
        raise RuntimeError("no session")

    with pytest.raises(RuntimeError):
        await node.pins.redeem(
            locator=issued.locator, account=TECHNICIAN, badge=BADGE, source="", open_session=fail
        )
    assert [row.state for row in await pin_rows(database)] == ["issued"]
    assert [leaf.typ.value for leaf in await leaves(database)] == ["pin.issued"]
    assert isinstance(await redeem(node, issued.locator, TECHNICIAN), Redeemed)


async def test_a_code_is_closed_once_and_recorded_once(node: Node, database: Database) -> None:
    issued = await issue(node)
    closed = await asyncio.gather(
        node.pins.close({issued.session: "time_up"}), node.pins.close({issued.session: "device_lost"})
    )
    assert sorted(closed) == [0, 1]
    assert len(await leaves(database)) == 2
    assert (await pin_rows(database))[0].locator_live is None


async def test_a_spent_code_is_not_cancelled_later(node: Node, database: Database) -> None:
    issued = await issue(node)
    await redeem(node, issued.locator, TECHNICIAN)
    assert not await node.pins.close({issued.session: "time_up"})
    assert (await pin_rows(database))[0].state == "redeemed"


class Numbers:
    """Random bytes that draw the locators the test wants."""

    def __init__(self, locators: Sequence[int]) -> None:
        self._locators = iter(locators)

    def __call__(self, size: int) -> bytes:
        return unique(size) if size != 4 else next(self._locators).to_bytes(4, "big")


def pins_drawing(node: Node, locators: Sequence[int], *, live_codes: int = 5000) -> PinService:
    return PinService(
        storage=node.storage,
        clock=node.clock,
        append=node.audit.append,
        append_to_each=node.audit.append_to_each,
        random_bytes=Numbers(locators),
        settings=PinSettings(node=NODE, salt=SALT, live_codes=live_codes),
    )


async def drawn(pins: PinService) -> str:
    issued = await pins.issue(dev=device_hello(fresh_key()).dev, fw="")
    assert isinstance(issued, Issued)
    return issued.locator


async def test_a_live_locator_is_not_drawn_again(node: Node) -> None:
    pins = pins_drawing(node, [7, 7, 7, 8])
    assert [await drawn(pins), await drawn(pins)] == ["00007", "00008"]


async def test_a_used_locator_rests_for_a_day(node: Node) -> None:
    pins = pins_drawing(node, [7, 7, 8, 7])
    assert await drawn(pins) == "00007"
    await redeem(node, "00007", TECHNICIAN)
    node.clock.ms += DAY_MS - 1
    assert await drawn(pins) == "00008"
    node.clock.ms += 1
    assert await drawn(pins) == "00007"


async def test_locators_are_drawn_without_bias(node: Node) -> None:
    """The numbers at the top of the range, which would make small locators likelier, are drawn again."""
    biased = 2**32 - 1
    assert await drawn(pins_drawing(node, [biased, 4_200_099_999])) == "99999"


async def test_more_live_codes_than_allowed_are_refused_politely(node: Node, database: Database) -> None:
    pins = pins_drawing(node, range(10), live_codes=2)
    assert [await drawn(pins), await drawn(pins)] == ["00000", "00001"]
    assert await pins.issue(dev=device_hello(fresh_key()).dev, fw="") == Full()
    await pins.close({(await pin_rows(database))[0].session: "time_up"})
    assert await drawn(pins) == "00002"


async def test_five_misses_make_this_technician_wait_and_no_other(node: Node, database: Database) -> None:
    """INV-A4: the limit holds over a restart, and honest technicians are not locked out."""
    issued = await issue(node)
    wrong = f"{(int(issued.locator) + 1) % 100_000:05d}"
    for _ in range(5):
        assert await redeem(node, wrong, TECHNICIAN) == NotOpen()
    restarted = Node(database, node.clock)
    assert await redeem(restarted, issued.locator, TECHNICIAN) == TooMany(15 * 60)
    assert isinstance(await redeem(restarted, issued.locator, "b" * 32), Redeemed)
    node.clock.advance(15 * 60)
    assert await redeem(restarted, wrong, TECHNICIAN) == NotOpen()


async def test_a_wait_is_on_record_once_however_often_it_is_run_into(node: Node, database: Database) -> None:
    """INV-D5: who knocks on a closed door is seen, and cannot fill the record by it."""
    for _ in range(2):
        for number in range(5):
            assert await redeem(node, f"{number:05d}", TECHNICIAN) == NotOpen()
        for _ in range(3):
            assert isinstance(await redeem(node, "00000", TECHNICIAN), TooMany)
        node.clock.advance(15 * 60)
    why = [leaf.d["why"] for leaf in await leaves(database) if leaf.typ is LeafType.REDEEM_REFUSED]
    assert why == (["unknown"] * 5 + ["waiting"]) * 2


async def test_misses_made_at_once_are_all_counted(node: Node, database: Database) -> None:
    """INV-A4: parallel guesses share one budget."""
    outcomes = await asyncio.gather(*(redeem(node, f"{number:05d}", TECHNICIAN) for number in range(24)))
    assert sum(outcome == NotOpen() for outcome in outcomes) == 5
    assert sum(isinstance(outcome, TooMany) for outcome in outcomes) == 19


async def test_twenty_misses_of_a_day_lock_the_account_for_the_day(node: Node) -> None:
    for _ in range(4):
        for number in range(5):
            assert await redeem(node, f"{number:05d}", TECHNICIAN) == NotOpen()
        node.clock.advance(16 * 60)
    locked = await redeem(node, "00000", TECHNICIAN)
    assert isinstance(locked, TooMany)
    assert locked.wait_s > 22 * 3600


async def test_the_eleventh_code_of_an_hour_is_refused_to_this_device_alone(node: Node) -> None:
    dev = device_hello(fresh_key()).dev
    for _ in range(10):
        assert isinstance(await node.pins.issue(dev=dev, fw=""), Issued)
    assert await Node(node.storage, node.clock).pins.issue(dev=dev, fw="") == TooMany(3600)
    assert isinstance(await issue(node), Issued)
    node.clock.advance(3600)
    assert isinstance(await node.pins.issue(dev=dev, fw=""), Issued)


async def run(node: Node, dev: str, account: str, went: Run) -> None:
    """One code of the device, redeemed, and how its key agreement went."""
    issued = await node.pins.issue(dev=dev, fw="")
    assert isinstance(issued, Issued)
    await redeem(node, issued.locator, account)
    async with node.storage.write("test") as conn:
        await node.pins.run_ended(conn, session=issued.session, account=account, run=went)


async def test_three_failed_runs_make_the_device_wait(node: Node) -> None:
    dev = device_hello(fresh_key()).dev
    for _ in range(3):
        await run(node, dev, unique(16).hex(), Run.FAILED)
    assert await node.pins.issue(dev=dev, fw="") == TooMany(15 * 60)
    node.clock.advance(15 * 60)
    assert isinstance(await node.pins.issue(dev=dev, fw=""), Issued)


async def test_technicians_who_take_a_device_s_codes_and_leave_do_not_lock_the_device(node: Node) -> None:
    """INV-A4: only a key agreement the device took part in counts against it."""
    dev = device_hello(fresh_key()).dev
    for _ in range(5):
        await run(node, dev, unique(16).hex(), Run.DROPPED)
    assert isinstance(await node.pins.issue(dev=dev, fw=""), Issued)


async def test_pairing_ends_a_device_s_row_of_failures_but_not_a_technician_s_count(node: Node) -> None:
    """INV-A4: a new code never resets what a technician has missed."""
    dev = device_hello(fresh_key()).dev
    for went in (Run.FAILED, Run.FAILED, Run.PAIRED, Run.FAILED, Run.DROPPED):
        await run(node, dev, TECHNICIAN, went)
    assert isinstance(await node.pins.issue(dev=dev, fw=""), Issued)
    assert await redeem(node, "00000", TECHNICIAN) == NotOpen()  # the fifth
    assert isinstance(await redeem(node, "00000", TECHNICIAN), TooMany)


async def test_a_node_that_starts_cancels_the_codes_of_its_earlier_life(
    node: Node, database: Database
) -> None:
    """INV-A1: the devices' sockets are gone."""
    issued = [await issue(node) for _ in range(3)]
    elsewhere = await issue(Node(database, node.clock, node="node-2"))
    restarted = Node(database, node.clock)
    assert await restarted.pins.recover() == 3
    assert await restarted.pins.recover() == 0
    for code in issued:
        assert await redeem(restarted, code.locator, unique(16).hex()) == NotOpen()
    states = {row.session: row.state for row in await pin_rows(database)}
    assert states[elsewhere.session] == "issued"
    cancelled = [leaf for leaf in await leaves(database) if leaf.typ.value == "pin.cancelled"]
    assert [leaf.d["why"] for leaf in cancelled] == ["relay_lost"] * 3


async def test_recovery_copes_with_more_codes_than_one_transaction_takes(
    node: Node, database: Database
) -> None:
    for _ in range(101):
        await issue(node)
    assert await Node(database, node.clock).pins.recover() == 101
    await check_no_code_is_live(database)


async def test_a_clock_that_was_set_back_brings_no_code_back(node: Node, database: Database) -> None:
    """INV-A3: what is over is over by its state, not only by the time."""
    issued = await issue(node)
    await node.pins.close({issued.session: "time_up"})
    earlier = Node(database, FakeClock(ms=node.clock.ms - 5 * MINUTE_MS))
    assert await redeem(earlier, issued.locator, TECHNICIAN) == NotOpen()


class Statements:
    """The SQL a database is asked to run from here on, without its values."""

    def __init__(self, database: Database) -> None:
        self._seen: list[str] = []
        self._engine = database._writer.sync_engine
        sa.event.listen(self._engine, "before_cursor_execute", self._note)

    def _note(self, _conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        self._seen.append(statement)

    def seen(self) -> tuple[str, ...]:
        sa.event.remove(self._engine, "before_cursor_execute", self._note)
        return tuple(self._seen)
