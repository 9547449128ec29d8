"""The picture on its way: newest first, three at most, nothing while nothing changes. Time is the test's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np

from device_agent.picture.encoder import REFINEMENTS, Encoded
from device_agent.picture.pipeline import ANNOUNCE_S, FRAME_S, STILL_S, WINDOW, PicturePipeline
from seal.pictures import Codec, PictureHead
from tests.agent.fakes import NOW_MS, FakeClock, FakeDevice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows


class FakeEncoder:
    """Says what it was given: the picture's first byte, its rows, whether it must stand alone."""

    def __init__(self) -> None:
        self.refinements = 0
        self.rates: list[int] = []

    def encode(self, pixels: NDArray[np.uint8], rows: Rows, *, key: bool) -> tuple[Encoded, ...]:
        self.refinements = REFINEMENTS
        return (Encoded(Codec.JPEG, key, rows[0], rows[1] - rows[0], bytes([pixels[0, 0, 0]])),)

    def refine(self) -> tuple[Encoded, ...]:
        if not self.refinements:
            return ()
        self.refinements -= 1
        return (Encoded(Codec.JPEG, key=False, y=0, rows=48, data=b"sharper"),)

    def steer(self, bit_rate: int) -> None:
        self.rates.append(bit_rate)


class FakeSink:
    """Where pictures go; `arrived` waits for them."""

    def __init__(self) -> None:
        self.pictures: list[tuple[PictureHead, bytes]] = []
        self.current: list[tuple[int, int]] = []
        self._news = asyncio.Condition()

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        self.pictures.append((head, data))

    def send_current(self, pic: int, at: int) -> None:
        self.current.append((pic, at))


class Rig:
    """A pipeline with everything around it."""

    running: asyncio.Task[None]

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.device = FakeDevice()
        self.encoder = FakeEncoder()
        self.sizes: list[tuple[int, int]] = []
        self.sink = FakeSink()
        self.pipeline = PicturePipeline(
            device=self.device, encoder_for=self._encoder_for, sink=self.sink, clock=self.clock
        )

    def _encoder_for(self, width: int, height: int) -> FakeEncoder:
        self.sizes.append((width, height))
        return self.encoder

    def paint(self, value: int) -> None:
        self.device.paint(np.full((48, 64, 4), value, np.uint8), self.clock.now_ms())

    async def settle(self) -> None:
        """Until every task waits for the clock, the screen or the console, and the worker is idle."""
        idle = asyncio.get_running_loop()
        for _ in range(4):
            for _ in range(20):
                await asyncio.sleep(0)  # every other task runs until it waits
            await idle.run_in_executor(self.pipeline._worker, lambda: None)

    async def advance(self, seconds: float) -> None:
        await self.settle()
        self.clock.advance(seconds)
        await self.settle()


@asynccontextmanager
async def running() -> AsyncIterator[Rig]:
    rig = Rig()
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


async def test_an_unchanged_screen_sends_no_picture_but_says_that_it_is_current() -> None:
    async with running() as rig:
        rig.encoder.refinements = 0
        for _ in range(20):
            await rig.advance(ANNOUNCE_S)
        assert len(rig.sink.pictures) == 1
        assert len(rig.sink.current) == 20
        assert rig.sink.current[-1] == (1, rig.clock.now_ms())


async def test_a_repaint_of_the_same_pixels_is_not_sent() -> None:
    async with running() as rig:
        rig.encoder.refinements = 0
        rig.paint(0)
        await rig.advance(1)
        await rig.advance(ANNOUNCE_S)
        assert len(rig.sink.pictures) == 1
        assert rig.sink.current[-1][0] == 1


async def test_a_change_sends_only_its_rows() -> None:
    async with running() as rig:
        changed = np.zeros((48, 64, 4), np.uint8)
        changed[20, 5] = 9
        rig.device.paint(changed)
        await rig.advance(FRAME_S)
        head, _ = rig.sink.pictures[1]
        assert (head.pic, head.key, head.y, head.rows) == (2, False, 16, 16)


async def test_at_most_three_pictures_are_on_the_way_and_the_next_is_the_newest() -> None:
    """INV-F3: what is not sent is never encoded, so nothing queues."""
    async with running() as rig:
        for value in range(1, 11):
            rig.paint(value)
            await rig.advance(FRAME_S)
        assert [data[0] for _, data in rig.sink.pictures] == [0, 1, 2]
        assert len(rig.sink.pictures) == WINDOW
        rig.pipeline.acknowledge(1)
        await rig.advance(FRAME_S)
        assert [data[0] for _, data in rig.sink.pictures] == [0, 1, 2, 10]


async def test_a_screen_that_moved_on_is_not_said_to_be_current() -> None:
    """G9: nothing looks live that is not."""
    async with running() as rig:
        for value in range(1, 6):
            rig.paint(value)
            await rig.advance(FRAME_S)
        rig.sink.current.clear()
        await rig.advance(ANNOUNCE_S)
        assert rig.sink.current == []


async def test_pictures_are_at_most_thirty_a_second() -> None:
    async with running() as rig:
        for value in range(1, 100):
            rig.paint(value)
            await rig.advance(FRAME_S / 3)
            rig.pipeline.acknowledge(len(rig.sink.pictures))
        assert 32 <= len(rig.sink.pictures) <= 35


async def test_acknowledging_what_was_never_sent_opens_no_window() -> None:
    async with running() as rig:
        for value in range(1, 6):
            rig.paint(value)
            await rig.advance(FRAME_S)
        rig.pipeline.acknowledge(1000)
        await rig.advance(1)
        assert len(rig.sink.pictures) == WINDOW


async def test_a_key_picture_is_sent_on_request_even_when_nothing_changed() -> None:
    async with running() as rig:
        rig.pipeline.want_key()
        await rig.advance(FRAME_S)
        assert [head.key for head, _ in rig.sink.pictures] == [True, True]


async def test_a_request_for_a_key_picture_opens_a_window_full_of_lost_pictures() -> None:
    async with running() as rig:
        for value in range(1, 6):
            rig.paint(value)
            await rig.advance(FRAME_S)
        assert len(rig.sink.pictures) == WINDOW
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
        assert len(rig.sink.pictures) <= 2 * 4 * WINDOW + WINDOW


async def test_a_still_picture_is_refined_and_then_left_alone() -> None:
    async with running() as rig:
        await rig.advance(STILL_S)
        for _ in range(100):
            rig.pipeline.acknowledge(len(rig.sink.pictures))
            await rig.advance(FRAME_S)
        assert len(rig.sink.pictures) == 1 + REFINEMENTS
        assert rig.sink.pictures[-1][0].at > NOW_MS


async def test_a_moving_picture_is_not_refined() -> None:
    async with running() as rig:
        for value in range(1, 20):
            rig.paint(value)
            await rig.advance(FRAME_S)
            rig.pipeline.acknowledge(len(rig.sink.pictures))
        assert b"sharper" not in [data for _, data in rig.sink.pictures]


async def test_late_acknowledgements_lower_the_rate_and_quick_ones_raise_it() -> None:
    async with running() as rig:
        first = rig.encoder.rates[-1]
        await rig.advance(1)
        rig.pipeline.acknowledge(1)
        rig.paint(1)
        await rig.advance(FRAME_S)
        assert rig.encoder.rates[-1] < first
        low = rig.encoder.rates[-1]
        rig.pipeline.acknowledge(len(rig.sink.pictures))
        rig.paint(2)
        await rig.advance(FRAME_S)
        assert rig.encoder.rates[-1] > low


async def test_another_resolution_starts_with_an_encoder_of_that_size_and_a_picture_that_stands_alone() -> (
    None
):
    async with running() as rig:
        rig.device.paint(np.full((32, 80, 4), 9, np.uint8))
        await rig.advance(FRAME_S)
        head, data = rig.sink.pictures[-1]
        assert rig.sizes == [(64, 48), (80, 32)]
        assert (head.key, head.width, head.height, head.y, head.rows) == (True, 80, 32, 0, 32)
        assert data[0] == 9


async def test_a_screen_that_hangs_keeps_nobody_waiting_but_the_picture() -> None:
    """INV-B1: whoever stops the pipeline is not held up by a screen that does not answer."""
    async with running() as rig:
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
