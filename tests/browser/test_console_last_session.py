"""What a tab keeps of a session after its end and over a reload; nothing of it opens anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import locales
from tests.browser.console_page import DECIDING, ENDED, GOOD_CODE, LIVE, ConsolePage, Look

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def reload(console: ConsolePage) -> ConsolePage:
    """As F5, whatever the page would ask."""
    console.page.once("dialog", lambda dialog: dialog.accept())
    console.page.reload()
    expect(console.by("sign-in")).to_be_visible()
    return console


def kept(console: ConsolePage) -> str:
    found: str = console.page.evaluate("JSON.stringify({ ...sessionStorage, ...localStorage })")
    return found


@pytest.mark.parametrize("language", ["en", "vi"])
def test_after_a_loss_and_a_reload_only_a_code_is_missing(open_console: Open, language: str) -> None:
    """The TV, the request and the ending are there, what was asked for is filled in, and no code is."""
    words = locales.load(language, "console", "shared")
    console = open_console(Look(language=language)).sign_in()
    console.by("ask-settings").uncheck()
    console.connect().play(LIVE).play(ENDED | {"reason": "technician_lost"})
    console.press("new-code")
    assert_kept(console)
    assert GOOD_CODE not in kept(console)
    reload(console)
    expect(console.page.get_by_role("main")).to_contain_text(words.text("console.last.kept"))
    expect(console.page.get_by_role("main")).not_to_contain_text("HM-7K42-93")
    console.sign_in()
    assert_kept(console)
    expect(console.by("last-session")).to_contain_text(words.text("end.technician.technician_lost.title"))
    assert console.violations() == []
    console.press("show-pin")
    assert console.calls("show") == [["show", "HM-7K42-93", ["keys", "view"]]]


def assert_kept(console: ConsolePage) -> None:
    expect(console.by("last-session")).to_contain_text("Vista 55 Q7")
    expect(console.by("last-session")).to_contain_text("4.2.1")
    expect(console.by("request")).to_have_value("HM-7K42-93")
    expect(console.by("ask-settings")).not_to_be_checked()
    expect(console.by("ask-keys")).to_be_checked()
    expect(console.by("pin-input")).to_have_value("")


def test_a_session_that_the_reload_ended_says_so(open_console: Open) -> None:
    console = reload(open_console().reach(LIVE)).sign_in()
    expect(console.by("last-session")).to_contain_text("The page was reloaded or closed")
    expect(console.by("session-state")).to_have_attribute("data-state", "idle")


def test_before_a_session_what_was_typed_outlives_a_reload(open_console: Open) -> None:
    console = open_console().sign_in()
    console.by("request").fill("HM-1")
    console.by("pin-input").fill(GOOD_CODE)
    reload(console).sign_in()
    expect(console.by("request")).to_have_value("HM-1")
    expect(console.by("pin-input")).to_have_value("")
    expect(console.by("last-session")).to_have_count(0)


def test_an_ending_is_one_press_from_a_code_to_show(open_console: Open) -> None:
    console = open_console().reach(LIVE).play(ENDED)
    console.press("show-pin")
    assert console.calls("show") == [["show", "HM-7K42-93", ["keys", "settings", "view"]]]


def test_a_new_request_begins_with_nothing(open_console: Open) -> None:
    console = open_console().reach(LIVE).play(ENDED)
    console.press("new-code").press("new-request")
    expect(console.by("last-session")).to_have_count(0)
    expect(console.by("request")).to_have_value("")
    assert "HM-7K42-93" not in kept(console)


def test_signing_out_forgets_it(open_console: Open) -> None:
    console = open_console().reach(LIVE).play(ENDED)
    console.press("new-code").press("menu").press("sign-out")
    expect(console.by("sign-in")).to_be_visible()
    assert json.loads(kept(console)).keys() <= {"alongside.language", "alongside.theme"}
    console.sign_in()
    expect(console.by("last-session")).to_have_count(0)


def test_another_technician_in_the_same_tab_sees_nothing_of_it(open_console: Open) -> None:
    console = open_console().reach(DECIDING)
    console.page.add_init_script("""
        const last = JSON.parse(sessionStorage['alongside.last-session'] ?? '{}');
        sessionStorage['alongside.last-session'] = JSON.stringify({ ...last, who: 'Somebody · Else' });
    """)
    reload(console).sign_in()
    expect(console.by("last-session")).to_have_count(0)
    expect(console.by("request")).to_have_value("")
    assert "HM-7K42-93" not in kept(console)
