"""The code that the console shows: large, in groups, with its time, and gone when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import locales
from tests.browser.console_page import DECIDING, GOOD_CODE, OVER, PAIRING, SHOWING, ConsolePage, over

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GUARDED = """() => {
  const leaving = new Event('beforeunload', { cancelable: true });
  window.dispatchEvent(leaving);
  return leaving.defaultPrevented;
}"""


def is_guarded(console: ConsolePage) -> bool:
    guarded: bool = console.page.evaluate(GUARDED)
    return guarded


def test_a_code_is_shown_in_groups_with_the_time_it_has_left(open_console: Open) -> None:
    console = open_console().show_code()
    assert console.calls("show") == [["show", "HM-7K42-93", ["keys", "settings", "view"]]]
    expect(console.by("shown-pin")).to_have_text("4817 0365 2296")
    expect(console.page.get_by_text("8 min 24 s left to type it")).to_be_visible()
    console.wait(84_000)
    expect(console.page.get_by_text("7 min 0 s left to type it")).to_be_visible()
    expect(console.by("session-state")).to_have_attribute("data-state", "idle")


def test_the_code_is_read_aloud_digit_by_digit_and_once(open_console: Open) -> None:
    console = open_console().show_code()
    heading = console.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Read this code to the customer")
    expect(heading).to_be_focused()
    expect(console.by("shown-pin")).to_have_attribute("aria-hidden", "true")
    expect(console.page.get_by_text("4 8 1 7, 0 3 6 5, 2 2 9 6")).to_have_count(1)
    assert GOOD_CODE not in console.page.title()
    assert "4817" not in console.page.url


def test_a_code_needs_the_same_answers_as_a_typed_one(open_console: Open) -> None:
    console = open_console().sign_in()
    console.by("request").fill("x" * 33)
    console.by("show-pin").click()
    expect(console.page.get_by_text("At most 32 characters fit. You entered 33.")).to_be_visible()
    console.by("request").fill("")
    for grant in ("view", "keys", "settings"):
        console.by(f"ask-{grant}").uncheck()
    console.by("show-pin").click()
    expect(console.page.get_by_text("Choose at least one.")).to_be_visible()
    assert console.calls("show") == []


def test_what_was_typed_as_a_code_does_not_matter_and_stays(open_console: Open) -> None:
    console = open_console().sign_in()
    console.by("pin-input").fill("4817 03")
    console.by("show-pin").click()
    console.play(SHOWING)
    console.by("cancel").click()
    expect(console.by("pin-error")).to_have_count(0)


def test_asking_for_a_code_stays_quiet_for_a_second_and_then_has_a_way_out(open_console: Open) -> None:
    console = open_console().sign_in()
    console.by("show-pin").click()
    expect(console.by("pin-input")).to_be_visible()
    console.wait(1500)
    expect(console.page.get_by_text("Getting a code…")).to_be_visible()
    expect(console.by("shown-pin")).to_have_text("")
    console.by("cancel").click()
    expect(console.by("pin-input")).to_be_visible()
    assert console.calls("end") == [["end"]]


@pytest.mark.parametrize("slug", ["too-many", "try-later", "no-connection", "code-memory-away"])
def test_a_refusal_comes_back_above_the_form(open_console: Open, slug: str) -> None:
    console = open_console().sign_in()
    console.by("request").fill("HM-7K42-93")
    console.by("show-pin").click()
    problem = {"slug": slug, "title": "", "status": 429, "retryAfter": None}
    console.play({"step": "", "problem": problem})
    words = locales.load("en", "console").text(f"console.problem.{slug}.title")
    expect(console.page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    expect(console.by("request")).to_have_value("HM-7K42-93")


def test_the_page_asks_before_it_is_left_while_a_code_is_shown_and_not_before_or_after(
    open_console: Open,
) -> None:
    console = open_console().sign_in()
    assert not is_guarded(console)
    console.by("show-pin").click()
    console.play(SHOWING)
    assert is_guarded(console)
    console.play(OVER)
    assert not is_guarded(console)


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("code-expired", "Nobody typed it in time."),
        ("code-replaced", "A technician has one code at a time."),
        ("code-lost", "Tell the customer to stop typing."),
        ("try-later", "The server cannot take this now."),
    ],
)
def test_a_code_that_is_over_is_gone_and_a_fresh_one_is_one_press_away(
    open_console: Open, slug: str, words: str
) -> None:
    console = open_console().show_code()
    console.play(over(slug))
    expect(console.page.get_by_text(words)).to_be_visible()
    expect(console.page.get_by_text("4817")).to_have_count(0)
    expect(console.by("say-this")).to_contain_text("I will read you a new one")
    expect(console.page.get_by_role("heading", level=1)).to_be_focused()
    console.by("show-pin").focus()
    console.page.keyboard.press("Enter")
    assert len(console.calls("show")) == 2
    console.play(SHOWING | {"code": "000000000000"})
    expect(console.by("shown-pin")).to_have_text("0000 0000 0000")
    console.by("cancel").click()
    expect(console.by("pin-input")).to_be_visible()


def test_a_device_that_typed_it_leads_to_the_same_waiting(open_console: Open) -> None:
    console = open_console().show_code()
    console.play(PAIRING)
    expect(console.page.get_by_text("4817")).to_have_count(0)
    expect(console.by("session-state")).to_have_attribute("data-state", "pairing")
    console.play(DECIDING)
    drawing = console.page.get_by_role("img", name="Drawing: the TV shows your name")
    expect(drawing).to_contain_text("HM-7K42-93")


def test_changing_the_language_keeps_the_code(open_console: Open) -> None:
    console = open_console().show_code()
    console.by("menu").click()
    console.page.get_by_role("group", name="Language", exact=True).get_by_role(
        "button", name="Tiếng Việt"
    ).click()
    expect(console.page.get_by_role("heading", level=1)).to_have_text("Hãy đọc mã này cho khách hàng")
    expect(console.by("shown-pin")).to_have_text("4817 0365 2296")


def test_what_to_say_is_in_the_customers_language(open_console: Open) -> None:
    console = open_console().show_code()
    card = console.by("say-this")
    expect(card.get_by_role("listitem")).to_have_count(3)
    expect(card).to_contain_text("Type the twelve digits: with the number keys")
    card.get_by_role("button", name="Tiếng Việt").click()
    expect(card.locator("[lang=vi] li").first).to_contain_text("Trợ giúp")


def test_the_way_through_needs_no_mouse(open_console: Open) -> None:
    console = open_console().sign_in()
    expect(console.by("pin-input")).to_be_focused()
    for _ in range(6):  # request, three grants, connect, show
        console.page.keyboard.press("Tab")
    expect(console.by("show-pin")).to_be_focused()
    console.page.keyboard.press("Enter")
    console.play(SHOWING)
    console.page.keyboard.press("Tab")
    expect(console.by("cancel")).to_be_focused()
    console.page.keyboard.press("Space")
    expect(console.by("pin-input")).to_be_focused()
