"""Keys by what they mean, not where they lie: keysyms, by name and by character. Pure."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from xcffib import keysymdef, xf86keysym

if TYPE_CHECKING:
    from collections.abc import Iterable

Keysym = int
Chord = tuple[Keysym, ...]

_UNICODE: Final = 0x01000000
_LATIN_1: Final = (range(0x20, 0x7F), range(0xA0, 0x100))
SHIFT: Final = 0xFFE1
_NOT_TYPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_AS_KEYS: Final = {"\n": 0xFF0D, "\t": 0xFF09}
_TOP: Final = 0x1FFFFFFF


class UnknownKeyError(ValueError):
    """No key has this name."""


def chord(name: str) -> Chord:
    """Keys held together, such as `Control_L+Alt_L+h`, by their X names or, as `U1EBF`, by character."""
    return tuple(_named(part) for part in name.split("+"))


def _named(name: str) -> Keysym:
    if name.startswith("XF86"):
        found = getattr(xf86keysym, f"XF86XK_{name.removeprefix('XF86')}", None)
    else:
        found = getattr(keysymdef, f"XK_{name}", None)
    if isinstance(found, int) and 0 < found <= _TOP:
        return found
    if name[:1] == "U" and len(name) > 4 and all(digit in "0123456789ABCDEF" for digit in name[1:]):
        return of_character(chr(int(name[1:], 16)))
    raise UnknownKeyError(name)


def of_character(character: str) -> Keysym:
    """What types it, whatever the layout."""
    code = ord(character)
    if any(code in part for part in _LATIN_1):
        return code
    return _UNICODE + code


def of_text(text: str) -> tuple[Keysym, ...] | None:
    """The keys for a text, composed where Unicode can; None where something in it is not to be typed."""
    composed = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(it) in _NOT_TYPED and it not in _AS_KEYS for it in composed):
        return None
    return tuple(_AS_KEYS[it] if it in _AS_KEYS else of_character(it) for it in composed)


def is_letter(keysym: Keysym) -> bool:
    """Whether Caps Lock changes it."""
    code = keysym - _UNICODE if keysym >= _UNICODE else keysym
    return code < 0x110000 and chr(code).isalpha()


def in_batches(keysyms: Iterable[Keysym], room: int, known: frozenset[Keysym]) -> list[list[Keysym]]:
    """The keys in their order, in batches that need at most `room` keys the layout does not have."""
    batches: list[list[Keysym]] = [[]]
    foreign: set[Keysym] = set()
    for keysym in keysyms:
        if keysym not in known and keysym not in foreign and len(foreign) == room:
            batches.append([])
            foreign = set()
        if keysym not in known:
            foreign.add(keysym)
        batches[-1].append(keysym)
    return batches
