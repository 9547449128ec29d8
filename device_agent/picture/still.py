"""A lossless still on its way: made in a thread of its own, cut into parts that go in among the pictures.

It is made from the picture that was sent, private regions covered, and never from the device (decision 0043).
Live pictures wait neither for its making, which takes long on a large screen, nor for its bytes.
"""

from __future__ import annotations

import asyncio
import io
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from device_agent.picture import exact
from seal.pictures import Codec
from seal.stills import pack_part
from wire.commands import ActionCause
from wire.encoding import sha256_b64
from wire.limits import STILL_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from device_agent.devices.protocol import Picture

log = logging.getLogger(__name__)

PART_S: Final = 0.015  # so long a part may keep the link from the picture behind it
LEAST_PART_BYTES: Final = 2_048
MOST_PART_BYTES: Final = 32_768  # any data channel takes it
FIRST_PART_BYTES: Final = 16_384  # while nothing is known of the link
_WEBP_SIDE: Final = 16_383
_PNG_EFFORT: Final = 3


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a still: the hash of what was sent, or why it was not; neither where it failed."""

    sha256: str = ""
    cause: ActionCause | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The whole file."""

    codec: Codec
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Part:
    """The next bytes of it, as they stand in a picture frame; `ends` says that they are the last."""

    codec: Codec
    picture: Picture
    data: bytes
    ends: bool


def make(pixels: NDArray[np.uint8]) -> Made:
    """The picture as one file, each pixel as it is."""
    if exact.CAN_LOSSLESS and max(pixels.shape[:2]) <= _WEBP_SIDE:
        codec, data = Codec.WEBP, exact.webp(pixels)
    else:
        codec, data = Codec.PNG, _png(pixels)
    return Made(codec, data, sha256_b64(data))


def part_bytes(link_rate: int | None) -> int:
    """How much goes at once over a link that carries so many bits a second."""
    wanted = FIRST_PART_BYTES if link_rate is None else int(link_rate * PART_S / 8)
    return max(LEAST_PART_BYTES, min(wanted, MOST_PART_BYTES))


class Still:
    """One session's stills, one at a time. Belongs to the event loop; `close` drops what is left, unsaid."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake`: there is something to send."""
        self._wake = wake
        self._worker: ThreadPoolExecutor | None = None
        self._making: asyncio.Future[Made] | None = None
        self._picture: Picture | None = None
        self._made: Made | None = None
        self._sent = 0
        self._over: Callable[[Ended], None] | None = None

    @property
    def waits(self) -> bool:
        """Whether a part is ready to go."""
        return self._made is not None

    def begin(self, picture: Picture, over: Callable[[Ended], None]) -> None:
        """Make it and send it; `over` hears of it once, later."""
        assert self._over is None, "one at a time"
        self._over, self._picture = over, picture
        self._worker = self._worker or ThreadPoolExecutor(1, thread_name_prefix="still")
        pixels = picture.pixels
        self._making = asyncio.get_running_loop().run_in_executor(self._worker, lambda: make(pixels))
        self._making.add_done_callback(self._finished)

    def next_part(self, most: int) -> Part:
        """The next bytes of it, at most so many."""
        made, picture = self._made, self._picture
        assert made is not None
        assert picture is not None
        start, self._sent = self._sent, min(self._sent + most, len(made.data))
        data = pack_part(start, len(made.data), made.data[start : self._sent])
        return Part(made.codec, picture, data, ends=self._sent == len(made.data))

    def sent(self) -> None:
        """The last part has left."""
        assert self._made is not None
        self._end(Ended(sha256=self._made.sha256))

    def withdraw(self) -> None:
        """The picture was taken away: nothing more of it is sent."""
        if self._over is not None:
            self._end(Ended(cause=ActionCause.NO_PICTURE))

    def close(self) -> None:
        """The session is over."""
        self._over = None
        self._drop()
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=True)

    def _finished(self, making: asyncio.Future[Made]) -> None:
        if making is not self._making or making.cancelled():
            return
        failure = making.exception()
        if failure is not None:
            log.error("a still was not made", exc_info=failure)
            self._end(Ended())
        elif len(making.result().data) > STILL_BYTES:
            self._end(Ended(cause=ActionCause.CANNOT))
        else:
            self._made = making.result()
            self._wake()

    def _end(self, ended: Ended) -> None:
        over, self._over = self._over, None
        self._drop()
        if over is not None:
            over(ended)

    def _drop(self) -> None:
        self._making = self._made = self._picture = None
        self._sent = 0


def _png(pixels: NDArray[np.uint8]) -> bytes:
    data = io.BytesIO()
    exact.image(pixels).save(data, "PNG", compress_level=_PNG_EFFORT)
    return data.getvalue()
