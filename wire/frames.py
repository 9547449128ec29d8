"""The clear header of a sealed frame (SPEC §4): all the relay may judge a frame by."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from wire.errors import WireError
from wire.limits import CONTROL_FRAME_BYTES, FRAME_MIN_BYTES, PICTURE_FRAME_BYTES, SEQ_LIMIT

VERSION = 1
EPOCH = 0
HEADER_BYTES = 12
_HEADER = struct.Struct(">BBHQ")


class Stream(IntEnum):
    """Streams of this version. 5, 6 and 7 are reserved: a frame of theirs is refused."""

    T2D_CONTROL = 1
    T2D_LINK = 2
    D2T_CONTROL = 3
    D2T_PICTURE_WS = 4

    @property
    def name_on_wire(self) -> str:
        """The name that goes into the stream's key."""
        return self.name.lower().replace("_", " ")

    @property
    def max_bytes(self) -> int:
        """Largest whole frame."""
        return PICTURE_FRAME_BYTES if self is Stream.D2T_PICTURE_WS else CONTROL_FRAME_BYTES

    def follows(self, seq: int, expected: int) -> bool:
        """Whether `seq` may come when `expected` is one above the newest seen; pictures may leave gaps."""
        return seq >= expected if self is Stream.D2T_PICTURE_WS else seq == expected


FROM_CONSOLE = frozenset({Stream.T2D_CONTROL, Stream.T2D_LINK})
FROM_DEVICE = frozenset({Stream.D2T_CONTROL, Stream.D2T_PICTURE_WS})


@dataclass(frozen=True, slots=True)
class Header:
    """What a frame says of itself in clear."""

    stream: Stream
    seq: int


def pack_header(header: Header) -> bytes:
    """The 12 bytes in front of the ciphertext, which are its AAD."""
    if not 0 <= header.seq < SEQ_LIMIT:
        raise WireError("bad_frame", "seq out of range")
    return _HEADER.pack(VERSION, header.stream, EPOCH, header.seq)


def parse_header(frame: bytes, allowed: frozenset[Stream]) -> Header:
    """The header of a whole frame whose stream is in `allowed` and whose size fits its stream."""
    if not FRAME_MIN_BYTES <= len(frame) <= PICTURE_FRAME_BYTES:
        raise WireError("bad_frame", "size")
    version, number, epoch, seq = _HEADER.unpack_from(frame)
    if version != VERSION:
        raise WireError("bad_frame", "version")
    stream = next((stream for stream in allowed if stream == number), None)
    if stream is None:
        raise WireError("bad_frame", "stream")
    if epoch != EPOCH:
        raise WireError("bad_frame", "epoch")
    if len(frame) > stream.max_bytes:
        raise WireError("bad_frame", "size")
    if seq >= SEQ_LIMIT:
        raise WireError("bad_frame", "seq out of range")
    return Header(stream, seq)
