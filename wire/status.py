"""The list of badges and keys that no longer count (seal/SPEC §8). Times in seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wire import signed
from wire.errors import WireError
from wire.limits import (
    CLAIM_CHARACTERS,
    STATUS_BYTES,
    STATUS_JTIS,
    STATUS_KIDS,
    STATUS_LIFE_S,
    STATUS_PART_BYTES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wire.canonical import Json
    from wire.fields import Fields

LABEL = b"ra1/status"
CODE = "bad_status"

_FIELDS = frozenset({"iat", "iss", "jtis", "kids", "v"})
_KID_CHARACTERS = 43


@dataclass(frozen=True, slots=True)
class StatusList:
    """Revoked at `iat`: badges by `jti`; keys of any kind, a device's too, by key id."""

    iss: str
    iat: int
    jtis: frozenset[str]
    kids: frozenset[str]

    def is_fresh(self, now_s: int) -> bool:
        """A relay may hold the newest list back, but not for longer than this."""
        return now_s - self.iat < STATUS_LIFE_S

    def covers(self, badge_iat: int) -> bool:
        """Whether it is not older than the badge by a day: badge and list were signed in one age."""
        return self.iat >= badge_iat - STATUS_LIFE_S

    def unsigned(self) -> dict[str, Json]:
        """What the status key signs."""
        return {
            "iat": self.iat,
            "iss": self.iss,
            "jtis": [*sorted(self.jtis)],
            "kids": [*sorted(self.kids)],
            "v": 1,
        }


def signing_input(status: StatusList) -> bytes:
    """What the signature covers."""
    return signed.message(LABEL, status.unsigned())


def assemble(status: StatusList, sig: bytes) -> bytes:
    """The list as it travels."""
    return signed.assemble(status.unsigned(), sig)


def verified(data: bytes, *, status_key: bytes, iss: str, check: signed.Check) -> StatusList:
    """The list, if this organisation's status key signed it; raises WireError `bad_status`."""
    fields, unsigned, sig = signed.read(data, _FIELDS, limit=STATUS_BYTES, code=CODE)
    signed.require(check, status_key, sig, LABEL, unsigned, code=CODE)
    fields.constant("v", 1)
    fields.constant("iss", iss)
    return StatusList(
        iss=iss,
        iat=fields.integer("iat"),
        jtis=_set(fields, "jtis", count=STATUS_JTIS, at_least=1, at_most=CLAIM_CHARACTERS),
        kids=_set(fields, "kids", count=STATUS_KIDS, at_least=_KID_CHARACTERS, at_most=_KID_CHARACTERS),
    )


def following(new: StatusList, held: StatusList | None) -> StatusList:
    """`new` for who holds another of the same key: a key that was revoked once stays so, for ever."""
    return new if held is None else replace(new, kids=new.kids | held.kids)


def parts(data: bytes) -> Iterator[bytes]:
    """The list cut into pieces that fit into messages, in order."""
    for start in range(0, len(data), STATUS_PART_BYTES):
        yield data[start : start + STATUS_PART_BYTES]


def _set(fields: Fields, name: str, *, count: int, at_least: int, at_most: int) -> frozenset[str]:
    texts = fields.texts(name, count=count, at_least=at_least, at_most=at_most)
    if list(texts) != sorted(set(texts)):
        raise WireError(CODE, f"{name} not sorted, or one twice")
    return frozenset(texts)
