"""x264 for the decoder every browser has, `avc1.42E028`, and for sharp colours `avc1.F40028` (SCREEN §1, §7).

A picture's size is held to the rate by a short buffer. The library can steer the rate of an open encoder but
not its buffer, so there are classes of rate: a large move opens another one, from a key picture on.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from device_agent.picture.video import Canvas, PictureStream, open_video
from seal.pictures import Codec

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from av.video.codeccontext import VideoCodecContext
    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows
    from device_agent.picture.encoder import Encoded

X264: Final = "libx264"
CEILING_BIT_RATE: Final = 3_400_000
FLOOR_BIT_RATE: Final = 200_000
CLASSES: Final = (CEILING_BIT_RATE, 1_700_000, 850_000, 425_000, 212_000)
# The buffer is this long, but never too small for a first picture that shows what is what (SCREEN §7).
BUFFER_S: Final = 0.14
LEAST_BUFFER_BITS: Final = 240_000
# A still picture is refined until it is quantised no more coarsely than this: what follows is hardly seen.
SHARP: Final = 20
REFINEMENTS: Final = 20
# So many pictures in a row must ask for another class before it is opened; AV1 is chosen sooner.
UP_AFTER: Final = 30
DOWN_AFTER: Final = 6

FULL_HD: Final = 1920 * 1088

_PIX_FMT: Final = {Codec.H264: "yuv420p", Codec.H264_444: "yuv444p"}
_PROFILE: Final = {Codec.H264: "baseline", Codec.H264_444: "high444"}


class H264Encoder:
    """One access unit for each picture, nothing held back; as many bits as the rate allows and no more."""

    def __init__(
        self, width: int, height: int, *, codec: Codec = Codec.H264, bit_rate: int = CEILING_BIT_RATE
    ) -> None:
        self.codec: Final = codec
        self._size = width, height
        self._class = class_of(bit_rate)
        self._stream = PictureStream(codec, self._open(), Canvas(width, height, _PIX_FMT[codec]))
        self._stale = self._lower = False
        self._asked = 0  # pictures in a row that asked for another class, negative for a lower one
        self._refinements = 0

    def encode(
        self, pixels: NDArray[np.uint8], bands: Sequence[Rows], *, drawn: Rows, key: bool
    ) -> tuple[Encoded, ...]:
        self._stream.canvas.put(pixels, bands)
        # A still picture is refined as it is: a key picture would take its place, and be coarse. A menu that
        # moves now and then needs another class only where its pictures would be too large for the link.
        moves = self._refinements == REFINEMENTS
        if self._stale and (key or moves or self._lower):
            self._stale = False
            self._stream.reopen(self._open())
        self._refinements = REFINEMENTS
        return self._stream.next(drawn, key=key)

    @property
    def is_sharp(self) -> bool:
        sharp = self._stream.quantiser is not None and self._stream.quantiser <= SHARP
        return sharp or not self._refinements

    def refine(self, drawn: Rows) -> tuple[Encoded, ...]:
        # Under a rate and a buffer each further encode of a still picture adds detail (SCREEN §7).
        if self.is_sharp:
            return ()
        self._refinements -= 1
        return self._stream.next(drawn, key=False)

    def steer(self, bit_rate: int) -> None:
        fit = class_of(bit_rate)
        step = (fit > self._class) - (fit < self._class)
        self._asked = self._asked + step if self._asked * step > 0 else step
        if self._asked in {UP_AFTER, -DOWN_AFTER}:
            self._lower = fit < self._class
            self._class, self._asked, self._stale = fit, 0, True
        elif not self._stale:
            self._stream.aim(max(FLOOR_BIT_RATE, min(bit_rate, self._class)))

    def _open(self) -> VideoCodecContext:
        rate = self._class
        options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": _PROFILE[self.codec],
            "level": "4.0" if self._size[0] * self._size[1] <= FULL_HD else "5.1",
            "maxrate": str(rate),
            "bufsize": str(max(int(rate * BUFFER_S), LEAST_BUFFER_BITS)),
            "x264-params": "keyint=infinite:scenecut=0:repeat-headers=1:"
            "colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv",
        }
        context = open_video(X264, *self._size, _PIX_FMT[self.codec], options)
        context.bit_rate = rate
        # Two slice threads take 1.4 ms off a picture at the same CPU time (1080p menu scene, two cores).
        context.thread_count = min(2, os.cpu_count() or 1)
        return context


def class_of(bit_rate: int) -> int:
    """The class that serves a rate: the lowest that is not below it, give or take a little."""
    return min((one for one in CLASSES if one * 1.1 >= bit_rate), default=CEILING_BIT_RATE)
