"""The technician's badge (seal/SPEC §6): a compact JWS, bound to one session key and one service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wire.canonical import Json, dump
from wire.encoding import KEY_BYTES, b64, key_id, lv, unb64
from wire.errors import WireError
from wire.fields import Fields, load_as
from wire.limits import (
    BADGE_CHARACTERS,
    BADGE_LIFE_S,
    BADGE_SKEW_S,
    CLAIM_CHARACTERS,
    NAME_CHARACTERS,
    SCOPE_CHARACTERS,
    SCOPES,
)
from wire.texts import is_plain

Check = Callable[[bytes, bytes, bytes], bool]

_SIG_BYTES = 64
_HEADER = frozenset({"alg", "kid", "typ"})
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
            "cnf": {"jwk": {"crv": "Ed25519", "kty": "OKP", "x": b64(self.cnf_x)}},
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


def signing_input(kid: str, badge: Badge) -> bytes:
    """What the issuer signs."""
    header: dict[str, Json] = {"alg": "EdDSA", "kid": kid, "typ": "ra-tech+jwt"}
    return f"{b64(dump(header))}.{b64(dump(badge.claims()))}".encode("ascii")


def assemble(signing_input: bytes, sig: bytes) -> str:
    """The JWS text."""
    return f"{signing_input.decode('ascii')}.{b64(sig)}"


def parse(jws: str) -> ParsedBadge:
    """The parts of a badge of exactly the right form; says nothing about whom it was signed by or when."""
    if len(jws) > BADGE_CHARACTERS:
        raise WireError("bad_badge", "too long")
    parts = jws.split(".")
    if len(parts) != 3:
        raise WireError("bad_badge", "not three parts")
    header, claims, sig = (_part(part) for part in parts)
    if len(sig) != _SIG_BYTES:
        raise WireError("bad_badge", "sig")
    signed = jws.rpartition(".")[0].encode("ascii")
    return ParsedBadge(_kid(header), _badge(claims), signed, sig)


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
    """Raise unless the device may believe this badge, now, here and for what is asked."""
    badge = parsed.badge
    if parsed.kid != hello_kid:
        raise WireError("bad_badge", "another issuer key than announced")
    if issuer_key is None or key_id(issuer_key) != parsed.kid:
        raise WireError("bad_badge", "unknown issuer key")
    if not check(issuer_key, parsed.sig, parsed.signed):
        raise WireError("bad_badge", "signature")
    if badge.iss != iss:
        raise WireError("bad_badge", "another organisation")
    if badge.aud != aud:
        raise WireError("bad_badge", "another service")
    if not 0 < badge.exp - badge.iat <= BADGE_LIFE_S:
        raise WireError("bad_badge", "lifetime")
    if badge.iat > now_s + BADGE_SKEW_S:
        raise WireError("bad_badge", "from the future")
    if now_s >= badge.exp + BADGE_SKEW_S:
        raise WireError("bad_badge", "expired")
    if not set(asks) <= set(badge.scopes):
        raise WireError("bad_badge", "asks for more than its scopes")


def badge_challenge_message(issuer: str, challenge: bytes) -> bytes:
    """What the technician's key signs to be put into a badge."""
    return b"ra1/badge\0" + lv(issuer, challenge)


def tech_auth_message(th: bytes, auth_without_sig: bytes) -> bytes:
    """What the technician's key signs in a session; it covers the badge too, so no other session takes it."""
    return b"ra1/tech-auth\0" + lv(th, auth_without_sig)


def _part(text: str) -> bytes:
    try:
        return unb64(text)
    except WireError as error:
        raise WireError("bad_badge", error.detail) from None


def _fields(value: Json, names: frozenset[str]) -> Fields:
    return Fields(value, names, code="bad_badge")


def _kid(header: bytes) -> str:
    fields = _fields(load_as(header, limit=BADGE_CHARACTERS, code="bad_badge"), _HEADER)
    fields.constant("alg", "EdDSA")
    fields.constant("typ", "ra-tech+jwt")
    return fields.hash_text("kid")


def _badge(claims: bytes) -> Badge:
    fields = _fields(load_as(claims, limit=BADGE_CHARACTERS, code="bad_badge"), _CLAIMS)
    jwk = _fields(
        _fields(fields.value("cnf"), frozenset({"jwk"})).value("jwk"), frozenset({"crv", "kty", "x"})
    )
    jwk.constant("crv", "Ed25519")
    jwk.constant("kty", "OKP")
    return Badge(
        aud=_claim(fields, "aud"),
        cnf_x=jwk.octets("x", KEY_BYTES),
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
