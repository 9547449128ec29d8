"""What has outlived its use is erased, and what proves something stays (INV-H5), on both databases."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from relay.pin.rules import DAY_MS, KEPT_MS, Kind, Limit, Policy
from relay.pin.store import pin, throttle
from relay.ports import NotOpen, Redeemed
from tests.relay.checks import issue, redeem
from tests.relay.play import Node, leaves, pin_rows, session_rows, unique

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

DAY_S = DAY_MS // 1000
TECHNICIAN = "a" * 32


@pytest.fixture
def node(database: Database) -> Node:
    return Node(database)


async def memories(database: Database) -> dict[tuple[str, str], list[int]]:
    async with database.read() as conn:
        rows = await conn.execute(sa.select(throttle))
        return {(row.kind, row.subject): json.loads(row.times) for row in rows}


async def remembered(database: Database, *rows: tuple[str, list[int]]) -> None:
    async with database.write("test") as conn:
        values = [
            {"kind": Kind.MISS.value, "subject": subject, "times": json.dumps(times)}
            for subject, times in rows
        ]
        await conn.execute(throttle.insert(), values)


def test_no_limit_looks_back_further_than_is_kept() -> None:
    """INV-A4: erasing never shortens a wait."""
    limits: list[Limit] = [limit for kind in Kind for limit in Policy().limits(kind)]
    assert all(limit.window_ms + limit.wait_ms < KEPT_MS for limit in limits)


async def test_a_code_nobody_took_is_erased_after_thirty_days_and_not_before(
    node: Node, database: Database
) -> None:
    expired, cancelled, live = await issue(node), await issue(node), await issue(node)
    await node.pins.close({expired.session: "time_up", cancelled.session: "device_lost"})
    before = await leaves(database)
    node.clock.ms = expired.expires_at + KEPT_MS - 1
    await node.pins.forget()
    assert len(await pin_rows(database)) == 3
    node.clock.ms += 1
    await node.pins.forget()
    # A code that was never closed is for the recovery to close, which puts it on record.
    assert [row.session for row in await pin_rows(database)] == [live.session]
    assert await leaves(database) == before


async def test_of_a_redeemed_code_the_device_is_erased_and_the_session_stays(
    node: Node, database: Database
) -> None:
    """INV-A1: what keeps the code spent is not erased."""
    issued = await issue(node)
    assert isinstance(await redeem(node, issued.locator, TECHNICIAN), Redeemed)
    [taken] = await pin_rows(database)
    node.clock.advance(31 * DAY_S)
    for _ in range(2):
        await node.pins.forget()
        [row] = await pin_rows(database)
        assert (row.device, row.state, row.session) == ("", "redeemed", taken.session)
        assert taken.device
        assert len(await session_rows(database)) == 1
    assert await redeem(node, issued.locator, unique(16).hex()) == NotOpen()
    types = [leaf.typ.value for leaf in await leaves(database)]
    assert types == ["pin.issued", "pin.redeemed", "redeem.refused"]


async def test_the_limiter_forgets_who_did_nothing_for_thirty_days_and_nobody_else(
    node: Node, database: Database
) -> None:
    now = node.clock.now_ms()
    await remembered(
        database,
        ("old", [now - KEPT_MS - 9, now - KEPT_MS]),
        ("not yet", [now - KEPT_MS - 9, now - KEPT_MS + 1]),
        ("young", [now]),
        ("nothing", []),
    )
    await node.pins.forget()
    assert {subject for _, subject in await memories(database)} == {"not yet", "young"}


async def test_more_than_one_transaction_takes_is_erased_to_the_last(node: Node, database: Database) -> None:
    now = node.clock.now_ms()
    old = [(f"{number:05d}", [now - 2 * KEPT_MS]) for number in range(1_001)]
    await remembered(database, *old, ("last", [now]))
    closed = {
        "locator": "12345",
        "device": "d",
        "node": "node-1",
        "issued_at": now - 2 * KEPT_MS,
        "expires_at": now - 2 * KEPT_MS,
        "state": "expired",
    }
    async with database.write("test") as conn:
        await conn.execute(pin.insert(), [{**closed, "session": f"{n:032x}"} for n in range(1_001)])
    await node.pins.forget()
    assert list(await memories(database)) == [("miss", "last")]
    assert await pin_rows(database) == []


async def test_a_miss_that_comes_while_the_old_ones_are_erased_is_counted(
    node: Node, database: Database
) -> None:
    """INV-A4: parallel to any other transaction, none is lost and none fails."""
    now = node.clock.now_ms()
    accounts = [unique(16).hex() for _ in range(24)]
    await remembered(database, *((account, [now - 2 * KEPT_MS]) for account in accounts))
    outcomes = await asyncio.gather(
        *(redeem(node, "00000", account) for account in accounts[:12]),
        node.pins.forget(),
        *(redeem(node, "00000", account) for account in accounts[12:]),
        node.pins.forget(),
    )
    assert [outcome for outcome in outcomes if outcome is not None] == [NotOpen()] * 24
    found = await memories(database)
    assert all(found["miss", account][-1] == now for account in accounts)
