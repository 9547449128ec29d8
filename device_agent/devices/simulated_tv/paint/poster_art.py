"""Poster art: what the invented titles look like. Here colours are not roles but paint."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw

from device_agent.devices.simulated_tv.paint.canvas import ink

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from device_agent.tokens import Rgb

_FINER: Final = 2
_GRAIN: Final = 128  # px after which the noise repeats
Pen = ImageDraw.ImageDraw


@lru_cache(maxsize=16)
def poster(title: str, width: int, height: int) -> Image.Image:
    """The picture of a title at a size."""
    sky, draw = _POSTERS[title]
    image = gradient(width * _FINER, height * _FINER, sky)
    draw(ImageDraw.Draw(image), width * _FINER, height * _FINER)
    return image.reduce(_FINER)


def dark_foot(pixels: NDArray[np.uint8]) -> None:
    """Darken a picture towards its foot, where its name will stand; in place."""
    left = 1 - np.clip(np.linspace(-1.5, 0.8, pixels.shape[0]), 0, 1)[:, None, None]
    pixels[:, :, :3] = (pixels[:, :, :3] * left + np.array((16, 10, 4)) * (1 - left)).astype(np.uint8)


def gradient(width: int, height: int, stops: tuple[Rgb, ...]) -> Image.Image:
    """A vertical blend of colours, blue first as the canvas holds them; a little noise keeps bands away."""
    places = np.linspace(0, len(stops) - 1, height)
    blend = np.stack(
        [np.interp(places, range(len(stops)), [stop[c] for stop in stops]) for c in (2, 1, 0)], axis=1
    )
    grain = np.random.default_rng(7).uniform(-0.5, 0.5, (height, _GRAIN, 1))
    column = np.full((height, _GRAIN, 4), 255, dtype=np.uint8)
    column[:, :, :3] = np.clip(blend[:, None, :] + grain, 0, 255).round()
    pixels = np.tile(column, (1, -(-width // _GRAIN), 1))[:, :width]
    return Image.fromarray(np.ascontiguousarray(pixels))


@lru_cache(maxsize=1)
def backdrop() -> NDArray[np.uint8]:
    """The home screen's ground: dark, with a glow of sea green at the upper left."""
    y, x = np.mgrid[0:1080, 0:1920].astype(np.float32)
    far = np.hypot((x - 560) / 1150, (y - 150) / 620)
    glow = np.clip(1 - far, 0, 1)[:, :, None] ** 1.4
    ground, light = np.array((19, 16, 11), dtype=np.float32), np.array((66, 54, 26), dtype=np.float32)
    grain = np.random.default_rng(3).random((1080, 1920, 1), dtype=np.float32) - 0.5
    pixels = np.full((1080, 1920, 4), 255, dtype=np.uint8)
    pixels[:, :, :3] = np.clip(ground + (light - ground) * glow + grain, 0, 255).round()
    return pixels


def hills(pen: Pen, width: int, height: int, tops: tuple[tuple[float, float], ...], colour: Rgb) -> None:
    """A jagged ridge through the given points, filled down to the foot."""
    ridge = [(x * width, y * height) for x, y in tops]
    pen.polygon([(0, height), *ridge, (width, height)], fill=ink(colour))


def disc(pen: Pen, x: float, y: float, radius: float, colour: Rgb) -> None:
    """A sun, a lamp, an apple."""
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink(colour))


def _lighthouse(pen: Pen, w: int, h: int) -> None:
    disc(pen, w * 0.70, h * 0.42, h * 0.205, (253, 214, 158))
    hills(pen, w, h, ((0, 0.92), (0.20, 0.54), (0.42, 0.92), (0.68, 0.63), (1, 0.95)), (17, 43, 62))
    tower = [(w * 0.165, h * 0.60), (w * 0.175, h * 0.30), (w * 0.225, h * 0.30), (w * 0.235, h * 0.60)]
    pen.polygon(tower, fill=ink((240, 231, 214)))
    pen.rectangle((w * 0.171, h * 0.40, w * 0.229, h * 0.47), fill=ink((179, 72, 60)))
    pen.rectangle((w * 0.180, h * 0.22, w * 0.220, h * 0.30), fill=ink((255, 226, 150)))
    pen.polygon(
        [(w * 0.172, h * 0.22), (w * 0.200, h * 0.15), (w * 0.228, h * 0.22)], fill=ink((179, 72, 60))
    )


def _boats(pen: Pen, w: int, h: int) -> None:
    for x, y, size, hull in ((0.34, 0.66, 0.32, (197, 155, 66)), (0.69, 0.72, 0.22, (157, 84, 60))):
        middle, water, wide = x * w, y * h, size * w
        sail = [(middle - wide * 0.55, water), (middle, water - wide * 0.8), (middle + wide * 0.6, water)]
        pen.polygon(sail, fill=ink((244, 232, 212)))
        pen.rounded_rectangle(
            (middle - wide * 0.75, water, middle + wide * 0.75, water + h * 0.08), h * 0.02, fill=ink(hull)
        )


def _bakery(pen: Pen, w: int, h: int) -> None:
    disc(pen, w * 0.34, h * 0.37, h * 0.175, (243, 185, 113))
    disc(pen, w * 0.575, h * 0.48, h * 0.19, (230, 153, 84))
    disc(pen, w * 0.74, h * 0.335, h * 0.142, (247, 208, 147))


def _fjord(pen: Pen, w: int, h: int) -> None:
    hills(pen, w, h, ((0, 0.86), (0.22, 0.38), (0.45, 0.85), (0.72, 0.30), (1, 0.80)), (29, 47, 82))
    hills(pen, w, h, ((0, 0.98), (0.30, 0.72), (0.58, 0.95), (0.85, 0.68), (1, 0.9)), (21, 35, 66))


def _orchard(pen: Pen, w: int, h: int) -> None:
    hills(pen, w, h, ((0, 0.72), (0.5, 0.60), (1, 0.74)), (86, 112, 52))
    for x, y in ((0.26, 0.40), (0.52, 0.33), (0.77, 0.42)):
        pen.rectangle((x * w - w * 0.012, y * h, x * w + w * 0.012, y * h + h * 0.34), fill=ink((94, 66, 42)))
        disc(pen, x * w, y * h, h * 0.15, (58, 98, 60))
        for across, down in ((-0.05, 0.02), (0.03, -0.06), (0.05, 0.07)):
            disc(pen, (x + across) * w, (y + down) * h, h * 0.026, (214, 92, 70))


def _train(pen: Pen, w: int, h: int) -> None:
    disc(pen, w * 0.5, h * 0.60, h * 0.24, (255, 205, 140))
    pen.rectangle((0, h * 0.62, w, h), fill=ink((52, 40, 62)))
    pen.rounded_rectangle((w * 0.10, h * 0.46, w * 0.90, h * 0.68), h * 0.05, fill=ink((120, 62, 74)))
    for window in range(6):
        x = w * (0.15 + window * 0.12)
        pen.rounded_rectangle((x, h * 0.50, x + w * 0.08, h * 0.58), h * 0.01, fill=ink((255, 226, 170)))


_POSTERS: Final[dict[str, tuple[tuple[Rgb, ...], Callable[[Pen, int, int], None]]]] = {
    "lighthouse": (((24, 62, 92), (128, 98, 88), (30, 44, 60)), _lighthouse),
    "boats": (((31, 92, 82), (28, 84, 78)), _boats),
    "bakery": (((62, 40, 70), (52, 34, 62)), _bakery),
    "fjord": (((44, 74, 130), (94, 140, 176), (40, 66, 104)), _fjord),
    "orchard": (((150, 190, 196), (220, 214, 176), (120, 150, 80)), _orchard),
    "train": (((84, 60, 96), (214, 130, 104), (90, 60, 84)), _train),
}
