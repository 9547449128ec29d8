"""The Hide key in a session: from the press on nothing leaves, nothing is driven, and it is on record."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from device_agent.devices.protocol import Shows
from device_agent.devices.shutter import Shutter
from device_agent.picture.encoders import Encoders
from device_agent.picture.flow import FRAME_S
from device_agent.picture.jpeg import cut
from device_agent.picture.pipeline import LOOK_S, PicturePipeline
from device_agent.picture.small import SmallChanges
from device_agent.picture.word import Progress, word
from seal.messages import PictureState
from seal.pictures import Codec
from seal.sound import SoundHead
from tests.agent.fakes import FakeClock, FakeDevice
from tests.agent.fakes_able import FakeAble
from tests.agent.stage import Stage
from tests.agent.test_commands import KINDS, device, done, send
from tests.agent.test_media import EVERYTHING, FakeCarriers, head
from tests.agent.test_pipeline import FakeEncoder, FakeSink
from wire.commands import ActionCause, ActionClass, Grant, Outcome
from wire.records import ActionRecord, ConsentRecord, HideRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows
    from device_agent.picture.encoder import Encoded


def active(*grants: Grant) -> Stage:
    return Stage(able=FakeAble(), asks=EVERYTHING).activate(*grants or EVERYTHING)


def hide(stage: Stage) -> None:
    device(stage).hide()
    stage.settle()


def hides(stage: Stage) -> list[bool]:
    return [record.hidden for record in stage.twin.records if isinstance(record, HideRecord)]


# What leaves


@pytest.mark.parametrize("presses", [1, 2, 3])
def test_what_waits_for_the_line_when_hide_is_pressed_never_leaves(presses: int) -> None:
    stage = active()
    stage.to_device(stage.twin.hear())
    media = stage.session.media
    stage.session.send_picture(head(1), b"picture")
    media.send_sound(SoundHead(media.next_sound(), 2, 5), b"sound")
    for _ in range(presses):
        device(stage).hide()
    stage.settle()
    assert (stage.twin.pictures, stage.twin.sounds) == ([], [])


@pytest.mark.parametrize("is_direct", [False, True])
def test_nothing_is_sent_by_any_carrier_until_the_screen_is_shown_again(*, is_direct: bool) -> None:
    stage, carriers = active(), FakeCarriers()
    carriers.is_direct = is_direct
    stage.session.media.carriers = carriers  # type: ignore[assignment]
    stage.to_device(stage.twin.hear())
    media = stage.session.media
    for pic in (1, 2, 3):
        stage.session.send_picture(head(pic), b"picture")
        media.send_sound(SoundHead(media.next_sound(), 2, 5), b"sound")
        stage.settle()
        for frame in carriers.frames:
            stage.twin.receive_directly(frame)
        carriers.frames.clear()
        device(stage).hide()
    assert [it.pic for it, _ in stage.twin.pictures] == [1, 3]
    assert [it.n for it, _ in stage.twin.sounds] == [1, 3]


# What is done


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_done_while_nobody_sees_it_and_the_device_itself_says_why(kind: ActionClass) -> None:
    stage = active()
    hide(stage)
    record = send(stage, kind)
    assert (record.outcome, record.cause) == (Outcome.REFUSED, ActionCause.HIDDEN)
    assert done(stage) == []
    hide(stage)
    assert send(stage, kind).outcome is Outcome.DONE


def test_a_text_being_typed_stops_and_a_held_button_is_let_go_when_hide_is_pressed() -> None:
    stage = active()
    send(stage, ActionClass.POINTER)
    device(stage).slow = Future()
    assert send(stage, ActionClass.TEXT).outcome is Outcome.STARTED
    hide(stage)
    slow = device(stage).slow
    assert slow is not None
    assert slow.cancelled()
    assert device(stage).released == 1
    over = [record for record in stage.twin.records if isinstance(record, ActionRecord)][-1]
    assert (over.action_class, over.outcome) == (ActionClass.TEXT, Outcome.FAILED)


# What is recorded


def test_each_press_is_signed_and_chained_when_it_happens() -> None:
    """INV-D1."""
    stage = active()
    for _ in range(3):
        device(stage).hide()
        stage.clock.advance(1)
    stage.settle()
    assert hides(stage) == [True, False, True]
    times = [record.dts for record in stage.twin.records if isinstance(record, HideRecord)]
    assert [after - before for before, after in pairwise(times)] == [1000, 1000]


def test_a_screen_hidden_before_the_consent_is_recorded_right_after_it() -> None:
    stage = Stage(able=FakeAble()).pair()
    for _ in range(3):
        hide(stage)
    assert hides(stage) == []
    stage.session.allow([Grant.VIEW])
    stage.settle()
    assert [type(record) for record in stage.twin.records[-2:]] == [ConsentRecord, HideRecord]
    assert hides(stage) == [True]
    stage.session.send_picture(head(1), b"picture")
    stage.settle()
    assert stage.twin.pictures == []


def test_hiding_without_a_session_or_after_its_end_records_nothing() -> None:
    stage = active()
    stage.to_device(stage.twin.close())
    before = len(stage.twin.records)
    hide(stage)
    assert len(stage.twin.records) == before


# What the pipeline does


class Pressed(FakeEncoder):
    """Somebody presses Hide while it encodes."""

    def __init__(self, codec: Codec, press: Callable[[], None]) -> None:
        super().__init__(codec)
        self._press = press

    def encode(
        self, pixels: NDArray[np.uint8], bands: Sequence[Rows], *, drawn: Rows, key: bool
    ) -> tuple[Encoded, ...]:
        self._press()
        return super().encode(pixels, bands, drawn=drawn, key=key)


class Heard(FakeSink):
    """Keeps which moment each word spoke of."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[int] = []

    def send_current(self, pic: int, at: int, state: PictureState, masked: int) -> None:
        super().send_current(pic, at, state, masked)
        self.moments.append(at)


class Rig:
    """A pipeline whose device has a Hide key; `while_encoding` is called in the encoder."""

    def __init__(self) -> None:
        self.clock, self.device, self.sink = FakeClock(), FakeDevice(), Heard()
        self.shutter = Shutter()
        self.while_encoding: list[Callable[[], object]] = []
        self.pipeline = PicturePipeline(
            device=self.device,
            encoders=Encoders((Codec.H264,), lambda codec, *_: Pressed(codec, self._encoding)),
            sink=self.sink,
            clock=self.clock,
            shutter=self.shutter,
        )

    def _encoding(self) -> None:
        while self.while_encoding:
            self.while_encoding.pop()()

    def paint(self, value: int, *, shows: Shows = Shows.PICTURE) -> None:
        self.device.paint(np.full((48, 64, 4), value, np.uint8), self.clock.now_ms(), shows=shows)

    def sent(self) -> list[int]:
        return [data[0] for head, data in self.sink.pictures if data != b"sharper"]

    async def advance(self, seconds: float) -> None:
        for _ in range(3):
            for _ in range(12):
                await asyncio.sleep(0)  # every other task runs until it waits
            await asyncio.get_running_loop().run_in_executor(self.pipeline._worker, lambda: None)
        self.clock.advance(seconds)

    async def drawn(self, steps: int) -> None:
        for _ in range(steps):
            await self.advance(FRAME_S)
            self.pipeline.acknowledge(len(self.sink.pictures))
        await self.advance(0)


async def test_a_picture_in_the_encoder_when_hide_is_pressed_is_not_sent() -> None:
    rig = Rig()
    running = asyncio.create_task(rig.pipeline.run())
    await rig.drawn(3)
    assert rig.sent() == [0]
    rig.while_encoding.append(rig.shutter.press)
    rig.paint(7)
    await rig.drawn(3)
    assert rig.sent() == [0]
    rig.paint(8, shows=Shows.HIDDEN)
    await rig.drawn(3)
    rig.shutter.press()
    rig.paint(9)
    await rig.drawn(3)
    assert rig.sent() == [0, 9]
    assert next(head for head, data in rig.sink.pictures if data[0] == 9).key
    running.cancel()
    await asyncio.wait({running})


async def test_pressed_twice_while_it_was_encoded_the_screen_is_sent_anew_and_stands_alone() -> None:
    rig = Rig()
    running = asyncio.create_task(rig.pipeline.run())
    await rig.drawn(3)
    rig.while_encoding += [rig.shutter.press, rig.shutter.press]
    rig.paint(7)
    await rig.drawn(4)
    assert rig.sent() == [0, 7]
    heads = [head for head, data in rig.sink.pictures if data[0] == 7]
    assert (len(heads), heads[0].key) == (1, True)
    running.cancel()
    await asyncio.wait({running})


@pytest.mark.parametrize("presses", [1, 2])
async def test_a_small_change_that_is_cut_out_when_hide_is_pressed_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, presses: int
) -> None:
    """Pressed twice, the screen is sent anew and stands alone."""
    rig = Rig()
    monkeypatch.setattr(SmallChanges, "may", lambda *_: True)
    running = asyncio.create_task(rig.pipeline.run())
    await rig.drawn(40)

    def cutting(*given: Any, **named: Any) -> tuple[Encoded, ...]:
        rig._encoding()
        return cut(*given, **named)

    monkeypatch.setattr("device_agent.picture.encoders.cut", cutting)
    rig.while_encoding += [rig.shutter.press] * presses
    before, pixels = len(rig.sink.pictures), rig.device.picture().pixels.copy()
    pixels[:16, :16] = 7
    rig.device.paint(pixels, rig.clock.now_ms())
    await rig.drawn(3)
    assert not rig.while_encoding, "it went that way"
    heads = [head for head, _ in rig.sink.pictures[before:]]
    assert [(head.codec, head.key) for head in heads[:1]] == [(Codec.H264, True)] * (presses - 1)
    running.cancel()
    await asyncio.wait({running})


async def test_with_no_room_on_the_line_it_is_said_at_once_and_afterwards_the_picture_goes_on() -> None:
    """What the press dropped is never told of as drawn: it must not keep its place in the window."""
    rig = Rig()
    running = asyncio.create_task(rig.pipeline.run())
    await rig.advance(FRAME_S)
    rig.paint(5)
    await rig.advance(FRAME_S)
    assert rig.sent() == [0], "nobody has drawn it, so nothing else may leave"
    rig.shutter.press()
    rig.paint(6, shows=Shows.HIDDEN)
    await rig.advance(LOOK_S)
    await rig.advance(LOOK_S)
    assert rig.sink.words[-1] == (PictureState.HIDDEN, 0)
    rig.shutter.press()
    rig.paint(9)
    for _ in range(4):
        await rig.advance(FRAME_S)
    assert rig.sent() == [0, 9]
    running.cancel()
    await asyncio.wait({running})


@pytest.mark.parametrize("shows", [Shows.HIDDEN, Shows.OFF, Shows.PROTECTED, Shows.NO_SIGNAL])
async def test_a_screen_that_comes_back_while_its_absence_is_said_is_taken_after_that_word(
    shows: Shows,
) -> None:
    """Nothing moves on it afterwards: a key frame asked for later is the same picture, and must be drawn."""
    rig = Rig()
    running = asyncio.create_task(rig.pipeline.run())
    await rig.drawn(3)
    rig.paint(7, shows=shows)
    await rig.drawn(3)
    began = rig.clock.now_ms()
    await rig.drawn(20)
    state, word_of = rig.sink.words[-1][0], rig.sink.moments[-1]
    assert state is word(shows, Progress(), owes_s=0, now=0)
    assert word_of > began
    rig.device.paint(np.full((48, 64, 4), 9, np.uint8), began)
    await rig.drawn(3)
    rig.pipeline.want_key()
    await rig.drawn(3)
    heads = [head for head, data in rig.sink.pictures if data[0] == 9]
    assert [head.key for head in heads] == [True, True]
    assert all(word_of < head.at <= rig.clock.now_ms() for head in heads)
    running.cancel()
    await asyncio.wait({running})
