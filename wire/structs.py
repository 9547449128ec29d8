"""Messages as structs tagged by `t`, byte strings as b64: the form of relay and of sealed messages."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec

from wire.encoding import b64, unb64
from wire.errors import WireError
from wire.limits import INTEGER_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wire.canonical import Json

_AT = re.compile(r" - at `\$\.(\w+)")

Natural = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]
CountFromZero = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Bytes16 = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Bytes32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Bytes64 = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]


class Message(msgspec.Struct, frozen=True, tag_field="t", forbid_unknown_fields=True):
    """One message; its tag is the name of its type."""


Kind = TypeVar("Kind", bound=Message)


def tag_of(kind: type[Message]) -> str:
    """The name of a message type."""
    return str(kind.__struct_config__.tag)


def field_names(kind: type[Message]) -> frozenset[str]:
    """The fields of a message type, without `t`."""
    return frozenset(kind.__struct_encode_fields__)


@cache
def _byte_fields(kind: type[Message]) -> frozenset[str]:
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    return frozenset(f.encode_name for f in info.fields if isinstance(f.type, msgspec.inspect.BytesType))


def write(message: Message) -> dict[str, Json]:
    """The message as a JSON object."""
    fields: dict[str, object] = msgspec.to_builtins(message, builtin_types=(bytes,))
    return {name: _json(value) for name, value in fields.items()}


def _json(value: Any) -> Json:  # Any: what msgspec makes of a field
    match value:
        case bytes():
            return b64(value)
        case tuple() | list():
            return [_json(item) for item in value]
        case dict():
            return {name: _json(item) for name, item in value.items()}
        case _:
            scalar: Json = value
            return scalar


def read(kind: type[Kind], fields: Mapping[str, object]) -> Kind:
    """The message from a JSON object that has its fields and no other."""
    values = dict(fields)
    for name in _byte_fields(kind) & values.keys():
        text = values[name]
        if not isinstance(text, str):
            raise WireError("bad_message", name)
        values[name] = unb64(text)
    try:
        return msgspec.convert(values, kind, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise WireError("bad_message", _field_in(str(error), kind)) from None


def _field_in(text: str, kind: type[Message]) -> str:
    """The field a refusal is about; the rest of msgspec's text may repeat the value (INV-C4)."""
    found = _AT.search(text)
    return found.group(1) if found and found.group(1) in field_names(kind) else "fields"
