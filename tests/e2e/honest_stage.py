"""Everything a late or missing picture can come from, each where a test can get at it.

Server and agent are processes, the technician's page is in a Chromium of its own, and both lines to the
server lead through gates. The page itself notes what a technician sees and when it was painted.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import signal
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np
from PIL import Image

from server.console import ConsoleSettings, console_application
from server.demo import provision
from server.run import listen, port_of, running
from tests.e2e.server_process import ISSUER, ROOT, Site, free_port
from tests.server.conftest import PASSWORD, add_accounts, open_test_office
from tests.server.programs import running_program
from tests.weak.chromium import Tab, chromium
from tests.weak.link import Link, link_to
from tests.weak.visit import CONNECT, SIGN_IN

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable

    from numpy.typing import NDArray

WATCH = (Path(__file__).with_name("honest_watch.js")).read_text(encoding="utf-8")
PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"
WITHIN_MS = 1_000 if PROVING else 4_000  # a machine that does many things at once is late by itself
PATIENCE_S = 20.0
CALM_S = 1.0  # longer than the page remembers what kept it from running (core/pulse.js)
# So long the set's page may leave a picture undrawn: this customer looks at none.
LOOKS_S = 10.0

Seen = dict[str, Any]


class Remote:
    """The customer's own remote: the line of the set's page, with nobody looking at its picture."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._told: dict[str, str] = {}
        self._news = asyncio.Condition()
        self._hearing = asyncio.create_task(self._hear())

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self._socket.send_json({"press": key})

    async def stand_for(self, shows: str) -> None:
        await self._socket.send_json({"shows": shows})

    async def code(self) -> str:
        await self.press("help", "ok")
        return (await self._until(lambda told: bool(told.get("code"))))["code"]

    async def agree(self) -> None:
        await self._until(lambda told: told.get("state") == "consent")
        await self.press("ok")

    async def close(self) -> None:
        self._hearing.cancel()
        with suppress(asyncio.CancelledError):
            await self._hearing

    async def _until(self, holds: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: holds(self._told))
        return self._told

    async def _hear(self) -> None:
        loop = asyncio.get_running_loop()
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                loop.call_later(LOOKS_S, lambda: asyncio.ensure_future(self._draw()))
            elif message.type is aiohttp.WSMsgType.TEXT:
                async with self._news:
                    self._told = json.loads(message.data)
                    self._news.notify_all()

    async def _draw(self) -> None:
        with suppress(ConnectionError):
            await self._socket.send_json({"drawn": True})


@dataclass(frozen=True, slots=True)
class Stage:
    """Everybody who can be at fault."""

    server: Process
    agent: Process
    tv_line: Link
    own_line: Link
    remote: Remote
    tab: Tab

    async def connect(self) -> None:
        """Until the picture is live."""
        await self.tab.until(lambda _: True)
        await self.tab.js(f"({SIGN_IN})('technician', {PASSWORD!r})")
        await self.tab.js(f"({CONNECT})({await self.remote.code()!r})")
        await self.remote.agree()
        await self.is_well()

    async def is_well(self) -> None:
        """Until a live picture has been seen for a second, and nothing was said of it: what was is over."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await self.tab.is_calm_for(CALM_S) or not is_well(self.tab.told[-1]):
                    await self.tab.until(lambda told: is_well(told[-1]), within=2 * PATIENCE_S)
        except TimeoutError:
            raise AssertionError(f"not well in {PATIENCE_S} s; last seen {self.tab.told[-12:]}") from None

    async def slow_down_the_tab(self, times: float) -> None:
        await self.tab.send("Emulation.setCPUThrottlingRate", rate=times)

    async def named(self, since_ms: float, holds: Callable[[Seen], bool]) -> Seen:
        """The first that was seen after `since_ms` and is as wanted."""

        def found() -> Seen | None:
            return next((one for one in self.tab.told if one["at"] >= since_ms and holds(one)), None)

        await self.tab.until(lambda _: found() is not None, within=PATIENCE_S)
        seen = found()
        assert seen is not None
        return seen

    async def looks(self) -> NDArray[np.uint8]:
        """The place of the picture as it is painted, made small."""
        box = await self.tab.js(_BOX)
        shot = await self.tab.send("Page.captureScreenshot", format="png", clip=box | {"scale": 0.25})
        image = Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("L")
        return np.asarray(image)


def is_well(seen: Seen) -> bool:
    return seen["fresh"] == "live" and not seen["cause"] and not seen["masked"]


def now_ms() -> float:
    """On the clock that the page's own notes are on."""
    return time.time() * 1000


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """The page is open at its place to sign in; on the set nobody has pressed anything yet."""
    behind, console_at = free_port(), listen("127.0.0.1", 0)
    console = f"http://localhost:{port_of(console_at)}"
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        tv_line, own_line = await enter(link_to(behind)), await enter(link_to(behind))
        # The service's name is one end of the set's line. The browser is led to its own.
        site = Site(folder / "data", tv_line.port)
        async with open_test_office(replace(site.settings, console_origins=(console,))) as office:
            await add_accounts(office)
        await enter(running(console_application(ConsoleSettings(console, site.origin)), console_at))
        led = f"--host-resolver-rules=MAP localhost:{site.port} 127.0.0.1:{own_line.port}"
        server, (agent, address), browser = await asyncio.gather(
            enter(_served(site, behind, console)),
            enter(_agent(site, folder / "device")),
            enter(chromium(folder / "profile", (led, "--window-size=1440,900"))),
        )
        tab = await browser.open(console, WATCH)
        remote = await enter(_remote(address))
        yield Stage(server, agent, tv_line, own_line, remote, tab)


@asynccontextmanager
async def _served(site: Site, port: int, console: str) -> AsyncIterator[Process]:
    command = ("serve", "--port", port, "--origin", site.origin, "--console-origin", console)
    settings = {"ALONGSIDE_TEST": "1", "ALONGSIDE_DATA": str(site.data), "ALONGSIDE_ISSUER": ISSUER}
    async with running_program(*command, environment=settings) as program:
        try:
            yield program.process
        finally:
            with suppress(ProcessLookupError):
                program.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def _agent(site: Site, folder: Path) -> AsyncIterator[tuple[Process, str]]:
    """On the set whose parts can hang; its page's address is the first that it says."""
    data = provision(folder, site.settings)
    command = ["-m", "tests.e2e.hanging_agent", "--device=simulated-tv", f"--data={data}", "--page-port=0"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, "--json", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            said = json.loads(await process.stdout.readline())
        yield process, said["tv"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def _remote(address: str) -> AsyncIterator[Remote]:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{address}/line", headers={"Origin": address}, max_msg_size=2**24) as socket,
    ):
        remote = Remote(socket)
        try:
            yield remote
        finally:
            await remote.close()


_BOX = """
(() => {
  const { x, y, width, height } = document.querySelector('.picture').getBoundingClientRect();
  return { x: x + scrollX, y: y + scrollY, width, height };
})()
"""
