"""What we supplied, as rows of a table: which piece, when it was made, when and where it went (R86). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from care import identifiers
from care.identifiers import Kind, Number
from care.limits import CODE_MOST
from care.table import Fault, RowFault, day, text

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from datetime import date
    from typing import Protocol

    class KnownModel(Protocol):
        """What a row needs to know of a model."""

        @property
        def brand(self) -> str: ...
        @property
        def rule(self) -> identifiers.Rule: ...


COLUMNS: Final = ("serial", "model", "shipped_on", "delivered_on", "country", "document")
OPTIONAL: Final = ("imei", "manufactured_on")
_IMEIS_MOST: Final = 2  # a telephone with two cards has two
_DOCUMENT_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """One piece; a telephone may be named by its IMEIs alone."""

    serial: str | None
    imeis: tuple[str, ...]
    model: str
    brand: str
    manufactured_on: date | None
    shipped_on: date | None
    delivered_on: date | None
    country: str
    document: str


def supply_of_row(
    row: Mapping[str, str], *, models: Mapping[str, KnownModel], countries: Container[str], today: date
) -> SupplyRow:
    """The piece of a row; `countries` are ISO 3166's two letters. Raises RowFault at the first fault."""
    code = text(row, "model", most=CODE_MOST)
    if code not in models:
        raise RowFault("model", Fault.UNKNOWN)
    model = models[code]
    country = text(row, "country", most=2).upper()
    if country not in countries:
        raise RowFault("country", Fault.UNKNOWN)
    made, shipped, delivered = _days(row, today)
    imeis = _imeis(row, model.rule)
    serial = _serial(row, model.rule)
    if serial is None and not imeis:
        raise RowFault("serial", Fault.MISSING)
    return SupplyRow(
        serial=serial,
        imeis=imeis,
        model=code,
        brand=model.brand,
        manufactured_on=made,
        shipped_on=shipped,
        delivered_on=delivered,
        country=country,
        document=_document(row),
    )


def _days(row: Mapping[str, str], today: date) -> tuple[date | None, date | None, date | None]:
    made, shipped, delivered = day(row, "manufactured_on"), day(row, "shipped_on"), day(row, "delivered_on")
    if shipped is None and delivered is None:
        raise RowFault("shipped_on", Fault.MISSING)
    before = made
    for field, found in (("manufactured_on", made), ("shipped_on", shipped), ("delivered_on", delivered)):
        if found is None:
            continue
        if found > today:
            raise RowFault(field, Fault.IN_FUTURE)
        if before is not None and found < before:
            raise RowFault(field, Fault.CONTRADICTS)
        before = found
    return made, shipped, delivered


def _serial(row: Mapping[str, str], rule: identifiers.Rule) -> str | None:
    typed = row.get("serial", "").strip()
    if not typed:
        return None
    number = identifiers.classify(typed)
    if not isinstance(number, Number) or len(number.canonical) != rule.serial_length:
        raise RowFault("serial", Fault.IDENTIFIER)
    return number.canonical


def _imeis(row: Mapping[str, str], rule: identifiers.Rule) -> tuple[str, ...]:
    typed = row.get("imei", "").split()
    if not typed:
        return ()
    if Kind.IMEI not in rule.kinds or len(typed) > _IMEIS_MOST:
        raise RowFault("imei", Fault.NOT_ALLOWED)
    found = tuple(map(identifiers.canonical, typed))
    if not all(map(identifiers.is_imei, found)):
        raise RowFault("imei", Fault.CHECK_DIGIT)
    if len(set(found)) < len(found):
        raise RowFault("imei", Fault.TWICE)
    return found


def _document(row: Mapping[str, str]) -> str:
    found = row.get("document", "").strip()
    if len(found) > _DOCUMENT_MOST:
        raise RowFault("document", Fault.TOO_LONG)
    return found
