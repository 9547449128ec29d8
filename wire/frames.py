"""The clear header of a sealed frame (SPEC §4): all the relay may judge a frame by."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from wire.errors import WireError
from wire.limits import (
    CONTROL_FRAME_BYTES,
    DIRECT_FRAME_BYTES,
    FRAME_MIN_BYTES,
    PICTURE_FRAME_BYTES,
    SEQ_LIMIT,
    SOUND_FRAME_BYTES,
)

VERSION = 1
EPOCH = 0
HEADER_BYTES = 12
FRAME_OVERHEAD = FRAME_MIN_BYTES  # what a frame is larger than its plaintext
_HEADER = struct.Struct(">BBHQ")


class Stream(IntEnum):
    """Streams of this version; `ws` travel through the relay, `dc` on a data channel between the ends."""

    T2D_CONTROL = 1
    T2D_LINK = 2
    D2T_CONTROL = 3
    D2T_PICTURE_WS = 4
    D2T_PICTURE_DC = 5
    D2T_SOUND_WS = 6
    D2T_SOUND_DC = 7

    @property
    def name_on_wire(self) -> str:
        """The name that goes into the stream's key."""
        return self.name.lower().replace("_", " ")

    @property
    def max_bytes(self) -> int:
        """Largest whole frame."""
        return _MAX_BYTES.get(self, CONTROL_FRAME_BYTES)

    def follows(self, seq: int, expected: int) -> bool:
        """Whether `seq` may come when `expected` is one above the newest seen; media may leave gaps."""
        return seq >= expected if self in _MAX_BYTES else seq == expected


_MAX_BYTES = {
    Stream.D2T_PICTURE_WS: PICTURE_FRAME_BYTES,
    Stream.D2T_PICTURE_DC: DIRECT_FRAME_BYTES,
    Stream.D2T_SOUND_WS: SOUND_FRAME_BYTES,
    Stream.D2T_SOUND_DC: SOUND_FRAME_BYTES,
}

# What passes the relay, by who sends it.
FROM_CONSOLE = frozenset({Stream.T2D_CONTROL, Stream.T2D_LINK})
FROM_DEVICE = frozenset({Stream.D2T_CONTROL, Stream.D2T_PICTURE_WS, Stream.D2T_SOUND_WS})
# What passes between the ends alone. The console sends nothing there.
FROM_DEVICE_DIRECT = frozenset({Stream.D2T_PICTURE_DC, Stream.D2T_SOUND_DC})


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
