"""The other way round through the shipped programs: the console shows the code and the customer types it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.programs import open_console, open_tv
from tests.e2e.test_first_light import show_the_moving_source, wait_for_live_picture, wait_until_changed
from wire import code as codes

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.programs import Demo

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def with_secret(code: str, add: int) -> str:
    """The same locator with another secret, and a check digit that fits."""
    digits = code.replace(" ", "")
    eleven = digits[:5] + f"{(int(digits[5:11]) + add) % 1_000_000:06d}"
    return eleven + codes.check_digit(eleven)


def test_a_whole_session_from_a_code_the_console_shows(browser: Browser, demo: Demo) -> None:
    """P1, P8-P11, INV-A6, A7, B6, D1, D3: shown, typed, agreed, seen, one key, stopped, and all on record."""
    tv, console = open_tv(browser, demo), open_console(browser, demo)
    code = console.show_code()
    console.expect_state("idle")
    tv.press_code(code)
    console.expect_state("consent")
    assert console.page.get_by_text(code).count() == 0
    tv.agree()
    console.expect_state("active")
    show_the_moving_source(console)
    wait_for_live_picture(console.page)
    before = tv.page.get_by_test_id("tv-screen").screenshot()
    console.press("home")
    wait_until_changed(tv.page, before)
    tv.press("stop")
    tv.expect_state("ended")
    tv.expect_words("You pressed Stop")
    console.expect_ended("customer_stopped")
    expect(console.page.get_by_test_id("end-reason")).to_have_text("The customer pressed Stop")
    [line] = demo.audit("list")
    told = demo.audit("show", line["session"])
    assert (told["chain"]["whole"], told["gaps"], told["reason"]) == (True, [], "customer_stopped")
    began = [(entry["typ"], entry["by"]["role"]) for entry in told["entries"][:2]]
    assert began == [("pin.shown", "technician"), ("pin.claimed", "device")]
    assert [command["record"]["outcome"] for command in told["commands"][1:]] == ["done"] * 3
    assert code[5:] not in str(told)
    assert not re.search(code.replace(" ", "")[5:11], "".join(demo.stderr))


def test_wrong_digits_are_told_to_both_the_code_is_dead_and_guessing_is_slowed(
    browser: Browser, demo: Demo
) -> None:
    """INV-A1, A4, A5, C1: a wrong secret pairs nobody, a spent code opens nothing, then there is a wait."""
    tv, console = open_tv(browser, demo), open_console(browser, demo)
    code = console.show_code()
    tv.type_code(with_secret(code, 1))
    console.expect_ended("pairing_failed")
    tv.expect_state("ended")
    tv.expect_words("Somebody tried a wrong code")
    # The right digits, too late; a locator that never was; and a code of a TV, which is not for TVs.
    for typed in (
        code,
        with_secret(code, 2),
        with_secret(f"{(int(code[:4]) + 1) % 10_000:04d}{code[4:]}", 0),
    ):
        tv.press("home")
        tv.type_code(typed)
        tv.expect_words("This code does not open a session")
    tv.press("home")
    own = tv.code()
    tv.press("back")
    tv.press("home")
    tv.type_code(own)
    tv.expect_words("This code does not open a session")
    tv.press("home")
    tv.type_code(with_secret(code, 3))
    tv.expect_words("A short pause first")
    fresh = open_console(browser, demo)
    assert fresh.show_code() != code
    first = demo.audit("list")[-1]
    assert demo.audit("show", first["session"])["reason"] == "pairing_failed"
