"""What a picture frame of a still carries: some of its bytes, and where in it they belong (seal/SPEC §3)."""

from __future__ import annotations

import struct

from seal.errors import SealError
from wire.limits import STILL_BYTES, STILL_PART_BYTES

_PLACE = struct.Struct(">II")


def pack_part(start: int, size: int, data: bytes) -> bytes:
    """`data` from `start` on, of a still of `size` bytes in all."""
    _require(start, size, data)
    return _PLACE.pack(start, size) + data


def unpack_part(part: bytes) -> tuple[int, int, bytes]:
    """Where these bytes begin, how many the still has in all, and the bytes."""
    if len(part) <= _PLACE.size:
        raise SealError("bad_message", "part of a still")
    start, size = _PLACE.unpack_from(part)
    data = part[_PLACE.size :]
    _require(start, size, data)
    return start, size, data


def _require(start: int, size: int, data: bytes) -> None:
    fits = start >= 0 and 1 <= len(data) <= STILL_PART_BYTES and start + len(data) <= size <= STILL_BYTES
    if not fits:
        raise SealError("bad_message", "part of a still")
