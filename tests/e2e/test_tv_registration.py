"""Registering the television on itself, in every language: its page and the customer's, side by side."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import async_playwright, expect

import locales
from tests.chromium import CHROMIUM, DRIVEN
from tests.e2e.server_process import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LANGUAGES: Final = ("en", "lv", "nb", "cs", "vi")
READY_S: Final = 60.0
PATIENCE_MS: Final = READY_S * 1_000
SAID: Final = re.compile(r"((?:[A-Z] ){3}[A-Z]), ((?:[A-Z] ){3}[A-Z])")
KEYS_AT_MOST: Final = 12


@asynccontextmanager
async def demonstration(folder: Path, language: str) -> AsyncIterator[dict[str, str]]:
    """Server, portal and simulated TV as `make demo` starts them; what it prints."""
    command = ["demo", "--no-browser", "--json", "--port", "0", "--data", str(folder), "--language", language]
    with (folder.parent / "log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", "from server.cli import main; main()"),
            *command,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(READY_S):
                facts = json.loads(await process.stdout.readline())
            yield facts
        finally:
            process.send_signal(signal.SIGINT)
            await process.wait()


class Television:
    """The set's page; its keyboard is the remote, and what it says to a screen reader is what it shows."""

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language
        self.words = locales.load(language, "device", "shared")

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)

    async def says(self, text: str | re.Pattern[str]) -> str:
        """Wait until it does."""
        await expect(self.page.locator("body")).to_contain_text(text, timeout=READY_S * 1_000)
        return await self.heard()

    async def heard(self) -> str:
        return " ".join(await self.page.locator(".heard").all_inner_texts())

    async def turns_a_page(self) -> None:
        """OK, until something else is said."""
        before = await self.heard()
        await self.press("Enter")
        await self.page.wait_for_function(
            """before => before !==
              [...document.querySelectorAll('.heard')].map((one) => one.innerText).join(' ')""",
            arg=before,
            timeout=READY_S * 1_000,
        )

    async def has_focus_on(self, *keys: str) -> str:
        """Wait until the focus is on one of these; which."""
        labels = {self.words.text(f"panel.button.{key}"): key for key in keys}
        pattern = re.compile(f"^({'|'.join(map(re.escape, labels))})$")
        await expect(self.page.locator("#focus")).to_have_text(pattern, timeout=READY_S * 1_000)
        return labels[await self.page.locator("#focus").inner_text()]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.proves("R9", "R43", "R44")
async def test_a_set_is_registered_on_itself(tmp_path: Path, language: str) -> None:
    async with (
        demonstration(tmp_path / "demo", language) as facts,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN)
        tv = Television(await browser.new_page(viewport={"width": 1440, "height": 900}), language)
        await tv.page.goto(facts["tv"])
        await expect(tv.page.get_by_test_id("tv-state")).to_be_visible()
        for key in ("h", "ArrowDown", "ArrowDown", "ArrowDown", "Enter"):
            await tv.press(key)
        found = SAID.search(await tv.says(SAID))
        assert found is not None
        me = await browser.new_page()
        await allow(me, facts, f"{found[1]}-{found[2]}".replace(" ", ""))
        await read_and_agree(tv)
        await expect(me.get_by_test_id("tv-allow")).to_have_count(0)
        await me.goto(facts["portal"] + "/products")
        await expect(me.get_by_test_id("product")).to_contain_text("Vista 55 Q7")
        await the_technician_reads_it(browser, tv, facts)
        await browser.close()


async def the_technician_reads_it(browser: Browser, tv: Television, facts: dict[str, str]) -> None:
    """R9: what was registered just now is before the technician with the customer's yes, and not sooner."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale=tv.language)
    console = await context.new_page()
    await console.goto(facts["console"])
    await tv.press("F1")
    await tv.has_focus_on("get_code")
    await tv.press("Enter")
    await expect(tv.page.get_by_test_id("tv-state")).to_have_attribute(
        "data-state", "pin", timeout=PATIENCE_MS
    )
    await console.get_by_test_id("pin-input").fill(await tv.page.get_by_test_id("tv-pin").inner_text())
    await console.get_by_test_id("connect").click()
    await expect(tv.page.get_by_test_id("tv-state")).to_have_attribute(
        "data-state", "consent", timeout=PATIENCE_MS
    )
    assert await console.get_by_test_id("device-card").count() == 0
    await tv.press("Enter")
    words = locales.load(tv.language, "console")
    card = console.get_by_test_id("device-card").first
    await expect(card).to_contain_text("Vista 55 Q7", timeout=PATIENCE_MS)
    await expect(card).to_contain_text("Demo, ")
    await expect(card).to_contain_text(words.text("console.card.right.maker"))
    await expect(card).to_contain_text(words.text("console.card.basis.calculated"))
    text = await console.locator("body").inner_text()
    assert facts["customer"] not in text
    if shots := os.environ.get("ALONGSIDE_SHOTS"):
        await console.screenshot(path=Path(shots) / f"device-card-{tv.language}.png", full_page=True)


async def allow(me: Page, facts: dict[str, str], code: str) -> None:
    """On the customer's own telephone: they see which set asks, and say yes."""
    origin = facts["portal"].removesuffix("/my")
    await me.goto(f"{origin}/sign-in")
    await me.get_by_test_id("field-email").fill(facts["customer"])
    await me.get_by_test_id("field-password").fill(facts["customer_password"])
    await me.get_by_test_id("sign-in").click()
    await me.goto(f"{origin}/tv?code={code}")
    await me.get_by_test_id("tv-continue").click()
    await expect(me.locator("main")).to_contain_text("Vista 55 Q7")
    await me.get_by_test_id("tv-allow").click()
    await expect(me.get_by_test_id("tv-allow")).to_have_count(0)  # it is answered before the set is looked at


async def read_and_agree(tv: Television) -> None:
    """OK alone reads on and agrees to nothing: the way to Agree is a press to the side (R44, LOOK 5)."""
    await tv.has_focus_on("register_tv")
    await tv.press("Enter")
    for _ in range(KEYS_AT_MOST):
        if await tv.has_focus_on("next_page", "previous_page") == "previous_page":
            break
        await tv.turns_a_page()
    for _ in ("past Close", "to Agree"):
        await tv.press("ArrowRight")
    await tv.has_focus_on("agree")
    await tv.press("Enter")
    await tv.says("2027")
    await tv.has_focus_on("close")
    await tv.press("Enter")
