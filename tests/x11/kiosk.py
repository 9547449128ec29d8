"""A kiosk: a display, a program on it, the device that shows it, and the customer before it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from device_agent.clock import SystemClock
from device_agent.devices.protocol import Pressed
from device_agent.devices.x11.device import X11Device
from device_agent.devices.x11.face import Corner
from device_agent.devices.x11.private import Private
from device_agent.devices.x11.settings import ScreenSettings
from seal.commands import Step
from tests.x11.display import Program, RealHands, Server, eventually
from wire.commands import Grant, Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from device_agent.devices.protocol import Picture
    from device_agent.devices.x11.display import Display
    from device_agent.panel_view import Item, PanelView

PATIENCE_S = 10
NOTHING = Private()
FENCES = {"help": (0x68, 0xFFE3, 0xFFE9), "stop": (0x73, 0xFFE3, 0xFFE9)}  # h and s with Control and Alt


ALL = frozenset(Grant)
Move = Step


def point(it: Kiosk, steps: Sequence[Step]) -> Pressed:
    return it.device.use_pointer(steps, ALL)


async def written(it: Kiosk, text: str) -> Outcome:
    """What came of a text, which may take its time."""
    typed = it.device.type_text(text, ALL)
    if isinstance(typed, Pressed):
        return typed.outcome
    async with asyncio.timeout(PATIENCE_S):
        return await asyncio.wrap_future(typed)


def device(
    server: Server,
    folder: Path,
    *,
    output: str | None = None,
    hint: Corner = Corner.NONE,
    private: Private = NOTHING,
) -> X11Device:
    clock = SystemClock()
    return X11Device(
        display=server.name,
        output=output,
        settings=ScreenSettings(corner=hint, private=private),
        data=folder,
        now_ms=clock.now_ms,
        boot=clock.boot,
    )


@dataclass
class Kiosk:
    """Everything around one device."""

    server: Server
    program: Program
    device: X11Device
    customer: RealHands
    heard: list[str | tuple[Item, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._news = asyncio.Event()
        self.device.on_key = self._take
        self.device.on_choice = lambda item, language: self._take((item, language))

    def _take(self, what: str | tuple[Item, str]) -> None:
        self.heard.append(what)
        self._news.set()

    @property
    def display(self) -> Display:
        assert self.device.display is not None
        return self.device.display

    async def shows(self, view: PanelView) -> None:
        """Show a panel and wait until it is on the screen."""
        self.device.show(view)
        assert await asyncio.to_thread(self.display.panel.until_shown, view, PATIENCE_S)

    async def hears(self, until: str = "help") -> list[str | tuple[Item, str]]:
        """What was heard up to a key that the customer presses now; events come in their order."""
        if until in FENCES:
            self.customer.key(*FENCES[until])
        async with asyncio.timeout(PATIENCE_S):
            while until not in self.heard:
                self._news.clear()
                await self._news.wait()
        heard, self.heard = self.heard, []
        heard.remove(until)
        return heard

    async def looks(self) -> Picture:
        return await asyncio.to_thread(self.device.picture)

    async def sees(self, is_wanted: Callable[[NDArray[np.uint8]], bool]) -> Picture:
        """The first picture that is as wanted: the server tells of what was painted in its own time."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_wanted((picture := await self.looks()).pixels):
                await self.device.changed(picture.serial)
        return picture

    async def rests(self) -> None:
        """Let the customer's turn pass, without waiting for it: once all they did has been heard."""
        await self.hears()
        await asyncio.to_thread(eventually, lambda: not self.display.panel._keys._held)  # let go, too
        self.display.guard._customer_at = float("-inf")
        self.program.listen()
        self.program.keys.clear()

    async def driven(self) -> Program:
        """The program, once everything asked for has been done: on a busy machine that takes its time."""
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wrap_future(self.display.hands._later(lambda: Outcome.DONE))
        self.program.listen()
        return self.program


@asynccontextmanager
async def kiosk(
    server: Server,
    folder: Path,
    *,
    output: str | None = None,
    hint: Corner = Corner.NONE,
    private: Private = NOTHING,
) -> AsyncIterator[Kiosk]:
    program, customer = Program(server), RealHands(server)
    it = Kiosk(server, program, device(server, folder, output=output, hint=hint, private=private), customer)
    await it.device.start()
    try:
        yield it
    finally:
        await it.device.close()
        program.close()
        customer.close()
