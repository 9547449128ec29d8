"""The main job through the shipped programs, in real browser windows: one whole sealed session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Response, expect

import locales
from tests.e2e.carried import Carried
from tests.e2e.programs import Console, Demo, Tv, open_console, open_tv, open_used_tv, running_demo
from tests.e2e.stamp_in_page import picture_age_ms
from wire import code as codes

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

# A browser that never saw the console has this much to wait for on its line, the first picture included.
COLD_BYTES = 200 * 1024
PAGE_BYTES = 60 * 1024  # less than this is no console, and
PICTURE_BYTES = 8 * 1024  # less than this no picture
FRESH_MS = 2000  # far above what is measured in bench/, far below any still or replayed picture


@pytest.mark.proves("R96", "R99", "R100", "P1", "P10", "P11")
def test_a_whole_session_from_code_to_power_off(browser: Browser, demo: Demo) -> None:
    """R99, P1, P8-P11, P14, INV-A1, A5, A6, A8, B2, B7: code, yes, live picture, power-off, no way back."""
    carried = Carried()
    tv, console = open_tv(browser, demo), open_console(browser, demo, watch=carried.watch)
    console.expect_state("idle")
    code = tv.code()
    assert re.fullmatch(r"\d{4} \d{4} \d{4}", code)
    console.connect(code)
    console.expect_state("consent")
    tv.agree()
    console.expect_state("active")
    show_the_moving_source(console)
    wait_for_live_picture(console.page)
    first_picture = carried.until_first_picture(least=PICTURE_BYTES)
    assert PAGE_BYTES + PICTURE_BYTES < first_picture <= COLD_BYTES
    power_off_ends_both(tv, console)
    assert_a_spent_code_looks_never_issued(browser, demo, code)


def test_a_key_pressed_in_the_console_moves_the_tvs_focus(browser: Browser, used_demo: Demo) -> None:
    """P14, INV-B9: the technician's key reaches the TV's screen, and only the screen."""
    tv, console = session(browser, used_demo)
    before = tv.page.get_by_test_id("tv-screen").screenshot()
    console.press("right")
    wait_until_changed(tv.page, before)
    tv.press("stop")
    console.expect_ended("customer_stopped")
    tv.expect_state("ended")


def test_the_technician_ends_and_the_customer_is_told(browser: Browser, used_demo: Demo) -> None:
    """INV-B6: one reason, the same on both sides."""
    tv, console = session(browser, used_demo)
    console.page.get_by_test_id("end-session").click()
    console.expect_ended("technician_left")
    tv.expect_state("ended")


def test_no_means_no_and_nothing_was_seen(browser: Browser, used_demo: Demo) -> None:
    """INV-A6."""
    tv, console = waiting_for_consent(browser, used_demo)
    tv.press("back")
    console.expect_ended("consent_refused")
    tv.expect_state("ended")


def test_a_closed_tab_ends_the_session_on_the_tv(browser: Browser, used_demo: Demo) -> None:
    """INV-B3."""
    tv, console = session(browser, used_demo)
    console.page.close()
    tv.expect_state("ended")


def test_a_wrong_secret_is_told_to_both_and_uses_the_code_up(browser: Browser, used_demo: Demo) -> None:
    """INV-A1, C1: a right locator with wrong secret digits pairs nobody."""
    tv, console = open_used_tv(browser, used_demo), open_console(browser, used_demo)
    digits = tv.code().replace(" ", "")
    wrong = digits[:5] + f"{(int(digits[5:11]) + 1) % 1_000_000:06d}"
    console.connect(wrong + codes.check_digit(wrong))
    console.expect_ended("pairing_failed")
    tv.expect_state("ended")


def test_whoever_tries_it_out_gets_more_codes_than_a_household_in_an_hour(
    browser: Browser, demo: Demo
) -> None:
    """Decision 0004; each code is another one (INV-A3)."""
    tv = open_tv(browser, demo)
    codes_shown = set()
    for _ in range(12):
        codes_shown.add(tv.code())
        tv.press("back")
        tv.expect_state("idle")
    assert len(codes_shown) == 12


def test_the_story_in_vietnamese(browser: Browser, tmp_path: Path) -> None:
    """Both sides speak the customer's and the technician's language; nothing shows a key or a placeholder.

    The set speaks Czech, which this customer does not read: the first thing chosen on it is its language.
    """
    with running_demo(tmp_path, "--language", "cs") as demo:
        tv, console = open_tv(browser, demo, locale="vi"), open_console(browser, demo, locale="vi")
        expect(tv.page.locator("html")).to_have_attribute("lang", "cs")
        known = locales.languages()
        tv.press("help", "up", *["right"] * (known.index("vi") - known.index("cs")), "ok")
        expect(tv.page.locator("html")).to_have_attribute("lang", "vi")
        console.connect(tv.code())
        tv.expect_state("consent")
        no_leftovers(tv.page, console.page)
        tv.agree()
        console.expect_state("active")
        no_leftovers(tv.page, console.page)
        tv.press("power")
        tv.expect_state("off")
        console.expect_ended("device_powered_off")
        expect(console.page.locator("html")).to_have_attribute("lang", "vi")
        no_leftovers(tv.page, console.page)


def waiting_for_consent(browser: Browser, demo: Demo) -> tuple[Tv, Console]:
    tv, console = open_used_tv(browser, demo), open_console(browser, demo)
    console.connect(tv.code())
    tv.expect_state("consent")
    console.expect_state("consent")
    return tv, console


def session(browser: Browser, demo: Demo) -> tuple[Tv, Console]:
    tv, console = waiting_for_consent(browser, demo)
    tv.agree()
    console.expect_state("active")
    expect(console.page.get_by_test_id("frame-age")).to_be_visible()
    return tv, console


def show_the_moving_source(console: Console) -> None:
    """Source list, first row, OK: HDMI 1 with the stamped clock."""
    console.press("source", "ok")


def wait_for_live_picture(page: Page) -> None:
    """The stamp on the canvas is this moment's, twice, and it moves: it is the live picture."""
    page.wait_for_function(
        "() => document.querySelector('[data-testid=\"live-view\"]')?.width === 1920", timeout=30_000
    )
    ages: list[int] = []
    for _ in range(600):
        age = picture_age_ms(page)
        if age is not None:
            ages.append(age)
        if len(ages) == 20:
            break
        page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
    assert len(ages) == 20, "no stamped picture arrived"
    assert all(age < FRESH_MS for age in ages[5:]), ages


def power_off_ends_both(tv: Tv, console: Console) -> None:
    tv.press("power")
    tv.expect_state("off")
    console.expect_ended("device_powered_off")


def assert_a_spent_code_looks_never_issued(browser: Browser, demo: Demo, spent: str) -> None:
    """INV-A5: a second browser learns nothing from the difference, because there is none."""
    never = other_code(spent)
    answers = [refusal(open_console(browser, demo), code) for code in (spent, never)]
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def other_code(spent: str) -> str:
    """A code whose locator this demo, which issued a single one, never issued."""
    digits = spent.replace(" ", "")
    eleven = f"{(int(digits[:5]) + 31_337) % 100_000:05d}{digits[5:11]}"
    return eleven + codes.check_digit(eleven)


def refusal(console: Console, code: str) -> tuple[int, dict[str, str], str, str]:
    """Status, headers without the clock's, body and the words shown."""

    def redeems(response: Response) -> bool:
        return response.url.endswith("/v1/sessions") and response.request.method == "POST"

    with console.page.expect_response(redeems) as caught:
        console.connect(code)
    response = caught.value
    headers = {name: value for name, value in response.headers.items() if name != "date"}
    error = console.page.get_by_test_id("pin-error")
    expect(error).to_be_visible()
    return response.status, headers, response.text(), error.text_content() or ""


def wait_until_changed(page: Page, before: bytes) -> None:
    for _ in range(300):
        if page.get_by_test_id("tv-screen").screenshot() != before:
            return
    pytest.fail("the TV's picture did not change")


def no_leftovers(*pages: Page) -> None:
    for page in pages:
        text = page.locator("body").inner_text()
        assert not re.search(r"\{\w+\}|\{\{|%\(|\b(console|device|end|key|grant)\.[a-z_]+\.", text), text
