"""The head in front of every picture (seal/SPEC §3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum

from seal.errors import SealError
from wire.limits import INTEGER_MAX, PICTURE_PIXELS

_HEAD = struct.Struct(">IBBHHHHQ")
HEAD_BYTES = _HEAD.size
_KEY_FLAG = 1


class Codec(StrEnum):
    """How a picture is coded."""

    H264 = "h264"
    JPEG = "jpeg"
    H264_444 = "h264_444"
    AV1 = "av1"
    WEBP = "webp"


_NUMBER = {Codec.H264: 1, Codec.JPEG: 2, Codec.H264_444: 3, Codec.AV1: 4, Codec.WEBP: 5}
_CODEC = {number: codec for codec, number in _NUMBER.items()}

# Each of these pictures builds on the one before, unless it is a key picture.
VIDEO = frozenset({Codec.H264, Codec.H264_444, Codec.AV1})
# What a console names in `decode`; a lossless strip every console takes.
NAMED = VIDEO | {Codec.JPEG}


@dataclass(frozen=True, slots=True)
class PictureHead:
    """What one picture covers: rows `y` to `y + rows` of a screen `width` x `height`, taken at `at` ms."""

    pic: int
    codec: Codec
    key: bool
    width: int
    height: int
    y: int
    rows: int
    at: int

    def __post_init__(self) -> None:
        fits = (
            1 <= self.pic < 2**32
            and 1 <= self.width < 2**16
            and 1 <= self.height < 2**16
            and self.width * self.height <= PICTURE_PIXELS
            and self.y >= 0
            and self.rows >= 1
            and self.y + self.rows <= self.height
            and 0 <= self.at <= INTEGER_MAX
        )
        # A key picture of a video replaces all that was drawn before it.
        whole = not (self.key and self.codec in VIDEO) or self.rows == self.height
        if not (fits and whole):
            raise SealError("bad_message", "picture head")


def pack_picture(head: PictureHead, data: bytes) -> bytes:
    """The plaintext of one picture frame."""
    flags = _KEY_FLAG if head.key else 0
    codec = _NUMBER[head.codec]
    size = (head.width, head.height, head.y, head.rows)
    return _HEAD.pack(head.pic, codec, flags, *size, head.at) + data


def unpack_picture(plaintext: bytes) -> tuple[PictureHead, bytes]:
    """Head and data of one picture frame."""
    if len(plaintext) <= HEAD_BYTES:
        raise SealError("bad_message", "picture head")
    pic, number, flags, width, height, y, rows, at = _HEAD.unpack_from(plaintext)
    codec = _CODEC.get(number)
    if codec is None or flags & ~_KEY_FLAG:
        raise SealError("bad_message", "picture head")
    return PictureHead(pic, codec, bool(flags), width, height, y, rows, at), plaintext[HEAD_BYTES:]
