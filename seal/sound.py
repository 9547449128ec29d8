"""The head in front of every piece of sound (seal/SPEC §3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from seal.errors import SealError
from wire.limits import INTEGER_MAX

_HEAD = struct.Struct(">IBBQ")
HEAD_BYTES = _HEAD.size
OPUS_BYTES = 1_275
_OPUS = 1


@dataclass(frozen=True, slots=True)
class SoundHead:
    """Piece `n` of the sound, 20 ms long, counted over both carriers, heard at `at` ms."""

    n: int
    channels: int
    at: int

    def __post_init__(self) -> None:
        fits = 1 <= self.n < 2**32 and self.channels in {1, 2} and 0 <= self.at <= INTEGER_MAX
        if not fits:
            raise SealError("bad_message", "sound head")


def pack_sound(head: SoundHead, data: bytes) -> bytes:
    """The plaintext of one sound frame; `data` is one Opus packet."""
    if not 1 <= len(data) <= OPUS_BYTES:
        raise SealError("too_big")
    return _HEAD.pack(head.n, _OPUS, head.channels, head.at) + data


def unpack_sound(plaintext: bytes) -> tuple[SoundHead, bytes]:
    """Head and Opus packet of one sound frame."""
    if not HEAD_BYTES < len(plaintext) <= HEAD_BYTES + OPUS_BYTES:
        raise SealError("bad_message", "sound head")
    n, codec, channels, at = _HEAD.unpack_from(plaintext)
    if codec != _OPUS:
        raise SealError("bad_message", "sound head")
    return SoundHead(n, channels, at), plaintext[HEAD_BYTES:]
