"""Pointing, asking for more, settings and text through the shipped programs, in real browser windows."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.programs import Console, Demo, Tv, open_console, open_tv

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TYPED = "Nhà Đỗ"


@pytest.mark.proves("R102", "P14")
def test_a_technician_points_asks_for_more_sets_and_types_until_the_customer_stops(
    browser: Browser, demo: Demo
) -> None:
    """INV-A6, B1, B9, C4: each thing only with its grant, asked for on the TV and answered there."""
    tv, console = open_tv(browser, demo), open_console(browser, demo)
    for grant in ("keys", "settings"):
        console.page.get_by_test_id(f"ask-{grant}").uncheck()
    console.connect(tv.code())
    tv.agree()
    console.expect_state("active")
    point(tv, console)
    take_a_still(console)
    ask_for_more(tv, console)
    change_a_setting(console)
    type_a_text(console)
    tv.press("stop")
    console.expect_ended("customer_stopped")
    tv.expect_state("ended")
    assert_nothing_keeps_what_was_typed(demo)


def point(tv: Tv, console: Console) -> None:
    screen = tv.page.get_by_test_id("tv-screen")
    before = screen.screenshot()
    console.page.get_by_test_id("mode-point").click()
    picture = console.page.get_by_test_id("live-view")
    expect(picture).to_have_attribute("data-hand", "point")
    picture.click()
    for _ in range(300):
        if screen.screenshot() != before:
            break
    else:
        pytest.fail("no arrow came onto the TV")
    console.page.get_by_test_id("mode-drive").click()


def take_a_still(console: Console) -> None:
    """Exact by the TV's signed record; what is saved has the hash that is shown."""
    page = console.page
    page.get_by_test_id("still-take").click()
    expect(page.get_by_test_id("still-canvas")).to_have_attribute("data-drawn", "true")
    with page.expect_download() as download:
        page.get_by_test_id("still-save").click()
    saved = download.value.path().read_bytes()
    expect(page.get_by_test_id("still-hash")).to_have_text(hashlib.sha256(saved).hexdigest())
    with Image.open(io.BytesIO(saved)) as picture:
        assert picture.size == (1920, 1080)
    page.get_by_test_id("still-close").click()


def ask_for_more(tv: Tv, console: Console) -> None:
    page = console.page
    expect(page.get_by_test_id("pad-ok")).to_have_attribute("aria-disabled", "true")
    page.get_by_test_id("ask-more").click()
    for grant in ("keys", "settings"):
        page.get_by_test_id(f"more-{grant}").check()
    page.get_by_test_id("more-send").click()
    expect(tv.page.get_by_test_id("tv-consent")).to_contain_text("asks for more")
    focus = tv.page.locator("#focus")
    for _ in range(100):  # the card hears nothing at first
        if focus.text_content() == "Yes, allow":
            break
        tv.press("left")
    tv.press("ok")
    expect(page.get_by_text("The customer said Yes.")).to_be_visible()
    expect(page.get_by_test_id("pad-ok")).not_to_have_attribute("aria-disabled", "true")


def change_a_setting(console: Console) -> None:
    page = console.page
    page.get_by_test_id("settings-picture").locator("summary").click()
    field = page.get_by_test_id("setting-picture-backlight")
    expect(field).to_have_value("40")
    field.fill("12")
    field.press("Enter")
    expect(page.locator("#panel-changes")).to_contain_text("Backlight, once")


def type_a_text(console: Console) -> None:
    """Settings, Network, the name of the Wi-Fi: its keyboard opens, and takes a script it does not have."""
    page = console.page
    for key in ("menu", "down", "down", "ok", "down", "ok"):
        button = page.get_by_test_id(f"pad-{key}")
        button.click()
        expect(button).to_have_attribute("data-state", "done")
    hint = page.locator("#type-text-hint")
    expect(hint).to_contain_text("Room for 20")
    page.get_by_test_id("type-text").fill(TYPED)
    page.get_by_test_id("type-text").press("Enter")
    expect(hint).to_contain_text(f"Room for {20 - len(TYPED)}")


def assert_nothing_keeps_what_was_typed(demo: Demo) -> None:
    files = [path for path in demo.data.rglob("*") if path.is_file()]
    assert any(path.suffix in {".db", ".sqlite", ".sqlite3"} or "db" in path.name for path in files), files
    for path in files:
        assert TYPED.encode() not in path.read_bytes(), path
