"""The head in front of every picture (seal/SPEC §3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum

from seal.errors import SealError
from wire.limits import INTEGER_MAX, PICTURE_PIXELS

_HEAD = struct.Struct(">IBBHHHHHHQ")
HEAD_BYTES = _HEAD.size
_KEY_FLAG, _STILL_FLAG = 1, 2


class Codec(StrEnum):
    """How a picture is coded."""

    H264 = "h264"
    JPEG = "jpeg"
    H264_444 = "h264_444"
    AV1 = "av1"
    WEBP = "webp"
    PNG = "png"


_NUMBER = {Codec.H264: 1, Codec.JPEG: 2, Codec.H264_444: 3, Codec.AV1: 4, Codec.WEBP: 5, Codec.PNG: 6}
_CODEC = {number: codec for codec, number in _NUMBER.items()}

# Each of these pictures builds on the one before, unless it is a key picture.
VIDEO = frozenset({Codec.H264, Codec.H264_444, Codec.AV1})
# What a console names in `decode`; a lossless strip every console takes.
NAMED = VIDEO | {Codec.JPEG}
# What a still is, as a whole file.
STILLS = frozenset({Codec.WEBP, Codec.PNG})


@dataclass(frozen=True, slots=True)
class PictureHead:
    """What one picture covers of a screen `width` x `height`, taken at `at` ms.

    That is `columns` from `x` on of the `rows` from `y` on.
    """

    pic: int
    codec: Codec
    key: bool
    width: int
    height: int
    x: int
    y: int
    columns: int
    rows: int
    at: int
    still: bool = False  # a part of a still, which is not drawn (seal/SPEC §4.3)

    def __post_init__(self) -> None:
        fits = (
            1 <= self.pic < 2**32
            and 1 <= self.width < 2**16
            and 1 <= self.height < 2**16
            and self.width * self.height <= PICTURE_PIXELS
            and min(self.x, self.y) >= 0
            and min(self.columns, self.rows) >= 1
            and self.x + self.columns <= self.width
            and self.y + self.rows <= self.height
            and 0 <= self.at <= INTEGER_MAX
        )
        # A key picture of a video replaces all that was drawn before it.
        is_whole = (self.columns, self.rows) == (self.width, self.height)
        whole = not (self.key and self.codec in VIDEO) or is_whole
        if self.still:
            placed = self.codec in STILLS and not self.key and is_whole
        else:
            placed = self.codec is not Codec.PNG
        if not (fits and whole and placed):
            raise SealError("bad_message", "picture head")


def pack_picture(head: PictureHead, data: bytes) -> bytes:
    """The plaintext of one picture frame."""
    flags = (_KEY_FLAG if head.key else 0) | (_STILL_FLAG if head.still else 0)
    codec = _NUMBER[head.codec]
    place = (head.x, head.y, head.columns, head.rows)
    return _HEAD.pack(head.pic, codec, flags, head.width, head.height, *place, head.at) + data


def unpack_picture(plaintext: bytes) -> tuple[PictureHead, bytes]:
    """Head and data of one picture frame."""
    if len(plaintext) <= HEAD_BYTES:
        raise SealError("bad_message", "picture head")
    pic, number, flags, width, height, x, y, columns, rows, at = _HEAD.unpack_from(plaintext)
    codec = _CODEC.get(number)
    if codec is None or flags & ~(_KEY_FLAG | _STILL_FLAG):
        raise SealError("bad_message", "picture head")
    key, still = bool(flags & _KEY_FLAG), bool(flags & _STILL_FLAG)
    head = PictureHead(pic, codec, key, width, height, x, y, columns, rows, at, still)
    return head, plaintext[HEAD_BYTES:]
