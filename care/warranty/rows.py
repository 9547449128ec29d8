"""What covers a product: rows that are added, superseded or revoked, never overwritten (I2, I10, I11).

Pure. Dates are the market's calendar; the first and the last day are covered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from dateutil.relativedelta import relativedelta

from care.limits import MONTHS_MOST

if TYPE_CHECKING:
    from collections.abc import Iterable


class Right(StrEnum):
    """Against whom a customer has it: the law's is never merged into the maker's (I10)."""

    MAKER = "maker"
    LEGAL = "legal"
    EXTENSION = "extension"


class Kind(StrEnum):
    """Where a row comes from."""

    MANUFACTURER = "manufacturer"  # calculated from what we supplied (R45)
    CONFIRMED = "confirmed"  # the maker confirmed the purchase date (R47)
    UPGRADED = "upgraded"  # the device came online and its owner asked (R88)
    GOODWILL = "goodwill"
    LEGAL = "legal"
    REPAIR_EXTENSION = "repair_extension"  # longer by law, since a repair was the remedy
    EXTENSION = "extension"  # bought
    PROMO = "promo"


class Basis(StrEnum):
    """What a date rests on; no date is shown without it (I11)."""

    CALCULATED = "calculated"
    CONFIRMED = "confirmed"
    UPGRADED = "upgraded"
    BY_LAW = "by_law"
    EXTENDED = "extended"


class Source(StrEnum):
    """The fact a row rests on; its reference says which one."""

    SUPPLY = "supply"
    MANUFACTURE = "manufacture"
    RECEIPT = "receipt"
    ORDER = "order"
    ACTIVATION = "activation"
    STATED = "stated"  # the customer's own word
    CODE = "code"
    REPAIR = "repair"
    DECISION = "decision"


class State(StrEnum):
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


RIGHT_OF: Final = {
    Kind.MANUFACTURER: Right.MAKER,
    Kind.CONFIRMED: Right.MAKER,
    Kind.UPGRADED: Right.MAKER,
    Kind.GOODWILL: Right.MAKER,
    Kind.LEGAL: Right.LEGAL,
    Kind.REPAIR_EXTENSION: Right.LEGAL,
    Kind.EXTENSION: Right.EXTENSION,
    Kind.PROMO: Right.EXTENSION,
}
BASIS_OF: Final = {
    Kind.MANUFACTURER: Basis.CALCULATED,
    Kind.CONFIRMED: Basis.CONFIRMED,
    Kind.UPGRADED: Basis.UPGRADED,
    Kind.GOODWILL: Basis.EXTENDED,
    Kind.LEGAL: Basis.BY_LAW,
    Kind.REPAIR_EXTENSION: Basis.BY_LAW,
    Kind.EXTENSION: Basis.EXTENDED,
    Kind.PROMO: Basis.EXTENDED,
}
# Where two rows end on one day, the one that rests on more is shown.
_WEIGHT: Final = (
    Kind.CONFIRMED,
    Kind.UPGRADED,
    Kind.GOODWILL,
    Kind.MANUFACTURER,
    Kind.LEGAL,
    Kind.REPAIR_EXTENSION,
    Kind.EXTENSION,
    Kind.PROMO,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A row as the rules want it, before it has an id.

    `months` are the row's own. It ends `counted` months after `anchor_on`, the first day of what it follows:
    a second year ends where two years end, not a day later. All three are None where a day was simply set.
    """

    kind: Kind
    starts_on: date
    ends_on: date
    source: Source
    reference: str = ""
    term: str = ""
    anchor_on: date | None = None
    months: int | None = None
    counted: int | None = None

    def __post_init__(self) -> None:
        assert self.starts_on <= self.ends_on, "a row covers at least one day"
        assert (self.anchor_on is None) == (self.months is None) == (self.counted is None), "counted, or set"

    @property
    def right(self) -> Right:
        return RIGHT_OF[self.kind]


@dataclass(frozen=True, slots=True)
class Row:
    """A draft that is stored."""

    id: str
    draft: Draft
    state: State = State.ACTIVE

    @property
    def is_active(self) -> bool:
        return self.state is State.ACTIVE


@dataclass(frozen=True, slots=True)
class Cover:
    """What a customer reads of one right: from when until when, and why."""

    right: Right
    starts_on: date
    ends_on: date
    basis: Basis
    draft: Draft


class Standing(StrEnum):
    TO_COME = "to_come"
    RUNNING = "running"
    ENDED = "ended"


def end_of(anchor: date, months: int) -> date:
    """The last covered day: the same day of the month, or its last one where there is none (D4).

    Regulation (EEC) 1182/71 Art. 3(2)(c). Always from the first day: 31 January and two months is 31 March,
    a month at a time would make it 28 March.

    Raises ValueError where `months` is not 1 to 600.
    """
    if not 1 <= months <= MONTHS_MOST:
        raise ValueError(f"a cover lasts 1 to {MONTHS_MOST} months")
    return anchor + relativedelta(months=months)


def day_after(last: date) -> date:
    return last + timedelta(days=1)


def covers(rows: tuple[Row, ...]) -> tuple[Cover, ...]:
    """The effective cover of each right that has any: the latest end of its active rows (I10).

    It begins with the row that ends last, or with those that lead up to it without a gap.
    """
    return tuple(cover for right in Right if (cover := _cover(active_of(rows, right))) is not None)


def active_of(rows: tuple[Row, ...], right: Right) -> tuple[Draft, ...]:
    return tuple(row.draft for row in rows if row.is_active and row.draft.right is right)


def _cover(drafts: tuple[Draft, ...]) -> Cover | None:
    last = strongest(drafts)
    if last is None:
        return None
    starts_on = last.starts_on
    while before := [draft for draft in drafts if day_after(draft.ends_on) == starts_on]:
        starts_on = min(draft.starts_on for draft in before)
    return Cover(last.right, starts_on, last.ends_on, BASIS_OF[last.kind], last)


def strongest(drafts: Iterable[Draft]) -> Draft | None:
    """The one that is shown among those of one right."""
    return max(
        drafts,
        key=lambda draft: (draft.ends_on, -_WEIGHT.index(draft.kind), -draft.starts_on.toordinal()),
        default=None,
    )


def standing(cover: Cover, today: date) -> Standing:
    """`today` in the market's zone."""
    if today < cover.starts_on:
        return Standing.TO_COME
    return Standing.RUNNING if today <= cover.ends_on else Standing.ENDED
