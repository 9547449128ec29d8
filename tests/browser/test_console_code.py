"""The customer's code: typed, pasted, corrected, refused; and what stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.console_page import GOOD_CODE, PAIRING, SWAPPED_CODE

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    "typed",
    [GOOD_CODE, "4817 0365 2296", "4817-0365-2296", " 48.17 03-65\t2296 ", "4817\u00a00365\u20132296"],
)
def test_spaces_and_dashes_are_forgiven(open_console: Open, typed: str) -> None:
    console = open_console().sign_in()
    console.connect(typed, request="")
    expect(console.by("session-state")).to_have_attribute("data-state", "pairing")
    assert console.calls("connect")[0][1] == GOOD_CODE


def test_no_error_shows_while_the_code_is_typed_and_each_digit_is_counted(open_console: Open) -> None:
    console = open_console().sign_in()
    field = console.by("pin-input")
    for count, digit in enumerate(SWAPPED_CODE[:11], 1):
        field.press(digit)
        expect(console.page.get_by_text(f"{count} of 12 digits.")).to_be_visible()
        expect(console.by("pin-error")).to_have_count(0)
    expect(field).to_have_value("4817 0356 229")


def test_the_check_digit_is_judged_as_the_twelfth_digit_lands(open_console: Open) -> None:
    console = open_console().sign_in()
    console.by("pin-input").press_sequentially(SWAPPED_CODE)
    expect(console.by("pin-error")).to_contain_text("A digit is wrong, or two are swapped.")
    expect(console.by("pin-error")).to_contain_text("Nothing was sent and no attempt was used.")
    expect(console.by("pin-input")).to_have_attribute("aria-invalid", "true")
    console.by("connect").click()
    assert console.calls("connect") == []


def test_correcting_a_digit_takes_the_error_away(open_console: Open) -> None:
    console = open_console().sign_in()
    field = console.by("pin-input")
    field.press_sequentially(SWAPPED_CODE)
    expect(console.by("pin-error")).to_be_visible()
    field.press("Backspace")
    expect(console.by("pin-error")).to_have_count(0)
    expect(field).to_have_value("4817 0356 229")


def test_an_incomplete_code_says_how_many_digits_it_has(open_console: Open) -> None:
    console = open_console().sign_in()
    console.connect("4817 0365 2")
    expect(console.by("pin-error")).to_contain_text("You entered 9.")
    expect(console.by("pin-input")).to_be_focused()
    assert console.calls("connect") == []


def test_letters_stay_where_they_were_typed_and_are_named_on_connect(open_console: Open) -> None:
    console = open_console().sign_in()
    console.by("pin-input").press_sequentially("4817O365 2296")
    expect(console.by("pin-input")).to_have_value("4817O365 2296")
    expect(console.by("pin-error")).to_have_count(0)
    console.by("connect").click()
    expect(console.by("pin-error")).to_contain_text("something other than digits")


def test_a_thirteenth_digit_is_kept_and_counted_not_cut_off(open_console: Open) -> None:
    console = open_console().sign_in()
    console.connect(GOOD_CODE + "7")
    expect(console.by("pin-error")).to_contain_text("You entered 13.")


def test_the_caret_stays_where_a_digit_is_put_in_or_taken_out(open_console: Open) -> None:
    console = open_console().sign_in()
    field = console.by("pin-input")
    field.press_sequentially("48170365")
    field.evaluate("(input) => input.setSelectionRange(5, 5)")  # before the second group
    field.press("Backspace")  # deletes the 7 behind the gap, not the gap
    expect(field).to_have_value("4810 365")
    assert field.evaluate("(input) => input.selectionStart") == 3
    field.press("7")
    expect(field).to_have_value("4817 0365")
    field.evaluate("(input) => input.setSelectionRange(4, 4)")
    field.press("Delete")
    expect(field).to_have_value("4817 365")


def test_what_is_asked_for_and_the_request_go_with_the_code(open_console: Open) -> None:
    console = open_console().sign_in()
    console.by("ask-settings").uncheck()
    console.connect()
    assert console.calls("connect") == [["connect", GOOD_CODE, "HM-7K42-93", ["keys", "view"]]]


def test_nothing_can_be_asked_for_without_asking_for_something(open_console: Open) -> None:
    console = open_console().sign_in()
    for grant in ("view", "keys", "settings"):
        console.by(f"ask-{grant}").uncheck()
    console.connect()
    expect(console.page.get_by_text("Choose at least one.")).to_be_visible()
    assert console.calls("connect") == []


def test_a_request_number_that_does_not_fit_is_named_not_cut(open_console: Open) -> None:
    console = open_console().sign_in()
    console.connect(request="ệ" * 33)
    expect(console.page.get_by_text("At most 32 characters fit. You entered 33.")).to_be_visible()
    assert console.calls("connect") == []


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("code-not-open", "This code does not open a session."),
        ("code-used-here", "This code does not open a session."),
    ],
)
def test_a_refused_code_comes_back_with_the_reason_at_the_code(
    open_console: Open, slug: str, words: str
) -> None:
    console = open_console().sign_in()
    console.connect()
    expect(console.by("session-state")).to_have_attribute("data-state", "pairing")
    console.play({"phase": "idle", "step": "", "problem": _problem(slug)})
    expect(console.by("pin-error")).to_contain_text(words)
    expect(console.by("pin-input")).to_be_focused()
    expect(console.by("pin-input")).to_have_value("4817 0365 2296")
    expect(console.by("request")).to_have_value("HM-7K42-93")
    expect(console.by("session-state")).to_have_attribute("data-state", "idle")


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("too-many", "Too many attempts in a short time."),
        ("try-later", "The server cannot take this now."),
        ("our-fault", "Something went wrong on our side."),
        ("no-connection", "The server cannot be reached."),
        ("wrong-origin", "not the one this page was made for"),
        ("not-allowed", "Your account may not do this."),
        ("not-heard-of", "Something went wrong on our side."),
    ],
)
def test_every_other_problem_stands_above_the_form_and_nothing_typed_is_lost(
    open_console: Open, slug: str, words: str
) -> None:
    console = open_console().sign_in()
    console.connect()
    console.play({"phase": "idle", "step": "", "problem": _problem(slug, retry_after=90)})
    expect(console.page.get_by_role("alert").filter(has_text=words)).to_contain_text("1 min 30 s")
    expect(console.by("pin-input")).to_have_value("4817 0365 2296")


def test_a_sign_in_that_ran_out_leads_to_signing_in(open_console: Open) -> None:
    console = open_console().sign_in()
    console.connect()
    console.play({"phase": "idle", "step": "", "problem": _problem("not-signed-in")})
    expect(console.page.get_by_role("alert").filter(has_text="You are signed out.")).to_be_visible()
    expect(console.by("sign-in-login")).to_be_visible()


def test_a_slow_redemption_gets_a_screen_with_a_way_out(open_console: Open) -> None:
    console = open_console().sign_in()
    console.connect()
    expect(console.by("pin-input")).to_be_visible()
    console.wait(1500)
    expect(console.by("cancel")).to_be_visible()


def test_being_offline_is_said_before_a_code_is_asked_for(open_console: Open) -> None:
    console = open_console().sign_in()
    expect(console.page.get_by_text("This computer is offline.")).to_have_count(0)
    console.page.context.set_offline(offline=True)
    expect(console.page.get_by_text("This computer is offline.")).to_be_visible()
    console.page.context.set_offline(offline=False)
    expect(console.page.get_by_text("This computer is offline.")).to_have_count(0)


def test_say_this_speaks_the_customers_language_beside_the_technicians(open_console: Open) -> None:
    console = open_console().sign_in()
    card = console.by("say-this")
    expect(card).to_contain_text("Read me the twelve digits")
    card.get_by_role("button", name="Tiếng Việt").click()
    expect(card.locator("[lang=vi] li").first).to_contain_text("Trợ giúp")
    expect(card.get_by_role("heading")).to_have_text("Say this")
    expect(console.page.locator("html")).to_have_attribute("lang", "en")
    console.connect().play(PAIRING)
    expect(console.by("say-this")).to_contain_text("Cảm ơn bạn")


def test_todays_sessions_are_listed_newest_first_with_their_endings_in_words(open_console: Open) -> None:
    console = open_console().sign_in()
    rows = console.by("my-sessions").get_by_role("listitem")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("13:52")
    expect(rows.nth(0)).to_contain_text("The customer pressed Stop")
    expect(rows.nth(2)).to_contain_text("Nothing happened for 10 minutes")


def test_yesterdays_sessions_are_not_todays(open_console: Open) -> None:
    setup = "fakeSetup.past[0].started_at -= 86400000;"
    console = open_console(setup=setup).sign_in()
    expect(console.by("my-sessions").get_by_role("listitem")).to_have_count(2)


def test_no_sessions_says_why_and_when_that_changes(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.past = [];").sign_in()
    expect(console.by("my-sessions")).to_contain_text("No sessions yet today")
    expect(console.by("my-sessions")).to_contain_text("appear here when they end")


def test_slow_sessions_show_nothing_at_first_then_what_they_wait_for(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.hang = new Set(['sessions']);").sign_in()
    expect(console.by("my-sessions").locator(".skeleton")).to_have_count(0)
    console.wait(400)
    expect(console.by("my-sessions")).to_contain_text("Reading your sessions…")
    console.wait(5000)
    expect(console.by("my-sessions")).to_contain_text("takes long")


def test_sessions_that_cannot_be_read_can_be_asked_for_again(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.refuse = { sessions: { slug: 'try-later' } };").sign_in()
    expect(console.by("my-sessions")).to_contain_text("Your sessions could not be read.")
    console.page.evaluate("window.fake.refuse = {}")
    console.by("my-sessions").get_by_role("button", name="Try again").click()
    expect(console.by("my-sessions").get_by_role("listitem")).to_have_count(3)


def _problem(slug: str, retry_after: int | None = None) -> dict[str, object]:
    return {"slug": slug, "title": "", "status": 400, "retryAfter": retry_after}


@pytest.mark.parametrize(
    ("served", "said"), [("true", "operator"), ("false", "elsewhere"), ("null", "unknown")]
)
def test_who_serves_the_page_stands_below_the_code_and_the_rest_opens_by_keyboard(
    open_console: Open, served: str, said: str
) -> None:
    """Where nobody knows, nothing is claimed; the release is named always."""
    console = open_console(setup=f"window.fakeSetup.served = {served};").sign_in()
    source = console.by("page-source").last
    expect(source).to_have_attribute("data-served-by", said)
    expect(source).to_contain_text("Release of this page: ")
    expect(source.get_by_text("who could change it")).to_have_count(int(said == "operator"))
    expect(source.get_by_text("This page is not served by")).to_have_count(int(said == "elsewhere"))
    more = source.locator("summary")
    expect(more).to_have_count(int(said != "unknown"))
    if said != "unknown":
        more.focus()
        console.page.keyboard.press("Enter")
        command = "--service http" if said == "operator" else "--print-release"
        expect(source.get_by_text(command)).to_be_visible()
        assert console.violations() == []
