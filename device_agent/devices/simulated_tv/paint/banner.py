"""The banner, always on top while somebody is connected: who, what they can do now, how to stop (INV-B7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint.canvas import SAFE, Box
from device_agent.devices.simulated_tv.paint.type import LABEL, width
from device_agent.devices.simulated_tv.paint.wrap import line_width, lines
from device_agent.panel_view import Item
from device_agent.tokens import RADIUS, TV
from wire.commands import Grant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.panel_view import Banner
    from locales import Catalogue

TOP: Final = 48
LEAST_WIDTH: Final = 860
ORDER: Final = (Grant.VIEW, Grant.KEYS, Grant.SETTINGS, Grant.SOUND)
_OUTLINE: Final = 3
_TEXT_LEFT: Final = 78
_GAP: Final = 24
_LARGEST_TEXT: Final = 620  # so wide it leaves the header of the home screen free; longer words wrap


def can_do(words: Catalogue, grants: Iterable[Grant]) -> str:
    """What the technician can do now, in one phrase."""
    held = "_".join(grant.value for grant in ORDER if grant in set(grants))
    return words.text(f"banner.{held or 'nothing'}")


def box_of(banner: Banner, words: Catalogue) -> Box:
    """Where the banner lies: at the top right of the safe area, as wide and tall as its words need."""
    text, key = _text_width(banner, words), _key_width(words)
    across = max(LEAST_WIDTH, _TEXT_LEFT + text + 24 + 2 + 24 + key + 32) + _hide_width(banner, words)
    down = max(132, 44 + LABEL.line * _line_count(banner, words, text))
    return Box(SAFE[2] - across, TOP, SAFE[2], TOP + down)


def draw(canvas: Canvas, banner: Banner, words: Catalogue) -> Box:
    """Paint it over whatever is there."""
    box = box_of(banner, words)
    key = _key_width(words)
    canvas.outlined(box, RADIUS.panel, TV.banner, TV.live, _OUTLINE)
    _dot(canvas, box.left + 38, (box.top + box.bottom) // 2)
    hide = _hide_width(banner, words)
    rule = box.right - 32 - key - hide - 24
    room = rule - 24 - box.left - _TEXT_LEFT
    total = LABEL.line * _line_count(banner, words, room)
    y = (box.top + box.bottom - total) // 2
    y = canvas.paragraph(box.left + _TEXT_LEFT, y, room, _who(banner), LABEL.strong, TV.banner_text)
    for line in _under(banner, words):
        y = canvas.paragraph(box.left + _TEXT_LEFT, y, room, line, LABEL, TV.banner_text)
    canvas.fill((rule, box.top + 30, rule + 2, box.bottom - 30), TV.live)
    stop = Box(rule + 26 + hide, box.top, box.right - 32, box.bottom)
    _stop(canvas, stop, words)
    canvas.aim(Item.STOP, box._replace(left=stop.left - _GAP // 2 if hide else rule))
    if hide:
        _hide(canvas, Box(rule + 26, box.top, stop.left - _GAP, box.bottom), words, pressed=banner.hidden)
        canvas.aim(Item.HIDE, box._replace(left=rule, right=stop.left - _GAP // 2))
    return box


def _who(banner: Banner) -> str:
    return f"{banner.name} · {banner.org}"


def _under(banner: Banner, words: Catalogue) -> tuple[str, ...]:
    """What stands under the name: what they can do, and what they do all the time without a key's press."""
    if banner.hidden:
        return (words.text("banner.hidden"),)
    can = can_do(words, banner.grants)
    return (can, words.text("banner.hears")) if banner.hears else (can,)


def _text_width(banner: Banner, words: Catalogue) -> int:
    """As wide as the longer line, but never wider than leaves room for the key."""
    texts = ((_who(banner), LABEL.strong), *((line, LABEL) for line in _under(banner, words)))
    return max(line_width(line) for text, style in texts for line in lines(text, style, _LARGEST_TEXT))


def _line_count(banner: Banner, words: Catalogue, room: int) -> int:
    under = sum(len(lines(line, LABEL, room)) for line in _under(banner, words))
    return len(lines(_who(banner), LABEL.strong, room)) + under


def _key_width(words: Catalogue) -> int:
    return max(
        width(words.text("banner.stop"), LABEL.strong) + 96, width(words.text("banner.stop.does"), LABEL)
    )


def _hide_width(banner: Banner, words: Catalogue) -> int:
    return width(words.text("key.hide"), LABEL.strong) + 56 + _GAP if banner.can_hide else 0


def _hide(canvas: Canvas, box: Box, words: Catalogue, *, pressed: bool) -> None:
    """The key, filled while it is in force."""
    middle = (box.top + box.bottom) // 2
    key = Box(box.left, middle - 27, box.right, middle + 27)
    ground, ink = (TV.banner_text, TV.banner) if pressed else (TV.banner, TV.banner_text)
    canvas.outlined(key, RADIUS.key_cap, ground, TV.banner_text, 2)
    canvas.text_middle((key.left + key.right) // 2, key.top + 5, words.text("key.hide"), LABEL.strong, ink)


def _dot(canvas: Canvas, x: int, y: int) -> None:
    canvas.disc(x, y, 20, _mixed())
    canvas.disc(x, y, 12, TV.live)


def _mixed() -> tuple[int, int, int]:
    """The light's halo: between the banner's fill and its light."""
    red, green, blue = ((fill * 2 + light) // 3 for fill, light in zip(TV.banner, TV.live, strict=True))
    return red, green, blue


def _stop(canvas: Canvas, box: Box, words: Catalogue) -> None:
    """The key as it looks on the remote, and what it does."""
    middle = (box.top + box.bottom) // 2
    key = Box(box.left, middle - 50, box.right, middle + 4)
    text = words.text("banner.stop")
    canvas.rounded(key, RADIUS.key_cap, TV.danger_solid)
    x = (key.left + key.right - 40 - width(text, LABEL.strong)) // 2
    canvas.icon("stop", x - 4, key.top + 8, 38, TV.on_danger)
    canvas.text(x + 40, key.top + 5, text, LABEL.strong, TV.on_danger)
    canvas.text_middle(
        (key.left + key.right) // 2, middle + 8, words.text("banner.stop.does"), LABEL, TV.banner_text
    )
