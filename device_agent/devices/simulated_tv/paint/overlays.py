"""What lies over the set's own picture for a moment: volume, name of the source, a technician's arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint import parts
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH, Box
from device_agent.devices.simulated_tv.paint.home import SOURCE_ICONS
from device_agent.devices.simulated_tv.paint.parts import LEFT
from device_agent.devices.simulated_tv.paint.type import BODY, LABEL, width
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.devices.simulated_tv.screens import Source
    from locales import Catalogue


_ARROW: Final = 168
_RIM: Final = 14


def arrow(canvas: Canvas, x: int, y: int) -> None:
    """An arrow whose tip is at x, y; it lies where there is room for it, light with a dark rim."""
    across, down = ("right" if x > WIDTH - _ARROW else "left"), ("bottom" if y > HEIGHT - _ARROW else "top")
    for size, colour, inset in ((_ARROW, TV.bg, 0), (_ARROW - 2 * _RIM, TV.accent, _RIM)):
        reach = size + inset
        left = x - reach if across == "right" else x + inset
        top = y - reach if down == "bottom" else y + inset
        canvas.icon(f"arrow_{down}_{across}", left, top, size, colour)


def volume(canvas: Canvas, loudness: int, words: Catalogue) -> None:
    """A bar at the foot, with its number."""
    box = Box(560, 884, 1360, 980)
    canvas.outlined(box, RADIUS.panel, TV.surface, TV.border)
    canvas.icon("speaker", box.left + 32, box.top + 24, 48, TV.text)
    x = canvas.text(box.left + 96, box.top + 26, words.text("tv.volume"), LABEL, TV.text2)
    canvas.text_right(box.right - 32, box.top + 20, str(loudness), BODY.strong, TV.text)
    parts.bar(canvas, Box(x + 28, box.top + 40, box.right - 132, box.top + 56), loudness / 100)


def hidden(canvas: Canvas, words: Catalogue) -> None:
    """That Hide is on while nobody is connected; it would be forgotten."""
    text = words.text("banner.hidden")
    across = width(text, LABEL) + 80
    box = Box((WIDTH - across) // 2, 936, (WIDTH + across) // 2, 1020)
    canvas.outlined(box, RADIUS.panel, TV.warn_weak, TV.warn_edge)
    canvas.text(box.left + 40, box.top + 20, text, LABEL, TV.text)


def source(canvas: Canvas, item: Source, words: Catalogue) -> None:
    """Which source this is, top left, away from the banner."""
    name, detail = words.text(f"tv.source.{item}"), words.text(f"tv.source.{item}.detail")
    across = 116 + max(width(name, BODY.strong), width(detail, LABEL)) + 40
    box = Box(LEFT, 48, LEFT + across, 180)
    canvas.outlined(box, RADIUS.panel, TV.surface, TV.border)
    canvas.icon(SOURCE_ICONS[item.value], box.left + 32, box.top + 38, 56, TV.text2)
    canvas.text(box.left + 116, box.top + 14, name, BODY.strong, TV.text)
    canvas.text(box.left + 116, box.top + 72, detail, LABEL, TV.text2)
