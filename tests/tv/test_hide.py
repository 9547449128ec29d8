"""The customer's Hide key: nothing leaves the set from the press on, and the customer reads so."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from device_agent.devices.protocol import Shows
from device_agent.devices.simulated_tv.page_line import KEYS
from device_agent.devices.simulated_tv.paint import banner, frame
from device_agent.devices.simulated_tv.paint.frame import Scene
from device_agent.devices.simulated_tv.screens import Home
from device_agent.devices.simulated_tv.settings import defaults
from device_agent.devices.simulated_tv.tv import SimulatedTv
from device_agent.panel_view import Banner, PanelView
from locales import load
from tests.agent.fakes import FakeClock
from wire.commands import Grant, Outcome, RemoteKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BANNER = Banner("Marta Ozola", "Hallmere Care", frozenset({Grant.VIEW, Grant.KEYS}))


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[SimulatedTv]:
    tv = SimulatedTv(language="en", clock=FakeClock(), data=folder)
    await tv.start()
    try:
        yield tv
    finally:
        await tv.close()


async def test_from_the_press_on_no_picture_may_leave_and_pressed_again_one_may(tmp_path: Path) -> None:
    async with running(tmp_path) as tv:
        before = tv.picture()
        tv.hide()
        assert tv.picture().shows is Shows.HIDDEN, "at once, before anything is painted"
        assert tv.picture().serial > before.serial
        for key in ("down", "menu"):
            shown = tv.serial
            tv.press(key, None)
            await tv.changed(shown)
            assert tv.picture().shows is Shows.HIDDEN
        tv.hide()
        while tv.picture().shows is Shows.HIDDEN:
            await tv.changed(tv.serial)
        assert tv.picture().shows is Shows.PICTURE


@pytest.mark.proves("G12", by="a picture that was being painted when Hide was pressed leaves the set")
async def test_a_picture_that_was_being_painted_when_hide_was_pressed_is_hidden_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tv = SimulatedTv(language="en", clock=FakeClock(), data=tmp_path)
    paint = frame.paint

    def pressed_meanwhile(it: Scene, words: object, at_ms: int) -> object:
        canvas = paint(it, words, at_ms)  # type: ignore[arg-type]
        tv.hide()
        return canvas

    monkeypatch.setattr(frame, "paint", pressed_meanwhile)
    tv._paint_once()
    assert tv.picture().shows is Shows.HIDDEN


async def test_pressed_twice_before_anything_was_painted_the_screen_is_shown(tmp_path: Path) -> None:
    tv = SimulatedTv(language="en", clock=FakeClock(), data=tmp_path)
    tv._paint_once()
    tv.hide()
    tv.hide()
    tv._paint_once()
    assert tv.picture().shows is Shows.PICTURE


async def test_a_technician_has_no_hide_key(tmp_path: Path) -> None:
    """INV-B9, LOOK section 5: neither to hide nor to show."""
    assert "hide" not in {key.value for key in RemoteKey} | KEYS
    async with running(tmp_path) as tv:
        tv.hide()
        assert tv.press("hide", frozenset(Grant)).outcome is Outcome.FAILED
        assert tv.picture().shows is Shows.HIDDEN


async def test_a_set_that_is_off_is_not_hidden(tmp_path: Path) -> None:
    async with running(tmp_path) as tv:
        before = tv.serial
        tv.power(on=False)
        await tv.changed(before)
        tv.hide()
        assert tv.picture().shows is Shows.OFF


def scene(*, hidden: bool, panel: PanelView, language: str = "en") -> Scene:
    return Scene(on=True, screens=(Home(),), values=defaults(language), panel=panel, hidden=hidden)


@pytest.mark.parametrize("language", ["en", "vi", "lv", "nb", "cs"])
def test_the_banner_says_that_nobody_sees_the_screen_and_which_key_shows_it(language: str) -> None:
    words = load(language, "device", "shared")
    assert words.text("key.hide") in words.text("banner.hidden")
    hidden, seen = (banner.box_of(replace(BANNER, hidden=it), words) for it in (True, False))
    assert hidden.left >= 96
    assert hidden.bottom >= seen.bottom


@pytest.mark.parametrize("panel", [PanelView(), PanelView(banner=BANNER)], ids=["nobody", "connected"])
def test_a_hidden_screen_looks_so_to_the_customer(panel: PanelView) -> None:
    words = load("en", "device", "shared")
    hidden, seen = (frame.paint(scene(hidden=it, panel=panel), words, 0).pixels for it in (True, False))
    assert not np.array_equal(hidden, seen)
    assert np.array_equal(hidden[300:900], seen[300:900]), "the customer goes on seeing the rest"
