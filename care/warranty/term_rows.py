"""A market's terms as rows of a table (D11, I22). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from care.limits import CODE_MOST, MONTHS_MOST
from care.table import Fault, RowFault, choice, day, number, text, yes
from care.warranty.rows import Kind
from care.warranty.terms import Start, Term

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

COLUMNS: Final = (
    "version",
    "market",
    "kind",
    "months",
    "starts",
    "valid_from",
    "valid_to",
    "applies_to",
    "delay_months",
    "repair_extends_once",
    "signed_off_on",
)


def term_of_row(row: Mapping[str, str], *, markets: Container[str], products: Container[str]) -> Term:
    """The term of a row; `products` are the codes of models and groups. Raises RowFault."""
    market = text(row, "market", most=2).upper()
    if market not in markets:
        raise RowFault("market", Fault.UNKNOWN)
    applies_to = row.get("applies_to", "").strip()
    if applies_to and applies_to not in products:
        raise RowFault("applies_to", Fault.UNKNOWN)
    valid_from, valid_to = day(row, "valid_from"), day(row, "valid_to")
    if valid_from is None:
        raise RowFault("valid_from", Fault.MISSING)
    if valid_to is not None and valid_to < valid_from:
        raise RowFault("valid_to", Fault.CONTRADICTS)
    return Term(
        version=text(row, "version", most=CODE_MOST),
        market=market,
        kind=choice("kind", text(row, "kind"), Kind),
        months=number(row, "months", least=1, most=MONTHS_MOST),
        starts=tuple(choice("starts", word, Start) for word in text(row, "starts").split()),
        valid_from=valid_from,
        valid_to=valid_to,
        applies_to=applies_to,
        delay_months=number(row, "delay_months", least=0, most=24) if row.get("delay_months") else 0,
        repair_extends_once=yes(row, "repair_extends_once"),
        signed_off_on=day(row, "signed_off_on"),
    )


def clashes(terms: Iterable[Term]) -> tuple[tuple[str, str], ...]:
    """Pairs of versions that claim one purchase: same market, kind and product, days that overlap."""
    by_reach: dict[tuple[str, Kind, str], list[Term]] = {}
    for term in terms:
        by_reach.setdefault((term.market, term.kind, term.applies_to), []).append(term)
    found: list[tuple[str, str]] = []
    for group in by_reach.values():
        group.sort(key=lambda term: term.valid_from)
        longest = group[0]
        for later in group[1:]:
            if longest.valid_to is None or later.valid_from <= longest.valid_to:
                found.append((longest.version, later.version))
            if longest.valid_to is not None and (later.valid_to is None or later.valid_to > longest.valid_to):
                longest = later
    return tuple(found)
