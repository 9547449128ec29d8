"""What the set calls private, reached with its remote, is in nothing that leaves: the stream is decoded."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pytest

from device_agent.devices.protocol import Picture, Shows
from device_agent.devices.simulated_tv import model
from device_agent.devices.simulated_tv.paint import frame
from device_agent.devices.simulated_tv.screens import Source, Typing, Watching
from device_agent.devices.simulated_tv.settings import LANGUAGES, defaults, listed
from device_agent.devices.simulated_tv.tv import SETTINGS_FILE, SimulatedTv
from device_agent.picture.encoders import Encoders
from device_agent.picture.flow import FRAME_S
from device_agent.picture.mask import covered
from device_agent.picture.pipeline import PicturePipeline
from seal.pictures import Codec
from tests.agent.drawing import Drawing, as_encoded
from tests.agent.fakes import FakeClock
from tests.tv.scenes import PANELS_BY_NAME, scene, words
from wire.commands import ActionCause, Grant, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from device_agent.devices.protocol import Region
    from device_agent.devices.simulated_tv.screens import Screen
    from seal.messages import PictureState
    from seal.pictures import PictureHead

PASSWORD = "menu down down right down down ok"
PAYING = "right right right right right ok ok"
CAMERA = "source down down down down ok"
WAYS = {"password": PASSWORD, "payment": PAYING, "camera": CAMERA}
TYPED = "correct horse 7391"


def walked(way: str) -> model.TvModel:
    start = model.TvModel(values=defaults("en"))
    return reduce(lambda it, key: model.press(it, key, 0.0).model, way.split(), start)


def leaves(screens: tuple[Screen, ...], language: str = "en") -> Picture:
    """A picture of these as the set gives it, covered as the pipeline does."""
    it = scene(screens, language=language)
    pixels = frame.paint(it, words(language), 0).pixels
    return covered(Picture(1, 0, pixels, private=frame.private(it)), words(language).text("tv.private"))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_the_remote_leads_to_each_and_each_is_private(way: str) -> None:
    assert frame.private(scene(walked(way).screens))
    assert not frame.private(scene(walked(way).screens[:-1]))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["network.wifi_password", "payment.card"])
def test_neither_what_is_typed_nor_its_length_nor_the_key_in_focus_can_be_told(
    path: str, language: str
) -> None:
    below = walked(PASSWORD).screens[:-1]
    empty = leaves((*below, Typing(path, "")), language)
    for typing in (Typing(path, "4" * 19), Typing(path, "W", 0, 9), Typing(path, "i", 4, 0, upper=True)):
        assert np.array_equal(leaves((*below, typing), language).pixels, empty.pixels)
        seen, unseen = (frame.paint(scene((*below, it)), words("en"), 0) for it in (typing, below[-1]))
        assert not np.array_equal(seen.pixels, unseen.pixels)
    assert empty.masked == 1


@pytest.mark.proves("R103", "P19", "G12")
def test_nothing_of_the_camera_leaves_and_what_does_is_a_picture() -> None:
    """A hatch, and not the word for what the customer hid: nobody pressed Hide (decision 0050)."""
    hatch = leaves((Watching(Source.CAMERA),))
    assert (hatch.shows, hatch.masked) == (Shows.PICTURE, 1)
    room = frame.paint(scene((Watching(Source.CAMERA),)), words("en"), 0).pixels
    assert len(np.unique(room[::20, ::20, :3].reshape(-1, 3), axis=0)) > 50
    assert len(np.unique(hatch.pixels[:100:3, ::3, :3].reshape(-1, 3), axis=0)) == 2


def test_a_page_of_the_panel_in_front_of_it_is_shown_whole() -> None:
    assert frame.private(scene(walked(CAMERA).screens, PANELS_BY_NAME["consent"])) == ()


def test_a_password_is_kept_nowhere_and_told_to_nobody(tmp_path: Path) -> None:
    tv = SimulatedTv(language="en", clock=FakeClock(), data=tmp_path)
    for key in PASSWORD.split():
        tv.press(key, None)
    assert isinstance(tv._model.screen, Typing)
    everything = frozenset(Grant)
    assert tv.type_text(TYPED, everything).outcome is Outcome.DONE
    done = [*["down"] * 3, *["right"] * 9, "ok"]
    answers = [tv.press(key, frozenset({Grant.VIEW, Grant.KEYS})) for key in done]
    assert (answers[-1].outcome, answers[-1].cause) == (Outcome.REFUSED, ActionCause.NOT_GRANTED)
    kept = tv.press("ok", everything)
    assert (kept.outcome, kept.path, kept.old, kept.new) == (Outcome.DONE, "network.wifi_password", "", "")
    tv.change("picture.backlight", "10")
    tv._keep_settings()
    assert TYPED not in (tmp_path / SETTINGS_FILE).read_text() + str(tv._model)
    assert json.loads((tmp_path / SETTINGS_FILE).read_text())["network.wifi_password"] is True
    assert "network.wifi_password" not in {item.path for item in listed(tv.values)}
    assert tv.change("network.wifi_password", "12345678").cause is ActionCause.CANNOT


def test_too_short_a_secret_is_not_taken_and_a_paid_title_plays_once_it_is_paid() -> None:
    paying = walked(PAYING)
    done = Typing("payment.card", "", 4, 8)
    short, whole = (model.with_top(paying, replace(done, text="4" * n)) for n in (11, 12))
    assert done.key == "done"
    assert model.press(short, "ok", 0.0).model == short
    after = model.press(whole, "ok", 0.0)
    assert after.model.screen == Watching(Source.FILM)
    assert after.change == model.Change("payment.card", "", "")


class Watcher:
    """Draws every picture as it comes, and notes how far a region ever was from the hatch over it."""

    def __init__(self, region: Region, hatch: Picture) -> None:
        left, top, right, bottom = region
        self._where = np.s_[max(0, top) : bottom, max(0, left) : right, :3]
        self._hatch = hatch.pixels[self._where].astype(np.int16)
        self.drawing = Drawing(1920, 1080)
        self.pics = 0
        self.worst = 0.0
        self.watching = False
        self.masked = 0

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        self.pics = head.pic
        seen = self.drawing.draw((as_encoded(head, data),))
        if self.watching:
            self.worst = max(self.worst, float(np.abs(seen[self._where] - self._hatch).mean()))

    def send_current(self, pic: int, at: int, state: PictureState, masked: int) -> None:
        self.masked = max(self.masked, masked)


@pytest.mark.proves("G12")
@pytest.mark.parametrize("declared", [True, False])
async def test_a_password_that_is_typed_is_in_no_picture_of_the_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, declared: bool
) -> None:
    """Not declared it is seen: the check can fail."""
    opened = walked(PASSWORD).screens
    (region,) = frame.private(scene(opened))
    watcher = Watcher(region, leaves(opened))
    if not declared:
        monkeypatch.setattr(frame, "private", lambda _: ())
    clock = FakeClock()
    tv = SimulatedTv(language="en", clock=clock, data=tmp_path)
    pipeline = PicturePipeline(device=tv, encoders=Encoders((Codec.H264,)), sink=watcher, clock=clock)
    tv._paint_once()
    running = asyncio.create_task(pipeline.run())

    async def settle() -> None:
        tv._paint_once()
        for _ in range(3):
            for _ in range(10):
                await asyncio.sleep(0)  # every other task runs until it waits
            await asyncio.get_running_loop().run_in_executor(pipeline._worker, lambda: None)
        pipeline.acknowledge(watcher.pics)
        clock.advance(FRAME_S)

    for key in PASSWORD.split():
        tv.press(key, None)
        await settle()
    await settle()
    watcher.watching = True
    tv.type_text(TYPED, frozenset(Grant))
    pipeline.want_key()
    for _ in range(3):
        await settle()
    running.cancel()
    await asyncio.wait({running})
    assert (watcher.worst < 12) is declared, watcher.worst
    assert bool(watcher.masked) is declared
