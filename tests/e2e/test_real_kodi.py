"""The real Kodi, helped by the shipped programs from code to Stop, and again until Kodi ends."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from device_agent.panel_view import Item, PanelView
from tests.e2e.programs import PATIENCE_S, Console, chromium, open_console, running_demo
from tests.e2e.real_kodi import REQUIRED, running_kodi
from tests.e2e.real_screen import CONNECTED, CONSENT, HEIGHT, WIDTH, Customer, agent_on
from tests.x11.display import RealHands, xvfb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.e2e.programs import Demo
    from tests.e2e.real_kodi import Kodi

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TYPED = "Phòng khách của ông Đào Văn Ấn"
ESCAPE = 0xFF1B
PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"
DRAWS_S = 5  # on a busy machine, without a graphics card
UNDER_WAY = re.compile("pressed|sent")

if REQUIRED:

    def test_a_kodi_is_helped_and_its_end_is_the_devices_end(tmp_path: Path) -> None:
        """R99, R100, INV-A6, B1, B2, B7, A8: what the customer does is done by mouse on Kodi's own screen."""
        (tmp_path / "home").mkdir()
        with (
            running_demo(tmp_path / "demo") as demo,
            xvfb(width=WIDTH, height=HEIGHT) as server,
            running_kodi(server, tmp_path / "home") as kodi,
            agent_on(server, demo, tmp_path / "kodi", "--device=kodi", f"--kodi=127.0.0.1:{kodi.port}"),
            sync_playwright() as playwright,
        ):
            browser = chromium(playwright)
            customer = Customer(server, RealHands(server))
            console = connected(browser, demo, customer)
            drive_menus(console, customer, kodi)
            change_a_setting(console, customer, kodi)
            type_a_text(console, customer, kodi)
            customer.touches(CONNECTED, Item.STOP)
            console.expect_ended("customer_stopped")
            customer.waits(lambda: leaves_the_end_card(customer))
            again = connected(browser, demo, customer)
            kodi.ask("Application.Quit")
            again.expect_ended("device_powered_off")
            customer.hands.close()
            browser.close()


def connected(browser: Browser, demo: Demo, customer: Customer) -> Console:
    console = open_console(browser, demo)
    console.connect(customer.code())
    console.expect_state("consent")
    customer.waits(lambda: customer.agrees(CONSENT, Item.YES, console.page))
    customer.waits(lambda: customer.sees(CONNECTED))
    return console


def drive_menus(console: Console, customer: Customer, kodi: Kodi) -> None:
    walk = (("menu", "Settings"), ("home", "Home"), ("source", "Videos"), ("home", "Home"))
    for key, window in walk if PROVING else walk[:2]:
        press_until(customer, console, key, lambda window=window: window in kodi.window)  # type: ignore[misc]


def press_until(customer: Customer, console: Console, key: str, holds: Callable[[], bool]) -> None:
    """A Kodi that draws may not take a key in time, and is given none then: a technician presses again."""

    def came() -> bool:
        button = console.page.get_by_test_id(f"pad-{key}")
        button.click()
        expect(button).not_to_have_attribute("data-state", UNDER_WAY)
        end = time.monotonic() + DRAWS_S
        while not holds():
            if time.monotonic() > end:
                return False
        return True

    customer.waits(lambda: holds() or came())


def change_a_setting(console: Console, customer: Customer, kodi: Kodi) -> None:
    page = console.page
    page.get_by_test_id("settings-lookandfeel").locator("summary").click()
    feeds = page.get_by_test_id("setting-lookandfeel-enablerssfeeds")
    expect(feeds).not_to_be_checked()
    feeds.click()
    customer.waits(lambda: kodi.setting("lookandfeel.enablerssfeeds") is True)
    expect(feeds).to_be_checked()


def type_a_text(console: Console, customer: Customer, kodi: Kodi) -> None:
    """The name of this Kodi, by its own keyboard on the screen."""
    kodi.ask("GUI.ActivateWindow", window="servicesettings")
    customer.waits(lambda: kodi.window == "Settings - Service")
    press_until(customer, console, "right", lambda: kodi.control == "Device name")
    press_until(customer, console, "ok", lambda: kodi.window == "Virtual keyboard")
    page = console.page
    page.get_by_test_id("type-text").fill(TYPED)
    customer.waits(lambda: sends(console, kodi))
    press_until(customer, console, "ok", lambda: kodi.window == "Settings - Service")
    customer.waits(lambda: kodi.setting("services.devicename") == TYPED)
    page.get_by_test_id("settings-services").locator("summary").click()
    expect(page.get_by_test_id("setting-services-devicename")).to_have_value(TYPED, timeout=PATIENCE_S * 1000)


def sends(console: Console, kodi: Kodi) -> bool:
    """What a Kodi that draws did not take in time is said, and stays in the field: it is sent again."""
    page = console.page
    page.get_by_test_id("type-send").click()
    said = page.locator("section.type").get_by_role("status")
    expect(said).not_to_be_empty(timeout=PATIENCE_S * 1000)
    if page.get_by_test_id("type-text").input_value() != "":
        expect(page.get_by_test_id("type-text")).to_have_value(TYPED)
        return False
    end = time.monotonic() + DRAWS_S
    while kodi.typed != TYPED:
        assert time.monotonic() < end, "Kodi took it and does not show it"
    return True


def leaves_the_end_card(customer: Customer) -> bool:
    customer.hands.key(ESCAPE)
    return customer.sees(PanelView())
