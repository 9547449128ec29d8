"""A 1920x1080 picture to draw on: flat fills, rounded boxes, text, icons. Antialiased by cached masks.

The memory is a numpy array in BGRX, shared with Pillow, so a finished drawing is a Picture without a copy.
Every text and every box drawn is noted: tests hold each text against the box it must stay in. So is where the
items of the panel lie: a screen that can be touched asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from device_agent.devices.simulated_tv.paint import icons
from device_agent.devices.simulated_tv.paint.type import glyphs, width
from device_agent.devices.simulated_tv.paint.wrap import emphasised, line_width, lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device_agent.devices.simulated_tv.paint.type import Style
    from device_agent.devices.simulated_tv.paint.wrap import Line
    from device_agent.panel_view import Item
    from device_agent.tokens import Rgb

WIDTH: Final = 1920
HEIGHT: Final = 1080
SAFE: Final = (96, 60, 1824, 1020)  # left, top, right, bottom of the safe area
_FINER: Final = 4


class Box(NamedTuple):
    """A rectangle on the screen, right and bottom excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Px across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Px down."""
        return self.bottom - self.top

    def grown(self, by: int) -> Box:
        """The same middle, larger by `by` on every side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def inside(self, other: tuple[int, int, int, int]) -> bool:
        """Whether all of it lies within the other."""
        left, top, right, bottom = other
        return left <= self.left and top <= self.top and self.right <= right and self.bottom <= bottom


class Target(NamedTuple):
    """What a finger or a mouse can choose, and where; a language is named where it is one of several."""

    item: Item
    box: Box
    language: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """One text on the screen and the pixels it covers."""

    text: str
    box: Box


class Canvas:
    """One picture being drawn."""

    def __init__(self, pixels: NDArray[np.uint8] | None = None) -> None:
        if pixels is None:
            pixels = np.full((HEIGHT, WIDTH, 4), 255, dtype=np.uint8)
        self.written: list[Written] = []
        self.boxes: list[Box] = []
        self.targets: list[Target] = []
        self.repaint(pixels)

    def repaint(self, pixels: NDArray[np.uint8]) -> None:
        """Go on drawing on these pixels instead."""
        self.pixels = pixels
        height, across = pixels.shape[:2]
        self._image = Image.frombuffer("RGBA", (across, height), pixels, "raw", "RGBA", 0, 1)
        self._image.readonly = 0  # the array is ours and writable; without this Pillow would draw on a copy

    def aim(self, item: Item, box: Box, language: str = "") -> None:
        """Note where an item lies, for screens that can be touched."""
        self.targets.append(Target(item, box, language))

    def fill(self, box: tuple[int, int, int, int], colour: Rgb) -> None:
        """A plain rectangle."""
        if box[2] > box[0] and box[3] > box[1]:
            self._image.paste(ink(colour), box)

    def shade(self, box: tuple[int, int, int, int], colour: Rgb, strength: int) -> None:
        """A see-through rectangle; 255 covers."""
        self._image.paste(ink(colour), box, Image.new("L", (box[2] - box[0], box[3] - box[1]), strength))

    def rounded(self, box: tuple[int, int, int, int], radius: int, colour: Rgb) -> None:
        """A filled box with round corners."""
        self.boxes.append(Box(*box))
        left, top, right, bottom = box
        r = min(radius, (right - left) // 2, (bottom - top) // 2)
        self.fill((left + r, top, right - r, bottom), colour)
        self.fill((left, top + r, left + r, bottom - r), colour)
        self.fill((right - r, top + r, right, bottom - r), colour)
        if r == 0:
            return
        for mask, x, y in zip(
            _corners(r), (left, right - r, left, right - r), (top, top, bottom - r, bottom - r), strict=True
        ):
            self._image.paste(ink(colour), (x, y), mask)

    def outlined(self, box: Box, radius: int, fill: Rgb, outline: Rgb, stroke: int = 2) -> None:
        """A round-cornered box with an outline of its own colour inside its edge."""
        self.rounded(box, radius, outline)
        self.rounded(box.grown(-stroke), radius - stroke, fill)

    def disc(self, x: int, y: int, radius: int, colour: Rgb) -> None:
        """A filled circle round a middle."""
        self.rounded((x - radius, y - radius, x + radius, y + radius), radius, colour)

    def picture(self, image: Image.Image, x: int, y: int) -> None:
        """A prepared picture in BGRA; its alpha is its shape."""
        self._image.paste(image, (x, y), image)

    def icon(self, name: str, x: int, y: int, size: int, colour: Rgb) -> None:
        """An icon in a square of `size` whose corner is x, y."""
        self._image.paste(ink(colour), (x, y), icons.mask(name, size))

    def text(self, x: int, y: int, text: str, style: Style, colour: Rgb) -> int:
        """One line; `y` is the top of its line box. Returns where the pen ends."""
        if text:
            drawn = glyphs(text, style)
            at = (x + drawn.left, y + style.baseline + drawn.top)
            self._image.paste(ink(colour), at, drawn.mask)
            self.written.append(Written(text, Box(*at, at[0] + drawn.mask.width, at[1] + drawn.mask.height)))
        return x + width(text, style)

    def text_right(self, x: int, y: int, text: str, style: Style, colour: Rgb) -> int:
        """One line that ends at `x`; returns where it starts."""
        start = x - width(text, style)
        self.text(start, y, text, style, colour)
        return start

    def text_middle(self, x: int, y: int, text: str, style: Style, colour: Rgb) -> None:
        """One line round the middle `x`."""
        self.text(x - width(text, style) // 2, y, text, style, colour)

    def paragraph(  # noqa: PLR0917 - reads as where, how wide, what, how
        self, x: int, y: int, room: int, text: str, style: Style, colour: Rgb
    ) -> int:
        """Wrapped text; returns the y below it."""
        return self._lines(x, y, lines(text, style, room), style, colour)

    def emphasised(  # noqa: PLR0917 - as paragraph
        self, x: int, y: int, room: int, text: str, style: Style, colour: Rgb
    ) -> int:
        """Wrapped text with *bold* parts; returns the y below it."""
        return self._lines(x, y, emphasised(text, style, room), style, colour)

    def centred(self, box: Box, text: str, style: Style, colour: Rgb) -> None:
        """Wrapped text in the middle of a box, both ways."""
        broken = lines(text, style, box.width)
        y = box.top + (box.height - style.line * len(broken)) // 2
        for line in broken:
            self._line(box.left + (box.width - line_width(line)) // 2, y, line, colour)
            y += style.line

    def _lines(self, x: int, y: int, broken: tuple[Line, ...], style: Style, colour: Rgb) -> int:
        for line in broken:
            self._line(x, y, line, colour)
            y += style.line
        return y

    def _line(self, x: int, y: int, line: Line, colour: Rgb) -> None:
        for word in line:
            for piece in word:
                x = self.text(x, y, piece.text, piece.style, colour)
            x += width(" ", word[0].style)


def ink(colour: Rgb) -> tuple[int, int, int, int]:
    """A colour as the memory holds it: blue first."""
    red, green, blue = colour
    return blue, green, red, 255


@lru_cache(maxsize=64)
def _corners(radius: int) -> tuple[Image.Image, Image.Image, Image.Image, Image.Image]:
    """The four quarter discs of a radius: top left, top right, bottom left, bottom right."""
    full = Image.new("L", (radius * 2 * _FINER, radius * 2 * _FINER))
    ImageDraw.Draw(full).ellipse((0, 0, radius * 2 * _FINER - 1, radius * 2 * _FINER - 1), fill=255)
    disc = full.reduce(_FINER)
    low, high = radius, radius * 2
    return (
        disc.crop((0, 0, low, low)),
        disc.crop((low, 0, high, low)),
        disc.crop((0, low, low, high)),
        disc.crop((low, low, high, high)),
    )
