"""Why there is no picture: said within a second, and nothing leaves that must not. Time is the test's."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numpy as np
import pytest

from device_agent.devices.protocol import Shows
from device_agent.picture.flow import FRAME_S, LEAST_WINDOW
from device_agent.picture.pipeline import CALM_LOOK_S, LOOK_S
from device_agent.picture.rest import SHARPEN_AFTER_S, SHARPEN_EVERY_S
from device_agent.picture.word import OWES_S, STALLED_S
from seal.messages import PictureState
from tests.agent.test_pipeline import Rig, running

if TYPE_CHECKING:
    from collections.abc import Callable

IS = PictureState
_P = ParamSpec("_P")
_T = TypeVar("_T")
NOT_A_PICTURE = {Shows.OFF: IS.OFF, Shows.PROTECTED: IS.PROTECTED, Shows.NO_SIGNAL: IS.NO_SIGNAL}


def becomes(rig: Rig, shows: Shows, value: int = 9, masked: int = 0) -> None:
    pixels = np.full((48, 64, 4), value, np.uint8)
    rig.device.paint(pixels, rig.clock.now_ms(), shows=shows, masked=masked)


async def said_within_a_second(rig: Rig, state: PictureState, hangs: threading.Event | None = None) -> None:
    rig.sink.words.clear()
    for _ in range(round(1 / LOOK_S) - 1):
        rig.clock.advance(LOOK_S)
        await rig.quiet()
        if hangs is not None:
            assert await asyncio.to_thread(hangs.wait, 10)  # another thread begins when it is let
        if rig.sink.words and rig.sink.words[-1][0] is state:
            return
    raise AssertionError(rig.sink.words)


@pytest.mark.proves("G9", by="a protected picture is encoded all the same")
@pytest.mark.parametrize(("shows", "state"), NOT_A_PICTURE.items())
async def test_what_is_not_a_picture_is_named_at_once_and_never_encoded(
    shows: Shows, state: PictureState
) -> None:
    async with running() as rig:
        rig.paint(1)
        await rig.drawn_for(0.2)
        before = len(rig.sink.pictures)
        becomes(rig, shows)
        await rig.settle()
        assert rig.sink.words[-1] == (state, 0)
        # Neither what would sharpen the picture before nor a console that asks for one brings a picture.
        for _ in range(20):
            await rig.advance(max(SHARPEN_AFTER_S, SHARPEN_EVERY_S))
            rig.pipeline.want_key()
            rig.draw_all()
        assert len(rig.sink.pictures) == before
        assert {word for word, _ in rig.sink.words[-5:]} == {state}


@pytest.mark.parametrize("shows", NOT_A_PICTURE)
async def test_the_first_picture_after_it_stands_alone(shows: Shows) -> None:
    async with running() as rig:
        rig.paint(1)
        await rig.drawn_for(0.2)
        becomes(rig, shows)
        await rig.settle()
        rig.draw_all()
        before = len(rig.sink.pictures)
        await rig.advance(1)
        rig.paint(1)
        await rig.advance(0.1)
        head, data = rig.sink.pictures[before]
        assert head.key
        assert data == bytes([1])


async def test_a_screen_that_hangs_while_it_is_read_is_named_and_then_mended() -> None:
    async with running() as rig:
        rig.paint(1)
        await rig.drawn_for(0.2)
        with rig.device.hung():
            rig.paint(2)
            await said_within_a_second(rig, IS.CAPTURE_STALLED, rig.device.hangs)
        await rig.advance(LOOK_S)
        rig.draw_all()
        await rig.advance(LOOK_S)
        assert rig.sink.words[-1] == (IS.LIVE, 0)
        assert bytes([2]) in [data for _, data in rig.sink.pictures]


async def test_an_encoder_that_hangs_is_named_and_then_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as rig:
        rig.paint(1)
        await rig.drawn_for(0.2)
        begun, free = threading.Event(), threading.Event()
        monkeypatch.setattr(rig.encoder, "encode", _held(rig.encoder.encode, begun, free))
        try:
            rig.paint(2)
            await said_within_a_second(rig, IS.ENCODER_STALLED, begun)
        finally:
            free.set()
        await rig.advance(LOOK_S)
        rig.draw_all()
        await rig.advance(LOOK_S)
        assert rig.sink.words[-1] == (IS.LIVE, 0)


async def test_a_screen_that_owes_an_answer_is_named_though_nobody_reads_it() -> None:
    async with running() as rig:
        rig.paint(1)
        await rig.drawn_for(0.2)
        owes = SilentScreen(rig)
        await said_within_a_second(rig, IS.CAPTURE_STALLED)
        owes.mend()
        await rig.advance(LOOK_S)
        assert rig.sink.words[-1] == (IS.LIVE, 0)


async def at_rest(rig: Rig) -> None:
    """Finished to the last row, and every timer of before has run out."""
    rig.paint(1)
    await rig.drawn_for(4)
    await rig.advance(1)


async def test_at_rest_the_device_is_woken_four_times_a_second_and_its_word_comes_as_often_as_ever() -> None:
    """Done when: an agent on a still screen takes next to nothing of a processor."""
    async with running() as rig:
        await at_rest(rig)
        woken, said = rig.clock.sleeps, [rig.clock.boot()]
        for _ in range(200):
            words = len(rig.sink.words)
            await rig.advance(0.05)
            said += [rig.clock.boot()] * (len(rig.sink.words) - words)
        assert rig.clock.sleeps - woken <= 10 / CALM_LOOK_S + 1
        assert 19 <= len(said) - 1 <= 22
        assert max(later - sooner for sooner, later in pairwise(said)) < 0.7


@pytest.mark.proves("G9", by="a screen at rest is looked at as seldom when it owes an answer")
@pytest.mark.parametrize("offset", [0.0, 0.05, 0.1, 0.15, 0.2, 0.24], ids=str)
async def test_at_rest_a_silent_screen_is_named_as_soon_as_ever(offset: float) -> None:
    async with running() as rig:
        await at_rest(rig)
        await rig.advance(offset)
        owes = SilentScreen(rig)
        while rig.sink.words[-1][0] is not IS.CAPTURE_STALLED:
            await rig.advance(0.02)
            assert owes.seconds() <= OWES_S + LOOK_S + 0.02


async def until_it_hangs(rig: Rig) -> None:
    """Until another thread waits for the picture; one that is paced is looked at a little later."""
    for _ in range(200):
        await rig.quiet()
        if await asyncio.to_thread(rig.device.hangs.wait, 0.05):
            return
        rig.clock.advance(0.005)
    raise AssertionError("nobody looked")


@pytest.mark.parametrize("offset", [0.0, 0.05, 0.1, 0.15, 0.2, 0.24], ids=str)
async def test_at_rest_a_screen_that_hangs_while_it_is_read_is_named_as_soon_as_ever(offset: float) -> None:
    async with running() as rig:
        await at_rest(rig)
        await rig.advance(offset)
        with rig.device.hung():
            rig.paint(2)
            await until_it_hangs(rig)
            begun = rig.clock.boot()
            while rig.sink.words[-1][0] is not IS.CAPTURE_STALLED:
                rig.clock.advance(0.02)
                await rig.quiet()
                assert rig.clock.boot() - begun <= STALLED_S + LOOK_S + 0.02


async def test_masked_regions_are_counted_with_the_picture_they_are_in() -> None:
    async with running() as rig:
        becomes(rig, Shows.PICTURE, masked=3)
        await rig.drawn_for(0.2)
        rig.draw_all()
        await rig.advance(LOOK_S)
        assert rig.sink.words[-1] == (IS.LIVE, 3)
        becomes(rig, Shows.PICTURE, value=8)
        await rig.drawn_for(0.2)
        await rig.advance(LOOK_S)
        assert rig.sink.words[-1] == (IS.LIVE, 0)


async def test_what_is_covered_is_counted_on_a_screen_that_never_stands_still_too() -> None:
    async with running() as rig:
        rig.paint(1)
        await rig.drawn_for(0.2)
        taken_at = rig.clock.now_ms()
        for value in range(2, 3 + LEAST_WINDOW):  # one more than may be on the way
            becomes(rig, Shows.PICTURE, value, masked=2)
            await rig.advance(FRAME_S)
        before = len(rig.sink.current)
        await rig.advance(0.8)
        assert rig.sink.words[-1] == (IS.LIVE, 2)
        [(pic, at)] = rig.sink.current[before - 1 :]
        assert pic == len(rig.sink.pictures)
        assert taken_at <= at <= taken_at + round(LEAST_WINDOW * FRAME_S * 1000), "no newer than its picture"


class SilentScreen:
    """From now on the device owes an answer."""

    def __init__(self, rig: Rig) -> None:
        self._rig, self._since = rig, rig.clock.boot()
        self._mended = False
        rig.device.owing = self.seconds

    def seconds(self) -> float:
        return 0.0 if self._mended else self._rig.clock.boot() - self._since

    def mend(self) -> None:
        assert self.seconds() >= OWES_S
        self._mended = True


def _held(work: Callable[_P, _T], begun: threading.Event, free: threading.Event) -> Callable[_P, _T]:
    def held(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        begun.set()
        free.wait()
        return work(*args, **kwargs)

    return held


def test_a_still_screen_whose_server_hangs_right_after_it_answered_has_its_name_within_a_second() -> None:
    """It is asked on every second look, and looked at more often from the moment it owes an answer."""
    assert 2 * CALM_LOOK_S + OWES_S + LOOK_S <= 1.0
