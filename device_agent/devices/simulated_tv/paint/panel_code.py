"""The code: all twelve digits in three groups, or four of them as large as the screen allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint import parts
from device_agent.devices.simulated_tv.paint.canvas import Box
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.type import BODY, CODE, CODE_BIG, H1, LABEL, LEAD, width
from device_agent.panel_view import Item
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.devices.simulated_tv.paint.type import Style
    from device_agent.panel_view import PanelView
    from locales import Catalogue

_GROUP: Final = 4
_GROUPS: Final = 3
_CARD: Final = Box(LEFT, 165, RIGHT, 591)
_INSET: Final = 58


def code(canvas: Canvas, view: PanelView, words: Catalogue, buttons: list[parts.Button]) -> None:
    """Twelve digits, the time left, the warning and the buttons."""
    parts.blank(canvas)
    canvas.text(LEFT, 60, words.text("panel.support.title"), H1, TV.text)
    _terms(canvas, words)
    parts.card(canvas, _CARD)
    left, right = _CARD.left + _INSET, _CARD.right - _INSET
    canvas.text(left, 197, words.text("panel.code.read"), LEAD, TV.text)
    digits(canvas, (left, right, 270), view.code, CODE)
    _time(canvas, left, right, view, words)
    parts.fact(canvas, (LEFT + 8, 620), "check", words.text("panel.code.reached"), TV.ok)
    bottom = parts.warning(canvas, LEFT, 704, RIGHT - LEFT, words.text("panel.code.warning"))
    parts.button_row(canvas, max(bottom + 36, 892), buttons)


def code_big(canvas: Canvas, view: PanelView, words: Catalogue) -> None:
    """One group of four, what to do with it, and which keys show the others."""
    parts.blank(canvas)
    group = max(0, min(_GROUPS - 1, view.code_group))
    canvas.text(LEFT, 60, words.text(f"panel.big.group_{group + 1}"), H1, TV.text)
    canvas.paragraph(LEFT, 144, RIGHT - LEFT, words.text(f"panel.big.read_{group + 1}"), BODY, TV.text)
    canvas.text_right(RIGHT, 76, parts.time_left(words, view.seconds_left), BODY, TV.text2)
    four = view.code[group * _GROUP : (group + 1) * _GROUP]
    _spaced(canvas, 960 - _pitch(CODE_BIG) * _GROUP // 2, 158, four, CODE_BIG)
    for place in range(_GROUPS):
        x = 756 + place * 144
        canvas.rounded((x, 756, x + 120, 772), 8, TV.accent if place == group else TV.border)
    whole = Box(0, 0, canvas.pixels.shape[1], canvas.pixels.shape[0])  # the page has no buttons, only keys
    canvas.aim(Item.SMALLER if group == _GROUPS - 1 else Item.NEXT_GROUP, whole)
    _hints(canvas, words, is_last=group == _GROUPS - 1)
    canvas.icon("warning", LEFT, 932, 44, TV.warn)
    canvas.text(LEFT + 68, 932, words.text("panel.big.warning"), LABEL, TV.warn)


def _hints(canvas: Canvas, words: Catalogue, *, is_last: bool) -> None:
    x = _key_hint(canvas, LEFT, ("chevron_left", "chevron_right"), words.text("panel.big.others"))
    # On the last group both keys do the same, so one text serves them.
    x = _key(canvas, x, "OK") - 16 if is_last else _key_hint(canvas, x, "OK", words.text("panel.big.next"))
    _key_hint(canvas, x, ("back",), words.text("panel.big.all"))


def _terms(canvas: Canvas, words: Catalogue) -> None:
    """What it costs and when it is over, and the language of the set."""
    x = canvas.text_right(RIGHT, 78, words.text("tv.language"), LABEL, TV.text)
    canvas.icon("globe", x - 54, 82, 36, TV.text)
    canvas.text_right(x - 96, 78, words.text("panel.terms"), LABEL, TV.text2)


def digits(canvas: Canvas, place: tuple[int, int, int], text: str, style: Style) -> None:
    """Twelve digits, or as many as there are, in three groups between left and right, `y` at their top."""
    left, right, y = place
    for group, x in enumerate(_groups(left, right, style)):
        _spaced(canvas, x, y, text[group * _GROUP : (group + 1) * _GROUP], style)


def places(canvas: Canvas, place: tuple[int, int, int], style: Style, following: int) -> None:
    """A line where each digit stands or will stand, brighter where the following one goes."""
    left, right, y = place
    pitch = _pitch(style)
    starts = [x + within * pitch for x in _groups(left, right, style) for within in range(_GROUP)]
    for number, x in enumerate(starts):
        colour = TV.accent if number == following else TV.border
        canvas.rounded((x + 6, y, x + pitch - 6, y + 8), 4, colour)


def _groups(left: int, right: int, style: Style) -> list[int]:
    """Where the groups begin."""
    block = _pitch(style) * _GROUP
    stride = (right - left - block) // (_GROUPS - 1)
    return [left + group * stride for group in range(_GROUPS)]


def _spaced(canvas: Canvas, x: int, y: int, digits: str, style: Style) -> None:
    """Digit by digit, on one pitch: no text of more than one digit is kept in the caches."""
    pitch = _pitch(style)
    for digit in digits:
        canvas.text_middle(x + pitch // 2, y, digit, style, TV.text)
        x += pitch


def _pitch(style: Style) -> int:
    return max(width(digit, style) for digit in "0123456789")


def _time(canvas: Canvas, left: int, right: int, view: PanelView, words: Catalogue) -> None:
    x = canvas.text_right(right, 498, parts.time_left(words, view.seconds_left), BODY, TV.text)
    parts.bar(canvas, Box(left, 518, x - 32, 534), view.seconds_left / max(1, view.seconds_total))


def _key_hint(canvas: Canvas, x: int, key: tuple[str, ...] | str, text: str) -> int:
    """A key of the remote and what it does; returns where the next may start."""
    return canvas.text(_key(canvas, x, key), 816, text, BODY, TV.text) + 64


def _key(canvas: Canvas, x: int, key: tuple[str, ...] | str) -> int:
    """A key as it looks on the remote, by its word or its icons; returns where its text starts."""
    label = width(key, LABEL.strong) if isinstance(key, str) else 36 * len(key) + 20 * (len(key) - 1)
    canvas.rounded((x, 816, x + 56 + label, 872), RADIUS.key_cap, TV.focus)
    if isinstance(key, str):
        canvas.text(x + 28, 822, key, LABEL.strong, TV.on_focus)
    else:
        for place, icon in enumerate(key):
            canvas.icon(icon, x + 28 + place * 56, 826, 36, TV.on_focus)
    return x + 56 + label + 32
