"""A small change on a wide link goes by itself, and the video catches up afterwards."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from device_agent.picture.changes import area, changed_bands, changed_boxes
from device_agent.picture.encoders import Encoders
from device_agent.picture.flow import FRAME_S
from device_agent.picture.rest import FINISH_AFTER_S
from device_agent.picture.small import (
    AT_ONCE_BYTES,
    BYTES_PER_S,
    LINK_BIT_RATE,
    MOST_BYTES,
    MOST_STRIPS,
    REST_S,
    SmallChanges,
)
from seal.pictures import VIDEO, Codec
from tests.agent.drawing import Drawing
from tests.agent.scenes import menu, psnr
from tests.agent.test_pipeline import FakeEncoder, running

WIDTH, HEIGHT = 640, 352
WHOLE = (0, HEIGHT)


def changed(screen: np.ndarray, *boxes: tuple[int, int, int, int], shade: int = 200) -> np.ndarray:
    """The same screen with these boxes in another colour."""
    after = screen.copy()
    for left, top, right, bottom in boxes:
        after[top:bottom, left:right, :3] = (shade, 90, 255 - shade)
    return after


def test_a_box_has_the_columns_that_differ_and_each_band_its_own() -> None:
    before = menu(WIDTH, HEIGHT)
    after = changed(before, (40, 32, 90, 40), (300, 240, 640, 250))
    bands = changed_bands(before, after)
    assert changed_boxes(before, after, bands) == ((40, 32, 90, 48), (300, 240, 640, 256))


def test_one_pixel_at_any_edge_is_found() -> None:
    before = menu(WIDTH, HEIGHT)
    for x, y in ((0, 0), (WIDTH - 1, 0), (0, HEIGHT - 1), (WIDTH - 1, HEIGHT - 1)):
        after = before.copy()
        after[y, x, 1] ^= 1
        ((left, top, right, bottom),) = changed_boxes(before, after, changed_bands(before, after))
        assert (left, right) == (x, x + 1)
        assert top <= y < bottom


def test_how_many_pixels() -> None:
    assert area([]) == 0
    assert area([(0, 0, 3, 2), (10, 10, 11, 20)]) == 16


@pytest.mark.parametrize(
    ("link_rate", "may"), [(None, False), (LINK_BIT_RATE - 1, False), (LINK_BIT_RATE, True)]
)
def test_only_a_link_that_is_known_to_be_wide_gets_them(link_rate: int | None, *, may: bool) -> None:
    assert SmallChanges().may(link_rate, 5.0) is may


def test_a_sixth_of_the_screen_is_small_and_a_pixel_more_is_not() -> None:
    small = SmallChanges()
    assert small.fit([(0, 0, 600, 50), (0, 50, 600, 100)], 600, 600)
    assert not small.fit([(0, 0, 600, 100), (0, 100, 1, 101)], 600, 600)


def test_a_change_of_too_many_bytes_is_not_sent() -> None:
    assert SmallChanges().cost([MOST_BYTES], 5.0)
    assert not SmallChanges().cost([MOST_BYTES, 1], 5.0)


def test_what_always_moves_is_the_videos_before_long() -> None:
    small, now, spent, went = SmallChanges(), 5.0, 0, list[float]()
    while now < 65.0:
        if small.may(LINK_BIT_RATE, now):
            small.cost([20_000], now)
            spent += 20_000
            went.append(now)
        now += 1 / 30
    assert spent <= AT_ONCE_BYTES + 60 * BYTES_PER_S + 20_000
    turns = [later - before for before, later in pairwise(went) if later - before > 0.05]
    assert min(turns) >= REST_S, "it does not change from picture to picture"


class Rig:
    """Encoders that have sent a first picture, and what the technician sees."""

    def __init__(self, *codecs: Codec, link_rate: int | None = 50_000_000) -> None:
        self.encoders = Encoders(codecs or (Codec.H264, Codec.JPEG))
        self.drawing = Drawing(WIDTH, HEIGHT)
        self.screen = menu(WIDTH, HEIGHT)
        self.drawing.draw(self.encoders.encode(self.screen, (WHOLE,), soft=(), key=True))
        self.encoders.steer(2_000_000, link_rate)

    def show(self, after: np.ndarray, now: float = 5.0) -> tuple[Codec, ...]:
        """One change; in which codecs it went."""
        bands = changed_bands(self.screen, after)
        parts = self.encoders.encode_small(self.screen, after, bands, soft=(), now=now)
        parts = parts or self.encoders.encode(after, bands, soft=(), key=False)
        self.drawing.draw(parts)
        self.screen = after
        return tuple(part.codec for part in parts)

    def wrong(self, screen: np.ndarray) -> float:
        """By how much the worst row of bands differs, mean of its pixels."""
        differ = np.abs(self.drawing.pixels[..., :3].astype(int) - screen[..., :3]).mean(axis=2)
        return float(differ.reshape(HEIGHT // 16, 16, WIDTH // 16, 16).mean(axis=(1, 3)).max())


@pytest.mark.proves("P11", by="a strip is cut from the left edge whatever its place")
def test_a_small_change_goes_by_itself_and_nothing_around_it_is_touched() -> None:
    rig = Rig()
    before = rig.drawing.pixels.copy()
    after = changed(rig.screen, (64, 48, 160, 96), (480, 304, 560, 320))
    assert rig.show(after) == (Codec.JPEG, Codec.JPEG)
    around = np.ones((HEIGHT, WIDTH), bool)
    around[48:96, 64:160] = around[304:320, 480:560] = False
    assert np.array_equal(rig.drawing.pixels[around], before[around])
    assert psnr(rig.drawing.pixels[48:96, 64:160], after[48:96, 64:160]) > 30


@pytest.mark.parametrize("codec", sorted(VIDEO))
def test_the_next_picture_of_the_video_has_what_went_by_itself(codec: Codec) -> None:
    rig = Rig(codec)
    # A pixel in the first and the last row: all of the video is drawn.
    rig.show(changed(rig.screen, (64, 48, 160, 96)))
    large = changed(rig.screen, (0, 0, 1, 1), (0, HEIGHT - 1, 1, HEIGHT), (200, 100, 600, 300), shade=30)
    assert rig.show(large) == (codec,)
    assert rig.wrong(large) < 30, "where it lacks something it is wrong by a hundred"


def test_while_the_video_lacks_something_it_is_not_sharpened() -> None:
    """It would put the past over what went by itself."""
    encoders, before = Encoders((Codec.H264,), lambda codec, *_: FakeEncoder(codec)), menu(WIDTH, HEIGHT)
    encoders.encode(before, (WHOLE,), soft=(), key=True)
    encoders.steer(2_000_000, 50_000_000)
    for is_key in (False, True):
        after = changed(before, (64, 48, 160, 96))
        assert encoders.refine((WHOLE,)), "as long as it has everything"
        assert encoders.encode_small(before, after, ((48, 96),), soft=(), now=5.0)
        assert encoders.refine((WHOLE,)) == ()
        encoders.encode(after, ((0, 16),), soft=(), key=is_key)
        assert encoders.refine((WHOLE,))


def test_a_key_picture_has_everything() -> None:
    rig = Rig()
    rig.show(changed(rig.screen, (64, 48, 160, 96)))
    fresh = Drawing(WIDTH, HEIGHT)
    fresh.draw(rig.encoders.encode(rig.screen, (), soft=(), key=True))
    assert psnr(fresh.pixels, rig.screen) > 30


def test_what_is_not_small_is_the_videos() -> None:
    rig = Rig()
    assert rig.show(changed(rig.screen, (0, 0, 640, 200))) == (Codec.H264,)


def test_so_many_small_changes_at_once_and_then_the_video_again() -> None:
    rig, rng = Rig(), np.random.default_rng(1)
    went = []
    for _ in range(12):
        noise = rig.screen.copy()
        noise[:80, :440, :3] = rng.integers(0, 255, (80, 440, 3))
        went.append(rig.show(noise)[0])
    assert went == sorted(went, key=lambda codec: codec is Codec.H264)
    assert set(went) == {Codec.JPEG, Codec.H264}


@pytest.mark.parametrize("rig", [Rig(link_rate=None), Rig(link_rate=2_000_000), Rig(Codec.JPEG)])
def test_elsewhere_nothing_goes_by_itself(rig: Rig) -> None:
    after = changed(rig.screen, (64, 48, 160, 96))
    assert rig.encoders.encode_small(rig.screen, after, ((48, 96),), soft=(), now=5.0) == ()


def test_before_the_first_picture_and_after_another_resolution_nothing_goes_by_itself() -> None:
    before = menu(WIDTH, HEIGHT)
    after, encoders = changed(before, (64, 48, 160, 96)), Encoders((Codec.H264,))
    encoders.steer(2_000_000, 50_000_000)
    assert encoders.encode_small(before, after, ((48, 96),), soft=(), now=5.0) == ()
    rig = Rig()
    small = np.zeros((64, 64, 4), np.uint8)
    assert rig.encoders.encode_small(small, changed(small, (0, 0, 8, 8)), ((0, 16),), soft=(), now=5.0) == ()


def test_several_changes_that_went_by_themselves_are_all_in_the_next_picture_of_the_video() -> None:
    rig = Rig()
    after = rig.screen
    for box in ((64, 32, 160, 64), (300, 128, 380, 160), (480, 240, 560, 272)):
        after = changed(after, box)
        assert rig.show(after) == (Codec.JPEG,)
    large = changed(after, (0, 0, 1, 1), (0, HEIGHT - 1, 1, HEIGHT), (0, 280, 640, 352), shade=30)
    parts = rig.encoders.encode(large, changed_bands(after, large), soft=(WHOLE,), key=False)
    rig.drawing.draw(parts)
    assert rig.wrong(large) < 30


def test_more_places_than_the_relay_holds_back_are_the_videos() -> None:
    rig = Rig()
    boxes = [(64, 80 * n, 96, 80 * n + 16) for n in range(MOST_STRIPS + 1)]
    assert len(rig.show(changed(rig.screen, *boxes[:-1]))) == MOST_STRIPS
    assert rig.show(changed(rig.screen, *boxes, shade=120)) == (Codec.H264,)


def test_something_small_that_never_rests_does_not_keep_the_rest_of_the_screen_coarse() -> None:
    """A page that changed is coarse at first, and a sign on it turns ten times a second."""
    rig = Rig()
    rng = np.random.default_rng(2)
    page = rng.integers(0, 255, (HEIGHT // 4, WIDTH // 4, 4), np.uint8).repeat(4, 0).repeat(4, 1)
    page[..., 3] = 0
    rig.drawing.draw(rig.encoders.encode(page, (WHOLE,), soft=(), key=False))
    rig.screen, coarse, went = page, psnr(rig.drawing.pixels, page), []
    for step in range(40):
        turned = changed(rig.screen, (0, 0, 16, 16), shade=5 * step)
        parts = rig.encoders.encode_small(rig.screen, turned, ((0, 16),), soft=(WHOLE,), now=5 + step / 10)
        parts = parts or rig.encoders.encode(turned, ((0, 16),), soft=(WHOLE,), key=False)
        rig.drawing.draw(parts)
        rig.screen = turned
        went.append(parts[0].codec)
    assert went[0] is Codec.H264
    assert went[-1] is Codec.JPEG, "once the video is as sharp as it gets"
    assert psnr(rig.drawing.pixels, rig.screen) > coarse + 3


async def test_from_the_screen_to_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmallChanges, "may", lambda *_: True)
    async with running(Codec.H264) as rig:
        rig.draw_all()
        await rig.drawn_for(2)
        sent = len(rig.sink.pictures)
        after = changed(rig.device.picture().pixels, (32, 16, 48, 24))
        rig.device.paint(after, rig.clock.now_ms())
        await rig.advance(FRAME_S)
        ((head, _),) = rig.sink.pictures[sent:]
        assert (head.codec, head.key, head.width, head.height) == (Codec.JPEG, False, 64, 48)
        assert (head.x, head.y, head.columns, head.rows) == (32, 16, 16, 16)
        await rig.drawn_for(FINISH_AFTER_S + 1)
        finished = [head for head, _ in rig.sink.pictures[sent + 1 :]]
        assert {head.codec for head in finished} == {Codec.WEBP}, "exact, not by a video that lacks it"
        assert [(head.y, head.rows) for head in finished] == [(16, 16)]
