"""The moving picture of HDMI 1: a coast that drifts by for ever, with a boat on it. A few ms per picture.

The land is painted once, as wide as two screens and closed to a ring; a picture is two copies out of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from device_agent.devices.simulated_tv.paint import poster_art, tone
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH, Canvas, ink

if TYPE_CHECKING:
    from numpy.typing import NDArray

RING: Final = WIDTH * 2
PX_PER_S: Final = 150
_HORIZON: Final = 690
_SHORE: Final = 400  # clouds keep this far from the seam of the ring


def picture(at_ms: int, shade: tone.Tone) -> NDArray[np.uint8]:
    """The coast as it lies at a moment, in a tone; a fresh array."""
    land = _toned(shade)
    left = at_ms * PX_PER_S // 1000 % RING
    pixels = np.empty((HEIGHT, WIDTH, 4), dtype=np.uint8)
    first = min(WIDTH, RING - left)
    pixels[:, :first] = land[:, left : left + first]
    pixels[:, first:] = land[:, : WIDTH - first]
    bob = round(9 * np.sin(at_ms / 900))
    Canvas(pixels).picture(_boat(), 1180, _HORIZON + 40 + bob)
    return pixels


@lru_cache(maxsize=2)
def _toned(shade: tone.Tone) -> NDArray[np.uint8]:
    return tone.put_on(_land(), shade)


@lru_cache(maxsize=1)
def _land() -> NDArray[np.uint8]:
    image = poster_art.gradient(RING, HEIGHT, ((52, 104, 168), (126, 174, 206), (238, 214, 176)))
    _clouds(image)
    pen = ImageDraw.Draw(image)
    for depth, colour in enumerate(((134, 156, 176), (96, 128, 132), (58, 96, 88))):
        pen.polygon([(0, HEIGHT), *_ridge(depth), (RING, HEIGHT)], fill=ink(colour))
    _sea(image)
    _houses(ImageDraw.Draw(image))
    return np.array(image.filter(ImageFilter.GaussianBlur(0.6)))


def _ridge(depth: int) -> list[tuple[float, float]]:
    """Waves whose lengths divide the ring, so that its ends meet."""
    x = np.arange(0, RING + 1, 8)
    turn = 2 * np.pi * x / RING
    waves = ((3, 46), (7, 30), (13, 16), (29, 7), (61, 4))
    rise = np.zeros(len(x))
    for many, size in waves:
        rise += size * np.sin(turn * (many + depth) + many * 1.7 + depth * 2.1)
    y = _HORIZON - 190 + depth * 74 - rise * (1 - depth * 0.2)
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]


def _clouds(image: Image.Image) -> None:
    rng = np.random.default_rng(5)
    veil = Image.new("L", (RING, HEIGHT))
    pen = ImageDraw.Draw(veil)
    for x, y in zip(rng.uniform(_SHORE, RING - _SHORE, 26), rng.uniform(60, 330, 26), strict=True):
        for _ in range(7):
            across, down = rng.uniform(-130, 130), rng.uniform(-16, 16)
            wide, tall = rng.uniform(60, 150), rng.uniform(14, 34)
            pen.ellipse((x + across - wide, y + down - tall, x + across + wide, y + down + tall), fill=74)
    image.paste(ink((255, 250, 244)), (0, 0, RING, HEIGHT), veil.filter(ImageFilter.GaussianBlur(26)))


def _sea(image: Image.Image) -> None:
    water = poster_art.gradient(RING, HEIGHT - _HORIZON, ((92, 150, 166), (34, 92, 116), (20, 62, 88)))
    pen = ImageDraw.Draw(water)
    rng = np.random.default_rng(9)
    for x, depth in zip(rng.uniform(0, RING, 900), rng.uniform(0, 1, 900), strict=True):
        y, half = depth**1.6 * (HEIGHT - _HORIZON - 6) + 3, 12 + 60 * depth
        for turn in (-RING, 0, RING):  # a wave across the seam is drawn at both ends
            ends = (x + turn - half, y, x + turn + half, y)
            pen.line(ends, fill=ink((150, 196, 204)), width=1 + round(2 * depth))
    image.paste(water.filter(ImageFilter.GaussianBlur(1.1)), (0, _HORIZON))


def _houses(pen: ImageDraw.ImageDraw) -> None:
    rng = np.random.default_rng(21)
    walls = ((226, 214, 196), (196, 92, 76), (220, 172, 92), (150, 170, 178))
    for x in np.arange(120, RING - 120, 150) + rng.uniform(-50, 50, len(np.arange(120, RING - 120, 150))):
        wide, tall = rng.uniform(36, 64), rng.uniform(34, 60)
        top = _HORIZON - tall
        wall = walls[int(rng.integers(len(walls)))]
        pen.rectangle((x, top, x + wide, _HORIZON), fill=ink(wall))
        pen.polygon(
            [(x - 6, top), (x + wide / 2, top - wide * 0.5), (x + wide + 6, top)], fill=ink((92, 58, 54))
        )
        pen.rectangle(
            (x + wide * 0.3, top + tall * 0.3, x + wide * 0.5, top + tall * 0.6), fill=ink((72, 88, 104))
        )


@lru_cache(maxsize=1)
def _boat() -> Image.Image:
    size, finer = 300, 3
    image = Image.new("RGBA", (size * finer, size * finer))
    pen = ImageDraw.Draw(image)
    s = size * finer / 100
    pen.polygon([(50 * s, 6 * s), (50 * s, 70 * s), (14 * s, 70 * s)], fill=ink((250, 246, 238)))
    pen.polygon([(54 * s, 16 * s), (54 * s, 70 * s), (84 * s, 70 * s)], fill=ink((232, 120, 92)))
    pen.rectangle((51 * s, 4 * s, 53 * s, 76 * s), fill=ink((92, 68, 54)))
    pen.polygon(
        [(10 * s, 76 * s), (92 * s, 76 * s), (80 * s, 92 * s), (22 * s, 92 * s)], fill=ink((44, 62, 92))
    )
    return image.reduce(finer)
