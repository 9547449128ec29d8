"""From this server's public keys to a keyset: the request it makes, and what the root signs of it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from identity.keys import has_signed
from wire import keyset as keysets
from wire.canonical import dump, load
from wire.encoding import KEY_BYTES, b64, key_id, unb64
from wire.errors import WireError
from wire.fields import Fields
from wire.keyset import Keyset
from wire.limits import KEYS_OF_A_KIND, KEYSET_BYTES, KEYSET_LIFE_S

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from identity.keys import SigningKey

DAY_S: Final = 86_400
USUAL_DAYS: Final = 365
MOST_DAYS: Final = KEYSET_LIFE_S // DAY_S

_FIELDS: Final = frozenset({"enrol", "iss", "issuers", "serial", "status", "v"})


class BadRequest(Exception):  # noqa: N818 - a request that cannot be made or signed
    """The text says why, in words."""


@dataclass(frozen=True, slots=True)
class KeysetRequest:
    """What the operator of a server asks the holder of the root to sign."""

    iss: str
    serial: int
    issuers: tuple[bytes, ...]
    enrol: tuple[bytes, ...]
    status: bytes

    def to_bytes(self) -> bytes:
        """Canonical JSON, to be carried to where the root is."""
        return dump(
            {
                "enrol": [b64(key) for key in self.enrol],
                "iss": self.iss,
                "issuers": [b64(key) for key in self.issuers],
                "serial": self.serial,
                "status": b64(self.status),
                "v": 1,
            }
        )


def request_after(
    held: Keyset | None,
    *,
    iss: str,
    issuers: Iterable[bytes],
    enrol: Iterable[bytes],
    status: bytes,
    without: Collection[str] = (),
) -> KeysetRequest:
    """The next keyset: the keys in use, and those of the last one that are not left out by their id."""
    serial = 1 if held is None else held.serial + 1
    old = ((), ()) if held is None else (held.issuers, held.enrol)
    request = KeysetRequest(
        iss=iss,
        serial=serial,
        issuers=_joined(issuers, old[0], without),
        enrol=_joined(enrol, old[1], without),
        status=status,
    )
    unknown = set(without) - {key_id(key) for keys in old for key in keys}
    if unknown:
        raise BadRequest(f"no key of the keyset has the id {min(unknown)}")
    if max(len(request.issuers), len(request.enrol)) > KEYS_OF_A_KIND:
        raise BadRequest(
            f"a keyset holds {KEYS_OF_A_KIND} keys of a kind at most; leave old ones out with --without"
        )
    return request


def read_request(data: bytes) -> KeysetRequest:
    """The request in these bytes."""
    try:
        fields = Fields(load(data.strip(), limit=KEYSET_BYTES), _FIELDS, code=keysets.CODE)
        fields.constant("v", 1)
        return KeysetRequest(
            iss=fields.text("iss", at_least=1, at_most=256),
            serial=fields.integer("serial", at_least=1),
            issuers=_keys(fields, "issuers"),
            enrol=_keys(fields, "enrol"),
            status=fields.octets("status", KEY_BYTES),
        )
    except WireError:
        raise BadRequest("this is not a request as `alongside keys request` prints it") from None


def sign_request(request: KeysetRequest, root: SigningKey, *, now_s: int, days: int) -> bytes:
    """The keyset, signed by the root, valid from now on."""
    keyset = Keyset(
        iss=request.iss,
        serial=request.serial,
        iat=now_s,
        nbf=now_s,
        exp=now_s + days * DAY_S,
        issuers=request.issuers,
        enrol=request.enrol,
        status=request.status,
    )
    data = keysets.assemble(keyset, root.sign(keysets.signing_input(keyset)))
    try:
        # Whoever reads it judges by the same rules: better refused here than in a living room.
        keysets.verified(data, root=root.public, check=has_signed)
    except WireError as error:
        raise BadRequest(f"no device would take this keyset: {error.detail}") from None
    return data


def _joined(new: Iterable[bytes], old: Iterable[bytes], without: Collection[str]) -> tuple[bytes, ...]:
    return tuple(key for key in dict.fromkeys([*new, *old]) if key_id(key) not in without)


def _keys(fields: Fields, name: str) -> tuple[bytes, ...]:
    texts = fields.texts(name, count=KEYS_OF_A_KIND, at_most=43)
    return tuple(unb64(text, KEY_BYTES) for text in texts)
