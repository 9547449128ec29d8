"""Whether a product may be registered, and what is said where not (R10-R23, R35-R38, R41-R44, D5, D11, D12).

Pure. Everything is looked at in the order in which a customer can do something about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


class Channel(StrEnum):
    """By which way in; each records terms, language and time (D11)."""

    WEB = "web"
    ONE_CLICK = "one_click"
    QR = "qr"
    TV = "tv"
    APP = "app"
    ASSISTED = "assisted"


class Refused(StrEnum):
    """The slug of the problem."""

    NOT_OURS = "not-ours"
    NOT_REGISTRABLE = "product-not-registrable"
    IDENTIFIER = "identifier-invalid"
    UNKNOWN_SERIAL = "unknown-serial"
    MODEL_NEEDED = "model-needed"
    MODEL_MISMATCH = "model-mismatch"
    QR_NOT_SUPPORTED = "qr-not-supported"
    TV_TOO_OLD = "tv-too-old"
    ALREADY_YOURS = "already-yours"
    ALREADY_REGISTERED = "already-registered"
    TERMS_REQUIRED = "terms-required"
    TERMS_STALE = "terms-version-stale"
    OWN_DEVICE_REQUIRED = "own-device-required"
    PURCHASE_IN_FUTURE = "purchase-date-future"
    PURCHASE_BEFORE_MADE = "purchase-date-before-manufacture"


class Standing(StrEnum):
    """How sure we are that there is such a product."""

    SUPPLIED = "supplied"  # it stands in the supply list
    UNVERIFIED = "unverified"  # well formed, but nobody says we made it (D12)


class Note(StrEnum):
    """What a customer is told besides a success."""

    UNVERIFIED = "unverified"  # no cover is shown until it is found in the supply list
    FOREIGN = "foreign"  # made for another country: its cover is that country's
    LOOK_ALIKES = "look_alikes"


@dataclass(frozen=True, slots=True)
class Product:
    """What is known of the product by its number; `supplied` where it stands in the supply list."""

    model: str
    supplied: bool
    made_on: date | None = None
    market: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What its model allows."""

    registrable: bool
    fits: bool  # the number is of the form that such a model carries
    by_qr: bool
    by_itself: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What the customer asks for."""

    channel: Channel
    model: str  # as chosen, "" where it is left to the number
    market: str
    terms: str  # the version agreed to, "" for none
    own_device: bool
    bought_on: date | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What the maker decided: `needs_supply` where the supply list is complete for this model (D12)."""

    terms: str
    needs_supply: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    model: str
    standing: Standing
    notes: tuple[Note, ...]


def judge_product(  # noqa: PLR0911 - one for each reason, in their order
    wish: Wish, product: Product | None, allowed: Allowed | None, policy: Policy, *, has_look_alikes: bool
) -> Accepted | Refused:
    """Whether there is such a product, and whether it can be registered by this way in."""
    model = product.model if product is not None and product.model else wish.model
    if not model:
        return Refused.MODEL_NEEDED
    if wish.model and model != wish.model:
        return Refused.MODEL_MISMATCH
    if allowed is None:
        return Refused.NOT_OURS
    if not allowed.registrable:
        return Refused.NOT_REGISTRABLE
    if not allowed.fits:
        return Refused.IDENTIFIER
    supplied = product is not None and product.supplied
    if policy.needs_supply and not supplied:
        return Refused.UNKNOWN_SERIAL
    if wish.channel is Channel.QR and not allowed.by_qr:
        return Refused.QR_NOT_SUPPORTED
    if wish.channel is Channel.TV and not allowed.by_itself:
        return Refused.TV_TOO_OLD
    return Accepted(
        model,
        Standing.SUPPLIED if supplied else Standing.UNVERIFIED,
        _notes(wish, product, supplied=supplied, has_look_alikes=has_look_alikes),
    )


def judge_consent(wish: Wish, policy: Policy, *, made_on: date | None, today: date) -> Refused | None:
    """Whether the customer agreed to what holds today, for their own device, bought on a day that can be."""
    if not wish.terms:
        return Refused.TERMS_REQUIRED
    if wish.terms != policy.terms:
        return Refused.TERMS_STALE
    if not wish.own_device:
        return Refused.OWN_DEVICE_REQUIRED
    if wish.bought_on is not None and wish.bought_on > today:
        return Refused.PURCHASE_IN_FUTURE
    if wish.bought_on is not None and made_on is not None and wish.bought_on < made_on:
        return Refused.PURCHASE_BEFORE_MADE
    return None


def judge_owner(owner: str | None, customer: str) -> Refused | None:
    """Whether somebody has it: they themselves, or another, of whom nothing is said (R23, I9)."""
    if owner is None:
        return None
    return Refused.ALREADY_YOURS if owner == customer else Refused.ALREADY_REGISTERED


def _notes(wish: Wish, product: Product | None, *, supplied: bool, has_look_alikes: bool) -> tuple[Note, ...]:
    found: list[Note] = []
    if not supplied:
        found.append(Note.UNVERIFIED)
        if has_look_alikes:
            found.append(Note.LOOK_ALIKES)
    if product is not None and product.market and product.market != wish.market:
        found.append(Note.FOREIGN)
    return tuple(found)
