"""What a row of a supply list must be (R86): the first field that is wrong is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from care.identifiers import Kind, Rule
from care.table import Fault, RowFault
from care.units.supply_rows import SupplyRow, supply_of_row

TODAY = date(2026, 11, 29)
IMEI, IMEI_2 = "490154203237518", "356938035643809"


@dataclass(frozen=True)
class Known:
    brand: str
    rule: Rule


MODELS = {
    "TV": Known("Hallmere", Rule(frozenset({Kind.SERIAL}), 15)),
    "PHONE": Known("Hallmere", Rule(frozenset({Kind.SERIAL, Kind.IMEI}), 11)),
}
TV = {
    "serial": "0a1b2c3d4e5f6g7",
    "model": "TV",
    "manufactured_on": "2026-01-10",
    "shipped_on": "2026-02-01",
    "delivered_on": "2026-02-09",
    "country": "lv",
    "document": " DN-1001 ",
}
PHONE = TV | {"model": "PHONE", "serial": "R58N12ABCDE", "imei": f"{IMEI} {IMEI_2}"}


def read(row: dict[str, str]) -> SupplyRow:
    return supply_of_row(row, models=MODELS, countries={"LV", "NO"}, today=TODAY)


def test_a_row_is_a_piece() -> None:
    assert read(TV) == SupplyRow(
        serial="0A1B2C3D4E5F6G7",
        imeis=(),
        model="TV",
        brand="Hallmere",
        manufactured_on=date(2026, 1, 10),
        shipped_on=date(2026, 2, 1),
        delivered_on=date(2026, 2, 9),
        country="LV",
        document="DN-1001",
    )
    assert read(PHONE).imeis == (IMEI, IMEI_2)
    assert read(PHONE | {"serial": ""}).serial is None
    assert read(TV | {"delivered_on": TODAY.isoformat()}).delivered_on == TODAY


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"model": "NOPE"}, "model", Fault.UNKNOWN),
        ({"model": ""}, "model", Fault.MISSING),
        ({"serial": ""}, "serial", Fault.MISSING),
        ({"serial": "0A1B2C3D4E5"}, "serial", Fault.IDENTIFIER),  # a telephone's length (R15)
        ({"serial": "0A1B2C3D4E5F6/7"}, "serial", Fault.IDENTIFIER),
        ({"imei": IMEI}, "imei", Fault.NOT_ALLOWED),  # a television has none
        ({"country": "QQ"}, "country", Fault.UNKNOWN),
        ({"country": "LVA"}, "country", Fault.TOO_LONG),
        ({"shipped_on": "", "delivered_on": ""}, "shipped_on", Fault.MISSING),
        ({"shipped_on": "01.02.2026"}, "shipped_on", Fault.NOT_A_DATE),
        ({"shipped_on": "2026-01-09"}, "shipped_on", Fault.CONTRADICTS),  # before it was made
        ({"delivered_on": "2026-01-31"}, "delivered_on", Fault.CONTRADICTS),  # before it was shipped
        ({"shipped_on": "", "delivered_on": "2026-01-09"}, "delivered_on", Fault.CONTRADICTS),
        ({"delivered_on": "2026-11-30"}, "delivered_on", Fault.IN_FUTURE),
        ({"document": "D" * 65}, "document", Fault.TOO_LONG),
    ],
)
def test_a_field_that_is_wrong_is_named(change: dict[str, str], field: str, fault: Fault) -> None:
    with pytest.raises(RowFault) as wrong:
        read(TV | change)
    assert (wrong.value.field, wrong.value.fault) == (field, fault)


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"imei": "490154203237519"}, "imei", Fault.CHECK_DIGIT),
        ({"imei": f"{IMEI} {IMEI}"}, "imei", Fault.TWICE),
        ({"imei": f"{IMEI} {IMEI_2} 356938035643817"}, "imei", Fault.NOT_ALLOWED),
        ({"imei": "", "serial": ""}, "serial", Fault.MISSING),
        ({"serial": "0A1B2C3D4E5F6G7"}, "serial", Fault.IDENTIFIER),  # a television's length (R16)
    ],
)
def test_a_telephones_numbers_are_its_own(change: dict[str, str], field: str, fault: Fault) -> None:
    with pytest.raises(RowFault) as wrong:
        read(PHONE | change)
    assert (wrong.value.field, wrong.value.fault) == (field, fault)
