"""Compact JWS of canonical parts: the form of badges and enrolment credentials (seal/SPEC §6, §9)."""

from __future__ import annotations

from dataclasses import dataclass

from wire.canonical import Json, dump
from wire.encoding import b64, unb64
from wire.errors import WireError
from wire.fields import Fields, load_as
from wire.limits import BADGE_CHARACTERS

_SIG_BYTES = 64
_HEADER = frozenset({"alg", "kid", "typ"})


@dataclass(frozen=True, slots=True)
class Parts:
    """A JWS taken apart; `signed` are the bytes under `sig`."""

    kid: str
    claims: Json
    signed: bytes
    sig: bytes


def signing_input(typ: str, kid: str, claims: dict[str, Json]) -> bytes:
    """What is signed."""
    header: dict[str, Json] = {"alg": "EdDSA", "kid": kid, "typ": typ}
    return f"{b64(dump(header))}.{b64(dump(claims))}".encode("ascii")


def assemble(signing_input: bytes, sig: bytes) -> str:
    """The JWS text."""
    return f"{signing_input.decode('ascii')}.{b64(sig)}"


def take_apart(jws: str, *, typ: str, code: str) -> Parts:
    """The parts of a JWS of this type; any refusal is a WireError with `code`."""
    if len(jws) > BADGE_CHARACTERS:
        raise WireError(code, "too long")
    parts = jws.split(".")
    if len(parts) != 3:
        raise WireError(code, "not three parts")
    header, claims, sig = (_part(part, code) for part in parts)
    if len(sig) != _SIG_BYTES:
        raise WireError(code, "sig")
    signed = jws.rpartition(".")[0].encode("ascii")
    fields = Fields(load_as(header, limit=BADGE_CHARACTERS, code=code), _HEADER, code=code)
    fields.constant("alg", "EdDSA")
    fields.constant("typ", typ)
    return Parts(fields.hash_text("kid"), load_as(claims, limit=BADGE_CHARACTERS, code=code), signed, sig)


def confirmed_key(fields: Fields, *, code: str) -> bytes:
    """The Ed25519 key in the claim `cnf`."""
    jwk = Fields(
        Fields(fields.value("cnf"), frozenset({"jwk"}), code=code).value("jwk"),
        frozenset({"crv", "kty", "x"}),
        code=code,
    )
    jwk.constant("crv", "Ed25519")
    jwk.constant("kty", "OKP")
    return jwk.octets("x", 32)


def confirming(key: bytes) -> Json:
    """The claim `cnf` that names a key."""
    return {"jwk": {"crv": "Ed25519", "kty": "OKP", "x": b64(key)}}


def _part(text: str, code: str) -> bytes:
    try:
        return unb64(text)
    except WireError as error:
        raise WireError(code, error.detail) from None
