"""A Chromium in which nothing is emulated: its own timers, its own focus, its own idea of what is hidden.

A driver that pretends every page to have the focus keeps it visible for ever. So this speaks the DevTools
protocol itself, and asks for no more than: open, evaluate, bring to the front. A page pushes its news.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.chromium import CHROMIUM, UNDRIVEN

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable, Sequence

PATIENCE_S = 30.0
_PUSH = "alongsideTold"
_LISTENS = re.compile(rb"DevTools listening on (ws://\S+)")


class Tab:
    """One page: what it pushed, and what it is asked."""

    def __init__(self, line: _Line, target: str, session: str) -> None:
        self._line = line
        self.target = target
        self._session = session
        self.told: list[dict[str, Any]] = []
        self._news = asyncio.Condition()

    async def send(self, method: str, **parameters: object) -> dict[str, Any]:
        return await self._line.send(method, parameters, self._session)

    async def js(self, expression: str) -> Any:
        """The value of an expression in the page, awaited there if it is a promise."""
        answer = await self.send(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(
        self, holds: Callable[[list[dict[str, Any]]], bool], *, within: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Wait until what the page pushed is as wanted; the newest of it."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(lambda: bool(self.told) and holds(self.told))
        except TimeoutError:
            raise AssertionError(f"not so within {within} s; last told {self.told[-3:]}") from None
        return self.told[-1]

    async def is_calm_for(self, seconds: float) -> bool:
        """Whether the page pushes nothing for so long."""
        count = len(self.told)
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: len(self.told) > count)
        except TimeoutError:
            return True
        return False

    async def hear(self, text: str) -> None:
        async with self._news:
            self.told.append(json.loads(text))
            self._news.notify_all()


class _Line:
    """The DevTools socket; answers and pushes are told apart by a task of its own."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.tabs: dict[str, Tab] = {}

    async def send(self, method: str, parameters: dict[str, object], session: str = "") -> dict[str, Any]:
        number = len(self._asked) + 1
        self._asked[number] = answer = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        await self._socket.send_json(message | ({"sessionId": session} if session else {}))
        async with asyncio.timeout(PATIENCE_S):
            said = await answer
        assert "error" not in said, f"{method}: {said['error']}"
        result: dict[str, Any] = said["result"]
        return result

    async def listen(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._asked[said["id"]].set_result(said)
            elif said["method"] == "Runtime.bindingCalled" and said["params"]["name"] == _PUSH:
                await self.tabs[said["sessionId"]].hear(said["params"]["payload"])


class Browser:
    """The whole program with all its processes."""

    def __init__(self, process: Process, line: _Line) -> None:
        self._process = process
        self._line = line

    async def open(self, url: str, script: str = "") -> Tab:
        """A tab in front; `script` runs in it before its own, and may push text with `alongsideTold`."""
        target = (await self._line.send("Target.createTarget", {"url": "about:blank"}))["targetId"]
        attach: dict[str, object] = {"targetId": target, "flatten": True}
        session = (await self._line.send("Target.attachToTarget", attach))["sessionId"]
        tab = self._line.tabs[session] = Tab(self._line, target, session)
        await tab.send("Runtime.enable")
        await tab.send("Page.enable")
        await tab.send("Runtime.addBinding", name=_PUSH)
        await tab.send("Page.addScriptToEvaluateOnNewDocument", source=script)
        await tab.send("Page.navigate", url=url)
        return tab

    async def bring_to_front(self, tab: Tab) -> None:
        await self._line.send("Target.activateTarget", {"targetId": tab.target})

    def signal_all(self, number: signal.Signals) -> None:
        """To every process of it, as when the whole computer sleeps."""
        for process in descendants(self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(process, number)

    async def close(self) -> None:
        with suppress(Exception):
            async with asyncio.timeout(5):
                await self._line.send("Browser.close", {})
                await self._process.wait()
        if self._process.returncode is None:
            self.signal_all(signal.SIGKILL)
            await self._process.wait()


def descendants(process: int) -> list[int]:
    """A process that we started and all that came of it, parents first."""
    found = [process]
    for one in found:
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


@asynccontextmanager
async def chromium(folder: Path, arguments: Sequence[str] = ()) -> AsyncIterator[Browser]:
    """It runs on a profile in this folder until the block ends."""
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *UNDRIVEN,
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        "--lang=en",
        *arguments,
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with aiohttp.ClientSession() as http:
        try:
            async with http.ws_connect(await _address(process), max_msg_size=2**24) as socket:
                line = _Line(socket)
                listening = [asyncio.create_task(line.listen()), asyncio.create_task(_drain(process))]
                browser = Browser(process, line)
                try:
                    yield browser
                finally:
                    await browser.close()
                    for task in listening:
                        task.cancel()
        finally:
            if process.returncode is None:
                for one in descendants(process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(one, signal.SIGKILL)
                await process.wait()


async def _address(process: Process) -> str:
    """Chromium says where it listens, among much else."""
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        while line := await process.stderr.readline():
            if found := _LISTENS.search(line):
                return found[1].decode()
    raise AssertionError(f"Chromium ended with {await process.wait()}")


async def _drain(process: Process) -> None:
    """A pipe that nobody reads would stop it."""
    assert process.stderr is not None
    while await process.stderr.read(65_536):
        pass
