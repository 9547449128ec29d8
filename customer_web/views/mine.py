"""What is a customer's own: My Page, the products, one product and what can be done with it (R1-R8, R24)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from care.identifiers import Kind
    from customer_web.views.cover import Change, CoverLine
    from customer_web.views.shell import FieldError


class Drawing(StrEnum):
    """Which line drawing stands for a product."""

    TV = "tv"
    MONITOR = "monitor"
    PHONE = "phone"
    TABLET = "tablet"
    WATCH = "watch"
    LAPTOP = "laptop"
    WASHER = "washer"
    FRIDGE = "fridge"
    OVEN = "oven"
    VACUUM = "vacuum"
    AIR = "air"
    SOUND = "sound"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Banner:
    """A line of the maker's welcome (R3), in the reader's language; an empty `url` leads nowhere."""

    title: str
    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A product or an offer, in the reader's language (R2); `reason` is the name of an owned product."""

    title: str
    text: str
    url: str
    drawing: Drawing = Drawing.OTHER
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Counts of now; `ends_on` and `ending` are the next cover that ends, if one does."""

    products: int
    unregistered: int
    open_requests: int
    ending: str = ""
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class MyPage:
    """`banner` counts from 0 and moves only by the reader's hand."""

    dashboard: Dashboard
    email: str
    banners: tuple[Banner, ...] = ()
    banner: int = 0
    recommended: tuple[Proposal, ...] = ()
    offers: tuple[Proposal, ...] = ()

    def __post_init__(self) -> None:
        assert not self.banners or 0 <= self.banner < len(self.banners), "one of the banners"


class FoundBy(StrEnum):
    """How a product came to be known to the account (R37, R41)."""

    HOME_APP = "home_app"
    MEMBERS_APP = "members_app"
    TV = "tv"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A product known to the account and not registered (R24)."""

    id: str
    name: str
    drawing: Drawing
    found_by: FoundBy
    found_on: date


@dataclass(frozen=True, slots=True)
class Card:
    """One registered product; `line` is the cover that is told first, None while it is not verified."""

    id: str
    name: str
    drawing: Drawing
    number: str
    number_kind: Kind
    support_url: str
    line: CoverLine | None
    legal_runs: bool = False  # by law something still runs though `line` ended


@dataclass(frozen=True, slots=True)
class ProductsPage:
    """`page` counts from 1; `total` is the number of registered products."""

    cards: tuple[Card, ...]
    sightings: tuple[Sighting, ...] = ()
    page: int = 1
    pages: int = 1
    total: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A manual or a guide, in the reader's language; `size` in bytes, 0 for a page."""

    title: str
    url: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class RemoteHelp:
    """One session: `seconds` it lasted; `settings` that were changed and stayed."""

    on: date
    seconds: int
    technician: str
    settings: int
    receipt_url: str


class UpgradeState(StrEnum):
    """The standard cover becomes one from the day of activation (R88)."""

    OFFERED = "offered"
    WAITING_ONLINE = "waiting_online"
    DONE = "done"


class TransferState(StrEnum):
    NONE = "none"
    OFFERED = "offered"


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One product. An empty address is an action that does not exist for it.

    `made_on` counts by month; `country` is the code of the country whose cover it has, where that is not the
    reader's; `covers` is empty while the product `is_unverified` (D12).
    """

    id: str
    name: str
    drawing: Drawing
    number: str
    number_kind: Kind
    today: date
    support_url: str
    covers: tuple[CoverLine, ...] = ()
    changes: tuple[Change, ...] = ()
    made_on: date | None = None
    is_unverified: bool = False
    country: str = ""
    remote_assist: bool = False
    in_review: bool = False
    documents: tuple[Document, ...] = ()
    remote_help: tuple[RemoteHelp, ...] = ()
    upgrade: UpgradeState | None = None
    transfer: TransferState = TransferState.NONE
    review_url: str = ""
    certificate_url: str = ""
    codes_url: str = ""
    offers_url: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """The receipt that confirms a day of purchase (R28-R30); nothing waits for it."""

    id: str
    name: str
    bought_on: str = ""  # as typed, or ISO 8601
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """Giving a product up, with what follows from it (D6)."""

    id: str
    name: str
    number: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class TransferPage:
    """Handing a product on. `code` is shown once, when the offer was made; it holds until `until`."""

    id: str
    name: str
    number: str
    state: TransferState = TransferState.NONE
    code: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class AcceptPage:
    """Taking a product over: first the code, then which product it is, then the terms."""

    code: str = ""
    name: str = ""
    drawing: Drawing = Drawing.OTHER
    number: str = ""
    terms: str = ""
    errors: tuple[FieldError, ...] = ()
