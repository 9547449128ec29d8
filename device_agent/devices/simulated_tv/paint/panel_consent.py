"""The questions only the customer answers: who asks, what for, what each switch gives (INV-A6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint import parts
from device_agent.devices.simulated_tv.paint.canvas import Box
from device_agent.devices.simulated_tv.paint.panel_consent_who import SIZES, SPLIT, height, tall, who
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.type import BODY, H2, LABEL, width
from device_agent.devices.simulated_tv.paint.wrap import balanced, lines
from device_agent.panel import SWITCHES
from device_agent.panel_view import Item
from device_agent.tokens import RADIUS, TV
from wire.commands import Grant

if TYPE_CHECKING:
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.panel_view import Ask, PanelView
    from locales import Catalogue

_ROWS: Final = 760  # the right column starts here
_ICONS: Final = {Grant.VIEW: "eye", Grant.KEYS: "remote", Grant.SETTINGS: "sliders", Grant.SOUND: "speaker"}
_BETWEEN: Final = 16
_SHORT: Final = 96
_CLOSED: Final = 110
_ANSWERS: Final = 96 + 28 + 88
_BOTTOM: Final = 1016


def consent(canvas: Canvas, view: PanelView, words: Catalogue) -> None:
    """The whole card."""
    parts.blank(canvas)
    _left(canvas, view, words)
    canvas.text(_ROWS, 64, words.text("panel.consent.asks"), BODY.strong, TV.text)
    top = 148  # the ring of the first row stays clear of the line above
    room = 768 - top - _height(view.asks, words, detailed=True)
    y = _switch_rows(canvas, top, view, words, detailed=room >= _CLOSED)
    y = _closed_row(canvas, y, words)
    _answers(canvas, max(y + 36, 740), view, words)


def more(canvas: Canvas, view: PanelView, words: Catalogue, *, top: int) -> None:
    """In a session: what is asked for besides what is given, under the banner."""
    parts.blank(canvas)
    room = _ROWS - LEFT - 48
    title = words.text("panel.more.title")
    y = canvas.paragraph(LEFT, top, balanced(title, H2, room), title, H2, TV.text) + 24
    canvas.paragraph(LEFT, y, room, words.text("panel.more.text"), BODY, TV.text2)
    left = words.text("panel.consent.left", time=parts.duration(words, view.seconds_left))
    foot = 1012 - LABEL.line * len(lines(left, LABEL, room))
    canvas.paragraph(LEFT, foot, room, left, LABEL, TV.text2)
    detailed = top + _height(view.asks, words, detailed=True) + 36 + _ANSWERS <= _BOTTOM
    y = _switch_rows(canvas, top, view, words, detailed=detailed)
    _answers(canvas, min(max(y + 36, 740), _BOTTOM - _ANSWERS), view, words)


def _left(canvas: Canvas, view: PanelView, words: Catalogue) -> None:
    room = SPLIT - LEFT
    left = words.text("panel.consent.left", time=parts.duration(words, view.seconds_left))
    foot = 1012 - LABEL.line * len(lines(left, LABEL, room))
    title = words.text("panel.consent.title")
    y = canvas.paragraph(LEFT, 64, balanced(title, H2, room), title, H2, TV.text) + 24
    same = words.text("panel.consent.same_person")
    sizes = next(
        (it for it in SIZES if y + height(view, words, it) + 44 + tall(same, it.note, room) <= foot),
        SIZES[-1],
    )
    y = who(canvas, y, view, words, sizes) + 28
    canvas.paragraph(LEFT, y, room, same, sizes.note, TV.text2)
    canvas.paragraph(LEFT, foot, room, left, LABEL, TV.text2)


def _row(canvas: Canvas, y: int, detail: str, room: int, *, focused: bool) -> Box:
    """One row's ground, as tall as its detail needs."""
    box = Box(_ROWS, y, RIGHT, y + 66 + tall(detail, LABEL, room))
    if focused:
        parts.focus_ring(canvas, box, RADIUS.control)
    canvas.rounded(box, RADIUS.control, TV.focus if focused else TV.raised)
    return box


def _switch_rows(canvas: Canvas, y: int, view: PanelView, words: Catalogue, *, detailed: bool) -> int:
    """One under another; where there are too many for their details, the names alone say it."""
    for ask in view.asks:
        focused = view.focus is SWITCHES[ask.grant]
        if detailed:
            y = _switch_row(canvas, y, ask, words, focused=focused)
        else:
            y = _short_row(canvas, y, ask, words, focused=focused)
    return y


def _height(asks: tuple[Ask, ...], words: Catalogue, *, detailed: bool) -> int:
    """How tall the rows are, gaps included."""
    if not detailed:
        return len(asks) * (_SHORT + _BETWEEN)
    return sum(66 + tall(_detail(ask, words), LABEL, _room(ask, words)) + _BETWEEN for ask in asks)


def _detail(ask: Ask, words: Catalogue) -> str:
    return words.text(f"grant.{ask.grant}.detail")


def _word(ask: Ask, words: Catalogue) -> str:
    return words.text("option.on" if ask.on else "option.off")


def _room(ask: Ask, words: Catalogue) -> int:
    return RIGHT - _ROWS - 104 - 32 - 104 - 20 - width(_word(ask, words), LABEL) - 20


def _short_row(canvas: Canvas, y: int, ask: Ask, words: Catalogue, *, focused: bool) -> int:
    box = Box(_ROWS, y, RIGHT, y + _SHORT)
    canvas.aim(SWITCHES[ask.grant], box)
    if focused:
        parts.focus_ring(canvas, box, RADIUS.control)
    canvas.rounded(box, RADIUS.control, TV.focus if focused else TV.raised)
    strong, quiet = (TV.on_focus, TV.on_focus) if focused else (TV.text, TV.text2)
    canvas.icon(_ICONS[ask.grant], box.left + 32, y + 24, 48, TV.on_focus if focused else TV.accent)
    canvas.text(
        box.left + 104, y + (_SHORT - BODY.line) // 2, words.text(f"grant.{ask.grant}"), BODY.strong, strong
    )
    canvas.text_right(box.right - 156, y + (_SHORT - LABEL.line) // 2, _word(ask, words), LABEL, quiet)
    parts.toggle(canvas, box.right - 136, y + (_SHORT - 56) // 2, on=ask.on, on_white=focused)
    return box.bottom + _BETWEEN


def _switch_row(canvas: Canvas, y: int, ask: Ask, words: Catalogue, *, focused: bool) -> int:
    word, detail, room = _word(ask, words), _detail(ask, words), _room(ask, words)
    box = _row(canvas, y, detail, room, focused=focused)
    canvas.aim(SWITCHES[ask.grant], box)
    middle = (box.top + box.bottom) // 2
    strong, quiet = (TV.on_focus, TV.on_focus) if focused else (TV.text, TV.text2)
    canvas.icon(_ICONS[ask.grant], box.left + 32, middle - 24, 48, TV.on_focus if focused else TV.accent)
    canvas.text(box.left + 104, y + 4, words.text(f"grant.{ask.grant}"), BODY.strong, strong)
    canvas.paragraph(box.left + 104, y + 57, room, detail, LABEL, quiet)
    canvas.text_right(box.right - 156, middle - LABEL.line // 2, word, LABEL, quiet)
    parts.toggle(canvas, box.right - 136, middle - 28, on=ask.on, on_white=focused)
    return box.bottom + _BETWEEN


def _closed_row(canvas: Canvas, y: int, words: Catalogue) -> int:
    """Camera and microphone: no grant for them exists in this version (INV-B8), and the card says so."""
    closed, not_asked = words.text("panel.camera.closed"), words.text("panel.camera.not_asked")
    box = _row(canvas, y, closed, RIGHT - _ROWS, focused=False)
    middle = (box.top + box.bottom) // 2
    canvas.icon("camera_off", box.left + 32, middle - 24, 48, TV.text2)
    canvas.text(box.left + 104, y + 4, words.text("panel.camera"), BODY.strong, TV.text)
    canvas.text(box.left + 104, y + 57, closed, LABEL, TV.text2)
    canvas.text_right(box.right - 32, middle - LABEL.line // 2, not_asked, LABEL, TV.text2)
    return box.bottom


def _answers(canvas: Canvas, y: int, view: PanelView, words: Catalogue) -> None:
    """Yes and No of one size; below them the way out for somebody under pressure."""
    middle = (_ROWS + RIGHT) // 2
    yes = parts.Button(words.text("panel.consent.yes"), view.focus is Item.YES, item=Item.YES)
    no = parts.Button(words.text("panel.consent.no"), view.focus is Item.NO, item=Item.NO)
    told = words.text("panel.told_me")
    parts.button(canvas, Box(_ROWS, y, middle - 16, y + 96), yes)
    parts.button(canvas, Box(middle + 16, y, RIGHT, y + 96), no)
    box = Box(_ROWS, y + 124, RIGHT, y + 124 + 88)
    canvas.aim(Item.TOLD_ME, box)
    if view.focus is Item.TOLD_ME:
        parts.button(canvas, box, parts.Button(told, focused=True))
        return
    canvas.outlined(box, RADIUS.control, TV.bg, TV.edge)
    canvas.text(box.left + (box.width - width(told, BODY)) // 2, box.top + 16, told, BODY, TV.text)
