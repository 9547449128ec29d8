"""The set's page in a real browser, and whoever looks at it."""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from device_agent.devices.simulated_tv import SimulatedTv
from device_agent.devices.simulated_tv.page import TvPage
from tests.tv.fake_customer import FakeAgent
from tests.tv.scenes import StillClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, ConsoleMessage, Page

    from device_agent.panel_view import PanelView, TvState

CONSOLE_URL = "http://localhost:8401/"
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
READ_CANVAS = """() => {
  const canvas = document.querySelector('[data-testid=tv-screen]');
  const small = new OffscreenCanvas(640, 360).getContext('2d');
  small.drawImage(canvas, 0, 0, 640, 360);
  const bytes = [...small.getImageData(0, 0, 640, 360).data];
  return btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''));
}"""
RUN_AXE = """async () => {
  const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
  const said = (id, node) => `${id}: ${node.target} ${node.failureSummary}`;
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => said(id, node)));
}"""


@dataclass
class Room:
    """The set, who answers for it, and the page open in a browser."""

    tv: SimulatedTv
    agent: FakeAgent
    server: TvPage
    page: Page
    complaints: list[str]

    async def become(self, state: TvState, view: PanelView) -> None:
        self.tv.show(view)
        self.agent.become(state, view)
        await self.page.wait_for_selector(f"[data-testid=tv-state][data-state={state}]")

    async def speak(self, language: str) -> None:
        """The set and its page in this language, in the widest font they are likely to meet."""
        self.tv.speak(language)
        await self.page.wait_for_function(
            "(language) => document.documentElement.lang === language", arg=language
        )
        await self.page.evaluate(
            """document.documentElement.style.setProperty('--font-sans', '"DejaVu Sans"')"""
        )

    async def text(self, testid: str) -> str:
        return await self.page.get_by_test_id(testid).text_content() or ""

    async def violations(self) -> list[str]:
        """What axe finds, as rule and place."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = await self.page.evaluate(RUN_AXE)
        return found


@asynccontextmanager
async def furnished(browser: Browser, folder: Path, language: str = "en") -> AsyncIterator[Room]:
    """A set with its page open, and nothing behind it but the test."""
    tv, agent = SimulatedTv(language=language, clock=StillClock(), data=folder), FakeAgent()
    await tv.start()
    server = TvPage(agent, tv, port=0, console_url=CONSOLE_URL)
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(await server.start())
    await page.wait_for_selector("[data-testid=tv-state][data-state=idle]")
    try:
        yield Room(tv, agent, server, page, complaints)
    finally:
        await page.close()
        await server.close()
        await tv.close()


async def canvases(page: Page) -> AsyncIterator[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """What the canvas shows, again and again, made small."""
    for _ in range(60):
        data = base64.b64decode(await page.evaluate(READ_CANVAS))
        yield np.frombuffer(data, dtype=np.uint8).reshape(360, 640, 4)
        await page.evaluate("() => new Promise(requestAnimationFrame)")
    pytest.fail("the canvas never showed it")
