"""The set's picture for one page: JPEG, paced by the page's own acknowledgements: nothing ever queues.

While the picture moves it goes out at half the size, at most twelve times a second; at rest, whole and sharp.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import simplejpeg

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from device_agent.devices.protocol import Picture

PER_S: Final = 12
REST_S: Final = 0.3
MOVING_AFTER: Final = 3  # so many pictures each on the heels of the last are a motion
_ACK_S: Final = 20.0


class Screen(Protocol):
    """What a feed needs of the set."""

    def picture(self) -> Picture:
        """The newest picture."""
        ...

    async def changed(self, after: int) -> None:
        """Return when there is a newer one."""
        ...


class Feed:
    """One page's pictures."""

    def __init__(self, screen: Screen, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._screen = screen
        self._send = send
        self._drawn = asyncio.Event()

    def acknowledged(self) -> None:
        """The page drew the picture."""
        self._drawn.set()

    async def run(self) -> None:
        """Send pictures until cancelled; raises TimeoutError where the page stopped drawing."""
        loop = asyncio.get_running_loop()
        serial, in_a_row, coarse = 0, 0, False
        while True:
            at_once = self._screen.picture().serial != serial
            fresh = at_once or await self._changed(serial, REST_S if coarse else None)
            in_a_row = in_a_row + 1 if at_once else 0
            coarse = fresh and in_a_row >= MOVING_AFTER
            picture, begun = self._screen.picture(), loop.time()
            await self._show(await asyncio.to_thread(encode, picture, coarse=coarse))
            serial = picture.serial
            await asyncio.sleep(max(0.0, begun + 1 / PER_S - loop.time()))

    async def _changed(self, serial: int, patience: float | None) -> bool:
        """Wait for a newer picture; False where none came in time."""
        try:
            async with asyncio.timeout(patience):
                await self._screen.changed(serial)
        except TimeoutError:
            return False
        return True

    async def _show(self, jpeg: bytes) -> None:
        self._drawn.clear()
        await self._send(jpeg)
        async with asyncio.timeout(_ACK_S):
            await self._drawn.wait()


def encode(picture: Picture, *, coarse: bool) -> bytes:
    """A picture as JPEG: half the size while it moves, else whole, with full colour for sharp text."""
    if coarse:
        # Whole pixels at a time: byte by byte it takes five times as long, and nobody else runs meanwhile.
        pixels = picture.pixels.view(np.uint32)[::2, ::2]
        half = np.ascontiguousarray(pixels).view(np.uint8)
        return bytes(simplejpeg.encode_jpeg(half, quality=82, colorspace="BGRX", colorsubsampling="420"))
    return bytes(
        simplejpeg.encode_jpeg(picture.pixels, quality=90, colorspace="BGRX", colorsubsampling="444")
    )
