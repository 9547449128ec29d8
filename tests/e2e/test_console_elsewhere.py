"""The console, served by somebody else than the relay's operator, in Chromium, from an origin of its own.

Who serves the page could change it: it says so where the operator does, and everywhere names its release.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest
from playwright.async_api import async_playwright, expect

from relay.audit.listing import facts_of_session
from server.app import Service
from server.console import ConsoleSettings, console_application
from server.release import Release, Served, read_release
from server.run import listen, port_of, running, started
from tests.chromium import CHROMIUM, DRIVEN
from tests.e2e.server_process import Site, free_port
from tests.e2e.twins import television
from tests.server.conftest import PASSWORD, add_accounts, open_test_office
from tests.server.programs import run_program, running_program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, ConsoleMessage, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PATIENCE_MS = 30_000


@asynccontextmanager
async def serving_here(service: str, *, release: Release | None = None) -> AsyncIterator[str]:
    """A console's origin in this process."""
    sockets = listen("127.0.0.1", 0)
    origin = f"http://localhost:{port_of(sockets)}"
    async with running(console_application(ConsoleSettings(origin, service), release), sockets):
        yield origin


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN)
        try:
            yield browser
        finally:
            await browser.close()


class Visitor:
    """A browser profile at one console, and what its console said."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    async def sign_in(self) -> None:
        await self.page.get_by_test_id("sign-in-login").fill("technician")
        await self.page.get_by_test_id("sign-in-password").fill(PASSWORD)
        await self.page.get_by_test_id("sign-in").click()

    async def sources(self) -> list[str | None]:
        """What the menu and the page say of who serves it, once they know."""
        said = self.page.get_by_test_id("page-source")
        await expect(said.first).not_to_have_attribute("data-served-by", "unknown", timeout=PATIENCE_MS)
        return [await one.get_attribute("data-served-by") for one in await said.all()]


async def visit(browser: Browser, origin: str) -> Visitor:
    visitor = Visitor(await browser.new_page(locale="en"))
    await visitor.page.goto(origin)
    await expect(visitor.page.get_by_test_id("sign-in")).to_be_visible(timeout=PATIENCE_MS)
    return visitor


async def test_a_console_from_elsewhere_drives_a_session_and_each_page_says_who_serves_it(
    tmp_path: Path,
) -> None:
    """INV-G1, INV-G3: the service names every origin; its record holds which release drove the session."""
    sockets = listen("127.0.0.1", 0)
    site = Site(tmp_path / "data", port_of(sockets))
    elsewhere_port = free_port()
    elsewhere = f"http://localhost:{elsewhere_port}"
    command = ("console", "--port", elsewhere_port, "--origin", elsewhere, "--service", site.origin)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        program, ours, unnamed, browser = await asyncio.gather(
            enter(running_program(*command)),
            enter(serving_here(site.origin)),
            enter(serving_here(site.origin)),
            enter(chromium()),
        )
        settings = replace(site.settings, console_origins=(ours, elsewhere), consoles_elsewhere=(elsewhere,))
        office = await enter(open_test_office(settings))
        await add_accounts(office)
        await enter(started(Service(office), sockets))
        tv = await enter(television(site, tmp_path / "device"))

        # Served by the operator: said before anybody signs in, with the way out.
        visitor = await visit(browser, ours)
        await visitor.page.get_by_test_id("menu").click()
        assert await visitor.sources() == ["operator"]
        await expect(visitor.page.get_by_text("who could change it")).to_be_visible()
        await visitor.sign_in()
        await expect(visitor.page.get_by_test_id("pin-input")).to_be_visible(timeout=PATIENCE_MS)
        assert await visitor.sources() == ["operator", "operator"]
        await visitor.page.get_by_text("What you can do").click()
        await expect(visitor.page.get_by_text(f"alongside console --service {site.origin}")).to_be_visible()
        assert visitor.complaints == []
        await visitor.page.close()

        # Not named by the service: the browser itself keeps the page from everything.
        visitor = await visit(browser, unnamed)
        await visitor.sign_in()
        await expect(visitor.page.get_by_text("The server cannot be reached.")).to_be_visible(
            timeout=PATIENCE_MS
        )
        assert all("CORS" in said or "Failed to load" in said for said in visitor.complaints)
        await visitor.page.close()

        # Served elsewhere: a whole session, no warning, and the release to compare.
        visitor = await visit(browser, elsewhere)
        await visitor.sign_in()
        await expect(visitor.page.get_by_test_id("pin-input")).to_be_visible(timeout=PATIENCE_MS)
        assert await visitor.sources() == ["elsewhere", "elsewhere"]
        assert await visitor.page.get_by_text("who could change it").count() == 0
        shown = await visitor.page.get_by_test_id("page-source").last.text_content() or ""
        [digits] = re.findall(r"((?:[0-9a-f]{4} ){3}[0-9a-f]{4})", shown)
        assert program.facts["release"].startswith(digits.replace(" ", ""))
        await visitor.page.get_by_test_id("pin-input").fill(await tv.code())
        await visitor.page.get_by_test_id("connect").click()
        await tv.agree()
        state = visitor.page.get_by_test_id("session-state")
        await expect(state).to_have_attribute("data-state", "active", timeout=PATIENCE_MS)
        up = visitor.page.get_by_test_id("pad-up")
        await expect(up).not_to_have_attribute("aria-disabled", "true", timeout=PATIENCE_MS)
        await up.click()
        await visitor.page.get_by_test_id("end-session").click()
        await expect(state).to_have_attribute("data-state", "ended", timeout=PATIENCE_MS)
        await tv.over()
        assert tv.executed == ["up"]
        assert visitor.complaints == []

        # On record: which page, as it says itself, and whose.
        _, listed, _ = await run_program("audit", "list", "--data", site.data)
        session = re.findall(r"[0-9a-f]{32}", listed)[0]
        facts = facts_of_session(session, await office.audit.session_leaves(session))
        [console] = [entry for entry in facts["entries"] if entry["typ"] == "session.console"]
        assert console["by"]["role"] == "technician"
        assert console["facts"] == {"release": program.facts["release"], "served_by": "elsewhere"}
        assert facts["gaps"] == []


async def test_a_page_whose_part_was_changed_on_the_way_does_not_run() -> None:
    """A cache or a proxy between can alter no script and no style: the page names the hash of each."""
    release = read_release()
    changed = {
        path: Served(release.files[path].data + b"\n/* one comment more */", release.files[path].kind)
        for path in ("/app.js", "/styles.css")
    }
    altered = Release({**release.files, **changed})  # the page itself is the one that was shipped
    async with (
        serving_here("http://localhost:9", release=altered) as origin,
        chromium() as browser,
        aiohttp.ClientSession() as http,
    ):
        async with http.get(f"{origin}/app.js") as answer:
            assert b"one comment more" in await answer.read()
        visitor = Visitor(await browser.new_page())
        await visitor.page.goto(origin, wait_until="networkidle")
        assert await visitor.page.locator("body > *").count() == 0
        refused = [said for said in visitor.complaints if "integrity" in said]
        assert any("/app.js" in said for said in refused)
        assert any("/styles.css" in said for said in refused)
