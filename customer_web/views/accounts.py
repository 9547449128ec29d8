"""Pages before and about the account: coming in, going out, one's own data (R1, R80, RFC 8628)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from customer_web.views.shell import FieldError


class CustomerKind(StrEnum):
    """As whom somebody registers an account (R80)."""

    HOMEOWNER = "homeowner"
    INSTALLER = "installer"
    DISTRIBUTOR = "distributor"


@dataclass(frozen=True, slots=True)
class HomePage:
    """What this is, for whoever comes by (R8, R83)."""


@dataclass(frozen=True, slots=True)
class SignInPage:
    """`after` is where signing in leads, a path of ours; `passkeys`: the service takes them."""

    email: str = ""
    after: str = "/my"
    passkeys: bool = False
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class SignUpPage:
    """`markets` are codes of countries, `XX` for another; `password_least` is in characters."""

    markets: tuple[str, ...]
    languages: tuple[str, ...]
    market: str
    language: str
    kind: CustomerKind | None = None
    name: str = ""
    email: str = ""
    password_least: int = 10
    errors: tuple[FieldError, ...] = ()


class MailFor(StrEnum):
    VERIFY = "verify"
    RECOVER = "recover"


@dataclass(frozen=True, slots=True)
class CheckMailPage:
    """A mail is on its way, if there is such an account; `hours` is how long its link holds."""

    what: MailFor
    email: str
    hours: int


class LinkState(StrEnum):
    OPEN = "open"
    OVER = "over"  # used, too old or never given out: the same to whoever asks


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """A mail's link opens this; only its button verifies, since mail programs open links by themselves."""

    token: str
    state: LinkState = LinkState.OPEN


@dataclass(frozen=True, slots=True)
class RecoverAskPage:
    email: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class RecoverSetPage:
    token: str
    state: LinkState = LinkState.OPEN
    password_least: int = 10
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class ChoicesPage:
    """Where other people than customers go (R80); an address that is "" is not offered."""

    installer_name: str
    installer_url: str
    learning_url: str
    contact_url: str


@dataclass(frozen=True, slots=True)
class Passkey:
    id: str
    name: str
    added_on: date


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that is signed in, as the service knows it; `seen_at` in the reader's local time."""

    id: str
    browser: str
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """My information (R1): details, password, passkeys, sessions.

    Without `sessions` the others can only be signed out together. Until the address is `verified` a further
    mail can be asked for.
    """

    name: str
    email: str
    verified: bool
    market: str
    language: str
    kind: CustomerKind
    markets: tuple[str, ...]
    languages: tuple[str, ...]
    passkeys: tuple[Passkey, ...]
    password_least: int = 10
    errors: tuple[FieldError, ...] = ()
    sessions: tuple[OpenSession, ...] = ()


class TvState(StrEnum):
    ASK = "ask"  # the code is to be typed
    DECIDE = "decide"  # which TV asks is shown
    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TvPage:
    """Signing in on a TV (RFC 8628): `device` is what the TV calls itself, shown as it says so."""

    state: TvState = TvState.ASK
    user_code: str = ""
    device: str = ""
    asked_at: datetime | None = None
    errors: tuple[FieldError, ...] = ()
