"""HDMI 2: the photo viewer's one photo, painted by us."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from device_agent.devices.simulated_tv.paint import poster_art
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray


@lru_cache(maxsize=1)
def photo() -> NDArray[np.uint8]:
    """A mountain lake in the evening, painted once: ridges, their mirror image, a little mist."""
    half = HEIGHT * 3 // 5
    sky = poster_art.gradient(WIDTH, half, ((38, 54, 104), (120, 108, 156), (232, 150, 132), (255, 206, 146)))
    pen = ImageDraw.Draw(sky)
    poster_art.disc(pen, 1290, 330, 64, (255, 240, 206))
    rng = np.random.default_rng(11)
    for depth, colour in enumerate(((176, 122, 140), (122, 92, 130), (70, 64, 104), (28, 34, 62))):
        poster_art.hills(pen, WIDTH, half, _ridge(rng, depth), colour)
    land = sky.filter(ImageFilter.GaussianBlur(0.8))
    whole = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 255))
    whole.paste(land, (0, 0))
    mirror = land.transpose(Image.Transpose.FLIP_TOP_BOTTOM).crop((0, 0, WIDTH, HEIGHT - half))
    mirror = Image.blend(
        mirror.filter(ImageFilter.GaussianBlur(3)), Image.new("RGBA", mirror.size, (64, 40, 26, 255)), 0.3
    )
    whole.paste(mirror, (0, half))
    return np.array(whole)


def _ridge(rng: np.random.Generator, depth: int) -> tuple[tuple[float, float], ...]:
    """Midpoints thrown up and down ever less: the outline of a range of hills."""
    heights = np.array([0.60 + depth * 0.10, 0.68 + depth * 0.09, 0.56 + depth * 0.11])
    rough = 0.16 - depth * 0.02
    for _ in range(7):
        middles = (heights[:-1] + heights[1:]) / 2 + rng.uniform(-rough, rough, len(heights) - 1)
        mixed = np.empty(len(heights) + len(middles))
        mixed[::2], mixed[1::2] = heights, middles
        heights, rough = mixed, rough * 0.5
    places = np.linspace(0, 1, len(heights))
    return tuple((float(x), min(0.99, float(y))) for x, y in zip(places, heights, strict=True))
