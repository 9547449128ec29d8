"""The maker's word on which unit a device key belongs to (seal/SPEC §9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wire import jws as compact
from wire.encoding import key_id, lv
from wire.errors import WireError
from wire.fields import Fields
from wire.limits import CLAIM_CHARACTERS, UNIT_CHARACTERS
from wire.texts import is_plain

if TYPE_CHECKING:
    from wire.canonical import Json
    from wire.keyset import Keyset
    from wire.signed import Check
    from wire.status import StatusList

CODE = "bad_enrolment"
TYP = "ra-dev+jwt"

_CLAIMS = frozenset({"cnf", "iat", "iss", "model", "sub"})


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The unit `sub`, of this model, has the key `cnf_x`; `iat` in seconds."""

    iss: str
    sub: str
    model: str
    cnf_x: bytes
    iat: int

    def claims(self) -> dict[str, Json]:
        """The claims as the JWS carries them."""
        return {
            "cnf": compact.confirming(self.cnf_x),
            "iat": self.iat,
            "iss": self.iss,
            "model": self.model,
            "sub": self.sub,
        }


def signing_input(kid: str, enrolment: Enrolment) -> bytes:
    """What the enrolment key signs."""
    return compact.signing_input(TYP, kid, enrolment.claims())


def verified(jws: str, *, keyset: Keyset, status: StatusList, dpk: bytes, check: Check) -> Enrolment:
    """The enrolment, if the maker confirms that this very device is that unit; else `bad_enrolment`."""
    parts = compact.take_apart(jws, typ=TYP, code=CODE)
    enrolment = _enrolment(parts.claims)
    key = keyset.enroller(parts.kid)
    if key is None:
        raise WireError(CODE, "unknown enrolment key")
    if not status.kids.isdisjoint({parts.kid, key_id(dpk)}):
        raise WireError(CODE, "revoked key")
    if not check(key, parts.sig, parts.signed):
        raise WireError(CODE, "signature")
    if enrolment.iss != keyset.iss:
        raise WireError(CODE, "another organisation")
    if enrolment.cnf_x != dpk:
        raise WireError(CODE, "another device's key")
    return enrolment


def claimed_key(jws: str) -> bytes:
    """The device key that a credential is for, before anybody judged it: to be looked up, never believed."""
    return _enrolment(compact.take_apart(jws, typ=TYP, code=CODE).claims).cnf_x


def enrol_message(origin: str, rc: bytes, key: bytes, code: str) -> bytes:
    """What a device's key signs to be enrolled: this service, this moment, this key, this code."""
    return b"ra1/dev-enrol\0" + lv(origin, rc, key, code)


def _enrolment(claims: Json) -> Enrolment:
    fields = Fields(claims, _CLAIMS, code=CODE)
    return Enrolment(
        iss=fields.text("iss", at_least=1, at_most=CLAIM_CHARACTERS),
        sub=_shown(fields, "sub"),
        model=_shown(fields, "model"),
        cnf_x=compact.confirmed_key(fields, code=CODE),
        iat=fields.integer("iat"),
    )


def _shown(fields: Fields, name: str) -> str:
    text = fields.text(name, at_most=UNIT_CHARACTERS)
    if not is_plain(text, at_least=1, at_most=UNIT_CHARACTERS):
        raise WireError(CODE, name)
    return text
