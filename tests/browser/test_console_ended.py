"""After the end: the reason in words, what to do next, and nothing left of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import locales
from tests.browser.console_page import DECIDING, ENDED, LIVE, NOW_MS, PAIRING, Look
from wire.reasons import EndReason

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MINUTES = {EndReason.IDLE: 10, EndReason.TIME_LIMIT: 30}


@pytest.mark.parametrize("language", ["en", "lv"])
def test_every_reason_has_its_words_its_sign_and_its_next_step(open_console: Open, language: str) -> None:
    """INV-B6: one reason, the one that was recorded, in words and for machines."""
    words = locales.load(language, "console", "shared")
    console = open_console(Look(language=language)).reach(LIVE)
    signs = {}
    for reason in EndReason:
        console.play(LIVE)
        console.play(ENDED | {"reason": reason.value})
        title = words.text(f"end.technician.{reason}.title", minutes=MINUTES.get(reason, 0))
        expect(console.by("end-reason")).to_have_text(title)
        expect(console.by("end-reason")).to_have_attribute("data-reason", reason.value)
        expect(console.by("end-reason")).to_be_focused()
        expect(console.by("session-state")).to_have_text(title)
        expect(console.page.get_by_role("main")).to_contain_text(words.text(f"end.technician.{reason}.next"))
        expect(console.page.locator("code").first).to_have_text(reason.value)
        signs[reason] = console.page.locator(".ending-icon path").get_attribute("d")
    tick = signs[EndReason.TECHNICIAN_LEFT]
    assert [reason for reason, sign in signs.items() if sign == tick] == [EndReason.TECHNICIAN_LEFT]


@pytest.mark.parametrize("reason", ["device_powered_off", "technician_lost"])
def test_whose_key_switched_the_tv_off_is_said_where_the_tv_was_switched_off(
    open_console: Open, reason: str
) -> None:
    words = locales.load("en", "shared")
    console = open_console().reach(LIVE).play(ENDED | {"reason": reason, "switchedOff": True})
    stem = f"end.technician.{reason}" + (".own_key" if reason == "device_powered_off" else "")
    expect(console.by("end-reason")).to_have_text(words.text(f"{stem}.title"))
    expect(console.by("session-state")).to_have_text(words.text(f"{stem}.title"))
    expect(console.page.get_by_role("main")).to_contain_text(words.text(f"{stem}.next"))


def test_it_says_when_how_long_and_that_it_is_over(open_console: Open) -> None:
    console = open_console().reach(LIVE).play(ENDED)
    main = console.page.get_by_role("main")
    expect(main).to_contain_text("The session ended at 14:19:08 after 12 min 41 s.")
    expect(main).to_contain_text("You no longer see or control the TV.")


def test_what_was_done_is_told_although_the_grants_are_gone(open_console: Open) -> None:
    """The time is that in which a picture was there to see: not the time it was hidden."""
    console = open_console().reach(LIVE)
    console.wait(8000)
    console.play({"picture": "hidden"})
    console.wait(60_000)
    console.play({"picture": "live"})
    console.wait(4000)
    console.play(ENDED | {"grants": [], "picture": "none", "until": 0})
    did = console.page.locator(".card", has_text="What you did")
    expect(did.locator("div", has_text="Could see the screen")).to_contain_text("12 s")
    expect(did.locator("div", has_text="Keys pressed")).to_contain_text("34")
    expect(did.locator("div", has_text="Backlight")).to_contain_text("3 times, last 14:19:06")
    expect(did).to_contain_text("stayed closed")


def test_who_never_saw_the_screen_is_told_so(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"grants": ["keys"], "picture": "none"})
    console.play(ENDED | {"grants": []})
    row = console.page.locator(".card", has_text="What you did").locator("div", has_text="Could see")
    expect(row).to_contain_text("never")


def test_an_attempt_without_a_yes_claims_nothing(open_console: Open) -> None:
    console = open_console().reach(DECIDING)
    over = {"phase": "ended", "reason": "consent_refused", "times": DECIDING["times"] | {"ended": NOW_MS}}
    console.play(over)
    main = console.page.get_by_role("main")
    expect(main).to_contain_text("You saw nothing and controlled nothing.")
    expect(main).to_contain_text("Nothing: the customer had not said yes.")
    expect(main).not_to_contain_text("Keys pressed")


def test_a_code_that_another_tab_used_is_named_beside_the_reason(open_console: Open) -> None:
    console = open_console().reach(PAIRING)
    problem = {"slug": "code-used-here", "title": "", "status": 0, "retryAfter": None}
    console.play({"phase": "ended", "reason": "pairing_failed", "problem": problem})
    expect(console.page.get_by_role("alert")).to_contain_text("already used in this browser")


def test_a_new_code_is_one_press_away_and_the_request_is_kept(open_console: Open) -> None:
    """INV-A8: the way back is a new code and nothing else."""
    console = open_console().reach(LIVE).play(ENDED)
    console.by("new-code").click()
    expect(console.by("pin-input")).to_have_value("")
    expect(console.by("pin-input")).to_be_focused()
    expect(console.by("request")).to_have_value("HM-7K42-93")
    expect(console.by("session-state")).to_have_attribute("data-state", "idle")


@pytest.mark.parametrize("reason", ["badge_refused", "revoked"])
def test_where_a_code_does_not_help_no_code_is_offered(open_console: Open, reason: str) -> None:
    console = open_console().reach(LIVE).play(ENDED | {"reason": reason})
    expect(console.by("new-code")).to_have_count(0)
    console.by("sign-in-again").click()
    expect(console.by("sign-in-login")).to_be_visible()


def test_an_ended_session_that_still_speaks_changes_nothing(open_console: Open) -> None:
    """INV-B5: ended is final, also on the page, and also for the session that comes after it."""
    console = open_console().reach(LIVE).play(ENDED)
    console.page.evaluate("window.earlier = window.fake.session")
    console.by("new-code").click()
    console.play(LIVE)
    expect(console.by("pin-input")).to_be_visible()
    expect(console.by("live-view")).to_have_count(0)
    console.connect().play(LIVE)
    problem = {"slug": "our-fault", "title": "", "status": 500, "retryAfter": None}
    console.page.evaluate("(state) => window.earlier.play(state)", {"reason": "", "problem": problem})
    expect(console.by("live-view")).to_be_visible()
    expect(console.by("session-state")).to_have_attribute("data-state", "active")
