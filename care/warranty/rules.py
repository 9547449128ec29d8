"""What a product's cover should be by the facts, and how it may change (R45-R48, R83-R88, I2, D9).

Pure. `due` says which rows the facts give; `change` says what becomes of the rows there are. A cover never
ends earlier than its owner has read without a reason, a name and a notice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from dateutil.relativedelta import relativedelta

from care.warranty.rows import Cover, Draft, Kind, Right, Row, Source, active_of, covers, end_of, strongest
from care.warranty.terms import Scope, Start, Term, term_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


class Confirmation(StrEnum):
    """How the maker knows the day of purchase (R46, R47)."""

    OWN_ORDER = "own_order"  # bought on the maker's own site
    PHONE_ACTIVATION = "phone_activation"
    RECEIPT = "receipt"  # looked at by a reviewer


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one product; a day that is not known is None."""

    market: str
    scope: Scope
    manufactured_on: date | None = None
    shipped_on: date | None = None
    delivered_on: date | None = None
    stated_on: date | None = None  # the customer's own word for the day of purchase
    confirmed_on: date | None = None
    confirmed_by: Confirmation | None = None
    upgraded_on: date | None = None  # first online after its owner asked
    upgraded_by: str = ""  # the proof that it was
    confirmed_alone: bool = (
        False  # a person decided that the maker's cover counts from `confirmed_on` and no other
    )
    references: tuple[tuple[Source, str], ...] = ()

    def __post_init__(self) -> None:
        assert (self.confirmed_on is None) == (self.confirmed_by is None), "who confirmed, and which day"
        assert self.confirmed_on is not None or not self.confirmed_alone, "which day alone"

    def reference(self, source: Source) -> str:
        return dict(self.references).get(source, "")


_SOURCE_OF_START: Final = {
    Start.DELIVERED: Source.SUPPLY,
    Start.SHIPPED: Source.SUPPLY,
    Start.MANUFACTURED: Source.MANUFACTURE,
    Start.ACTIVATED: Source.ACTIVATION,
}
SOURCE_OF_CONFIRMATION: Final = {
    Confirmation.OWN_ORDER: Source.ORDER,
    Confirmation.PHONE_ACTIVATION: Source.ACTIVATION,
    Confirmation.RECEIPT: Source.RECEIPT,
}
# A row of the maker gives way to these, where they end no earlier.
_GIVES_WAY_TO: Final = {
    Kind.MANUFACTURER: frozenset({Kind.MANUFACTURER, Kind.CONFIRMED, Kind.UPGRADED}),
    Kind.UPGRADED: frozenset({Kind.UPGRADED, Kind.CONFIRMED}),
    Kind.CONFIRMED: frozenset({Kind.CONFIRMED}),
    Kind.LEGAL: frozenset({Kind.LEGAL}),
}


@dataclass(frozen=True, slots=True)
class Shortening:
    """A person's decision that a cover ends earlier than was shown (D9)."""

    actor: str
    reason: str

    def __post_init__(self) -> None:
        assert self.actor, "who decided"
        assert self.reason, "why"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the rows. `before` and `after` are what the customer read and will read.

    `outlasting` are rows that stay only because they end later than what would replace them.
    """

    add: tuple[Draft, ...]
    supersede: tuple[str, ...]
    before: tuple[Cover, ...]
    after: tuple[Cover, ...]
    outlasting: tuple[Row, ...]

    @property
    def is_none(self) -> bool:
        return not self.add and not self.supersede

    @property
    def shrinks(self) -> tuple[Right, ...]:
        """The rights that end earlier than before."""
        ends = {cover.right: cover.ends_on for cover in self.after}
        return tuple(
            cover.right
            for cover in self.before
            if cover.right not in ends or ends[cover.right] < cover.ends_on
        )


def due(facts: Facts, terms: Iterable[Term]) -> tuple[Draft, ...]:
    """The rows that the facts give under the terms of the day of purchase; without a start there is none.

    Nothing is invented: a product of unknown days and unknown purchase has no cover to show (D12).
    """
    known = tuple(terms)
    found = (
        None if facts.confirmed_alone else _calculated(facts, known),
        _confirmed(facts, known),
        None if facts.confirmed_alone else _upgraded(facts, known),
        _legal(facts, known),
    )
    return tuple(draft for draft in found if draft is not None)


def change(rows: tuple[Row, ...], drafts: Iterable[Draft], *, shortening: Shortening | None = None) -> Change:
    """The rows there are, brought in line with `drafts`; done twice, it changes nothing the second time.

    A row gives way to a stronger one that ends no earlier. Where the stronger one ends earlier both stay, and
    the later end holds, unless a person decides otherwise.
    """
    active = tuple(row for row in rows if row.is_active)
    held = tuple(row.draft for row in active)
    fresh = tuple(draft for draft in dict.fromkeys(drafts) if draft not in held)
    add = tuple(
        draft
        for i, draft in enumerate(fresh)
        if not any(_replaces(other, draft) for other in fresh[:i])
        and not any(_replaces(other, draft, strictly=True) for other in fresh[i + 1 :])
        and (shortening is not None or not any(_replaces(other, draft) for other in held))
    )
    rivals = {row: [new for new in add if _may_replace(new, row.draft)] for row in active}
    gone = tuple(
        row
        for row, news in rivals.items()
        if news and (shortening is not None or any(new.ends_on >= row.draft.ends_on for new in news))
    )
    stay = tuple(row for row in rows if row not in gone)
    return Change(
        add=add,
        supersede=tuple(row.id for row in gone),
        before=covers(rows),
        after=covers((*stay, *(Row("", draft) for draft in add))),
        outlasting=tuple(row for row in active if row not in gone and _is_challenged(row.draft, fresh)),
    )


def _may_replace(new: Draft, old: Draft) -> bool:
    return new.kind in _GIVES_WAY_TO.get(old.kind, frozenset())


def _replaces(new: Draft, old: Draft, *, strictly: bool = False) -> bool:
    """`strictly`: a tie of two of one kind is not enough."""
    if not _may_replace(new, old):
        return False
    return new.ends_on > old.ends_on or (
        new.ends_on == old.ends_on and not (strictly and new.kind is old.kind)
    )


def _is_challenged(draft: Draft, fresh: tuple[Draft, ...]) -> bool:
    return any(_may_replace(new, draft) and new.ends_on < draft.ends_on for new in fresh)


def maker_end(rows: tuple[Row, ...]) -> Draft | None:
    """The row that the maker's own warranty ends with."""
    return strongest(active_of(rows, Right.MAKER))


def _calculated(facts: Facts, terms: tuple[Term, ...]) -> Draft | None:
    """From what we supplied: R45, R86."""
    days = {
        Start.DELIVERED: facts.delivered_on,
        Start.SHIPPED: facts.shipped_on,
        Start.MANUFACTURED: facts.manufactured_on,
    }
    bought = facts.confirmed_on or facts.stated_on
    first = next((day for day in days.values() if day is not None), None)
    if first is None:
        return None
    term = term_for(terms, market=facts.market, kind=Kind.MANUFACTURER, scope=facts.scope, on=bought or first)
    start = next((s for s in term.starts if days.get(s) is not None), None) if term else None
    day = days[start] if start else None
    if term is None or start is None or day is None:
        return None
    begins = day + relativedelta(months=term.delay_months)
    source = _SOURCE_OF_START[start]
    return _row(Kind.MANUFACTURER, begins, term, source, facts.reference(source))


def _confirmed(facts: Facts, terms: tuple[Term, ...]) -> Draft | None:
    if facts.confirmed_on is None or facts.confirmed_by is None:
        return None
    source = SOURCE_OF_CONFIRMATION[facts.confirmed_by]
    return _of_day(facts, terms, Kind.CONFIRMED, facts.confirmed_on, source)


def _upgraded(facts: Facts, terms: tuple[Term, ...]) -> Draft | None:
    if facts.upgraded_on is None:
        return None
    draft = _of_day(facts, terms, Kind.UPGRADED, facts.upgraded_on, Source.ACTIVATION)
    return replace(draft, reference=facts.upgraded_by) if draft else None


def _legal(facts: Facts, terms: tuple[Term, ...]) -> Draft | None:
    """Counts from the day the customer got it, which only the purchase tells."""
    if facts.confirmed_on is not None and facts.confirmed_by is not None:
        source = SOURCE_OF_CONFIRMATION[facts.confirmed_by]
        return _of_day(facts, terms, Kind.LEGAL, facts.confirmed_on, source)
    if facts.stated_on is not None:
        return _of_day(facts, terms, Kind.LEGAL, facts.stated_on, Source.STATED)
    return None


def _of_day(facts: Facts, terms: tuple[Term, ...], kind: Kind, day: date, source: Source) -> Draft | None:
    bought = facts.confirmed_on or facts.stated_on or day
    term = term_for(terms, market=facts.market, kind=kind, scope=facts.scope, on=bought)
    return _row(kind, day, term, source, facts.reference(source)) if term else None


def _row(kind: Kind, day: date, term: Term, source: Source, reference: str) -> Draft:
    return Draft(
        kind=kind,
        starts_on=day,
        ends_on=end_of(day, term.months),
        source=source,
        reference=reference,
        term=term.version,
        anchor_on=day,
        months=term.months,
        counted=term.months,
    )
