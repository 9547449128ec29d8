"""The maker's own choices for a real screen, from a small file: which key means what, where the hint lies."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from device_agent.devices.x11.face import Corner
from device_agent.devices.x11.keysyms import Chord, UnknownKeyError, chord
from device_agent.devices.x11.private import Private
from wire.commands import RemoteKey
from wire.limits import NAME_CHARACTERS
from wire.texts import is_plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE: Final = "x11.toml"
_BYTES: Final = 65_536
_PRIVATE: Final = 64

# What a technician's key presses. Power is not among them: it switches this device, not a program on it.
_KEYS: Final[Mapping[str, str]] = {
    RemoteKey.UP: "Up",
    RemoteKey.DOWN: "Down",
    RemoteKey.LEFT: "Left",
    RemoteKey.RIGHT: "Right",
    RemoteKey.OK: "Return",
    RemoteKey.BACK: "Escape",
    RemoteKey.HOME: "Home",
    RemoteKey.MENU: "Menu",
    RemoteKey.SOURCE: "F9",
    RemoteKey.VOLUME_UP: "XF86AudioRaiseVolume",
    RemoteKey.VOLUME_DOWN: "XF86AudioLowerVolume",
    **{f"digit_{digit}": str(digit) for digit in range(10)},
}

# What the customer's own keys mean to the panel. Stop, help and hide are heard always, others on its pages.
_CUSTOMER: Final[Mapping[str, tuple[str, ...]]] = {
    "help": ("Help", "Control_L+Alt_L+h"),
    "stop": ("Cancel", "Control_L+Alt_L+s"),
    "hide": ("Control_L+Alt_L+p",),
    "up": ("Up", "KP_Up"),
    "down": ("Down", "KP_Down"),
    "left": ("Left", "KP_Left"),
    "right": ("Right", "KP_Right"),
    "ok": ("Return", "KP_Enter", "XF86Select", "space"),
    "back": ("Escape", "BackSpace", "XF86Back"),
    "home": ("Home", "XF86HomePage"),
    **{f"digit_{digit}": (str(digit), f"KP_{digit}") for digit in range(10)},
}


class SettingsError(Exception):
    """The file cannot be used; the text says which line of it and why."""


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """One screen's choices."""

    corner: Corner = Corner.BOTTOM_RIGHT
    keys: Mapping[str, Chord] = field(default_factory=lambda: {key: chord(it) for key, it in _KEYS.items()})
    customer: Mapping[str, tuple[Chord, ...]] = field(
        default_factory=lambda: {key: tuple(map(chord, names)) for key, names in _CUSTOMER.items()}
    )
    help_key: str = "Ctrl + Alt + H"
    name: str = "Linux screen"
    private: Private = field(default_factory=Private)


def load(folder: Path) -> ScreenSettings:
    """The choices in a folder's `x11.toml`; the usual ones where there is none."""
    try:
        with (folder / FILE).open("rb") as file:
            text = file.read(_BYTES + 1)
    except FileNotFoundError:
        return ScreenSettings()
    if len(text) > _BYTES:
        raise SettingsError(f"{FILE} is longer than {_BYTES} bytes")
    try:
        return read(tomllib.loads(text.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{FILE} is not TOML: {error}") from None


def read(told: Mapping[str, Any]) -> ScreenSettings:
    """The choices of a file that was read."""
    unknown = set(told) - {"hint", "help_key", "name", "keys", "customer", "private"}
    if unknown:
        raise SettingsError(f"{FILE}: there is nothing called {', '.join(sorted(unknown))}")
    usual = ScreenSettings()
    keys = {key: _one(name, f"keys.{key}") for key, name in _table(told, "keys", usual.keys).items()}
    customer = {
        key: _several(names, f"customer.{key}")
        for key, names in _table(told, "customer", usual.customer).items()
    }
    return ScreenSettings(
        _corner(told.get("hint", usual.corner)),
        {**usual.keys, **keys},
        {**usual.customer, **customer},
        _text(told.get("help_key", usual.help_key), "help_key", at_least=0, at_most=32),
        _text(told.get("name", usual.name), "name", at_least=1, at_most=NAME_CHARACTERS),
        _private(_table(told, "private", {"classes": (), "titles": ()})),
    )


def _private(told: Mapping[str, Any]) -> Private:
    return Private(*(_names(told.get(name, []), f"private.{name}") for name in ("classes", "titles")))


def _names(value: object, where: str) -> frozenset[str]:
    if not isinstance(value, list) or len(value) > _PRIVATE:
        raise SettingsError(f"{FILE}: {where} is a list of at most {_PRIVATE} texts")
    return frozenset(_text(it, where, at_least=1, at_most=128).casefold() for it in value)


def _table(told: Mapping[str, Any], name: str, known: Mapping[str, Any]) -> Mapping[str, Any]:
    table = told.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{FILE}: {name} is a table, [{name}]")
    unknown = set(table) - set(known)
    if unknown:
        raise SettingsError(f"{FILE}: [{name}] has nothing called {', '.join(sorted(unknown))}")
    return table


def _corner(value: object) -> Corner:
    try:
        return Corner(str(value))
    except ValueError:
        corners = ", ".join(Corner)
        raise SettingsError(f"{FILE}: hint is one of {corners}") from None


def _text(value: object, where: str, *, at_least: int, at_most: int) -> str:
    if not isinstance(value, str) or not is_plain(value, at_least=at_least, at_most=at_most):
        raise SettingsError(f"{FILE}: {where} is a text of {at_least} to {at_most} letters")
    return value


def _one(value: object, where: str) -> Chord:
    if not isinstance(value, str) or not 0 < len(value) <= 128:
        raise SettingsError(f'{FILE}: {where} is the name of a key, such as "Return"')
    try:
        return chord(value)
    except UnknownKeyError as error:
        raise SettingsError(f"{FILE}: {where}: there is no key named {error}") from None


def _several(value: object, where: str) -> tuple[Chord, ...]:
    names = value if isinstance(value, list) else [value]
    if len(names) > 16:
        raise SettingsError(f"{FILE}: {where} has at most 16 keys")
    return tuple(_one(name, where) for name in names)
