"""The shipped console in a browser that never saw it: what it fetches, when, and how many bytes that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from server.release import FOLDER
from tests.browser.conftest import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

COLD_BYTES = 130 * 1024
ICON = "/mark.svg"  # drawn in the tab, whenever the browser finds time


@dataclass
class Network:
    """What the browser's own network stack counted, by URL."""

    asked: dict[str, list[float]] = field(default_factory=dict)
    came: dict[str, float] = field(default_factory=dict)
    bytes: int = 0
    _urls: dict[str, str] = field(default_factory=dict)

    def watch(self, page: Page) -> None:
        line = page.context.new_cdp_session(page)
        line.on("Network.requestWillBeSent", self._asked)
        line.on("Network.loadingFinished", self._came)
        line.send("Network.enable")

    def _asked(self, event: dict[str, Any]) -> None:
        self._urls[event["requestId"]] = event["request"]["url"]
        self.asked.setdefault(event["request"]["url"], []).append(event["timestamp"])

    def _came(self, event: dict[str, Any]) -> None:
        self.came[self._urls[event["requestId"]]] = event["timestamp"]
        self.bytes += int(event["encodedDataLength"])


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
        page.goto(origin)
        expect(page.get_by_test_id("sign-in")).to_be_visible()
        own = {url: times for url, times in network.asked.items() if url.startswith(origin)}
        asked = {url.removeprefix(origin): times for url, times in own.items()}
        needed = {"/", "/app.js", "/styles.css", "/config.json", "/locales/vi.json"}
        assert needed <= asked.keys() <= needed | {ICON}
        assert all(len(times) == 1 for times in asked.values())
        script = network.came[f"{origin}/app.js"]
        assert all(asked[path][0] < script for path in needed)
        assert 60 * 1024 < network.bytes <= COLD_BYTES
        assert complaints == []
