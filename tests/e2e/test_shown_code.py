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
    tv.type_code(code)
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
