"""Turns changed rows of the screen into pictures for the console: the interface, and H.264 behind it.

The encoder stands behind a protocol because x264 in the library's wheel is GPL and a maker may want another
(docs/licences.md). Settings and their measurements: SCREEN §1, §4, §7.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import Colorspace, VideoReformatter

from seal.pictures import Codec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows

X264: Final = "libx264"
START_BIT_RATE: Final = 4_000_000
CEILING_BIT_RATE: Final = 8_000_000
VBV_S: Final = 0.1
REFINEMENTS: Final = 12


@dataclass(frozen=True, slots=True)
class Encoded:
    """One picture ready to be sealed; `y` and `rows` say which full-width strip it covers."""

    codec: Codec
    key: bool
    y: int
    rows: int
    data: bytes


class Encoder(Protocol):
    """One screen's encoder. Calls come one after the other, from a worker thread."""

    def encode(self, pixels: NDArray[np.uint8], rows: Rows, *, key: bool) -> tuple[Encoded, ...]:
        """The picture, of which `rows` changed since the last call; `key` asks for one that stands alone."""
        ...

    def refine(self) -> tuple[Encoded, ...]:
        """The same picture again, sharper; nothing when no more is to be had."""
        ...

    def steer(self, bit_rate: int) -> None:
        """Aim at so many bits a second from now on."""
        ...


class H264Encoder:
    """x264 for the decoder every browser has, `avc1.42E028`: baseline, one access unit in, one out."""

    codec: Final = Codec.H264

    def __init__(self, width: int, height: int) -> None:
        self._context = _open(width, height)
        self._reformatter = VideoReformatter()
        # The picture as it is now: only the rows that changed are converted again (SCREEN §4).
        self._frame = av.VideoFrame(width, height, "yuv420p")
        self._count = 0
        self._refinements = 0

    def encode(self, pixels: NDArray[np.uint8], rows: Rows, *, key: bool) -> tuple[Encoded, ...]:
        self._convert(pixels, *rows)
        self._refinements = REFINEMENTS
        return self._encode(key=key)

    def refine(self) -> tuple[Encoded, ...]:
        # Under a rate and a buffer limit each further encode of a still picture adds detail (SCREEN §7).
        if not self._refinements:
            return ()
        self._refinements -= 1
        return self._encode(key=False)

    def steer(self, bit_rate: int) -> None:
        self._context.bit_rate = min(bit_rate, CEILING_BIT_RATE)

    def _encode(self, *, key: bool) -> tuple[Encoded, ...]:
        self._frame.pts = self._count
        self._frame.pict_type = PictureType.I if key else PictureType.NONE
        self._count += 1
        # The packet knows whether it is a key frame; the request is only a wish.
        return tuple(
            Encoded(self.codec, packet.is_keyframe, 0, self._frame.height, bytes(packet))
            for packet in self._context.encode(self._frame)
        )

    def _convert(self, pixels: NDArray[np.uint8], top: int, bottom: int) -> None:
        band = av.VideoFrame.from_numpy_buffer(pixels[top:bottom], "bgra")
        converted = self._reformatter.reformat(band, format="yuv420p", dst_colorspace=Colorspace.ITU709)
        if bottom - top == self._frame.height:
            self._frame = converted
            return
        for plane, source, halves in zip(self._frame.planes, converted.planes, (1, 2, 2), strict=True):
            first, last = top // halves, bottom // halves
            _rows(plane)[first:last, : plane.width] = _rows(source)[: last - first, : plane.width]


def _rows(plane: av.video.plane.VideoPlane) -> NDArray[np.uint8]:
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)


def _open(width: int, height: int) -> av.VideoCodecContext:
    context = av.VideoCodecContext.create(X264, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate, context.time_base = Fraction(30), Fraction(1, 30)
    context.bit_rate = START_BIT_RATE
    # Two slice threads take 1.4 ms off a picture at the same CPU time (1080p menu scene, two cores).
    context.thread_count = min(2, os.cpu_count() or 1)
    context.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "level": "4.0",
        "maxrate": str(CEILING_BIT_RATE),
        "bufsize": str(int(CEILING_BIT_RATE * VBV_S)),
        "x264-params": "keyint=infinite:scenecut=0:repeat-headers=1:"
        "colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv",
    }
    return context
