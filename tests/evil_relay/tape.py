"""What an evil relay keeps: every message it was given, by whom and when, to read at leisure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wire.errors import WireError
from wire.frames import (
    FROM_CONSOLE,
    FROM_DEVICE,
    FROM_DEVICE_DIRECT,
    HEADER_BYTES,
    Stream,
    parse_header,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Item = str | bytes
Fields = dict[str, Any]

_ALL = FROM_CONSOLE | FROM_DEVICE | FROM_DEVICE_DIRECT


class Side(StrEnum):
    """One end, as the relay sees it."""

    DEVICE = "device"
    CONSOLE = "console"

    @property
    def other(self) -> Side:
        return Side.CONSOLE if self is Side.DEVICE else Side.DEVICE


@dataclass(frozen=True, slots=True)
class Said:
    """One message of an end's."""

    at: float
    side: Side
    item: Item


@dataclass(slots=True)
class Tape:
    """All of one line to a device and whoever came for its code, and of the data channels beside it."""

    said: list[Said] = field(default_factory=list)

    def keep(self, at: float, side: Side, item: Item) -> None:
        self.said.append(Said(at, side, item))

    def texts(self, side: Side | None = None, t: str = "") -> list[Fields]:
        """Messages in clear, of this type where one is named."""
        found = (fields_of(one.item) for one in self.said if side in {None, one.side})
        return [fields for fields in found if fields is not None and t in {"", fields.get("t")}]

    def frames(self, stream: Stream | None = None) -> Iterator[bytes]:
        """Whole sealed frames, in the order in which they came."""
        for one in self.said:
            if isinstance(one.item, bytes) and stream in {None, stream_of(one.item)}:
                yield one.item

    def bodies(self, stream: Stream | None = None) -> list[bytes]:
        """What stands behind the clear headers."""
        return [frame[HEADER_BYTES:] for frame in self.frames(stream)]


def fields_of(item: Item) -> Fields | None:
    """A text message's fields, or None."""
    if isinstance(item, bytes):
        return None
    try:
        value = json.loads(item)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def type_of(item: Item) -> str:
    """`t` of a text message, "" of anything else."""
    return str((fields_of(item) or {}).get("t", ""))


def stream_of(item: Item) -> Stream | None:
    """The stream of a frame as an end makes it, or None."""
    if isinstance(item, str):
        return None
    try:
        return parse_header(item, _ALL).stream
    except WireError:
        return None


def said_as(fields: Fields) -> str:
    """Fields as a message."""
    return json.dumps(fields, separators=(",", ":"))
