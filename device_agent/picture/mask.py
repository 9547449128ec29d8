"""Covers what the device calls private, before anything compares, encodes or keeps the picture.

This is the only way from the screen to the encoders: what is covered here is in no picture, no refinement
and no strip, because none of them ever sees the pixels below (decision 0043).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from device_agent import fonts
from device_agent.tokens import TV
from locales import load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device_agent.devices.protocol import Picture, Region

_FONT: Final = Path(fonts.__file__).parent / "NotoSans-Bold.ttf"
_STRIPE: Final = 24  # px from one stripe to the next
_GROUND: Final = TV.surface[::-1]  # pixels are blue, green, red
_LINE: Final = TV.border[::-1]
_TEXT: Final = TV.text[::-1]
_LARGEST, _SMALLEST = 40, 14  # px of the words
_MARGIN: Final = 8


def covered(picture: Picture, words: str) -> Picture:
    """The picture with its private regions under a hatch with `words`; the same one where it has none."""
    height, width = picture.pixels.shape[:2]
    regions = {clipped for one in picture.private if (clipped := _within(one, width, height))}
    if not regions:
        return picture
    pixels = picture.pixels.copy()
    for left, top, right, bottom in sorted(regions):
        pixels[top:bottom, left:right] = _hatch(left % _STRIPE, top % _STRIPE, right - left, bottom - top)
    for left, top, right, bottom in sorted(regions):
        _write(pixels[top:bottom, left:right], words)
    pixels.flags.writeable = False
    return replace(picture, pixels=pixels, private=(), masked=picture.masked + len(regions))


@lru_cache(maxsize=8)
def words_over(language: str) -> str:
    """What stands over a private region, in the device's language."""
    return load(language, "device", "shared").text("tv.private")


def _within(region: Region, width: int, height: int) -> Region | None:
    """The part of it that lies on the screen; its edges may come in any order, rather than cover nothing."""
    xs, ys = sorted((region[0], region[2])), sorted((region[1], region[3]))
    left, right = max(0, xs[0]), min(width, xs[1])
    top, bottom = max(0, ys[0]), min(height, ys[1])
    return (left, top, right, bottom) if left < right and top < bottom else None


@lru_cache(maxsize=8)
def _hatch(x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
    """Stripes that stay where they are on the screen when the region grows or moves: fewer bits."""
    rows, columns = np.ogrid[y : y + height, x : x + width]
    striped = (rows + columns) % _STRIPE < _STRIPE // 3
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., :3] = np.where(striped[..., None], np.array(_LINE), np.array(_GROUND))
    return pixels


def _write(pixels: NDArray[np.uint8], words: str) -> None:
    """The words in the middle, as large as there is room for; none where they could not be read."""
    height, width = pixels.shape[:2]
    mask = _words(words, width - 2 * _MARGIN, height - 2 * _MARGIN)
    if mask is None:
        return
    tall, wide = mask.shape
    y, x = (height - tall) // 2, (width - wide) // 2
    plate = pixels[y - _MARGIN : y + tall + _MARGIN, x - _MARGIN : x + wide + _MARGIN]
    plate[..., :3] = _GROUND
    share = mask[..., None].astype(np.uint16)
    text = (np.array(_TEXT, np.uint16) * share + np.array(_GROUND, np.uint16) * (255 - share)) // 255
    pixels[y : y + tall, x : x + wide, :3] = text


@lru_cache(maxsize=32)
def _words(words: str, width: int, height: int) -> NDArray[np.uint8] | None:
    for size in range(_LARGEST, _SMALLEST - 1, -2):
        face = ImageFont.truetype(_FONT, size, layout_engine=ImageFont.Layout.BASIC)
        left, top, right, bottom = (round(edge) for edge in face.getbbox(words, anchor="ls"))
        if 0 < right - left <= width and 0 < bottom - top <= height:
            image = Image.new("L", (right - left, bottom - top))
            ImageDraw.Draw(image).text((-left, -top), words, fill=255, font=face, anchor="ls")
            return np.asarray(image)
    return None
