"""The TV's sound at the console, and by which way the picture comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.console_page import LIVE

if TYPE_CHECKING:
    from tests.browser.conftest import Open
    from tests.browser.console_page import ConsolePage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AUDIBLE = LIVE | {"caps": ["sound"], "grants": ["keys", "sound", "view"]}


def heard(console: ConsolePage) -> list[bool]:
    return [call[1] for call in console.calls("hear")]


def test_the_sound_is_off_until_the_technician_switches_it_on(open_console: Open) -> None:
    console = open_console().reach(AUDIBLE)
    button = console.by("sound")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(button).to_contain_text("TV sound off")
    assert heard(console) == []
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_contain_text("TV sound on")
    console.page.keyboard.press("F9")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert heard(console) == [True, False]
    assert console.violations() == []


@pytest.mark.parametrize(
    "state", [AUDIBLE | {"grants": ["keys", "view"]}, AUDIBLE | {"caps": []}], ids=["not given", "no sound"]
)
def test_where_nothing_may_be_heard_there_is_no_button_and_no_key(
    open_console: Open, state: dict[str, object]
) -> None:
    console = open_console().reach(state)
    expect(console.by("sound")).to_be_hidden()
    console.page.keyboard.press("F9")
    assert heard(console) == []


def test_the_strip_says_which_way_the_picture_comes(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    expect(console.by("carrier")).to_have_text("Sealed, through the server")
    console.play({"carrier": "dc"})
    expect(console.by("carrier")).to_have_text("Sealed, directly from the TV")
    expect(console.by("carrier")).to_have_attribute("data-carrier", "dc")
