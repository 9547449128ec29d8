"""What a device did and when, in a file both processes map: it outlives a device that is killed.

One row per place: actions, time of the last, frames, time of the last; nanoseconds of CLOCK_MONOTONIC.
"""

from __future__ import annotations

import mmap
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_ROW: Final = struct.Struct("<QQQQ")
_PAIR: Final = struct.Struct("<QQ")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen at one place so far."""

    actions: int
    last_action: int
    frames: int
    last_frame: int


class Witness:
    """The rows of one device process."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._rows = mmap.mmap(file.fileno(), 0)

    @classmethod
    def of(cls, path: Path, places: int) -> Witness:
        """A new file for so many places."""
        path.write_bytes(bytes(_ROW.size * places))
        return cls(path)

    def clear(self, place: int) -> None:
        """A new session takes this place."""
        _ROW.pack_into(self._rows, place * _ROW.size, 0, 0, 0, 0)

    def action(self, place: int) -> None:
        """The device has executed something now."""
        self._count(place * _ROW.size)

    def frame(self, place: int) -> None:
        """A picture leaves now."""
        self._count(place * _ROW.size + _PAIR.size)

    def seen(self, place: int) -> Seen:
        return Seen(*_ROW.unpack_from(self._rows, place * _ROW.size))

    def _count(self, at: int) -> None:
        count, _ = _PAIR.unpack_from(self._rows, at)
        _PAIR.pack_into(self._rows, at, count + 1, time.monotonic_ns())
