"""Canonical JSON that carries its own signature: keysets and status lists (seal/SPEC §7, §8)."""

from __future__ import annotations

from collections.abc import Callable

from wire.canonical import Json, dump
from wire.encoding import b64
from wire.errors import WireError
from wire.fields import Fields, load_as

Check = Callable[[bytes, bytes, bytes], bool]

_SIG_BYTES = 64


def message(label: bytes, unsigned: dict[str, Json]) -> bytes:
    """What is signed: the label, a zero byte, the rest."""
    return label + b"\0" + dump(unsigned)


def assemble(unsigned: dict[str, Json], sig: bytes) -> bytes:
    """The signed bytes as they travel."""
    return dump(unsigned | {"sig": b64(sig)})


def read(
    data: bytes, names: frozenset[str], *, limit: int, code: str
) -> tuple[Fields, dict[str, Json], bytes]:
    """The fields, the same without `sig`, and `sig`; says nothing about who signed."""
    value = load_as(data, limit=limit, code=code)
    fields = Fields(value, names | {"sig"}, code=code)
    assert isinstance(value, dict)
    unsigned = {name: field for name, field in value.items() if name != "sig"}
    return fields, unsigned, fields.octets("sig", _SIG_BYTES)


def require(
    check: Check, key: bytes, sig: bytes, label: bytes, unsigned: dict[str, Json], *, code: str
) -> None:
    """Raise unless the key has signed it."""
    if not check(key, sig, message(label, unsigned)):
        raise WireError(code, "signature")
