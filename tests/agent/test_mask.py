"""What the device calls private is in nothing that leaves it: every codec's stream is decoded."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from device_agent.devices.protocol import Picture, Shows
from device_agent.picture.encoders import Encoders
from device_agent.picture.flow import FRAME_S
from device_agent.picture.mask import covered, words_over
from device_agent.picture.pipeline import PicturePipeline
from device_agent.picture.small import SmallChanges
from seal.messages import PictureState
from seal.pictures import Codec, PictureHead
from tests.agent.drawing import Drawing, as_encoded
from tests.agent.fakes import NOW_MS, FakeClock, FakeDevice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from device_agent.devices.protocol import Region

WIDTH, HEIGHT = 320, 176
SECRET = (0, 0, 255)  # pure red: nothing else on the screen comes near it
FIELD = (40, 56, 200, 96)


def screen(*secrets: Region, ground: int = 60) -> NDArray[np.uint8]:
    """A grey screen with red where something secret stands."""
    pixels = np.full((HEIGHT, WIDTH, 4), ground, np.uint8)
    for left, top, right, bottom in secrets:
        pixels[top:bottom, left:right, :3] = SECRET
    return pixels


def shows_secret(pixels: NDArray[np.uint8]) -> bool:
    """Whether any pixel is redder than the screen's greys, the hatch and its words ever get, decoded."""
    colours = pixels[..., :3].astype(int)
    return bool((colours[..., 2] - colours[..., 1] > 60).any())


def picture(*private: Region) -> Picture:
    return Picture(1, NOW_MS, screen(FIELD), private=private)


def test_the_secret_is_seen_where_nothing_covers_it() -> None:
    assert shows_secret(screen(FIELD))


def test_a_private_region_is_covered_and_nothing_else() -> None:
    before = picture(FIELD)
    after = covered(before, "Private")
    assert not shows_secret(after.pixels)
    assert (after.masked, after.private, after.serial) == (1, (), before.serial)
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[FIELD[1] : FIELD[3], FIELD[0] : FIELD[2]] = False
    assert np.array_equal(after.pixels[outside], before.pixels[outside])
    assert shows_secret(before.pixels), "the device's own picture is never written to"


def test_a_picture_without_private_regions_is_passed_on_as_it_is() -> None:
    it = picture()
    assert covered(it, "Private") is it


@pytest.mark.parametrize(
    ("region", "count"),
    [
        ((200, 96, 40, 56), 1),  # edges in the wrong order cover as much
        ((-500, -500, 5000, 5000), 1),
        ((0, 0, WIDTH, HEIGHT), 1),
    ],
)
def test_an_odd_region_covers_more_rather_than_less(region: Region, count: int) -> None:
    after = covered(picture(region), "Private")
    assert after.masked == count
    assert not shows_secret(after.pixels)


@pytest.mark.parametrize("region", [(-9, -9, 0, 0), (WIDTH, 0, WIDTH + 9, 9), (5, 5, 5, 90)])
def test_a_region_off_the_screen_is_not_counted(region: Region) -> None:
    it = picture(region)
    assert covered(it, "Private") is it


def test_the_cover_is_a_hatch_with_words_and_not_black() -> None:
    left, top, right, bottom = FIELD
    with_words = covered(picture(FIELD), "Private").pixels[top:bottom, left:right, :3]
    without = covered(picture(FIELD), "").pixels[top:bottom, left:right, :3]
    assert len(np.unique(without.reshape(-1, 3), axis=0)) == 2
    assert not np.array_equal(with_words, without)
    assert with_words.max() > 200
    assert without.max() > 0


@pytest.mark.parametrize("language", ["en", "vi", "lv", "nb", "cs"])
def test_the_words_are_in_the_devices_language(language: str) -> None:
    assert words_over(language) != "tv.private"


@pytest.mark.parametrize("size", [1, 2, 17])
def test_a_region_too_small_for_words_is_covered_all_the_same(size: int) -> None:
    it = replace(picture(), private=((50, 60, 50 + size, 60 + size),))
    region = covered(it, "Private").pixels[60 : 60 + size, 50 : 50 + size]
    assert not shows_secret(region)


class Watcher:
    """Draws each picture as it comes and looks at it at once: a secret of one frame counts."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.drawing = Drawing(width, height)
        self.heads: list[PictureHead] = []
        self.words: list[tuple[PictureState, int]] = []
        self.leaks: list[int] = []

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        self.heads.append(head)
        if shows_secret(self.drawing.draw((as_encoded(head, data),))):
            self.leaks.append(head.pic)

    def send_current(self, pic: int, at: int, state: PictureState, masked: int) -> None:
        self.words.append((state, masked))


async def played(
    codec: Codec, frames: Sequence[tuple[NDArray[np.uint8], tuple[Region, ...], Shows]]
) -> Watcher:
    """A session in which the screen shows these one after the other, is asked for key pictures, and rests."""
    clock, device, watcher = FakeClock(), FakeDevice(width=WIDTH, height=HEIGHT), Watcher()
    device.paint(frames[0][0], shows=frames[0][2], private=frames[0][1])
    pipeline = PicturePipeline(device=device, encoders=Encoders((codec,)), sink=watcher, clock=clock)
    running = asyncio.create_task(pipeline.run())
    loop = asyncio.get_running_loop()
    for step in range(len(frames) + 40):
        if 0 < step < len(frames):
            device.paint(frames[step][0], shows=frames[step][2], private=frames[step][1])
        if step in {3, len(frames) + 38}:
            pipeline.want_key()
        for _ in range(3):
            for _ in range(10):
                await asyncio.sleep(0)  # every other task runs until it waits
            await loop.run_in_executor(pipeline._worker, lambda: None)
        pipeline.acknowledge(watcher.heads[-1].pic if watcher.heads else 0)
        clock.advance(FRAME_S)
    running.cancel()
    await asyncio.wait({running})
    return watcher


def moving(*, private: bool) -> list[tuple[NDArray[np.uint8], tuple[Region, ...], Shows]]:
    """A secret that moves 11 px right and 5 down with each picture."""
    at = [(20 + 11 * n, 16 + 5 * n, 100 + 11 * n, 50 + 5 * n) for n in range(10)]
    return [(screen(one), (one,) if private else (), Shows.PICTURE) for one in at]


CODECS = [Codec.H264, Codec.H264_444, Codec.AV1, Codec.JPEG]


@pytest.mark.parametrize("is_private", [True, False])
async def test_a_private_region_that_moves_is_in_nothing_that_goes_by_itself(
    monkeypatch: pytest.MonkeyPatch, *, is_private: bool
) -> None:
    """Not private it is seen: the check can fail."""
    monkeypatch.setattr(SmallChanges, "may", lambda *_: True)
    monkeypatch.setattr(SmallChanges, "fit", lambda *_: True)
    watcher = await played(Codec.H264, moving(private=is_private))
    assert len([head for head in watcher.heads if head.codec is Codec.JPEG]) > 4
    assert bool(watcher.leaks) is not is_private


@pytest.mark.proves("G12", by="a private region is encoded as it is")
@pytest.mark.parametrize("codec", CODECS)
async def test_a_private_region_that_moves_is_in_no_picture_no_refinement_and_no_strip(codec: Codec) -> None:
    watcher = await played(codec, moving(private=True))
    assert watcher.leaks == []
    codecs = {head.codec for head in watcher.heads}
    assert {codec, Codec.WEBP} <= codecs, "the still screen was finished without loss, covered too"
    assert sum(head.key for head in watcher.heads) >= 2
    assert (PictureState.LIVE, 1) in watcher.words


@pytest.mark.parametrize("codec", CODECS)
async def test_the_same_secret_undeclared_is_seen(codec: Codec) -> None:
    """The check above can fail."""
    assert (await played(codec, moving(private=False))).leaks


async def test_a_screen_the_customer_hides_is_not_encoded_at_all_until_it_is_shown_again() -> None:
    plain, secret = screen(), screen(FIELD)
    frames = [(plain, (), Shows.PICTURE)] * 3 + [(secret, (), Shows.HIDDEN)] * 5
    watcher = await played(Codec.H264, frames)
    assert watcher.leaks == []
    assert watcher.words[-1] == (PictureState.HIDDEN, 0)
    shown_again = await played(Codec.H264, [*frames, (screen(ground=90), (), Shows.PICTURE)])
    assert shown_again.leaks == []
    assert shown_again.words[-1] == (PictureState.LIVE, 0)
