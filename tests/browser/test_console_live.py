"""The live session: the picture and its age, what is given, and End."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.console_page import (
    DECIDING,
    ENDED,
    LIVE,
    NOW_MS,
    PAIRING,
    ConsolePage,
    Look,
    State,
)

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_canvas_holds_the_picture_at_its_own_resolution(open_console: Open) -> None:
    console = open_console(Look(width=390, height=844)).reach(LIVE)
    console.paint("rgb(20, 120, 200)")
    size = console.by("live-view").evaluate("(canvas) => [canvas.width, canvas.height]")
    assert size == [1920, 1080]
    assert console.pixel(0, 0) == [20, 120, 200]
    assert console.pixel(1919, 1079) == [20, 120, 200]


def test_a_strip_changes_its_place_and_nothing_around_it(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    console.paint("rgb(10, 20, 30)")
    console.paint("rgb(200, 100, 50)", x=900, y=540, columns=128, rows=64)
    for inside in ((900, 540), (1027, 540), (900, 603), (1027, 603)):
        assert console.pixel(*inside) == [200, 100, 50]
    for outside in ((899, 540), (1028, 603), (900, 539), (1027, 604)):
        assert console.pixel(*outside) == [10, 20, 30]


def test_a_picture_of_another_size_changes_the_canvas(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    console.paint("rgb(10, 20, 30)", width=1280, height=720, columns=1280, rows=720)
    assert console.by("live-view").evaluate("(canvas) => [canvas.width, canvas.height]") == [1280, 720]


def test_nothing_of_the_last_session_is_on_the_canvas_of_the_next(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    console.paint("rgb(200, 100, 50)")
    console.by("end-session").click()
    console.by("new-code").click()
    console.connect().play(LIVE)
    assert console.pixel(960, 540) == [0, 0, 0]


def test_the_age_is_shown_in_tenths_and_runs_with_the_clock(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    age = console.by("frame-age")
    expect(age).to_have_text("Picture 0.1 s old")
    expect(age).to_have_attribute("data-state", "live")
    console.wait(1000)
    expect(age).to_have_text("Picture 1.1 s old")
    expect(age).to_have_attribute("data-state", "late")
    expect(console.by("picture-cause")).to_have_text("The TV’s line is slow")  # noqa: RUF001


def test_a_screen_that_does_not_change_is_not_stale(open_console: Open) -> None:
    """What counts is up to when the device confirmed the picture, not when it last changed."""
    console = open_console().reach(LIVE)
    for second in range(1, 6):
        console.wait(1000)
        console.play({"currentAt": NOW_MS + second * 1000 - 50, "fps": 0})
        expect(console.by("frame-age")).to_have_attribute("data-state", "live")


def test_a_stale_picture_is_dimmed_with_its_cause_and_keys_go_off(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    console.wait(2250)
    expect(console.by("frame-age")).to_have_attribute("data-state", "stale")
    expect(console.page.get_by_text("This picture is 2.4 s old")).to_be_visible()
    assert console.by("live-view").evaluate("(canvas) => getComputedStyle(canvas).opacity") == "0.28"
    expect(console.by("pad-ok")).to_have_attribute("aria-disabled", "true")
    expect(console.page.get_by_text("Off: the picture is too old")).to_be_visible()
    console.by("pad-ok").dispatch_event("click")
    console.page.keyboard.press("ArrowUp")
    assert console.calls("press") == []
    console.play({"currentAt": NOW_MS + 2250})
    expect(console.by("frame-age")).to_have_attribute("data-state", "live")
    expect(console.by("pad-ok")).not_to_have_attribute("aria-disabled", "true")
    assert console.calls("press") == [], "nothing is sent later"


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ("hidden", "The customer hides the picture"),
        ("off", "The screen is off"),
        ("waiting", "The first picture is on its way"),
    ],
)
def test_where_there_is_no_picture_a_panel_names_the_cause(
    open_console: Open, picture: str, words: str
) -> None:
    """Never bare black, and never the last picture behind a note."""
    console = open_console().reach(LIVE)
    console.paint("rgb(200, 100, 50)")
    console.play({"picture": picture})
    expect(console.page.locator(".picture-panel")).to_contain_text(words)
    expect(console.page.locator(".picture-panel")).to_contain_text("Since 14:19:08")
    expect(console.by("live-view")).to_be_hidden()


def test_a_screen_that_was_not_allowed_is_never_called_live(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"grants": ["keys"], "picture": "live"})
    expect(console.page.locator(".picture-panel")).to_contain_text("You may not see this screen")
    expect(console.by("say-this")).to_contain_text("I cannot see your screen.")
    expect(console.by("pad-ok")).not_to_have_attribute("aria-disabled", "true")


def test_given_and_not_given_are_told_apart_by_words(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"grants": ["view"]})
    chips = console.page.get_by_role("list", name="What the customer allows")
    expect(chips).to_contain_text("See")
    expect(chips).to_contain_text("Keys not allowed")
    expect(chips).to_contain_text("Camera closed")
    console.play({"grants": ["keys", "view"]})
    expect(chips).not_to_contain_text("Keys not allowed")


def test_the_bar_says_who_what_and_how_long(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    bar = console.page.get_by_role("banner")
    for words in ("Live 12:41", "Vista 55 Q7", "HM-7K42-93", "at most 18 min left"):
        expect(bar).to_contain_text(words)
    console.wait(2000)
    expect(bar).to_contain_text("12:43")


@pytest.mark.parametrize("language", ["en", "nb", "vi"])
def test_on_a_phone_the_bar_leaves_the_room_to_the_picture(open_console: Open, language: str) -> None:
    """A warning about the unit stays in it; what is as it should be stands under Device."""
    console = open_console(Look(language=language, width=390, height=844)).reach(LIVE)
    assert console.page.locator(".session-bar").evaluate("(bar) => bar.offsetHeight") <= 84


def test_the_sign_of_a_confirmed_unit_stands_right_beside_every_line_of_its_words(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    line = console.page.locator(".facts .enrolment")
    gaps, ems = line.evaluate(
        """(line) => {
          const range = document.createRange();
          range.selectNodeContents(line.lastElementChild);
          const sign = line.querySelector('.icon').getBoundingClientRect().right;
          const lines = [...range.getClientRects()].map(({ left }) => left - sign);
          return [lines, parseFloat(getComputedStyle(line).fontSize)];
        }"""
    )
    assert len(gaps) >= 2, "too long for one line, or this shows nothing"
    assert all(0 < gap <= ems for gap in gaps), gaps


def test_end_ends_at_once_without_asking(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    console.by("end-session").click()
    assert console.calls("end") == [["end"]]
    expect(console.by("session-state")).to_have_attribute("data-state", "ended")
    expect(console.by("live-view")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 1280, 1000, 390])
def test_end_stands_top_right_at_every_width(open_console: Open, width: int) -> None:
    console = open_console(Look(width=width)).reach(LIVE)
    box = console.by("end-session").bounding_box()
    assert box is not None
    assert box["y"] < 64
    assert width - (box["x"] + box["width"]) < 32
    assert box["height"] >= 40


def test_violet_is_on_the_page_only_while_somebody_is_connected(open_console: Open) -> None:
    count = """(violet) => Array.from(document.querySelectorAll('body *')).filter((node) => {
      const style = getComputedStyle(node);
      const painted = [style.backgroundColor, style.borderTopColor, style.borderBottomColor];
      return !node.closest('.mark') && painted.includes(violet);
    }).length"""
    console = open_console().reach(DECIDING)
    violet = console.page.evaluate(
        """() => { const probe = document.createElement('i'); probe.style.color = 'var(--live)';
        document.body.append(probe);
        const found = getComputedStyle(probe).color;
        probe.remove();
        return found; }"""
    )
    assert console.page.evaluate(count, violet) == 0
    console.play(LIVE)
    assert console.page.evaluate(count, violet) >= 3
    console.by("end-session").click()
    assert console.page.evaluate(count, violet) == 0


def test_the_settings_the_device_says_it_changed_are_listed(open_console: Open) -> None:
    console = open_console().reach(LIVE | {"changes": []})
    changes = console.page.locator("#panel-changes")
    expect(changes).to_contain_text("None yet.")
    backlight = {"path": "picture.backlight", "at": NOW_MS}
    console.play({"changes": [backlight]})
    expect(changes.get_by_role("listitem")).to_have_text("Backlight, once, 14:19:08")
    console.play({"changes": [backlight, {"path": "maker_only.deep_black", "at": NOW_MS}]})
    expect(changes.get_by_role("listitem").last).to_have_text("Maker only: deep black, once, 14:19:08")


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["Backlight, 3 times, last 14:19:06", "Motion smoothing, once, 14:19:01"]),
        (
            "vi",
            ["Đèn nền, 3 lần, gần nhất lúc 14:19:06", "Làm mượt chuyển động, 1 lần, gần nhất lúc 14:19:01"],
        ),
    ],
)
def test_a_setting_that_was_changed_in_steps_is_one_line(
    open_console: Open, language: str, lines: list[str]
) -> None:
    console = open_console(Look(language=language)).reach(LIVE)
    expect(console.page.locator("#panel-changes").get_by_role("listitem")).to_have_text(lines)


@pytest.mark.parametrize(("language", "words"), [("en", "still picture"), ("vi", "hình tĩnh")])
def test_a_picture_in_which_nothing_moves_is_called_still(
    open_console: Open, language: str, words: str
) -> None:
    """And no rate of zero is called still where the picture may have stopped instead."""
    console = open_console(Look(language=language)).reach(LIVE | {"fps": 0})
    expect(console.page.locator(".rate")).to_have_text(words)
    console.play({"stale": True})
    expect(console.page.locator(".rate")).not_to_contain_text(words)
    console.play({"stale": False, "fps": 1})
    expect(console.page.locator(".rate")).not_to_contain_text(words)


def asks_before_leaving(console: ConsolePage) -> bool:
    """What the page answers the browser that is about to leave it."""
    asked: bool = console.page.evaluate(
        "!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    )
    return asked


@pytest.mark.parametrize("state", [PAIRING, DECIDING, LIVE], ids=lambda state: state["phase"])
def test_leaving_the_page_is_asked_about_only_while_a_session_runs(open_console: Open, state: State) -> None:
    console = open_console()
    assert not asks_before_leaving(console)
    console.sign_in()
    assert not asks_before_leaving(console)
    console.connect().play(state)
    assert asks_before_leaving(console)
    console.play(ENDED)
    assert not asks_before_leaving(console)
    console.by("new-code").click()
    assert not asks_before_leaving(console)


def test_signing_out_is_not_asked_about_again(open_console: Open) -> None:
    console = open_console().reach(DECIDING)
    console.by("menu").click()
    console.by("sign-out").click()
    expect(console.by("sign-in-login")).to_be_visible()
    assert not asks_before_leaving(console)


def test_a_reload_in_the_session_can_be_taken_back(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    with console.page.expect_event("dialog") as asked:
        console.page.once("dialog", lambda dialog: dialog.dismiss())
        console.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    expect(console.by("live-view")).to_be_visible()


@pytest.mark.parametrize(
    ("warning", "words"),
    [("idle", "in a minute unless"), ("time", "asking them whether to go on"), ("last", "a new code")],
)
def test_an_end_that_comes_by_itself_is_said_in_advance(open_console: Open, warning: str, words: str) -> None:
    console = open_console().reach(LIVE)
    region = console.page.locator(".live-warning[role=status]")
    # It is there before it says anything: that is how it is heard.
    assert region.evaluate("(it) => it.checkVisibility()")
    console.play({"warning": warning})
    expect(region.filter(has_text=words)).to_be_visible()
    console.play({"warning": ""})
    expect(console.page.get_by_role("status").filter(has_text=words)).to_have_count(0)


@pytest.mark.parametrize(
    ("warning", "words"),
    [("time", "another half hour"), ("last", "two more minutes"), ("idle", "I see your screen now")],
)
def test_what_to_say_fits_what_the_tv_asks(open_console: Open, warning: str, words: str) -> None:
    """While the TV asks whether to go on, there is a sentence that leaves the choice to the customer."""
    console = open_console().reach(LIVE | {"warning": warning, "grants": ["view", "keys"]})
    expect(console.by("say-this")).to_contain_text(words)
    console.play({"warning": "", "currentAt": NOW_MS})
    expect(console.by("say-this")).to_contain_text("I see your screen now")


def test_a_browser_without_video_decoding_is_noted_in_the_strip(open_console: Open) -> None:
    console = open_console(Look(width=1440), setup="delete window.VideoDecoder;")
    console.reach(LIVE | {"codec": "jpeg"})
    expect(console.page.get_by_text("simple pictures, as this browser decodes no video")).to_be_visible()


def test_the_picture_has_a_name_and_its_state_as_text(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    name = "Live picture of Vista 55 Q7."
    expect(console.page.get_by_role("img", name=f"{name} The picture is current")).to_be_visible()
    console.play({"stale": True})
    expect(console.page.get_by_role("img", name=f"{name} The picture is too old")).to_be_visible()
    spoken = console.page.locator("body > [aria-live=assertive]").last
    expect(spoken).to_have_text("The picture is too old. Keys are off. The TV does not answer")


def test_on_a_narrow_page_the_panels_are_tabs_worked_by_arrows(open_console: Open) -> None:
    console = open_console(Look(width=390, height=844)).reach(LIVE)
    expect(console.by("pad-ok")).to_be_visible()
    console.by("tab-device").click()
    expect(console.by("pad-ok")).to_be_hidden()
    expect(console.page.get_by_role("tabpanel", name="Device")).to_contain_text("4.2.1")
    console.by("tab-device").press("ArrowRight")
    expect(console.by("tab-connection")).to_be_focused()
    expect(console.page.get_by_role("tabpanel")).to_contain_text("through the server, sealed")
    assert console.calls("press") == [], "arrows on the tabs are the tabs'"


def test_a_changed_width_keeps_every_panel_reachable(open_console: Open) -> None:
    console = open_console(Look(width=1440)).reach(LIVE)
    expect(console.page.get_by_role("tab")).to_have_count(0)
    console.page.set_viewport_size({"width": 1000, "height": 800})
    expect(console.page.get_by_role("tab")).to_have_count(4)
    expect(console.by("pad-ok")).to_be_visible()
    console.page.set_viewport_size({"width": 1440, "height": 900})
    expect(console.page.get_by_role("tab")).to_have_count(0)
    expect(console.page.locator("#panel-device")).to_be_visible()
