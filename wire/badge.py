"""The technician's badge (seal/SPEC §6): a compact JWS, bound to one session key and one service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wire import jws as compact
from wire.encoding import key_id, lv
from wire.errors import WireError
from wire.fields import Fields
from wire.limits import (
    BADGE_LIFE_S,
    BADGE_SKEW_S,
    CLAIM_CHARACTERS,
    NAME_CHARACTERS,
    SCOPE_CHARACTERS,
    SCOPES,
)
from wire.reasons import BadgeCause
from wire.texts import is_plain

if TYPE_CHECKING:
    from wire.canonical import Json
    from wire.keyset import Keyset
    from wire.status import StatusList

Check = Callable[[bytes, bytes, bytes], bool]

TYP = "ra-tech+jwt"

_CLAIMS = frozenset({"aud", "cnf", "exp", "iat", "iss", "jti", "name", "org", "scopes", "sub"})


@dataclass(frozen=True, slots=True)
class Badge:
    """The claims; `cnf_x` is the technician's session key, times are in seconds."""

    aud: str
    cnf_x: bytes
    exp: int
    iat: int
    iss: str
    jti: str
    name: str
    org: str
    scopes: tuple[str, ...]
    sub: str

    def claims(self) -> dict[str, Json]:
        """The claims as the JWS carries them."""
        return {
            "aud": self.aud,
            "cnf": compact.confirming(self.cnf_x),
            "exp": self.exp,
            "iat": self.iat,
            "iss": self.iss,
            "jti": self.jti,
            "name": self.name,
            "org": self.org,
            "scopes": list(self.scopes),
            "sub": self.sub,
        }


@dataclass(frozen=True, slots=True)
class ParsedBadge:
    """A badge of the right form that nobody has judged yet: `signed` are the bytes under `sig`."""

    kid: str
    badge: Badge
    signed: bytes
    sig: bytes


class BadgeError(WireError):
    """The badge is of the right form and is not believed; `cause` says why."""

    def __init__(self, cause: BadgeCause) -> None:
        super().__init__("bad_badge", cause.value)
        self.cause = cause


def signing_input(kid: str, badge: Badge) -> bytes:
    """What the issuer signs."""
    return compact.signing_input(TYP, kid, badge.claims())


assemble = compact.assemble


def parse(jws: str) -> ParsedBadge:
    """The parts of a badge of exactly the right form; says nothing about whom it was signed by or when."""
    parts = compact.take_apart(jws, typ=TYP, code="bad_badge")
    return ParsedBadge(parts.kid, _badge(parts.claims), parts.signed, parts.sig)


def accept(
    parsed: ParsedBadge,
    *,
    keyset: Keyset | None,
    status: StatusList | None,
    aud: str,
    now_s: int,
    hello_kid: str,
    asks: Iterable[str],
    check: Check,
) -> None:
    """Raise unless a device with this keyset and this list of what is revoked may believe the badge."""
    if keyset is None:
        raise BadgeError(BadgeCause.NO_KEYSET)
    if not keyset.is_valid(now_s):
        raise BadgeError(BadgeCause.KEYSET_NOT_VALID)
    if status is None:
        raise BadgeError(BadgeCause.NO_STATUS)
    if not status.is_fresh(now_s):
        raise BadgeError(BadgeCause.STATUS_OLD)
    _require_signed(parsed, keyset.issuer(parsed.kid), hello_kid, check)
    # Only now: a forger who names a revoked key is a forger, not somebody whose badge has lapsed.
    if parsed.kid in status.kids:
        raise BadgeError(BadgeCause.ISSUER_REVOKED)
    _require_meant(parsed.badge, iss=keyset.iss, aud=aud, now_s=now_s, asks=asks)
    if not status.covers(parsed.badge.iat):
        raise BadgeError(BadgeCause.STATUS_OLD)
    if parsed.badge.jti in status.jtis:
        raise BadgeError(BadgeCause.REVOKED)


def judge(
    parsed: ParsedBadge,
    *,
    issuer_key: bytes | None,
    iss: str,
    aud: str,
    now_s: int,
    hello_kid: str,
    asks: Iterable[str],
    check: Check,
) -> None:
    """Raise unless this issuer's badge is for this device, now, and for what is asked."""
    _require_signed(parsed, issuer_key, hello_kid, check)
    _require_meant(parsed.badge, iss=iss, aud=aud, now_s=now_s, asks=asks)


def _require_signed(parsed: ParsedBadge, issuer_key: bytes | None, hello_kid: str, check: Check) -> None:
    if parsed.kid != hello_kid:
        raise BadgeError(BadgeCause.ISSUER_NOT_ANNOUNCED)
    if issuer_key is None or key_id(issuer_key) != parsed.kid:
        raise BadgeError(BadgeCause.ISSUER_UNKNOWN)
    if not check(issuer_key, parsed.sig, parsed.signed):
        raise BadgeError(BadgeCause.SIGNATURE)


def _require_meant(badge: Badge, *, iss: str, aud: str, now_s: int, asks: Iterable[str]) -> None:
    if badge.iss != iss:
        raise BadgeError(BadgeCause.OTHER_ORG)
    if badge.aud != aud:
        raise BadgeError(BadgeCause.OTHER_SERVICE)
    if not 0 < badge.exp - badge.iat <= BADGE_LIFE_S:
        raise BadgeError(BadgeCause.LIFETIME)
    if badge.iat > now_s + BADGE_SKEW_S:
        raise BadgeError(BadgeCause.NOT_YET_VALID)
    if now_s >= badge.exp + BADGE_SKEW_S:
        raise BadgeError(BadgeCause.EXPIRED)
    if not set(asks) <= set(badge.scopes):
        raise BadgeError(BadgeCause.SCOPES)


def badge_challenge_message(issuer: str, challenge: bytes) -> bytes:
    """What the technician's key signs to be put into a badge."""
    return b"ra1/badge\0" + lv(issuer, challenge)


def tech_auth_message(th: bytes, auth_without_sig: bytes) -> bytes:
    """What the technician's key signs in a session; it covers the badge too, so no other session takes it."""
    return b"ra1/tech-auth\0" + lv(th, auth_without_sig)


def _badge(claims: Json) -> Badge:
    fields = Fields(claims, _CLAIMS, code="bad_badge")
    return Badge(
        aud=_claim(fields, "aud"),
        cnf_x=compact.confirmed_key(fields, code="bad_badge"),
        exp=fields.integer("exp"),
        iat=fields.integer("iat"),
        iss=_claim(fields, "iss"),
        jti=_claim(fields, "jti"),
        name=_shown(fields, "name"),
        org=_shown(fields, "org"),
        scopes=fields.texts("scopes", count=SCOPES, at_least=1, at_most=SCOPE_CHARACTERS),
        sub=_claim(fields, "sub"),
    )


def _claim(fields: Fields, name: str) -> str:
    return fields.text(name, at_least=1, at_most=CLAIM_CHARACTERS)


def _shown(fields: Fields, name: str) -> str:
    text = fields.text(name, at_most=NAME_CHARACTERS)
    if not is_plain(text, at_least=1, at_most=NAME_CHARACTERS):
        raise WireError("bad_badge", name)
    return text
