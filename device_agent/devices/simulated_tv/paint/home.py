"""The home screen: header, titles, sources."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from device_agent.devices.simulated_tv.paint import parts, poster_art
from device_agent.devices.simulated_tv.paint.canvas import Box, Canvas
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.type import BODY, H2, LABEL, TILE, width
from device_agent.devices.simulated_tv.paint.wrap import lines
from device_agent.devices.simulated_tv.screens import NAV, TILES, TITLES, Home
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from device_agent.devices.simulated_tv.paint.type import Style
    from locales import Catalogue

_WIDE: Final = 560
_NARROW: Final = 400
_TALL: Final = 316
_GAP: Final = 56
_POSTER_TOP: Final = 322
_GROWTH: Final = 1.05
_TILE_TOP: Final = 777
_TILE_GAP: Final = 21
_ACCOUNT_TOP: Final = 950
_ACCOUNT_ROW: Final = 3
SOURCE_ICONS: Final = {
    "hdmi_1": "hdmi", "hdmi_2": "picture", "aerial": "aerial",
    "phone": "phone", "help": "help", "film": "film", "camera": "eye",
}  # fmt: skip


def home(canvas: Canvas, screen: Home, words: Catalogue, *, clock: str, still: bool) -> None:
    """The whole screen; `still` leaves out the growing of what has the focus."""
    np.copyto(canvas.pixels, poster_art.backdrop())
    _nav(canvas, screen, words)
    canvas.text(LEFT, 231, words.text("tv.continue"), BODY.strong, TV.text)
    _posters(canvas, screen, words, still=still)
    canvas.text(LEFT, 697, words.text("tv.nav.sources"), BODY.strong, TV.text)
    _tiles(canvas, screen, words)
    _account(canvas, words, focused=screen.row == _ACCOUNT_ROW)
    canvas.text_right(RIGHT, 966, clock, TILE, TV.text2)


def chores(words: Catalogue) -> Iterator[Callable[[], object]]:
    """What can be painted ahead, piece by piece, so that the first moves of the focus are swift too."""
    for place, title in enumerate(TITLES):
        across = _place(place)[1]
        for size in (1.0, _GROWTH):
            name = words.text(f"tv.title.{title}")
            yield partial(_tile, title, round(across * size), round(_TALL * size), name)


def _nav(canvas: Canvas, screen: Home, words: Catalogue) -> None:
    for place, (item, box) in enumerate(zip(NAV, nav_boxes(words), strict=True)):
        text, style = words.text(f"tv.nav.{item}"), _nav_style(item)
        x, y = box.left + 20, 111 - style.line // 2
        if screen.row == 0 and screen.columns[0] == place:
            canvas.rounded(box, RADIUS.control, TV.focus)
            canvas.text(x, y, text, style, TV.on_focus)
        else:
            canvas.text(x, y, text, style, TV.text if item == "home" else TV.text2)


def account_box(words: Catalogue) -> Box:
    """Where the way to the account lies: below the sources, left of the clock."""
    across = width(words.text("tv.account"), TILE)
    return Box(LEFT, _ACCOUNT_TOP, LEFT + 20 + 44 + 20 + across + 24, _ACCOUNT_TOP + 66)


def _account(canvas: Canvas, words: Catalogue, *, focused: bool) -> None:
    box = account_box(words)
    ink = TV.on_focus if focused else TV.text2
    if focused:
        canvas.rounded(box, RADIUS.control, TV.focus)
    canvas.icon("person", box.left + 20, box.top + 11, 44, ink)
    canvas.text(box.left + 84, box.top + 8, words.text("tv.account"), TILE, ink)


def _nav_style(item: str) -> Style:
    return H2 if item == "home" else TILE


def nav_boxes(words: Catalogue) -> list[Box]:
    """Where the words of the header lie."""
    boxes, x = [], LEFT
    for item in NAV:
        across = width(words.text(f"tv.nav.{item}"), _nav_style(item))
        boxes.append(Box(x - 20, 76, x + across + 20, 146))
        x += across + 32
    return boxes


def poster_boxes(screen: Home) -> list[Box]:
    """Where the titles lie, as far as the row is slid; without the growth of what has the focus."""
    places = [_place(place) for place in range(len(TITLES))]
    slid = _slid(screen, places, _GROWTH)
    return [Box(x - slid, _POSTER_TOP, x - slid + across, _POSTER_TOP + _TALL) for x, across in places]


def tile_boxes() -> list[Box]:
    """Where the sources lie."""
    pitch = (RIGHT - LEFT + _TILE_GAP) / len(TILES)
    return [
        Box(
            LEFT + round(place * pitch),
            _TILE_TOP,
            LEFT + round((place + 1) * pitch) - _TILE_GAP,
            _TILE_TOP + 150,
        )
        for place in range(len(TILES))
    ]


def _slid(screen: Home, places: list[tuple[int, int]], growth: float) -> int:
    """How far the row is slid, so that the focused title is whole."""
    left, across = places[screen.columns[1]]
    return max(0, round(left + across * growth) + 24 - RIGHT)


def _posters(canvas: Canvas, screen: Home, words: Catalogue, *, still: bool) -> None:
    """The row slides so far that the focused title is whole."""
    focus = screen.columns[1]
    places = [_place(place) for place in range(len(TITLES))]
    growth = 1.0 if still else _GROWTH
    slid = _slid(screen, places, growth)
    for place, title in enumerate(TITLES):
        left, across = places[place]
        if place == focus and screen.row == 1:
            continue
        _put(canvas, _tile(title, across, _TALL, words.text(f"tv.title.{title}")), left - slid, _POSTER_TOP)
    if screen.row == 1:
        left, across = places[focus][0] - slid, round(places[focus][1] * growth)
        tall = round(_TALL * growth)
        box = Box(left, _POSTER_TOP - (tall - _TALL) // 2, left + across, _POSTER_TOP + (tall + _TALL) // 2)
        parts.focus_ring(canvas, box, RADIUS.control)
        title = TITLES[focus]
        _put(canvas, _tile(title, across, tall, words.text(f"tv.title.{title}")), box.left, box.top)


def _place(place: int) -> tuple[int, int]:
    if place == 0:
        return LEFT, _WIDE
    return LEFT + _WIDE + 28 + _GAP - 26 + (place - 1) * (_NARROW + _GAP), _NARROW


def _put(canvas: Canvas, tile: Image.Image, x: int, y: int) -> None:
    if x < canvas.pixels.shape[1] and x + tile.width > 0:
        canvas.picture(tile, x, y)


@lru_cache(maxsize=32)
def _tile(title: str, across: int, tall: int, name: str) -> Image.Image:
    """A poster with its name, cut to round corners; made once per size and language."""
    canvas = Canvas(np.array(poster_art.poster(title, across, tall)))
    poster_art.dark_foot(canvas.pixels)
    broken = lines(name, TILE.strong, across - 48)
    canvas.paragraph(24, tall - 16 - TILE.line * len(broken), across - 48, name, TILE.strong, TV.text)
    return rounded_off(canvas, RADIUS.control)


def rounded_off(canvas: Canvas, radius: int) -> Image.Image:
    """A small canvas as a picture with round corners."""
    tall, across = canvas.pixels.shape[:2]
    shape = Canvas(np.zeros((tall, across, 4), dtype=np.uint8))
    shape.rounded((0, 0, across, tall), radius, TV.focus)
    canvas.pixels[:, :, 3] = shape.pixels[:, :, 0]
    return Image.fromarray(canvas.pixels)


def _tiles(canvas: Canvas, screen: Home, words: Catalogue) -> None:
    for place, (item, box) in enumerate(zip(TILES, tile_boxes(), strict=True)):
        _source(canvas, box, item, words, focused=screen.row == 2 and screen.columns[2] == place)


def _source(canvas: Canvas, box: Box, item: str, words: Catalogue, *, focused: bool) -> None:
    if focused:
        parts.focus_ring(canvas, box, RADIUS.control)
        canvas.rounded(box, RADIUS.control, TV.focus)
    else:
        canvas.outlined(box, RADIUS.control, TV.surface, TV.border)
    canvas.icon(SOURCE_ICONS[item], box.left + 28, box.top + 47, 56, TV.on_focus if focused else TV.text2)
    name, detail = words.text(f"tv.source.{item}"), words.text(f"tv.source.{item}.detail")
    canvas.text(box.left + 106, box.top + 26, name, TILE.strong, TV.on_focus if focused else TV.text)
    canvas.text(box.left + 106, box.top + 76, detail, LABEL, TV.on_focus if focused else TV.text2)
