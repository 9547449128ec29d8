"""Icons as strokes on a grid of 24, drawn into masks at any size.

Each icon is a list of marks: `L x y x y ...` a line, `P x y ...` a filled shape, `O x y r` a ring,
`D x y r` a dot, `A x y r from to` an arc in degrees, clockwise from three o'clock, `E x y rx ry` an oval,
`R left top right bottom r` a rounded frame, `B left top right bottom r` the same, filled.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

_GRID: Final = 24
_STROKE: Final = 2.0
_FINER: Final = 4

ICONS: Final[dict[str, tuple[str, ...]]] = {
    "aerial": ("R 3 4 21 17 2.5", "L 8 21 16 21"),
    "arrow_bottom_left": ("P 2 22 20 15 12.5 11.5 9 4",),
    "arrow_bottom_right": ("P 22 22 15 4 11.5 11.5 4 15",),
    "arrow_top_left": ("P 2 2 9 20 12.5 12.5 20 9",),
    "arrow_top_right": ("P 22 2 4 9 11.5 12.5 15 20",),
    "back": ("L 9 5 4 10 9 15", "L 4 10 14 10", "A 14 15 5 270 360", "L 19 15 19 18"),
    "cable": ("R 6 9 18 16 2", "L 9 9 9 5", "L 15 9 15 5", "L 12 16 12 21"),
    "camera_off": ("R 2.5 7 15.5 18 2", "L 15.5 11 21 8 21 17 15.5 14", "L 3 3 21 21"),
    "check": ("L 4 12.5 9.5 18 20 7",),
    "clock": ("O 12 12 9", "L 12 7 12 12 15.5 14"),
    "cross": ("L 6 6 18 18", "L 18 6 6 18"),
    "chevron_left": ("L 14.5 6 8.5 12 14.5 18",),
    "chevron_right": ("L 9.5 6 15.5 12 9.5 18",),
    "delete": ("L 8 5 21 5 21 19 8 19 2.5 12 8 5", "L 11 9.5 16 14.5", "L 16 9.5 11 14.5"),
    "eye": ("A 12 18.2 11 214 326", "A 12 5.8 11 34 146", "O 12 12 3"),
    "film": ("R 3 5 21 19 2", "L 8 5 8 19", "L 16 5 16 19", "L 3 12 8 12", "L 16 12 21 12"),
    "gear": ("O 12 12 3.2", "L 12 2.8 12 5.6", "L 12 18.4 12 21.2", "L 2.8 12 5.6 12", "L 18.4 12 21.2 12",
             "L 5.5 5.5 7.5 7.5", "L 16.5 16.5 18.5 18.5", "L 5.5 18.5 7.5 16.5",
            "L 16.5 7.5 18.5 5.5", "O 12 12 6.4"),
    "globe": ("O 12 12 9", "E 12 12 4 9", "L 3 12 21 12"),
    "hdmi": ("L 8 17 3 17 3 5 21 5 21 17 16 17", "L 12 20 12 10", "L 8.5 13 12 9.5 15.5 13"),
    "help": ("O 12 12 9", "A 12 10 2.8 180 390", "L 14.4 11.4 12 13.2 12 14", "D 12 17 1.2"),
    "info": ("O 12 12 9", "L 12 11 12 16.5", "D 12 7.6 1.2"),
    "person": ("O 12 8 4", "A 12 21 8 180 360"),
    "phone": ("R 7 2.5 17 21.5 2.5", "L 11 18 13 18"),
    "picture": ("R 3 4.5 21 19.5 2", "O 8.5 9.5 1.8", "L 3.5 17.5 9 13 13 16.5 16.5 13 20.5 16.5"),
    "play": ("P 7 4.5 20 12 7 19.5",),
    "power": ("L 12 3 12 11", "A 12 13 8 -55 235"),
    "remote": ("R 8 2 16 22 3.5", "O 12 7.5 1.8", "L 11 13 13 13", "L 11 17 13 17"),
    "shield": ("L 12 2.5 20 5.5 20 12 17.5 17 12 21.5 6.5 17 4 12 4 5.5 12 2.5", "L 8.5 12 11 14.5 15.5 9.5"),
    "shift": ("L 4 13 12 4 20 13 16 13 16 20 8 20 8 13 4 13",),
    "sliders": ("L 3 8 12.5 8", "O 15.5 8 2.6", "L 18.5 8 21 8", "L 3 16 5.5 16", "O 8.5 16 2.6",
            "L 11.5 16 21 16"),
    "space": ("L 4 10 4 15 20 15 20 10",),
    "speaker": ("L 4 9.5 8 9.5 13 5 13 19 8 14.5 4 14.5 4 9.5", "A 13 12 4 -45 45", "A 13 12 7.5 -45 45"),
    "stop": ("B 5 5 19 19 2.5",),
    "unplugged": ("R 3 4 21 17 2.5", "L 8 21 16 21", "L 9 8 15 13", "L 15 8 9 13"),
    "warning": ("L 12 3.5 22 20.5 2 20.5 12 3.5", "L 12 10 12 14.5", "D 12 17.4 1.2"),
    "wifi": ("A 12 20 15.5 222 318", "A 12 20 10.3 222 318", "A 12 20 5.2 222 318", "D 12 19.2 1.6"),
}  # fmt: skip


@lru_cache(maxsize=256)
def mask(name: str, size: int) -> Image.Image:
    """The icon as a mask of `size` by `size` px."""
    scale = size * _FINER / _GRID
    image = Image.new("L", (size * _FINER, size * _FINER))
    pen = ImageDraw.Draw(image)
    for mark in ICONS[name]:
        kind, *numbers = mark.split()
        _MARKS[kind](pen, [float(number) for number in numbers], scale)
    return image.reduce(_FINER)


def _line(pen: ImageDraw.ImageDraw, places: list[float], scale: float) -> None:
    points = [(x * scale, y * scale) for x, y in zip(places[::2], places[1::2], strict=True)]
    pen.line(points, fill=255, width=round(_STROKE * scale), joint="curve")
    for x, y in points:
        _disc(pen, x, y, _STROKE * scale / 2)


def _shape(pen: ImageDraw.ImageDraw, places: list[float], scale: float) -> None:
    pen.polygon([(x * scale, y * scale) for x, y in zip(places[::2], places[1::2], strict=True)], fill=255)


def _ring(pen: ImageDraw.ImageDraw, places: list[float], scale: float) -> None:
    x, y, radius = places
    _oval(pen, [x, y, radius, radius], scale)


def _oval(pen: ImageDraw.ImageDraw, places: list[float], scale: float) -> None:
    x, y, across, down = places
    half = _STROKE / 2
    box = [
        (x - across - half) * scale,
        (y - down - half) * scale,
        (x + across + half) * scale,
        (y + down + half) * scale,
    ]
    pen.ellipse(box, outline=255, width=round(_STROKE * scale))


def _dot(pen: ImageDraw.ImageDraw, places: list[float], scale: float) -> None:
    x, y, radius = (place * scale for place in places)
    _disc(pen, x, y, radius)


def _arc(pen: ImageDraw.ImageDraw, places: list[float], scale: float) -> None:
    x, y, radius, start, end = places
    steps = max(8, round((end - start) / 6))
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    path = [
        place for angle in angles for place in (x + radius * math.cos(angle), y + radius * math.sin(angle))
    ]
    _line(pen, path, scale)


def _frame(pen: ImageDraw.ImageDraw, places: list[float], scale: float) -> None:
    left, top, right, bottom, radius = (place * scale for place in places)
    half = _STROKE * scale / 2
    box = (left - half, top - half, right + half, bottom + half)
    pen.rounded_rectangle(box, radius + half, outline=255, width=round(half * 2))


def _block(pen: ImageDraw.ImageDraw, places: list[float], scale: float) -> None:
    left, top, right, bottom, radius = (place * scale for place in places)
    pen.rounded_rectangle((left, top, right, bottom), radius, fill=255)


def _disc(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


_MARKS: Final = {
    "L": _line, "P": _shape, "O": _ring, "E": _oval, "D": _dot, "A": _arc, "R": _frame, "B": _block,
}  # fmt: skip
