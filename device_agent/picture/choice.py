"""Which encoder serves a console: the first it names that fits this screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device_agent.picture.encoder import Encoder, H264Encoder
from device_agent.picture.jpeg import JpegEncoder
from seal.pictures import Codec

if TYPE_CHECKING:
    from collections.abc import Iterable


def choose_encoder(codecs: Iterable[Codec], width: int, height: int) -> Encoder:
    """An encoder for a screen of this size; 4:2:0 video wants even sides, strips take any."""
    even = width % 2 == 0 and height % 2 == 0
    if next(iter(codecs)) is Codec.H264 and even:
        return H264Encoder(width, height)
    return JpegEncoder()
