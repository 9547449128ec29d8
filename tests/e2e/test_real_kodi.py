"""The real Kodi, helped by the shipped programs: keys move it, and its end is the device's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from device_agent.panel_view import Item
from tests.e2e.programs import chromium, open_console, running_demo
from tests.e2e.real_kodi import running_kodi
from tests.e2e.real_screen import CONNECTED, CONSENT, HEIGHT, WIDTH, Customer, agent_on
from tests.x11.display import RealHands, xvfb

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.real_kodi import Kodi

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"  # Kodi is 155 MB that a first `make test` need not fetch

if PROVING:

    def test_kodi_is_driven_and_its_end_is_the_devices_end(tmp_path: Path) -> None:
        """INV-B2, R100."""
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
            console = open_console(browser, demo)
            console.connect(customer.code())
            console.expect_state("consent")
            customer.waits(lambda: customer.agrees(CONSENT, Item.YES, console.page))
            customer.waits(lambda: customer.sees(CONNECTED))
            console.press("menu")
            customer.waits(lambda: window(kodi) == "Settings")
            console.press("home")
            customer.waits(lambda: window(kodi) == "Home")
            kodi.ask("Application.Quit")
            console.expect_ended("device_powered_off")
            customer.hands.close()
            browser.close()


def window(kodi: Kodi) -> str:
    told = kodi.ask("GUI.GetProperties", properties=["currentwindow"])
    return str(told["currentwindow"]["label"])
