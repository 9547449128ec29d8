"""The shipped agent as a process of its own, and the customer's remote on its TV page."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

ROOT = Path(__file__).resolve().parents[2]
ALONGSIDE = Path(sys.executable).with_name("alongside")
PATIENCE_S = 30.0


class Remote:
    """The customer in front of the page: presses keys, reads what the page is told."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self._line = line
        self._told: dict[str, str] = {}

    async def press(self, key: str) -> None:
        await self._line.send_json({"press": key})

    async def until(self, state: str) -> dict[str, str]:
        """Look at the page until it is told this state; what it was told then."""
        async with asyncio.timeout(PATIENCE_S):
            while self._told.get("state") != state:
                await self._look()
        return self._told

    async def until_it_says(self, word: str) -> dict[str, str]:
        """The same for what it says of an ending or a problem."""
        async with asyncio.timeout(PATIENCE_S):
            while self._told.get("why_word") != word:
                await self._look()
        return self._told

    async def code(self) -> str:
        """Ask for a code and read it off the screen."""
        await self.press("help")
        await self.press("ok")
        return (await self.until("pin"))["code"].replace(" ", "")

    async def _look(self) -> None:
        message = await self._line.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            self._told = json.loads(message.data)
        else:
            assert message.type is aiohttp.WSMsgType.BINARY, message.type
            await self._line.send_json({"drawn": True})


@asynccontextmanager
async def agent_process(server: str, data: Path) -> AsyncIterator[tuple[Process, Remote]]:
    """`alongside agent`, with its page open; killed at the end if it still runs."""
    command = ["agent", "--server", server, "--data", str(data), "--page-port", "0", "--json"]
    with (data / "agent.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            ALONGSIDE, *command, cwd=ROOT, env=_environment(), stdout=asyncio.subprocess.PIPE, stderr=log
        )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            page = json.loads(await process.stdout.readline())["tv"]
        origin = {"Origin": page}
        async with aiohttp.ClientSession() as http, http.ws_connect(f"{page}/line", headers=origin) as line:
            yield process, Remote(line)
    finally:
        if process.returncode is None:
            process.kill()
        async with asyncio.timeout(PATIENCE_S):
            await process.communicate()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ALONGSIDE_")}
