"""What the set's camera sees: a living room, painted by us."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import ImageDraw, ImageFilter

from device_agent.devices.simulated_tv.paint import poster_art
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _bgr(red: int, green: int, blue: int) -> tuple[int, int, int, int]:
    return blue, green, red, 255  # as the picture has them


@lru_cache(maxsize=1)
def room() -> NDArray[np.uint8]:
    """A living room in the evening with somebody on the sofa, painted once."""
    seen = poster_art.gradient(WIDTH, HEIGHT, ((96, 84, 92), (124, 106, 104), (92, 74, 70)))
    pen = ImageDraw.Draw(seen)
    pen.rectangle((0, 800, WIDTH, HEIGHT), fill=_bgr(74, 54, 46))
    pen.rectangle((220, 120, 640, 560), fill=_bgr(36, 46, 78), outline=_bgr(198, 184, 168), width=16)
    pen.line((430, 128, 430, 552), fill=_bgr(198, 184, 168), width=10)
    poster_art.disc(pen, 540, 220, 34, (248, 236, 204))
    pen.rounded_rectangle((560, 560, 1500, 900), 70, fill=_bgr(58, 86, 98))
    pen.rounded_rectangle((500, 660, 640, 940), 50, fill=_bgr(48, 74, 86))
    pen.rounded_rectangle((1420, 660, 1560, 940), 50, fill=_bgr(48, 74, 86))
    pen.rounded_rectangle((620, 780, 1440, 920), 40, fill=_bgr(70, 102, 114))
    pen.rounded_rectangle((900, 520, 1140, 850), 100, fill=_bgr(168, 92, 62))
    poster_art.disc(pen, 1020, 440, 92, (224, 172, 140))
    pen.pieslice((926, 342, 1114, 530), 180, 360, fill=_bgr(60, 42, 34))
    pen.line((1690, 420, 1690, 900), fill=_bgr(52, 40, 36), width=14)
    pen.polygon(((1600, 420), (1780, 420), (1740, 290), (1640, 290)), fill=_bgr(250, 214, 150))
    return np.array(seen.filter(ImageFilter.GaussianBlur(1.2)))
