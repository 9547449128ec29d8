"""A living room with a TV and the relay it calls, for tests of the whole agent; time is the test's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from device_agent.agent import Agent
from device_agent.devices.abilities import Abilities
from device_agent.devices.shutter import Shutter
from device_agent.enrolment import Unit
from device_agent.kit import Kit
from device_agent.memory import Memory, load_memory
from device_agent.panel_view import Page, TvState
from device_agent.trust import Trust, load_or_make_key
from tests.agent.console_twin import ALL
from tests.agent.fake_relay import FakeRelay
from tests.agent.fakes import FakeClock, FakePolyglot
from tests.agent.organisation import Organisation
from wire.records import ConsentRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.agent.console_twin import ConsoleTwin
    from wire.commands import Grant

ORIGIN = "https://relay.example"


class House:
    """A living room with a TV, and the relay it calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.device = FakePolyglot()
        self.shutter = Shutter()
        self.org = Organisation()
        self.relay = FakeRelay(ORIGIN, self.org, self.clock)
        self.memory = self.remembered()
        key, trust = load_or_make_key(folder / "device.key"), self.trusted()
        self.kit = Kit(
            key=key,
            trust=trust,
            memory=self.memory,
            device=self.device,
            clock=self.clock,
            dial=self.relay.dial,
            polyglot=self.device,
            abilities=Abilities(shutter=self.shutter),
            credential=Unit(folder, key, trust).credential,
            make_ready=self._make_ready,
        )
        self.readied = 0
        self.ready_fails = False
        self.agent = Agent(self.kit)

    def _make_ready(self) -> None:
        self.readied += 1
        if self.ready_fails:
            raise RuntimeError("a library is not there")

    def trusted(self) -> Trust:
        return self.org.trust(self.clock, self.folder / "trust-state.json", memory=self.memory)

    def remembered(self) -> Memory:
        return load_memory(self.folder / "device-state.json", self.clock.now_ms())

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await self.agent.changed()

    async def until_page(self, page: Page) -> None:
        await self.until(lambda: self.agent.view.page is page)

    async def settle(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)  # every other task runs until it waits

    def hide(self) -> None:
        """The customer presses Hide, which the device tells."""
        self.shutter.on_press(self.shutter.press())

    def press(self, *keys: str) -> None:
        for key in keys:
            self.agent.press(key)

    def is_in(self, state: TvState) -> bool:
        return self.agent.state is state

    def shows(self, page: Page) -> bool:
        return self.agent.view.page is page

    def listen(self) -> None:
        """Wait until a page that came by itself hears keys."""
        self.clock.advance(0.8)

    async def get_code(self) -> str:
        if self.agent.view.page is not Page.SUPPORT:
            self.press("help")
        self.press("ok")
        await self.settle()
        await self.relay.offer()
        await self.until_page(Page.CODE)
        return self.agent.view.code

    async def consent_card(self, *, asks: tuple[Grant, ...] = ALL) -> ConsoleTwin:
        code = await self.get_code()
        self.relay.redeem()
        twin = self.relay.console(code, now_s=self.clock.now_ms() // 1000, asks=asks)
        await self.relay.agree(twin)
        await self.until_page(Page.CONSENT)
        await self.relay.carry(twin, lambda: twin.newest_ping == 1)
        self.listen()
        return twin

    async def session(self, *, asks: tuple[Grant, ...] = ALL) -> ConsoleTwin:
        twin = await self.consent_card(asks=asks)
        self.press("ok")
        await self.relay.carry_record(twin, ConsentRecord)
        self.beat(twin)
        await self.settle()
        return twin

    def beat(self, twin: ConsoleTwin) -> None:
        self.relay.line.heard_at = self.clock.boot()
        self.relay.line.give(twin.pong())


@asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[House]:
    house = House(folder)
    task = asyncio.create_task(house.agent.run())
    await house.settle()
    try:
        yield house
    finally:
        await house.agent.close()
        async with asyncio.timeout(5):
            await task
