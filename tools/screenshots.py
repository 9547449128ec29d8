"""Take the pictures in README and docs from the real thing: the shipped demo in a real Chromium.

.venv/bin/python tools/screenshots.py [--to docs/images] [--language en]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e.programs import Console, Tv, chromium, open_console, open_tv, running_demo  # noqa: E402


def main() -> None:
    options = arguments()
    options.to.mkdir(parents=True, exist_ok=True)
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as data,
        running_demo(Path(data), "--language", options.language) as demo,
    ):
        browser = chromium(playwright)
        tv = open_tv(browser, demo, locale=options.language)
        console = open_console(browser, demo, locale=options.language, dark=options.dark)
        story(tv, console, Album(options.to))
        browser.close()


class Album:
    """Numbered pictures of both pages, in the order in which a person would see them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, name: str, *pages: tuple[str, Tv | Console]) -> None:
        for who, side in pages:
            side.page.screenshot(path=self._folder / f"{name}-{who}.png")


def story(tv: Tv, console: Console, album: Album) -> None:
    tv.press("help")
    album.take("1-support", ("tv", tv))
    tv.press("ok")
    tv.expect_state("pin")
    code = (tv.page.get_by_test_id("tv-pin").text_content() or "").strip()
    console.page.get_by_test_id("pin-input").fill(code[:11])
    album.take("2-code", ("tv", tv), ("console", console))
    console.connect(code)
    tv.expect_state("consent")
    console.expect_state("consent")
    album.take("3-consent", ("tv", tv), ("console", console))
    tv.agree()
    console.expect_state("active")
    settled(console)
    album.take("4-live", ("tv", tv), ("console", console))
    console.press("source", "ok")
    settled(console)
    album.take("5-moving", ("tv", tv), ("console", console))
    tv.press("power")
    console.expect_ended("device_powered_off")
    album.take("6-ended", ("console", console))
    tv.press("power")
    tv.page.wait_for_timeout(500)
    album.take("7-on-again", ("tv", tv))


def settled(console: Console) -> None:
    """A second for the picture to sharpen; a person looks at least that long."""
    console.page.get_by_test_id("frame-age").wait_for()
    console.page.wait_for_timeout(1500)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--language", default="en")
    parser.add_argument("--dark", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
