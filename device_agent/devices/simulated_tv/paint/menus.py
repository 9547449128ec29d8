"""The set's menus: list of sources, a title's page, settings, options, slider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from device_agent.devices.simulated_tv.paint import parts, poster_art
from device_agent.devices.simulated_tv.paint.canvas import SAFE, Box, Canvas
from device_agent.devices.simulated_tv.paint.home import SOURCE_ICONS, rounded_off
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.settings_words import name_of, value_of
from device_agent.devices.simulated_tv.paint.type import BODY, H1, LABEL, width
from device_agent.devices.simulated_tv.paint.wrap import lines
from device_agent.devices.simulated_tv.screens import (
    INPUTS,
    MENU,
    Choosing,
    Settings,
    Sliding,
    Sources,
    Title,
)
from device_agent.devices.simulated_tv.settings import (
    BY_PATH,
    GROUPS,
    LANGUAGE,
    Choice,
    Range,
    Switch,
    Value,
    as_text,
)
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locales import Catalogue

SOFTWARE: Final = "4.2.1"
_ROW: Final = 104
_GAP: Final = 10
_FIRST: Final = 236  # lists start here, under the heading and clear of the banner
_HEADING: Final = 820  # clear of the banner
_SHOWN: Final = 7
_MENU_RIGHT: Final = 560
_LIST_LEFT: Final = 616
_MENU_ICONS: Final = {
    "picture": "picture", "sound": "speaker", "network": "wifi",
    "general": "gear", "about": "info", "support": "help",
}  # fmt: skip


def sources(canvas: Canvas, screen: Sources, words: Catalogue) -> None:
    """The list of sources."""
    _page(canvas, words.text("tv.nav.sources"))
    for place, item in enumerate(INPUTS):
        box = _row_box(place, LEFT, 1100)
        focused = place == screen.row
        strong, quiet = _row(canvas, box, focused=focused)
        canvas.icon(SOURCE_ICONS[item], box.left + 32, box.top + 26, 52, quiet)
        canvas.text(box.left + 116, box.top + 24, words.text(f"tv.source.{item}"), BODY.strong, strong)
        detail = words.text(f"tv.source.{item}.detail")
        canvas.text_right(box.right - 36, box.top + 30, detail, LABEL, quiet)


def title(canvas: Canvas, screen: Title, words: Catalogue) -> None:
    """One title: poster, what it is about, play and back."""
    parts.blank(canvas)
    poster = Canvas(np.array(poster_art.poster(screen.title, 864, 580)))
    canvas.picture(rounded_off(poster, RADIUS.panel), RIGHT - 864, 236)
    name, about = words.text(f"tv.title.{screen.title}"), words.text(f"tv.title.{screen.title}.about")
    y = canvas.paragraph(LEFT, 260, 760, name, H1, TV.text) + 24
    canvas.paragraph(LEFT, y, 760, about, BODY, TV.text2)
    for column, (label, box) in enumerate(zip(_title_labels(words), title_boxes(screen, words), strict=True)):
        parts.button(canvas, box, parts.Button(label, focused=screen.column == column))


def _title_labels(words: Catalogue) -> list[str]:
    return [words.text("tv.play"), words.text("key.back")]


def title_boxes(screen: Title, words: Catalogue) -> list[Box]:
    """Where a title's two buttons lie: under what it is about."""
    name, about = words.text(f"tv.title.{screen.title}"), words.text(f"tv.title.{screen.title}.about")
    y = 260 + H1.line * len(lines(name, H1, 760)) + 24 + BODY.line * len(lines(about, BODY, 760))
    return parts.button_boxes(max(y + 48, 704), _title_labels(words), right=LEFT + 800)


def settings(canvas: Canvas, screen: Settings, values: Mapping[str, Value], words: Catalogue) -> None:
    """The menu on the left, the rows of its entry on the right."""
    _page(canvas, words.text("tv.nav.settings"))
    for place, entry in enumerate(MENU):
        box = _row_box(place, LEFT, _MENU_RIGHT)
        focused = place == screen.entry and not screen.inside
        strong, quiet = _row(canvas, box, focused=focused, chosen=place == screen.entry)
        canvas.icon(_MENU_ICONS[entry], box.left + 28, box.top + 28, 48, quiet)
        canvas.centred(Box(box.left + 96, box.top, box.right - 12, box.bottom)._replace(
            right=box.left + 96 + min(width(words.text(f"menu.{entry}"), BODY), box.width - 108)
        ), words.text(f"menu.{entry}"), BODY, strong)  # fmt: skip
    if screen.name in GROUPS:
        _setting_rows(canvas, screen, values, words)
    else:
        _explained(canvas, screen.name, values, words)


def choosing(canvas: Canvas, screen: Choosing, values: Mapping[str, Value], words: Catalogue) -> None:
    """The options of one setting, a tick at the one in use."""
    setting = BY_PATH[screen.path]
    assert isinstance(setting, Choice)
    _page(canvas, name_of(words, screen.path))
    for place, option in enumerate(setting.options):
        box = _row_box(place, LEFT, 1100)
        strong, _ = _row(canvas, box, focused=place == screen.row)
        canvas.text(box.left + 40, box.top + 24, value_of(words, screen.path, option), BODY, strong)
        if values[screen.path] == option:
            canvas.icon(
                "check", box.right - 92, box.top + 26, 52, TV.on_focus if place == screen.row else TV.accent
            )


def sliding(canvas: Canvas, screen: Sliding, values: Mapping[str, Value], words: Catalogue) -> None:
    """The slider at the foot, so that what it changes stays in sight."""
    setting, value = BY_PATH[screen.path], values[screen.path]
    assert isinstance(setting, Range)
    assert isinstance(value, int)
    box = Box(LEFT, 804, RIGHT, 1004)
    parts.focus_ring(canvas, box, RADIUS.panel)
    parts.card(canvas, box)
    canvas.text(box.left + 48, box.top + 28, name_of(words, screen.path), BODY.strong, TV.text)
    canvas.text_right(box.right - 48, box.top + 28, str(value), BODY.strong, TV.text)
    canvas.icon("chevron_left", box.left + 40, box.top + 112, 48, TV.text2)
    canvas.icon("chevron_right", box.right - 88, box.top + 112, 48, TV.text2)
    track = track_box()
    share = (value - setting.low) / (setting.high - setting.low)
    parts.bar(canvas, track, share)
    canvas.disc(track.left + round(track.width * share), track.top + 8, 22, TV.focus)


def first_shown(row: int, rows: int) -> int:
    """The first row of a long list on the screen, so that the focused one and its neighbours are seen."""
    return max(0, min(row - _SHOWN + 2, rows - _SHOWN))


def _setting_rows(canvas: Canvas, screen: Settings, values: Mapping[str, Value], words: Catalogue) -> None:
    group = GROUPS[screen.name]
    first = first_shown(screen.row, len(group)) if screen.inside else 0
    for place, setting in enumerate(group[first : first + _SHOWN]):
        box = _row_box(place, _LIST_LEFT, RIGHT - 24)
        focused = screen.inside and first + place == screen.row
        strong, quiet = _row(canvas, box, focused=focused)
        left = box.left + 36
        if setting.path == LANGUAGE:  # to be found by whoever cannot read the word beside it
            canvas.icon("globe", left, box.top + 28, 48, strong)
            left += 68
        canvas.text(left, box.top + 24, name_of(words, setting.path), BODY, strong)
        value = values[setting.path]
        right = box.right - 36
        if isinstance(setting, Switch):
            parts.toggle(canvas, right - 104, box.top + 24, on=bool(value), on_white=focused)
            right -= 128
        canvas.text_right(right, box.top + 24, value_of(words, setting.path, as_text(value)), BODY, quiet)
    if len(group) > _SHOWN:
        _scroll_mark(canvas, first, len(group))


def _scroll_mark(canvas: Canvas, first: int, rows: int) -> None:
    tall = _SHOWN * (_ROW + _GAP) - _GAP
    canvas.rounded((RIGHT - 8, _FIRST, RIGHT, _FIRST + tall), 4, TV.border)
    top = _FIRST + tall * first // rows
    canvas.rounded((RIGHT - 8, top, RIGHT, top + tall * _SHOWN // rows), 4, TV.text2)


def _explained(canvas: Canvas, entry: str, values: Mapping[str, Value], words: Catalogue) -> None:
    box = Box(_LIST_LEFT, _FIRST, RIGHT, _FIRST + 4 * (_ROW + _GAP) - _GAP)
    parts.card(canvas, box)
    if entry == "support":
        y = canvas.paragraph(
            box.left + 48, box.top + 40, box.width - 96, words.text("menu.support.text"), BODY, TV.text
        )
        canvas.paragraph(box.left + 48, y + 24, box.width - 96, words.text("panel.terms"), LABEL, TV.text2)
        return
    facts = (
        ("about.name", str(values["general.name"])),
        ("about.model", words.text("about.model.name")),
        ("about.software", SOFTWARE),
        ("about.settings", words.text("about.settings.kept")),
    )
    for place, (key, value) in enumerate(facts):
        y = box.top + 44 + place * 96
        canvas.text(box.left + 48, y, words.text(key), BODY, TV.text2)
        canvas.text_right(box.right - 48, y, value, BODY, TV.text)


def _page(canvas: Canvas, heading: str) -> None:
    parts.blank(canvas)
    tall = len(lines(heading, H1, _HEADING)) > 1
    canvas.paragraph(LEFT, SAFE[1] if tall else 76, _HEADING, heading, H1, TV.text)


def list_boxes(rows: int) -> list[Box]:
    """Where the rows of a list lie that fills the screen: sources, options."""
    return [_row_box(place, LEFT, 1100) for place in range(rows)]


def menu_boxes() -> list[Box]:
    """Where the entries of the settings' menu lie."""
    return [_row_box(place, LEFT, _MENU_RIGHT) for place in range(len(MENU))]


def setting_boxes(screen: Settings) -> list[tuple[int, Box]]:
    """Which rows of the menu's entry are in sight, and where."""
    rows = len(GROUPS[screen.name]) if screen.name in GROUPS else 0
    first = first_shown(screen.row, rows) if screen.inside else 0
    shown = range(first, min(first + _SHOWN, rows))
    return [(row, _row_box(row - first, _LIST_LEFT, RIGHT - 24)) for row in shown]


def track_box() -> Box:
    """Where the slider's track lies."""
    return Box(LEFT + 112, 804 + 128, RIGHT - 112, 804 + 144)


def _row_box(place: int, left: int, right: int) -> Box:
    top = _FIRST + place * (_ROW + _GAP)
    return Box(left, top, right, top + _ROW)


def _row(
    canvas: Canvas, box: Box, *, focused: bool, chosen: bool = False
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """One row's ground; returns the colours for its text and for what stands beside it."""
    if focused:
        parts.focus_ring(canvas, box, RADIUS.control)
        canvas.rounded(box, RADIUS.control, TV.focus)
        return TV.on_focus, TV.on_focus
    canvas.rounded(box, RADIUS.control, TV.raised if chosen else TV.surface)
    return TV.text, TV.text2
