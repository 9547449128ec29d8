"""Which encoder serves a console: the first it names that fits this screen; strips when that one breaks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import av
from av.codec.codec import UnknownCodecError

from device_agent.picture.encoder import Encoder, H264Encoder
from device_agent.picture.jpeg import JpegEncoder
from seal.pictures import Codec

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows
    from device_agent.picture.encoder import Encoded

log = logging.getLogger(__name__)

# A library built without x264 does not know the codec; one with it may still refuse to open or to encode.
_BROKEN: Final = (av.FFmpegError, UnknownCodecError)


def choose_encoder(codecs: Iterable[Codec], width: int, height: int) -> Encoder:
    """An encoder for a screen of this size; 4:2:0 video wants even sides, strips take any."""
    even = width % 2 == 0 and height % 2 == 0
    if next(iter(codecs)) is Codec.H264 and even:
        return VideoWhileItWorks(width, height)
    return JpegEncoder()


class VideoWhileItWorks:
    """H.264, and strips from the first picture on that it fails at: a poorer picture is no reason to end."""

    def __init__(self, width: int, height: int) -> None:
        self._encoder: Encoder
        try:
            self._encoder = H264Encoder(width, height)
        except _BROKEN as failure:
            self._encoder = _strips_instead(failure)

    def encode(self, pixels: NDArray[np.uint8], rows: Rows, *, key: bool) -> tuple[Encoded, ...]:
        try:
            return self._encoder.encode(pixels, rows, key=key)
        except _BROKEN as failure:
            self._encoder = _strips_instead(failure)
            return self._encoder.encode(pixels, (0, len(pixels)), key=True)

    def refine(self) -> tuple[Encoded, ...]:
        try:
            return self._encoder.refine()
        except _BROKEN as failure:
            self._encoder = _strips_instead(failure)
            return ()

    def steer(self, bit_rate: int) -> None:
        self._encoder.steer(bit_rate)


def _strips_instead(failure: Exception) -> JpegEncoder:
    log.warning("no video, strips instead: %s", type(failure).__name__)
    return JpegEncoder()
