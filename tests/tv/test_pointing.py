"""The pointer on the set: it does what the remote would, and nothing that the remote could not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from device_agent.devices.simulated_tv import SimulatedTv, model
from device_agent.devices.simulated_tv.model import TvModel
from device_agent.devices.simulated_tv.paint import home, keyboard, menus, overlays
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH, Box, Canvas
from device_agent.devices.simulated_tv.pointing import Pointed, point
from device_agent.devices.simulated_tv.screens import (
    INPUTS,
    KEYBOARD,
    Choosing,
    Home,
    Screen,
    Settings,
    Sliding,
    Source,
    Sources,
    Title,
    Typing,
    Watching,
)
from device_agent.devices.simulated_tv.settings import BY_PATH, GROUPS, Entry, Range, Secret, Switch, defaults
from seal.commands import Step
from tests.tv.scenes import ALL, StillClock, tv_screens, words
from wire.commands import ActionCause, Grant, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WORDS = words("en")
ONLY_KEYS = frozenset({Grant.VIEW, Grant.KEYS})


def at(*screens: Screen) -> TvModel:
    return TvModel(values=defaults("en"), screens=(Home(), *screens))


def place(x: int, y: int) -> tuple[int, int]:
    return -(-x * 65_536 // WIDTH), -(-y * 65_536 // HEIGHT)


def middle(box: Box) -> tuple[int, int]:
    return place((box.left + box.right) // 2, (box.top + box.bottom) // 2)


def click(box: Box) -> tuple[Step, ...]:
    x, y = middle(box)
    return Step(0, False, x, y), Step(1, True, x, y), Step(1, False, x, y)


def hover(box: Box) -> tuple[Step, ...]:
    return (Step(0, False, *middle(box)),)


def run(it: TvModel, steps: Iterable[Step]) -> Pointed:
    return point(it, steps, WORDS, 100.0)


HOME = [
    *((0, column, box) for column, box in enumerate(home.nav_boxes(WORDS))),
    *((1, column, box) for column, box in enumerate(home.poster_boxes(Home())) if box.right <= WIDTH),
    *((2, column, box) for column, box in enumerate(home.tile_boxes())),
]


@pytest.mark.parametrize(("row", "column", "box"), HOME)
def test_whatever_lies_on_the_home_screen_takes_the_focus_and_opens_as_with_ok(
    row: int, column: int, box: Box
) -> None:
    there = at()
    focused = run(there, hover(box)).model.screen
    assert isinstance(focused, Home)
    assert (focused.row, focused.columns[row]) == (row, column)
    pressed = model.press(replace(there, screens=(focused,)), "ok", 100.0)
    clicked = run(there, click(box))
    assert (clicked.model, clicked.help) == (pressed.model, pressed.help)


@pytest.mark.parametrize("row", range(len(INPUTS)))
def test_a_source_is_chosen_with_a_click(row: int) -> None:
    shown = run(at(Sources()), click(menus.list_boxes(len(INPUTS))[row])).model.screen
    assert shown == Watching(Source(INPUTS[row]))


def test_a_titles_buttons_play_and_go_back() -> None:
    there = at(Title("lighthouse"))
    play, back = menus.title_boxes(Title("lighthouse"), WORDS)
    assert run(there, click(play)).model.screen == Watching(Source.FILM)
    assert run(there, click(back)).model.screen == Home()


@pytest.mark.parametrize("entry", range(len(menus.menu_boxes())))
def test_an_entry_of_the_menu_opens_with_a_click(entry: int) -> None:
    after = run(at(Settings()), click(menus.menu_boxes()[entry]))
    shown = after.model.screen
    assert isinstance(shown, Settings)
    assert shown.entry == entry
    assert shown.inside is (shown.name in GROUPS)
    assert after.help is (shown.name == "support"), "and help is not for a technician to open"


@pytest.mark.parametrize("inside", [False, True])
def test_a_click_on_a_row_means_the_row_that_was_seen_there(*, inside: bool) -> None:
    """The list slides with its focus, and must not slide away under a click."""
    seen = Settings(0, 4 if inside else 0, inside=inside)
    for row, box in menus.setting_boxes(seen):
        after = run(at(seen), click(box))
        setting = GROUPS["picture"][row]
        if isinstance(setting, Switch):
            assert [change.path for change in after.changes] == [setting.path]
        else:
            assert (
                after.model.screen == model.press(at(Settings(0, row, inside=True)), "ok", 100.0).model.screen
            )


def test_an_option_is_chosen_with_a_click() -> None:
    path = "picture.mode"
    after = run(at(Settings(0, 0, inside=True), Choosing(path, 0)), click(menus.list_boxes(5)[2]))
    assert [(change.path, change.new) for change in after.changes] == [(path, "cinema")]
    assert isinstance(after.model.screen, Settings)


@pytest.mark.parametrize("path", [path for path, one in BY_PATH.items() if isinstance(one, Range)])
def test_the_slider_follows_the_pointer_from_end_to_end_and_never_beyond(path: str) -> None:
    setting = BY_PATH[path]
    assert isinstance(setting, Range)
    track = menus.track_box()
    y = (track.top + track.bottom) // 2
    left, right = place(track.left - 30, y), place(track.right + 30, y)
    steps = (Step(1, True, *left), Step(0, False, *right))
    after = run(at(Settings(0, 0, inside=True), Sliding(path)), steps)
    assert after.model.values[path] == setting.high
    assert after.changes[0].new == str(setting.low) or setting.default == setting.low
    assert run(at(Settings(), Sliding(path)), [Step(0, False, *right)]).changes == (), "only while held"


def test_a_key_of_the_screens_keyboard_types_with_a_click() -> None:
    there = at(Settings(2), Typing("network.wifi_name", ""))
    for row, column, box in keyboard.key_boxes():
        after = run(there, click(box)).model.screen
        if row < len(KEYBOARD):
            assert isinstance(after, Typing)
            assert after.text == KEYBOARD[row][column]


def test_the_right_button_goes_back_and_the_wheel_moves_the_focus() -> None:
    there = at(Sources(1))
    assert run(there, [Step(3, True, 0, 0), Step(3, False, 0, 0)]).model.screen == Home()
    assert run(there, [Step(5, True, 0, 0)]).model.screen == Sources(2)
    assert run(there, [Step(4, True, 0, 0)]).model.screen == Sources(0)


def test_a_press_that_ends_elsewhere_is_no_click() -> None:
    one, other = menus.list_boxes(len(INPUTS))[:2]
    steps = (Step(1, True, *middle(one)), Step(1, False, *middle(other)))
    assert isinstance(run(at(Sources()), steps).model.screen, Sources)


def test_beside_everything_nothing_happens() -> None:
    assert run(at(Sources()), click(Box(1900, 1070, 1920, 1080))).model == at(Sources())


@pytest.mark.parametrize("screens", tv_screens().values(), ids=tv_screens().keys())
def test_no_place_on_any_screen_breaks_the_pointer(screens: tuple[Screen, ...]) -> None:
    """INV-F1: also the corners, which lie outside of everything."""
    there = TvModel(values=defaults("en"), screens=screens)
    for x in (0, 20_000, 40_000, 65_535):
        for y in (0, 20_000, 40_000, 65_535):
            for button in (0, 1, 2, 3, 4, 5, 6, 7):
                steps = [Step(button, button != 0, x, y)]
                if button in {1, 2, 3}:
                    steps.append(Step(button, False, x, y))
                assert run(there, steps).model.screens


def test_a_set_that_is_off_hears_no_pointer() -> None:
    off = replace(at(), on=False)
    assert run(off, click(home.tile_boxes()[0])).model == off


# The set as a device


def new_set(folder: Path, *keys: str) -> SimulatedTv:
    tv = SimulatedTv(clock=StillClock(), data=folder)
    for key in keys:
        tv.press(key, None)
    return tv


def test_without_the_grant_no_click_changes_a_setting_and_the_frame_leaves_nothing(tmp_path: Path) -> None:
    tv = new_set(tmp_path, "menu", "ok")
    row, box = next(
        (row, box)
        for row, box in menus.setting_boxes(Settings(0, 0, inside=True))
        if isinstance(GROUPS["picture"][row], Range)
    )
    opened = tv.use_pointer(click(box), ONLY_KEYS)
    assert opened.outcome is Outcome.DONE
    before = tv._model
    track = menus.track_box()
    pulled = tv.use_pointer((Step(1, True, *place(track.left + 5, track.top + 5)),), ONLY_KEYS)
    assert (pulled.outcome, pulled.cause) == (Outcome.REFUSED, ActionCause.NOT_GRANTED)
    assert tv._model == before
    assert tv.use_pointer((Step(1, True, *place(track.left + 5, track.top + 5)),), ALL).path == (
        GROUPS["picture"][row].path
    )


def test_a_click_on_help_opens_nothing(tmp_path: Path) -> None:
    """INV-B9."""
    asked: list[bool] = []
    tv = new_set(tmp_path)
    tv.on_help = lambda: asked.append(True)
    for box in (home.nav_boxes(WORDS)[-1], home.tile_boxes()[-1]):
        done = tv.use_pointer(click(box), ALL)
        assert (done.outcome, done.cause) == (Outcome.REFUSED, ActionCause.CANNOT)
    assert asked == []


def test_one_command_never_changes_two_settings(tmp_path: Path) -> None:
    """A record names one; the other would have been changed unrecorded (INV-D1)."""
    tv = new_set(tmp_path, "menu", "ok", *["down"] * 11)
    rows = dict(menus.setting_boxes(Settings(0, 11, inside=True)))
    two = [row for row in rows if isinstance(GROUPS["picture"][row], Switch)][:2]
    before = tv.values
    done = tv.use_pointer([step for row in two for step in click(rows[row])], ALL)
    assert (done.outcome, done.cause) == (Outcome.REFUSED, ActionCause.CANNOT)
    assert tv.values == before
    assert tv.use_pointer(click(rows[two[0]]), ALL).path == GROUPS["picture"][two[0]].path


def test_a_text_goes_into_the_open_field_in_any_script_and_nowhere_else(tmp_path: Path) -> None:
    tv = new_set(tmp_path)
    nowhere = tv.type_text("Nhà", ALL)
    assert (nowhere.outcome, nowhere.cause, tv.field()) == (Outcome.REFUSED, ActionCause.CANNOT, 0)
    tv._model = at(Settings(2), Typing("network.wifi_name", "Home"))
    setting = BY_PATH["network.wifi_name"]
    assert isinstance(setting, Entry)
    assert tv.field() == setting.longest - 4
    assert tv.type_text(" Ấm áp", ONLY_KEYS).outcome is Outcome.DONE
    screen = tv._model.screen
    assert isinstance(screen, Typing)
    assert screen.text == "Home Ấm áp"
    assert tv.type_text("x" * (tv.field() + 1), ALL).outcome is Outcome.REFUSED
    assert tv._model.screen == screen, "a text too long for the field is typed in no part"
    assert tv.values["network.wifi_name"] == "Home", "and no setting is changed by typing"


@pytest.mark.parametrize("path", [path for path, it in BY_PATH.items() if not isinstance(it, Secret)])
def test_every_setting_is_told_and_takes_back_what_was_told(tmp_path: Path, path: str) -> None:
    tv = new_set(tmp_path)
    [item] = [one for one in tv.settings() if one.path == path]
    done = tv.change(path, item.value)
    assert (done.outcome, done.path, done.old, done.new) == (Outcome.DONE, path, item.value, item.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("picture.backlight", "51"),
        ("picture.backlight", "-1"),
        ("picture.backlight", "1e1"),
        ("picture.backlight", "٣"),
        ("picture.backlight", "on"),
        ("sound.delay", "5"),
        ("picture.mode", "loud"),
        ("sound.surround", "true"),
        ("general.name", " "),
        ("general.name", "x" * 25),
        ("no.such", "on"),
    ],
)
def test_what_a_setting_cannot_hold_is_refused(tmp_path: Path, path: str, value: str) -> None:
    tv = new_set(tmp_path)
    before = tv.values
    done = tv.change(path, value)
    assert (done.outcome, done.cause, done.path) == (Outcome.REFUSED, ActionCause.CANNOT, path)
    assert tv.values == before


def test_an_arrow_is_shown_for_three_seconds_and_presses_nothing(tmp_path: Path) -> None:
    clock = StillClock()
    tv = SimulatedTv(clock=clock, data=tmp_path)
    before = tv._model.screens
    tv.show_arrow(*middle(Box(100, 200, 300, 400)))
    assert tv._scene().arrow == (200, 300)
    assert tv._model.screens == before
    clock.seconds += 2.9
    assert tv._scene().arrow == (200, 300)
    clock.seconds += 0.2
    assert tv._scene().arrow is None


@pytest.mark.parametrize("x", [0, 960, 1919])
@pytest.mark.parametrize("y", [0, 540, 1079])
def test_an_arrow_lies_on_the_screen_wherever_it_points(x: int, y: int) -> None:
    canvas = Canvas()
    bare = canvas.pixels.copy()
    overlays.arrow(canvas, x, y)
    changed = (canvas.pixels != bare).any(2)
    assert changed.sum() > 4000
    rows, columns = changed.nonzero()
    near = 30
    assert abs(int(columns.min()) - x) < near or abs(int(columns.max()) - x) < near
    assert abs(int(rows.min()) - y) < near or abs(int(rows.max()) - y) < near
