"""The set's screens as values, and where the focus goes on each. Pure.

Arrows move where the eye expects, stop at the edges and never wrap; a row remembers its place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from device_agent.devices.simulated_tv.settings import GROUPS


class Source(StrEnum):
    """Where a full-screen picture can come from."""

    HDMI_1 = "hdmi_1"
    HDMI_2 = "hdmi_2"
    AERIAL = "aerial"
    PHONE = "phone"
    FILM = "film"
    CAMERA = "camera"


NAV: Final = ("home", "sources", "settings", "help")
TITLES: Final = ("lighthouse", "boats", "bakery", "fjord", "orchard", "train")
PAID: Final = frozenset({"train"})
"""Titles that are paid for before they play."""

_NOT_AT_HOME: Final = frozenset({Source.FILM, Source.CAMERA})
TILES: Final = (*(source.value for source in Source if source not in _NOT_AT_HOME), "help")
INPUTS: Final = (*TILES[:-1], Source.CAMERA.value)
ACCOUNT: Final = ("account",)
HOME_ROWS: Final = (NAV, TITLES, TILES, ACCOUNT)

MENU: Final = (*GROUPS, "about", "support")
"""The left column of the settings: four groups of settings, facts, and help."""

KEYBOARD: Final = ("1234567890", "qwertyuiop", "asdfghjkl'", "zxcvbnm-._")
KEYBOARD_WORDS: Final = ("shift", "space", "delete", "done")
_WORD_OF_COLUMN: Final = (0, 0, 1, 1, 1, 1, 2, 2, 3, 3)
_COLUMN_OF_WORD: Final = tuple(_WORD_OF_COLUMN.index(word) for word in range(len(KEYBOARD_WORDS)))


@dataclass(frozen=True, slots=True)
class Home:
    """Header, titles, sources, account: rows that each remember their column."""

    row: int = 1
    columns: tuple[int, ...] = (0,) * len(HOME_ROWS)

    @property
    def item(self) -> str:
        """What has the focus."""
        return HOME_ROWS[self.row][self.columns[self.row]]


@dataclass(frozen=True, slots=True)
class Sources:
    """The list of sources."""

    row: int = 0


@dataclass(frozen=True, slots=True)
class Title:
    """One title with its two buttons: play, back."""

    title: str
    column: int = 0


@dataclass(frozen=True, slots=True)
class Watching:
    """A source over the whole screen; `channel` is what was typed on the aerial."""

    source: Source
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Two columns: the menu, and the rows of its entry. `inside` says which column has the focus."""

    entry: int = 0
    row: int = 0
    inside: bool = False

    @property
    def name(self) -> str:
        """The entry of the menu."""
        return MENU[self.entry]


@dataclass(frozen=True, slots=True)
class Choosing:
    """The options of one setting."""

    path: str
    row: int


@dataclass(frozen=True, slots=True)
class Sliding:
    """The slider of one setting; it acts while it moves."""

    path: str


@dataclass(frozen=True, slots=True)
class Typing:
    """The keyboard over one setting."""

    path: str
    text: str
    row: int = 1
    column: int = 0
    upper: bool = False

    @property
    def key(self) -> str:
        """The focused key: a character, or one of KEYBOARD_WORDS."""
        if self.row < len(KEYBOARD):
            key = KEYBOARD[self.row][self.column]
            return key.upper() if self.upper else key
        return KEYBOARD_WORDS[_WORD_OF_COLUMN[self.column]]


Screen = Home | Sources | Title | Watching | Settings | Choosing | Sliding | Typing

_STEP: Final = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


def move_home(home: Home, key: str) -> Home:
    """One arrow on the home screen."""
    across, down = _STEP[key]
    row = _held(home.row + down, len(HOME_ROWS))
    columns = list(home.columns)
    columns[home.row] = _held(columns[home.row] + across, len(HOME_ROWS[home.row]))
    return Home(row, tuple(columns))


def move_sources(screen: Sources, key: str) -> Sources:
    """One arrow in the list of sources."""
    return Sources(_held(screen.row + _STEP[key][1], len(INPUTS)))


def move_title(screen: Title, key: str) -> Title:
    """One arrow between play and back."""
    return replace(screen, column=_held(screen.column + _STEP[key][0], 2))


def move_settings(screen: Settings, key: str) -> Settings:
    """One arrow in the settings: left and right change the column, up and down the row."""
    across, down = _STEP[key]
    if across:
        return replace(screen, inside=across > 0 and screen.name in GROUPS)
    if screen.inside:
        return replace(screen, row=_held(screen.row + down, len(GROUPS[screen.name])))
    entry = _held(screen.entry + down, len(MENU))
    return replace(screen, entry=entry, row=screen.row if entry == screen.entry else 0)


def move_choosing(screen: Choosing, key: str, options: int) -> Choosing:
    """One arrow in a list of options."""
    return replace(screen, row=_held(screen.row + _STEP[key][1], options))


def move_typing(screen: Typing, key: str) -> Typing:
    """One arrow on the keyboard; its last row has wide keys that lie under several columns."""
    across, down = _STEP[key]
    row = _held(screen.row + down, len(KEYBOARD) + 1)
    if across and screen.row == len(KEYBOARD):
        word = _held(_WORD_OF_COLUMN[screen.column] + across, len(KEYBOARD_WORDS))
        return replace(screen, column=_COLUMN_OF_WORD[word])
    return replace(screen, row=row, column=_held(screen.column + across, len(KEYBOARD[0])))


def _held(place: int, length: int) -> int:
    return max(0, min(length - 1, place))
