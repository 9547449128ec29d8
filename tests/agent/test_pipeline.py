"""The picture on its way: newest first, few on the way, nothing while nothing changes. Time is the test's."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from device_agent.picture.changes import span
from device_agent.picture.encoder import Encoded
from device_agent.picture.encoders import SWITCH_S, Encoders
from device_agent.picture.flow import FRAME_S, LEAST_WINDOW
from device_agent.picture.pipeline import PicturePipeline
from device_agent.picture.rest import FINISH_AFTER_S, SHARPEN_AFTER_S, SHARPEN_EVERY_S
from device_agent.picture.word import EVERY_S
from seal.messages import PictureState
from seal.pictures import VIDEO, Codec, PictureHead
from tests.agent.fakes import NOW_MS, FakeClock, FakeDevice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows

REFINEMENTS = 5


class FakeEncoder:
    """Says what it was given: the picture's first byte, its rows, whether it must stand alone."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.refinements = 0
        self.bands: list[tuple[Rows, ...]] = []
        self.rates: list[int] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def encode(
        self, pixels: NDArray[np.uint8], bands: Sequence[Rows], *, drawn: Rows, key: bool
    ) -> tuple[Encoded, ...]:
        self.begun.set()
        assert self.go_on.wait(10)
        self.refinements = REFINEMENTS
        self.bands.append(tuple(bands))
        top, bottom = drawn if self.codec in VIDEO else span(bands)
        return (Encoded(self.codec, key, top, bottom - top, bytes([pixels[0, 0, 0]])),)

    @property
    def is_sharp(self) -> bool:
        return not self.refinements

    def refine(self, drawn: Rows) -> tuple[Encoded, ...]:
        if not self.refinements:
            return ()
        self.refinements -= 1
        return (Encoded(self.codec, key=False, y=drawn[0], rows=drawn[1] - drawn[0], data=b"sharper"),)

    def steer(self, bit_rate: int) -> None:
        self.rates.append(bit_rate)


class FakeSink:
    """Where pictures go."""

    def __init__(self) -> None:
        self.pictures: list[tuple[PictureHead, bytes]] = []
        self.current: list[tuple[int, int]] = []
        self.words: list[tuple[PictureState, int]] = []

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        self.pictures.append((head, data))

    def send_current(self, pic: int, at: int, state: PictureState, masked: int) -> None:
        self.words.append((state, masked))
        if state is PictureState.LIVE:
            self.current.append((pic, at))


class Rig:
    """A pipeline with everything around it."""

    running: asyncio.Task[None]

    def __init__(self, *codecs: Codec) -> None:
        self.clock = FakeClock()
        self.device = FakeDevice()
        self.made: list[FakeEncoder] = []
        self.sizes: list[tuple[int, int]] = []
        self.sink = FakeSink()
        self.pipeline = PicturePipeline(
            device=self.device, encoders=Encoders(codecs, self._make), sink=self.sink, clock=self.clock
        )

    def _make(self, codec: Codec, width: int, height: int, bit_rate: int) -> FakeEncoder:
        assert bit_rate > 0
        self.sizes.append((width, height))
        self.made.append(FakeEncoder(codec))
        return self.made[-1]

    @property
    def encoder(self) -> FakeEncoder:
        return self.made[-1]

    def paint(self, value: int) -> None:
        self.device.paint(np.full((48, 64, 4), value, np.uint8), self.clock.now_ms())

    def of(self, *codecs: Codec) -> list[PictureHead]:
        return [head for head, _ in self.sink.pictures if head.codec in codecs]

    def draw_all(self) -> None:
        self.pipeline.acknowledge(len(self.sink.pictures))

    async def settle(self) -> None:
        """Until every task waits for the clock, the screen or the console, and the worker is idle."""
        idle = asyncio.get_running_loop()
        for _ in range(3):
            for _ in range(12):
                await asyncio.sleep(0)  # every other task runs until it waits
            await idle.run_in_executor(self.pipeline._worker, lambda: None)

    async def quiet(self) -> None:
        """The same, where the worker may hang."""
        for _ in range(36):
            await asyncio.sleep(0)  # every other task runs until it waits

    async def advance(self, seconds: float) -> None:
        await self.settle()
        self.clock.advance(seconds)
        await self.settle()

    async def drawn_for(self, seconds: float) -> None:
        """Let time pass while the console draws everything at once."""
        for _ in range(round(seconds / FRAME_S)):
            self.draw_all()
            await self.advance(FRAME_S)
        self.draw_all()


@asynccontextmanager
async def running(*codecs: Codec) -> AsyncIterator[Rig]:
    rig = Rig(*codecs or (Codec.H264, Codec.AV1, Codec.JPEG))
    rig.running = asyncio.create_task(rig.pipeline.run())
    await rig.settle()
    try:
        yield rig
    finally:
        rig.running.cancel()
        await asyncio.wait({rig.running})


async def test_the_first_picture_is_whole_and_stands_alone() -> None:
    async with running() as rig:
        ((head, _),) = rig.sink.pictures
        assert (head.pic, head.key, head.y, head.rows, head.width, head.height) == (1, True, 0, 48, 64, 48)
        assert head.at == NOW_MS


async def test_until_the_first_is_drawn_no_other_leaves() -> None:
    """On a narrow link it takes a second: nothing may queue behind it, least of all a ping."""
    async with running() as rig:
        for value in range(1, 6):
            rig.paint(value)
            await rig.advance(FRAME_S)
        assert len(rig.sink.pictures) == 1
        rig.draw_all()
        await rig.advance(FRAME_S)
        assert [data[0] for _, data in rig.sink.pictures] == [0, 5]


async def test_an_unchanged_screen_sends_no_picture_but_says_that_it_is_current() -> None:
    async with running() as rig:
        await rig.drawn_for(2)
        sent = len(rig.sink.pictures)
        rig.sink.current.clear()
        for _ in range(20):
            await rig.advance(EVERY_S)
        assert len(rig.sink.pictures) == sent
        assert len(rig.sink.current) == 20
        assert rig.sink.current[-1] == (sent, rig.clock.now_ms())


async def test_a_repaint_of_the_same_pixels_is_not_sent() -> None:
    async with running() as rig:
        await rig.drawn_for(2)
        sent = len(rig.sink.pictures)
        rig.paint(0)
        await rig.advance(1)
        await rig.advance(EVERY_S)
        assert len(rig.sink.pictures) == sent
        assert rig.sink.current[-1][0] == sent


async def test_a_change_draws_only_its_rows_once_the_rest_is_exact() -> None:
    async with running() as rig:
        await rig.drawn_for(2)
        changed = np.zeros((48, 64, 4), np.uint8)
        changed[20, 5] = 9
        rig.device.paint(changed)
        await rig.advance(FRAME_S)
        head, _ = rig.sink.pictures[-1]
        assert (head.codec, head.key, head.y, head.rows) == (Codec.H264, False, 16, 16)


async def test_a_change_takes_along_what_is_not_sharp_yet() -> None:
    """A video picture sharpens all it shows; where only its change were drawn the rest would stay coarse."""
    async with running() as rig:
        rig.draw_all()
        changed = np.zeros((48, 64, 4), np.uint8)
        changed[20, 5] = 9
        rig.device.paint(changed)
        await rig.advance(FRAME_S)
        head, _ = rig.sink.pictures[-1]
        assert (head.y, head.rows) == (0, 48)
        assert rig.encoder.bands[-1] == ((16, 32),)


async def test_few_pictures_are_on_the_way_and_the_next_is_the_newest() -> None:
    """INV-F3: what is not sent is never encoded, so nothing queues."""
    async with running() as rig:
        rig.draw_all()
        for value in range(1, 11):
            rig.paint(value)
            await rig.advance(FRAME_S)
        assert [data[0] for _, data in rig.sink.pictures] == [0, 1, 2]
        assert len(rig.sink.pictures) == 1 + LEAST_WINDOW
        rig.pipeline.acknowledge(2)
        await rig.advance(FRAME_S)
        assert [data[0] for _, data in rig.sink.pictures] == [0, 1, 2, 10]


async def test_a_screen_that_moved_on_is_not_said_to_be_current() -> None:
    """G9: nothing looks live that is not."""
    async with running() as rig:
        for value in range(1, 6):
            rig.paint(value)
            await rig.advance(FRAME_S)
        rig.sink.current.clear()
        await rig.advance(EVERY_S)
        assert rig.sink.current == []


async def test_pictures_are_at_most_thirty_a_second() -> None:
    async with running() as rig:
        for value in range(1, 100):
            rig.paint(value)
            await rig.advance(FRAME_S / 3)
            rig.draw_all()
        assert 32 <= len(rig.sink.pictures) <= 35


async def test_acknowledging_what_was_never_sent_opens_no_window() -> None:
    async with running() as rig:
        rig.draw_all()
        for value in range(1, 6):
            rig.paint(value)
            await rig.advance(FRAME_S)
        rig.pipeline.acknowledge(1000)
        await rig.advance(0.8)
        assert len(rig.sink.pictures) == 1 + LEAST_WINDOW


async def test_a_key_picture_is_sent_on_request_even_when_nothing_changed() -> None:
    async with running() as rig:
        rig.pipeline.want_key()
        await rig.advance(FRAME_S)
        assert [head.key for head, _ in rig.sink.pictures] == [True, True]


async def test_a_key_picture_asked_for_while_one_is_encoded_is_that_one() -> None:
    """A change of carrier amid a change of codec: one key picture of AV1 takes a busy device a second."""
    async with running() as rig:
        await rig.drawn_for(1)
        sent = len(rig.sink.pictures)
        rig.encoder.begun.clear()
        rig.encoder.go_on.clear()
        rig.pipeline.want_key()
        await rig.quiet()
        assert await asyncio.to_thread(rig.encoder.begun.wait, 10)
        rig.pipeline.want_key()
        rig.encoder.go_on.set()
        await rig.drawn_for(1)
        assert [head.key for head, _ in rig.sink.pictures[sent:]].count(True) == 1


async def test_a_codec_that_must_go_while_its_key_picture_is_encoded_still_goes() -> None:
    """At rest nothing else would bring the picture that this console can follow."""
    async with running() as rig:
        await rig.drawn_for(1)
        rig.clock.advance(SWITCH_S)
        rig.encoder.begun.clear()
        rig.encoder.go_on.clear()
        rig.pipeline.want_key()
        await rig.quiet()
        assert await asyncio.to_thread(rig.encoder.begun.wait, 10)
        rig.pipeline.prefer((Codec.JPEG,))
        rig.encoder.go_on.set()
        await rig.drawn_for(1)
        assert rig.of(Codec.JPEG)[0].key


async def test_a_key_picture_asked_for_while_another_is_encoded_is_the_next() -> None:
    """What is on its way builds on what the console has lost."""
    async with running() as rig:
        await rig.drawn_for(1)
        sent = len(rig.sink.pictures)
        rig.encoder.begun.clear()
        rig.encoder.go_on.clear()
        rig.paint(7)
        await rig.quiet()
        assert await asyncio.to_thread(rig.encoder.begun.wait, 10)
        rig.pipeline.want_key()
        rig.encoder.go_on.set()
        await rig.advance(FRAME_S)
        assert [head.key for head, _ in rig.sink.pictures[sent:]] == [False, True]


async def test_how_long_a_picture_took_the_device_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device with no time to spare is spared a costlier codec."""
    told: list[tuple[bool, float]] = []
    monkeypatch.setattr(Encoders, "took", lambda _, encoded, seconds: told.append((encoded[0].key, seconds)))
    async with running() as rig:
        await rig.drawn_for(1)
        told.clear()
        rig.encoder.begun.clear()
        rig.encoder.go_on.clear()
        rig.paint(7)
        await rig.quiet()
        assert await asyncio.to_thread(rig.encoder.begun.wait, 10)
        rig.clock.advance(0.125)
        rig.encoder.go_on.set()
        await rig.advance(FRAME_S)
        ((key, seconds),) = told
        assert not key
        assert seconds == pytest.approx(0.125)


async def test_a_key_picture_is_whole_and_finished_as_a_whole() -> None:
    """What the console had drawn sharp is gone with its decoder."""
    async with running() as rig:
        await rig.drawn_for(2)
        sent = len(rig.sink.pictures)
        rig.pipeline.want_key()
        await rig.drawn_for(2)
        (head, _), *later = rig.sink.pictures[sent:]
        assert (head.key, head.y, head.rows) == (True, 0, 48)
        strips = [strip for strip, _ in later if strip.codec is Codec.WEBP]
        assert sum(strip.rows for strip in strips) == 48


async def test_a_request_for_a_key_picture_opens_a_window_full_of_lost_pictures() -> None:
    async with running() as rig:
        for value in range(1, 6):
            rig.paint(value)
            await rig.advance(FRAME_S)
        assert len(rig.sink.pictures) == 1
        rig.pipeline.want_key()
        await rig.advance(FRAME_S)
        head, data = rig.sink.pictures[-1]
        assert (head.key, data[0]) == (True, 5)


async def test_requests_for_key_pictures_cannot_be_used_to_flood_the_line() -> None:
    """INV-F3."""
    async with running() as rig:
        for _ in range(60):
            rig.pipeline.want_key()
            await rig.advance(FRAME_S)
        assert len(rig.sink.pictures) <= 2 * 4 + 2


async def test_a_still_picture_is_sharpened_then_finished_and_then_left_alone() -> None:
    async with running() as rig:
        rig.draw_all()
        await rig.advance(SHARPEN_AFTER_S)
        assert [data for _, data in rig.sink.pictures[1:]] == [b"sharper"]
        await rig.drawn_for(SHARPEN_EVERY_S * (REFINEMENTS + 2))
        assert [data for _, data in rig.sink.pictures[1:]] == [b"sharper"] * REFINEMENTS
        assert rig.sink.pictures[-1][0].at > NOW_MS
        await rig.drawn_for(FINISH_AFTER_S)
        strips = rig.of(Codec.WEBP)
        assert [(strip.y, strip.rows) for strip in strips] == [(0, 16), (16, 16), (32, 16)]
        sent = len(rig.sink.pictures)
        for _ in range(30):
            rig.draw_all()
            await rig.advance(1)
        assert len(rig.sink.pictures) == sent


async def test_a_moving_picture_is_neither_sharpened_nor_finished() -> None:
    async with running() as rig:
        for value in range(1, 60):
            rig.paint(value)
            await rig.advance(FRAME_S)
            rig.draw_all()
        assert b"sharper" not in [data for _, data in rig.sink.pictures]
        assert rig.of(Codec.WEBP, Codec.JPEG) == []


async def test_a_change_while_a_screen_is_finished_goes_first() -> None:
    async with running() as rig:
        for _ in range(60):
            await rig.drawn_for(FRAME_S)
            if rig.of(Codec.WEBP):
                break
        rig.paint(7)
        await rig.drawn_for(2 * FRAME_S)
        last, data = rig.sink.pictures[-1]
        assert (last.codec, data[0]) == (Codec.H264, 7)
        await rig.drawn_for(FINISH_AFTER_S + SHARPEN_EVERY_S * REFINEMENTS)
        strips = rig.of(Codec.WEBP)[-3:]
        assert sum(strip.rows for strip in strips) == 48


async def test_the_rate_follows_what_the_link_carries() -> None:
    async with running() as rig:
        await rig.advance(1)
        rig.draw_all()
        slow = rig.encoder.rates[-1]
        for value in range(40):
            rig.paint(value)
            await rig.advance(FRAME_S)
            rig.draw_all()
        assert rig.encoder.rates[-1] >= slow


async def test_a_console_that_cannot_follow_gets_another_codec_from_a_key_picture_on() -> None:
    async with running(Codec.H264_444, Codec.H264) as rig:
        await rig.drawn_for(1)
        rig.pipeline.prefer((Codec.H264,))
        await rig.advance(FRAME_S)
        head, _ = rig.sink.pictures[-1]
        assert (head.codec, head.key, head.y, head.rows) == (Codec.H264, True, 0, 48)


async def test_a_console_cannot_make_the_device_open_encoders_all_the_time() -> None:
    """INV-F3."""
    async with running(Codec.H264_444, Codec.H264) as rig:
        for turn in range(60):
            first, second = (Codec.H264, Codec.H264_444)[:: 1 if turn % 2 else -1]
            rig.pipeline.prefer((first, second))
            rig.draw_all()
            await rig.advance(FRAME_S)
        assert len(rig.made) <= 2 + 60 * FRAME_S / SWITCH_S


async def test_another_resolution_starts_with_an_encoder_of_that_size_and_a_picture_that_stands_alone() -> (
    None
):
    async with running() as rig:
        rig.draw_all()
        rig.device.paint(np.full((32, 80, 4), 9, np.uint8))
        await rig.advance(FRAME_S)
        head, data = rig.sink.pictures[-1]
        assert rig.sizes == [(64, 48), (80, 32)]
        assert (head.key, head.width, head.height, head.y, head.rows) == (True, 80, 32, 0, 32)
        assert data[0] == 9


async def test_a_lower_screen_is_finished_within_itself() -> None:
    """Rows of the old resolution are no rows of the new one."""
    async with running() as rig:
        rig.draw_all()
        rig.device.paint(np.full((32, 80, 4), 9, np.uint8))
        await rig.drawn_for(2)
        strips = rig.of(Codec.WEBP)
        assert strips
        assert all(strip.y + strip.rows <= 32 for strip in strips)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.JPEG])
async def test_a_screen_that_hangs_keeps_nobody_waiting_but_the_picture(codec: Codec) -> None:
    """INV-B1: whoever stops the pipeline is not held up by a screen that does not answer."""
    async with running(codec) as rig:
        rig.draw_all()
        with rig.device.hung():
            rig.paint(1)
            rig.clock.advance(1)
            for _ in range(50):
                await asyncio.sleep(0)  # the loop runs while the worker waits for the screen
            rig.running.cancel()
            await asyncio.wait({rig.running})
        assert len(rig.sink.pictures) == 1


async def test_cancelling_the_pipeline_stops_it_at_once() -> None:
    async with running() as rig:
        pass
    rig.paint(7)
    rig.clock.advance(10)
    await asyncio.sleep(0)  # whoever still waited for the clock would run now
    assert len(rig.sink.pictures) == 1
