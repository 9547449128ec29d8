"""The set's languages in one row behind a globe, each in its own words: for whoever cannot read the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint import parts
from device_agent.devices.simulated_tv.paint.canvas import Box
from device_agent.devices.simulated_tv.paint.parts import RIGHT
from device_agent.devices.simulated_tv.paint.settings_words import own_name
from device_agent.devices.simulated_tv.paint.type import LABEL, width
from device_agent.panel_view import Item
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.panel_view import PanelView
    from locales import Catalogue

_HEIGHT: Final = 72
_PADDING: Final = 22
_GLOBE: Final = 44
_TICK: Final = 32


def row(canvas: Canvas, view: PanelView, words: Catalogue, *, middle: int) -> int:
    """Draw them up to the right edge, the one in use with a tick; returns where the row starts."""
    x = RIGHT
    for language in reversed(view.languages):
        used = language == words.language
        focused = view.focus is Item.LANGUAGE and view.language == language
        across = 2 * _PADDING + width(own_name(language), LABEL.strong) + (_TICK + 10 if used else 0)
        box = Box(x - across, middle - _HEIGHT // 2, x, middle + _HEIGHT // 2)
        canvas.aim(Item.LANGUAGE, box, language)
        _name(canvas, box, own_name(language), used=used, focused=focused)
        x = box.left
    canvas.icon("globe", x - 12 - _GLOBE, middle - _GLOBE // 2, _GLOBE, TV.text)
    return x - 12 - _GLOBE - 32


def _name(canvas: Canvas, box: Box, name: str, *, used: bool, focused: bool) -> None:
    if focused:
        parts.focus_ring(canvas, box, RADIUS.control)
        canvas.rounded(box, RADIUS.control, TV.focus)
    x, colour = box.left + _PADDING, TV.on_focus if focused else TV.text
    if used:
        canvas.icon("check", x, box.top + (_HEIGHT - _TICK) // 2, _TICK, colour)
        x += _TICK + 10
    style = LABEL.strong if used or focused else LABEL
    canvas.text(x, box.top + (_HEIGHT - LABEL.line) // 2, name, style, colour)
