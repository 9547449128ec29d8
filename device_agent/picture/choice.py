"""Which codec serves a console now, and the encoder for it.

Rules, in order: what the console can decode; what fits this screen; what did not break here; AV1 while the
link is narrow, unless it shows a film and can carry one, or the device is too busy to begin; else the
console's own first choice; strips where nothing else is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import av
from av.codec.codec import UnknownCodecError

from device_agent.picture.av1 import Av1Encoder
from device_agent.picture.h264 import H264Encoder
from device_agent.picture.jpeg import JpegEncoder
from seal.pictures import VIDEO, Codec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from device_agent.picture.encoder import Encoder

NARROW: Final = 1_500_000
WIDE: Final = 2_500_000
# AV1 has one quality and takes its time: above these a film is better seen to move.
FILM: Final = 600_000
FILM_KEPT: Final = 500_000

# A library built without an encoder does not know it; one with it may still refuse to open or to encode.
BROKEN: Final = (av.FFmpegError, UnknownCodecError)


def choose(
    offered: Iterable[Codec],
    *,
    broken: Collection[Codec],
    size: tuple[int, int],
    link_rate: int | None,
    current: Codec | None,
    film: bool = False,
    busy: bool = False,
) -> Codec:
    """The codec to go on with. `link_rate` is None until it is known; `current` is None at first.

    `film` says that most of the screen has been moving for a while, `busy` that this device has no time to
    spare: such a one also makes a link look narrow.
    """
    even = size[0] % 2 == 0 and size[1] % 2 == 0
    usable = [one for one in offered if one in VIDEO and one not in broken and even]
    # Once narrow, a link must be clearly wide before it is taken for that: each change costs a key picture.
    narrow, wide = (FILM_KEPT, FILM) if film else (NARROW, WIDE)
    limit = wide if current is Codec.AV1 else narrow
    may_begin = current is Codec.AV1 or not busy
    if Codec.AV1 in usable and may_begin and link_rate is not None and link_rate < limit:
        return Codec.AV1
    usable.sort(key=lambda one: one is Codec.AV1)
    return usable[0] if usable else Codec.JPEG


def make_encoder(codec: Codec, width: int, height: int, bit_rate: int) -> Encoder:
    """An encoder for a screen of this size; raises one of BROKEN."""
    match codec:
        case Codec.H264 | Codec.H264_444:
            return H264Encoder(width, height, codec=codec, bit_rate=bit_rate)
        case Codec.AV1:
            return Av1Encoder(width, height)
        case _:
            return JpegEncoder()
