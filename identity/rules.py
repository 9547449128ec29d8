"""What a login, a password, a name and a try at signing in must satisfy: values in, values out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wire.limits import ENROL_AGAIN_S, ENROL_CODE_LIFE_S, NAME_CHARACTERS
from wire.texts import is_plain

if TYPE_CHECKING:
    from collections.abc import Collection


class Role(StrEnum):
    TECHNICIAN = "technician"
    AUDITOR = "auditor"


class Fault(StrEnum):
    """Why an account cannot be made as asked."""

    LOGIN_FORM = "login_form"
    TOO_SHORT = "password_too_short"
    TOO_LONG = "password_too_long"
    TOO_PLAIN = "password_too_plain"
    NAME_FORM = "name_form"
    ORG_FORM = "org_form"
    LANGUAGE_UNKNOWN = "language_unknown"


# A badge of a technician may ask for all of these; the customer still grants each one (INV-A6).
TECHNICIAN_SCOPES: Final = ("keys", "settings", "sound", "view")

TOKEN_LIFE_MS: Final = 8 * 3_600_000
# Longer than a session can last, so that one begun with the token is not taken for signed out.
TOKEN_KEPT_MS: Final = 3_600_000
TOKENS_PER_ACCOUNT: Final = 10
CHALLENGE_LIFE_MS: Final = 60_000
CHALLENGES_PER_ACCOUNT: Final = 8
BADGE_LIFE_S: Final = 8 * 3_600
BADGES_PER_HOUR: Final = 60
# From then on every device refuses the badge as expired, so the list need not name it (seal/SPEC §8).
BADGE_SPARE_MS: Final = 300_000
STATUS_EVERY_MS: Final = 3_600_000

ENROL_CODE_LIFE_MS: Final = ENROL_CODE_LIFE_S * 1_000
ENROL_AGAIN_MS: Final = ENROL_AGAIN_S * 1_000
# After a code's hour: until the device that used it last may not ask again, and a late try is told apart.
ENROL_KEPT_MS: Final = ENROL_AGAIN_MS

# NIST SP 800-63B-4, 3.1.1.2: 15 characters where the password is the only factor.
PASSWORD_LEAST: Final = 15
PASSWORD_MOST: Final = 128
PASSWORD_DIFFERENT_LEAST: Final = 6

# ASCII only: two logins that look the same are the same.
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{2,63}")


def normal_login(typed: str) -> str | None:
    """The login as it is stored, or None where no account can have it."""
    login = typed.strip().lower()
    return login if _LOGIN.fullmatch(login) else None


def normal_password(typed: str) -> str:
    """One spelling for what two keyboards may compose differently."""
    return unicodedata.normalize("NFC", typed)


def password_fault(password: str, login: str) -> Fault | None:
    """What is wrong with a new password that belongs to `login`."""
    normal = normal_password(password)
    if len(normal) < PASSWORD_LEAST:
        return Fault.TOO_SHORT
    if len(normal) > PASSWORD_MOST:
        return Fault.TOO_LONG
    bare = normal.casefold().replace(login, "")
    if len(bare) < PASSWORD_LEAST // 2 or len(set(bare)) < PASSWORD_DIFFERENT_LEAST:
        return Fault.TOO_PLAIN
    return None


def is_shown_text(text: str) -> bool:
    """True for what a device will show as a name (seal SPEC §6), in its one spelling."""
    return (
        is_plain(text, at_least=1, at_most=NAME_CHARACTERS)
        and text == text.strip()
        and unicodedata.is_normalized("NFC", text)
    )


def account_fault(
    *, login: str, password: str, name: str, org: str, language: str, languages: Collection[str]
) -> Fault | None:
    """The first reason why this account cannot be made; `languages` are those we have texts for."""
    normal = normal_login(login)
    if normal is None:
        return Fault.LOGIN_FORM
    if not is_shown_text(name):
        return Fault.NAME_FORM
    if not is_shown_text(org):
        return Fault.ORG_FORM
    if language not in languages:
        return Fault.LANGUAGE_UNKNOWN
    return password_fault(password, normal)


@dataclass(frozen=True, slots=True)
class Tries:
    """Failed or unfinished tries under one key; `told` says that a refusal for waiting is on record."""

    failures: int
    last_at: int
    told: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` tries cost nothing; each later one doubles the wait, up to `longest_ms`."""

    free: int
    first_ms: int
    longest_ms: int
    forget_ms: int


# One account from one source: who guesses waits. Nobody else is at that key, so the wait may be long.
PAIR_LIMIT: Final = Limit(free=5, first_ms=30_000, longest_ms=900_000, forget_ms=24 * 3_600_000)
# Where the account has signed in from that source before, its owner and a guesser may sit side by side: the
# wait stays short, until there were as many wrong passwords in a row as NIST SP 800-63B allows at all.
KNOWN_PAIR_LIMIT: Final = Limit(free=5, first_ms=30_000, longest_ms=60_000, forget_ms=24 * 3_600_000)
KNOWN_PAIR_MOST: Final = 100
# One account from everywhere, and one source at every account: honest people share these keys with an
# attacker, so the wait stays short, and a source that has signed in to the account before skips it.
ACCOUNT_LIMIT: Final = Limit(free=20, first_ms=2_000, longest_ms=2_000, forget_ms=3_600_000)
SOURCE_LIMIT: Final = Limit(free=50, first_ms=2_000, longest_ms=2_000, forget_ms=3_600_000)
# Enrolment codes that opened nothing, by address. 80 bits need no limit, the database does: the right code
# never waits, for a factory behind one address shares it with whoever guesses there.
ENROL_LIMIT: Final = Limit(free=20, first_ms=2_000, longest_ms=2_000, forget_ms=3_600_000)
# How often the record tells of codes that never were, all of them together: strangers write there.
ENROL_TELL_MS: Final = 60_000
KNOWN_SOURCE_LIFE_MS: Final = 90 * 86_400_000
LONGEST_FORGET_MS: Final = PAIR_LIMIT.forget_ms


def pair_limit(tries: Tries | None, *, known: bool) -> Limit:
    """What holds for one account from one source after so many tries."""
    if known and (tries is None or tries.failures < KNOWN_PAIR_MOST):
        return KNOWN_PAIR_LIMIT
    return PAIR_LIMIT


def wait_ms(tries: Tries | None, limit: Limit, now: int) -> int:
    """How long the next try must still wait; 0 when it may come now."""
    if tries is None or tries.failures < limit.free or now - tries.last_at >= limit.forget_ms:
        return 0
    doublings = min(tries.failures - limit.free, 32)
    wait = min(limit.longest_ms, limit.first_ms << doublings)
    return max(0, tries.last_at + wait - now)


def one_more(tries: Tries | None, limit: Limit, now: int) -> Tries:
    """The count with one more try, which is undone only by signing in."""
    if tries is None or now - tries.last_at >= limit.forget_ms:
        return Tries(failures=1, last_at=now)
    return Tries(failures=tries.failures + 1, last_at=now)
