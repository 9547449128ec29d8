"""What a technician can send to act on the device (seal/SPEC §4.1); `hb` is the newest ping seen."""

from __future__ import annotations

import re
from typing import Annotated, Final

import msgspec

from wire.commands import Grant, RemoteKey
from wire.limits import PATH_CHARACTERS, POINTER_MAX, POINTER_STEPS, TEXT_CHARACTERS, VALUE_CHARACTERS
from wire.structs import Message, Natural
from wire.texts import is_plain

MOVE: Final = 0
BUTTONS: Final = frozenset({1, 2, 3})
WHEEL: Final = frozenset({4, 5, 6, 7})
_PATH: Final = re.compile(r"[ -~]+")

Place = Annotated[int, msgspec.Meta(ge=0, le=POINTER_MAX)]
Button = Annotated[int, msgspec.Meta(ge=0, le=7)]
Asks = Annotated[tuple[Grant, ...], msgspec.Meta(min_length=1, max_length=len(Grant))]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing the pointer does: `b` is the button or notch, `d` whether it goes down."""

    b: Button
    d: bool
    x: Place
    y: Place

    def __post_init__(self) -> None:
        if (self.b == MOVE and self.d) or (self.b in WHEEL and not self.d):
            raise ValueError("a move presses nothing, and a notch is no release")


class Key(Message, frozen=True, tag="key"):
    """Press a key of the remote."""

    key: RemoteKey
    hb: Natural


class Pointer(Message, frozen=True, tag="pointer"):
    """Move, press, let go, turn the wheel: in this order."""

    steps: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1, max_length=POINTER_STEPS)]
    hb: Natural


class Text(Message, frozen=True, tag="text"):
    """Type these characters, whatever the keyboard's layout."""

    text: str
    hb: Natural

    def __post_init__(self) -> None:
        require_plain(self.text, at_least=1, at_most=TEXT_CHARACTERS)


class Setting(Message, frozen=True, tag="setting"):
    """Give a setting another value."""

    path: str
    value: str
    hb: Natural

    def __post_init__(self) -> None:
        require_path(self.path)
        require_plain(self.value, at_least=1, at_most=VALUE_CHARACTERS)


class Point(Message, frozen=True, tag="point"):
    """Show the customer a place on the screen; nothing is pressed."""

    x: Place
    y: Place
    hb: Natural


class Ask(Message, frozen=True, tag="ask"):
    """Ask the customer for more than they gave."""

    asks: Asks
    hb: Natural

    def __post_init__(self) -> None:
        require_sorted(self.asks)


class Still(Message, frozen=True, tag="still"):
    """Send one picture without loss."""

    hb: Natural


def require_sorted(asks: tuple[Grant, ...]) -> None:
    """Each once, in their one order."""
    if list(asks) != sorted(set(asks)):
        raise ValueError("asks are not sorted")


def require_path(path: str) -> None:
    """A setting's path has a length, and no character that a record could not hold."""
    if not 1 <= len(path) <= PATH_CHARACTERS or not _PATH.fullmatch(path):
        raise ValueError("not a path")


def require_plain(text: str, *, at_least: int, at_most: int) -> None:
    """Characters that can be typed and read: no controls, nothing invisible (seal/SPEC §6)."""
    if not is_plain(text, at_least=at_least, at_most=at_most):
        raise ValueError("not plain text")
