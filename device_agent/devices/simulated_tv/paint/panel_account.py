"""The customer's account: a code to sign in with, the terms by pages, the product and how it is covered."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import segno
from babel.dates import format_date

from device_agent.account.machine import State
from device_agent.account.view import Why
from device_agent.devices.simulated_tv.paint import parts
from device_agent.devices.simulated_tv.paint.banner import box_of
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH, Box
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.type import BODY, H1, LABEL, LEAD, TILE, TYPED, width
from device_agent.devices.simulated_tv.paint.wrap import balanced, lines
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from device_agent.account.view import AccountView, Cover
    from device_agent.devices.protocol import Region
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.devices.simulated_tv.paint.type import Style
    from device_agent.panel_view import PanelView
    from device_agent.tokens import Rgb
    from locales import Catalogue

QR_LEAST: Final = 340
QUIET: Final = 4
_TOP: Final = 60
_UNDER_BANNER: Final = 28
_BOTTOM: Final = 1008
_INSET: Final = 48
_DATES: Final = {"en": "en_GB"}  # the day first: 1 January 2015
_SIGNS: Final[dict[State, tuple[str, Rgb]]] = {
    State.STARTING: ("wifi", TV.accent),
    State.EXPIRED: ("clock", TV.warn),
    State.DENIED: ("cross", TV.warn),
    State.SIGNED_IN: ("check", TV.ok),
    State.FETCHING: ("wifi", TV.accent),
    State.REGISTERING: ("wifi", TV.accent),
    State.DONE: ("check", TV.ok),
    State.NOT_POSSIBLE: ("info", TV.warn),
    State.NO_CODE: ("wifi", TV.warn),
    State.NO_TERMS: ("wifi", TV.warn),
    State.NO_ANSWER: ("wifi", TV.warn),
}


def account(canvas: Canvas, view: PanelView, words: Catalogue, buttons: list[parts.Button]) -> None:
    """The screen that is open; under the banner where somebody is connected."""
    parts.blank(canvas)
    top = box_of(view.banner, words).bottom + _UNDER_BANNER if view.banner else _TOP
    match view.account.state:
        case State.CODE:
            _code(canvas, _headed(canvas, view, words, 20), view.account, words, buttons)
        case State.READING:
            _terms(canvas, _headed(canvas, view, words, 0), view.account, words, buttons)
        case State.DONE:
            _done(canvas, top, view.account, words, buttons)
        case _:
            parts.button_row(canvas, _said(canvas, top, view.account, words) + 48, buttons)


def secret_box(view: PanelView) -> tuple[Region, ...]:
    """What only the customer may see: with the code, somebody else could sign in here as themselves."""
    return ((0, 0, WIDTH, HEIGHT),) if view.account.state is State.CODE else ()


def title_of(view: AccountView, words: Catalogue) -> str:
    """The heading of the screen."""
    if view.state is State.DONE and not view.is_new:
        return words.text("tv_account.already.title")
    return words.text(f"tv_account.{view.state}.title")


def text_of(view: AccountView, words: Catalogue) -> str:
    """What stands below it."""
    match view.state:
        case State.DONE if not view.is_verified:
            return words.text("tv_account.unverified", model=view.model)
        case State.DONE:
            return words.text("tv_account.done.text", model=view.model)
        case State.NOT_POSSIBLE:
            return words.text(f"tv_account.why.{view.why or Why.NOT_REGISTRABLE}")
        case State.READING:
            return words.text("tv_account.reading.page", page=view.page + 1, pages=max(1, len(view.pages)))
        case _:
            return words.text(f"tv_account.{view.state}.text")


def cover_text(cover: Cover, words: Catalogue) -> tuple[str, str]:
    """A right with its last day, and what that day rests on (I11)."""
    day = format_date(date.fromisoformat(cover.ends_on), "long", _DATES.get(words.language, words.language))
    named = words.text(f"tv_account.cover.{cover.right}", date=day.replace(" ", "\N{NO-BREAK SPACE}"))
    return named, words.text(f"tv_account.basis.{cover.basis}")


def _headed(canvas: Canvas, view: PanelView, words: Catalogue, gap: int) -> int:
    """The heading of a full screen, beside the banner where there is one; returns the y below both."""
    taken = box_of(view.banner, words) if view.banner else None
    room = (taken.left - 24 if taken else RIGHT) - LEFT
    y = canvas.paragraph(LEFT, _TOP, room, title_of(view.account, words), H1, TV.text) + gap
    return max(y, taken.bottom + _UNDER_BANNER) if taken else y


def _said(canvas: Canvas, top: int, view: AccountView, words: Catalogue) -> int:
    """Icon, heading and sentence; returns the y below them."""
    icon, colour = _SIGNS[view.state]
    canvas.icon(icon, LEFT, top, 88, colour)
    left, room = LEFT + 128, RIGHT - LEFT - 128
    title = title_of(view, words)
    y = canvas.paragraph(left, top, balanced(title, H1, room), title, H1, TV.text) + 8
    return canvas.paragraph(left, y, room, text_of(view, words), BODY, TV.text2)


def _code(canvas: Canvas, y: int, view: AccountView, words: Catalogue, buttons: list[parts.Button]) -> None:
    left, size = LEFT + _INSET, _qr_size(view.link_with_code)
    inner = RIGHT - _INSET - size - 56 - left
    shown = words.text("tv_account.code.open"), words.text("tv_account.code.type")
    tall = LEAD.line * sum(len(lines(text, LEAD, inner)) for text in shown)
    tall += LEAD.line * len(lines(view.link, LEAD.strong, inner)) + 16 + TYPED.line
    box = Box(LEFT, y, RIGHT, y + 2 * 36 + max(size, tall))
    parts.card(canvas, box)
    _qr(canvas, view.link_with_code, RIGHT - _INSET - size, box.top + (box.height - size) // 2)
    y = canvas.paragraph(left, box.top + 36, inner, shown[0], LEAD, TV.text)
    y = canvas.paragraph(left, y, inner, view.link, LEAD.strong, TV.accent)
    y = canvas.paragraph(left, y + 16, inner, shown[1], LEAD, TV.text)
    _letters(canvas, left, y, view.user_code)
    _wait(canvas, box.bottom + 20, view, words)
    parts.button_row(canvas, box.bottom + 116, buttons)


def _wait(canvas: Canvas, y: int, view: AccountView, words: Catalogue) -> None:
    told = parts.time_left(words, view.seconds_left)
    canvas.text_right(RIGHT, y, told, LABEL, TV.text)
    canvas.paragraph(
        LEFT, y, RIGHT - LEFT - width(told, LABEL) - 48, words.text("tv_account.code.text"), LABEL, TV.text2
    )
    parts.bar(canvas, Box(LEFT, y + 56, RIGHT, y + 68), view.seconds_left / max(1, view.seconds_total))


def _letters(canvas: Canvas, x: int, y: int, code: str) -> None:
    """Letter by letter: no more than one is kept in the caches."""
    for letter in code:
        x = canvas.text(x, y, letter, TYPED, TV.text) + 6


def _qr_size(link: str) -> int:
    across, scale = _modules(link)
    return (across + 2 * QUIET) * scale


def _modules(link: str) -> tuple[int, int]:
    """How many modules it has, and how many px each."""
    across = len(segno.make(link, error="m", micro=False).matrix)
    return across, -(-QR_LEAST // across)


def _qr(canvas: Canvas, link: str, x: int, y: int) -> None:
    """Dark on white with four modules of quiet zone, so that any telephone reads it from a sofa."""
    across, scale = _modules(link)
    size = (across + 2 * QUIET) * scale
    canvas.rounded((x, y, x + size, y + size), RADIUS.key_cap, TV.focus)
    for row, modules in enumerate(segno.make(link, error="m", micro=False).matrix):
        for column, dark in enumerate(modules):
            if dark:
                at = x + (column + QUIET) * scale, y + (row + QUIET) * scale
                canvas.fill((*at, at[0] + scale, at[1] + scale), TV.on_focus)


def _terms(canvas: Canvas, y: int, view: AccountView, words: Catalogue, buttons: list[parts.Button]) -> None:
    y = canvas.paragraph(LEFT, y, RIGHT - LEFT, text_of(view, words), LABEL, TV.text2) + 12
    tall = max(box.height for box in parts.button_boxes(0, [it.label for it in buttons]))
    box = Box(LEFT, y, RIGHT, _BOTTOM - tall - 32)
    parts.card(canvas, box)
    page = view.pages[view.page] if view.pages else ()
    room = box.width - 2 * _INSET
    style = next((it for it in (BODY, TILE) if _height(page, it, room) <= box.height - 48), LABEL)
    y = box.top + 24
    for paragraph in page:
        y = canvas.paragraph(box.left + _INSET, y, room, paragraph, style, TV.text) + style.line // 2
    parts.button_row(canvas, box.bottom + 32, buttons)


def _height(page: tuple[str, ...], style: Style, room: int) -> int:
    return sum(len(lines(text, style, room)) * style.line + style.line // 2 for text in page)


def _done(canvas: Canvas, top: int, view: AccountView, words: Catalogue, buttons: list[parts.Button]) -> None:
    y = _said(canvas, top, view, words) + 32
    if view.covers:
        box = Box(LEFT, y, RIGHT, y + 64 + sum(_cover_height(it, words) for it in view.covers))
        parts.card(canvas, box)
        y = box.top + 36
        for cover in view.covers:
            y = _cover(canvas, y, cover, words)
        y = box.bottom
    parts.button_row(canvas, y + 40, buttons)


def _cover(canvas: Canvas, y: int, cover: Cover, words: Catalogue) -> int:
    named, basis = cover_text(cover, words)
    left, room = LEFT + _INSET + 68, RIGHT - LEFT - 2 * _INSET - 68
    canvas.icon("shield", LEFT + _INSET, y + 6, 44, TV.ok)
    below = canvas.paragraph(left, y, room, named, BODY.strong, TV.text)
    canvas.paragraph(left, below, room, basis, LABEL, TV.text2)
    return y + _cover_height(cover, words)


def _cover_height(cover: Cover, words: Catalogue) -> int:
    named, basis = cover_text(cover, words)
    room = RIGHT - LEFT - 2 * _INSET - 68
    return BODY.line * len(lines(named, BODY.strong, room)) + LABEL.line * len(lines(basis, LABEL, room)) + 16
