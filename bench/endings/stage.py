"""The processes of one case: the relay, hosts of devices and consoles, a browser where one is wanted."""

from __future__ import annotations

import itertools
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.endings.cases import Party
from bench.endings.children import Host, hosting
from bench.endings.consoles import NodeConsole
from bench.endings.places import Places, apart
from bench.endings.relay import Relay
from bench.endings.seats import Seat
from bench.endings.tabs import Tabs, chromium
from bench.endings.witness import Witness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.endings.cases import Case
    from bench.endings.consoles import Console

SEATS_PER_HOST: Final = 10
_NUMBERS: Final = itertools.count(1)
_CONSOLE_HOST: Final = Path(__file__).with_name("console_host.js")


@dataclass(slots=True)
class DeviceHost:
    host: Host
    witness: Witness


class Stage:
    """What a batch is played on. What a batch killed is there again for the next one."""

    def __init__(self, *, case: Case, relay: Relay, places: Places, folder: Path, logins: list[str]) -> None:
        self.case = case
        self.relay = relay
        self.places = places
        self.devices: list[DeviceHost] = []
        self.consoles: list[Host] = []
        self.tabs: Tabs | None = None
        self._folder = folder
        self._logins = logins
        self._open = AsyncExitStack()
        self._pages = ""

    async def seat(self, at: int) -> Seat:
        """An empty seat with a set and a console of its own."""
        number, device = next(_NUMBERS), self.devices[at // SEATS_PER_HOST]
        console: Console
        if self.tabs is not None:
            console = await self.tabs.open()
        else:
            console = NodeConsole(self.consoles[at // SEATS_PER_HOST], number)
        return Seat(
            number=number,
            place=at % SEATS_PER_HOST,
            login=self._logins[number % len(self._logins)],
            device=device.host,
            witness=device.witness,
            console=console,
            in_browser=self.tabs is not None,
            relay=self.relay,
        )

    def send(self, party: Party, number: signal.Signals) -> None:
        """A signal to every process of a party."""
        match party:
            case Party.DEVICE:
                for device in self.devices:
                    device.host.send(number)
            case Party.CONSOLE if self.tabs is not None:
                self.tabs.kill() if number is signal.SIGKILL else self.tabs.send(number)
            case Party.CONSOLE:
                for console in self.consoles:
                    console.send(number)
            case Party.RELAY:
                assert self.relay.process is not None
                self.relay.process.send_signal(number)

    async def strike(self) -> None:
        """End the processes of this batch; the relay and the pages stay."""
        await self._open.aclose()
        self.devices, self.consoles, self.tabs = [], [], None
        if self.relay.process is None or self.relay.process.returncode is not None:
            await self.relay.start()

    async def make_hosts(self, seats: int, *, in_browser: bool) -> None:
        """Processes for so many seats, unless they are there."""
        count = -(-seats // SEATS_PER_HOST)
        if len(self.devices) >= count and (self.tabs is not None) == in_browser:
            return
        await self.strike()
        for number in range(count):
            self.devices.append(await self._device_host(number))
        if in_browser:
            self.tabs = await self._open.enter_async_context(chromium(self.places, self._pages, self._folder))
            return
        for _ in range(count):
            command = ["node", "--no-warnings", "--experimental-websocket", str(_CONSOLE_HOST)]
            command += [self.relay.origin, self.relay.console_origin]
            self.consoles.append(await self._host(Party.CONSOLE, command))

    async def _device_host(self, number: int) -> DeviceHost:
        path = self._folder / f"witness-{number}"
        witness = Witness.of(path, SEATS_PER_HOST)
        command = [sys.executable, "-m", "bench.endings.device_host", str(path)]
        return DeviceHost(await self._host(Party.DEVICE, command), witness)

    async def _host(self, party: Party, command: list[str]) -> Host:
        moved = [*self.places.before(party), *command]
        return await self._open.enter_async_context(hosting(moved, log=self._folder / f"{party}.log"))

    async def begin(self, stack: AsyncExitStack, *, with_pages: bool) -> None:
        await self.relay.start()
        if with_pages:
            self._pages = await stack.enter_async_context(self.relay.console_pages())

    async def close(self) -> None:
        await self._open.aclose()
        await self.relay.close()


@asynccontextmanager
async def staged(case: Case, folder: Path, logins: list[str], *, with_pages: bool) -> AsyncIterator[Stage]:
    """The stage of one case, in networks of its own where the case silences one."""
    async with AsyncExitStack() as stack:
        places = await stack.enter_async_context(apart(folder)) if case.needs_root else Places()
        stage = Stage(case=case, relay=Relay(folder, places), places=places, folder=folder, logins=logins)
        stack.push_async_callback(stage.close)
        await stage.begin(stack, with_pages=with_pages)
        yield stage
