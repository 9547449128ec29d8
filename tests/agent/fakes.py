"""A clock that only moves when told, a device that writes down what it was told, a line that is a list."""

from __future__ import annotations

import asyncio
import heapq
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from device_agent.devices.protocol import Picture, Pressed, Shows
from device_agent.link import LineLost
from wire.commands import Grant, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from device_agent.devices.protocol import Region
    from device_agent.outbox import Outbox
    from device_agent.panel_view import PanelView

NOW_MS = 1_790_000_000_000


class FakeClock:
    """Wall clock and boot clock in step, unless the wall clock is set."""

    def __init__(self) -> None:
        self._boot = 1000.0
        self._wall = float(NOW_MS)
        self._count = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now_ms(self) -> int:
        return int(self._wall)

    def boot(self) -> float:
        return self._boot

    def set_wall(self, ms: int) -> None:
        self._wall = float(ms)

    @property
    def sleeps(self) -> int:
        """How often anybody began to wait."""
        return self._count

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._boot + seconds, self._count, future))
        await future

    def advance(self, seconds: float) -> None:
        """Let time pass; whoever sleeps less is woken, in order."""
        self._boot += seconds
        self._wall += seconds * 1000
        while self._sleepers and self._sleepers[0][0] <= self._boot + 1e-9:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)


class FakeDevice:
    """A small screen that writes everything down. `menu` is a setting: it changes when `menu` is pressed."""

    name = "Vista 55 Q7"
    language = "en"

    def __init__(self, width: int = 64, height: int = 48) -> None:
        self.pressed: list[tuple[str, frozenset[Grant] | None]] = []
        self.panels: list[PanelView] = []
        self.powered: list[bool] = []
        self.broken = False
        self.unpaintable = False
        self.level = 10
        self.owing: Callable[[], float] = float
        self._picture = Picture(1, NOW_MS, np.zeros((height, width, 4), np.uint8))
        self._newer = asyncio.Event()
        self._answers = threading.Event()
        self._answers.set()
        self.hangs = threading.Event()  # somebody waits for the picture

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Let the screen answer nobody who wants its picture; what it tells at once it still tells."""
        self._answers.clear()
        try:
            yield
        finally:
            self._answers.set()

    def press(self, key: str, grants: frozenset[Grant] | None) -> Pressed:
        if self.broken:
            raise RuntimeError("the driver is gone")
        if key == "menu":
            if grants is not None and Grant.SETTINGS not in grants:
                return Pressed(Outcome.REFUSED)
            self.pressed.append((key, grants))
            old, self.level = self.level, self.level + 1
            return Pressed(Outcome.DONE, "picture.backlight", old=str(old), new=str(self.level))
        self.pressed.append((key, grants))
        return Pressed(Outcome.DONE)

    def show(self, panel: PanelView) -> None:
        self.panels.append(panel)

    def hide(self) -> None:
        """Of no interest here."""

    def stand_for(self, shows: Shows) -> None:
        self.paint(self._picture.pixels, shows=shows)

    def power(self, *, on: bool) -> None:
        self.powered.append(on)

    @property
    def serial(self) -> int:
        if self.unpaintable:
            raise RuntimeError("the screen cannot be painted")
        return self._picture.serial

    @property
    def owes_s(self) -> float:
        return self.owing()

    def picture(self) -> Picture:
        if not self._answers.is_set():
            self.hangs.set()
        self._answers.wait()
        if self.unpaintable:
            raise RuntimeError("the screen cannot be painted")
        return self._picture

    def paint(
        self,
        pixels: NDArray[np.uint8],
        at: int = NOW_MS,
        *,
        shows: Shows = Shows.PICTURE,
        masked: int = 0,
        private: tuple[Region, ...] = (),
    ) -> None:
        """Show something else."""
        self._picture = Picture(self._picture.serial + 1, at, pixels, shows, masked, private)
        self._newer.set()
        self._newer = asyncio.Event()

    async def changed(self, after: int) -> None:
        while self._picture.serial <= after:
            await self._newer.wait()


class FakePolyglot(FakeDevice):
    """The same with three languages."""

    languages = ("cs", "en", "vi")

    def speak(self, language: str) -> None:
        self.language = language


class FakeLine:
    """A line to a relay in the same test: the device's words land in `sent`, what `give` gets is received."""

    def __init__(self, heard_at: float) -> None:
        self.heard_at = heard_at
        self.sent: asyncio.Queue[str | bytes] = asyncio.Queue()
        self.log: list[str | bytes] = []
        self.closed = False
        self.stalled = False
        self._incoming: asyncio.Queue[str | bytes | None] = asyncio.Queue()

    def give(self, message: str | bytes) -> None:
        self._incoming.put_nowait(message)

    def cut(self) -> None:
        """The other end is gone."""
        self._incoming.put_nowait(None)

    async def receive(self) -> str | bytes:
        message = await self._incoming.get()
        if message is None:
            raise LineLost
        return message

    async def write(self, outbox: Outbox) -> None:
        while (item := await outbox.next()) is not None:
            if self.stalled:
                await asyncio.Event().wait()
            self.log.append(item)
            self.sent.put_nowait(item)
        if self.stalled:
            await asyncio.Event().wait()  # nobody answers the closing either
        self.closed = True

    def abort(self) -> None:
        self.closed = True
