"""What the scenes look like: a TV's menu with a focus that moves, and a film in which every pixel moves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import device_agent.fonts
from device_agent.devices.simulated_tv import stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

WIDTH: Final = stamp.WIDTH
HEIGHT: Final = stamp.HEIGHT
# No multiple of a browser's 1/60 s: each move would meet it at the same moment, early or late by luck.
MENU_S: Final = 0.507
FILM_HZ: Final = 25
TILES: Final = 15
FILM_MARGIN: Final = (640, 360)
_FONT: Final = Path(device_agent.fonts.__file__).with_name("NotoSans-Regular.ttf")
_CHANCE: Final = 20_260


class Scene(StrEnum):
    """`click` and `key` are one still menu whose focus moves upon a press; `still` stays."""

    STILL = "still"
    MENU = "menu"
    VIDEO = "video"
    CLICK = "click"
    KEY = "key"

    @property
    def is_pressed(self) -> bool:
        return self in {Scene.CLICK, Scene.KEY}


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    width: int
    height: int


# Around the row, so that what is behind it never touches its edges.
PLINTH: Final = Box(
    stamp.LEFT - stamp.CELL, stamp.TOP - stamp.CELL, stamp.CELL * (stamp.CELLS + 2), stamp.CELL * 3
)
# Where a held scene is judged: the small and the large words of the menu; the middle of the film.
JUDGED: Final = {
    Scene.MENU: (Box(80, 60, 900, 90), Box(80, 388, 1760, 52), Box(80, 652, 1760, 52)),
    Scene.VIDEO: (Box(480, 280, 960, 480),),
}


def tile(number: int) -> Box:
    """A poster of the menu: five in a row, three rows."""
    return Box(80 + number % 5 * 356, 176 + number // 5 * 264, 336, 240)


def menu(*, is_lit: bool) -> Pixels:
    """The whole menu, with every poster plain or every one in focus; RGB."""
    picture = Image.fromarray(_dusk())
    draw = ImageDraw.Draw(picture)
    large, small = (ImageFont.truetype(str(_FONT), size) for size in (52, 26))
    draw.text((80, 64), "Settings  /  Picture  /  Expert settings", font=large, fill=(236, 238, 243))
    chance = np.random.default_rng(_CHANCE)
    for number in range(TILES):
        box = tile(number)
        art = chance.integers(20, 250, (6, 8, 3), dtype=np.uint8)
        poster = Image.fromarray(art).resize((box.width, box.height - 72), Image.Resampling.BICUBIC)
        picture.paste(poster, (box.x, box.y))
        foot = box.y + box.height - 72
        ends = (box.x + box.width - 1, box.y + box.height - 1)
        draw.rectangle(((box.x, foot), ends), fill=(46, 86, 160) if is_lit else (34, 40, 54))
        words = f"Picture mode {number + 1}: {'natural' if number % 2 else 'vivid'}"
        draw.text((box.x + 16, foot + 18), words, font=small, fill=(240, 242, 246))
        if is_lit:
            draw.rectangle(((box.x, box.y), ends), outline=(255, 255, 255), width=8)
    return np.asarray(picture)


def _dusk() -> Pixels:
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH]
    channels = (
        20 + right * 18 // WIDTH,
        24 + down * 24 // HEIGHT,
        44 + (right + down) * 36 // (WIDTH + HEIGHT),
    )
    return np.dstack(channels).astype(np.uint8)


def film() -> Pixels:
    """A large texture with coarse and fine detail, over which the film's camera pans; RGB."""
    width, height = WIDTH + FILM_MARGIN[0], HEIGHT + FILM_MARGIN[1]
    chance = np.random.default_rng(_CHANCE)
    sum_of = np.full((height, width, 3), 24, dtype=np.float32)
    for across, strength in ((5, 92), (22, 58), (90, 30), (380, 14)):
        down = max(2, across * height // width)
        coarse = chance.random((down, across, 3), dtype=np.float32)
        for channel in range(3):
            layer = Image.fromarray(coarse[..., channel]).resize((width, height), Image.Resampling.BICUBIC)
            sum_of[..., channel] += strength * np.asarray(layer)
    return np.clip(sum_of, 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the film: where the camera is, and a ball and a bar in front of it."""

    left: int
    top: int
    ball: Box
    bar: Box


def shot(number: int) -> Shot:
    """The film's pictures in order; it never stands still and never ends."""
    at = number / FILM_HZ
    return Shot(
        left=round(FILM_MARGIN[0] / 2 * (1 + 0.95 * math.sin(0.9 * at))),
        top=round(FILM_MARGIN[1] / 2 * (1 + 0.95 * math.cos(0.7 * at))),
        ball=Box(round(870 + 620 * math.sin(1.6 * at)), round(430 + 300 * math.sin(2.2 * at)), 190, 190),
        bar=Box(round(830 + 700 * math.cos(at)), round(420 + 260 * math.sin(1.3 * at)), 270, 120),
    )


def cells(at_ms: int) -> tuple[list[Box], list[Box]]:
    """The white and the black cells of the row for a moment."""
    boxes = [
        Box(stamp.LEFT + stamp.CELL * place, stamp.TOP, stamp.CELL, stamp.CELL)
        for place in range(stamp.CELLS)
    ]
    row = list(zip(stamp.cells(at_ms), boxes, strict=True))
    return [box for bit, box in row if bit], [box for bit, box in row if not bit]
