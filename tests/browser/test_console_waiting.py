"""Between the code and the customer's yes: steps and a drawing, and nothing of the TV."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import locales
from tests.browser.console_page import DECIDING, NOW_MS, PAIRING, TIMES

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_each_step_is_done_only_when_its_proof_is_in(open_console: Open) -> None:
    """INV-C1: nothing is called sealed or checked before its time is stamped."""
    console = open_console().reach(PAIRING)
    stages = "Array.from(document.querySelectorAll('[data-stage]'), (li) => li.dataset.stage)"
    assert console.page.evaluate(stages) == ["done", "now", "later", "later"]
    console.play({"step": "badge", "times": TIMES | {"accepted": NOW_MS, "sealed": NOW_MS + 5}})
    assert console.page.evaluate(stages) == ["done", "done", "now", "later"]
    console.play(DECIDING)
    assert console.page.evaluate(stages) == ["done", "done", "done", "now"]
    expect(console.page.get_by_role("listitem").filter(has_text="Code accepted")).to_contain_text("14:19:08")


def test_the_session_state_follows_the_phase(open_console: Open) -> None:
    console = open_console().reach(PAIRING)
    expect(console.by("session-state")).to_have_attribute("data-state", "pairing")
    console.play(DECIDING)
    expect(console.by("session-state")).to_have_attribute("data-state", "consent")
    expect(console.by("session-state")).to_have_text("Waiting for the customer’s yes")  # noqa: RUF001


def test_no_picture_and_no_key_is_on_the_page_before_the_yes(open_console: Open) -> None:
    """INV-A6: a code alone shows and controls nothing."""
    console = open_console().reach(DECIDING)
    expect(console.by("live-view")).to_have_count(0)
    expect(console.by("pad-ok")).to_have_count(0)
    console.page.keyboard.press("Enter")
    assert console.calls("press") == []


def test_what_the_customer_sees_is_drawn_and_labelled_as_a_drawing(open_console: Open) -> None:
    console = open_console().sign_in()
    console.by("ask-settings").uncheck()
    console.connect().play(DECIDING)
    expect(
        console.page.get_by_text("(drawing; the customer may have switched something off)")
    ).to_be_visible()
    drawing = console.page.get_by_role("img", name="Drawing: the TV shows your name")
    expect(drawing).to_contain_text("Demo Technician")
    expect(drawing).to_contain_text("HM-7K42-93")
    expect(drawing).to_contain_text("Press remote-control keys")
    expect(drawing).not_to_contain_text("Change settings")


DRAWN = {
    "one_moment": "pairing.title",
    "may": "consent.title",
    "checked": "consent.checked",
    "request": "consent.request",
    "is_this": "consent.same_person",
    "asks": "consent.asks",
    "camera": "camera",
    "not_asked": "camera.not_asked",
    "yes": "consent.yes",
    "no": "consent.no",
    "told_me": "told_me",
}


@pytest.mark.parametrize("language", locales.languages())
def test_the_drawing_uses_the_words_of_the_tv(language: str) -> None:
    """What the technician reads out must be what the customer finds on the screen."""
    catalogue = locales.load(language, "console", "device")
    org = {"org": "Hallmere Care"}
    for drawn, panel in DRAWN.items():
        said = catalogue.text(f"console.drawing.{drawn}", **(org if drawn == "checked" else {}))
        shown = catalogue.text(f"panel.{panel}", **(org if drawn == "checked" else {}))
        # The number follows in the same line there and in the next one on the TV.
        assert said.removesuffix(":") == shown.removesuffix(":")


def test_the_time_that_is_left_runs_down_and_says_what_no_answer_means(open_console: Open) -> None:
    console = open_console().reach(DECIDING)
    bar = console.page.get_by_role("progressbar")
    expect(console.page.get_by_text("1 min 0 s left; no answer counts as No")).to_be_visible()
    console.wait(45_000)
    expect(console.page.get_by_text("15 s left; no answer counts as No")).to_be_visible()
    assert bar.evaluate("(bar) => bar.value") == pytest.approx(0.25, abs=0.01)


def test_say_now_gives_the_sentence_for_the_moment(open_console: Open) -> None:
    console = open_console().reach(PAIRING)
    expect(console.by("say-this")).to_contain_text("In a moment your TV will show my name")
    console.play(DECIDING)
    expect(console.by("say-this")).to_contain_text("If that is right, press OK.")


def test_cancelling_ends_the_attempt_at_once_without_asking(open_console: Open) -> None:
    console = open_console().reach(DECIDING)
    console.by("cancel").click()
    assert console.calls("end") == [["end"]]
    expect(console.by("end-reason")).to_have_attribute("data-reason", "technician_left")


def test_the_heading_has_the_focus_when_waiting_starts(open_console: Open) -> None:
    console = open_console().reach(PAIRING)
    expect(console.page.get_by_role("heading", level=1)).to_be_focused()
