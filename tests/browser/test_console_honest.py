"""Every cause of a missing or late picture has its name on the screen, and the connection its course."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.console_page import LIVE, NOW_MS, ConsolePage, Look

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "hidden": "The customer hides the picture",
    "off": "The screen is off",
    "protected": "Nothing protected leaves the TV",
    "no_signal": "The TV gets no picture",
    "capture_stalled": "The TV cannot read its screen now",
    "encoder_stalled": "The TV cannot prepare the picture now",
}
SLOW = {
    "tab": "This browser is too slow",
    "tv": "The TV is too busy",
    "link": "The TV’s line is slow",  # noqa: RUF001
    "server": "The server or your own line is slow",  # the last: its question is never answered
}
LOOKS = (Look(), Look(language="vi", theme="dark", width=390, height=844))
# Each later than the one before by more than an answer of the server's says something of now.
APART_MS = 5_000


def injected(console: ConsolePage, cause: str) -> None:
    """What the console sees when this slows the picture from now on."""
    now = console.now_ms()
    if cause == "server":
        console.page.evaluate("window.fake.hang.add('askServer')")
    busy = {"behindAt": now if cause == "tab" else 0, "stalledAt": now if cause == "tv" else 0}
    console.play({"currentAt": now, **busy})


def test_every_cause_is_named_within_a_second(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    console.paint("rgb(200, 100, 50)")
    for picture, words in WORDS.items():
        console.play({"picture": picture})
        expect(console.page.locator(".picture-panel")).to_contain_text(words)
        expect(console.by("live-view")).to_be_hidden()
        expect(console.by("frame-age")).to_have_attribute("data-state", picture)
    console.play({"picture": "live", "masked": 2})
    expect(console.by("picture-masked")).to_have_text("Masked places: 2")
    expect(console.by("live-view")).to_be_visible()
    console.play({"masked": 0})
    for cause, words in SLOW.items():
        injected(console, cause)
        console.wait(1000)
        expect(console.by("picture-cause")).to_have_text(words)
        expect(console.by("picture-cause")).to_have_attribute("data-cause", cause)
        expect(console.by("frame-age")).to_have_attribute("data-state", "late")
        console.play({"currentAt": console.now_ms() + APART_MS, "behindAt": 0})
        expect(console.by("picture-cause")).to_be_empty()
        console.wait(APART_MS)


PICTURES_TURN = """() => {
  const said = [];
  const events = { passed: () => said.push('drawn'), waits: () => said.push('waits') };
  const sink = window.fake.ports.makeSink(window.fake.painter, events);
  sink.pass(1);
  return said;
}"""


def test_pictures_wait_for_words_only_while_the_page_hardly_runs(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    console.wait(1000)
    assert console.page.evaluate(PICTURES_TURN) == ["drawn"]
    console.page.clock.fast_forward(1000)  # ten beats were due and one came
    assert console.page.evaluate(PICTURES_TURN) == ["waits"]
    console.wait(1000)
    assert console.page.evaluate(PICTURES_TURN) == ["drawn"]
    console.play({"phase": "ended", "reason": "device_ended"}).wait(5000)  # nothing beats any more
    assert console.page.evaluate(PICTURES_TURN) == ["drawn"]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_course_opens_by_key_is_fetched_only_then_and_closes_by_escape(
    open_console: Open, look: Look
) -> None:
    console = open_console(look)
    fetched: list[str] = []
    console.page.on("request", lambda request: fetched.append(request.url))
    console.reach(LIVE | {"bitRate": 812_000, "glass": 61})
    console.wait(5000)
    assert not [url for url in fetched if url.endswith("/plots.js")]
    console.page.keyboard.press("F7")
    course = console.by("course")
    expect(course.get_by_role("heading")).to_be_focused()
    assert [url for url in fetched if url.endswith("/plots.js")]
    expect(course.locator("tr[data-measure=rate] strong")).to_have_text("812 kbit/s")
    assert course.locator("tr[data-measure=glass] path:last-child").get_attribute("d") != ""
    assert console.violations() == []
    assert course.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    before = console.calls("press")
    console.page.keyboard.press("Escape")
    expect(course).to_have_count(0)
    expect(console.by("course-open")).to_be_focused()
    assert console.calls("press") == before, "Escape was the panel's, not Back on the TV"


def test_the_course_says_in_words_how_it_travels_and_what_slows_it(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    console.by("course-open").click()
    course = console.by("course")
    expect(course).to_contain_text("through the server, sealed")
    expect(course).to_contain_text("video (H.264)")
    expect(course).to_contain_text("nothing")
    console.play({"carrier": "dc", "codec": "av1", "behindAt": NOW_MS - 500})
    expect(course).to_contain_text("picture directly from the TV")
    expect(course).to_contain_text("video for a slow line (AV1)")
    expect(course).to_contain_text("This browser is too slow")
    console.by("course-close").click()
    expect(course).to_have_count(0)
