"""Who owns a piece: of many at once one, whatever they read before, on both databases (R23, I1, I9)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from care.registration import store
from care.registration.machine import Event, State
from care.registration.rules import Channel
from care.registration.store import Registration

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

UNIT = "a" * 32
CUSTOMERS = 50


def by(customer: str, *, unit: str = UNIT, place: int = 1, at: int = 1_000) -> Registration:
    return Registration(
        id=f"{place:032x}",
        unit=unit,
        customer=customer,
        channel=Channel.WEB,
        state=State.ACTIVE,
        market="LV",
        language="lv",
        terms="lv-2026-11",
        bought_on=None,
        created_at=at,
    )


@pytest.mark.proves("R23", by="whoever is late takes the piece from who was first")
async def test_of_fifty_customers_at_once_one_owns_the_piece(database: Database) -> None:
    """I1: none of them has read that another was quicker."""
    together = asyncio.Barrier(CUSTOMERS)

    async def customer(place: int) -> bool:
        await together.wait()
        async with database.write("register") as conn:
            return await store.begin(conn, by(f"customer{place}", place=place + 1))

    won = await asyncio.gather(*map(customer, range(CUSTOMERS)))
    assert sum(won) == 1
    async with database.read() as conn:
        assert await store.owner(conn, UNIT) == f"customer{won.index(True)}"
        count = sa.select(sa.func.count()).select_from(store.registration)
        assert (await conn.execute(count)).scalar_one() == 1


@pytest.mark.proves("D6")
@pytest.mark.parametrize("event", [Event.RELEASE, Event.TRANSFER, Event.REVOKE])
async def test_what_is_given_up_can_be_registered_by_another_and_stays_in_the_history(
    database: Database, event: Event
) -> None:
    async with database.write("register") as conn:
        assert await store.begin(conn, by("first"))
        ended = await store.end(conn, f"{1:032x}", customer="first", version=1, event=event, now=2_000)
        assert await store.begin(conn, by("second", place=2))
    assert ended is not None
    assert ended.version == 2
    async with database.read() as conn:
        assert await store.owner(conn, UNIT) == "second"
        before = await store.mine(conn, f"{1:032x}", "first")
    assert before == ended


@pytest.mark.proves("D6", by="a customer ends another's registration")
async def test_another_s_registration_is_as_if_there_were_none(database: Database) -> None:
    """I9, and G2: neither seen nor ended."""
    async with database.write("register") as conn:
        await store.begin(conn, by("first"))
        assert await store.mine(conn, f"{1:032x}", "second") is None
        assert await store.of_customer(conn, "second", after="", most=10) == []
        ended = await store.end(
            conn, f"{1:032x}", customer="second", version=None, event=Event.RELEASE, now=2_000
        )
        assert ended is None
        assert await store.owner(conn, UNIT) == "first"


async def test_whoever_read_an_older_version_changes_nothing(database: Database) -> None:
    async with database.write("register") as conn:
        await store.begin(conn, by("first"))
        late = await store.end(conn, f"{1:032x}", customer="first", version=2, event=Event.RELEASE, now=2_000)
        once = await store.end(conn, f"{1:032x}", customer="first", version=1, event=Event.RELEASE, now=2_000)
        twice = await store.end(conn, f"{1:032x}", customer="first", version=2, event=Event.REVOKE, now=2_000)
    assert late is None
    assert once is not None
    assert once.state is State.RELEASED
    assert twice is None


async def test_my_products_come_oldest_first_and_by_the_page(database: Database) -> None:
    async with database.write("register") as conn:
        for place in range(1, 6):
            await store.begin(conn, by("first", unit=f"{place:032x}", place=place))
        pages = []
        after = ""
        while page := await store.of_customer(conn, "first", after=after, most=2):
            pages.append([int(one.id, 16) for one in page])
            after = page[-1].id
    assert pages == [[1, 2], [3, 4], [5]]
