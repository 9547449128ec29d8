"""A real program on a real display: code, yes, picture, keys and Stop, as both sides have it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from device_agent.panel_view import Item
from tests.e2e.honest_stage import WITHIN_MS
from tests.e2e.programs import PATIENCE_S, Console, chromium, open_console, running_demo
from tests.e2e.real_screen import (
    CONNECTED,
    CONSENT,
    ENTRY,
    GREEN,
    HEIGHT,
    WIDTH,
    Customer,
    agent_on,
    kiosk_program,
)
from tests.x11.display import RealHands, xvfb

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.x11.display import Server

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TYPED = "Nguyễn Thị Hồng Ánh, 12 đường Lê Lợi"
NAMED_AT = """(limit) => new Promise((done) => {
  const stalled = '.picture[data-fresh="capture_stalled"]';
  const look = () => { if (document.querySelector(stalled)) done(Date.now()); };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  setTimeout(() => done(Infinity), limit);
  look();
})"""
COLOUR_OF_PICTURE = """() => {
  const canvas = document.querySelector('[data-testid="live-view"]');
  return [...canvas.getContext("2d").getImageData(200, 900, 1, 1).data];
}"""


def test_a_kiosk_is_helped_from_code_to_stop(tmp_path: Path) -> None:
    """R99, INV-A6, B1, B7, B9: all of the customer's part by mouse on the kiosk's own screen."""
    with (
        running_demo(tmp_path / "demo") as demo,
        xvfb(width=WIDTH, height=HEIGHT) as server,
        sync_playwright() as playwright,
        kiosk_program(playwright, server) as program,
        agent_on(server, demo, tmp_path / "kiosk"),
    ):
        browser = chromium(playwright)
        customer = Customer(server, RealHands(server))
        console = open_console(browser, demo)
        console.connect(customer.code())
        console.expect_state("consent")
        customer.waits(lambda: customer.agrees(CONSENT, Item.YES, console.page))
        customer.waits(lambda: customer.sees(CONNECTED))
        customer.waits(lambda: is_green(console.page))
        customer.hands.focus(*ENTRY)  # there is no window manager that would
        customer.waits(lambda: arrives(console, program))  # once it is not the customer's turn any more
        console.press("ok", "up")
        program.wait_for_function(
            "() => window.pressed.slice(-2).join() === 'Enter,ArrowUp'", timeout=PATIENCE_S * 1000
        )
        program.locator("input").focus()
        console.page.get_by_test_id("type-text").fill(TYPED)
        console.page.get_by_test_id("type-send").click()
        expect(program.locator("input")).to_have_value(TYPED, timeout=PATIENCE_S * 1000)
        the_server_hangs_and_it_is_said(server, console)
        customer.touches(CONNECTED, Item.STOP)
        console.expect_ended("customer_stopped")
        customer.hands.close()
        browser.close()


def the_server_hangs_and_it_is_said(server: Server, console: Console) -> None:
    """P10: nothing on the screen moves, so nobody but the agent can know."""
    since = time.time() * 1000
    server.hang()
    try:
        named_at = console.page.evaluate(NAMED_AT, PATIENCE_S * 1000)
        expect(console.page.locator(".picture-panel")).to_contain_text("The TV cannot read its screen now")
    finally:
        server.go_on()
    assert named_at - since <= WITHIN_MS  # it is given up, and the session over, after 3 s
    age = console.page.get_by_test_id("frame-age")
    expect(age).to_have_attribute("data-state", "live", timeout=PATIENCE_S * 1000)


def arrives(console: Console, program: Page) -> bool:
    console.press("right")
    return bool(program.evaluate("() => window.pressed.includes('ArrowRight')"))


def is_green(console: Page) -> bool:
    """The program's colour, as nearly as video keeps it."""
    seen = console.evaluate(COLOUR_OF_PICTURE)
    return all(abs(value - wanted) < 12 for value, wanted in zip(seen[:3], GREEN, strict=True))
