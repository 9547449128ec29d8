"""The cover kept of a piece, and what anybody may ask of it, on both databases (R45, R83-R86, I2, I8)."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

import locales
from care.catalogue.maker import INVENTED, read_maker_data
from care.desk.covering import Cause, NoSuchPiece, bring_up_to_date
from care.desk.inquiry import Answer, Unknown, inquire
from care.identifiers import Problem, Unfit
from care.ids import uuid7
from care.registration import store as registration
from care.registration.machine import Event, State
from care.registration.rules import Channel
from care.units import store as units
from care.warranty import store as warranty
from care.warranty.rows import Basis, Kind, Right
from care.warranty.rows import State as RowState
from care.warranty.store import coverage_event
from server.desk import Table
from tests.care.tables import NOW_MS, catalogue_of, file_of, imported

if TYPE_CHECKING:
    from care.warranty.rows import Cover
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

MARKETS = read_maker_data(INVENTED, languages=locales.languages()).markets
SERIAL = "0A1B2C3D4E5F6G7"
TV = {
    "serial": SERIAL,
    "model": "VQ55Q7",
    "shipped_on": "2026-02-01",
    "delivered_on": "2026-02-09",
    "country": "LV",
    "document": "DN-1001",
}


class Ids:
    """Ids in their order."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self) -> str:
        self._count += 1
        return uuid7(NOW_MS + self._count, bytes(10))


async def bring(database: Database, unit: str, cause: Cause = Cause.REGISTERED) -> tuple[Cover, ...]:
    async with database.write("cover") as conn:
        return await bring_up_to_date(
            conn, unit, markets=MARKETS, cause=cause, actor="customer1", new_id=Ids(), now=NOW_MS
        )


async def ask(database: Database, typed: str, **more: str) -> Answer | Unfit | Unknown:
    async with database.read() as conn:
        return await inquire(conn, typed, MARKETS, **more)


async def register(database: Database, unit: str, *, bought_on: date | None = None) -> None:
    async with database.write("register") as conn:
        begun = registration.Registration(
            "1" * 32,
            unit,
            "customer1",
            Channel.WEB,
            State.ACTIVE,
            "LV",
            "lv",
            "lv-2026-11",
            bought_on,
            NOW_MS,
        )
        assert await registration.begin(conn, begun)


async def piece_of(database: Database) -> str:
    async with database.read() as conn:
        [piece] = await units.by_serial(conn, SERIAL)
    return piece.id


def read(covers: tuple[Cover, ...]) -> list[tuple[Right, str, str, Basis]]:
    return [(one.right, str(one.starts_on), str(one.ends_on), one.basis) for one in covers]


CALCULATED = (Right.MAKER, "2026-02-09", "2028-02-09", Basis.CALCULATED)


@pytest.mark.proves("R45", "R83", "R84", "R86")
async def test_anybody_reads_the_cover_that_the_supply_gives(database: Database) -> None:
    """R83, R84, R86."""
    await imported(await catalogue_of(database), Table.SUPPLY, file_of([TV]))
    answer = await ask(database, f" s/n: {SERIAL.lower()} ")
    assert isinstance(answer, Answer)
    assert answer.model is not None
    assert (answer.model.code, answer.market, answer.upgraded) == ("VQ55Q7", "LV", False)
    assert read(answer.covers) == [CALCULATED]


async def test_what_is_no_number_of_ours_says_why(database: Database) -> None:
    await imported(await catalogue_of(database), Table.SUPPLY, file_of([TV]))
    assert await ask(database, "0A1B2C3D4E5F6G8") is Unknown.SERIAL
    unfit = await ask(database, "0A1B")
    assert isinstance(unfit, Unfit)
    assert unfit.problem is Problem.LENGTH
    assert await ask(database, SERIAL, brand="Another") is Unknown.SERIAL


@pytest.mark.proves("R83", by="anybody learns that a product is registered")
async def test_nobody_learns_that_a_product_is_registered(database: Database) -> None:
    """I8: neither of one we supplied, nor of one that we do not know."""
    await imported(await catalogue_of(database), Table.SUPPLY, file_of([TV]))
    before = await ask(database, SERIAL)
    unit = await piece_of(database)
    await register(database, unit, bought_on=date(2026, 3, 1))
    mine = await bring(database, unit)
    assert Right.LEGAL in {cover.right for cover in mine}
    assert await ask(database, SERIAL) == before
    async with database.write("unverified") as conn:
        stranger = units.Unit("2" * 32, "Hallmere", "0A1B2C3D4E5F6G9", "VQ55Q7", None, "")
        await units.add(conn, stranger, now=1)
    assert await ask(database, "0A1B2C3D4E5F6G9") is Unknown.SERIAL


async def test_a_number_that_two_brands_use_needs_the_brand(database: Database) -> None:
    await imported(await catalogue_of(database), Table.SUPPLY, file_of([TV]))
    async with database.write("other") as conn:
        other = await units.add(conn, units.Unit("3" * 32, "Another", SERIAL, "", None, ""), now=1)
    # Until a list names the other piece too, only a customer has: nobody learns of it (I8).
    assert isinstance(await ask(database, SERIAL), Answer)
    assert await ask(database, SERIAL, brand="Another") is Unknown.SERIAL
    async with database.write("supplied") as conn:
        record = {
            "id": "4" * 32,
            "unit": other.id,
            "country": "LV",
            "document": "",
            "source": "",
            "imported_at": 1,
        }
        await conn.execute(units.supply.insert().values(record | {"shipped_on": date(2026, 1, 1)}))
    assert await ask(database, SERIAL) is Unknown.BRAND
    assert isinstance(await ask(database, SERIAL, brand="Hallmere"), Answer)


async def test_the_cover_is_written_once_with_what_it_was_and_will_be(database: Database) -> None:
    await imported(await catalogue_of(database), Table.SUPPLY, file_of([TV]))
    unit = await piece_of(database)
    first, second = await bring(database, unit), await bring(database, unit)
    assert read(first) == read(second) == [CALCULATED]
    async with database.read() as conn:
        [event] = list(await conn.execute(sa.select(coverage_event)))
        [row] = await warranty.rows_of(conn, unit)
    assert (json.loads(event.before), event.cause, event.actor) == ([], "registered", "customer1")
    assert json.loads(event.after) == [
        {"right": "maker", "starts_on": "2026-02-09", "ends_on": "2028-02-09", "basis": "calculated"}
    ]
    assert (row.draft.kind, row.draft.reference, row.draft.term) == (
        Kind.MANUFACTURER,
        "DN-1001",
        "lv-maker-2015",
    )


async def test_of_many_who_look_at_once_one_writes(database: Database) -> None:
    await imported(await catalogue_of(database), Table.SUPPLY, file_of([TV]))
    unit = await piece_of(database)
    ids = Ids()

    async def one() -> None:
        async with database.write("cover") as conn:
            await bring_up_to_date(
                conn, unit, markets=MARKETS, cause=Cause.REGISTERED, actor="", new_id=ids, now=NOW_MS
            )

    await asyncio.gather(*(one() for _ in range(20)))
    async with database.read() as conn:
        assert len(await warranty.rows_of(conn, unit)) == 1
        assert len(list(await conn.execute(sa.select(coverage_event)))) == 1


@pytest.mark.proves("D12", by="a list that names a registered product leaves its owner without cover")
async def test_who_registered_before_the_list_named_the_product_reads_its_cover_then(
    database: Database,
) -> None:
    """D12: unverified, without a date; and by itself with the next import."""
    imports = await catalogue_of(database)
    async with database.write("unverified") as conn:
        piece = await units.add(conn, units.Unit("2" * 32, "Hallmere", SERIAL, "VQ55Q7", None, ""), now=1)
    await register(database, piece.id)
    assert await bring(database, piece.id) == ()
    await imported(imports, Table.SUPPLY, file_of([TV]))
    async with database.read() as conn:
        rows = await warranty.rows_of(conn, piece.id)
        [event] = list(await conn.execute(sa.select(coverage_event)))
    assert [row.draft.ends_on for row in rows] == [date(2028, 2, 9)]
    assert (event.cause, event.actor) == ("supplied", "")


async def test_a_correction_of_the_list_never_takes_days_from_who_has_read_them(database: Database) -> None:
    """I2: the later end holds; both stand in the history."""
    imports = await catalogue_of(database)
    await imported(imports, Table.SUPPLY, file_of([TV]))
    unit = await piece_of(database)
    await register(database, unit)
    await bring(database, unit)
    await imported(imports, Table.SUPPLY, file_of([TV | {"delivered_on": "2026-02-03"}]))
    async with database.read() as conn:
        kept = await warranty.rows_of(conn, unit)
    assert max(row.draft.ends_on for row in kept if row.is_active) == date(2028, 2, 9)
    await imported(imports, Table.SUPPLY, file_of([TV | {"delivered_on": "2026-03-09"}]))
    async with database.read() as conn:
        rows = await warranty.rows_of(conn, unit)
    assert {row.draft.ends_on for row in rows if row.state is RowState.ACTIVE} == {date(2028, 3, 9)}
    assert date(2028, 2, 9) in {row.draft.ends_on for row in rows if row.state is RowState.SUPERSEDED}


@pytest.mark.proves("D6")
async def test_what_the_next_owner_reads_is_the_products_and_not_the_ones_before(database: Database) -> None:
    """D6: cover stays with the serial number. What the first owner said of the purchase is theirs."""
    await imported(await catalogue_of(database), Table.SUPPLY, file_of([TV]))
    unit = await piece_of(database)
    await register(database, unit, bought_on=date(2026, 3, 1))
    before = await bring(database, unit)
    async with database.write("release") as conn:
        await registration.end(
            conn, "1" * 32, customer="customer1", version=None, event=Event.RELEASE, now=NOW_MS
        )
    assert [cover.right for cover in before] == [Right.MAKER, Right.LEGAL]
    assert await bring(database, unit) == before


async def test_a_piece_that_is_not_there_has_no_cover(database: Database) -> None:
    with pytest.raises(NoSuchPiece):
        await bring(database, "9" * 32)


async def test_a_piece_is_found_by_its_number_and_not_by_looking_at_all(database: Database) -> None:
    """A maker has millions; an inquiry that reads them all would be an attack of its own."""
    query = f"SELECT id FROM unit WHERE serial = '{SERIAL}'"
    async with database.write("plan") as conn:
        if conn.dialect.name == "postgresql":
            await conn.execute(sa.text("SET LOCAL enable_seqscan = off"))  # an empty table is read whole
        plan = await conn.execute(
            sa.text(f"EXPLAIN {'' if conn.dialect.name == 'postgresql' else 'QUERY PLAN '}{query}")
        )
        said = " ".join(str(row) for row in plan)
    assert "unit_serial" in said
    assert "SCAN unit " not in said
    assert "Filter: " not in said
