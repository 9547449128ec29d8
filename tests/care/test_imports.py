"""A maker's tables on both databases: every row says what came of it, and doing it again changes nothing."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from care.catalogue import store as catalogue
from care.imports import service
from care.imports.table_file import FileFault, FileProblem
from care.units import store as units
from care.units.store import supply
from care.warranty import store as warranty
from server.desk import Table
from server.storage.engine import Database
from tests.care.tables import SHIPPED, catalogue_of, desk_of, file_of, imported

pytestmark = pytest.mark.slow

TV = {
    "serial": "0A1B2C3D4E5F6G7",
    "imei": "",
    "model": "VQ55Q7",
    "manufactured_on": "2026-01-10",
    "shipped_on": "2026-02-01",
    "delivered_on": "2026-02-09",
    "country": "LV",
    "document": "DN-1001",
}
IMEI, IMEI_2 = "490154203237518", "356938035643809"


def named(serial: str, **changes: str) -> dict[str, str]:
    return TV | {"serial": serial} | changes


async def test_the_shipped_data_is_taken_whole_and_a_second_time_changes_nothing(database: Database) -> None:
    imports = await catalogue_of(database)
    async with database.read() as conn:
        groups, models = await catalogue.all_groups(conn), await catalogue.all_models(conn)
        terms = await warranty.all_terms(conn)
    for table, name, count in (
        (Table.GROUPS, "groups.csv", len(groups)),
        (Table.MODELS, "demo/models.csv", len(models)),
        (Table.TERMS, "terms.csv", len(terms)),
    ):
        again = await imported(imports, table, (SHIPPED / name).read_bytes())
        assert again.counts == {"same": count}, name
    assert len(models) >= 40


async def test_a_dry_run_says_the_same_and_keeps_nothing(database: Database) -> None:
    imports = desk_of(database)
    for table, content in (
        (Table.GROUPS, (SHIPPED / "groups.csv").read_bytes()),
        (Table.MODELS, (SHIPPED / "demo" / "models.csv").read_bytes()),
        (Table.TERMS, (SHIPPED / "terms.csv").read_bytes()),
        (Table.SUPPLY, file_of([TV])),
    ):
        dry = await imported(imports, table, content, dry_run=True)
        again = await imported(imports, table, content, dry_run=True)
        real = await imported(imports, table, content)
        assert dry.results == again.results == real.results
        assert set(real.counts) == {"added"}


async def test_a_supplied_piece_is_added_stays_and_is_corrected_by_a_record_of_its_own(
    database: Database,
) -> None:
    """R86: the record before is superseded, never rewritten."""
    imports = await catalogue_of(database)
    assert (await imported(imports, Table.SUPPLY, file_of([TV]))).outcomes == ["added"]
    assert (await imported(imports, Table.SUPPLY, file_of([TV]))).outcomes == ["same"]
    later = TV | {"delivered_on": "2026-02-20", "country": "CZ"}
    assert (await imported(imports, Table.SUPPLY, file_of([later]))).outcomes == ["changed"]
    async with database.read() as conn:
        [piece] = await units.by_serial(conn, TV["serial"])
        now = await units.supplied(conn, piece.id)
        rows = list(await conn.execute(sa.select(supply).order_by(supply.c.superseded_at.is_(None))))
    assert now is not None
    assert (str(now.delivered_on), now.country, piece.market) == ("2026-02-20", "CZ", "CZ")
    assert [(str(row.delivered_on), row.superseded_at is None) for row in rows] == [
        ("2026-02-09", False),
        ("2026-02-20", True),
    ]


async def test_a_piece_named_twice_in_one_file_is_corrected_in_its_order(database: Database) -> None:
    imports = await catalogue_of(database)
    rows = [TV, named("0A1B2C3D4E5F6G8"), TV | {"country": "NO"}, TV | {"country": "NO"}, TV]
    run = await imported(imports, Table.SUPPLY, file_of(rows))
    assert run.outcomes == ["added", "added", "changed", "same", "changed"]


async def test_a_row_that_is_wrong_says_where_and_the_others_count(database: Database) -> None:
    imports = await catalogue_of(database)
    good = named("0A1B2C3D4E5F6G8")
    run = await imported(imports, Table.SUPPLY, file_of([TV | {"model": "NOPE"}, good, TV | {"country": ""}]))
    assert run.refused == [(2, "model", "unknown"), (4, "country", "missing")]
    async with database.read() as conn:
        assert await units.by_serial(conn, TV["serial"]) == []
        assert len(await units.by_serial(conn, good["serial"])) == 1


async def test_a_row_of_another_length_is_refused_and_the_next_read_right(database: Database) -> None:
    imports = await catalogue_of(database)
    lines = file_of([TV, TV, named("0A1B2C3D4E5F6G8")]).splitlines()
    lines[2] += b",more"
    lines.insert(2, b"")
    run = await imported(imports, Table.SUPPLY, b"\n".join(lines))
    assert run.outcomes == ["added", "refused", "added"]
    assert run.refused == [(4, "", "cells")]


async def test_what_is_known_is_not_overruled_by_a_list(database: Database) -> None:
    """Another model for a known piece, another piece for a known IMEI: a person has to look."""
    imports = await catalogue_of(database)
    phone = await _a_phone(database)
    rows = [TV, phone]
    assert (await imported(imports, Table.SUPPLY, file_of(rows))).outcomes == ["added", "added"]
    others = [
        TV | {"model": "VQ43Q7"},
        phone | {"serial": "R58N12ABCD9"},
        phone | {"imei": f"{phone['imei']} {IMEI_2}"},
    ]
    run = await imported(imports, Table.SUPPLY, file_of(others))
    assert run.refused == [(2, "model", "contradicts"), (3, "imei", "contradicts")]
    assert run.outcomes[2] == "same"
    async with database.read() as conn:
        both = [await units.by_imei(conn, number) for number in (IMEI, IMEI_2)]
    assert both[0] is not None
    assert both[0] == both[1]


async def test_a_telephone_known_by_its_imei_is_told_its_serial_number(database: Database) -> None:
    """It was registered before the list named it."""
    imports = await catalogue_of(database)
    phone = await _a_phone(database)
    async with database.write("first") as conn:
        there = units.Unit("0" * 32, "Hallmere", None, "", None, "")
        await units.add(conn, there, now=1, imeis=(IMEI,))
    run = await imported(imports, Table.SUPPLY, file_of([phone]))
    assert run.outcomes == ["added"]
    async with database.read() as conn:
        [piece] = await units.by_serial(conn, phone["serial"])
        assert piece == await units.by_imei(conn, IMEI)
    assert (piece.id, piece.model) == (there.id, phone["model"])


async def test_two_imports_at_once_leave_one_record_that_counts_for_each_piece(database: Database) -> None:
    imports = await catalogue_of(database)
    content = file_of([named(f"0A1B2C3D4E5{place:04d}") for place in range(300)])
    other = content.replace(b"DN-1001", b"DN-2002")
    runs = await asyncio.gather(
        imported(imports, Table.SUPPLY, content), imported(imports, Table.SUPPLY, other)
    )
    assert sum(run.counts.get("added", 0) for run in runs) == 300
    async with database.read() as conn:
        current = sa.select(sa.func.count()).where(supply.c.superseded_at.is_(None))
        assert (await conn.execute(current)).scalar_one() == 300
        assert (await conn.execute(sa.select(sa.func.count(units.unit.c.id)))).scalar_one() == 300


async def test_two_imports_at_once_of_telephones_without_serial_numbers(database: Database) -> None:
    """Nothing but their IMEI says that they are one piece."""
    imports = await catalogue_of(database)
    phone = await _a_phone(database) | {"serial": ""}
    runs = await asyncio.gather(*(imported(imports, Table.SUPPLY, file_of([phone])) for _ in range(4)))
    assert sorted(outcome for run in runs for outcome in run.outcomes) == ["added", "same", "same", "same"]
    async with database.read() as conn:
        assert (await conn.execute(sa.select(sa.func.count(units.unit.c.id)))).scalar_one() == 1


async def test_a_telephone_that_is_registered_while_its_row_is_taken_stays_one_piece(
    postgresql_url: str,
) -> None:
    """The import has looked and seen nothing; then somebody makes the piece. SQLite has one writer."""
    database = await Database.open(postgresql_url)
    imports = await catalogue_of(database)
    adding = asyncio.Event()

    def hear(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO unit "):
            adding.set()

    row = named("R5CX1234567", model="PH24", imei=f"{IMEI} {IMEI_2}")
    piece = units.Unit("c" * 32, "Hallmere", "R5CX1234567", "PH24", None, "")
    async with database.write("register") as conn:
        await units.add(conn, piece, now=1, imeis=[IMEI])
        event.listen(sa.Engine, "before_cursor_execute", hear)
        try:
            importing = asyncio.create_task(
                imported(imports, Table.SUPPLY, file_of([named("A" * 14 + "1"), row]))
            )
            await adding.wait()
        finally:
            event.remove(sa.Engine, "before_cursor_execute", hear)
    assert (await importing).outcomes == ["added", "added"]
    async with database.read() as conn:
        for number in (IMEI, IMEI_2):
            found = await units.by_imei(conn, number)
            assert found is not None
            assert (found.id, found.market) == (piece.id, "LV")
        assert await units.supplied(conn, piece.id) is not None
    await database.close()


async def test_of_a_file_that_breaks_off_the_rows_before_are_there_and_may_come_again(
    database: Database,
) -> None:
    imports = await catalogue_of(database)
    count = service.BATCH + 1
    whole = file_of([named(f"0A1B2C3D4E5{place:04d}") for place in range(count)])
    with pytest.raises(FileFault) as broken:
        await imported(imports, Table.SUPPLY, whole + b'"not closed')
    assert (broken.value.problem, broken.value.line) == (FileProblem.NOT_CSV, count + 2)
    again = await imported(imports, Table.SUPPLY, whole)
    assert again.counts == {"same": service.BATCH, "added": 1}
    assert again.read_bytes == sorted(again.read_bytes)
    assert again.read_bytes[-1] == len(whole)


async def test_a_table_that_is_taken_as_a_whole_is_not_taken_by_half(database: Database) -> None:
    imports = desk_of(database)
    with pytest.raises(FileFault):
        await imported(imports, Table.GROUPS, (SHIPPED / "groups.csv").read_bytes() + b'"')
    async with database.read() as conn:
        assert await catalogue.all_groups(conn) == []


async def test_terms_are_never_edited_but_may_be_signed_off(database: Database) -> None:
    """I22."""
    imports = await catalogue_of(database)
    first, *rest = (SHIPPED / "terms.csv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(first.split(","), rest[0].split(","), strict=True))
    signed = await imported(imports, Table.TERMS, file_of([cells | {"signed_off_on": "2026-11-20"}]))
    assert signed.outcomes == ["changed"]
    longer = await imported(imports, Table.TERMS, file_of([cells | {"months": "36"}]))
    assert longer.refused == [(2, "version", "contradicts")]
    rival = await imported(imports, Table.TERMS, file_of([cells | {"version": "another"}]))
    assert rival.refused == [(2, "valid_from", "overlaps")]
    async with database.read() as conn:
        there = {term.version: term for term in await warranty.all_terms(conn)}
    assert str(there[cells["version"]].signed_off_on) == "2026-11-20"
    assert there[cells["version"]].months == int(cells["months"])


async def test_a_model_is_changed_by_its_code_and_keeps_its_own_gtin(database: Database) -> None:
    imports = await catalogue_of(database)
    first, second, third, *_ = (SHIPPED / "demo" / "models.csv").read_text(encoding="utf-8").splitlines()
    one, other = (dict(zip(first.split(","), line.split(","), strict=True)) for line in (second, third))
    run = await imported(
        imports,
        Table.MODELS,
        file_of(
            [one | {"name_en": "Another name"}, other | {"gtin": one["gtin"]}, one, other | {"brand": "X"}]
        ),
    )
    assert run.outcomes == ["changed", "refused", "refused", "refused"]
    assert run.refused == [(3, "gtin", "twice"), (4, "model", "twice"), (5, "brand", "unknown")]
    async with database.read() as conn:
        model = await catalogue.model_by_code(conn, one["model"])
    assert model is not None
    assert model.name("en") == "Another name"


async def _a_phone(database: Database) -> dict[str, str]:
    async with database.read() as conn:
        models = await catalogue.all_models(conn)
    code = next(
        model.code for model in models if model.rule.serial_length == 11 and len(model.rule.kinds) == 2
    )
    return TV | {"model": code, "serial": "R58N12ABCDE", "imei": IMEI}
