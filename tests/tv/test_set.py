"""The set as a device: whose keys do what, and when a new picture comes."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from device_agent.devices.protocol import Shows
from device_agent.devices.simulated_tv import SimulatedTv, settings_file
from device_agent.devices.simulated_tv.paint import frame
from device_agent.devices.simulated_tv.settings import LANGUAGES, defaults
from device_agent.panel_view import Item, PanelView
from tests.tv.scenes import ALL, BANNER, KEYS, PANELS_BY_NAME, StillClock, scene, words
from wire.commands import Grant, Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ONLY_KEYS = frozenset({Grant.VIEW, Grant.KEYS})
# Presses that end on something that changes a setting: switch, option, slider, keyboard.
WAYS = {
    "switch": "menu ok " + "down " * 7 + "ok",
    "option": "menu ok ok down ok",
    "slider": "menu ok down ok right",
    "keyboard": "menu down down down ok down ok digit_7 down down down down right right right ok",
}


def new_set(folder: Path, clock: StillClock | None = None) -> SimulatedTv:
    return SimulatedTv(clock=clock or StillClock(), data=folder)


@asynccontextmanager
async def running(folder: Path, clock: StillClock | None = None) -> AsyncIterator[SimulatedTv]:
    tv = new_set(folder, clock)
    await tv.start()
    try:
        yield tv
    finally:
        await tv.close()


def press_all(tv: SimulatedTv, way: str, grants: frozenset[Grant] | None) -> list[Outcome]:
    return [tv.press(key, grants).outcome for key in way.split()]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_without_the_grant_the_press_that_would_change_a_setting_is_refused(tmp_path: Path, way: str) -> None:
    tv = new_set(tmp_path)
    outcomes = press_all(tv, way, ONLY_KEYS)
    assert outcomes == [Outcome.DONE] * (len(outcomes) - 1) + [Outcome.REFUSED]
    assert tv.values == defaults("en")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("grants", [ALL, None], ids=["granted", "customer"])
def test_with_the_grant_and_for_the_customer_it_is_done_and_named(
    tmp_path: Path, way: str, grants: frozenset[Grant] | None
) -> None:
    tv = new_set(tmp_path)
    *before, last = way.split()
    press_all(tv, " ".join(before), grants)
    done = tv.press(last, grants)
    assert done.outcome is Outcome.DONE
    assert done.path
    assert done.old != done.new
    assert tv.values != defaults("en")


@pytest.mark.parametrize("key", KEYS)
def test_without_the_grant_every_key_that_changes_no_setting_is_done(tmp_path: Path, key: str) -> None:
    assert new_set(tmp_path).press(key, ONLY_KEYS).outcome is Outcome.DONE


def test_a_refused_press_leaves_the_screen_as_it_was(tmp_path: Path) -> None:
    tv = new_set(tmp_path)
    press_all(tv, WAYS["option"], ONLY_KEYS)
    assert tv.press("ok", ALL).path == "picture.mode"  # the option is still focused, and can still be chosen


@pytest.mark.parametrize("way", ["up right right right ok", "menu " + "down " * 5 + "ok"])
def test_only_the_customer_can_ask_for_help_on_the_screen(tmp_path: Path, way: str) -> None:
    """INV-B9."""
    asked: list[str] = []
    tv = new_set(tmp_path)
    tv.on_help = lambda: asked.append("help")
    assert press_all(tv, way, ALL)[-1] is Outcome.REFUSED
    assert asked == []
    assert press_all(tv, "ok", None) == [Outcome.DONE]
    assert asked == ["help"]


@pytest.mark.parametrize("key", ["help", "stop", "hide", "", "OK", "digit_10"])
@pytest.mark.parametrize("grants", [None, ALL])
def test_a_key_the_remote_does_not_have_fails(
    tmp_path: Path, key: str, grants: frozenset[Grant] | None
) -> None:
    assert new_set(tmp_path).press(key, grants).outcome is Outcome.FAILED


def test_the_set_speaks_the_language_that_was_chosen(tmp_path: Path) -> None:
    tv = new_set(tmp_path)
    downs = ["down"] * (LANGUAGES.index("vi") - LANGUAGES.index("en"))
    changed = [tv.press(key, None) for key in ["menu", "down", "down", "down", "ok", "ok", *downs, "ok"]][-1]
    assert (changed.path, changed.old, changed.new) == ("general.language", "en", "vi")
    assert tv.language == "vi"


@pytest.mark.slow
async def test_a_language_chosen_on_the_panel_is_spoken_at_once_and_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as tv:
        before = tv.picture().serial
        tv.speak("no such")
        assert tv.language == "en"
        tv.speak("lv")
        assert tv.language == "lv"
        await tv.changed(before)
    assert new_set(tmp_path).language == "lv"


@pytest.mark.slow
async def test_the_question_is_asked_anew_in_the_language_chosen_meanwhile(tmp_path: Path) -> None:
    """The card is the same one: its switches and its focus stay where they were."""
    view = replace(PANELS_BY_NAME["consent"], focus=Item.SWITCH_KEYS)
    view = replace(view, asks=tuple(replace(ask, on=ask.grant is Grant.VIEW) for ask in view.asks))
    async with running(tmp_path) as tv:
        tv.show(view)
        for language in LANGUAGES:
            tv.speak(language)
            wanted = frame.paint(scene(panel=view, language=language), words(language), 0).pixels
            async with asyncio.timeout(5):
                while not np.array_equal((seen := tv.picture()).pixels, wanted):
                    await tv.changed(seen.serial)


@pytest.mark.slow
async def test_settings_are_there_again_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as tv:
        press_all(tv, WAYS["slider"], None)
    assert settings_file.load(tmp_path / "tv-settings.json", "en")["picture.backlight"] == 41
    assert new_set(tmp_path).values["picture.backlight"] == 41


@pytest.mark.slow
async def test_a_language_that_was_asked_for_once_stays(tmp_path: Path) -> None:
    settings_file.save(tmp_path / "tv-settings.json", defaults("en"))
    tv = SimulatedTv(language="vi", clock=StillClock(), data=tmp_path)
    await tv.start()
    await tv.close()
    assert new_set(tmp_path).language == "vi"


def test_a_full_disk_does_not_darken_the_screen_and_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tv, in_the_way = new_set(tmp_path), tmp_path / "tv-settings.new"
    in_the_way.mkdir()
    press_all(tv, WAYS["slider"], None)
    tv._keep_settings()
    assert "settings were not kept" in caplog.text
    in_the_way.rmdir()
    tv._keep_settings()
    assert new_set(tmp_path).values["picture.backlight"] == 41


@pytest.mark.slow
async def test_a_press_brings_a_new_picture_and_rest_keeps_the_same_object(tmp_path: Path) -> None:
    async with running(tmp_path) as tv:
        first = tv.picture()
        tv.press("up", None)
        await tv.changed(first.serial)
        second = tv.picture()
        assert second.serial > first.serial
        assert (first.pixels != second.pixels).any()
        tv.show(PanelView())
        tv.press("up", None)  # the highest row already: nothing changes
        assert await nothing_new(tv, second.serial)
        assert tv.picture() is second


@pytest.mark.slow
async def test_a_picture_handed_out_can_never_change(tmp_path: Path) -> None:
    async with running(tmp_path) as tv:
        picture = tv.picture()
        copy = picture.pixels.copy()
        with pytest.raises(ValueError, match="read-only"):
            picture.pixels[0, 0, 0] = 1
        tv.press("down", None)
        await tv.changed(picture.serial)
        assert (picture.pixels == copy).all()
        assert picture.pixels.flags.c_contiguous
        assert picture.pixels.shape == (1080, 1920, 4)


@pytest.mark.slow
async def test_the_panel_is_shown_and_taken_away_and_off_is_black(tmp_path: Path) -> None:
    async with running(tmp_path) as tv:
        home = tv.picture()
        tv.show(PANELS_BY_NAME["support"])
        await tv.changed(home.serial)
        panel = tv.picture()
        tv.show(PanelView())
        tv.power(on=False)
        await tv.changed(panel.serial)
        while tv.picture().pixels[:, :, :3].any():
            await tv.changed(tv.picture().serial)
        assert not tv.on
        assert (home.pixels != panel.pixels).any()


@pytest.mark.slow
async def test_a_technician_who_switches_the_screen_off_cannot_switch_off_the_banner(tmp_path: Path) -> None:
    """INV-B7."""
    async with running(tmp_path) as tv:
        tv.show(PanelView(banner=BANNER))
        await tv.changed(tv.picture().serial)
        before = tv.picture()
        tv.press("power", ALL)
        await tv.changed(before.serial)
        after = tv.picture()
        assert not after.pixels[600:, :, :3].any()
        assert (after.pixels[60:160, 1300:1500] == before.pixels[60:160, 1300:1500]).all()


@pytest.mark.slow
async def test_the_moving_picture_keeps_coming_by_itself(tmp_path: Path) -> None:
    async with running(tmp_path) as tv:
        press_all(tv, "down ok", None)
        async with asyncio.timeout(20):
            for _ in range(5):
                await tv.changed(tv.picture().serial)


@pytest.mark.slow
async def test_a_set_that_cannot_paint_says_so_instead_of_freezing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-B7: a frozen screen could hide the banner, so whoever looks at it must learn of it."""
    async with running(tmp_path) as tv:

        def broken(*_: object) -> None:
            raise OSError("no paint")

        monkeypatch.setattr(frame, "paint", broken)
        waiting = asyncio.create_task(tv.changed(tv.picture().serial))
        tv.press("down", None)
        with pytest.raises(RuntimeError, match="cannot be painted"):
            async with asyncio.timeout(10):
                await waiting
        with pytest.raises(RuntimeError, match="cannot be painted"):
            tv.picture()


@pytest.mark.slow
async def test_closing_leaves_no_thread_behind(tmp_path: Path) -> None:
    async with running(tmp_path):
        assert any(thread.name == "tv-paint" for thread in threading.enumerate())
    assert not any(thread.name == "tv-paint" for thread in threading.enumerate())


async def nothing_new(tv: SimulatedTv, serial: int) -> bool:
    try:
        async with asyncio.timeout(0.2):
            await tv.changed(serial)
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("covered", [True, False])
@pytest.mark.parametrize("stands_for", [Shows.PICTURE, Shows.PROTECTED, Shows.NO_SIGNAL])
def test_a_page_of_the_panel_may_be_seen_whatever_is_under_it(
    stands_for: Shows, *, covered: bool, on: bool
) -> None:
    it = replace(scene(), on=on, stands_for=stands_for)
    if covered:
        it = replace(it, panel=next(iter(PANELS_BY_NAME.values())))
    assert it.covered is covered
    assert it.shows is (Shows.PICTURE if covered else stands_for if on else Shows.OFF)


async def test_what_the_screen_stands_for_comes_with_a_picture_of_its_own(tmp_path: Path) -> None:
    async with running(tmp_path) as tv:
        for shows in (Shows.PROTECTED, Shows.NO_SIGNAL, Shows.PICTURE):
            before = tv.serial
            tv.stand_for(shows)
            await tv.changed(before)
            assert tv.picture().shows is shows
        before = tv.serial
        tv.power(on=False)
        await tv.changed(before)
        assert tv.picture().shows is Shows.OFF
