"""Paint every state of the set and of the console in every language on a few large pictures, to be looked at.

.venv/bin/python tools/contact_sheets.py --to sheets [--language lv ...] [--only tv|console] [--width 390 ...]

What a test can measure is measured by tests/tv/test_painting.py and tests/browser/test_console_languages.py;
what is ugly, wrong or said badly only a person sees.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import locales  # noqa: E402
from device_agent.devices.simulated_tv.paint import frame  # noqa: E402
from tests.browser.conftest import furnish, serving  # noqa: E402
from tests.browser.console_page import ConsolePage, Look  # noqa: E402
from tests.browser.test_console_languages import PLAYED, before_a_session  # noqa: E402
from tests.chromium import CHROMIUM, DRIVEN  # noqa: E402
from tests.tv.scenes import panels, scene, tv_screens, with_banner, words  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

Tile = tuple[str, Image.Image]
NOW_MS: Final = 1_760_000_000_000
LABEL: Final = 34
GAP: Final = 16
FONT: Final = str(ROOT / "device_agent/fonts/NotoSans-Regular.ttf")
GROUND: Final = (96, 96, 96)


def main() -> None:
    options = arguments()
    options.to.mkdir(parents=True, exist_ok=True)
    for language in options.language:
        if options.only != "console":
            sheets(list(tv_tiles(language)), options.to / f"tv-{language}", across=3, down=5)
    if options.only == "tv":
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        furnish(Path(folder) / "technician_web")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN)
        with serving(Path(folder) / "technician_web") as origin:
            for look in looks(options):
                tiles = list(console_tiles(browser, origin, look))
                across = {390: 8}.get(look.width, 4)
                sheets(tiles, options.to / f"console-{look}", across=across, down=3)
        browser.close()


def looks(options: argparse.Namespace) -> Iterator[Look]:
    for language in options.language:
        for place, width in enumerate(options.width):
            yield Look(language=language, theme="dark" if place % 2 else "light", width=width, height=844)


def tv_tiles(language: str) -> Iterator[Tile]:
    """Every screen and every page, at half size."""
    scenes = {name: scene(screens, language=language) for name, screens in tv_screens().items()}
    scenes |= {name: scene(panel=view, language=language) for name, view in panels().items()}
    scenes["banner"] = scene(panel=with_banner(panels()["code"]), language=language)
    for name, it in scenes.items():
        pixels = frame.paint(it, words(language), NOW_MS).pixels
        yield (
            name,
            Image.fromarray(pixels[:, :, [2, 1, 0]].copy()).resize((640, 360), Image.Resampling.LANCZOS),
        )


def console_tiles(browser: Browser, origin: str, look: Look) -> Iterator[Tile]:
    """Every state, as high as the page is; wide pages at half size."""
    console = ConsolePage(browser, origin, look)
    console.open()

    def taken(name: str) -> Tile:
        image = Image.open(io.BytesIO(console.page.screenshot(full_page=True))).convert("RGB")
        return name, image if look.width < 700 else image.resize((image.width // 2, image.height // 2))

    for name, reach in before_a_session(console):
        reach()
        yield taken(name)
    console.go_offline(offline=False)
    console.connect()
    for name, states in PLAYED.items():
        for state in states:
            console.play(state)
        yield taken(name)
    console.close()


def sheets(tiles: list[Tile], to: Path, *, across: int, down: int) -> None:
    """As many pictures as it takes, each row as high as its highest tile."""
    for number, start in enumerate(range(0, len(tiles), across * down), start=1):
        rows = [
            tiles[row : row + across] for row in range(start, min(start + across * down, len(tiles)), across)
        ]
        heights = [max(image.height for _, image in row) + LABEL + GAP for row in rows]
        wide = max(sum(image.width + GAP for _, image in row) for row in rows)
        sheet = Image.new("RGB", (wide, sum(heights)), GROUND)
        pen, font = ImageDraw.Draw(sheet), ImageFont.truetype(FONT, 20)
        top = 0
        for row, tall in zip(rows, heights, strict=True):
            left = 0
            for name, image in row:
                pen.text((left + 4, top + 4), name, font=font, fill="white")
                sheet.paste(image, (left, top + LABEL))
                left += image.width + GAP
            top += tall
        sheet.save(to.with_name(f"{to.name}-{number}.png"))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--language", nargs="+", default=locales.languages(), choices=locales.languages())
    parser.add_argument("--width", nargs="+", type=int, default=[390, 1280, 1440])
    parser.add_argument("--only", choices=["tv", "console"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
