"""The viewer: one Chromium, and in its page a reader of the scene's clock."""

from __future__ import annotations

import base64
import io
import json
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image
from playwright.sync_api import Error

from bench.screen.children import CannotRun
from bench.screen.stamps import number_of
from device_agent.devices.simulated_tv import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from playwright.sync_api import Browser, Page, Playwright, ViewportSize

    from bench.screen.scenes import Box

    Pixels = NDArray[np.uint8]

CHROMIUM: Final = "/usr/bin/chromium"
VIEWPORT: Final[ViewportSize] = {"width": 1280, "height": 720}
FIRST_S: Final = 60.0
# Headless, no GPU, software decoding: a worst case for the viewer, and the same for every system.
ARGUMENTS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns,Translate,LocalNetworkAccessChecks",
    # No name but this one is ever looked up: nothing waits for a server that is not there.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE 198.18.99.1",
)
_READER: Final = Path(__file__).with_name("reader.js")
_LOOK_S: Final = 0.02
# The page itself tells. Playwright looks again after half a second at last, which is none of a system's time.
_APPEARED: Final = """([selector, ms]) => new Promise((tell) => {
  const look = () => {
    if (!document.querySelector(selector)) return;
    observer.disconnect();
    tell(true);
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  setTimeout(() => { observer.disconnect(); tell(false); }, ms);
  look();
})"""


@dataclass(frozen=True, slots=True)
class Noted:
    """What the reader noted since it was told to forget."""

    samples: tuple[tuple[str, float], ...]
    clicks: tuple[float, ...]
    keys: tuple[float, ...]
    frames: int
    size: tuple[int, int]
    problem: str


class View:
    """One page that shows the screen, and the reader in it."""

    def __init__(self, page: Page, selector: str) -> None:
        self.page = page
        given = {
            "selector": selector,
            "width": stamp.WIDTH,
            "cell": stamp.CELL,
            "left": stamp.LEFT,
            "top": stamp.TOP,
            "cells": stamp.CELLS,
        }
        source = _READER.read_text(encoding="utf-8")
        expression = source[source.index("\n(/** @param") :].strip().removesuffix(";")
        page.add_init_script(f"if (window === window.top) ({expression})({json.dumps(given)})")

    def forget(self) -> None:
        self.page.evaluate("() => alongsideReader.forget()")

    def appears(self, selector: str, *, within_ms: float = FIRST_S * 1000) -> bool:
        """Returns as soon as the page has such an element, or False when the time is over."""
        return bool(self.page.evaluate(_APPEARED, [selector, within_ms]))

    def wait_for(self, selector: str) -> None:
        """The same where there is nothing to do without it."""
        if not self.appears(selector):
            raise CannotRun(f"the page never showed {selector}")

    def noted(self) -> Noted:
        fields = "samples, clicks, keys, frames, size, problem"
        told: dict[str, Any] = self.page.evaluate(
            f"() => (({{{fields}}}) => ({{{fields}}}))(alongsideReader)"
        )
        return Noted(
            samples=tuple((row, float(at)) for row, at in told["samples"]),
            clicks=tuple(told["clicks"]),
            keys=tuple(told["keys"]),
            frames=told["frames"],
            size=tuple(told["size"]),
            problem=told["problem"],
        )

    def middle(self) -> tuple[float, float]:
        """Where to click in the page to hit the middle of the screen."""
        x, y = self.page.evaluate("() => alongsideReader.middle()")
        return x, y

    def last(self) -> int | None:
        """The newest stamp on show, as far as it can be read."""
        row = self.page.evaluate("() => alongsideReader.samples.at(-1)?.[0] ?? ''")
        return number_of(row) if row else None

    def first_picture(self, *, within: float = FIRST_S) -> float:
        """When the page first showed a whole stamp, ms since the epoch."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            with suppress(Error):  # between two pages there is nobody to ask
                noted = self.noted()
                whole = [at for row, at in noted.samples if number_of(row) is not None]
                if whole:
                    return whole[0]
            time.sleep(_LOOK_S)
        raise CannotRun(f"no picture within {within:.0f} s ({self._why()})")

    def _why(self) -> str:
        with suppress(Error):
            noted = self.noted()
            return noted.problem or f"{len(noted.samples)} unreadable samples of {noted.size}"
        return "the page does not answer"

    def pictures(self, moments: Sequence[float], boxes: Sequence[Box]) -> list[list[Pixels]]:
        """At each of these moments, what the page shows in each of these boxes of the screen; RGB."""
        asked = {"at": list(moments), "boxes": [asdict(box) for box in boxes]}
        texts = self.page.evaluate("(asked) => alongsideReader.pictures(asked)", asked)
        found = [_pixels(text) for text in texts]
        return [found[at : at + len(boxes)] for at in range(0, len(found), len(boxes))]


def _pixels(text: str) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB"))


@dataclass(frozen=True, slots=True)
class Viewer:
    """A browser with nothing in its caches, and the id of its first process."""

    browser: Browser
    pid: int


@contextmanager
def viewer(playwright: Playwright, program: str, arguments: Sequence[str] = ()) -> Iterator[Viewer]:
    browser = playwright.chromium.launch(
        executable_path=program, args=[*ARGUMENTS, *arguments], headless=True
    )
    try:
        line = browser.new_browser_cdp_session()
        told = line.send("SystemInfo.getProcessInfo")["processInfo"]
        line.detach()
        yield Viewer(browser, next(int(one["id"]) for one in told if one["type"] == "browser"))
    finally:
        with suppress(Error):
            browser.close()
