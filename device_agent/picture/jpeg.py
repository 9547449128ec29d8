"""JPEG strips: all there is for a browser that decodes no video, and small changes for any (SCREEN §1)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import simplejpeg

from device_agent.picture.encoder import Encoded
from seal.pictures import Codec
from wire.limits import PICTURE_FRAME_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from device_agent.devices.protocol import Region
    from device_agent.picture.changes import Rows

# A sealed picture must fit its frame (wire/SPEC §4) with header, tag and picture head.
MAX_DATA_BYTES: Final = PICTURE_FRAME_BYTES - 128
QUALITY: Final = 80


class JpegEncoder:
    """One strip for each changed band, one of all for a key picture. What makes them sharp is `rest.py`."""

    codec: Final = Codec.JPEG
    is_sharp: Final = True  # strips are refined in `rest.py`

    def encode(
        self,
        pixels: NDArray[np.uint8],
        bands: Sequence[Rows],
        *,
        drawn: Rows,  # noqa: ARG002 - a strip is what is drawn
        key: bool,
    ) -> tuple[Encoded, ...]:
        if key:
            return strips(pixels, (0, len(pixels)), key=True)
        return tuple(strip for band in bands for strip in strips(pixels, band))

    def refine(self, drawn: Rows) -> tuple[Encoded, ...]:  # noqa: ARG002 - strips are refined in `rest.py`
        return ()

    def steer(self, bit_rate: int) -> None:
        """Strips have no rate; the window of unacknowledged pictures holds them back."""


def strips(
    pixels: NDArray[np.uint8],
    rows: Rows,
    *,
    key: bool = False,
    quality: int = QUALITY,
    subsampling: str = "420",
) -> tuple[Encoded, ...]:
    """These rows as JPEG, in as few strips as fit a frame."""
    top, bottom = rows
    data = simplejpeg.encode_jpeg(
        pixels[top:bottom], quality=quality, colorspace="BGRX", colorsubsampling=subsampling, fastdct=True
    )
    if len(data) <= MAX_DATA_BYTES:
        return (Encoded(Codec.JPEG, key, top, bottom - top, data),)
    middle = (top + bottom) // 2
    upper = strips(pixels, (top, middle), key=key, quality=quality, subsampling=subsampling)
    return upper + strips(pixels, (middle, bottom), key=key, quality=quality, subsampling=subsampling)


def cut(pixels: NDArray[np.uint8], box: Region, *, quality: int) -> tuple[Encoded, ...]:
    """What is in this box as JPEG, in as few strips as fit a frame."""
    left, top, right, bottom = box
    found = strips(np.ascontiguousarray(pixels[top:bottom, left:right]), (0, bottom - top), quality=quality)
    return tuple(replace(one, y=top + one.y, x=left, columns=right - left) for one in found)
