"""Serve every page of the customer's portal from samples, or paint them, to be looked at.

.venv/bin/python tools/portal_preview.py [--port 8700]
.venv/bin/python tools/portal_preview.py --to pictures [--language lv ...] [--page product ...]
                                          [--width 390 ...] [--theme dark ...]
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from aiohttp import web
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.chromium import CHROMIUM, DRIVEN  # noqa: E402
from tests.portal import samples  # noqa: E402
from tests.portal.serving import application, serving  # noqa: E402


def paint(folder: Path, languages: list[str], pages: list[str], widths: list[int], themes: list[str]) -> None:
    """One picture for each page, language, width and theme asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    names = pages or [name for name, _ in samples.pages("en")]
    with serving() as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN)
        for language in languages:
            for width in widths:
                for theme in themes:
                    dark = theme == "dark"
                    context = browser.new_context(
                        viewport={"width": width, "height": 900},
                        color_scheme="dark" if dark else "light",
                        reduced_motion="reduce",
                    )
                    page = context.new_page()
                    for name in names:
                        page.goto(f"{origin}/{language}/in/{name}")
                        file = f"{re.sub('[^a-z0-9]+', '-', name)}-{language}-{width}-{theme}.png"
                        page.screenshot(path=folder / file, full_page=True)
                    context.close()
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--to", type=Path)
    parser.add_argument("--language", nargs="*", default=["en"], choices=samples.LANGUAGES)
    parser.add_argument("--page", nargs="*", default=[])
    parser.add_argument("--width", nargs="*", type=int, default=[390, 1280])
    parser.add_argument("--theme", nargs="*", default=["light"], choices=["light", "dark"])
    asked = parser.parse_args()
    if asked.to is None:
        web.run_app(application(), host="127.0.0.1", port=asked.port)
    else:
        paint(asked.to, asked.language, asked.page, asked.width, asked.theme)


if __name__ == "__main__":
    main()
