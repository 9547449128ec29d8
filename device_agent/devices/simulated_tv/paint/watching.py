"""What the set itself shows as a source over the whole screen: no picture in words, its camera."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import ImageDraw, ImageFilter

from device_agent.devices.simulated_tv.paint import parts, poster_art
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH, Box
from device_agent.devices.simulated_tv.paint.home import SOURCE_ICONS
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.type import BODY, H1, LABEL, width
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.devices.simulated_tv.screens import Watching
    from locales import Catalogue


def no_signal(canvas: Canvas, screen: Watching, words: Catalogue) -> None:
    """A source without a picture says so, and what to try; never a bare black screen."""
    parts.blank(canvas)
    canvas.icon(SOURCE_ICONS[screen.source.value], WIDTH // 2 - 64, 280, 128, TV.text2)
    name = words.text(f"tv.source.{screen.source}")
    if screen.channel:
        name = words.text("tv.channel", source=name, channel=screen.channel)
    _centred(canvas, 440, words.text("tv.no_signal", source=name), strong=True)
    _centred(canvas, 540, words.text(f"tv.no_signal.{screen.source}"), strong=False)


def camera(canvas: Canvas, words: Catalogue) -> None:
    """What the set's camera sees: the room before it, and a strip that says that it is on."""
    canvas.pixels[:] = _room()
    text = words.text("tv.camera.on")
    strip = Box(LEFT, 936, LEFT + 96 + width(text, LABEL) + 40, 1020)
    canvas.outlined(strip, RADIUS.panel, TV.surface, TV.border)
    canvas.disc(strip.left + 48, (strip.top + strip.bottom) // 2, 12, TV.live)
    canvas.text(strip.left + 88, strip.top + 20, text, LABEL, TV.text)


def _bgr(red: int, green: int, blue: int) -> tuple[int, int, int, int]:
    return blue, green, red, 255  # as the picture has them


@lru_cache(maxsize=1)
def _room() -> NDArray[np.uint8]:
    """A living room in the evening with somebody on the sofa, painted once."""
    room = poster_art.gradient(WIDTH, HEIGHT, ((96, 84, 92), (124, 106, 104), (92, 74, 70)))
    pen = ImageDraw.Draw(room)
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
    return np.array(room.filter(ImageFilter.GaussianBlur(1.2)))


def _centred(canvas: Canvas, y: int, text: str, *, strong: bool) -> None:
    style = H1 if strong else BODY
    box = Box(LEFT + 100, y, RIGHT - 100, y + style.line * 2)
    canvas.centred(box, text, style, TV.text if strong else TV.text2)
