"""What the encoders make is decoded again and compared with the screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from device_agent.picture.av1 import REFINEMENTS as AV1_REFINEMENTS
from device_agent.picture.av1 import Av1Encoder
from device_agent.picture.changes import changed_bands, span
from device_agent.picture.encoders import Encoders
from device_agent.picture.flow import LOWEST_BIT_RATE
from device_agent.picture.h264 import (
    CEILING_BIT_RATE,
    CLASSES,
    DOWN_AFTER,
    REFINEMENTS,
    SHARP,
    UP_AFTER,
    H264Encoder,
    class_of,
)
from device_agent.picture.jpeg import MAX_DATA_BYTES, JpegEncoder, strips
from seal.pictures import Codec
from tests.agent.drawing import Drawing
from tests.agent.scenes import menu, psnr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows
    from device_agent.picture.encoder import Encoded, Encoder

WIDTH, HEIGHT = 320, 176
WHOLE = (0, HEIGHT)
VIDEO_CODECS = [Codec.H264, Codec.H264_444, Codec.AV1]


def video(codec: Codec, width: int = WIDTH, height: int = HEIGHT) -> Encoder:
    return Av1Encoder(width, height) if codec is Codec.AV1 else H264Encoder(width, height, codec=codec)


def whole(encoder: Encoder, screen: NDArray[np.uint8], *, key: bool = True) -> tuple[Encoded, ...]:
    rows = (0, len(screen))
    return encoder.encode(screen, (rows,), drawn=rows, key=key)


@pytest.mark.proves("P11")
@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_video_shows_what_the_screen_shows(codec: Codec) -> None:
    screen = menu(WIDTH, HEIGHT)
    (first,) = encoded = whole(video(codec), screen)
    assert (first.codec, first.key, first.y, first.rows) == (codec, True, 0, HEIGHT)
    assert psnr(Drawing(WIDTH, HEIGHT).draw(encoded), screen) > 31


@pytest.mark.parametrize("colour", [(0, 255, 0), (255, 0, 0), (0, 0, 255), (40, 180, 230)], ids=str)
@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_colours_are_those_of_the_screen(codec: Codec, colour: tuple[int, int, int]) -> None:
    """Converted and labelled by the same standard: green shows a mix-up first."""
    screen = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    screen[..., :3] = colour
    drawn = Drawing(WIDTH, HEIGHT).draw(whole(video(codec), screen))
    assert np.abs(drawn[..., :3].astype(int) - screen[..., :3]).max() <= 6


def test_full_colour_keeps_coloured_text_sharp() -> None:
    screen = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    screen[:, ::2, 2] = 255  # red lines one pixel wide
    halved, full = (
        psnr(Drawing(WIDTH, HEIGHT).draw(whole(video(codec), screen)), screen)
        for codec in (Codec.H264, Codec.H264_444)
    )
    assert full > halved + 5


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_only_the_changed_bands_are_given_and_the_whole_picture_is_right(codec: Codec) -> None:
    encoder, drawing = video(codec), Drawing(WIDTH, HEIGHT)
    before = menu(WIDTH, HEIGHT, focus=0)
    drawing.draw(whole(encoder, before))
    after = menu(WIDTH, HEIGHT, focus=5)
    bands = changed_bands(before, after)
    assert span(bands) != WHOLE
    encoded = encoder.encode(after, bands, drawn=span(bands), key=False)
    assert (encoded[0].y, encoded[0].y + encoded[0].rows) == span(bands)
    assert psnr(drawing.draw(encoded), after) > 31


def test_rows_outside_the_named_ones_stay_as_they_were() -> None:
    """The band conversion really is one: rows not named are not looked at."""
    encoder, drawing = video(Codec.H264), Drawing(WIDTH, HEIGHT)
    before = menu(WIDTH, HEIGHT)
    drawing.draw(whole(encoder, before))
    black = np.zeros_like(before)
    drawn = drawing.draw(encoder.encode(black, ((0, 16), (160, 176)), drawn=WHOLE, key=False))
    assert drawn[:12, :, :3].mean() < 30
    assert drawn[164:, :, :3].mean() < 30
    assert psnr(drawn[40:140], before[40:140]) > 30


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_a_key_picture_comes_first_and_then_only_on_request(codec: Codec) -> None:
    encoder = video(codec)
    pictures = [whole(encoder, menu(WIDTH, HEIGHT, focus=n), key=n in {0, 3})[0] for n in range(6)]
    assert [one.key for one in pictures] == [True, False, False, True, False, False]


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_a_key_picture_stands_alone_and_is_drawn_whole(codec: Codec) -> None:
    encoder, screen = video(codec), menu(WIDTH, HEIGHT, focus=3)
    whole(encoder, menu(WIDTH, HEIGHT))
    (key,) = encoder.encode(screen, (WHOLE,), drawn=(16, 32), key=True)
    assert (key.y, key.rows) == (0, HEIGHT)
    assert psnr(Drawing(WIDTH, HEIGHT).draw((key,)), screen) > 31


@pytest.mark.slow
@pytest.mark.parametrize(
    ("codec", "profile", "constraints"), [(Codec.H264, 66, 0xC0), (Codec.H264_444, 244, 0)], ids=str
)
def test_the_stream_is_what_the_console_asks_its_decoder_for(
    codec: Codec, profile: int, constraints: int
) -> None:
    """avc1.42E028 and avc1.F40028: level 4.0, Annex B, parameter sets with every key picture."""
    encoder = video(codec, 1920, 1080)
    for focus in (0, 1):
        (key,) = whole(encoder, menu(1920, 1080, focus=focus))
        assert key.data.startswith(b"\0\0\0\1\x67")
        assert (key.data[5], key.data[6] & constraints, key.data[7]) == (profile, constraints, 40)


@pytest.mark.slow
def test_a_screen_larger_than_full_hd_has_a_level_of_its_own() -> None:
    """avc1.42E033, as the console asks for then."""
    (key,) = whole(video(Codec.H264, 2560, 1440), menu(2560, 1440))
    assert key.data[7] == 51


@pytest.mark.slow
def test_a_first_picture_is_small_enough_to_come_at_once() -> None:
    """SCREEN §7: coarse first; on a line of 1 Mbit/s all of it would take a second and a half."""
    rng = np.random.default_rng(5)
    screen = menu(1920, 1080)
    screen[300:700, :, :3] = rng.integers(0, 256, (400, 1920, 3), np.uint8)
    (key,) = whole(video(Codec.H264, 1920, 1080), screen)
    assert 20 * 1024 < len(key.data) <= 60 * 1024


@pytest.mark.parametrize("codec", [*VIDEO_CODECS, Codec.JPEG])
def test_a_screen_nobody_may_write_to_can_be_encoded(codec: Codec) -> None:
    screen = menu(WIDTH, HEIGHT)
    screen.flags.writeable = False
    assert whole(JpegEncoder() if codec is Codec.JPEG else video(codec), screen)


def test_a_still_picture_gets_sharper_and_then_there_is_no_more() -> None:
    """A small budget makes the first picture soft; the refinements win it back."""
    encoder = H264Encoder(WIDTH, HEIGHT, bit_rate=LOWEST_BIT_RATE)
    drawing, screen = Drawing(WIDTH, HEIGHT), menu(WIDTH, HEIGHT)
    rng = np.random.default_rng(7)
    screen[40:120, :, :3] = rng.integers(0, 256, (80, WIDTH, 1), np.uint8)
    first = last = psnr(drawing.draw(whole(encoder, screen)), screen)
    count = 0
    while refined := encoder.refine(WHOLE):
        last, count = psnr(drawing.draw(refined), screen), count + 1
    assert 1 <= count <= REFINEMENTS
    assert last > first + 1


def test_a_picture_that_is_sharp_at_once_is_not_refined() -> None:
    encoder, screen = H264Encoder(WIDTH, HEIGHT), np.full((HEIGHT, WIDTH, 4), 90, np.uint8)
    whole(encoder, screen)
    stream = encoder._stream
    assert stream.quantiser is not None
    assert stream.quantiser > SHARP or encoder.refine(WHOLE) == ()
    while encoder.refine(WHOLE):
        pass
    assert stream.quantiser <= SHARP or encoder._refinements == 0


def test_no_encoder_makes_itself_real_time() -> None:
    """SVT-AV1 does as root: then everything else on a small device stands still for each picture."""
    for codec in VIDEO_CODECS:
        encoder = video(codec)
        whole(encoder, menu(WIDTH, HEIGHT))
        policies = {os.sched_getscheduler(int(thread.name)) for thread in Path("/proc/self/task").iterdir()}
        assert not policies & {os.SCHED_FIFO, os.SCHED_RR}


def test_av1_is_refined_until_one_of_its_finer_pictures_has_passed() -> None:
    """It was called sharp at the first repetition that brought nothing, which the next one would have."""
    encoder, drawing = Av1Encoder(WIDTH, HEIGHT), Drawing(WIDTH, HEIGHT)
    drawing.draw(whole(encoder, menu(WIDTH, HEIGHT)))
    for focus in range(1, 6):
        screen = menu(WIDTH, HEIGHT, focus=focus)
        at_first = psnr(drawing.draw(whole(encoder, screen, key=False)), screen)
        count = 0
        while refined := encoder.refine(WHOLE):
            sharpened, count = psnr(drawing.draw(refined), screen), count + 1
        assert count == AV1_REFINEMENTS
        assert sharpened > at_first


@pytest.mark.parametrize("bit_rate", [*CLASSES, 1, 900_000, 1_000_000, 1_750_000, 9_000_000])
def test_a_class_serves_its_rate(bit_rate: int) -> None:
    fit = class_of(bit_rate)
    assert fit * 1.1 >= min(bit_rate, CEILING_BIT_RATE)
    assert all(lower * 1.1 < bit_rate for lower in CLASSES if lower < fit)


def test_a_large_move_of_the_rate_opens_another_encoder_with_a_key_picture_a_small_one_does_not() -> None:
    encoder, screen = H264Encoder(WIDTH, HEIGHT), menu(WIDTH, HEIGHT)
    whole(encoder, screen)

    def keys(bit_rate: int, times: int) -> int:
        found = 0
        for _ in range(times):
            encoder.steer(bit_rate)
            found += whole(encoder, screen, key=False)[0].key
        return found

    assert keys(2_000_000, 10) == 0
    assert keys(500_000, DOWN_AFTER - 1) == 0
    assert keys(2_000_000, 1) == 0
    assert keys(500_000, DOWN_AFTER) == 1
    assert keys(3_000_000, UP_AFTER - 1) == 0
    assert keys(3_000_000, 2) == 1


def never_sharp(seed: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).integers(0, 256, (360, 640, 1), np.uint8)
    return np.repeat(noise, 4, axis=2)


def asked_for(encoder: H264Encoder, bit_rate: int, times: int) -> None:
    for _ in range(times):
        encoder.steer(bit_rate)


@pytest.mark.parametrize("bit_rate", [500_000, 9_000_000])
def test_another_class_never_takes_the_place_of_a_picture_at_rest(bit_rate: int) -> None:
    encoder = H264Encoder(640, 360, bit_rate=1_700_000)
    whole(encoder, never_sharp(0))
    asked_for(encoder, bit_rate, UP_AFTER)
    assert [part.key for _ in range(3) for part in encoder.refine(WHOLE)] == [False] * 3


def test_a_menu_that_moves_now_and_then_keeps_its_class_unless_a_lower_one_is_asked_for() -> None:
    encoder = H264Encoder(640, 360, bit_rate=1_700_000)

    def changes(*, rests: bool) -> bool:
        assert not rests or encoder.refine(WHOLE)
        (picture,) = whole(encoder, never_sharp(1), key=False)
        return picture.key

    assert whole(encoder, never_sharp(0))[0].key
    asked_for(encoder, 9_000_000, UP_AFTER)
    assert not any(changes(rests=True) for _ in range(3))
    assert changes(rests=False)  # two in a row are motion
    asked_for(encoder, 500_000, DOWN_AFTER)
    assert changes(rests=True)


def test_a_low_class_makes_small_pictures() -> None:
    rng = np.random.default_rng(7)
    sizes = []
    for bit_rate in (CEILING_BIT_RATE, 425_000):
        encoder = H264Encoder(640, 360, bit_rate=bit_rate)
        total = 0
        for _ in range(20):
            noise = np.repeat(rng.integers(0, 256, (360, 640, 1), np.uint8), 4, axis=2)
            total += len(whole(encoder, noise, key=False)[0].data)
        sizes.append(total)
    assert sizes[1] < sizes[0] / 2


def test_jpeg_strips_put_the_screen_together() -> None:
    encoder, drawing = JpegEncoder(), Drawing(WIDTH, HEIGHT)
    before, after = menu(WIDTH, HEIGHT), menu(WIDTH, HEIGHT, focus=4)
    after[0:16] = 200
    drawing.draw(whole(encoder, before))
    bands = changed_bands(before, after)
    assert len(bands) > 1
    parts = encoder.encode(after, bands, drawn=WHOLE, key=False)
    assert [(part.y, part.y + part.rows) for part in parts] == list(bands)
    assert psnr(drawing.draw(parts), after) > 27


def test_a_key_picture_in_jpeg_is_the_whole_screen() -> None:
    (first,) = JpegEncoder().encode(menu(WIDTH, HEIGHT), ((0, 16),), drawn=(0, 16), key=True)
    assert (first.y, first.rows, first.key, first.codec) == (0, HEIGHT, True, Codec.JPEG)


def test_a_strip_too_large_for_a_frame_is_cut_in_two() -> None:
    """wire/SPEC §4: noise does not compress."""
    noise = np.random.default_rng(3).integers(0, 256, (1080, 1920, 4), np.uint8)
    parts = strips(noise, (0, 1080), quality=92, subsampling="444")
    assert len(parts) > 1
    assert all(len(strip.data) <= MAX_DATA_BYTES for strip in parts)
    assert [strip.y for strip in parts[1:]] == [strip.y + strip.rows for strip in parts[:-1]]
    assert parts[-1].y + parts[-1].rows == 1080


class BreaksAt(H264Encoder):
    """Fails at the nth picture, refinements counted."""

    broken_at = 1

    def encode(
        self, pixels: NDArray[np.uint8], bands: Sequence[Rows], *, drawn: Rows, key: bool
    ) -> tuple[Encoded, ...]:
        self._count()
        return super().encode(pixels, bands, drawn=drawn, key=key)

    def refine(self, drawn: Rows) -> tuple[Encoded, ...]:
        self._count()
        return super().refine(drawn)

    def _count(self) -> None:
        if self._stream._count + 1 == self.broken_at:
            raise av.error.ExternalError(0, "no more")


def in_use(*codecs: Codec) -> Encoders:
    return Encoders(codecs or (Codec.H264, Codec.JPEG))


def given(encoders: Encoders, screen: NDArray[np.uint8], *bands: Rows) -> tuple[Encoded, ...]:
    return encoders.encode(screen, bands or ((0, len(screen)),), soft=(), key=not bands)


@pytest.mark.parametrize("broken_at", [1, 2])
def test_when_video_fails_the_same_picture_comes_whole_as_strips_and_so_do_the_next(
    monkeypatch: pytest.MonkeyPatch, broken_at: int
) -> None:
    monkeypatch.setattr(BreaksAt, "broken_at", broken_at)
    monkeypatch.setattr("device_agent.picture.choice.H264Encoder", BreaksAt)
    encoders = in_use()
    for _ in range(broken_at - 1):
        assert given(encoders, menu(WIDTH, HEIGHT))[0].codec is Codec.H264
    screen = menu(WIDTH, HEIGHT, focus=1)
    (strip,) = given(encoders, screen, (16, 32))
    assert (strip.codec, strip.key, strip.y, strip.rows) == (Codec.JPEG, True, 0, HEIGHT)
    assert psnr(Drawing(WIDTH, HEIGHT).draw((strip,)), screen) > 27
    encoders.steer(LOWEST_BIT_RATE, None)
    assert given(encoders, screen, (16, 32))[0].rows == 16


def test_a_refinement_that_fails_sends_nothing_and_the_next_picture_is_a_strip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BreaksAt, "broken_at", 2)
    monkeypatch.setattr("device_agent.picture.choice.H264Encoder", BreaksAt)
    encoders = in_use()
    given(encoders, menu(WIDTH, HEIGHT))
    assert encoders.refine((WHOLE,)) == ()
    assert given(encoders, menu(WIDTH, HEIGHT), (0, 16))[0].codec is Codec.JPEG


def test_where_one_video_encoder_fails_another_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device_agent.picture.choice.H264Encoder", BreaksAt)
    (picture,) = given(in_use(Codec.H264, Codec.AV1, Codec.JPEG), menu(WIDTH, HEIGHT))
    assert (picture.codec, picture.key) == (Codec.AV1, True)


def test_a_library_without_encoders_serves_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/licences.md: a maker may ship one."""
    monkeypatch.setattr("device_agent.picture.h264.X264", "no-such-codec")
    monkeypatch.setattr("device_agent.picture.av1.SVT", "no-such-codec")
    encoders = in_use(Codec.H264, Codec.H264_444, Codec.AV1, Codec.JPEG)
    assert given(encoders, menu(WIDTH, HEIGHT))[0].codec is Codec.JPEG


@pytest.mark.parametrize(
    ("row", "rows"), [(0, (0, 16)), (15, (0, 16)), (16, (16, 32)), (175, (160, 176))], ids=str
)
def test_one_changed_pixel_marks_its_band(row: int, rows: tuple[int, int]) -> None:
    before = menu(WIDTH, HEIGHT)
    after = before.copy()
    after[row, 7, 1] ^= 1
    assert changed_bands(before, after) == (rows,)


def test_changes_far_apart_are_bands_of_their_own_near_ones_are_joined() -> None:
    before = menu(WIDTH, HEIGHT)
    after = before.copy()
    after[20, 0, 0] ^= 1
    after[140, 0, 0] ^= 1
    assert changed_bands(before, after) == ((16, 32), (128, 144))
    after[60, 0, 0] ^= 1
    assert changed_bands(before, after) == ((16, 64), (128, 144))


def test_a_repaint_of_the_same_is_no_change() -> None:
    before = menu(WIDTH, HEIGHT)
    assert changed_bands(before, before.copy()) == ()
    assert changed_bands(before, before) == ()


def test_the_last_band_may_be_short() -> None:
    before = np.zeros((40, 8, 4), np.uint8)
    after = before.copy()
    after[39] = 1
    assert changed_bands(before, after) == ((32, 40),)
