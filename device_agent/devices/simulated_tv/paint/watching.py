"""What the set itself shows as a source over the whole screen: no picture in words, its camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device_agent.devices.simulated_tv.paint import parts, poster_room
from device_agent.devices.simulated_tv.paint.canvas import WIDTH, Box
from device_agent.devices.simulated_tv.paint.home import SOURCE_ICONS
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.type import BODY, H1, LABEL, width
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
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
    canvas.pixels[:] = poster_room.room()
    text = words.text("tv.camera.on")
    strip = Box(LEFT, 936, LEFT + 96 + width(text, LABEL) + 40, 1020)
    canvas.outlined(strip, RADIUS.panel, TV.surface, TV.border)
    canvas.disc(strip.left + 48, (strip.top + strip.bottom) // 2, 12, TV.live)
    canvas.text(strip.left + 88, strip.top + 20, text, LABEL, TV.text)


def _centred(canvas: Canvas, y: int, text: str, *, strong: bool) -> None:
    style = H1 if strong else BODY
    box = Box(LEFT + 100, y, RIGHT - 100, y + style.line * 2)
    canvas.centred(box, text, style, TV.text if strong else TV.text2)
