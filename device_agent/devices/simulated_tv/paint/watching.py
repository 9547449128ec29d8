"""What a source shows over the whole screen: a still photo, or words where there is no picture."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from device_agent.devices.simulated_tv.paint import art, parts
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH, Box
from device_agent.devices.simulated_tv.paint.home import SOURCE_ICONS
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.type import BODY, H1
from device_agent.tokens import TV

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.devices.simulated_tv.screens import Watching
    from locales import Catalogue


def photo(canvas: Canvas) -> None:
    """HDMI 2: the photo viewer's one photo."""
    np.copyto(canvas.pixels, _photo())


def prepare() -> None:
    """Paint the photo ahead."""
    _photo()


def no_signal(canvas: Canvas, screen: Watching, words: Catalogue) -> None:
    """A source without a picture says so, and what to try; never a bare black screen."""
    parts.blank(canvas)
    canvas.icon(SOURCE_ICONS[screen.source.value], WIDTH // 2 - 64, 280, 128, TV.text2)
    name = words.text(f"tv.source.{screen.source}")
    if screen.channel:
        name = words.text("tv.channel", source=name, channel=screen.channel)
    _centred(canvas, 440, words.text("tv.no_signal", source=name), strong=True)
    _centred(canvas, 540, words.text(f"tv.no_signal.{screen.source}"), strong=False)


def _centred(canvas: Canvas, y: int, text: str, *, strong: bool) -> None:
    style = H1 if strong else BODY
    box = Box(LEFT + 100, y, RIGHT - 100, y + style.line * 2)
    canvas.centred(box, text, style, TV.text if strong else TV.text2)


@lru_cache(maxsize=1)
def _photo() -> NDArray[np.uint8]:
    """A mountain lake in the evening, painted once: ridges, their mirror image, a little mist."""
    half = HEIGHT * 3 // 5
    sky = art.gradient(WIDTH, half, ((38, 54, 104), (120, 108, 156), (232, 150, 132), (255, 206, 146)))
    pen = ImageDraw.Draw(sky)
    art.disc(pen, 1290, 330, 64, (255, 240, 206))
    rng = np.random.default_rng(11)
    for depth, colour in enumerate(((176, 122, 140), (122, 92, 130), (70, 64, 104), (28, 34, 62))):
        art.hills(pen, WIDTH, half, _ridge(rng, depth), colour)
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
