"""A real program on a real display: code, yes, picture, keys and Stop, as both sides have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from device_agent.panel_view import Item
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

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TYPED = "Nguyễn Thị Hồng Ánh, 12 đường Lê Lợi"
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
        customer.touches(CONNECTED, Item.STOP)
        console.expect_ended("customer_stopped")
        customer.hands.close()
        browser.close()


def arrives(console: Console, program: Page) -> bool:
    console.press("right")
    return bool(program.evaluate("() => window.pressed.includes('ArrowRight')"))


def is_green(console: Page) -> bool:
    """The program's colour, as nearly as video keeps it."""
    seen = console.evaluate(COLOUR_OF_PICTURE)
    return all(abs(value - wanted) < 12 for value, wanted in zip(seen[:3], GREEN, strict=True))
