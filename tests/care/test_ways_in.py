"""Registering a product by every way, and every reason why not, on both databases (R10-R44, D5, D11, D12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from care.registration import consents
from care.registration.rules import Channel, Refused
from care.registration.store import consent
from care.units import store as units
from server.desk import Table
from tests.care.desks import (
    ANNA,
    BERIT,
    IMEI,
    SERIAL,
    TERMS,
    TV_ROW,
    UNKNOWN,
    WASHER,
    WISH,
    house_of,
    link,
    refusal,
    slug,
)
from tests.care.tables import file_of, imported

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow
CASES: list[tuple[dict[str, object], Refused, str, str]] = [
    ({"typed": UNKNOWN, "model": "NONE1"}, Refused.NOT_OURS, "/model", "choose"),
    ({"typed": "SSD1AA22BB33CC4"}, Refused.NOT_REGISTRABLE, "/serial", "storage"),
    ({"typed": UNKNOWN, "model": "RC21"}, Refused.NOT_REGISTRABLE, "/serial", "accessory"),
    ({"typed": "SSD2T"}, Refused.IDENTIFIER, "/serial", "check-registrable"),
    ({"typed": "0A1B"}, Refused.IDENTIFIER, "/serial", "check-registrable"),
    ({"typed": "R5CX1234568", "model": "VQ55Q7"}, Refused.IDENTIFIER, "/serial", "other-kind"),
    ({"typed": "490154203237519", "model": "PH24"}, Refused.IDENTIFIER, "/serial", "check-digit"),
    ({"typed": UNKNOWN}, Refused.MODEL_NEEDED, "/model", "choose"),
    ({"model": "VQ65Q7"}, Refused.MODEL_MISMATCH, "/model", "choose"),
    (
        {"channel": Channel.QR, "typed": "", "codes": (link(SERIAL, "02000000000039"),)},
        Refused.QR_NOT_SUPPORTED,
        "/codes",
        "type-it",
    ),
    ({"channel": Channel.TV, "typed": WASHER}, Refused.TV_TOO_OLD, "/serial", "check-registrable"),
    ({"terms": ""}, Refused.TERMS_REQUIRED, "/terms", "agree"),
    ({"terms": "lv-2020-01"}, Refused.TERMS_STALE, "/terms", "newer-terms"),
    ({"own_device": False}, Refused.OWN_DEVICE_REQUIRED, "/own_device", "agree"),
    ({"bought_on": date(2026, 12, 1)}, Refused.PURCHASE_IN_FUTURE, "/bought_on", "date"),
    ({"bought_on": date(2026, 1, 9)}, Refused.PURCHASE_BEFORE_MADE, "/bought_on", "date"),
]
# Each has a test of its own below.
ELSEWHERE = {Refused.ALREADY_YOURS, Refused.ALREADY_REGISTERED, Refused.UNKNOWN_SERIAL}


@pytest.mark.proves("R25", "R45")
async def test_a_typed_number_registers_and_the_cover_is_there_at_once(database: Database) -> None:
    """R25, R41, R45: of what we supplied the model is known."""
    house = await house_of(database)
    made = await house.register(typed=f" s/n: {SERIAL.lower()} ", bought_on=date(2026, 3, 1))
    assert (made.model.code, made.model.name, made.state, made.channel) == (
        "VQ55Q7",
        "Vista 55 Q7",
        "active",
        "web",
    )
    assert [(one.right, str(one.ends_on), one.basis) for one in made.covers] == [
        ("maker", "2028-02-09", "calculated"),
        ("legal", "2028-03-01", "by_law"),
    ]
    assert made.notes == []


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.proves("D11", "R13", by="a registration records no consent")
async def test_every_way_in_records_what_was_agreed_to(database: Database, channel: Channel) -> None:
    """D11, R13: the terms' version and that it is their own, language, time, channel."""
    house = await house_of(database)
    number = SERIAL if channel is Channel.TV else WASHER
    await house.register(channel=channel, typed=number)
    async with database.read() as conn:
        rows = list(await conn.execute(sa.select(consent).order_by(consent.c.kind)))
        kept = await consents.of_customer(conn, ANNA.id)
    assert {(row.kind, row.version, row.language, row.channel, row.at) for row in rows} == {
        (kind, TERMS, "lv", channel.value, house.clock.now) for kind in ("own_device", "terms")
    }
    assert [one.given for one in kept] == [True, True]


@pytest.mark.proves("R34", "R36")
async def test_the_code_on_a_washing_machine_registers_it_whatever_stands_beside(database: Database) -> None:
    """R34, R36: the smart home's code and the box's are passed over."""
    house = await house_of(database)
    codes = ("MT:Y.K9042C00KA0648G00", link(WASHER), "2000000000299")
    made = await house.register(channel=Channel.QR, typed="", codes=codes)
    assert (made.model.code, made.channel) == ("WF9T6", "qr")


async def test_a_telephone_is_registered_by_its_imei(database: Database) -> None:
    """R14"""
    house = await house_of(database)
    assert (await house.register(typed="49-015420-323751-8")).model.code == "PH24"


async def test_what_no_list_names_is_registered_unverified_without_a_date(database: Database) -> None:
    """D12"""
    house = await house_of(database)
    made = await house.register(typed=UNKNOWN, model="VQ55Q7")
    assert (made.notes, made.covers) == (["unverified", "look_alikes"], [])
    await house.supply(TV_ROW | {"serial": UNKNOWN})
    seen = await house.desk.products.product(ANNA, made.product)
    assert (seen.verified, [str(one.ends_on) for one in seen.covers]) == (True, ["2028-02-09"])


async def test_a_product_made_for_another_country_is_registered_and_said_to_be(database: Database) -> None:
    house = await house_of(database)
    made = await house.register(BERIT)
    assert (made.notes, made.market) == (["foreign"], "NO")
    assert [str(one.ends_on) for one in made.covers] == ["2028-02-09"], "the cover is Latvia's"


async def test_whose_guess_it_was_does_not_bind_the_owner(database: Database) -> None:
    """A model that somebody named who does not own the piece any more refuses nobody."""
    house = await house_of(database)
    made = await house.register(typed=UNKNOWN, model="VQ65Q7")
    await house.desk.owning.release(ANNA, made.id, version=1, once=None)
    assert (await house.register(BERIT, typed=UNKNOWN, model="VQ55Q7")).model.code == "VQ55Q7"
    async with database.read() as conn:
        [piece] = await units.by_serial(conn, UNKNOWN)
    assert piece.model == "VQ55Q7"


@pytest.mark.parametrize(("wish", "expected", "pointer", "hint"), CASES)
@pytest.mark.proves("R10", by="what nobody makes is registered as the maker's own")
@pytest.mark.proves("R11", by="a storage device is registered like any product")
async def test_why_not_is_said_of_the_field_that_can_be_mended(
    database: Database, wish: dict[str, object], expected: Refused, pointer: str, hint: str
) -> None:
    """And nothing is kept of the try."""
    house = await house_of(database)
    asked = replace(WISH, **{"terms": TERMS} | wish)  # type: ignore[arg-type]
    refused = await refusal(house.desk.registering.register(ANNA, asked, once=None, source="a"))
    assert refused.slug == expected.value
    assert (refused.errors[0]["pointer"], refused.errors[0]["hint"]) == (pointer, hint)
    async with database.read() as conn:
        assert list(await conn.execute(sa.select(consent))) == []


@pytest.mark.proves("R23")
async def test_who_has_it_already_is_told_so_and_another_learns_no_name(database: Database) -> None:
    """R23, I9, D6: and how to come by it, second-hand."""
    house = await house_of(database)
    await house.register()
    assert await slug(house.register()) == Refused.ALREADY_YOURS
    refused = await refusal(house.register(BERIT))
    assert refused.slug == Refused.ALREADY_REGISTERED
    assert refused.errors == ({"pointer": "/serial", "hint": "release-first"},)


@pytest.mark.proves("D12", by="a complete list is not held against a number")
@pytest.mark.proves("R18")
async def test_where_the_list_is_complete_what_is_not_in_it_is_refused(database: Database) -> None:
    """D12; a look-alike that stands in the list is hinted at, and which one is not said (R18)."""
    house = await house_of(database, needed=frozenset({"tv"}))
    misread = SERIAL.replace("0A", "OA", 1)
    refused = await refusal(house.register(typed=misread, model="VQ55Q7"))
    assert refused.slug == Refused.UNKNOWN_SERIAL
    assert refused.errors[-1] == {"pointer": "/serial", "hint": "look-alike-known", "positions": [1, 11]}
    assert SERIAL not in str(refused.errors)
    other = await refusal(house.register(typed=UNKNOWN, model="VQ55Q7"))
    assert [one["hint"] for one in other.errors] == ["check-registrable", "look-alike"]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("MT:Y.K9042C00KA0648G00",), "pairing-code-only"),
        (("2000000000299",), "packaging-code"),
        ((link(WASHER), link(WASHER.replace("CC4", "CC5"))), "several-products"),
        (("https://somebody.example/",), "not-a-product-code"),
        ((link(WASHER, "04006381333931"),), "not-ours"),
        ((link(WASHER, "02000000000282"),), "model-mismatch"),
    ],
)
@pytest.mark.proves("R20", "R36")
async def test_a_label_that_names_no_one_product_of_ours_says_why(
    database: Database, codes: tuple[str, ...], expected: str
) -> None:
    """R20, R36"""
    house = await house_of(database)
    assert await slug(house.register(channel=Channel.QR, typed="", codes=codes)) == expected


async def test_one_thing_is_asked_for_at_a_time(database: Database) -> None:
    house = await house_of(database)
    assert await slug(house.register(codes=(link(WASHER),))) == "bad-request"
    assert await slug(house.register(typed="")) == "bad-request"


@pytest.mark.proves("R43", "D5")
async def test_a_television_of_before_2020_is_not_registered_on_itself(database: Database) -> None:
    """R43, D5: by its day of making, or by what it says of its year."""
    house = await house_of(database)
    old = TV_ROW | {"serial": "0A1B2C3D4E5F6H9", "manufactured_on": "2019-12-31"}
    await house.supply(old)
    assert await slug(house.register(channel=Channel.TV, typed=old["serial"])) == Refused.TV_TOO_OLD
    assert await slug(house.register(channel=Channel.TV, typed=UNKNOWN, model="VQ55Q7")) == Refused.TV_TOO_OLD
    made = await house.register(channel=Channel.TV, typed=UNKNOWN, model="VQ55Q7", model_year=2020)
    assert made.channel == "tv"


async def test_a_type_code_names_the_model_of_a_telephone(database: Database) -> None:
    house = await house_of(database, supplied=False)
    assert await slug(house.register(typed=IMEI)) == Refused.MODEL_NEEDED
    await imported(house.imports, Table.TAC, file_of([{"tac": IMEI[:8], "model": "PH24P"}]))
    assert await slug(house.register(typed=IMEI, model="PH24")) == Refused.MODEL_MISMATCH
    # A television's number may look like an IMEI: the model decides.
    assert (await house.register(BERIT, typed=IMEI, model="VQ55Q7")).model.code == "VQ55Q7"
    assert (await house.register(typed=IMEI)).model.code == "PH24P"


def test_every_reason_is_reached_by_a_test() -> None:
    """A reason that nothing leads to is none."""
    assert {case[1] for case in CASES} | ELSEWHERE == set(Refused)
