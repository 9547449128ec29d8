"""The hand on the picture, text, settings, and asking for more: what is sent, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.console_page import LIVE, ConsolePage, Look

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MIDDLE = {"b": 0, "d": False, "x": 32_768, "y": 32_768}
ITEMS: list[dict[str, Any]] = [
    {"kind": "choice", "path": "picture.mode", "value": "standard", "options": ["standard", "cinema"]},
    {"kind": "number", "path": "picture.backlight", "value": "40", "low": 0, "high": 50, "step": 1},
    {"kind": "switch", "path": "sound.surround", "value": "off"},
    {"kind": "text", "path": "maker_only.label", "value": "Hall", "longest": 24},
]


def click_middle(console: ConsolePage) -> None:
    box = console.by("live-view").bounding_box()
    assert box is not None
    console.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def near(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """A pixel of the page is some forty places of the wire."""
    same = all(found[name] == expected[name] for name in ("b", "d"))
    return same and all(abs(found[name] - expected[name]) < 120 for name in ("x", "y"))


def test_a_click_on_the_picture_is_a_click_on_the_tv(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    click_middle(console)
    steps = [step for call in console.calls("pointer") for step in call[1:]]
    expected = [MIDDLE, MIDDLE | {"b": 1, "d": True}, MIDDLE | {"b": 1, "d": False}]
    assert len(steps) == len(expected)
    assert all(near(*pair) for pair in zip(steps, expected, strict=True)), steps


@pytest.mark.parametrize(
    "state",
    [{"caps": []}, {"grants": ["view"]}, {"stale": True}, {"picture": "hidden"}],
    ids=["no pointer", "no keys", "stale", "hidden"],
)
def test_where_the_tv_takes_no_pointer_a_click_on_the_picture_does_nothing(
    open_console: Open, state: dict[str, Any]
) -> None:
    console = open_console().reach(LIVE | state)
    box = console.page.locator(".picture").bounding_box()
    assert box is not None
    console.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert console.calls("pointer") == []
    assert console.calls("point") == []


def test_pointing_shows_a_place_and_presses_nothing(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"grants": ["view"]})
    console.by("mode-point").click()
    click_middle(console)
    [[_, x, y]] = console.calls("point")
    assert abs(x - 32_768) < 120
    assert abs(y - 32_768) < 120
    console.page.keyboard.press("ArrowUp")
    assert console.calls("press") == []


def test_who_only_looks_reaches_nothing_by_key_click_or_setting(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"settings": ITEMS})
    console.by("mode-look").click()
    click_middle(console)
    console.page.keyboard.press("ArrowUp")
    console.by("pad-ok").dispatch_event("click")
    console.by("settings-sound").locator("summary").click()
    console.by("setting-sound-surround").click()
    expect(console.by("setting-sound-surround")).not_to_be_checked()
    for name in ("press", "pointer", "point", "set"):
        assert console.calls(name) == []
    expect(console.page.get_by_text("Nothing you press reaches the TV.")).to_be_visible()
    console.by("mode-drive").click()
    console.page.keyboard.press("ArrowUp")
    assert console.calls("press") == [["press", "up"]]


def test_letters_go_to_the_text_field_that_is_open_on_the_tv_and_are_sent_by_the_line(
    open_console: Open,
) -> None:
    console = open_console().reach(LIVE | {"field": 24})
    console.page.keyboard.press("ArrowUp")
    console.page.keyboard.type("hm 7 Đỗ")
    expect(console.by("type-text")).to_have_value("hm 7 Đỗ")
    assert console.calls("press") == [["press", "up"]], "h, m and 7 are letters now, and arrows still arrows"
    console.page.keyboard.press("Enter")
    expect(console.by("type-text")).to_have_value("")
    assert console.calls("type") == [["type", "hm 7 Đỗ"]]


def test_without_an_open_field_letters_are_the_remotes_keys(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"field": 0})
    console.page.keyboard.press("h")
    assert console.calls("press") == [["press", "home"]]
    expect(console.page.get_by_text("No text field is open on the TV")).to_be_visible()


def test_what_is_pasted_is_typed_and_what_cannot_be_typed_stays_here(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"field": 24})
    console.page.evaluate(
        """() => { const data = new DataTransfer(); data.setData('text/plain', 'Home 5G\\nsecond line');
        const how = { clipboardData: data, bubbles: true, cancelable: true };
        document.body.dispatchEvent(new ClipboardEvent('paste', how)); }"""
    )
    expect(console.by("type-text")).to_have_value("Home 5G")
    console.by("type-text").fill("a\u200bb")
    console.by("type-send").click()
    expect(console.page.get_by_text("invisible characters")).to_be_visible()
    console.by("type-text").fill("x" * 25)
    console.by("type-send").click()
    expect(console.page.get_by_text("at most 24 at once")).to_be_visible()
    assert console.calls("type") == []


def test_a_text_that_the_tv_did_not_take_stays_to_be_sent_again(open_console: Open) -> None:
    setup = "fakeSetup.outcome = 'refused'; fakeSetup.cause = 'customer';"
    console = open_console(setup=setup).reach(LIVE | {"field": 24})
    console.by("type-text").fill("Home")
    console.by("type-send").click()
    expect(console.page.get_by_text("using their own remote")).to_be_visible()
    expect(console.by("type-text")).to_have_value("Home")


def test_settings_are_changed_by_their_own_kind_of_control(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"settings": ITEMS})
    for group in ("picture", "sound", "maker-only"):
        console.by(f"settings-{group}").locator("summary").click()
    console.by("setting-picture-mode").select_option("cinema")
    console.by("setting-picture-backlight").fill("12")
    console.by("setting-picture-backlight").press("Enter")
    console.by("setting-sound-surround").click()
    console.by("setting-maker-only-label").fill("Đại sảnh")
    console.page.locator(".setting", has=console.by("setting-maker-only-label")).get_by_role("button").click()
    assert console.calls("set") == [
        ["set", "picture.mode", "cinema"],
        ["set", "picture.backlight", "12"],
        ["set", "sound.surround", "on"],
        ["set", "maker_only.label", "Đại sảnh"],
    ]
    # What is shown is what the TV says.
    expect(console.by("setting-sound-surround")).not_to_be_checked()
    console.play(
        {"settings": [item | {"value": "on"} if item["kind"] == "switch" else item for item in ITEMS]}
    )
    expect(console.by("setting-sound-surround")).to_be_checked()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"grants": ["keys", "view"]}, "did not allow you to change settings"),
        ({"settings": None}, "on its way"),
        ({"settings": []}, "lists no settings"),
        ({"caps": []}, "lists no settings"),
    ],
)
def test_where_there_is_no_list_it_says_why(open_console: Open, state: dict[str, Any], words: str) -> None:
    console = open_console().reach(LIVE | state)
    expect(console.by("settings-panel")).to_contain_text(words)


def test_more_is_asked_for_within_what_was_not_given_and_the_answer_is_said(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.outcome = 'refused'; fakeSetup.cause = 'declined';")
    console.reach(LIVE | {"grants": ["view"]})
    console.by("ask-more").click()
    expect(console.by("more-view")).to_have_count(0)
    expect(console.by("more-sound")).to_have_count(0)  # this TV has none to give
    console.by("more-settings").check()
    console.by("more-send").click()
    assert console.calls("ask") == [["ask", "settings"]]
    expect(console.page.get_by_text("The customer said No.")).to_be_visible()
    console.play({"asking": ["settings"]})
    expect(console.by("ask-more")).to_have_attribute("aria-disabled", "true")
    expect(console.page.get_by_text("being asked on the TV")).to_be_visible()


def test_with_everything_given_there_is_nothing_to_ask_for(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    expect(console.by("ask-more")).to_be_hidden()


@pytest.mark.parametrize("look", [Look(width=390, height=844), Look(theme="dark", width=1280)], ids=str)
def test_everything_has_a_name_and_enough_contrast(open_console: Open, look: Look) -> None:
    console = open_console(look).reach(
        LIVE | {"settings": ITEMS, "field": 12, "grants": ["settings", "view"]}
    )
    if look.width < 700:
        console.by("tab-settings").click()
    console.by("settings-picture").locator("summary").click()
    console.by("ask-more").click()
    assert console.violations() == []
    wide = console.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


def test_how_a_round_trip_feels_is_said_in_words(open_console: Open) -> None:
    console = open_console(Look(width=1440)).reach(LIVE)
    panel = console.page.locator("#panel-connection")
    expect(panel).to_contain_text("46 ms: keys act at once")
    expect(panel).to_contain_text("confirmed after 61 ms")
    console.play({"rtt": 250})
    expect(panel).to_contain_text("250 ms: keys act with a short wait")
