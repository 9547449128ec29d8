"""One picture without loss: covered like the one that was sent, in among the pictures, under one hash."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Self

import numpy as np
import pytest
from PIL import Image

from device_agent.devices.protocol import Shows
from device_agent.devices.shutter import Shutter
from device_agent.picture import exact, still
from device_agent.picture.encoders import Encoders
from device_agent.picture.flow import FRAME_S
from device_agent.picture.mask import covered, words_over
from device_agent.picture.pipeline import PicturePipeline
from device_agent.picture.rest import Task
from device_agent.picture.still import Ended, make, part_bytes
from seal import messages as sealed
from seal.messages import PictureState
from seal.pictures import Codec, PictureHead
from seal.stills import unpack_part
from tests.agent.fakes import FakeClock, FakeDevice
from tests.agent.stage import Stage
from tests.agent.test_media import FakePictures
from tests.agent.test_pipeline import FakeEncoder
from wire.commands import ActionCause, Grant, Outcome
from wire.encoding import sha256_b64
from wire.limits import STILL_AGAIN_S, STILL_PART_BYTES
from wire.reasons import EndReason
from wire.records import ActionRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

WIDTH, HEIGHT = 320, 176
FIELD = (40, 56, 200, 96)


def noise(seed: int) -> NDArray[np.uint8]:
    """A screen of which nothing can be left out: no two pixels are alike."""
    return np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH, 4), np.uint8)


def opened(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def seen(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels[..., 2::-1]


class Sink:
    def __init__(self) -> None:
        self.left: list[tuple[PictureHead, bytes]] = []
        self.current: list[tuple[int, PictureState]] = []

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        self.left.append((head, data))

    def send_current(self, pic: int, at: int, state: PictureState, masked: int) -> None:
        self.current.append((pic, state))

    @property
    def parts(self) -> list[tuple[int, int, bytes]]:
        return [unpack_part(data) for head, data in self.left if head.still]

    def whole(self) -> bytes:
        """The file, if it is all there and in order."""
        data = b""
        size = -1
        for start, size, part in self.parts:  # noqa: B007 - the last one is asked for
            assert start == len(data)
            data += part
        assert len(data) == size
        return data


class Rig:
    """A running pipeline of a screen in the test's hands."""

    def __init__(self) -> None:
        self.clock, self.sink = FakeClock(), Sink()
        self.device = FakeDevice(WIDTH, HEIGHT)
        self.ended: list[Ended] = []
        self.shutter = Shutter()
        self.pipeline = PicturePipeline(
            device=self.device,
            shutter=self.shutter,
            encoders=Encoders((Codec.H264,), lambda codec, *_: FakeEncoder(codec)),
            sink=self.sink,
            clock=self.clock,
        )

    async def __aenter__(self) -> Self:
        self.running = asyncio.create_task(self.pipeline.run())
        await self.turn()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.running.cancel()
        await asyncio.wait({self.running})

    async def turn(
        self, times: int = 1, each: Callable[[int], None] | None = None, *, draws: bool = True
    ) -> None:
        """So many pictures' time passes, and the console draws what came."""
        loop = asyncio.get_running_loop()
        for n in range(times):
            if each is not None:
                each(n)
            for _ in range(3):
                for _ in range(10):
                    await asyncio.sleep(0)  # every other task runs until it waits
                await loop.run_in_executor(self.pipeline._worker, lambda: None)
                making = self.pipeline._still._making
                if making is not None:
                    await asyncio.wait({making})
            if draws and self.sink.left:
                self.pipeline.acknowledge(self.sink.left[-1][0].pic)
            self.clock.advance(FRAME_S)

    def take(self) -> bool:
        return self.pipeline.take_still(self.ended.append)

    async def begin(self) -> None:
        """A still of a screen at rest, of which some has left and some has not."""
        self.device.paint(noise(1))
        await self.turn(3)
        assert self.take()
        while not self.sink.parts:
            await self.turn()
        assert not self.ended


async def test_a_still_is_the_picture_that_was_sent_pixel_for_pixel() -> None:
    async with Rig() as rig:
        rig.device.paint(noise(1), at=4_711)
        await rig.turn(3)
        assert rig.take()
        await rig.turn(60)
        data = rig.sink.whole()
        assert np.array_equal(opened(data), seen(noise(1)))
        assert rig.ended == [Ended(sha256=sha256_b64(data))]
        heads = [head for head, _ in rig.sink.left if head.still]
        assert {(head.codec, head.at, head.rows, head.key) for head in heads} == {
            (Codec.WEBP, 4_711, HEIGHT, False)
        }
        assert len(heads) > 3
        pics = [head.pic for head, _ in rig.sink.left]
        assert pics == list(range(1, len(pics) + 1)), "parts and pictures count together"


async def test_after_a_still_the_picture_that_stands_is_confirmed_as_before() -> None:
    """By its own number: no part of a still is drawn, and a picture nobody confirms turns old (P10)."""
    async with Rig() as rig:
        rig.device.paint(noise(1))
        before = -1
        while before != len(rig.sink.left):  # until the screen has all that makes it sharp
            before = len(rig.sink.left)
            await rig.turn(60)
        assert rig.take()
        await rig.turn(60)
        assert rig.ended
        assert all(head.still for head, _ in rig.sink.left[before:]), "nothing came after it"
        rig.sink.current.clear()
        await rig.turn(30)
        assert set(rig.sink.current) == {(rig.sink.left[before - 1][0].pic, PictureState.LIVE)}


async def test_what_is_private_is_covered_in_a_still_too() -> None:
    async with Rig() as rig:
        rig.device.paint(noise(2), private=(FIELD,))
        await rig.turn(3)
        assert rig.take()
        await rig.turn(60)
        it = covered(rig.device.picture(), words_over("en"))
        assert it.masked == 1
        assert np.array_equal(opened(rig.sink.whole()), seen(it.pixels))
        assert not np.array_equal(seen(it.pixels), seen(noise(2))), "the check above can fail"


async def test_a_moving_screen_goes_on_moving_while_a_still_of_one_moment_is_sent() -> None:
    async with Rig() as rig:
        await rig.turn(3, lambda n: rig.device.paint(noise(n)))
        assert rig.take()
        before = len(rig.sink.left)
        await rig.turn(20, lambda n: rig.device.paint(noise(10 + n)))
        assert np.array_equal(opened(rig.sink.whole()), seen(noise(2)))
        kinds = [head.still for head, _ in rig.sink.left[before:]]
        assert kinds.count(False) >= 16, "nearly each turn has its picture"


async def test_a_picture_that_waits_goes_before_the_next_part() -> None:
    async with Rig() as rig:
        await rig.begin()
        # Nothing is drawn until the way is full; meanwhile the screen changes.
        while rig.pipeline._flow.room_in(rig.clock.boot()) is not None:
            rig.device.paint(noise(len(rig.sink.left) + 100))
            await rig.turn(draws=False)
        rig.device.paint(noise(99))
        await rig.turn(2, draws=False)
        waiting = len(rig.sink.left)
        part_was_last = rig.sink.left[-1][0].still
        rig.pipeline.acknowledge(waiting)
        await rig.turn(draws=False)
        kinds = [head.still for head, _ in rig.sink.left[waiting:]]
        assert not kinds[0] if part_was_last else not kinds[1]


@pytest.mark.parametrize("shows", [Shows.HIDDEN, Shows.PROTECTED, Shows.OFF, Shows.NO_SIGNAL])
async def test_without_a_picture_there_is_no_still(shows: Shows) -> None:
    async with Rig() as rig:
        rig.device.paint(noise(1), shows=shows)
        await rig.turn(3)
        assert not rig.take()
        await rig.turn(3)
        assert not rig.sink.parts


async def test_a_picture_taken_away_takes_its_still_along() -> None:
    async with Rig() as rig:
        await rig.begin()
        rig.device.stand_for(Shows.HIDDEN)
        await rig.turn(2)
        parts = len(rig.sink.parts)
        await rig.turn(20)
        assert len(rig.sink.parts) == parts
        assert rig.ended == [Ended(cause=ActionCause.NO_PICTURE)]


@pytest.mark.parametrize("presses", [1, 2])
async def test_a_still_does_not_outlive_a_press_of_hide(presses: int) -> None:
    async with Rig() as rig:
        await rig.begin()
        before = len(rig.sink.parts)
        for _ in range(presses):
            rig.shutter.press()
        await rig.turn(30)
        assert len(rig.sink.parts) == before
        assert rig.ended == [Ended(cause=ActionCause.NO_PICTURE)]


async def test_under_a_hidden_screen_nothing_of_a_still_is_due_even_if_it_waits() -> None:
    """Whoever forgets to take it back must not keep the device busy with what never leaves."""
    pipeline = (rig := Rig()).pipeline  # it does not run: it would take the still back
    pipeline._still.begin(rig.device.picture(), rig.ended.append)
    making = pipeline._still._making
    assert making is not None
    await making
    pipeline._key = pipeline._changed = False
    for is_due in (True, False, True):
        pipeline._presses = rig.shutter.presses
        assert pipeline._still.waits
        assert (pipeline._due_in()[0] is Task.STILL) is is_due
        rig.shutter.press()
    pipeline._still.close()


async def test_from_the_press_of_hide_none_is_taken_though_nobody_has_looked_yet() -> None:
    async with Rig() as rig:
        rig.device.paint(noise(1))
        await rig.turn(3)
        rig.shutter.press()
        assert not rig.take()
        await rig.turn(3)
        assert not rig.take()
        rig.shutter.press()
        await rig.turn(3)
        assert rig.take()


async def test_after_the_end_nothing_of_it_is_made_sent_or_told() -> None:
    async with Rig() as rig:
        rig.device.paint(noise(1))
        await rig.turn(3)
        assert rig.take()
    await asyncio.sleep(0)  # every other task runs until it waits
    assert (rig.sink.parts, rig.ended) == ([], [])


async def test_a_still_that_would_be_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "STILL_BYTES", 1_000)
    async with Rig() as rig:
        rig.device.paint(noise(1))
        await rig.turn(3)
        assert rig.take()
        await rig.turn(3)
        assert (rig.sink.parts, rig.ended) == ([], [Ended(cause=ActionCause.CANNOT)])
        assert rig.take(), "the next may be smaller"


async def test_a_still_that_cannot_be_made_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: NDArray[np.uint8]) -> bytes:
        raise OSError("encoder error 6")

    monkeypatch.setattr(exact, "webp", broken)
    async with Rig() as rig:
        rig.device.paint(noise(1))
        await rig.turn(3)
        assert rig.take()
        await rig.turn(3)
        assert rig.ended == [Ended()]


def test_without_the_encoder_and_beyond_its_size_a_still_is_a_png(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = np.zeros((2, 16_384, 4), np.uint8)
    wide[1, 5] = (1, 2, 3, 0)
    for pixels, lossless in ((wide, True), (noise(3), False)):
        monkeypatch.setattr(exact, "CAN_LOSSLESS", lossless)
        made = make(pixels)
        assert made.codec is Codec.PNG
        assert made.sha256 == sha256_b64(made.data)
        assert np.array_equal(opened(made.data), seen(pixels))
        assert (made.data[24], made.data[25]) == (8, 2), "8 bits a channel, no alpha"


@pytest.mark.parametrize(
    ("rate", "size"), [(None, 16_384), (256_000, 2_048), (10_000_000, 18_750), (10**9, 32_768)]
)
def test_a_part_is_as_large_as_the_link_carries_at_once(rate: int | None, size: int) -> None:
    assert part_bytes(rate) == size <= STILL_PART_BYTES


# In a session


class Stills(FakePictures):
    """A picture of which stills are taken when the test says so."""

    def __init__(self, *, there: bool = True) -> None:
        super().__init__()
        self.there = there
        self.waiting: list[Callable[[Ended], None]] = []

    def take_still(self, over: Callable[[Ended], None]) -> bool:
        if self.there:
            self.waiting.append(over)
        return self.there


def staged(*grants: Grant, there: bool = True) -> tuple[Stage, Stills]:
    stage, pictures = Stage().activate(*grants), Stills(there=there)
    stage.session.pictures = pictures
    return stage, pictures


def ask(stage: Stage, hb: int | None = None) -> ActionRecord:
    stage.to_device(stage.twin.command(sealed.Still(hb=stage.twin.newest_ping if hb is None else hb)))
    return last(stage)


def last(stage: Stage) -> ActionRecord:
    stage.settle()
    record = stage.twin.records[-1]
    assert isinstance(record, ActionRecord)
    return record


def test_a_still_is_recorded_as_started_and_then_with_its_hash() -> None:
    stage, pictures = staged(Grant.VIEW)
    begun = ask(stage)
    assert (begun.action_class, begun.outcome, begun.pc) == ("still", Outcome.STARTED, "")
    pictures.waiting.pop()(Ended(sha256=sha256_b64(b"a still")))
    done = last(stage)
    assert (done.outcome, done.pc, done.frame) == (Outcome.DONE, sha256_b64(b"a still"), begun.frame)
    assert stage.session.summary.stills == 1, "the customer's end card says so"


@pytest.mark.parametrize(
    ("end", "outcome", "cause"),
    [
        (Ended(cause=ActionCause.NO_PICTURE), Outcome.REFUSED, ActionCause.NO_PICTURE),
        (Ended(cause=ActionCause.CANNOT), Outcome.REFUSED, ActionCause.CANNOT),
        (Ended(), Outcome.FAILED, None),
    ],
)
def test_one_that_came_to_nothing_says_why(end: Ended, outcome: Outcome, cause: ActionCause | None) -> None:
    stage, pictures = staged()
    ask(stage)
    pictures.waiting.pop()(end)
    record = last(stage)
    assert (record.outcome, record.cause, record.pc) == (outcome, cause, "")
    assert stage.session.summary.stills == 0


def test_one_at_a_time_and_not_more_often_than_the_specification_says() -> None:
    stage, pictures = staged()
    ask(stage)
    assert ask(stage).cause is ActionCause.BUSY
    pictures.waiting.pop()(Ended(sha256=sha256_b64(b"a still")))
    stage.clock.advance(STILL_AGAIN_S - 0.01)
    assert ask(stage).cause is ActionCause.TOO_SOON
    assert not pictures.waiting
    stage.clock.advance(0.01)
    assert ask(stage).outcome is Outcome.STARTED
    assert len(pictures.waiting) == 1


def test_who_may_not_see_gets_no_still_whatever_else_is_given() -> None:
    """INV-A6."""
    stage, pictures = staged(*(set(Grant) - {Grant.VIEW}))
    assert ask(stage).cause is ActionCause.NOT_GRANTED
    assert not pictures.waiting


def test_under_a_page_of_the_panel_late_or_without_a_picture_none_is_taken() -> None:
    stage, pictures = staged()
    assert ask(stage, hb=0).outcome is Outcome.LATE
    stage.host.covered = True
    assert ask(stage).cause is ActionCause.COVERED
    stage.host.covered, stage.session.pictures = False, None
    assert ask(stage).cause is ActionCause.NO_PICTURE
    stage.session.pictures, pictures.there = pictures, False
    assert ask(stage).cause is ActionCause.NO_PICTURE
    assert not pictures.waiting


def test_a_still_waits_for_no_key_of_the_customers() -> None:
    stage, _ = staged()
    stage.session.customer_pressed()
    assert ask(stage).outcome is Outcome.STARTED


def test_a_still_that_outlives_its_session_is_not_recorded() -> None:
    """INV-B6: nothing follows the end."""
    stage, pictures = staged()
    ask(stage)
    stage.session.stop(EndReason.CUSTOMER_STOPPED)
    stage.settle()
    count = len(stage.twin.records)
    pictures.waiting.pop()(Ended(sha256=sha256_b64(b"a still")))
    stage.settle()
    assert len(stage.twin.records) == count
