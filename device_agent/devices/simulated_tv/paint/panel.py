"""Chooses the page a panel shows and the words on its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint import (
    panel_account,
    panel_code,
    panel_consent,
    panel_ended,
    panel_pages,
    panel_typing,
    parts,
)
from device_agent.devices.simulated_tv.paint.banner import box_of
from device_agent.panel import grid
from device_agent.panel_view import Item, Page

if TYPE_CHECKING:
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.panel_view import PanelView
    from locales import Catalogue

_UNDER_BANNER: Final = 220
_TOP: Final = 60


def draw(canvas: Canvas, view: PanelView, words: Catalogue) -> None:  # noqa: C901, PLR0912 - one case per page
    """Paint the page that covers the screen."""
    rows = grid(view)
    is_pad = view.page is Page.TYPING
    buttons = [_button(item, view, words) for item in rows[-1]] if rows and not is_pad else []
    top = _UNDER_BANNER if view.banner else _TOP
    match view.page:
        case Page.SUPPORT:
            panel_pages.support(canvas, view, words, buttons, top=_TOP)
        case Page.TYPING:
            panel_typing.typing(canvas, view, words)
        case Page.CHECKING:
            panel_pages.checking(canvas, words, buttons, top=top)
        case Page.CODE:
            panel_code.code(canvas, view, words, buttons)
        case Page.CODE_BIG:
            panel_code.code_big(canvas, view, words)
        case Page.PAIRING:
            panel_pages.pairing(canvas, view, words, buttons)
        case Page.CONSENT:
            panel_consent.consent(canvas, view, words)
        case Page.HELPING:
            panel_pages.helping(canvas, view, words, buttons)
        case Page.RENEW:
            panel_pages.renew(canvas, view, words, [_button(item, view, words) for item in rows[0]], buttons)
        case Page.MORE:
            under = box_of(view.banner, words).bottom + 36 if view.banner else _TOP
            panel_consent.more(canvas, view, words, top=under)
        case Page.ENDED:
            panel_ended.ended(canvas, view, words, buttons)
        case Page.PROBLEM:
            panel_pages.problem(canvas, view, words, buttons)
        case Page.ACCOUNT:
            panel_account.account(canvas, view, words, buttons)
        case Page.NONE:
            raise ValueError("an empty page covers nothing")


def _button(item: Item, view: PanelView, words: Catalogue) -> parts.Button:
    key = f"panel.button.{item}"
    if item is Item.YES:
        key = "panel.renew.yes"
    return parts.Button(words.text(key), focused=view.focus is item, danger=item is Item.STOP, item=item)
