"""The keyboard on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint import parts
from device_agent.devices.simulated_tv.paint.canvas import Box
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.settings_words import name_of
from device_agent.devices.simulated_tv.paint.type import BODY, H1, H2, LABEL, width
from device_agent.devices.simulated_tv.screens import KEYBOARD, KEYBOARD_WORDS, Typing
from device_agent.devices.simulated_tv.settings import field_of
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from locales import Catalogue

_KEY: Final = 150
_GAP: Final = 16
_TALL: Final = 96
_TOP: Final = 420
_RIM: Final = 24  # the ring round what has the focus, and some more
_LEFT: Final = (LEFT + RIGHT - 10 * _KEY - 9 * _GAP) // 2
_SPANS: Final = {"shift": (0, 2), "space": (2, 4), "delete": (6, 2), "done": (8, 2)}


def typing(canvas: Canvas, screen: Typing, words: Catalogue) -> None:
    """What is being typed, and the keys to type it with."""
    longest = field_of(screen.path).longest
    parts.blank(canvas)
    canvas.paragraph(LEFT, 76, 820, name_of(words, screen.path), H1, TV.text)
    field = _field()
    canvas.outlined(field, RADIUS.control, TV.surface, TV.edge)
    end = canvas.text(field.left + 36, field.top + 22, screen.text, H2, TV.text)
    canvas.fill((end + 6, field.top + 24, end + 10, field.bottom - 24), TV.accent)
    count = words.text("keyboard.length", n=len(screen.text), most=longest)
    canvas.text_right(field.right - 4, 350, count, LABEL, TV.text2)
    for row, keys in enumerate(KEYBOARD):
        for column, key in enumerate(keys):
            letter = key.upper() if screen.upper else key
            focused = (row, column) == (screen.row, screen.column)
            _key(canvas, key_box(row, column), focused=focused, text=letter)
    for word in KEYBOARD_WORDS:
        column, span = _SPANS[word]
        text = words.text(f"keyboard.{word}")
        focused = screen.row == len(KEYBOARD) and screen.key == word
        _key(canvas, key_box(len(KEYBOARD), column, span), focused=focused, text=text, icon=word)


def secret_box() -> Box:
    """What must not be seen while a secret is typed: it, how long it is, and which key has the focus."""
    return Box(_field().left, _field().top, _field().right, key_box(len(KEYBOARD), 0).bottom).grown(_RIM)


def _field() -> Box:
    return Box(_LEFT, 236, RIGHT - (_LEFT - LEFT), 340)


def key_boxes() -> list[tuple[int, int, Box]]:
    """Row, column and place of every key; a wide one counts as its first column."""
    keys = [
        (row, column, key_box(row, column))
        for row, line in enumerate(KEYBOARD)
        for column in range(len(line))
    ]
    last = len(KEYBOARD)
    return keys + [(last, column, key_box(last, column, span)) for column, span in _SPANS.values()]


def key_box(row: int, column: int, span: int = 1) -> Box:
    """Where one key lies."""
    x, y = _LEFT + column * (_KEY + _GAP), _TOP + row * (_TALL + _GAP)
    return Box(x, y, x + span * _KEY + (span - 1) * _GAP, y + _TALL)


def _key(canvas: Canvas, box: Box, *, focused: bool, text: str, icon: str = "") -> None:
    y = box.top
    if focused:
        parts.focus_ring(canvas, box, RADIUS.key_cap)
    canvas.rounded(box, RADIUS.key_cap, TV.focus if focused else TV.raised)
    colour = TV.on_focus if focused else TV.text
    if icon in {"shift", "space", "delete"}:
        start = (box.left + box.right - 44 - 16 - width(text, LABEL)) // 2
        canvas.icon(icon, start, y + 26, 44, colour)
        canvas.text(start + 60, y + 26, text, LABEL, colour)
    else:
        canvas.text_middle((box.left + box.right) // 2, y + 20, text, BODY.strong if icon else BODY, colour)
