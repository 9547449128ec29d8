"""SVT-AV1 for narrow links: a menu in a fifth of the bits of H.264, text sharp at once (SCREEN §4).

Its quality is fixed, and the pace of the link decides how many pictures there are. It takes more time for a
key picture (0.2 s at 1080p) and for full motion, so a wide link is better served by H.264.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from device_agent.picture.scheduling import ordinary_scheduling
from device_agent.picture.video import Canvas, PictureStream, open_video
from seal.pictures import Codec

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows
    from device_agent.picture.encoder import Encoded

SVT: Final = "libsvtav1"
QUALITY: Final = 37  # of 63, 0 is the best
# Of four pictures in a row one is quantised finer, and it alone adds detail; the others cost some 24 bytes.
REFINEMENTS: Final = 3


class Av1Encoder:
    """One temporal unit for each picture, nothing held back."""

    codec: Final = Codec.AV1

    def __init__(self, width: int, height: int) -> None:
        os.environ.setdefault("SVT_LOG", "0")  # it writes to the standard error by itself
        params = f"rtc=1:pred-struct=1:scm=1:lp={min(2, os.cpu_count() or 1)}"
        options = {"preset": "12", "crf": str(QUALITY), "svtav1-params": params}
        context = open_video(SVT, width, height, "yuv420p", options)
        with ordinary_scheduling():
            context.open()
        self._stream = PictureStream(self.codec, context, Canvas(width, height, "yuv420p"))
        self._refinements = 0

    def encode(
        self, pixels: NDArray[np.uint8], bands: Sequence[Rows], *, drawn: Rows, key: bool
    ) -> tuple[Encoded, ...]:
        self._stream.canvas.put(pixels, bands)
        self._refinements = REFINEMENTS
        return self._stream.next(drawn, key=key)

    @property
    def is_sharp(self) -> bool:
        return not self._refinements

    def refine(self, drawn: Rows) -> tuple[Encoded, ...]:
        if self.is_sharp:
            return ()
        self._refinements -= 1
        return self._stream.next(drawn, key=False)

    def steer(self, bit_rate: int) -> None:
        """Its quality is fixed."""
