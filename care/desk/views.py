"""What the desk answers: values that a page shows and the API sends. They name no one but the one who asked.

Days are dates in the market's calendar, times milliseconds since the epoch (UTC); what people read in words
is a code, but for names of models and groups, which come in the asked language.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - msgspec reads the annotations

import msgspec


class Name(msgspec.Struct, frozen=True):
    """A model or a group by its code, and as people call it."""

    code: str
    name: str


class GroupView(msgspec.Struct, frozen=True):
    code: str
    name: str
    parent: str


class GroupList(msgspec.Struct, frozen=True):
    groups: list[GroupView]


class ModelView(msgspec.Struct, frozen=True):
    """`why_not` is empty where customers may register it, else `storage`, `accessory` and so on (R11)."""

    code: str
    name: str
    brand: str
    category: str
    identifiers: list[str]
    serial_length: int
    why_not: str
    by_qr: bool
    tv_from: int | None


class ModelList(msgspec.Struct, frozen=True):
    models: list[ModelView]


class LookAlikeView(msgspec.Struct, frozen=True):
    """Counted from 1."""

    position: int
    character: str
    other: str


class CheckView(msgspec.Struct, frozen=True):
    """`model` where our list or the IMEI tells it.

    `look_alike_known`: whether another reading of the number stands in our list, though not which; null where
    that was not asked.
    """

    number: str
    kinds: list[str]
    look_alikes: list[LookAlikeView]
    known: bool
    model: Name | None = None
    look_alike_known: bool | None = None


class CoverView(msgspec.Struct, frozen=True):
    """One right: `right` is maker, legal or extension, `standing` to_come, running or ended (I10, I11).

    `kind` and `source` say more of the basis: a confirmed cover by a receipt or by an order of ours.
    """

    right: str
    kind: str
    source: str
    starts_on: date
    ends_on: date
    basis: str
    standing: str


class InquiryView(msgspec.Struct, frozen=True):
    """What anybody may know (I8). `upgraded`: the maker's dates are those after the upgrade (R85)."""

    model: Name | None
    market: str
    upgraded: bool
    covers: list[CoverView]


class DeviceCardView(msgspec.Struct, frozen=True):
    """A product as a technician reads it: `unit` is its number as the device's credential says it.

    `known`: it stands in our list, or somebody registered it; without, `unit` is all there is.
    `registered_at` in ms since the epoch.
    """

    unit: str
    known: bool = False
    model: Name | None = None
    manufactured_on: date | None = None
    market: str = ""
    registered_at: int | None = None
    covers: list[CoverView] = []


class DocumentView(msgspec.Struct, frozen=True):
    kind: str
    title: str
    url: str


class TransferView(msgspec.Struct, frozen=True):
    """An open offer; its code was shown once, to whoever made it."""

    id: str
    expires_at: int


class UpgradeView(msgspec.Struct, frozen=True):
    """`state` is requested, waiting_online, done or cancelled."""

    id: str
    product: str
    state: str
    online_on: date | None = None


class RegistrationView(msgspec.Struct, frozen=True):
    """`notes` of a new one: unverified, foreign, look_alikes. `version` is its ETag."""

    id: str
    product: str
    model: Name
    channel: str
    state: str
    market: str
    terms: str
    bought_on: date | None
    created_at: int
    version: int
    notes: list[str] = []
    covers: list[CoverView] = []
    transfer: TransferView | None = None


class ProductView(msgspec.Struct, frozen=True):
    """One of theirs. `verified`: it stands in our supply list; else no date is invented (D12).

    `actions` are those that can be asked for now: upgrade, extend, buy_extension, certificate, release,
    transfer, support.
    """

    id: str
    registration: str
    version: int
    model: Name
    brand: str
    type: Name | None
    subtype: Name | None
    category: Name | None
    serial: str | None
    imeis: list[str]
    manufactured_on: date | None
    market: str
    bought_on: date | None
    registered_at: int
    verified: bool
    smart: bool
    remote_assist: bool
    covers: list[CoverView]
    upgrade: UpgradeView | None
    transfer: TransferView | None
    documents: list[DocumentView]
    actions: list[str]


class SightingView(msgspec.Struct, frozen=True):
    """A product that may be registered with one click."""

    id: str
    model: Name | None
    type: Name | None
    serial: str | None
    imeis: list[str]
    source: str
    seen_at: int


class ProductPage(msgspec.Struct, frozen=True):
    """`next` is what to ask for the page after this one, null on the last."""

    products: list[ProductView]
    next: str | None


class SightingPage(msgspec.Struct, frozen=True):
    products: list[SightingView]
    next: str | None


class CoverageRowView(msgspec.Struct, frozen=True):
    """One row: `state` is active, superseded or revoked; `source` the fact it rests on."""

    kind: str
    right: str
    starts_on: date
    ends_on: date
    source: str
    reference: str
    term: str
    state: str


class CoverageReadView(msgspec.Struct, frozen=True):
    right: str
    starts_on: date
    ends_on: date
    basis: str


class CoverageEventView(msgspec.Struct, frozen=True):
    """`by` is you, a rule, or somebody else, of whom nothing is said."""

    at: int
    cause: str
    by: str
    reason: str
    before: list[CoverageReadView]
    after: list[CoverageReadView]


class CoverageView(msgspec.Struct, frozen=True):
    covers: list[CoverView]
    rows: list[CoverageRowView]
    events: list[CoverageEventView]
    actions: list[str]


class OfferView(msgspec.Struct, frozen=True):
    """`code` goes to the next owner by the hand of this one; it works once, until `expires_at`."""

    id: str
    expires_at: int
    code: str = ""


class OfferedView(msgspec.Struct, frozen=True):
    """What a transfer's code names, before its terms are agreed to; `group` is the code of its category."""

    model: Name
    group: str
    number: str


class LabelView(msgspec.Struct, frozen=True):
    """The one product that a picture's codes name; `gtin` is empty for a bare number."""

    number: str
    gtin: str
    model: Name | None


class StepView(msgspec.Struct, frozen=True):
    text: str


class GuideView(msgspec.Struct, frozen=True):
    """Where the number of such a product stands."""

    applies_to: str
    steps: list[StepView]


class Nothing(msgspec.Struct, frozen=True):
    """It is done, and there is nothing to say of it."""


class ConsentView(msgspec.Struct, frozen=True):
    kind: str
    version: str
    given: bool
    language: str
    channel: str
    at: int


class KeptRegistration(msgspec.Struct, frozen=True):
    id: str
    product: str
    channel: str
    state: str
    market: str
    language: str
    terms: str
    bought_on: date | None
    shop: str
    created_at: int


class KeptSighting(msgspec.Struct, frozen=True):
    id: str
    product: str
    source: str
    seen_at: int


class KeptTransfer(msgspec.Struct, frozen=True):
    id: str
    registration: str
    state: str
    created_at: int
    expires_at: int


class KeptKey(msgspec.Struct, frozen=True):
    key: str
    at: int


class PersonalDataView(msgspec.Struct, frozen=True):
    """All that the desk keeps under the customer's id."""

    registrations: list[KeptRegistration]
    consents: list[ConsentView]
    sightings: list[KeptSighting]
    transfers: list[KeptTransfer]
    upgrades: list[UpgradeView]
    keys: list[KeptKey]
