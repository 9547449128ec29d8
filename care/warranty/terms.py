"""Which of a market's terms holds for a product: the most particular one of the day it was bought (I22, D11).

Pure. A term is never edited: a change is a new version, valid for purchases from a day on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from care.limits import MONTHS_MOST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from care.warranty.rows import Kind


class Start(StrEnum):
    """The day from which a term counts."""

    PURCHASED = "purchased"
    ACTIVATED = "activated"
    DELIVERED = "delivered"
    SHIPPED = "shipped"
    MANUFACTURED = "manufactured"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a product is, from the particular to the general; empty where it is not known yet."""

    model: str = ""
    category: str = ""
    subtype: str = ""
    type: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(code for code in (self.model, self.category, self.subtype, self.type) if code)


@dataclass(frozen=True, slots=True)
class Term:
    """So many months, of one market and one kind, for purchases from `valid_from` to `valid_to`.

    `applies_to` is the code of a model, category, subtype or type; "" is every product. `starts` are taken in
    their order: the first day that is known. `delay_months` are added to a start that is not the customer's
    own, for the time in the shop. `signed_off_on` is when the market's counsel approved it.
    """

    version: str
    market: str
    kind: Kind
    months: int
    starts: tuple[Start, ...]
    valid_from: date
    valid_to: date | None = None
    applies_to: str = ""
    delay_months: int = 0
    repair_extends_once: bool = False
    signed_off_on: date | None = None

    def __post_init__(self) -> None:
        assert 1 <= self.months <= MONTHS_MOST, f"{self.version}: months"
        assert self.starts, f"{self.version}: starts"
        assert self.valid_to is None or self.valid_from <= self.valid_to, f"{self.version}: valid_to"


def term_for(terms: Iterable[Term], *, market: str, kind: Kind, scope: Scope, on: date) -> Term | None:
    """The term of the day `on`; None where the market has none for such a product.

    Raises AmbiguousTerms where two of equal reach hold on that day, which data is checked against.
    """
    ranks = {code: rank for rank, code in enumerate((*scope.codes, ""))}
    fitting = [
        term
        for term in terms
        if term.market == market
        and term.kind is kind
        and term.applies_to in ranks
        and term.valid_from <= on
        and (term.valid_to is None or on <= term.valid_to)
    ]
    if not fitting:
        return None
    nearest = min(ranks[term.applies_to] for term in fitting)
    best = [term for term in fitting if ranks[term.applies_to] == nearest]
    if len(best) > 1:
        raise AmbiguousTerms(*(term.version for term in best))
    return best[0]


class AmbiguousTerms(Exception):  # noqa: N818 - a state of the data
    """Two terms claim the same purchase."""
