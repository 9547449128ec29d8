"""What the video encoders share: one picture in YUV of which only changed bands are converted again."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import Colorspace, VideoReformatter

from device_agent.picture.encoder import Encoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows
    from seal.pictures import Codec

FRAMES_PER_S: Final = 30
# The library tells a quantiser multiplied by this (libavutil, FF_QP2LAMBDA).
_LAMBDA: Final = 118
_BT709: Final = 1
_TV_RANGE: Final = 1
_SMALL_ROWS: Final = 360


def open_video(
    library: str, width: int, height: int, pix_fmt: str, options: dict[str, str]
) -> VideoCodecContext:
    """A context of FFmpeg's encoder `library`, in BT.709 as the pictures are converted and labelled."""
    context = VideoCodecContext.create(library, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, pix_fmt
    context.framerate, context.time_base = Fraction(FRAMES_PER_S), Fraction(1, FRAMES_PER_S)
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _TV_RANGE
    context.gop_size = -1
    context.options = options
    return context


class Canvas:
    """The screen in YUV, kept from picture to picture."""

    def __init__(self, width: int, height: int, pix_fmt: str) -> None:
        self.frame = av.VideoFrame(width, height, pix_fmt)
        self._halves = (1, 2, 2) if pix_fmt == "yuv420p" else (1, 1, 1)
        self._pix_fmt = pix_fmt
        self._reformatter = VideoReformatter()

    def put(self, pixels: NDArray[np.uint8], bands: Sequence[Rows]) -> None:
        """Convert these bands of the screen; a band begins on an even row."""
        for top, bottom in bands:
            converted = self._convert(pixels[top:bottom])
            if bottom - top == self.frame.height:
                self.frame = converted
            else:
                self._copy(converted, top, bottom)

    def _convert(self, pixels: NDArray[np.uint8]) -> av.VideoFrame:
        band = av.VideoFrame.from_numpy_buffer(pixels, "bgra")
        # A second thread costs a small band more than it saves.
        threads = 1 if len(pixels) <= _SMALL_ROWS else 2
        return self._reformatter.reformat(
            band, format=self._pix_fmt, dst_colorspace=Colorspace.ITU709, threads=threads
        )

    def _copy(self, converted: av.VideoFrame, top: int, bottom: int) -> None:
        for plane, source, halves in zip(self.frame.planes, converted.planes, self._halves, strict=True):
            first, last = top // halves, bottom // halves
            _rows(plane)[first:last, : plane.width] = _rows(source)[: last - first, : plane.width]


class PictureStream:
    """Encodes one canvas over and over; may be given a fresh context, which begins with a key picture."""

    def __init__(self, codec: Codec, context: VideoCodecContext, canvas: Canvas) -> None:
        self._codec = codec
        self._context = context
        self.canvas = canvas
        self._count = 0
        self.quantiser: int | None = None  # of the newest picture, where the library tells
        self.size = 0  # bytes of the newest picture

    def reopen(self, context: VideoCodecContext) -> None:
        """Go on with another context."""
        self._context, self._count = context, 0

    def aim(self, bit_rate: int) -> None:
        """Change the open context's rate."""
        self._context.bit_rate = bit_rate

    def next(self, drawn: Rows, *, key: bool) -> tuple[Encoded, ...]:
        """The canvas as the next picture of the stream."""
        frame = self.canvas.frame
        frame.pts = self._count
        frame.pict_type = PictureType.I if key else PictureType.NONE
        self._count += 1
        return tuple(self._packed(packet, drawn) for packet in self._context.encode(frame))

    def _packed(self, packet: av.Packet[av.video.stream.VideoStream], drawn: Rows) -> Encoded:
        data = bytes(packet)
        self.size, self.quantiser = len(data), _quantiser(packet)
        # The packet knows whether it is a key picture; the request is only a wish.
        top, bottom = (0, self.canvas.frame.height) if packet.is_keyframe else drawn
        return Encoded(self._codec, packet.is_keyframe, top, bottom - top, data)


def _quantiser(packet: av.Packet[av.video.stream.VideoStream]) -> int | None:
    if not packet.has_sidedata("quality_stats"):
        return None
    stats = bytes(packet.get_sidedata("quality_stats"))
    return int(struct.unpack_from("<i", stats)[0]) // _LAMBDA if len(stats) >= 4 else None


def _rows(plane: av.video.plane.VideoPlane) -> NDArray[np.uint8]:
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
