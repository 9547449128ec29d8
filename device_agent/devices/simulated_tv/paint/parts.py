"""Parts that several screens share: cards, buttons, switches, bars, numbered steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint.canvas import SAFE, Box
from device_agent.devices.simulated_tv.paint.type import BODY, H1, LABEL
from device_agent.devices.simulated_tv.paint.wrap import balanced, emphasised, line_width, lines
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from collections.abc import Sequence

    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.devices.simulated_tv.paint.type import Style
    from device_agent.panel_view import Item
    from device_agent.tokens import Rgb
    from locales import Catalogue

LEFT: Final = SAFE[0]
RIGHT: Final = SAFE[2]
BUTTON_HEIGHT: Final = 96
BUTTON_GAP: Final = 32
_BUTTON_PADDING: Final = 52
_RING: Final = 6


@dataclass(frozen=True, slots=True)
class Button:
    """A labelled button; `danger` only for Stop."""

    label: str
    focused: bool
    danger: bool = False
    item: Item | None = None


def blank(canvas: Canvas) -> None:
    """An empty page."""
    canvas.fill((0, 0, canvas.pixels.shape[1], canvas.pixels.shape[0]), TV.bg)


def card(canvas: Canvas, box: Box) -> None:
    """A surface on the page."""
    canvas.outlined(box, RADIUS.panel, TV.surface, TV.border)


def focus_ring(canvas: Canvas, box: Box, radius: int, gap: Rgb = TV.bg) -> None:
    """A white ring round a box, with a gap; what is focused is drawn over it."""
    canvas.rounded(box.grown(2 * _RING), radius + 2 * _RING, TV.focus)
    canvas.rounded(box.grown(_RING), radius + _RING, gap)


def button(canvas: Canvas, box: Box, it: Button) -> None:
    """A button; focused it is white with a ring round it, so it is found without colour."""
    if it.item is not None:
        canvas.aim(it.item, box)
    if it.focused:
        focus_ring(canvas, box, RADIUS.control)
        canvas.rounded(box, RADIUS.control, TV.focus)
    elif it.danger:
        canvas.rounded(box, RADIUS.control, TV.danger_solid)
    else:
        canvas.outlined(box, RADIUS.control, TV.raised, TV.edge)
    colour = TV.on_focus if it.focused else TV.on_danger if it.danger else TV.text
    canvas.centred(box.grown(-16)._replace(top=box.top, bottom=box.bottom), it.label, BODY.strong, colour)


def button_row(
    canvas: Canvas, y: int, buttons: Sequence[Button], left: int = LEFT, right: int = RIGHT
) -> None:
    """Buttons side by side, as wide as their words; where they do not fit, equally wide and in two lines."""
    boxes = button_boxes(y, [it.label for it in buttons], left, right)
    for it, box in zip(buttons, boxes, strict=True):
        button(canvas, box, it)


def button_boxes(y: int, labels: Sequence[str], left: int = LEFT, right: int = RIGHT) -> list[Box]:
    """Where `button_row` puts them."""
    room = right - left - BUTTON_GAP * (len(labels) - 1)
    widths = [_natural_width(label) for label in labels]
    if sum(widths) > room:
        widths = [room // len(labels)] * len(labels)
    tall = max(
        len(lines(label, BODY.strong, across - 32)) for label, across in zip(labels, widths, strict=True)
    )
    height = max(BUTTON_HEIGHT, tall * BODY.line + 24)
    boxes, x = [], left
    for across in widths:
        boxes.append(Box(x, y, x + across, y + height))
        x += across + BUTTON_GAP
    return boxes


def _natural_width(label: str) -> int:
    return sum(line_width(line) for line in lines(label, BODY.strong, RIGHT)) + 2 * _BUTTON_PADDING


def heading(
    canvas: Canvas, text: str, *, icon: str = "", colour: Rgb = TV.text, room: int = RIGHT - LEFT
) -> int:
    """The page's heading with its icon; returns the y below it."""
    x = LEFT
    if icon:
        canvas.icon(icon, LEFT, SAFE[1], 88, colour)
        x, room = LEFT + 128, room - 128
    return canvas.paragraph(x, SAFE[1], balanced(text, H1, room), text, H1, TV.text)


def warning_height(text: str, room: int, style: Style = BODY) -> int:
    """How tall `warning` will be."""
    return max(96, len(emphasised(text, style, room - 170)) * style.line + 44)


def warning(canvas: Canvas, x: int, y: int, room: int, text: str) -> int:
    """An amber card with a sentence; returns the y below it."""
    height = warning_height(text, room)
    canvas.outlined(Box(x, y, x + room, y + height), RADIUS.panel, TV.warn_weak, TV.warn_edge)
    canvas.icon("warning", x + 38, y + (height - 64) // 2, 64, TV.warn)
    canvas.emphasised(x + 130, y + 22, balanced(text, BODY, room - 170), text, BODY, TV.text)
    return y + height


def numbered(canvas: Canvas, x: int, y: int, room: int, texts: Sequence[str]) -> int:
    """Steps with their numbers; returns the y below the last."""
    for place, text in enumerate(texts, start=1):
        canvas.disc(x + 32, y + 28, 32, TV.raised)
        canvas.text_middle(x + 32, y + 6, str(place), LABEL.strong, TV.text)
        y = canvas.emphasised(x + 92, y, room - 92, text, BODY, TV.text) + 28
    return y


def numbered_height(room: int, texts: Sequence[str]) -> int:
    """How tall `numbered` will be."""
    return sum(len(emphasised(text, BODY, room - 92)) * BODY.line + 28 for text in texts)


def fact(canvas: Canvas, place: tuple[int, int], icon: str, text: str, colour: Rgb) -> int:
    """An icon and a sentence; returns the y below it."""
    x, y = place
    canvas.icon(icon, x, y + 6, 44, colour)
    return canvas.paragraph(x + 68, y, RIGHT - 48 - x - 68, text, BODY, TV.text)


def bar(canvas: Canvas, box: Box, share: float, colour: Rgb = TV.accent) -> None:
    """How much of something is left, or how far a slider is."""
    radius = box.height // 2
    canvas.rounded(box, radius, TV.border)
    filled = round(box.width * max(0.0, min(1.0, share)))
    if filled > radius:
        canvas.rounded(box._replace(right=box.left + filled), radius, colour)


def toggle(canvas: Canvas, x: int, y: int, *, on: bool, on_white: bool) -> None:
    """A switch 104 by 56, knob right and filled when on; its word stands beside it."""
    box = Box(x, y, x + 104, y + 56)
    if on:
        canvas.rounded(box, 28, TV.on_accent if on_white else TV.accent)
        canvas.disc(box.right - 28, y + 28, 20, TV.focus if on_white else TV.on_accent)
    else:
        canvas.outlined(
            box, 28, TV.focus if on_white else TV.surface, TV.on_focus if on_white else TV.edge, 3
        )
        canvas.disc(box.left + 28, y + 28, 20, TV.on_focus if on_white else TV.text2)


def duration(words: Catalogue, seconds: int) -> str:
    """`8 min 2 s`, or `42 s` under a minute; never broken over two lines."""
    minutes, rest = divmod(max(0, seconds), 60)
    if minutes:
        text = words.text("duration.min_s", minutes=minutes, seconds=rest)
    else:
        text = words.text("duration.s", seconds=rest)
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def time_left(words: Catalogue, seconds: int) -> str:
    """`8 min 2 s left`."""
    return words.text("panel.left", time=duration(words, seconds))
