"""What a maker makes: its models and what each may do (R10-R12, R26, R35, R43).

Pure. A model's facts come as rows of a table; a row that is not what it must be says where, and the others
count.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from stdnum import ean

from care.catalogue.groups import Level
from care.identifiers import SERIAL_LONG, SERIAL_SHORT, Kind, Rule
from care.limits import CODE_MOST, MONTHS_MOST, NAME_MOST
from care.table import Fault, RowFault, choice, number, text, yes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from care.catalogue.groups import Group

TV_REGISTRATION_FROM: Final = 2020
"""The year of manufacture from which a set can register itself (R43, D5)."""
_GTIN_DIGITS: Final = 14


class Why(StrEnum):
    """Why a product of ours cannot be registered (R11)."""

    STORAGE = "storage"
    ACCESSORY = "accessory"
    COMPONENT = "component"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Model:
    """One model; `names` by language, English always; from the year `tv_from` on a set registers itself."""

    code: str
    brand: str
    category: str
    names: Mapping[str, str]
    rule: Rule
    gtin: str = ""
    why_not: Why | None = None
    by_qr: bool = False
    tv_from: int | None = None
    smart: bool = False
    oem: bool = False
    remote_assist: bool = False
    online_extension: bool = False
    most_months: int = 0

    @property
    def is_registrable(self) -> bool:
        return self.why_not is None

    def name(self, language: str) -> str:
        return self.names.get(language, self.names["en"])

    def may_register_itself(self, *, made_on: date | None, model_year: int | None = None) -> bool:
        """Whether a set of this model can register itself (D5): by its day of making, else by its year."""
        if self.tv_from is None:
            return False
        year = made_on.year if made_on is not None else model_year
        return year is not None and year >= self.tv_from


MODEL_COLUMNS: Final = (
    "model",
    "brand",
    "category",
    "gtin",
    "name_en",
    "identifiers",
    "serial_length",
    "why_not",
    "qr",
    "tv_from",
    "smart",
    "oem",
    "remote_assist",
    "online_extension",
    "most_months",
)
NAME_COLUMNS: Final = ("name_lv", "name_nb", "name_cs", "name_vi")
"""May be left out: a model is often called the same everywhere."""


def model_of_row(row: Mapping[str, str], groups: Mapping[str, Group]) -> Model:
    """The model of a table's row. Raises RowFault with the first field that is wrong."""
    kinds = frozenset(choice("identifiers", word, Kind) for word in text(row, "identifiers").split())
    category = text(row, "category", most=CODE_MOST)
    if category not in groups or groups[category].level is not Level.CATEGORY:
        raise RowFault("category", Fault.UNKNOWN)
    model = Model(
        code=text(row, "model", most=CODE_MOST),
        brand=text(row, "brand", most=NAME_MOST),
        category=category,
        names=_names(row),
        rule=Rule(kinds, number(row, "serial_length", allowed=(SERIAL_SHORT, SERIAL_LONG))),
        gtin=_gtin(row),
        why_not=choice("why_not", row["why_not"], Why) if row.get("why_not", "").strip() else None,
        by_qr=yes(row, "qr"),
        tv_from=number(row, "tv_from", least=1990, most=2100) if row.get("tv_from") else None,
        smart=yes(row, "smart"),
        oem=yes(row, "oem"),
        remote_assist=yes(row, "remote_assist"),
        online_extension=yes(row, "online_extension"),
        most_months=number(row, "most_months", least=0, most=MONTHS_MOST),
    )
    if model.by_qr and not model.gtin:
        raise RowFault("gtin", Fault.CONTRADICTS)  # the code on the product names it
    if model.tv_from is not None and model.by_qr:
        raise RowFault("qr", Fault.CONTRADICTS)  # a smart set registers itself (R35)
    if model.online_extension and not model.most_months:
        raise RowFault("most_months", Fault.CONTRADICTS)
    return model


def _gtin(row: Mapping[str, str]) -> str:
    value = row.get("gtin", "").strip()
    if not value:
        return ""
    if not ean.is_valid(value):
        raise RowFault("gtin", Fault.CHECK_DIGIT)
    return value.zfill(_GTIN_DIGITS)


def _names(row: Mapping[str, str]) -> dict[str, str]:
    names = {"en": text(row, "name_en")}
    for column in NAME_COLUMNS:
        value = row.get(column, "").strip()
        if len(value) > NAME_MOST:
            raise RowFault(column, Fault.TOO_LONG)
        if value:
            names[column.removeprefix("name_")] = value
    return names
