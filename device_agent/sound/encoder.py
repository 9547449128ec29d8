"""Opus through PyAV: one packet for each 20 ms, at a bit rate that speech and a chime need."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
from av.codec.codec import UnknownCodecError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE: Final = 48_000
SAMPLES: Final = 960
BIT_RATE: Final = 64_000
# A library built without Opus does not know it; one with it may still refuse.
BROKEN: Final = (av.FFmpegError, UnknownCodecError)
_LAYOUT: Final = {1: "mono", 2: "stereo"}


class OpusEncoder:
    """One stream's; packets come out in the order pieces go in."""

    def __init__(self, channels: int) -> None:
        self._layout = _LAYOUT[channels]
        self._count = 0
        context = av.CodecContext.create("libopus", "w")
        context.sample_rate = RATE
        context.layout = self._layout
        context.format = "s16"
        context.bit_rate = BIT_RATE
        context.time_base = Fraction(1, RATE)
        context.options = {"application": "lowdelay", "frame_duration": "20", "vbr": "on"}
        context.open()
        self._context = context

    def encode(self, piece: NDArray[np.int16]) -> bytes:
        """The packet of 960 interleaved samples; nothing where the encoder keeps it back."""
        frame = av.AudioFrame.from_ndarray(piece.reshape(1, -1), format="s16", layout=self._layout)
        frame.sample_rate = RATE
        frame.pts = self._count * SAMPLES
        frame.time_base = Fraction(1, RATE)
        self._count += 1
        packets = self._context.encode(frame)
        return bytes(packets[0]) if packets else b""
