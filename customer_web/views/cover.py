"""A product's cover as a customer reads it: from when until when, and what each date rests on (I10, I11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from care.warranty.rows import Kind, Source, standing

if TYPE_CHECKING:
    from datetime import date

    from care.warranty.rows import Cover, Right, Standing


class Ground(StrEnum):
    """What a date rests on, in a customer's terms; no date is shown without one (I11)."""

    CALCULATED_DELIVERY = "calculated_delivery"
    CALCULATED_MANUFACTURE = "calculated_manufacture"
    CALCULATED_ACTIVATION = "calculated_activation"
    AS_STATED = "as_stated"
    CONFIRMED_RECEIPT = "confirmed_receipt"
    CONFIRMED_ORDER = "confirmed_order"
    CONFIRMED_ACTIVATION = "confirmed_activation"
    UPGRADED = "upgraded"
    GOODWILL = "goodwill"
    BY_LAW = "by_law"
    BY_LAW_REPAIR = "by_law_repair"
    EXTENDED_CODE = "extended_code"
    EXTENDED_ORDER = "extended_order"


_OF_KIND: Final = {
    Kind.UPGRADED: Ground.UPGRADED,
    Kind.GOODWILL: Ground.GOODWILL,
    Kind.LEGAL: Ground.BY_LAW,
    Kind.REPAIR_EXTENSION: Ground.BY_LAW_REPAIR,
    Kind.PROMO: Ground.EXTENDED_CODE,
}
_CALCULATED: Final = {
    Source.MANUFACTURE: Ground.CALCULATED_MANUFACTURE,
    Source.ACTIVATION: Ground.CALCULATED_ACTIVATION,
    Source.STATED: Ground.AS_STATED,
}
_CONFIRMED: Final = {
    Source.ORDER: Ground.CONFIRMED_ORDER,
    Source.ACTIVATION: Ground.CONFIRMED_ACTIVATION,
}


@dataclass(frozen=True, slots=True)
class CoverLine:
    """One right: the first and the last covered day, in the market's calendar."""

    right: Right
    ground: Ground
    starts_on: date
    ends_on: date
    standing: Standing


class Changed(StrEnum):
    """What made a cover another one."""

    CALCULATED = "calculated"  # until
    STATED = "stated"  # bought_on
    RECEIPT_CONFIRMED = "receipt_confirmed"  # bought_on
    ORDER_CONFIRMED = "order_confirmed"  # bought_on
    UPGRADED = "upgraded"  # until
    EXTENDED_CODE = "extended_code"  # months
    EXTENDED_ORDER = "extended_order"  # months
    REPAIR_EXTENDED = "repair_extended"  # until
    GOODWILL = "goodwill"  # until
    SHORTENED = "shortened"  # until, reason (D9)
    WITHDRAWN = "withdrawn"  # reason


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a cover's history; which of the facts are given is said at `Changed`."""

    on: date
    what: Changed
    until: date | None = None
    bought_on: date | None = None
    months: int = 0
    reason: str = ""


def ground_of(cover: Cover) -> Ground:
    """What the end of this cover rests on."""
    return ground(cover.draft.kind, cover.draft.source)


def ground(kind: Kind, source: Source) -> Ground:
    """The same by its kind and the fact that it rests on."""
    if kind in _OF_KIND:
        return _OF_KIND[kind]
    if kind is Kind.CONFIRMED:
        return _CONFIRMED.get(source, Ground.CONFIRMED_RECEIPT)
    if kind is Kind.EXTENSION:
        return Ground.EXTENDED_ORDER if source is Source.ORDER else Ground.EXTENDED_CODE
    return _CALCULATED.get(source, Ground.CALCULATED_DELIVERY)


def line_of(cover: Cover, today: date) -> CoverLine:
    """The cover as it stands on `today`, the market's."""
    return CoverLine(cover.right, ground_of(cover), cover.starts_on, cover.ends_on, standing(cover, today))
