"""What backlight, brightness, contrast and temperature do to the set's own picture; never to the panel.

A dimmed picture must not dim the banner (INV-B7): tones are put on before the panel is drawn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from device_agent.devices.simulated_tv.settings import Value

Tone = tuple[int, int, int, str]
"""Backlight, brightness, contrast, temperature."""

_FULL_BACKLIGHT: Final = 40
_DARKEST: Final = 0.4
_GAINS: Final = {
    "cool": (1.0, 0.97, 0.88),
    "neutral": (1.0, 1.0, 1.0),
    "warm": (0.84, 0.96, 1.0),
}  # blue, green, red
NEUTRAL: Final[Tone] = (_FULL_BACKLIGHT, 50, 50, "neutral")


def of(values: Mapping[str, Value]) -> Tone:
    """The part of the settings that changes the picture; everything as bright as it gets counts as one."""
    backlight, brightness, contrast = (
        int(values[f"picture.{name}"]) for name in ("backlight", "brightness", "contrast")
    )
    return min(backlight, _FULL_BACKLIGHT), brightness, contrast, str(values["picture.temperature"])


def put_on(pixels: NDArray[np.uint8], tone: Tone) -> NDArray[np.uint8]:
    """The picture in that tone; the same array where nothing is to be done."""
    if tone == NEUTRAL:
        return pixels
    height, width = pixels.shape[:2]
    image = Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1)
    toned = image.point(list(_table(tone)))
    return np.frombuffer(bytearray(toned.tobytes()), dtype=np.uint8).reshape(height, width, 4)


@lru_cache(maxsize=8)
def _table(tone: Tone) -> tuple[int, ...]:
    backlight, brightness, contrast, temperature = tone
    light = _DARKEST + (1 - _DARKEST) * backlight / _FULL_BACKLIGHT
    steep = 0.6 + 0.8 * contrast / 100
    base = (np.arange(256) - 128) * steep + 128 + (brightness - 50) * 1.2
    channels = [np.clip(base * light * gain, 0, 255).round() for gain in _GAINS[temperature]]
    return (*(int(value) for channel in channels for value in channel), *range(256))
