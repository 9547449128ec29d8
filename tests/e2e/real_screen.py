"""A kiosk that runs a browser on a real X display, read and touched as its customer would."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import ImageGrab

import locales
from device_agent.devices.simulated_tv.paint import panel_code
from device_agent.devices.simulated_tv.paint.type import CODE
from device_agent.devices.x11 import face
from device_agent.devices.x11.face import Scene
from device_agent.devices.x11.settings import ScreenSettings
from device_agent.panel import opened
from device_agent.panel_view import Banner, Item, Page, PanelView
from tests.chromium import CHROMIUM, DRIVEN
from tests.e2e.programs import PATIENCE_S, ROOT, Demo
from tests.tv.scenes import NAME, ORG, asks, words
from wire.commands import Grant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Page as BrowserPage
    from playwright.sync_api import Playwright

    from device_agent.devices.x11.face import Face
    from tests.x11.display import RealHands, Server

WIDTH, HEIGHT = 1920, 1080
KIOSK = """<!doctype html><meta charset="utf-8"><title>Ticket machine</title>
<style>
  body { margin: 0; background: #0f7a4c }
  input { margin: 400px 300px; width: 1200px; font-size: 60px }
</style>
<input aria-label="Name" autofocus>
<script>
  window.pressed = [];
  addEventListener("keydown", ({ key }) => window.pressed.push(key));
</script>"""
GREEN = (0x0F, 0x7A, 0x4C)
ENTRY = (600, 480)  # in its field


@contextmanager
def agent_on(server: Server, demo: Demo, data: Path, *options: str) -> Iterator[None]:
    """The shipped agent on that display, provisioned for the demo's service."""
    data.mkdir()
    shutil.copy(demo.data / "device" / "trust.json", data)
    command = [sys.executable, "-m", "device_agent", "--device", "x11", "--display", server.name, "--json"]
    with subprocess.Popen(
        [*command, "--data", str(data), *options], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        try:
            assert json.loads(process.stdout.readline())["output"] == "screen"
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0


@contextmanager
def kiosk_program(playwright: Playwright, server: Server) -> Iterator[BrowserPage]:
    """The real program: a browser in kiosk mode, as ticket machines have it."""
    args = [it for it in DRIVEN if not it.startswith("--headless")]
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=[*args, "--kiosk", f"--window-size={WIDTH},{HEIGHT}", "--window-position=0,0"],
        headless=False,
        env={"DISPLAY": server.name},
    )
    page = browser.new_page(no_viewport=True)
    page.set_content(KIOSK)
    try:
        yield page
    finally:
        browser.close()


@dataclass
class Customer:
    """Reads the screen and uses its mouse."""

    server: Server
    hands: RealHands

    def looks(self) -> NDArray[np.uint8]:
        return np.asarray(ImageGrab.grab(xdisplay=self.server.name).convert("RGB"))

    def sees(self, view: PanelView) -> bool:
        """Whether the screen shows exactly this."""
        shown = painted(view)
        box = shown.box
        return np.array_equal(
            self.looks()[box.top : box.bottom, box.left : box.right], shown.pixels[..., 2::-1]
        )

    def waits(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < end, "it did not come"

    def touches(self, view: PanelView, item: Item) -> None:
        box = next(it.box for it in painted(view).targets if it.item is item)
        self.hands.click((box.left + box.right) // 2, (box.top + box.bottom) // 2)

    def agrees(self, card: PanelView, yes: Item, console: BrowserPage) -> bool:
        """The card hears nothing at first, so they touch Yes until it does."""
        self.touches(card, yes)
        return console.get_by_test_id("session-state").get_attribute("data-state") == "active"

    def code(self) -> str:
        """Ask for a code by mouse, and read it off the screen."""
        idle, support = PanelView(), opened(support_page()).view
        self.waits(lambda: self.sees(idle))
        self.touches(idle, Item.GET_CODE)  # the whole hint
        self.waits(lambda: self.sees(support))
        self.touches(support, Item.GET_CODE)
        self.waits(lambda: bool(code_in(self.looks())))
        return code_in(self.looks())


def support_page() -> PanelView:
    return PanelView(page=Page.SUPPORT, languages=locales.languages(), language="en")


CONSENT = PanelView(
    page=Page.CONSENT, name=NAME, org=ORG, asks=asks(Grant.VIEW, Grant.KEYS, Grant.SETTINGS), seconds_left=60
)
CONNECTED = PanelView(banner=Banner(NAME, ORG, frozenset({Grant.VIEW, Grant.KEYS, Grant.SETTINGS})))


def painted(view: PanelView) -> Face:
    shown = face.paint(Scene(view, WIDTH, HEIGHT, key=ScreenSettings().help_key), words("en"))
    assert shown is not None
    return shown


def code_in(screen: NDArray[np.uint8]) -> str:
    """The code that is on the screen, digit by digit; empty where there is none."""
    left, right = panel_code._CARD.left + panel_code._INSET, panel_code._CARD.right - panel_code._INSET
    pitch, rows = panel_code._pitch(CODE), slice(270, 270 + CODE.line)
    starts = [x + place * pitch for x in panel_code._groups(left, right, CODE) for place in range(4)]
    cells = [slice(x, x + pitch) for x in starts]
    drawn = {
        digit: painted(PanelView(page=Page.CODE, code=digit * 12, seconds_left=1, seconds_total=1)).pixels
        for digit in "0123456789"
    }
    read = [
        next((d for d, it in drawn.items() if np.array_equal(screen[rows, cell], it[rows, cell, 2::-1])), "")
        for cell in cells
    ]
    return "".join(read) if all(read) else ""
