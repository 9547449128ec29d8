"""A console for picture tests: decodes what the encoders made, draws it where it belongs (seal/SPEC §3)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from device_agent.picture.encoder import Encoded
from seal.pictures import VIDEO, Codec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from seal.pictures import PictureHead

_DECODERS: Final = {Codec.H264: "h264", Codec.H264_444: "h264", Codec.AV1: "libdav1d"}


class Drawing:
    """What the technician sees. A fresh one knows nothing of what came before."""

    def __init__(self, width: int, height: int) -> None:
        self.pixels = np.zeros((height, width, 4), np.uint8)
        self._codec: Codec | None = None
        self._video: VideoCodecContext

    def draw(self, encoded: Iterable[Encoded]) -> NDArray[np.uint8]:
        """All of them, in order; a copy of what is seen then."""
        for part in encoded:
            columns = self.pixels.shape[1] if part.columns is None else part.columns
            place = slice(part.y, part.y + part.rows), slice(part.x, part.x + columns)
            self.pixels[place] = self._picture(part)[place] if part.codec in VIDEO else _strip(part)
        return self.pixels.copy()

    def _picture(self, part: Encoded) -> NDArray[np.uint8]:
        if part.codec is not self._codec:
            assert part.key
            self._codec, self._video = part.codec, _decoder(part.codec)
        # One picture out for each one in: a decoder that has to wait for the next shows the past.
        (frame,) = self._video.decode(av.Packet(part.data))
        assert frame.colorspace == av.video.reformatter.Colorspace.ITU709
        return np.asarray(frame.to_ndarray(format="bgra"), np.uint8)


def as_encoded(head: PictureHead, data: bytes) -> Encoded:
    """What came, as the encoder made it."""
    return Encoded(head.codec, head.key, head.y, head.rows, data, head.x, head.columns)


def _decoder(codec: Codec) -> VideoCodecContext:
    context = VideoCodecContext.create(_DECODERS[codec], "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    if codec is Codec.AV1:
        context.options = {"max_frame_delay": "1"}
    return context


def _strip(part: Encoded) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(part.data))
    assert image.format == {Codec.JPEG: "JPEG", Codec.WEBP: "WEBP"}[part.codec]
    assert image.height == part.rows
    colours = np.asarray(image.convert("RGB"))[..., ::-1]
    return np.dstack([colours, np.zeros(colours.shape[:2], np.uint8)])
