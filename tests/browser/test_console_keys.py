"""The remote's keys, on the pad and on the keyboard: what is sent, what is not, what the key then shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.console_page import LIVE, ConsolePage, Look
from wire.commands import RemoteKey

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FOREVER_MS = 4_000_000_000_000  # the picture stays young while a key is held

KEYBOARD = {
    "ArrowUp": "up",
    "ArrowDown": "down",
    "ArrowLeft": "left",
    "ArrowRight": "right",
    "Enter": "ok",
    "Escape": "back",
    "h": "home",
    "H": "home",
    "m": "menu",
    "s": "source",
    "+": "volume_up",
    "-": "volume_down",
    "0": "digit_0",
    "7": "digit_7",
}


def pressed(console: ConsolePage) -> list[str]:
    return [call[1] for call in console.calls("press")]


def test_the_pad_has_exactly_the_keys_a_technician_may_press(open_console: Open) -> None:
    """INV-B9: no key of the customer's own is among them."""
    console = open_console().reach(LIVE)
    for key in RemoteKey:
        console.by(f"pad-{key.replace('_', '-')}").click()
    assert pressed(console) == [key.value for key in RemoteKey]
    assert console.page.locator("[data-testid^=pad-]").count() == len(list(RemoteKey))


def test_the_keyboard_drives_the_tv(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    for name in KEYBOARD:
        console.page.keyboard.press(name)
    assert pressed(console) == list(KEYBOARD.values())


def test_no_keyboard_key_switches_the_tv_off(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    for name in "abcdefgijklnopqrtuvwxyzP":
        console.page.keyboard.press(name)
    assert pressed(console) == []


def test_f8_gives_the_keyboard_back_to_the_page_and_says_so(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    expect(console.by("keyboard")).to_contain_text("Keyboard drives the TV")
    console.page.keyboard.press("F8")
    expect(console.by("keyboard")).to_contain_text("Keyboard drives this page")
    console.page.keyboard.press("ArrowUp")
    assert pressed(console) == []
    console.by("keyboard").click()
    console.page.keyboard.press("ArrowUp")
    assert pressed(console) == ["up"]


def test_tab_always_leaves_and_enter_belongs_to_the_control_it_reached(open_console: Open) -> None:
    """No keyboard trap: End is reached and pressed without a mouse."""
    console = open_console().reach(LIVE)
    console.by("end-session").focus()
    console.page.keyboard.press("Shift+Tab")
    console.page.keyboard.press("Tab")
    expect(console.by("end-session")).to_be_focused()
    console.page.keyboard.press("Enter")
    assert console.calls("end") == [["end"]]
    assert pressed(console) == []


def test_after_a_click_on_the_pad_enter_is_ok_and_not_that_key_again(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    console.by("pad-up").click()
    console.page.keyboard.press("Enter")
    assert pressed(console) == ["up", "ok"]


def test_held_keys_repeat_only_where_a_step_more_is_harmless(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"currentAt": FOREVER_MS})
    for name in ("Enter", "5", "Escape"):
        console.page.keyboard.down(name)
        console.wait(1000)
        console.page.keyboard.down(name)
        console.page.keyboard.up(name)
    assert pressed(console) == ["ok", "digit_5", "back"]
    console.page.keyboard.down("ArrowDown")
    for _ in range(10):
        console.page.keyboard.down("ArrowDown")  # the keyboard's own repetition is not followed
        console.wait(100)
    console.page.keyboard.up("ArrowDown")
    held = pressed(console)[3:]
    assert set(held) == {"down"}
    assert 5 <= len(held) <= 8
    console.wait(1000)
    assert pressed(console)[3:] == held, "let go, it stops"


def test_a_held_key_stops_on_release_and_where_nobody_sees_what_it_does(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"currentAt": FOREVER_MS})
    console.by("pad-right").hover()
    console.page.mouse.down()
    console.wait(750)
    console.page.mouse.up()
    held = len(pressed(console))
    assert 3 <= held <= 4, "and its click is not one more"
    for stop in ("window.dispatchEvent(new Event('blur'))", "window.fake.play({ stale: true })"):
        console.page.keyboard.down("ArrowDown")
        console.wait(800)
        console.page.evaluate(stop)
        before = len(pressed(console))
        console.wait(1000)
        assert len(pressed(console)) == before > held, stop
        console.page.keyboard.up("ArrowDown")
        held = before


def test_shortcuts_of_the_browser_stay_the_browsers(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    for name in ("Control+h", "Alt+ArrowLeft", "Meta+s"):
        console.page.evaluate(
            """(name) => { const [mod, key] = name.split('+');
            document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true,
              ctrlKey: mod === 'Control', altKey: mod === 'Alt', metaKey: mod === 'Meta' })); }""",
            name,
        )
    assert pressed(console) == []


def test_keys_stop_with_the_session(open_console: Open) -> None:
    """INV-A8: after the end no key of the keyboard goes anywhere."""
    console = open_console().reach(LIVE)
    console.by("end-session").click()
    console.page.keyboard.press("ArrowUp")
    console.page.keyboard.press("Escape")
    assert pressed(console) == []


def test_a_key_shows_pressed_at_once_and_a_tick_when_the_device_did_it(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.holdKeys = true;").reach(LIVE)
    key = console.by("pad-menu")
    key.click()
    expect(key).to_have_attribute("data-state", "pressed")
    console.wait(130)
    expect(key).to_have_attribute("data-state", "sent")
    console.page.evaluate("window.fake.held.forEach((done) => done())")
    expect(key).to_have_attribute("data-state", "done")
    console.wait(800)
    expect(key).not_to_have_attribute("data-state", "done")


def test_a_key_without_an_answer_turns_amber_after_a_second(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.holdKeys = true;").reach(LIVE)
    console.play({"currentAt": 4_000_000_000_000})  # the picture stays young while the key waits
    console.by("pad-menu").click()
    console.wait(990)
    expect(console.by("pad-menu")).to_have_attribute("data-state", "sent")
    console.wait(20)
    expect(console.by("pad-menu")).to_have_attribute("data-state", "slow")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("refused", "The TV did not take “Menu”"),
        ("late", "“Menu” came too late"),
        ("failed", "could not carry it out"),
    ],
)
def test_a_key_the_device_did_not_do_is_never_ticked_and_says_why(
    open_console: Open, outcome: str, words: str
) -> None:
    console = open_console(setup=f"fakeSetup.outcome = '{outcome}';").reach(LIVE)
    console.by("pad-menu").click()
    expect(console.page.get_by_text(words)).to_be_visible()
    expect(console.by("pad-menu")).to_have_attribute("data-state", "slow")


def test_unanswered_keys_do_not_pile_up(open_console: Open) -> None:
    """INV-B4: what is pressed into silence is dropped here, not sent in a burst later."""
    console = open_console(setup="fakeSetup.holdKeys = true;").reach(LIVE)
    for _ in range(20):
        console.page.keyboard.press("ArrowDown")
    assert len(pressed(console)) == 8


def test_keys_that_were_not_given_say_so_and_send_nothing(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"grants": ["view"]})
    expect(console.page.get_by_text("Off: the customer did not allow keys")).to_be_visible()
    console.page.keyboard.press("Enter")
    console.by("pad-ok").dispatch_event("click")
    assert pressed(console) == []


def test_without_the_keys_the_strip_does_not_say_that_the_keyboard_drives_the_tv(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"grants": ["view"]})
    keyboard = console.by("keyboard")
    expect(keyboard).to_have_text("Keyboard off: keys not allowed", use_inner_text=True)
    expect(keyboard).to_have_attribute("aria-pressed", "false")
    expect(keyboard).to_have_attribute("aria-disabled", "true")
    console.page.keyboard.press("F8")
    keyboard.dispatch_event("click")
    console.play({"grants": ["keys", "view"]})
    expect(keyboard).to_contain_text("Keyboard drives the TV")
    expect(keyboard).not_to_have_attribute("aria-disabled", "true")
    console.page.keyboard.press("ArrowUp")
    assert pressed(console) == ["up"]
    console.play({"grants": ["view"]})
    expect(keyboard).to_contain_text("Keyboard off")


@pytest.mark.parametrize("language", ["en", "lv"])
def test_every_key_has_its_own_name(open_console: Open, language: str) -> None:
    console = open_console(Look(language=language)).reach(LIVE)
    names = console.page.evaluate(
        """() => Array.from(document.querySelectorAll('[data-testid^=pad-]'),
        (key) => key.getAttribute('aria-label') ?? key.querySelector('.key-face').textContent)"""
    )
    assert len(set(names)) == len(names)
    assert all(names)
