"""What a device signs to ask something over HTTP: all of the request that counts (SPEC §5.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wire import jws as compact
from wire.encoding import b64, key_id, sha256_b64
from wire.errors import WireError
from wire.fields import Fields
from wire.limits import DEVICE_REQUEST_S, ORIGIN_CHARACTERS, TARGET_CHARACTERS

if TYPE_CHECKING:
    from wire.canonical import Json
    from wire.signed import Check

CODE: Final = "bad_device_request"
TYP: Final = "ra-dev-req+jwt"
ASSERTION: Final = "Device-Assertion"
"""The header that carries the assertion."""
CREDENTIAL: Final = "Device-Credential"
"""The header that carries the maker's word on which unit the device is (seal SPEC §9)."""
NONCE_BYTES: Final = 16

_CLAIMS: Final = frozenset({"ath", "aud", "body", "cnf", "cred", "htm", "htp", "iat", "jti"})
_METHOD_CHARACTERS: Final = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request: `target` is path and query as sent; `token` the user's or "", `credential` a JWS."""

    origin: str
    method: str
    target: str
    body: bytes
    credential: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Assertion:
    """Who signed a request, when (seconds), and what makes it unlike any other."""

    key: bytes
    iat: int
    jti: str


def signing_input(asked: Asked, *, key: bytes, now_s: int, nonce: bytes) -> bytes:
    """What the device's key signs; with its signature `wire.jws.assemble` makes the assertion."""
    claims: dict[str, Json] = {
        **_bound(asked),
        "cnf": compact.confirming(key),
        "iat": now_s,
        "jti": b64(nonce),
    }
    return compact.signing_input(TYP, key_id(key), claims)


def verified(assertion: str, asked: Asked, *, now_s: int, check: Check) -> Assertion:
    """Who signed exactly this request within the last minute; else `bad_device_request`.

    Says neither whether the key belongs to a unit nor whether the assertion was used before.
    """
    parts = compact.take_apart(assertion, typ=TYP, code=CODE)
    fields = Fields(parts.claims, _CLAIMS, code=CODE)
    key = compact.confirmed_key(fields, code=CODE)
    if parts.kid != key_id(key):
        raise WireError(CODE, "another key")
    if not check(key, parts.sig, parts.signed):
        raise WireError(CODE, "signature")
    for name, expected in _bound(asked).items():
        fields.constant(name, expected)
    iat = fields.integer("iat")
    if abs(now_s - iat) > DEVICE_REQUEST_S:
        raise WireError(CODE, "not of this minute")
    return Assertion(key, iat, b64(fields.octets("jti", NONCE_BYTES)))


def _bound(asked: Asked) -> dict[str, str]:
    if len(asked.origin) > ORIGIN_CHARACTERS or len(asked.target) > TARGET_CHARACTERS:
        raise WireError(CODE, "too long")
    if not 0 < len(asked.method) <= _METHOD_CHARACTERS:
        raise WireError(CODE, "method")
    return {
        "ath": sha256_b64(asked.token.encode("utf-8", "surrogatepass")) if asked.token else "",
        "aud": asked.origin,
        "body": sha256_b64(asked.body),
        "cred": sha256_b64(asked.credential.encode("utf-8", "surrogatepass")),
        "htm": asked.method,
        "htp": asked.target,
    }
