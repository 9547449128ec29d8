"""The set without a screen: where keys lead."""

from __future__ import annotations

import random

import pytest

from device_agent.devices.simulated_tv.model import TvModel, at_settings, press
from device_agent.devices.simulated_tv.screens import (
    HOME_ROWS,
    INPUTS,
    KEYBOARD,
    KEYBOARD_WORDS,
    MENU,
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
from device_agent.devices.simulated_tv.settings import BY_PATH, GROUPS, Choice, accepts, defaults, field_of
from tests.tv.scenes import KEYS, tv_screens

FACTORY = defaults("en")
DEEPEST = 5  # home, title, film, settings, one setting


def walked(keys: str, model: TvModel | None = None) -> TvModel:
    model = model or TvModel(FACTORY)
    for key in keys.split():
        model = press(model, key, 0).model
    return model


def assert_sound(model: TvModel) -> None:
    """The focus is on something that exists, and nothing has piled up."""
    assert 1 <= len(model.screens) <= DEEPEST
    assert isinstance(model.screens[0], Home)
    assert 0 <= model.volume <= 100
    assert all(accepts(BY_PATH[path], value) for path, value in model.values.items())
    for screen in model.screens:
        assert_focus(screen)


def assert_focus(screen: Screen) -> None:
    match screen:
        case Home():
            assert screen.item in HOME_ROWS[screen.row]
        case Sources():
            assert 0 <= screen.row < len(INPUTS)
        case Title():
            assert screen.column in {0, 1}
        case Watching():
            assert len(screen.channel) <= 3
        case Settings():
            assert screen.name in MENU
            assert not screen.inside or 0 <= screen.row < len(GROUPS[screen.name])
        case Choosing():
            setting = BY_PATH[screen.path]
            assert isinstance(setting, Choice)
            assert 0 <= screen.row < len(setting.options)
        case Sliding():
            assert screen.path in BY_PATH
        case Typing():
            assert len(screen.text) <= field_of(screen.path).longest
            assert screen.key in KEYBOARD_WORDS or screen.key.lower() in "".join(KEYBOARD)


@pytest.mark.parametrize("screens", tv_screens().values(), ids=tv_screens().keys())
def test_every_key_on_every_screen_leaves_a_sound_set(screens: tuple[Screen, ...]) -> None:
    for key in KEYS:
        assert_sound(press(TvModel(FACTORY, screens), key, 0).model)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_pressed_in_a_long_row_the_set_stays_sound(seed: int) -> None:
    dice = random.Random(seed)
    model = TvModel(FACTORY)
    for _ in range(400):
        model = press(model, dice.choice(KEYS), 0).model
        assert_sound(model)


@pytest.mark.parametrize("screens", tv_screens().values(), ids=tv_screens().keys())
def test_back_pressed_often_enough_always_ends_at_home(screens: tuple[Screen, ...]) -> None:
    assert isinstance(walked("back " * 6, TvModel(FACTORY, screens)).screen, Home)


@pytest.mark.parametrize("screens", tv_screens().values(), ids=tv_screens().keys())
def test_home_leads_home_in_one_press(screens: tuple[Screen, ...]) -> None:
    assert press(TvModel(FACTORY, screens), "home", 0).model.screens == screens[:1]


@pytest.mark.parametrize("screens", tv_screens().values(), ids=tv_screens().keys())
def test_the_network_settings_open_from_anywhere_and_back_leads_on_from_there(
    screens: tuple[Screen, ...],
) -> None:
    model = at_settings(TvModel(FACTORY, screens=screens), "network")
    assert isinstance(model.screen, Settings)
    assert (model.screen.name, model.screen.row, model.screen.inside) == ("network", 0, True)
    assert press(model, "home", 0).model.screens == screens[:1]


def test_a_set_that_is_off_opens_no_settings() -> None:
    off = TvModel(FACTORY, on=False)
    assert at_settings(off, "network") == off


def test_a_row_of_the_home_screen_remembers_its_place() -> None:
    assert walked("right right down right up").screen == Home(1, (0, 2, 1, 0))


def test_at_an_edge_nothing_happens() -> None:
    model = walked("up left left")
    assert walked("up left", model) == model


def test_a_source_tile_opens_its_source() -> None:
    assert walked("down ok").screen == Watching(Source.HDMI_1)


def test_the_source_key_starts_on_what_is_being_watched() -> None:
    assert walked("down right ok source").screen == Sources(1)


def test_menus_opened_over_each_other_do_not_pile_up() -> None:
    model = walked("down ok menu source menu source menu")
    assert [type(screen) for screen in model.screens] == [Home, Watching, Settings]


@pytest.mark.parametrize(
    "way", ["up right right right ok", "down right right right right ok", "menu " + "down " * 5 + "ok"]
)
def test_remote_support_is_asked_for_from_header_tile_and_settings(way: str) -> None:
    *before, last = way.split()
    model = walked(" ".join(before))
    assert press(model, last, 0).help
    assert press(model, last, 0).model == model


def test_a_switch_changes_with_ok_and_names_its_path_and_both_values() -> None:
    step = press(walked("menu ok " + "down " * 7), "ok", 0)
    assert step.change is not None
    assert (step.change.path, step.change.old, step.change.new) == ("picture.motion_smoothing", "on", "off")
    assert step.model.values["picture.motion_smoothing"] is False


def test_a_slider_acts_with_every_press_and_stops_at_its_end() -> None:
    model = walked("menu ok down ok")
    assert isinstance(model.screen, Sliding)
    changes = [press(walked("right " * n, model), "right", 0).change for n in range(12)]
    assert [change.new for change in changes if change] == [str(n) for n in range(41, 51)]
    assert changes[-1] is None


def test_choosing_what_is_already_chosen_is_no_change() -> None:
    assert press(walked("menu ok ok"), "ok", 0).change is None


def test_leaving_the_keyboard_with_back_keeps_the_old_name() -> None:
    model = walked("menu down down down ok down ok digit_7 back")
    assert model.values["general.name"] == "Living room"


def test_digits_type_directly_and_done_keeps_them() -> None:
    typing = walked("menu down down down ok down ok digit_4 digit_2")
    step = press(walked("down down down down right right right", typing), "ok", 0)
    assert step.change is not None
    assert step.change.new == "Living room42"


def test_an_empty_name_is_not_kept() -> None:
    screens: tuple[Screen, ...] = (Home(), Settings(3), Typing("general.name", "  ", len(KEYBOARD), 8))
    step = press(TvModel(FACTORY, screens), "ok", 0)
    assert step.change is None
    assert step.model.screens == screens


def test_off_hears_only_the_power_key() -> None:
    off = press(TvModel(FACTORY), "power", 0).model
    assert not off.on
    assert all(press(off, key, 0).model == off for key in KEYS if key != "power")
    assert press(off, "power", 0).model.on


def test_switching_off_forgets_what_was_typed_and_not_kept() -> None:
    model = walked("menu down down down ok down ok digit_4 power power")
    assert model.screens == (Home(),)
    assert model.values == FACTORY


def test_volume_is_shown_for_a_while_and_changes_no_setting() -> None:
    step = press(TvModel(FACTORY), "volume_up", 10.0)
    assert step.change is None
    assert step.model.volume > TvModel(FACTORY).volume
    assert step.model.volume_until > 10.0
