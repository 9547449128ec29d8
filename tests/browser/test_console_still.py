"""A lossless still in the console: taken, looked at closely by mouse and keys, and saved byte for byte."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.console_page import LIVE, NOW_MS
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    from tests.browser.conftest import Open
    from tests.browser.console_page import ConsolePage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ABLE = LIVE | {"caps": ["still"], "grants": ["view"]}
SIZE = (64, 36)


def file() -> bytes:
    """Two colours, one pixel each in turn: nothing of it may be blurred."""
    picture = Image.new("RGB", SIZE, (200, 30, 20))
    for x in range(0, SIZE[0], 2):
        for y in range(SIZE[1]):
            picture.putpixel((x, y), (10, 60, 220))
    data = io.BytesIO()
    picture.save(data, "WEBP", lossless=True)
    return data.getvalue()


def gives(console: ConsolePage, data: bytes, **changes: Any) -> None:
    """The next still that is asked for."""
    console.page.evaluate(
        """([text, more]) => {
          fake.still = { file: Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)), ...more };
        }""",
        [
            base64.b64encode(data).decode(),
            {"outcome": "exact", "type": "image/webp", "width": SIZE[0], "height": SIZE[1], "at": NOW_MS}
            | {"sha256": sha256_b64(data)}
            | changes,
        ],
    )


def taken(open_console: Open) -> ConsolePage:
    console = open_console().reach(ABLE)
    gives(console, file())
    console.by("still-take").click()
    expect(console.by("still-canvas")).to_have_attribute("data-drawn", "true")
    return console


def scale(console: ConsolePage) -> float:
    return float(console.by("still-canvas").get_attribute("data-scale") or 0)


def test_a_still_shows_the_hash_of_the_very_bytes_that_are_saved(open_console: Open) -> None:
    console = taken(open_console)
    expect(console.by("still-hash")).to_have_text(hashlib.sha256(file()).hexdigest())
    with console.page.expect_download() as download:
        console.by("still-save").click()
    assert download.value.path().read_bytes() == file()
    assert download.value.suggested_filename.endswith("Z.webp")


def test_keys_zoom_move_and_show_the_grid_and_none_reaches_the_tv(open_console: Open) -> None:
    console = open_console().reach(ABLE | {"grants": ["keys", "view"]})
    gives(console, file())
    console.page.keyboard.press("F4")
    expect(console.by("still-canvas")).to_have_attribute("data-drawn", "true")
    canvas = console.by("still-canvas")
    fit = scale(console)
    canvas.focus()
    for _ in range(5):
        console.page.keyboard.press("+")
    assert scale(console) == 16
    console.page.keyboard.press("g")
    expect(console.by("still-grid")).to_have_attribute("aria-pressed", "true")
    for key in ("ArrowLeft", "ArrowDown", "-"):
        console.page.keyboard.press(key)
    console.page.keyboard.press("0")
    assert scale(console) == fit
    assert console.calls("press") == []
    console.page.keyboard.press("Escape")
    expect(console.by("still")).to_have_count(0)
    expect(console.by("still-take")).to_be_focused()


def test_enlarged_pixels_have_hard_edges(open_console: Open) -> None:
    console = taken(open_console)
    for _ in range(5):
        console.by("still-larger").click()
    colours = console.page.evaluate(
        """() => {
          const canvas = document.querySelector('[data-testid="still-canvas"]');
          const { data } = canvas.getContext('2d').getImageData(0, canvas.height >> 1, canvas.width, 1);
          const seen = new Set();
          for (let at = 0; at < data.length; at += 4) {
            if (data[at + 3]) seen.add(data.slice(at, at + 3).join());
          }
          return [...seen].sort();
        }"""
    )
    assert colours == ["10,60,220", "200,30,20"]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"outcome": "mismatch"}, "not the still in the TV’s signed record"),  # noqa: RUF001
        ({"outcome": "incomplete"}, "lost on the way"),
        ({"outcome": "refused", "cause": "no_picture"}, "no picture"),
        ({"outcome": "refused", "cause": "too_soon"}, "two seconds"),
        ({"outcome": "refused", "cause": "covered"}, "page of the customer"),
    ],
)
def test_without_one_it_says_why_and_shows_nothing(
    open_console: Open, result: dict[str, str], words: str
) -> None:
    console = open_console().reach(ABLE)
    console.page.evaluate("(result) => { fake.still = result; }", result)
    console.by("still-take").click()
    expect(console.by("still-say")).to_contain_text(words)
    expect(console.by("still")).to_have_count(0)


@pytest.mark.parametrize("odd", [{"caps": []}, {"grants": ["keys"]}], ids=["cannot", "not given"])
def test_where_there_can_be_none_there_is_no_button(open_console: Open, odd: dict[str, Any]) -> None:
    console = open_console().reach(ABLE | odd)
    expect(console.by("still-take")).to_be_hidden()
    console.page.keyboard.press("F4")
    assert console.calls("still") == []
