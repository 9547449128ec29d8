"""The shipped page in a real Chromium: each console a tab in a profile of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import Error, async_playwright

from bench.endings.cases import Party
from bench.endings.consoles import Pictures, Told
from bench.endings.relay import PASSWORD
from tests.chromium import CHROMIUM, UNDRIVEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from bench.endings.places import Places

PATIENCE_MS: Final = 30_000
_NS_PER_MS: Final = 1_000_000

# Notes each picture that is drawn and each ending that is shown, by the wall clock all processes here share.
_NOTE: Final = """
(() => {
  const seen = { frames: 0, lastFrame: 0, endings: [] };
  window.alongsideBench = seen;
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...parts) {
    seen.frames += 1;
    seen.lastFrame = Date.now();
    return draw.apply(this, parts);
  };
  const look = () => {
    const reason = document.querySelector('[data-testid="end-reason"]')?.getAttribute("data-reason");
    if (reason && seen.endings.at(-1)?.reason !== reason) seen.endings.push({ reason, at: Date.now() });
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
})();
"""
_PRESS: Final = """
(hz) => {
  clearInterval(window.alongsidePressing);
  const press = () => document.querySelector('[data-testid="pad-right"]')?.click();
  window.alongsidePressing = setInterval(press, 1000 / hz);
}
"""


class TabConsole:
    """One tab."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._login = ""

    async def connect(self, code: str, *, login: str, hz: float) -> None:
        page = self._page
        await page.get_by_test_id("sign-in-login").fill(login)
        await page.get_by_test_id("sign-in-password").fill(PASSWORD)
        await page.get_by_test_id("sign-in").click()
        await page.get_by_test_id("pin-input").fill(code)
        await page.get_by_test_id("connect").click()
        await self.rate(hz)

    @property
    def problem(self) -> str:
        return ""  # a page that does not get on runs into a time limit

    async def rate(self, hz: float) -> None:
        await self._page.evaluate(_PRESS, hz)

    async def end(self) -> int:
        at = time.monotonic_ns()
        await self._page.get_by_test_id("end-session").click()
        return at

    async def close_tab(self) -> int:
        at = time.monotonic_ns()
        await self._page.close()
        return at

    async def endings(self, *, within: float) -> list[Told]:
        shown = "() => window.alongsideBench.endings.length"
        with suppress(Error):
            await self._page.wait_for_function(shown, timeout=within * 1000)
        told = await self._page.evaluate("() => window.alongsideBench.endings")
        return [Told(one["reason"], _monotonic(one["at"])) for one in told]

    async def pictures(self) -> Pictures:
        seen = await self._page.evaluate("() => window.alongsideBench")
        return Pictures(seen["frames"], _monotonic(seen["lastFrame"]))

    async def close(self) -> None:
        with suppress(Error):
            await self._page.context.close()


def _monotonic(wall_ms: int) -> int:
    """The wall clock's moment on CLOCK_MONOTONIC."""
    return wall_ms * _NS_PER_MS - (time.time_ns() - time.monotonic_ns())


@dataclass(frozen=True, slots=True)
class Tabs:
    """A browser and the ids of its processes."""

    browser: Browser
    origin: str
    processes: dict[int, str]

    async def open(self) -> TabConsole:
        context = await self.browser.new_context(viewport={"width": 1440, "height": 900})
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        await page.add_init_script(_NOTE)
        await page.goto(self.origin)
        await page.get_by_test_id("sign-in-login").wait_for()
        return TabConsole(page)

    async def note_processes(self) -> None:
        """Before anything is done to them: afterwards nobody answers."""
        line = await self.browser.new_browser_cdp_session()
        told: dict[str, Any] = await line.send("SystemInfo.getProcessInfo")
        self.processes.update({int(one["id"]): one["type"] for one in told["processInfo"]})
        await line.detach()

    def kill(self) -> None:
        """The browser itself; what it has started falls with it."""
        for process, kind in self.processes.items():
            if kind == "browser":
                os.kill(process, signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """To every process of the browser, as when the whole computer sleeps."""
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.kill(process, number)


@asynccontextmanager
async def chromium(places: Places, origin: str, folder: Path) -> AsyncIterator[Tabs]:
    """A browser where consoles stand."""
    program, arguments = CHROMIUM, list(UNDRIVEN)
    if not places.is_home:
        script = folder / "chromium.sh"
        moved = " ".join([*places.before(Party.CONSOLE)[:4], CHROMIUM, '"$@"'])
        script.write_text(f"#!/bin/sh\nexec {moved}\n", encoding="utf-8")
        script.chmod(0o700)
        program = str(script)
        arguments.append(f"--host-resolver-rules=MAP localhost {places.address}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments, headless=True)
        try:
            yield Tabs(browser, origin, {})
        finally:
            with suppress(Error, TimeoutError):
                async with asyncio.timeout(PATIENCE_MS / 1000):
                    await browser.close()
