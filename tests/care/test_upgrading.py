"""The upgrade of a warranty, and days that the maker confirmed (R47, R88, D9, I2), on both databases."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from care.desk.inquiry import Answer
from care.desk.views import UpgradeView
from care.warranty import confirmations
from care.warranty.confirmations import Confirmed
from care.warranty.rules import Confirmation
from care.warranty.store import coverage_event, rows_of
from care.warranty.upgrades import upgrade
from server.desk import Table
from tests.care.desks import ANNA, BERIT, IMEI, SERIAL, TV_ROW, UNKNOWN, House, at_once, house_of, key, slug
from tests.care.tables import file_of, imported
from tests.care.test_cover import ask

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow


def confirmed(**changes: str) -> dict[str, str]:
    row = {
        "serial": SERIAL,
        "imei": "",
        "confirmed_on": "2026-04-01",
        "source": "own_order",
        "document": "O-1",
    }
    return row | changes


async def ends(house: House, product: str) -> list[tuple[str, str, str]]:
    read = await house.desk.products.product(ANNA, product)
    return [(one.right, str(one.ends_on), one.basis) for one in read.covers]


@pytest.mark.proves("R85", "R88")
async def test_a_device_that_is_online_is_upgraded_at_once(database: Database) -> None:
    """R88, R85: and anybody reads the dates after the upgrade."""
    house = await house_of(database)
    made = await house.register()
    house.devices.online[made.product] = "attestation-7"
    done = await house.desk.upgrading.ask(ANNA, made.product, once=None)
    assert (done.state, str(done.online_on)) == ("done", "2026-11-18")
    assert await ends(house, made.product) == [("maker", "2028-11-18", "upgraded")]
    async with database.read() as conn:
        [row] = [one for one in await rows_of(conn, made.product) if one.is_active]
    assert row.draft.reference == "attestation-7"
    answer = await ask(database, SERIAL)
    assert isinstance(answer, Answer)
    assert answer.upgraded
    assert await slug(house.desk.upgrading.ask(ANNA, made.product, once=None)) == "already-upgraded"
    assert await slug(house.desk.upgrading.cancel(ANNA, made.product)) == "already-upgraded"
    actions = (await house.desk.products.product(ANNA, made.product)).actions
    assert "certificate" in actions
    assert "upgrade" not in actions


@pytest.mark.proves("R88", by="a device that nobody asked for is upgraded")
async def test_a_device_that_is_off_waits_and_is_upgraded_when_it_comes(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    waiting = await house.desk.upgrading.ask(ANNA, made.product, once=None)
    assert waiting.state == "waiting_online"
    assert (await house.desk.upgrading.ask(ANNA, made.product, once=None)).id == waiting.id
    assert await ends(house, made.product) == [("maker", "2028-02-09", "calculated")]
    house.clock.pass_by(days=30)
    assert not await house.desk.upgrading.piece_came_online("Hallmere", UNKNOWN, "a")
    assert await house.desk.upgrading.piece_came_online("Hallmere", SERIAL, "a")
    assert await ends(house, made.product) == [("maker", "2028-12-18", "upgraded")]
    house.clock.pass_by(days=30)
    assert not await house.desk.upgrading.device_came_online(made.product, "b"), "told twice"
    assert await ends(house, made.product) == [("maker", "2028-12-18", "upgraded")]


async def test_of_many_devices_that_say_so_at_once_one_upgrades(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    await house.desk.upgrading.ask(ANNA, made.product, once=None)
    came = await at_once(*(house.desk.upgrading.device_came_online(made.product, "a") for _ in range(20)))
    assert came.count(True) <= 1
    async with database.read() as conn:
        events = [row.cause for row in await conn.execute(sa.select(coverage_event))]
    assert sorted(events) == ["registered", "upgraded"]


async def test_of_many_wishes_at_once_one_waits(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    came = await at_once(*(house.desk.upgrading.ask(ANNA, made.product, once=None) for _ in range(20)))
    assert len({one.id for one in came if isinstance(one, UpgradeView)}) == 1
    asked = await at_once(*(house.desk.upgrading.ask(ANNA, made.product, once=key("k-1")) for _ in range(20)))
    assert len({str(one) for one in asked}) == 1
    async with database.read() as conn:
        assert len(list(await conn.execute(sa.select(upgrade)))) == 1


async def test_nobody_asked_so_nothing_is_upgraded(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    assert not await house.desk.upgrading.device_came_online(made.product, "a")
    assert await ends(house, made.product) == [("maker", "2028-02-09", "calculated")]


@pytest.mark.parametrize("way", ["taken back", "released", "erased"])
async def test_what_waits_ends_with_its_owners_wish(database: Database, way: str) -> None:
    """The next owner's device is upgraded only when they ask."""
    house = await house_of(database)
    made = await house.register()
    await house.desk.upgrading.ask(ANNA, made.product, once=None)
    if way == "taken back":
        assert (await house.desk.upgrading.cancel(ANNA, made.product)).state == "cancelled"
        assert await slug(house.desk.upgrading.cancel(ANNA, made.product)) == "not-found"
    elif way == "released":
        await house.desk.owning.release(ANNA, made.id, version=None, once=None)
    else:
        await house.desk.personal_data.erase(ANNA.id)
    assert not await house.desk.upgrading.device_came_online(made.product, "a")
    if way != "taken back":
        await house.register(BERIT)
    assert not await house.desk.upgrading.device_came_online(made.product, "a")


async def test_what_does_not_come_online_is_not_upgraded(database: Database) -> None:
    house = await house_of(database)
    made = await house.register(typed="WT1AA22BB33CC44", model="WT10B2")
    assert await slug(house.desk.upgrading.ask(ANNA, made.product, once=None)) == "not-upgradable"


@pytest.mark.proves("R47", "R48")
async def test_a_day_that_the_maker_knows_is_confirmed_and_labelled_so(database: Database) -> None:
    """R47, R48: a telephone by its activation, a television by the order on the maker's own site."""
    house = await house_of(database)
    tv, phone = await house.register(), await house.register(typed=IMEI)
    rows = [
        confirmed(),
        confirmed(serial="", imei=IMEI, source="activation", confirmed_on="2026-05-02", document="A-9"),
    ]
    run = await imported(house.imports, Table.CONFIRMATIONS, file_of(rows))
    assert run.outcomes == ["added", "added"]
    assert await ends(house, tv.product) == [
        ("maker", "2028-04-01", "confirmed"),
        ("legal", "2028-04-01", "by_law"),
    ]
    assert ("maker", "2028-05-02", "confirmed") in await ends(house, phone.product)
    async with database.read() as conn:
        active = [row.draft for row in await rows_of(conn, phone.product) if row.is_active]
    assert {(draft.source, draft.reference) for draft in active} == {("activation", "A-9")}
    again = await imported(house.imports, Table.CONFIRMATIONS, file_of(rows))
    assert again.outcomes == ["same", "same"]


@pytest.mark.proves("D9")
async def test_a_confirmed_day_before_the_calculated_one_takes_nothing_away(database: Database) -> None:
    """D9, I2: the later end holds, whatever a list says; a correction that is later counts."""
    house = await house_of(database)
    made = await house.register()
    early = confirmed(confirmed_on="2026-01-20")
    run = await imported(house.imports, Table.CONFIRMATIONS, file_of([early]))
    assert run.outcomes == ["added"]
    assert ("maker", "2028-02-09", "calculated") in await ends(house, made.product)
    run = await imported(house.imports, Table.CONFIRMATIONS, file_of([confirmed()]))
    assert run.outcomes == ["changed"]
    assert ("maker", "2028-04-01", "confirmed") in await ends(house, made.product)
    run = await imported(house.imports, Table.CONFIRMATIONS, file_of([early]))
    assert run.outcomes == ["changed"]
    assert ("maker", "2028-04-01", "confirmed") in await ends(house, made.product)


async def test_a_list_does_not_overrule_what_a_reviewer_read(database: Database) -> None:
    """R46: a person looked at the receipt."""
    house = await house_of(database)
    made = await house.register()
    async with database.write("reviewed") as conn:
        read = Confirmed(date(2026, 3, 3), Confirmation.RECEIPT, "R-1")
        await confirmations.put(conn, made.product, read, id_="9" * 32, now=1)
    run = await imported(house.imports, Table.CONFIRMATIONS, file_of([confirmed()]))
    assert run.refused == [(2, "source", "contradicts")]
    async with database.read() as conn:
        assert await confirmations.of(conn, made.product) == read


async def test_a_row_that_is_wrong_says_where_and_keeps_nothing(database: Database) -> None:
    house = await house_of(database)
    rows = [
        confirmed(serial=""),
        confirmed(serial=UNKNOWN),
        confirmed(serial="0A1B"),
        confirmed(serial="", imei="490154203237519"),
        confirmed(serial="", imei="356938035643809"),
        confirmed(confirmed_on=""),
        confirmed(confirmed_on="2026-11-31"),
        confirmed(confirmed_on="2027-01-01"),
        confirmed(confirmed_on="2026-01-09"),
        confirmed(source="receipt"),
        confirmed(document="x" * 65),
    ]
    run = await imported(house.imports, Table.CONFIRMATIONS, file_of(rows))
    assert [(field, fault) for _, field, fault in run.refused] == [
        ("serial", "missing"),
        ("serial", "unknown"),
        ("serial", "identifier"),
        ("imei", "check-digit"),
        ("imei", "unknown"),
        ("confirmed_on", "missing"),
        ("confirmed_on", "not-a-date"),
        ("confirmed_on", "in-future"),
        ("confirmed_on", "contradicts"),
        ("source", "unknown"),
        ("document", "too-long"),
    ]


async def test_type_codes_are_imported_and_corrected(database: Database) -> None:
    house = await house_of(database, supplied=False)
    rows = [
        {"tac": "49015420", "model": "PH24"},
        {"tac": "4901542", "model": "PH24"},
        {"tac": "4901542x", "model": "PH24"},
        {"tac": "49015420", "model": "PH24P"},
        {"tac": "35693803", "model": "NONE1"},
        {"tac": "35693803", "model": "VQ55Q7"},
    ]
    run = await imported(house.imports, Table.TAC, file_of(rows))
    assert [(line, field, fault) for line, field, fault in run.refused] == [
        (3, "tac", "not-allowed"),
        (4, "tac", "not-a-number"),
        (5, "tac", "twice"),
        (6, "model", "unknown"),
        (7, "model", "not-allowed"),
    ]
    corrected = [{"tac": "49015420", "model": "PH24P"}]
    assert (await imported(house.imports, Table.TAC, file_of(corrected))).outcomes == ["changed"]
    assert (await imported(house.imports, Table.TAC, file_of(corrected))).outcomes == ["same"]


async def test_a_dry_run_confirms_nothing(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    run = await imported(house.imports, Table.CONFIRMATIONS, file_of([confirmed()]), dry_run=True)
    assert run.outcomes == ["added"]
    assert await ends(house, made.product) == [("maker", "2028-02-09", "calculated")]
    assert TV_ROW["serial"] == SERIAL
