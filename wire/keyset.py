"""The organisation's keys, as its root signs them (seal/SPEC §7). Times in seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wire import signed
from wire.encoding import KEY_BYTES, b64, key_id, unb64
from wire.errors import WireError
from wire.fields import Fields
from wire.limits import (
    BADGE_SKEW_S,
    CLAIM_CHARACTERS,
    KEYS_OF_A_KIND,
    KEYSET_BYTES,
    KEYSET_LIFE_S,
    VKEY_CHARACTERS,
)

if TYPE_CHECKING:
    from wire.canonical import Json

LABEL = b"ra1/keyset"
CODE = "bad_keyset"
KEM = "x25519"

_FIELDS = frozenset(
    {"auditors", "enrol", "exp", "iat", "iss", "issuers", "log", "nbf", "serial", "status", "v", "witnesses"}
)
_VKEY = re.compile(r"[!-~]*")


@dataclass(frozen=True, slots=True)
class Keyset:
    """Whom an organisation speaks through, from `nbf` until before `exp`."""

    iss: str
    serial: int
    iat: int
    nbf: int
    exp: int
    issuers: tuple[bytes, ...]
    enrol: tuple[bytes, ...]
    status: bytes
    auditors: tuple[bytes, ...] = ()
    log: str = ""
    witnesses: tuple[str, ...] = ()

    def issuer(self, kid: str) -> bytes | None:
        """The issuer's key with this id."""
        return _with_id(self.issuers, kid)

    def enroller(self, kid: str) -> bytes | None:
        """The enrolment key with this id."""
        return _with_id(self.enrol, kid)

    def is_valid(self, now_s: int) -> bool:
        """Whether it may be relied on now; the start has the skew of a badge, the end has none."""
        return self.nbf <= now_s + BADGE_SKEW_S and now_s < self.exp

    def unsigned(self) -> dict[str, Json]:
        """What the root signs."""
        return {
            "auditors": [{"kem": KEM, "key": b64(key)} for key in self.auditors],
            "enrol": [b64(key) for key in self.enrol],
            "exp": self.exp,
            "iat": self.iat,
            "iss": self.iss,
            "issuers": [b64(key) for key in self.issuers],
            "log": self.log,
            "nbf": self.nbf,
            "serial": self.serial,
            "status": b64(self.status),
            "v": 1,
            "witnesses": list(self.witnesses),
        }


def signing_input(keyset: Keyset) -> bytes:
    """What the root's signature covers."""
    return signed.message(LABEL, keyset.unsigned())


def assemble(keyset: Keyset, sig: bytes) -> bytes:
    """The keyset as it travels."""
    return signed.assemble(keyset.unsigned(), sig)


def verified(data: bytes, *, root: bytes, check: signed.Check) -> Keyset:
    """The keyset, if this root signed it, else `bad_keyset`; whether it is valid now is another question."""
    fields, unsigned, sig = signed.read(data, _FIELDS, limit=KEYSET_BYTES, code=CODE)
    signed.require(check, root, sig, LABEL, unsigned, code=CODE)
    keyset = _read(fields)
    _require_sound(keyset, root)
    return keyset


def succeeds(new: Keyset, held: Keyset | None) -> bool:
    """Whether `new` may take the place of `held`: its serial does not go down, nor mean two things."""
    return held is None or new.serial > held.serial or new == held


def _read(fields: Fields) -> Keyset:
    fields.constant("v", 1)
    return Keyset(
        iss=fields.text("iss", at_least=1, at_most=CLAIM_CHARACTERS),
        serial=fields.integer("serial", at_least=1),
        iat=fields.integer("iat"),
        nbf=fields.integer("nbf"),
        exp=fields.integer("exp"),
        issuers=_keys(fields, "issuers", at_least=1),
        enrol=_keys(fields, "enrol"),
        status=fields.octets("status", KEY_BYTES),
        auditors=_auditors(fields),
        log=_vkey(fields.text("log", at_most=VKEY_CHARACTERS)),
        witnesses=tuple(
            map(_vkey, fields.texts("witnesses", count=KEYS_OF_A_KIND, at_least=1, at_most=VKEY_CHARACTERS))
        ),
    )


def _require_sound(keyset: Keyset, root: bytes) -> None:
    if not 0 < keyset.exp - keyset.nbf <= KEYSET_LIFE_S or keyset.iat >= keyset.exp:
        raise WireError(CODE, "times")
    # One key, one duty: who steals the status key must not have stolen an issuer (TRUST C.3).
    keys = [root, keyset.status, *keyset.issuers, *keyset.enrol]
    if len(set(keys)) < len(keys):
        raise WireError(CODE, "one key with two duties")


def _keys(fields: Fields, name: str, *, at_least: int = 0) -> tuple[bytes, ...]:
    texts = fields.texts(name, count=KEYS_OF_A_KIND, at_least=43, at_most=43)
    if len(texts) < at_least:
        raise WireError(CODE, name)
    return tuple(_key(text, name) for text in texts)


def _key(text: str, name: str) -> bytes:
    try:
        return unb64(text, KEY_BYTES)
    except WireError:
        raise WireError(CODE, name) from None


def _auditors(fields: Fields) -> tuple[bytes, ...]:
    value = fields.value("auditors")
    if not isinstance(value, list) or len(value) > KEYS_OF_A_KIND:
        raise WireError(CODE, "auditors")
    keys = []
    for item in value:
        auditor = Fields(item, frozenset({"kem", "key"}), code=CODE)
        auditor.constant("kem", KEM)
        keys.append(auditor.octets("key", KEY_BYTES))
    return tuple(keys)


def _vkey(text: str) -> str:
    if not _VKEY.fullmatch(text):
        raise WireError(CODE, "a verifier key of another form")
    return text


def _with_id(keys: tuple[bytes, ...], kid: str) -> bytes | None:
    return next((key for key in keys if key_id(key) == kid), None)
