"""An invented supply list of any length: the same for a seed and a day, each piece found by its place. Pure.

Numbers come in no order, which is the worst case for an index: each new row lands on another page of it.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from stdnum import luhn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from typing import IO

COLUMNS: Final = (
    "serial",
    "model",
    "shipped_on",
    "delivered_on",
    "country",
    "document",
    "imei",
    "manufactured_on",
)
COUNTRIES: Final = ("LV", "NO", "CZ", "VN", "DE")
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DRAWN: Final = 10  # characters of a serial number that differ from piece to piece
_SERIALS: Final = len(_DIGITS) ** _DRAWN
_IMEIS: Final = 10**6  # telephones of one type allocation code
_MADE_WITHIN: Final = 700  # days
_PACKED: Final = 20  # pieces of one delivery note


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model that may be registered; `tac` is its type allocation code, "" for what is no telephone."""

    code: str
    serial_length: int
    tac: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One row of the list."""

    serial: str
    imei: str
    model: str
    country: str
    manufactured_on: date
    shipped_on: date
    delivered_on: date
    document: str

    @property
    def number(self) -> str:
        """What its owner types: a telephone's IMEI, else the serial number."""
        return self.imei or self.serial


class SupplyList:
    """Pieces by their place from 0 on; no number stands in it twice. `today` is later than any day of it."""

    def __init__(self, seed: int, today: date, models: Sequence[ListedModel]) -> None:
        drawn = random.Random(seed)
        self._today = today
        self._models = models
        # Steps that share no factor with the count of numbers come by each of them once.
        self._serial_step = 6 * drawn.randrange(_SERIALS // 24, _SERIALS // 8) + 1
        self._serial_first = drawn.randrange(_SERIALS)
        self._imei_first = drawn.randrange(_IMEIS)
        self._imei_step = 10 * drawn.randrange(_IMEIS // 40, _IMEIS // 20) + 7
        self._day_step = drawn.randrange(101, _MADE_WITHIN) | 1

    def __getitem__(self, place: int) -> Piece:
        model = self._models[place % len(self._models)]
        made = self._today - timedelta(days=60 + place * self._day_step % _MADE_WITHIN)
        shipped = made + timedelta(days=5 + place % 23)
        return Piece(
            serial=self._serial(place, model),
            imei=self._imei(place, model.tac) if model.tac else "",
            model=model.code,
            country=COUNTRIES[place % len(COUNTRIES)],
            manufactured_on=made,
            shipped_on=shipped,
            delivered_on=shipped + timedelta(days=1 + place % 17),
            document=f"DN-{place // _PACKED:08}",
        )

    def _serial(self, place: int, model: ListedModel) -> str:
        drawn = (self._serial_first + place * self._serial_step) % _SERIALS
        characters = []
        for _ in range(_DRAWN):
            drawn, digit = divmod(drawn, len(_DIGITS))
            characters.append(_DIGITS[digit])
        # A letter in front: no serial number of this list can be taken for an IMEI.
        return "".join(characters).rjust(model.serial_length, "H")

    def _imei(self, place: int, tac: str) -> str:
        count = place // len(self._models)
        assert count < _IMEIS, "a type allocation code has a million telephones"
        bare = f"{tac}{(self._imei_first + count * self._imei_step) % _IMEIS:06}"
        return bare + luhn.calc_check_digit(bare)


def listed_models(rows: Iterable[Mapping[str, str]], tacs: Mapping[str, str]) -> list[ListedModel]:
    """Those of a maker's table of models that customers register; `tacs` are models by their codes."""
    by_model = {model: tac for tac, model in tacs.items()}
    return [
        ListedModel(row["model"], int(row["serial_length"]), by_model.get(row["model"], ""))
        for row in rows
        if not row["why_not"] and not row["oem"]
    ]


def write(file: IO[str], pieces: SupplyList, places: range) -> None:
    """Those pieces as a table that `alongside import supply` takes."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    for place in places:
        piece = pieces[place]
        rows.writerow([getattr(piece, name) for name in COLUMNS])
