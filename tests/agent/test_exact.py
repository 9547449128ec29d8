"""A still screen is finished in strips: text to the pixel, photographs nearly, text first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from device_agent.picture import exact
from device_agent.picture.encoders import Encoders
from device_agent.picture.exact import Piece
from device_agent.picture.flow import FRAME_S, Flow
from device_agent.picture.jpeg import MAX_DATA_BYTES
from device_agent.picture.pipeline import PicturePipeline
from device_agent.picture.small import LINK_BIT_RATE
from seal.pictures import Codec, PictureHead
from tests.agent.drawing import Drawing, as_encoded
from tests.agent.fakes import FakeClock, FakeDevice
from tests.agent.scenes import menu, psnr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seal.messages import PictureState

WIDTH, HEIGHT = 320, 176
WHOLE = (0, HEIGHT)
PHOTO = (48, 96)


def screen() -> NDArray[np.uint8]:
    """Text and flat colour, and a photograph across the middle."""
    pixels = np.full((HEIGHT, WIDTH, 4), 40, np.uint8)
    pixels[100:120, 10:200:7, :3] = (250, 90, 10)
    y, x = np.mgrid[0:48, 0:WIDTH]
    waves = 128 + 90 * np.sin(x / 5.0) * np.cos(y / 7.0)
    pixels[slice(*PHOTO), :, :3] = waves[..., None].astype(np.uint8) + np.array([0, 20, 30], np.uint8)
    return pixels


def test_text_goes_first_and_without_loss_a_photograph_after_it() -> None:
    assert exact.pieces(screen(), (WHOLE,), most_rows=400) == (
        Piece((0, 48), lossless=True),
        Piece((96, HEIGHT), lossless=True),
        Piece(PHOTO, lossless=False),
    )


@pytest.mark.parametrize("most_rows", [16, 48, 96])
def test_pieces_cover_the_bands_once_and_are_no_higher_than_asked(most_rows: int) -> None:
    bands = ((16, 64), (112, HEIGHT))
    pieces = exact.pieces(screen(), bands, most_rows=most_rows)
    rows = sorted(row for piece in pieces for row in range(*piece.rows))
    assert rows == [row for band in bands for row in range(*band)]
    assert all(piece.rows[1] - piece.rows[0] <= most_rows for piece in pieces)


def test_a_finished_screen_is_exact_where_it_is_text_and_close_where_it_is_a_photograph() -> None:
    pixels, drawing = screen(), Drawing(WIDTH, HEIGHT)
    for piece in exact.pieces(pixels, (WHOLE,), most_rows=64):
        drawing.draw(exact.encode(pixels, piece))
    drawn = drawing.pixels
    assert np.array_equal(drawn[:48, :, :3], pixels[:48, :, :3])
    assert np.array_equal(drawn[96:, :, :3], pixels[96:, :, :3])
    assert psnr(drawn[slice(*PHOTO)], pixels[slice(*PHOTO)]) > 40


def test_a_strip_too_large_for_a_frame_is_cut_in_two() -> None:
    """wire/SPEC §4."""
    noise = np.random.default_rng(3).integers(0, 256, (400, 1920, 4), np.uint8)
    strips = exact.encode(noise, Piece((0, 400), lossless=True))
    assert len(strips) > 1
    assert all(strip.codec is Codec.WEBP and len(strip.data) <= MAX_DATA_BYTES for strip in strips)
    assert [strip.y for strip in strips[1:]] == [strip.y + strip.rows for strip in strips[:-1]]


def test_a_library_without_webp_finishes_nearly_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "CAN_LOSSLESS", False)
    pixels, drawing = screen(), Drawing(WIDTH, HEIGHT)
    for piece in exact.pieces(pixels, (WHOLE,), most_rows=400):
        drawing.draw(exact.encode(pixels, piece))
    assert psnr(drawing.pixels, pixels) > 35


class Console:
    """Draws each picture as soon as it is sent."""

    def __init__(self) -> None:
        self.drawing = Drawing(WIDTH, HEIGHT)
        self.sent = 0

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        self.sent = head.pic
        self.drawing.draw((as_encoded(head, data),))

    def send_current(self, pic: int, at: int, state: PictureState, masked: int) -> None:
        """Of no interest here."""


async def at_rest(codecs: tuple[Codec, ...]) -> NDArray[np.uint8]:
    """What a console shows a second after a menu's last change."""
    clock, device, console = FakeClock(), FakeDevice(width=WIDTH, height=HEIGHT), Console()
    pipeline = PicturePipeline(device=device, encoders=Encoders(codecs), sink=console, clock=clock)
    running = asyncio.create_task(pipeline.run())
    loop = asyncio.get_running_loop()
    for step in range(45):
        if step < 10:
            device.paint(menu(WIDTH, HEIGHT, focus=step % 8))
        elif step == 10:
            device.paint(screen())
        for _ in range(3):
            for _ in range(10):
                await asyncio.sleep(0)  # every other task runs until it waits
            await loop.run_in_executor(pipeline._worker, lambda: None)
        pipeline.acknowledge(console.sent)
        clock.advance(FRAME_S)
    running.cancel()
    await asyncio.wait({running})
    return console.drawing.pixels


@pytest.mark.parametrize("codecs", [(Codec.H264,), (Codec.H264_444,), (Codec.AV1,), (Codec.JPEG,)], ids=str)
async def test_whatever_moved_before_the_screen_at_rest_is_shown_as_it_is(codecs: tuple[Codec, ...]) -> None:
    """Coarse in motion, and within a second of rest all text is exact, with every codec."""
    drawn, pixels = await at_rest(codecs), screen()
    assert np.array_equal(drawn[:48, :, :3], pixels[:48, :, :3])
    assert np.array_equal(drawn[96:, :, :3], pixels[96:, :, :3])
    assert psnr(drawn, pixels) > 40


async def test_photographs_at_rest_are_finer_on_a_wide_link(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    for link_rate in (LINK_BIT_RATE - 1, LINK_BIT_RATE):
        monkeypatch.setattr(Flow, "link_rate", link_rate)
        drawn = await at_rest((Codec.H264,))
        shown.append(psnr(drawn[slice(*PHOTO)], screen()[slice(*PHOTO)]))
    assert shown[1] > shown[0] + 1
