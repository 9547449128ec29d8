"""Typing a code: the digits so far, and keys on the screen for remotes that have no number keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint import panel_code, parts
from device_agent.devices.simulated_tv.paint.canvas import Box
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.type import H1, H2, LABEL, LEAD, TYPED
from device_agent.devices.simulated_tv.paint.wrap import lines
from device_agent.panel import grid
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.panel_view import PanelView
    from locales import Catalogue

_KEY: Final = (176, 112)
_GAP: Final = 24
_PAD: Final = 3 * _KEY[0] + 2 * _GAP
_CARD_RIGHT: Final = RIGHT - _PAD - 48
_INSET: Final = 44


def typing(canvas: Canvas, view: PanelView, words: Catalogue) -> None:
    """The digits of a code that the technician has given, as far as they are typed."""
    parts.blank(canvas)
    top = canvas.paragraph(LEFT, 60, RIGHT - LEFT, words.text("panel.typing.title"), H1, TV.text) + 28
    bottom = _typed(canvas, view, words, top)
    text = words.text("panel.typing.mistyped" if view.is_mistyped else "panel.typing.warning")
    parts.warning(canvas, LEFT, bottom + 28, _CARD_RIGHT - LEFT, text)
    _pad(canvas, view, words, top)


def _typed(canvas: Canvas, view: PanelView, words: Catalogue, top: int) -> int:
    left, right = LEFT + _INSET, _CARD_RIGHT - _INSET
    read = words.text("panel.typing.read")
    y = top + 32 + LEAD.line * len(lines(read, LEAD, right - left))
    bottom = y + 12 + TYPED.line + 88
    parts.card(canvas, Box(LEFT, top, _CARD_RIGHT, bottom))
    canvas.paragraph(left, top + 32, right - left, read, LEAD, TV.text)
    panel_code.digits(canvas, (left, right, y + 12), view.typed, TYPED)
    panel_code.places(canvas, (left, right, y + 12 + TYPED.line), TYPED, len(view.typed))
    told = words.text("panel.typing.count", n=len(view.typed))
    if not view.on_pad:
        told = f"{told} {words.text('panel.typing.left')}"
    canvas.text(left, y + TYPED.line + 32, told, LABEL, TV.text2)
    return bottom


def _pad(canvas: Canvas, view: PanelView, words: Catalogue, top: int) -> None:
    across, tall = _KEY
    for row, items in enumerate(grid(view)):
        for column, item in enumerate(items):
            x, y = RIGHT - _PAD + column * (across + _GAP), top + row * (tall + _GAP)
            box = Box(x, y, x + across, y + tall)
            canvas.aim(item, box)
            focused = view.focus is item
            if focused:
                parts.focus_ring(canvas, box, RADIUS.control)
                canvas.rounded(box, RADIUS.control, TV.focus)
            else:
                canvas.outlined(box, RADIUS.control, TV.raised, TV.edge)
            digit = item.value.removeprefix("digit_")
            label, style = (
                (digit, H2) if digit.isdigit() else (words.text(f"panel.button.{item}"), LABEL.strong)
            )
            canvas.centred(box.grown(-8), label, style, TV.on_focus if focused else TV.text)
