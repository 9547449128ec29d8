"""What a maker's tables must be, and what a model may do (R10-R12, R26, R35, R43, D5, D11)."""

from __future__ import annotations

# ruff: noqa: RUF001 - characters that look like others are what is tested
import csv
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import locales
from care.catalogue.groups import groups_of_rows
from care.catalogue.models import Model, model_of_row
from care.identifiers import SERIAL_LONG, SERIAL_SHORT, Kind, Rule
from care.table import Fault, RowFault
from care.warranty.term_rows import clashes, term_of_row
from care.warranty.terms import Start, Term

if TYPE_CHECKING:
    from care.catalogue.groups import Group

DATA = Path(__file__).parents[2] / "care" / "data"
MARKETS = frozenset({"LV", "NO", "CZ", "VN", "XX"})


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def groups() -> dict[str, Group]:
    return groups_of_rows(table("groups.csv"))


@pytest.fixture(scope="module")
def models(groups: dict[str, Group]) -> list[Model]:
    return [model_of_row(row, groups) for row in table("demo/models.csv")]


@pytest.fixture(scope="module")
def terms(groups: dict[str, Group], models: list[Model]) -> list[Term]:
    products = groups.keys() | {model.code for model in models}
    return [term_of_row(row, markets=MARKETS, products=products) for row in table("terms.csv")]


ROW = {
    "model": "VQ55Q7",
    "brand": "Hallmere",
    "category": "tv-4k-quantum",
    "gtin": "4006381333931",
    "name_en": "Vista 55 Q7",
    "identifiers": "serial",
    "serial_length": "15",
    "tv_from": "2020",
    "most_months": "60",
}


def test_a_row_is_a_model(groups: dict[str, Group]) -> None:
    model = model_of_row(ROW | {"name_vi": "Vista 55 Q7 (Việt Nam)"}, groups)
    assert (model.code, model.gtin, model.rule) == (
        "VQ55Q7",
        "04006381333931",
        Rule(frozenset({Kind.SERIAL}), 15),
    )
    assert (model.name("vi"), model.name("lv")) == ("Vista 55 Q7 (Việt Nam)", "Vista 55 Q7")
    assert model.is_registrable


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"model": ""}, "model", Fault.MISSING),
        ({"model": "V" * 33}, "model", Fault.TOO_LONG),
        ({"name_en": " "}, "name_en", Fault.MISSING),
        ({"name_lv": "V" * 81}, "name_lv", Fault.TOO_LONG),
        ({"category": "tv-5k"}, "category", Fault.UNKNOWN),
        ({"category": "tv"}, "category", Fault.UNKNOWN),  # a type is no category
        ({"gtin": "4006381333932"}, "gtin", Fault.CHECK_DIGIT),
        ({"identifiers": ""}, "identifiers", Fault.MISSING),
        ({"identifiers": "serial mac"}, "identifiers", Fault.UNKNOWN),
        ({"serial_length": "12"}, "serial_length", Fault.NOT_ALLOWED),
        ({"serial_length": "15.0"}, "serial_length", Fault.NOT_A_NUMBER),
        ({"serial_length": "１５"}, "serial_length", Fault.NOT_A_NUMBER),
        ({"why_not": "because"}, "why_not", Fault.UNKNOWN),
        ({"smart": "maybe"}, "smart", Fault.NOT_YES_OR_NO),
        ({"tv_from": "1066"}, "tv_from", Fault.NOT_ALLOWED),
        ({"tv_from": "", "qr": "yes", "gtin": ""}, "gtin", Fault.CONTRADICTS),
        ({"qr": "yes"}, "qr", Fault.CONTRADICTS),  # it registers itself (R35)
        ({"most_months": "601"}, "most_months", Fault.NOT_ALLOWED),
        ({"online_extension": "yes", "most_months": "0"}, "most_months", Fault.CONTRADICTS),
    ],
)
def test_a_field_that_is_wrong_is_named(
    groups: dict[str, Group], change: dict[str, str], field: str, fault: Fault
) -> None:
    with pytest.raises(RowFault) as wrong:
        model_of_row(ROW | change, groups)
    assert (wrong.value.field, wrong.value.fault) == (field, fault)


@pytest.mark.proves("R43", "D5", by="a set made before 2020 goes by its model's year")
@pytest.mark.parametrize(
    ("made_on", "model_year", "may"),
    [
        (date(2019, 12, 31), None, False),
        (date(2020, 1, 1), None, True),
        (date(2019, 12, 31), 2021, False),  # its own day is surer than its model's year
        (None, 2019, False),
        (None, 2020, True),
        (None, None, False),
    ],
)
def test_a_set_registers_itself_from_the_year_2020_on(
    groups: dict[str, Group], made_on: date | None, model_year: int | None, *, may: bool
) -> None:
    assert model_of_row(ROW, groups).may_register_itself(made_on=made_on, model_year=model_year) is may


@pytest.mark.proves("D5")
def test_a_model_without_that_never_registers_itself(groups: dict[str, Group]) -> None:
    model = model_of_row(ROW | {"tv_from": ""}, groups)
    assert not model.may_register_itself(made_on=date(2026, 1, 1))


# The data that comes along.


TYPE = {"code": "tv", "level": "type"}


def test_every_group_has_a_name_in_every_language(groups: dict[str, Group]) -> None:
    assert {language for group in groups.values() for language in group.names} == set(locales.languages())
    assert all(len(group.names) == len(locales.languages()) for group in groups.values())


@pytest.mark.parametrize(
    ("rows", "field", "fault"),
    [
        ([{"code": "tv", "level": "kind"}], "level", Fault.UNKNOWN),
        ([{"code": "tv", "level": "subtype", "parent": "gone"}], "parent", Fault.UNKNOWN),
        ([{"code": "tv", "level": "type", "parent": "tv"}], "parent", Fault.CONTRADICTS),
        ([TYPE, TYPE], "code", Fault.TWICE),
        ([TYPE, {"code": "x", "level": "category", "parent": "tv"}], "parent", Fault.UNKNOWN),
        ([{"code": "tv", "level": "type", "name_en": ""}], "name_en", Fault.MISSING),
    ],
)  # fmt: skip
def test_a_group_stands_under_one_of_the_level_above(
    rows: list[dict[str, str]], field: str, fault: Fault
) -> None:
    names = {f"name_{language}": "A name" for language in locales.languages()}
    with pytest.raises(RowFault) as wrong:
        groups_of_rows([names | row for row in rows])
    assert (wrong.value.field, wrong.value.fault) == (field, fault)


def test_the_invented_catalogue_is_rich_and_every_way_in_is_in_it(
    groups: dict[str, Group], models: list[Model]
) -> None:
    types = {groups[groups[groups[model.category].parent].parent].code for model in models}
    assert len(models) >= 40
    assert len(types) >= 8
    assert len({model.code for model in models}) == len(models)
    assert len({model.gtin for model in models}) == len(models)
    assert {model.why_not is None for model in models} == {True, False}
    assert any(model.by_qr and model.smart for model in models)
    assert any(model.tv_from for model in models)
    assert any(model.oem for model in models)
    assert any(Kind.IMEI in model.rule.kinds for model in models)


@pytest.mark.proves("R35")
def test_only_appliances_and_plain_monitors_for_the_home_have_a_code_that_registers(
    groups: dict[str, Group], models: list[Model]
) -> None:
    """R35."""
    for model in models:
        subtype = groups[groups[model.category].parent]
        if subtype.parent in {"tv", "phone", "tablet", "wearable"} or subtype.code == "monitor-business":
            assert not model.by_qr, model.code
        if subtype.parent == "monitor" and model.smart:
            assert not model.by_qr, model.code


@pytest.mark.proves("R15", "R16")
def test_small_devices_have_short_serial_numbers_and_all_others_long_ones(
    groups: dict[str, Group], models: list[Model]
) -> None:
    """R15, R16: of what can be registered."""
    for model in models:
        if model.is_registrable:
            is_small = groups[groups[model.category].parent].parent in {"phone", "tablet", "wearable"}
            assert model.rule.serial_length == (SERIAL_SHORT if is_small else SERIAL_LONG), model.code


def test_no_two_terms_claim_one_purchase(terms: list[Term]) -> None:
    assert clashes(terms) == ()
    assert {term.market for term in terms} == MARKETS


def test_terms_that_claim_one_purchase_are_found_wherever_they_stand() -> None:
    def term(version: str, first: date, last: date | None) -> Term:
        kind = term_of_row(TERM, markets=MARKETS, products=()).kind
        return Term(version, "LV", kind, 24, (Start.SHIPPED,), first, last)

    long = term("long", date(2020, 1, 1), date(2025, 12, 31))
    short = term("short", date(2021, 1, 1), date(2021, 12, 31))
    later = term("later", date(2025, 12, 31), None)
    after = term("after", date(2026, 1, 1), None)
    assert clashes([later, short, long]) == (("long", "short"), ("long", "later"))
    assert clashes([after, long]) == ()


TERM = {
    "version": "lv-1",
    "market": "lv",
    "kind": "manufacturer",
    "months": "24",
    "starts": "delivered shipped",
    "valid_from": "2020-01-01",
}


def test_a_row_is_a_term() -> None:
    found = term_of_row(TERM | {"repair_extends_once": "yes"}, markets=MARKETS, products=())
    assert (found.market, found.months, found.starts) == ("LV", 24, (Start.DELIVERED, Start.SHIPPED))
    assert found.repair_extends_once
    assert found.signed_off_on is None


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"market": "DE"}, "market", Fault.UNKNOWN),
        ({"market": "LVA"}, "market", Fault.TOO_LONG),
        ({"kind": "gift"}, "kind", Fault.UNKNOWN),
        ({"months": "0"}, "months", Fault.NOT_ALLOWED),
        ({"starts": "bought"}, "starts", Fault.UNKNOWN),
        ({"valid_from": ""}, "valid_from", Fault.MISSING),
        ({"valid_from": "2020-02-30"}, "valid_from", Fault.NOT_A_DATE),
        ({"valid_from": "20200101"}, "valid_from", Fault.NOT_A_DATE),
        ({"valid_to": "2019-12-31"}, "valid_to", Fault.CONTRADICTS),
        ({"applies_to": "fridge"}, "applies_to", Fault.UNKNOWN),
        ({"version": ""}, "version", Fault.MISSING),
    ],
)
def test_a_term_that_is_wrong_says_where(change: dict[str, str], field: str, fault: Fault) -> None:
    with pytest.raises(RowFault) as wrong:
        term_of_row(TERM | change, markets=MARKETS, products=())
    assert (wrong.value.field, wrong.value.fault) == (field, fault)
