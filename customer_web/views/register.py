"""Registering a product: a question per step, and the ways in beside typing (R10-R33, R35-R44)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from care.registration.rules import Refused

if TYPE_CHECKING:
    from datetime import date

    from care.catalogue.models import Why
    from care.registration.rules import Note
    from customer_web.views.cover import CoverLine
    from customer_web.views.mine import Drawing
    from customer_web.views.shell import FieldError


REFUSALS: Final = frozenset(
    {
        Refused.NOT_OURS,
        Refused.NOT_REGISTRABLE,
        Refused.IDENTIFIER,
        Refused.UNKNOWN_SERIAL,
        Refused.MODEL_MISMATCH,
        Refused.QR_NOT_SUPPORTED,
        Refused.TV_TOO_OLD,
        Refused.ALREADY_YOURS,
        Refused.ALREADY_REGISTERED,
    }
)
"""Those that have a page of their own. The others are faults of a field, and lead back to its step."""


@dataclass(frozen=True, slots=True)
class LookClosely:
    """A number to be compared with the label, character by character (R18, R19). Nothing is changed.

    Positions count from 1: `marked` are easily taken for others, `wrong` are none of a number's, `missing`
    come after the last one.
    """

    number: str
    marked: tuple[int, ...] = ()
    wrong: tuple[int, ...] = ()
    missing: int = 0


@dataclass(frozen=True, slots=True)
class NumberPage:
    """Step 1. Without a `draft` the form begins one."""

    draft: str = ""
    typed: str = ""
    look: LookClosely | None = None
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanPage:
    """The camera, or a photograph. `n` of an error is the file's bytes."""

    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list; `name` in the reader's language."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Step 2: type, subtype, category and model, each list by what was chosen before it (R25, R26)."""

    draft: str
    number: str
    types: tuple[Choice, ...]
    subtypes: tuple[Choice, ...] = ()
    categories: tuple[Choice, ...] = ()
    models: tuple[Choice, ...] = ()
    type: str = ""
    subtype: str = ""
    category: str = ""
    model: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class PurchasePage:
    """Step 3: when and where it was bought, if known; the terms of that version; whose device it is."""

    draft: str
    number: str
    name: str
    terms: str
    bought_on: str = ""
    shop: str = ""
    agreed: bool = False
    own_device: bool = False
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class DonePage:
    """Step 4: registered, with its cover."""

    id: str
    name: str
    drawing: Drawing
    number: str
    today: date
    covers: tuple[CoverLine, ...] = ()
    notes: tuple[Note, ...] = ()
    country: str = ""
    review_url: str = ""


@dataclass(frozen=True, slots=True)
class RefusedPage:
    """Why the product is not registered, and what to do now. `product` is the id of one's own."""

    draft: str
    refused: Refused
    number: str = ""
    name: str = ""
    why: Why | None = None
    product: str = ""
    look: LookClosely | None = None

    def __post_init__(self) -> None:
        assert self.refused in REFUSALS, "a fault of a field is said at the field"


@dataclass(frozen=True, slots=True)
class GuidesPage:
    """For which type of product the number is to be found (R22)."""

    types: tuple[tuple[Choice, Drawing], ...]


@dataclass(frozen=True, slots=True)
class GuidePage:
    """Where the number is on one type of product; `steps` in the reader's language, `picture` an address."""

    name: str
    drawing: Drawing
    steps: tuple[str, ...]
    picture: str = ""
