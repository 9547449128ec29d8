"""The part of the consent card that says who asks: name, company, what was checked, the stated request.

Names may be 64 characters long and none is ever cut: where they do not fit, the type gets smaller by steps,
and a company that stands in the checked line need not stand twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint import parts
from device_agent.devices.simulated_tv.paint.canvas import Box
from device_agent.devices.simulated_tv.paint.parts import LEFT
from device_agent.devices.simulated_tv.paint.type import BODY, H2, LABEL, TILE, Style
from device_agent.devices.simulated_tv.paint.wrap import lines
from device_agent.tokens import TV

if TYPE_CHECKING:
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.panel_view import PanelView
    from locales import Catalogue

SPLIT: Final = 696  # the left column ends here
_INSET: Final = 34
_TOP: Final = 32
_ROOM: Final = SPLIT - LEFT - 2 * _INSET
_AVATAR: Final = 112
_DISC: Final = 48


@dataclass(frozen=True, slots=True)
class Sizes:
    """Type of the left column; without `org` the company stands in the checked line only."""

    name: Style
    org: Style | None
    checked: Style
    note: Style
    avatar: int = _AVATAR
    above_request: int = 8


_SMALL: Final = Style(24, 34)
SIZES: Final = (
    Sizes(H2, BODY, BODY.strong, BODY, above_request=20),
    Sizes(BODY.strong, LABEL, BODY.strong, BODY),
    Sizes(LABEL.strong, LABEL, LABEL.strong, LABEL),
    Sizes(LABEL.strong, None, LABEL.strong, LABEL, avatar=0),
    Sizes(_SMALL.strong, _SMALL, _SMALL.strong, _SMALL, avatar=0),
)


def who(canvas: Canvas, top: int, view: PanelView, words: Catalogue, sizes: Sizes) -> int:
    """Draw the card; returns the y below it."""
    x, bottom = LEFT + _INSET, top + height(view, words, sizes)
    parts.card(canvas, Box(LEFT, top, SPLIT, bottom))
    y = _names(canvas, x, top + _TOP, view, sizes) + 20
    canvas.icon("shield", x, y + (sizes.checked.line - 48) // 2, 48, TV.ok)
    checked = words.text("panel.consent.checked", org=view.org)
    y = canvas.paragraph(x + 64, y, _ROOM - 64, checked, sizes.checked, TV.ok)
    if view.request:
        y = canvas.paragraph(
            x, y + sizes.above_request, _ROOM, words.text("panel.consent.request"), LABEL, TV.text2
        )
        canvas.paragraph(x, y, _ROOM, view.request, TILE.strong, TV.text)
    return bottom


def height(view: PanelView, words: Catalogue, sizes: Sizes) -> int:
    """How tall the card will be."""
    checked = words.text("panel.consent.checked", org=view.org)
    rows = _TOP + _names_height(view, sizes) + 20 + tall(checked, sizes.checked, _ROOM - 64) + 28
    if not view.request:
        return rows
    return (
        rows
        + sizes.above_request
        + tall(words.text("panel.consent.request"), LABEL, _ROOM)
        + tall(view.request, TILE.strong, _ROOM)
    )


def tall(text: str, style: Style, room: int) -> int:
    """How tall a paragraph will be."""
    return style.line * len(lines(text, style, room))


def _names(canvas: Canvas, x: int, y: int, view: PanelView, sizes: Sizes) -> int:
    if sizes.avatar:
        canvas.disc(x + _DISC, y + _DISC, _DISC, TV.accent_weak)
        canvas.text_middle(
            x + _DISC, y + _DISC - BODY.line // 2, _initials(view.name), BODY.strong, TV.accent
        )
    beside = _ROOM - sizes.avatar
    below = canvas.paragraph(x + sizes.avatar, y, beside, view.name, sizes.name, TV.text)
    if sizes.org:
        canvas.paragraph(x + sizes.avatar, below, beside, view.org, sizes.org, TV.text2)
    return y + _names_height(view, sizes)


def _names_height(view: PanelView, sizes: Sizes) -> int:
    beside = _ROOM - sizes.avatar
    named = tall(view.name, sizes.name, beside) + (tall(view.org, sizes.org, beside) if sizes.org else 0)
    return max(2 * _DISC if sizes.avatar else 0, named)


def _initials(name: str) -> str:
    names = name.split()
    return "".join(dict.fromkeys(part[0].upper() for part in (names[0], names[-1]))) if names else ""
