"""The bench of the desk: what is pure in it, and one small run as a person starts it. Never times."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

import bench.desk.page as desk_page
from bench.desk import supply
from bench.desk.asking import AT_ONCE, INQUIRIES, REGISTRATION, Stock
from bench.desk.load import WARM_UP, Away, Timing, timed
from bench.desk.loading import Loaded, models
from bench.desk.report import (
    LARGE,
    SMALL,
    Measured,
    OfDatabase,
    as_json,
    as_markdown,
    as_table,
    claims,
    of_json,
)
from bench.desk.supply import SupplyList
from bench.screen import page as screen_page
from care import identifiers
from care.catalogue.groups import group_of_row
from care.catalogue.maker import INVENTED
from care.catalogue.models import model_of_row
from care.identifiers import Kind, Number
from care.table import RowFault
from care.units.supply_rows import supply_of_row
from server.desk import countries
from tests.sources import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from care.catalogue.groups import Group
    from care.catalogue.models import Model

TODAY = date(2026, 11, 29)
MANY = 3_000


def the_list(seed: int = 1) -> SupplyList:
    return SupplyList(seed, TODAY, models())


def catalogue() -> dict[str, Model]:
    groups: dict[str, Group] = {}
    for row in rows_of((INVENTED / "groups.csv").read_text(encoding="utf-8")):
        groups[row["code"]] = group_of_row(row, groups)
    rows = rows_of((INVENTED / "demo" / "models.csv").read_text(encoding="utf-8"))
    return {one.code: one for one in (model_of_row(row, groups) for row in rows)}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_list_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    places = [0, 1, 17, 999_999, 1_999_999]
    assert [the_list()[place] for place in places] == [the_list()[place] for place in places]
    assert {the_list(2)[place].number for place in places}.isdisjoint(
        the_list()[one].number for one in places
    )


def test_every_row_is_one_that_the_import_takes() -> None:
    """Also far behind the last place that is ever supplied, where unknown numbers are drawn from."""
    text = io.StringIO(newline="")
    supply.write(text, the_list(), range(MANY))
    supply.write(text, the_list(), range(11_999_000, 12_000_000))
    known = catalogue()
    for row in rows_of(text.getvalue()):
        if row["serial"] == "serial":  # the second table's head
            continue
        read = supply_of_row(row, models=known, countries=countries(), today=TODAY)
        assert read.serial == row["serial"]
        assert read.imeis == tuple(row["imei"].split())
        assert identifiers.canonical(row["serial"]) == row["serial"]


def test_the_test_of_rows_would_notice_a_wrong_one() -> None:
    text = io.StringIO(newline="")
    supply.write(text, the_list(), range(1))
    [row] = rows_of(text.getvalue())
    with pytest.raises(RowFault):
        supply_of_row(
            row | {"serial": row["serial"][:-1]}, models=catalogue(), countries=countries(), today=TODAY
        )


def test_no_number_stands_in_a_list_twice_and_each_can_be_asked_for() -> None:
    pieces = [the_list()[place] for place in (*range(MANY), *range(1_000_000, 1_000_000 + MANY))]
    assert len({piece.serial for piece in pieces}) == len(pieces)
    imeis = [piece.imei for piece in pieces if piece.imei]
    assert 0 < len(set(imeis)) == len(imeis) < len(pieces)
    for piece in pieces:
        number = identifiers.classify(piece.number)
        assert isinstance(number, Number)
        assert (Kind.IMEI in number.kinds) == bool(piece.imei)


def test_models_that_cannot_be_registered_stand_in_no_list() -> None:
    barred = {code for code, model in catalogue().items() if model.why_not is not None or model.oem}
    assert barred
    assert barred.isdisjoint(model.code for model in models())


def test_percentiles_are_of_what_was_measured() -> None:
    timing = Timing.of([float(one) for one in range(200, 0, -1)], elapsed_s=4.0, away=3)
    assert timing == Timing(count=200, per_second=50.0, p50_ms=100.0, p99_ms=198.0, away=3)
    assert Timing.of([7.0], elapsed_s=0.5) == Timing(1, 2.0, 7.0, 7.0)


async def test_every_question_is_asked_once_and_the_first_ones_are_not_counted() -> None:
    prepared: list[int] = []
    asked: list[int] = []

    async def before(number: int) -> None:
        prepared.append(number)

    async def ask(number: int) -> None:
        asked.append(number)
        if number == 40:
            raise Away

    timing = await timed(ask, at_once=4, seconds=3_600, most=100, before=before)
    assert sorted(asked) == sorted(prepared) == list(range(100))
    assert (timing.count, timing.away) == (100 - WARM_UP - 1, 1)


async def test_nobody_asks_on_when_the_time_is_over() -> None:
    numbers = count()

    async def ask(_: int) -> None:
        next(numbers)

    async def before(_: int) -> None:
        pass

    timing = await timed(ask, at_once=3, seconds=0, most=1_000, before=before)
    assert timing.count == 3
    assert next(numbers) == 1 + 3


async def test_a_wrong_answer_ends_a_load_by_its_own_name() -> None:
    class Odd(Exception):  # noqa: N818 - a state
        pass

    async def ask(number: int) -> None:
        if number == 50:
            raise Odd

    async def before(_: int) -> None:
        pass

    with pytest.raises(Odd):
        await timed(ask, at_once=2, seconds=3_600, most=100, before=before)


def test_no_product_is_registered_twice_nor_counted_as_free_when_it_is() -> None:
    stock = Stock(LARGE, 1_000)
    first = stock.to_register(1, 200)
    stock.registered.extend(first)
    second = stock.to_register(1, 200)
    assert len({*first, *second}) == 400
    known, registered = stock.places("known", 5), stock.places("registered", 5)
    assert {known(one) for one in range(500)}.isdisjoint({*first, *second})
    assert {registered(one) for one in range(500)} <= set(first)
    unknown = stock.places("unknown", 5)
    assert min(unknown(one) for one in range(500)) > 1_000


def measured(stock: str, what: str, p50_ms: float, at_once: int = 1) -> Measured:
    return Measured(stock, what, "http", at_once, Timing(100, 50.0, p50_ms, 3 * p50_ms))


def of_database() -> OfDatabase:
    loads = [
        *(measured(SMALL, what, 4.0) for what in ("registration", *INQUIRIES)),
        measured(LARGE, "registration", 8.0),
        measured(LARGE, "known", 5.0),
        measured(LARGE, "unknown", 4.0),
        measured(LARGE, "registered", 6.0),
    ]
    loaded = {SMALL: Loaded(100, 0.5, 0.1, 0.1), LARGE: Loaded(900, 3.0, 0.2, 0.5)}
    return OfDatabase(
        "sqlite", {"version": "3.40", "bytes": 5_000_000}, {SMALL: 100, LARGE: 1_000}, loaded, loads
    )


def test_claims_are_ratios_of_the_same_question() -> None:
    assert claims(of_database()) == {
        "import, last tenth of the rows / first": 2.5,
        "registration, http, 1 at once: p50, large / small": 2.0,
        "known, http, 1 at once: p50, large / small": 1.25,
        "unknown, http, 1 at once: p50, large / small": 1.0,
        "registered, http, 1 at once: p50, large / small": 1.5,
        "inquiry, http, 1 at once: p50, registered / known": 1.2,
        "median of all: p50, large / small": 1.375,
    }


def test_tables_hold_every_load_and_json_reads_back() -> None:
    one = of_database()
    for table in (as_table(one), as_markdown(one)):
        assert table.count("registration") == 2
        assert "1,000" in table
        assert "2.00" in table
    blocks = as_markdown(one).split("\n\n")
    assert [len({line.count("|") for line in block.splitlines()}) for block in blocks] == [1, 1]
    whole = json.loads(as_json({"cores": "2"}, TODAY, 5.0, [one]))
    [database] = whole["databases"]
    assert of_json(database) == one
    assert claims(of_json(database)) == claims(one)


def test_each_bench_keeps_the_others_part_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(desk_page, "ROOT", tmp_path)
    monkeypatch.setattr(screen_page, "ROOT", tmp_path)
    path = tmp_path / desk_page.PAGE
    screen_page.write([])
    machine = dict.fromkeys(("cores", "processor", "system", "python", "load"), "2")
    results = json.loads(as_json(machine, TODAY, 5.0, [of_database()]))
    desk_page.write(results)
    once = path.read_text(encoding="utf-8")
    assert once.startswith(screen_page.text([]).rstrip())
    assert once.count("## The after-sales desk") == 1
    screen_page.write([])
    desk_page.write(results)
    assert path.read_text(encoding="utf-8") == once


@pytest.mark.slow
def test_the_bench_prints_one_object_with_every_load() -> None:
    command = [
        sys.executable,
        "-m",
        "bench.desk",
        "--json",
        "--units=500",
        "--seconds=0.1",
        "--databases=sqlite",
    ]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    whole: dict[str, Any] = json.loads(ran.stdout)
    [database] = whole["databases"]
    assert [one["rows"] for one in database["import"].values()] == [50, 500]
    asked = {(one["stock"], one["what"], one["way"], one["at_once"]) for one in database["loads"]}
    assert asked == {
        (stock, what, way, at_once)
        for stock in (SMALL, LARGE)
        for what in (REGISTRATION, *INQUIRIES)
        for way in ("service", "http")
        for at_once in AT_ONCE
    }
    for one in database["loads"]:
        assert one["count"] > 0
        assert 0 < one["p50_ms"] <= one["p99_ms"]
