"""A device that only notes what it is told, and a line that notes when a picture leaves on it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from device_agent.devices.protocol import Picture, Pressed
from device_agent.link import dial
from device_agent.panel_view import Page
from wire.commands import Outcome
from wire.frames import Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.clock import Clock
    from device_agent.link import Line, WebSocketLine
    from device_agent.outbox import Outbox
    from device_agent.panel_view import PanelView
    from wire.commands import Grant

HEIGHT, WIDTH = 192, 320
_PICTURE = bytes((1, Stream.D2T_PICTURE_WS))


class RecordingDevice:
    """Implements `device_agent.devices.protocol.Device`: a small screen with something moving on it."""

    name = "Vista 55 Q7"
    language = "en"

    def __init__(self, *, acted: Callable[[], None], told: Callable[[str, str, int], None]) -> None:
        self._acted = acted
        self._told = told
        self._pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        self._picture = self._taken(1)
        self._newer = asyncio.Event()
        self.hz = 1.0

    def press(self, key: str, grants: frozenset[Grant] | None) -> Pressed:
        del key
        if grants is not None:
            self._acted()
        return Pressed(Outcome.DONE)

    def show(self, panel: PanelView) -> None:
        if panel.page is Page.ENDED:
            self._told("ended", panel.reason or "", time.monotonic_ns())
        elif panel.page is Page.PROBLEM:
            self._told("problem", panel.problem or "", time.monotonic_ns())

    def power(self, *, on: bool) -> None:
        if not on:
            self._told("off", "", time.monotonic_ns())

    @property
    def serial(self) -> int:
        return self._picture.serial

    def picture(self) -> Picture:
        return self._picture

    async def changed(self, after: int) -> None:
        while self._picture.serial <= after:
            await self._newer.wait()

    async def move(self) -> None:
        """Show something new `hz` times a second, until cancelled."""
        while True:
            await asyncio.sleep(1 / self.hz)
            row = self._picture.serial % (HEIGHT // 8) * 8
            self._pixels[row : row + 8] ^= 0x3F
            self._picture = self._taken(self._picture.serial + 1)
            newer, self._newer = self._newer, asyncio.Event()
            newer.set()

    def _taken(self, serial: int) -> Picture:
        return Picture(serial, time.time_ns() // 1_000_000, self._pixels.copy())


class _TappedOutbox:
    """The shipped outbox, asked by the shipped line; notes pictures as they are taken to leave."""

    def __init__(self, outbox: Outbox, left: Callable[[], None]) -> None:
        self._outbox = outbox
        self._left = left

    async def next(self) -> str | bytes | None:
        item = await self._outbox.next()
        if isinstance(item, bytes) and item.startswith(_PICTURE):
            self._left()
        return item

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)


class TappedLine:
    """The shipped line to the relay; all but the noting is its own."""

    def __init__(self, line: WebSocketLine, left: Callable[[], None]) -> None:
        self._line = line
        self._left = left

    @property
    def heard_at(self) -> float:
        return self._line.heard_at

    @heard_at.setter
    def heard_at(self, at: float) -> None:
        self._line.heard_at = at

    async def receive(self) -> str | bytes:
        return await self._line.receive()

    async def write(self, outbox: Outbox) -> None:
        await self._line.write(_TappedOutbox(outbox, self._left))  # type: ignore[arg-type] # it is all of it

    def abort(self) -> None:
        self._line.abort()


async def tapped(origin: str, clock: Clock, left: Callable[[], None]) -> Line:
    """`device_agent.link.dial`, with a witness of what leaves."""
    return TappedLine(await dial(origin, clock), left)
