"""What every page has around it, and what a form says of itself. Facts only; the words are in `locales/`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from care.catalogue.markets import Market


class Nav(StrEnum):
    """Which entry of the header the page belongs to."""

    NONE = "none"
    HOME = "home"
    MY_PAGE = "my_page"
    PRODUCTS = "products"
    SUPPORT = "support"
    WARRANTY = "warranty"
    FAQ = "faq"
    ACCOUNT = "account"


class Cookies(StrEnum):
    """What the reader said to the cookie notice (R79)."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Notice(StrEnum):
    """What the page before this one brought about; said once, at the top."""

    SIGNED_OUT = "signed_out"
    VERIFIED = "verified"
    PASSWORD_SET = "password_set"  # noqa: S105 - a word, no secret
    DETAILS_SAVED = "details_saved"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    SESSION_ENDED = "session_ended"
    COOKIES_SAVED = "cookies_saved"
    NOT_MINE = "not_mine"
    RELEASED = "released"
    TRANSFER_OFFERED = "transfer_offered"
    TRANSFER_TAKEN_BACK = "transfer_taken_back"
    TRANSFERRED = "transferred"
    RECEIPT_SENT = "receipt_sent"
    UPGRADE_ASKED = "upgrade_asked"
    MAIL_SENT = "mail_sent"
    ERASED = "erased"


class Fault(StrEnum):
    """What is wrong with a field: the words at the field and in the summary are the same (LOOK 4).

    `identifier-*` are those of `care.identifiers.Problem`. `n` counts the characters typed
    (`identifier-length`), the fewest or most allowed (`password-short`, `password-long`, `name-long`) or the
    bytes of a file (`photo-size`, `receipt-size`; 0 where they are not known).
    """

    IDENTIFIER_EMPTY = "identifier-empty"
    IDENTIFIER_CHARACTERS = "identifier-characters"
    IDENTIFIER_LENGTH = "identifier-length"
    IDENTIFIER_PACKAGING = "identifier-packaging"
    IDENTIFIER_SOFTWARE_VERSION = "identifier-software-version"
    IDENTIFIER_MODEL_CODE = "identifier-model-code"
    IDENTIFIER_REPEATED = "identifier-repeated"
    IDENTIFIER_CHECK_DIGIT = "identifier-check-digit"
    IDENTIFIER_OTHER_KIND = "identifier-other-kind"
    NO_CODE = "no-code"
    PAIRING_CODE_ONLY = "pairing-code-only"
    PACKAGING_CODE = "packaging-code"
    SEVERAL_PRODUCTS = "several-products"
    NOT_A_PRODUCT_CODE = "not-a-product-code"
    PHOTO_REQUIRED = "photo-required"
    PHOTO_TYPE = "photo-type"
    PHOTO_SIZE = "photo-size"
    EMAIL_REQUIRED = "email-required"
    EMAIL_FORM = "email-form"
    PASSWORD_REQUIRED = "password-required"  # noqa: S105 - a word, no secret
    PASSWORD_SHORT = "password-short"  # noqa: S105 - a word, no secret
    PASSWORD_LONG = "password-long"  # noqa: S105 - a word, no secret
    PASSWORD_KNOWN = "password-known"  # noqa: S105 - a word, no secret
    PASSWORD_REFUSED = "password-refused"  # noqa: S105 - a word, no secret
    SIGN_IN_REFUSED = "sign-in-refused"
    NAME_REQUIRED = "name-required"
    NAME_LONG = "name-long"
    KIND_REQUIRED = "kind-required"
    MARKET_REQUIRED = "market-required"
    LANGUAGE_REQUIRED = "language-required"
    BRAND_REQUIRED = "brand-required"
    TYPE_REQUIRED = "type-required"
    SUBTYPE_REQUIRED = "subtype-required"
    CATEGORY_REQUIRED = "category-required"
    MODEL_REQUIRED = "model-required"
    MODEL_MISMATCH = "model-mismatch"
    PURCHASE_DATE_REQUIRED = "purchase-date-required"
    PURCHASE_DATE_FORM = "purchase-date-form"
    PURCHASE_DATE_FUTURE = "purchase-date-future"
    PURCHASE_DATE_BEFORE_MANUFACTURE = "purchase-date-before-manufacture"
    TERMS_REQUIRED = "terms-required"
    TERMS_VERSION_STALE = "terms-version-stale"
    OWN_DEVICE_REQUIRED = "own-device-required"
    RECEIPT_REQUIRED = "receipt-required"
    RECEIPT_TYPE = "receipt-type"
    RECEIPT_SIZE = "receipt-size"
    RECEIPT_DAMAGED = "receipt-damaged"
    USER_CODE_REQUIRED = "user-code-required"
    USER_CODE_UNKNOWN = "user-code-unknown"
    TRANSFER_CODE_REQUIRED = "transfer-code-required"
    TRANSFER_CODE_UNKNOWN = "transfer-code-unknown"
    CONFIRM_REQUIRED = "confirm-required"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of the form field named `field`."""

    field: str
    fault: Fault
    n: int = 0


@dataclass(frozen=True, slots=True)
class Maker:
    """Names as the maker writes them; the apps' are those people see on their telephone."""

    name: str
    home_app: str
    members_app: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a page for one reader.

    `language` is one of `locales.languages()`; `person` is the name shown, "" where nobody is signed in;
    `path` is where a change of language or of cookies leads back to, a path of ours beginning with `/`;
    `csrf` goes into every form; `cookies` is None as long as nobody chose.
    """

    maker: Maker
    market: Market
    language: str
    csrf: str
    path: str
    person: str = ""
    nav: Nav = Nav.NONE
    notice: Notice | None = None
    cookies: Cookies | None = None

    def __post_init__(self) -> None:
        assert self.path.startswith("/"), "back to a page of ours"
        assert not self.path.startswith(("//", "/\\")), "and to no other host"
