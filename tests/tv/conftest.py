from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.chromium import CHROMIUM, DRIVEN
from tests.tv.room import Room, furnished

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def room(tmp_path: Path, browser: Browser) -> AsyncIterator[Room]:
    async with furnished(browser, tmp_path) as room:
        yield room
