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
    box = console.page.locator(".picture").bounding_box()
    assert box is not None
    console.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def near(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """A pixel of the page is some forty places of the wire."""
    same = all(found[name] == expected[name] for name in ("b", "d"))
    return same and all(abs(found[name] - expected[name]) < 120 for name in ("x", "y"))


def test_a_click_on_the_picture_is_a_click_on_the_tv_where_it_takes_one(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    click_middle(console)
    steps = [step for call in console.calls("pointer") for step in call[1:]]
    expected = [MIDDLE, MIDDLE | {"b": 1, "d": True}, MIDDLE | {"b": 1, "d": False}]
    assert len(steps) == len(expected)
    assert all(near(*pair) for pair in zip(steps, expected, strict=True)), steps
    sent = len(console.calls("pointer"))
    nothing: list[dict[str, Any]] = [
        {"caps": []},
        {"grants": ["view"]},
        {"stale": True},
        {"picture": "hidden"},
    ]
    for state in nothing:
        console.play(LIVE | state)
        click_middle(console)
        assert len(console.calls("pointer")) == sent, state
        console.play(LIVE | {"stale": False})
    assert console.calls("point") == []
    # A button that was let go while nothing could be sent is let go on the TV once something can.
    box = console.page.locator(".picture").bounding_box()
    assert box is not None
    console.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    console.page.mouse.down()
    console.play({"stale": True})
    console.page.mouse.up()
    assert console.calls("pointer")[-1][-1]["d"] is True
    console.play({"stale": False})
    assert near(console.calls("pointer")[-1][-1], MIDDLE | {"b": 1, "d": False})


def test_who_points_shows_a_place_and_who_looks_reaches_nothing(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"settings": ITEMS})
    console.by("mode-point").click()
    click_middle(console)
    [[_, x, y]] = console.calls("point")
    assert abs(x - 32_768) < 120
    assert abs(y - 32_768) < 120
    console.by("mode-look").click()
    expect(console.page.get_by_text("Nothing you press reaches the TV.")).to_be_visible()
    click_middle(console)
    console.page.keyboard.press("ArrowUp")
    console.by("pad-ok").dispatch_event("click")
    console.by("settings-sound").locator("summary").click()
    console.by("setting-sound-surround").click()
    expect(console.by("setting-sound-surround")).not_to_be_checked()
    assert len(console.calls("point")) == 1
    assert [call for name in ("press", "pointer", "set") for call in console.calls(name)] == []
    console.by("mode-drive").click()
    console.page.keyboard.press("ArrowUp")
    assert console.calls("press") == [["press", "up"]]


def test_letters_go_to_the_text_field_that_is_open_on_the_tv_and_are_sent_by_the_line(
    open_console: Open,
) -> None:
    console = open_console().reach(LIVE | {"field": 0})
    text = console.by("type-text")
    expect(console.page.get_by_text("No text field is open on the TV")).to_be_visible()
    console.page.keyboard.press("h")
    console.play({"field": 24})
    console.page.keyboard.press("ArrowUp")
    console.page.keyboard.type("hm 7 Đỗ")
    expect(text).to_have_value("hm 7 Đỗ")
    assert console.calls("press") == [["press", "home"], ["press", "up"]], "letters now, and arrows as before"
    console.page.keyboard.press("Enter")
    expect(text).to_have_value("")
    assert console.calls("type") == [["type", "hm 7 Đỗ"]]
    console.page.keyboard.press("Escape")
    console.page.evaluate(
        """() => { const data = new DataTransfer(); data.setData('text/plain', 'Home 5G\\nsecond line');
        const how = { clipboardData: data, bubbles: true, cancelable: true };
        document.body.dispatchEvent(new ClipboardEvent('paste', how)); }"""
    )
    expect(text).to_have_value("Home 5G")
    for bad, words in (("a\u200bb", "invisible characters"), ("x" * 25, "at most 24 at once")):
        text.fill(bad)
        console.by("type-send").click()
        expect(console.page.get_by_text(words)).to_be_visible()
    assert len(console.calls("type")) == 1
    console.page.evaluate("Object.assign(window.fake, { outcome: 'refused', cause: 'customer' })")
    text.fill("Home")
    console.by("type-send").click()
    expect(console.page.get_by_text("using their own remote")).to_be_visible()
    expect(text).to_have_value("Home")  # to be sent again


def test_settings_are_changed_by_their_own_kind_of_control(open_console: Open) -> None:
    console = open_console(Look(width=1440)).reach(LIVE | {"settings": ITEMS})
    for group in ("picture", "sound", "maker-only"):
        console.by(f"settings-{group}").locator("summary").click()
    console.by("setting-picture-mode").select_option("cinema")
    console.by("setting-picture-backlight").fill("12")
    console.by("setting-picture-backlight").press("Enter")
    console.by("setting-sound-surround").click()
    label = console.by("setting-maker-only-label")
    label.fill("Đại sảnh")
    console.page.locator(".setting", has=label).get_by_role("button").click()
    assert console.calls("set") == [
        ["set", "picture.mode", "cinema"],
        ["set", "picture.backlight", "12"],
        ["set", "sound.surround", "on"],
        ["set", "maker_only.label", "Đại sảnh"],
    ]
    expect(console.by("setting-sound-surround")).not_to_be_checked()  # what is shown is what the TV says
    console.play({"settings": [*ITEMS[:2], ITEMS[2] | {"value": "on"}, ITEMS[3]]})
    expect(console.by("setting-sound-surround")).to_be_checked()
    empty: list[tuple[dict[str, Any], str]] = [
        ({"grants": ["keys", "view"]}, "did not allow you to change settings"),
        ({"settings": None}, "on its way"),
        ({"settings": []}, "lists no settings"),
        ({"caps": []}, "lists no settings"),
    ]
    for state, words in empty:
        console.play(LIVE | {"settings": None} | state)
        expect(console.by("settings-panel")).to_contain_text(words)
    # How the hand feels stands in words beside it.
    panel = console.page.locator("#panel-connection")
    expect(panel).to_contain_text("46 ms: keys act at once")
    expect(panel).to_contain_text("confirmed after 61 ms")
    console.play({"rtt": 250})
    expect(panel).to_contain_text("46 ms: keys act at once")  # figures move four times a second
    console.wait(250)
    expect(panel).to_contain_text("250 ms: keys act with a short wait")


def test_more_is_asked_for_within_what_was_not_given_and_the_answer_is_said(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.outcome = 'refused'; fakeSetup.cause = 'declined';")
    console.reach(LIVE)
    expect(console.by("ask-more")).to_be_hidden()  # everything is given
    console.play({"grants": ["view"]})
    console.by("ask-more").click()
    console.page.keyboard.press("Escape")
    expect(console.by("more-settings")).to_be_hidden()
    expect(console.by("ask-more")).to_be_focused()
    assert console.calls("press") == []  # it was no key for the TV
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


def test_more_is_asked_for_beside_what_is_given_where_there_is_room(open_console: Open) -> None:
    """LOOK, section 3: in the session's bar; in the strip below 1180 px, and back again."""
    console = open_console(Look(width=1280, height=800)).reach(LIVE | {"grants": ["view"]})
    for width, place in ((1280, ".session-bar"), (900, ".strip"), (1280, ".session-bar")):
        console.page.set_viewport_size({"width": width, "height": 800})
        expect(console.page.locator(f"{place} [data-testid=ask-more]")).to_be_visible()


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
