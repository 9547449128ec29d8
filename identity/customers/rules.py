"""What customers may be called, how long what is theirs lives, and how often it may be asked. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from identity.rules import Fault as PasswordFault
from identity.rules import Limit, is_shown_text, password_fault
from wire.encoding import b64

if TYPE_CHECKING:
    from collections.abc import Collection

    from identity.customers.addresses import Address


class Kind(StrEnum):
    """Who somebody is to the maker (R80). Stated by themselves, so it opens nothing."""

    HOMEOWNER = "homeowner"
    INSTALLER = "installer"
    DISTRIBUTOR = "distributor"


class State(StrEnum):
    """ERASED is for good: the row stays, empty, so that what refers to it refers to nobody (I20)."""

    ACTIVE = "active"
    ERASED = "erased"


class LinkKind(StrEnum):
    """What a one-time link in a mail is for."""

    VERIFY = "verify"
    RECOVER = "recover"


class ChallengeKind(StrEnum):
    """What a passkey is asked to sign."""

    REGISTER = "register"
    SIGN_IN = "sign_in"


class Fault(StrEnum):
    """Why details cannot be taken as they were given; FIELDS says which of them."""

    EMAIL_FORM = "email-form"
    NAME_FORM = "name-form"
    LANGUAGE_UNKNOWN = "language-unknown"
    MARKET_UNKNOWN = "market-unknown"
    KIND_UNKNOWN = "kind-unknown"
    PASSWORD_TOO_SHORT = "password-too-short"  # noqa: S105 - the name of a fault
    PASSWORD_TOO_LONG = "password-too-long"  # noqa: S105 - the name of a fault
    PASSWORD_TOO_PLAIN = "password-too-plain"  # noqa: S105 - the name of a fault


FIELDS: Final = {
    Fault.EMAIL_FORM: "email",
    Fault.NAME_FORM: "name",
    Fault.LANGUAGE_UNKNOWN: "language",
    Fault.MARKET_UNKNOWN: "market",
    Fault.KIND_UNKNOWN: "kind",
    Fault.PASSWORD_TOO_SHORT: "password",
    Fault.PASSWORD_TOO_LONG: "password",
    Fault.PASSWORD_TOO_PLAIN: "password",
}

_PASSWORD_FAULTS: Final = {
    PasswordFault.TOO_SHORT: Fault.PASSWORD_TOO_SHORT,
    PasswordFault.TOO_LONG: Fault.PASSWORD_TOO_LONG,
    PasswordFault.TOO_PLAIN: Fault.PASSWORD_TOO_PLAIN,
}

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS

SESSION_LIFE_MS: Final = 30 * _DAY_MS
"""After the last time it was used; however often that is, at most SESSION_LONGEST_MS."""
SESSION_LONGEST_MS: Final = 180 * _DAY_MS
SEEN_EVERY_MS: Final = _HOUR_MS
"""How exactly it is known when a session was used last; a write each time would cost more than it tells."""
SESSIONS_MOST: Final = 20

LINK_LIFE_MS: Final = {LinkKind.VERIFY: _DAY_MS, LinkKind.RECOVER: _HOUR_MS}

CHALLENGE_LIFE_MS: Final = 5 * 60_000
CHALLENGES_MOST: Final = 8
PASSKEYS_MOST: Final = 10

# One address is mailed three times, then ever less often: enough for who waits for a mail, too few to be a
# nuisance to who never asked. The shortest gap is well below the life of a link, so that nobody can keep
# an owner from ever having one that works.
MAILS_TO_ADDRESS: Final = Limit(free=3, first_ms=600_000, longest_ms=3 * _HOUR_MS, forget_ms=_DAY_MS)
# People at one address of the network share this.
MAILS_FROM_SOURCE: Final = Limit(free=20, first_ms=30_000, longest_ms=600_000, forget_ms=_DAY_MS)
CHALLENGES_FROM_SOURCE: Final = Limit(free=30, first_ms=2_000, longest_ms=2_000, forget_ms=_HOUR_MS)

_CSRF: Final = b"csrf"
_ETAG: Final = re.compile(r'"v([1-9][0-9]{0,8})"')


def csrf_of(token: str) -> str:
    """The proof that a page of ours sends along with a session's cookie: b64 of 32 bytes, for any text.

    HMAC-SHA-256 of "csrf" with the session token as key: who can read no page of ours cannot say it (INV-G3).
    """
    return b64(hmac.digest(token.encode("utf-8", "surrogatepass"), _CSRF, hashlib.sha256))


def normal_name(typed: str) -> str:
    """One spelling of a name, without the spaces around it."""
    return unicodedata.normalize("NFC", typed.strip())


def new_password_fault(password: str, address: Address) -> Fault | None:
    """What is wrong with a new password of whoever has this address (NIST SP 800-63B-4, 3.1.1.2)."""
    fault = password_fault(password, address.key)
    return None if fault is None else _PASSWORD_FAULTS[fault]


def details_fault(
    *, name: str, language: str, market: str, languages: Collection[str], markets: Collection[str]
) -> Fault | None:
    """The first reason why these details cannot be taken; `name` is a normal one."""
    if not is_shown_text(name):
        return Fault.NAME_FORM
    if language not in languages:
        return Fault.LANGUAGE_UNKNOWN
    if market not in markets:
        return Fault.MARKET_UNKNOWN
    return None


def session_end(*, created_at: int, now: int) -> int:
    """When a session that is used now will be over."""
    return min(now + SESSION_LIFE_MS, created_at + SESSION_LONGEST_MS)


def is_seen_anew(*, seen_at: int, now: int) -> bool:
    """Whether it is time to note that a session was used."""
    return now - seen_at >= SEEN_EVERY_MS


def etag_of(version: int) -> str:
    """The strong entity tag of a version (RFC 9110 §8.8.3)."""
    return f'"v{version}"'


def version_in(if_match: str) -> int | None:
    """The version that an If-Match header names; None for whatever is not one tag of ours."""
    found = _ETAG.fullmatch(if_match.strip())
    return None if found is None else int(found[1])
