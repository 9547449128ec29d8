"""What the encoders make is decoded again and compared with the screen."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from PIL import Image

from device_agent.picture.changes import changed_rows
from device_agent.picture.choice import choose_encoder
from device_agent.picture.encoder import CEILING_BIT_RATE, START_BIT_RATE, Encoded, H264Encoder
from device_agent.picture.jpeg import MAX_DATA_BYTES, JpegEncoder
from device_agent.picture.rate import FLOOR_BIT_RATE, Rate
from seal.pictures import Codec
from tests.agent.scenes import menu, psnr

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 320, 176
WHOLE = (0, HEIGHT)


class Decoder:
    """The console's decoder: BT.709, limited range, one picture out for one in."""

    def __init__(self) -> None:
        self._context = av.VideoCodecContext.create("h264", "r")

    def draw(self, encoded: tuple[Encoded, ...]) -> NDArray[np.uint8]:
        (part,) = encoded
        (frame,) = self._context.decode(av.Packet(part.data))
        assert frame.colorspace == av.video.reformatter.Colorspace.ITU709
        return np.asarray(frame.to_ndarray(format="bgra"), np.uint8)


def test_h264_shows_what_the_screen_shows() -> None:
    encoder, decoder = H264Encoder(WIDTH, HEIGHT), Decoder()
    screen = menu(WIDTH, HEIGHT)
    assert psnr(decoder.draw(encoder.encode(screen, WHOLE, key=True)), screen) > 33


@pytest.mark.parametrize("colour", [(0, 255, 0), (255, 0, 0), (0, 0, 255), (40, 180, 230)], ids=str)
def test_colours_are_those_of_the_screen(colour: tuple[int, int, int]) -> None:
    """Converted and labelled by the same standard: green shows a mix-up first."""
    screen = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    screen[..., :3] = colour
    drawn = Decoder().draw(H264Encoder(WIDTH, HEIGHT).encode(screen, WHOLE, key=True))
    assert np.abs(drawn[..., :3].astype(int) - screen[..., :3]).max() <= 6


def test_only_the_changed_rows_are_given_and_the_whole_picture_is_right() -> None:
    encoder, decoder = H264Encoder(WIDTH, HEIGHT), Decoder()
    before = menu(WIDTH, HEIGHT, focus=0)
    decoder.draw(encoder.encode(before, WHOLE, key=True))
    after = menu(WIDTH, HEIGHT, focus=5)
    rows = changed_rows(before, after)
    assert rows is not None
    assert rows != WHOLE
    assert psnr(decoder.draw(encoder.encode(after, rows, key=False)), after) > 33


def test_rows_outside_the_named_ones_stay_as_they_were() -> None:
    """The band conversion really is one: rows not named are not looked at."""
    encoder, decoder = H264Encoder(WIDTH, HEIGHT), Decoder()
    before = menu(WIDTH, HEIGHT)
    decoder.draw(encoder.encode(before, WHOLE, key=True))
    black = np.zeros_like(before)
    drawn = decoder.draw(encoder.encode(black, (0, 16), key=False))
    assert drawn[:12, :, :3].mean() < 30
    assert psnr(drawn[40:], before[40:]) > 30


def test_a_key_picture_comes_first_and_then_only_on_request() -> None:
    encoder = H264Encoder(WIDTH, HEIGHT)
    keys = [encoder.encode(menu(WIDTH, HEIGHT, focus=n), WHOLE, key=n in {0, 3})[0].key for n in range(6)]
    assert keys == [True, False, False, True, False, False]


def test_a_key_picture_stands_alone() -> None:
    encoder = H264Encoder(WIDTH, HEIGHT)
    encoder.encode(menu(WIDTH, HEIGHT), WHOLE, key=True)
    screen = menu(WIDTH, HEIGHT, focus=3)
    assert psnr(Decoder().draw(encoder.encode(screen, WHOLE, key=True)), screen) > 33


@pytest.mark.slow
def test_the_stream_is_what_the_console_asks_its_decoder_for() -> None:
    """avc1.42E028: baseline, level 4.0, Annex B, parameter sets with every key picture."""
    encoder = H264Encoder(1920, 1080)
    (first,) = encoder.encode(menu(1920, 1080), (0, 1080), key=True)
    assert first.data.startswith(b"\0\0\0\1\x67")
    profile, constraints, level = first.data[5:8]
    assert profile == 66
    assert constraints & 0b1100_0000 == 0b1100_0000
    assert level == 40
    (again,) = encoder.encode(menu(1920, 1080, focus=1), (0, 1080), key=True)
    assert again.data.startswith(b"\0\0\0\1\x67")


def test_a_screen_nobody_may_write_to_can_be_encoded() -> None:
    screen = menu(WIDTH, HEIGHT)
    screen.flags.writeable = False
    assert H264Encoder(WIDTH, HEIGHT).encode(screen, WHOLE, key=True)
    assert JpegEncoder().encode(screen, WHOLE, key=True)


def test_a_still_picture_gets_sharper_and_then_there_is_no_more() -> None:
    """A small budget makes the first picture soft; the refinements win it back."""
    encoder, decoder = H264Encoder(WIDTH, HEIGHT), Decoder()
    encoder.steer(FLOOR_BIT_RATE)
    rng = np.random.default_rng(7)
    screen = menu(WIDTH, HEIGHT)
    screen[40:120, :, :3] = rng.integers(0, 256, (80, WIDTH, 1), np.uint8)
    first = psnr(decoder.draw(encoder.encode(screen, WHOLE, key=True)), screen)
    last, count = first, 0
    while refined := encoder.refine():
        last, count = psnr(decoder.draw(refined), screen), count + 1
    assert count == 12
    assert last > first + 1


@pytest.mark.parametrize("refinements", [1, 3])
def test_a_new_picture_allows_new_refinements(refinements: int) -> None:
    encoder = H264Encoder(WIDTH, HEIGHT)
    encoder.encode(menu(WIDTH, HEIGHT), WHOLE, key=True)
    for _ in range(refinements):
        assert encoder.refine()
    encoder.encode(menu(WIDTH, HEIGHT, focus=1), WHOLE, key=False)
    assert sum(bool(encoder.refine()) for _ in range(20)) == 12


def drawn_jpeg(encoded: tuple[Encoded, ...], canvas: NDArray[np.uint8]) -> NDArray[np.uint8]:
    for part in encoded:
        strip = np.asarray(Image.open(io.BytesIO(part.data)).convert("RGB"))[..., ::-1]
        canvas[part.y : part.y + part.rows, :, :3] = strip
    return canvas


def test_jpeg_strips_put_the_screen_together() -> None:
    encoder = JpegEncoder()
    before, after = menu(WIDTH, HEIGHT), menu(WIDTH, HEIGHT, focus=4)
    canvas = drawn_jpeg(encoder.encode(before, WHOLE, key=True), np.zeros_like(before))
    rows = changed_rows(before, after)
    assert rows is not None
    strips = encoder.encode(after, rows, key=False)
    assert sum(strip.rows for strip in strips) == rows[1] - rows[0]
    assert psnr(drawn_jpeg(strips, canvas), after) > 27


def test_a_key_picture_in_jpeg_is_the_whole_screen_and_the_refinement_is_sharper_and_one() -> None:
    encoder, screen = JpegEncoder(), menu(WIDTH, HEIGHT)
    (first,) = encoder.encode(screen, (0, 16), key=True)
    assert (first.y, first.rows, first.key, first.codec) == (0, HEIGHT, True, Codec.JPEG)
    soft = psnr(drawn_jpeg((first,), np.zeros_like(screen)), screen)
    assert psnr(drawn_jpeg(encoder.refine(), np.zeros_like(screen)), screen) > soft
    assert encoder.refine() == ()


def test_a_strip_too_large_for_a_frame_is_cut_in_two() -> None:
    """wire/SPEC §4: noise does not compress."""
    noise = np.random.default_rng(3).integers(0, 256, (1080, 1920, 4), np.uint8)
    strips = JpegEncoder().encode(noise, (0, 1080), key=True)
    assert len(strips) > 1
    assert all(len(strip.data) <= MAX_DATA_BYTES for strip in strips)
    assert [strip.y for strip in strips[1:]] == [strip.y + strip.rows for strip in strips[:-1]]
    assert strips[-1].y + strips[-1].rows == 1080


@pytest.mark.parametrize(
    ("codecs", "width", "codec"),
    [
        ((Codec.H264, Codec.JPEG), WIDTH, Codec.H264),
        ((Codec.JPEG, Codec.H264), WIDTH, Codec.JPEG),
        ((Codec.H264,), WIDTH + 1, Codec.JPEG),
    ],
    ids=str,
)
def test_the_first_codec_the_console_names_is_used_if_it_fits_the_screen(
    codecs: tuple[Codec, ...], width: int, codec: Codec
) -> None:
    (first,) = choose_encoder(codecs, width, HEIGHT).encode(menu(width, HEIGHT), WHOLE, key=True)
    assert first.codec is codec


class BreaksAt(H264Encoder):
    """Fails at the nth picture, refinements counted."""

    broken_at = 1

    def _encode(self, *, key: bool) -> tuple[Encoded, ...]:
        if self._count + 1 == self.broken_at:
            raise av.error.ExternalError(0, "no more")
        return super()._encode(key=key)


@pytest.mark.parametrize("broken_at", [1, 2])
def test_when_video_fails_the_same_picture_comes_whole_as_strips_and_so_do_the_next(
    monkeypatch: pytest.MonkeyPatch, broken_at: int
) -> None:
    monkeypatch.setattr(BreaksAt, "broken_at", broken_at)
    monkeypatch.setattr("device_agent.picture.choice.H264Encoder", BreaksAt)
    encoder = choose_encoder((Codec.H264, Codec.JPEG), WIDTH, HEIGHT)
    for _ in range(broken_at - 1):
        assert encoder.encode(menu(WIDTH, HEIGHT), WHOLE, key=True)[0].codec is Codec.H264
    screen = menu(WIDTH, HEIGHT, focus=1)
    (strip,) = encoder.encode(screen, (16, 32), key=False)
    assert (strip.codec, strip.key, strip.y, strip.rows) == (Codec.JPEG, True, 0, HEIGHT)
    assert psnr(drawn_jpeg((strip,), np.zeros_like(screen)), screen) > 27
    encoder.steer(FLOOR_BIT_RATE)
    assert encoder.encode(screen, (16, 32), key=False)[0].rows == 16
    assert encoder.refine()[0].codec is Codec.JPEG


def test_a_refinement_that_fails_sends_nothing_and_the_next_picture_is_a_strip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BreaksAt, "broken_at", 2)
    monkeypatch.setattr("device_agent.picture.choice.H264Encoder", BreaksAt)
    encoder = choose_encoder((Codec.H264, Codec.JPEG), WIDTH, HEIGHT)
    encoder.encode(menu(WIDTH, HEIGHT), WHOLE, key=True)
    assert encoder.refine() == ()
    assert encoder.encode(menu(WIDTH, HEIGHT), (0, 16), key=False)[0].codec is Codec.JPEG


def test_a_library_without_x264_serves_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/licences.md: a maker may ship one."""
    monkeypatch.setattr("device_agent.picture.encoder.X264", "no-such-codec")
    encoder = choose_encoder((Codec.H264, Codec.JPEG), WIDTH, HEIGHT)
    assert encoder.encode(menu(WIDTH, HEIGHT), WHOLE, key=True)[0].codec is Codec.JPEG


@pytest.mark.parametrize(
    ("row", "rows"), [(0, (0, 16)), (15, (0, 16)), (16, (16, 32)), (175, (160, 176))], ids=str
)
def test_one_changed_pixel_marks_its_band(row: int, rows: tuple[int, int]) -> None:
    before = menu(WIDTH, HEIGHT)
    after = before.copy()
    after[row, 7, 1] ^= 1
    assert changed_rows(before, after) == rows


def test_changes_far_apart_span_the_rows_between() -> None:
    before = menu(WIDTH, HEIGHT)
    after = before.copy()
    after[20, 0, 0] ^= 1
    after[140, 0, 0] ^= 1
    assert changed_rows(before, after) == (16, 144)


def test_a_repaint_of_the_same_is_no_change() -> None:
    before = menu(WIDTH, HEIGHT)
    assert changed_rows(before, before.copy()) is None
    assert changed_rows(before, before) is None


def test_the_last_band_may_be_short() -> None:
    before = np.zeros((40, 8, 4), np.uint8)
    after = before.copy()
    after[39] = 1
    assert changed_rows(before, after) == (32, 40)


def test_the_rate_falls_fast_rises_slowly_and_stays_within_its_bounds() -> None:
    rate = Rate()
    assert rate.after(0.5).bit_rate < START_BIT_RATE * 0.7
    assert START_BIT_RATE < rate.after(0.05).bit_rate < START_BIT_RATE * 1.1
    assert rate.after(0.2) == rate
    low = high = rate
    for _ in range(200):
        low, high = low.after(9), high.after(0)
    assert (low.bit_rate, high.bit_rate) == (FLOOR_BIT_RATE, CEILING_BIT_RATE)
