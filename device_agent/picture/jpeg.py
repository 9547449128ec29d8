"""The fallback for a browser that cannot decode H.264: full-width JPEG strips (SCREEN §1, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import simplejpeg

from device_agent.picture.encoder import Encoded
from seal.pictures import Codec
from wire.limits import PICTURE_FRAME_BYTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows

# A sealed picture must fit its frame (wire/SPEC §4) with header, tag and picture head.
MAX_DATA_BYTES: Final = PICTURE_FRAME_BYTES - 128
QUALITY: Final = 80
STILL_QUALITY: Final = 92


class JpegEncoder:
    """One strip per change, all of it for a key picture, and once more, sharper, when it stands still."""

    codec: Final = Codec.JPEG

    def __init__(self) -> None:
        self._still: NDArray[np.uint8] | None = None

    def encode(self, pixels: NDArray[np.uint8], rows: Rows, *, key: bool) -> tuple[Encoded, ...]:
        self._still = pixels
        whole = (0, len(pixels))
        return self._strips(pixels, whole if key else rows, key=key, quality=QUALITY)

    def refine(self) -> tuple[Encoded, ...]:
        pixels, self._still = self._still, None
        if pixels is None:
            return ()
        return self._strips(pixels, (0, len(pixels)), key=False, quality=STILL_QUALITY)

    def steer(self, bit_rate: int) -> None:
        """Strips have no rate; the window of unacknowledged pictures holds them back."""

    def _strips(
        self, pixels: NDArray[np.uint8], rows: Rows, *, key: bool, quality: int
    ) -> tuple[Encoded, ...]:
        top, bottom = rows
        data = simplejpeg.encode_jpeg(
            pixels[top:bottom], quality=quality, colorspace="BGRX", colorsubsampling="420", fastdct=True
        )
        if len(data) <= MAX_DATA_BYTES:
            return (Encoded(self.codec, key, top, bottom - top, data),)
        middle = (top + bottom) // 2
        upper = self._strips(pixels, (top, middle), key=key, quality=quality)
        return upper + self._strips(pixels, (middle, bottom), key=key, quality=quality)
