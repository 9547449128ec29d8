"""The JSON bodies of the desk's requests, each field within its limits (INV-F2)."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - msgspec reads the annotations
from typing import Annotated, Final, Literal

import msgspec

from care.catalogue.labels import CODE_MOST as TEXT_MOST
from care.catalogue.labels import CODES_MOST

TYPED_MOST: Final = 128
EVENTS_MOST: Final = 100
_ID: Final = r"\A[0-9a-f]{32}\Z"

Typed = Annotated[str, msgspec.Meta(max_length=TYPED_MOST)]
Code = Annotated[str, msgspec.Meta(max_length=32)]
Texts = Annotated[
    tuple[Annotated[str, msgspec.Meta(max_length=TEXT_MOST)], ...], msgspec.Meta(max_length=CODES_MOST)
]


class CheckBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number as it was typed."""

    serial: Typed


class RegistrationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly one of `serial`, `codes` and `sighting`; `channel` says where a number was typed."""

    serial: Typed = ""
    codes: Texts = ()
    sighting: Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{32})?\Z")] = ""
    channel: Literal["web", "app"] = "web"
    model: Code = ""
    terms: Code = ""
    own_device: bool = False
    bought_on: date | None = None


class AcceptBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that the owner before gave."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    terms: Code = ""
    own_device: bool = False


class ScanBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The texts of a label's codes, as a camera read them."""

    codes: Annotated[Texts, msgspec.Meta(min_length=1)]


class PairedEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product in an account's smart home."""

    account: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    serial: Typed
    brand: Annotated[str, msgspec.Meta(max_length=80)] = ""


class PairedBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    events: Annotated[tuple[PairedEvent, ...], msgspec.Meta(min_length=1, max_length=EVENTS_MOST)]
