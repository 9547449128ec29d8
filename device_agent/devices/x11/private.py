"""Where the windows lie that the maker calls private, by their class or title, as the server tells it.

Covered is more rather than less: with its frame, also where another window lies above it, together with the
menus of its program, and a moment longer than it is there, because what lay below is painted only afterwards.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import xcffib
import xcffib.xproto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from device_agent.devices.protocol import Region
    from device_agent.devices.x11.connection import XClient

LINGER_S: Final = 0.4
MOST: Final = 2_000  # windows looked at; with more of them the whole screen is private
_DEPTH: Final = 4  # a window manager puts a client's window one or two windows deep
_WORDS: Final = 256  # of a property, four bytes each
_VIEWABLE: Final = 2
_INPUT_ONLY: Final = 2
_PROPERTY_CHANGE: Final = xcffib.xproto.EventMask.PropertyChange
PROPERTY_EVENT: Final = 28
EVERYWHERE: Final[Region] = (-0x8000, -0x8000, 0x7FFF, 0x7FFF)


@dataclass(frozen=True, slots=True)
class Private:
    """Which windows are private: a class by its whole name, a title by any part; case does not count."""

    classes: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()

    def names(self, classes: Iterable[str], titles: Iterable[str]) -> bool:
        """Whether a window of these classes and titles is one of them."""
        return any(it.casefold() in self.classes for it in classes) or any(
            part in it.casefold() for it in titles for part in self.titles
        )

    def __bool__(self) -> bool:
        return bool(self.classes or self.titles)


@dataclass(frozen=True, slots=True)
class _Window:
    id: int
    top: int  # the child of the root that it lies in
    is_free: bool  # no window manager has it: a menu, a list that drops down
    area: Region
    children: tuple[int, ...]
    classes: tuple[str, ...]
    titles: tuple[str, ...]


class PrivateWindows:
    """Those of one display. `again` is called once what lingers is over."""

    def __init__(
        self, client: XClient, private: Private, *, boot: Callable[[], float], again: Callable[[], None]
    ) -> None:
        self._client = client
        self._private = private
        self._boot = boot
        self._again = again
        self._program = ~client.setup.resource_id_mask  # what the names of one program's windows share
        self._seen: dict[Region, float] = {}
        self._heard: set[int] = set()
        self._timer: threading.Timer | None = None
        names = ("WM_CLASS", "WM_NAME", "_NET_WM_NAME") if private else ()
        self._atoms = tuple(client.atom(name) for name in names)

    def regions(self) -> frozenset[Region]:
        """Where they are now, or were a moment ago, on the display."""
        if not self._private:
            return frozenset()
        found, now = self._look(), self._boot()
        self._seen = {area: at for area, at in self._seen.items() if now - at < LINGER_S}
        self._seen.update(dict.fromkeys(found, now))
        if len(self._seen) > len(found):
            self._look_again()
        return frozenset(self._seen)

    def tells(self, event: bytes) -> bool:
        """Whether an event says that a window has another class or title."""
        return bool(self._private) and int.from_bytes(event[8:12], "little") in self._atoms

    def _look_again(self) -> None:
        if self._timer is None or not self._timer.is_alive():
            self._timer = threading.Timer(LINGER_S + 0.05, self._again)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> frozenset[Region]:
        areas: dict[int, Region] = {}
        free: list[_Window] = []
        private: set[int] = set()
        programs: set[int] = set()
        looked = 0
        level = [(it, it) for it in self._client.core.QueryTree(self._client.root).reply().children]
        for depth in range(_DEPTH):
            looked += len(level)
            if looked > MOST:
                return frozenset({EVERYWHERE})
            windows = self._windows(level)
            if depth == 0:
                areas = {it.id: it.area for it in windows}
                free = [it for it in windows if it.is_free]
            named = [it for it in windows if self._private.names(it.classes, it.titles)]
            private.update(it.top for it in named)
            programs.update(it.id & self._program for it in named)
            level = [(child, it.top) for it in windows if it.top not in private for child in it.children]
        private.update(it.id for it in free if it.id & self._program in programs)
        return frozenset(areas[it] for it in private)

    def _windows(self, level: list[tuple[int, int]]) -> list[_Window]:
        """Those that can be seen; all are asked for before the first answer is waited for."""
        self._hear({window for window, _ in level})
        asked = [(window, top, self._ask(window)) for window, top in level]
        found = [_answered(window, top, cookies) for window, top, cookies in asked]
        return [it for it in found if it is not None]

    def _ask(self, window: int) -> list[Any]:
        core = self._client.core
        return [
            core.GetWindowAttributes(window),
            core.GetGeometry(window),
            core.QueryTree(window),
            *(core.GetProperty(False, window, atom, 0, 0, _WORDS) for atom in self._atoms),
        ]

    def _hear(self, windows: set[int]) -> None:
        """Be told when one of them changes its name."""
        mask = xcffib.xproto.CW.EventMask
        for window in windows - self._heard:
            self._client.core.ChangeWindowAttributes(window, mask, [_PROPERTY_CHANGE])
        if len(self._heard) > MOST:
            self._heard.clear()  # most of them are long gone
        self._heard |= windows


def _answered(window: int, top: int, cookies: list[Any]) -> _Window | None:
    replies = []
    for cookie in cookies:
        try:
            replies.append(cookie.reply())
        except xcffib.ProtocolException:
            replies.append(None)  # it is gone meanwhile
    if any(reply is None for reply in replies):
        return None
    attributes, at, tree, classes, *titles = replies
    # xcffib's `_class` is the window's kind.
    if attributes.map_state != _VIEWABLE or attributes._class == _INPUT_ONLY:  # noqa: SLF001 - its name there
        return None
    border = 2 * at.border_width
    return _Window(
        window,
        top,
        bool(attributes.override_redirect),
        (at.x, at.y, at.x + at.width + border, at.y + at.height + border),
        tuple(tree.children),
        tuple(it for it in _text(classes).split("\0") if it),
        tuple(it for title in titles if (it := _text(title))),
    )


def _text(reply: Any) -> str:
    data = bytes(reply.value.buf()) if reply.value_len else b""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
