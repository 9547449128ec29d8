"""The shipped console in a browser that never saw it: what it fetches, when, and how many bytes that is."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from server.release import FOLDER
from tests.browser.conftest import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Route

pytestmark = [pytest.mark.slow, pytest.mark.browser]

COLD_BYTES = 130 * 1024
LOOKS = 1_000
ICON = "/mark.svg"  # drawn in the tab, whenever the browser finds time


@dataclass
class Network:
    """What the browser's own network stack counted, by URL."""

    asked: dict[str, int] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    came: set[str] = field(default_factory=set)
    bytes: int = 0

    def watch(self, page: Page) -> None:
        line = page.context.new_cdp_session(page)
        line.on("Network.requestWillBeSent", self._asked)
        line.on("Network.loadingFinished", self._came)
        line.send("Network.enable")

    def until_came(self, page: Page, url: str) -> None:
        """What Playwright knows already may still be on its way here."""
        for _ in range(LOOKS):
            if url in self.came:
                return
            page.evaluate("() => new Promise(requestAnimationFrame)")
        raise AssertionError(url)

    def _asked(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        self.asked[url] = self.asked.get(url, 0) + 1
        self.named[event["requestId"]] = url

    def _came(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])
        self.came.add(self.named.get(event["requestId"], ""))


def test_a_cold_console_asks_for_all_it_needs_beside_its_script(chromium: Browser) -> None:
    """Once each; what the header names early is what the script takes, with nothing to complain about."""
    with serving(FOLDER) as origin, chromium.new_context(locale="vi-VN") as context:
        page, network, complaints = context.new_page(), Network(), list[str]()

        def hear(message: ConsoleMessage) -> None:
            if message.location["url"].startswith(origin):  # there is no service to talk to
                complaints.append(message.text)

        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        network.watch(page)
        held: list[Route] = []
        page.route(f"{origin}/app.js", lambda route: held.append(route))  # noqa: PLW0108 - it is written to
        with ExitStack() as early:  # asked for while the script is not there
            for path in ("/styles.css", "/config.json", "/locales/vi.json"):
                early.enter_context(page.expect_request(f"{origin}{path}"))
            page.goto(origin, wait_until="commit")
        with page.expect_response(f"{origin}/work.js") as work:
            held[0].continue_()
            expect(page.get_by_test_id("sign-in")).to_be_visible()
        work.value.finished()
        network.until_came(page, f"{origin}/work.js")
        own = {url: count for url, count in network.asked.items() if url.startswith(origin)}
        asked = {url.removeprefix(origin): count for url, count in own.items()}
        needed = {"/", "/app.js", "/styles.css", "/config.json", "/locales/vi.json", "/work.js"}
        assert needed <= asked.keys() <= needed | {ICON}
        assert set(asked.values()) == {1}
        assert 60 * 1024 < network.bytes <= COLD_BYTES
        assert complaints == []
