"""My products: what is there, whose it is, what is kept and what is forgotten (R6, R24, I9, I20)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
import pytest
import sqlalchemy as sa

from care.desk import once, sighting
from care.desk.products import cursor_of
from care.registration import store, transfers
from care.registration.rules import Channel
from care.units import store as units
from care.warranty import store as warranty
from care.warranty import upgrades
from tests.care.desks import (
    ANNA,
    BERIT,
    IMEI,
    OEM_ROW,
    SERIAL,
    TV_ROW,
    WASHER,
    house_of,
    key,
    link,
    slug,
)

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow


async def test_a_product_says_what_it_is_in_the_customers_language(database: Database) -> None:
    house = await house_of(database)
    made = await house.register(typed=IMEI)
    seen = await house.desk.products.product(ANNA, made.product)
    assert seen.type is not None
    assert (seen.model.name, seen.type.name, seen.serial, seen.imeis) == (
        "Pocket 24",
        "Tālruņi",
        "R5CX1234567",
        [IMEI],
    )
    assert [(one.right, one.basis, one.standing) for one in seen.covers] == [
        ("maker", "calculated", "running")
    ]
    assert seen.actions == ["support", "upgrade", "extend", "buy_extension", "transfer", "release"]
    assert {one.url.split("/")[2] for one in seen.documents} == {"www.hallmere.example"}


@pytest.mark.proves("R6")
async def test_products_come_by_the_page_oldest_first(database: Database) -> None:
    house = await house_of(database, supplied=False)
    numbers = [f"0A1B2C3D4E5F{place:03d}" for place in range(5)]
    await house.supply(*(TV_ROW | {"serial": number} for number in numbers))
    for number in numbers:
        await house.register(typed=number)
    read: list[str | None] = []
    cursor = ""
    for _ in range(3):
        page = await house.desk.products.registered(ANNA, cursor=cursor, limit=2)
        read += [one.serial for one in page.products]
        cursor = page.next or ""
    assert (read, cursor) == (numbers, "")
    assert (await house.desk.products.registered(BERIT)).products == []


@pytest.mark.parametrize("cursor", ["x", "AAAA", "%%%", cursor_of("a" * 32)[:-2], "é" * 8])
async def test_a_cursor_that_was_not_given_out_is_refused(database: Database, cursor: str) -> None:
    house = await house_of(database, supplied=False)
    assert await slug(house.desk.products.registered(ANNA, cursor=cursor)) == "bad-request"
    assert await slug(house.desk.products.unregistered(ANNA, cursor=cursor)) == "bad-request"


@pytest.mark.parametrize("limit", [0, 101, -1])
async def test_a_page_has_its_limits(database: Database, limit: int) -> None:
    house = await house_of(database, supplied=False)
    assert await slug(house.desk.products.registered(ANNA, limit=limit)) == "bad-request"


async def test_another_s_product_is_as_if_there_were_none(database: Database) -> None:
    """I9, INV-G2"""
    house = await house_of(database)
    made = await house.register()
    for id_ in (made.product, "f" * 32):
        assert await slug(house.desk.products.product(BERIT, id_)) == "not-found"
        assert await slug(house.desk.products.coverage(BERIT, id_)) == "not-found"
        assert await slug(house.desk.upgrading.ask(BERIT, id_, once=None)) == "not-found"
        assert await slug(house.desk.upgrading.cancel(BERIT, id_)) == "not-found"


async def test_the_history_of_the_cover_names_nobody_but_the_reader(database: Database) -> None:
    house = await house_of(database)
    house.clock.pass_by(ms=-1)
    made = await house.register()
    await house.supply(TV_ROW | {"delivered_on": "2026-03-09"})
    read = await house.desk.products.coverage(ANNA, made.product)
    assert [(one.cause, one.by) for one in read.events] == [("registered", "you"), ("supplied", "rule")]
    assert [str(one.ends_on) for one in read.events[1].after] == ["2028-03-09"]
    assert sorted((one.state, one.reference) for one in read.rows) == [
        ("active", "DN-1001"),
        ("superseded", "DN-1001"),
    ]
    await house.desk.owning.release(ANNA, made.id, version=None, once=None)
    await house.register(BERIT)
    theirs = await house.desk.products.coverage(BERIT, made.product)
    assert {one.by for one in theirs.events} == {"other", "rule"}
    assert ANNA.id not in msgspec.json.encode(theirs).decode()


@pytest.mark.proves("R24", "R41", by="what somebody scanned is offered to everybody")
async def test_what_was_scanned_is_listed_until_somebody_registers_it(database: Database) -> None:
    """R24, R41: one click, then it is mine."""
    house = await house_of(database)
    seen = await house.desk.sightings.scanned(ANNA, [link(WASHER)], once=None)
    [listed] = (await house.desk.products.unregistered(ANNA)).products
    assert listed == seen
    assert (await house.desk.products.registered(ANNA)).products == []
    assert (listed.model is not None and listed.model.name, listed.serial) == ("Tide 9 T6", WASHER)
    assert (await house.desk.products.unregistered(BERIT)).products == []
    made = await house.register(channel=Channel.ONE_CLICK, typed="", sighting=listed.id)
    assert (made.channel, made.model.code) == ("one_click", "WF9T6")
    assert (await house.desk.products.unregistered(ANNA)).products == []


async def test_what_another_registered_is_not_offered(database: Database) -> None:
    house = await house_of(database)
    await house.desk.sightings.scanned(ANNA, [link(WASHER)], once=None)
    await house.register(BERIT, typed=WASHER)
    assert (await house.desk.products.unregistered(ANNA)).products == []


async def test_another_s_sighting_registers_nothing(database: Database) -> None:
    """I9"""
    house = await house_of(database)
    seen = await house.desk.sightings.scanned(ANNA, [link(WASHER)], once=None)
    assert await slug(house.register(BERIT, typed="", sighting=seen.id)) == "not-found"
    assert await slug(house.desk.sightings.dismiss(BERIT, seen.id)) == "not-found"
    assert len((await house.desk.products.unregistered(ANNA)).products) == 1


@pytest.mark.proves("R24", by="what is not mine comes back with the next pairing")
async def test_what_is_not_mine_is_not_listed_until_i_scan_it_again(database: Database) -> None:
    house = await house_of(database)
    seen = await house.desk.sightings.scanned(ANNA, [link(WASHER)], once=None)
    await house.desk.sightings.dismiss(ANNA, seen.id)
    assert await slug(house.desk.sightings.dismiss(ANNA, seen.id)) == "not-found"
    await house.desk.sightings.paired("delivery-1", [sighting.Seen(ANNA.id, WASHER)])
    assert (await house.desk.products.unregistered(ANNA)).products == []
    again = await house.desk.sightings.scanned(ANNA, [link(WASHER)], once=None)
    assert again.id == seen.id
    assert len((await house.desk.products.unregistered(ANNA)).products) == 1


async def test_a_scan_of_a_piece_that_no_list_names_is_a_product_by_its_label(database: Database) -> None:
    house = await house_of(database, supplied=False)
    seen = await house.desk.sightings.scanned(ANNA, [link(WASHER)], once=key("k-1"))
    assert await house.desk.sightings.scanned(ANNA, [link(WASHER)], once=key("k-1")) == seen
    assert seen.model is not None
    assert seen.model.code == "WF9T6"
    assert await slug(house.desk.sightings.scanned(ANNA, [WASHER[:-1] + "9"], once=None)) == "model-needed"
    ssd = link("SSD1AA22BB33CC5", "02000000000466")
    assert await slug(house.desk.sightings.scanned(ANNA, [ssd], once=None)) == "product-not-registrable"
    phone = link(WASHER, "02000000000183")
    assert await slug(house.desk.sightings.scanned(ANNA, [phone], once=None)) == "model-mismatch"
    other = link("WM11AA22BB33CC9", "02000000000183")
    assert await slug(house.desk.sightings.scanned(ANNA, [other], once=None)) == "identifier-invalid"


@pytest.mark.proves("R37", "R38")
async def test_a_smart_home_lists_what_was_paired_and_an_oems_product_does_not_list_itself(
    database: Database,
) -> None:
    """R37, R38; what we do not know is passed over in silence."""
    house = await house_of(database)
    events = [
        sighting.Seen(ANNA.id, WASHER),
        sighting.Seen(ANNA.id, OEM_ROW["serial"]),
        sighting.Seen(ANNA.id, "WM11AA22BB33CC9"),
        sighting.Seen(ANNA.id, "no number"),
        sighting.Seen("x" * 33, SERIAL),
    ]
    await house.desk.sightings.paired("delivery-1", events)
    listed = (await house.desk.products.unregistered(ANNA)).products
    assert [(one.serial, one.source) for one in listed] == [(WASHER, "smart_home")]
    again = house.desk.sightings.paired("delivery-1", [sighting.Seen(BERIT.id, WASHER)])
    assert await slug(again) == "delivery-known"
    assert (await house.desk.products.unregistered(BERIT)).products == []


TABLES = (
    store.registration,
    store.sighting,
    store.consent,
    transfers.offer,
    upgrades.upgrade,
    once.kept_answer,
    warranty.coverage_event,
)


@pytest.mark.proves("R77")
async def test_what_is_kept_of_a_customer_is_shown_whole(database: Database) -> None:
    """R77: nobody else's."""
    house = await house_of(database)
    made = await house.register(once=key("k-1"), bought_on=date(2026, 3, 1))
    await house.register(BERIT, typed=WASHER)
    await house.desk.owning.offer(ANNA, made.id, once=None)
    await house.desk.upgrading.ask(ANNA, made.product, once=None)
    await house.desk.sightings.scanned(ANNA, [link("WM11AA22BB33CC9")], once=None)
    kept = await house.desk.personal_data.export(ANNA.id)
    assert [(one.id, one.bought_on) for one in kept.registrations] == [(made.id, date(2026, 3, 1))]
    assert sorted(one.kind for one in kept.consents) == ["own_device", "terms"]
    counts = (len(kept.sightings), len(kept.transfers), len(kept.upgrades), len(kept.keys))
    assert counts == (1, 1, 1, 1)


async def test_erased_nothing_leads_to_the_customer_and_the_products_stay(database: Database) -> None:
    """I20: every table of the desk is looked through for the id."""
    house = await house_of(database)
    made = await house.register(once=key("k-1"), bought_on=date(2026, 3, 1))
    other = await house.register(BERIT, typed=WASHER)
    await house.desk.owning.offer(ANNA, made.id, once=None)
    await house.desk.upgrading.ask(ANNA, made.product, once=None)
    await house.desk.sightings.scanned(ANNA, [link("WM11AA22BB33CC9")], once=None)
    await house.desk.personal_data.erase(ANNA.id)
    await house.desk.personal_data.erase(ANNA.id)
    async with database.read() as conn:
        for table in TABLES:
            rows = [str(tuple(row)) for row in await conn.execute(sa.select(table))]
            assert not any(ANNA.id in row for row in rows), table.name
        assert await units.by_id(conn, made.product) is not None
        assert await warranty.rows_of(conn, made.product) != ()
        [row] = list(
            await conn.execute(sa.select(store.registration).where(store.registration.c.id == made.id))
        )
        given = [one.kind for one in await conn.execute(sa.select(store.consent.c.kind))]
    assert (row.state, row.bought_on) == ("released", None)
    assert sorted(given) == ["own_device", "own_device", "terms", "terms"], "that somebody agreed stays"
    assert (await house.desk.products.product(BERIT, other.product)).serial == WASHER
    assert (await house.register(BERIT)).state == "active"


@pytest.mark.proves("R2")
async def test_what_is_recommended_goes_by_what_is_owned(database: Database) -> None:
    """R2"""
    house = await house_of(database)
    await house.register()
    owned = await house.desk.products.owned_categories(ANNA)
    assert owned == {"tv-4k-quantum"}
    recommended = house.desk.ground.maker.pages.recommended_for(owned)
    assert "tv-4k-quantum" in recommended[0].owned
