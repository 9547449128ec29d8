"""What a device tells of its settings and of its open text field (seal/SPEC §4.1)."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

import msgspec

from seal.commands import require_path, require_plain
from wire.limits import (
    INTEGER_MAX,
    OPTION_CHARACTERS,
    OPTIONS_PER_SETTING,
    SETTINGS_PARTS,
    SETTINGS_PER_MESSAGE,
    TEXT_CHARACTERS,
    VALUE_CHARACTERS,
)
from wire.structs import Message

_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,15}")

Signed = Annotated[int, msgspec.Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
Options = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=OPTIONS_PER_SETTING)]
Part = Annotated[int, msgspec.Meta(ge=0, le=SETTINGS_PARTS)]


class _Item(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    """One setting: how it is called and what it holds."""

    path: str
    value: str


class Choice(_Item, frozen=True, tag="choice"):
    """One of a few named options."""

    options: Options

    def __post_init__(self) -> None:
        require_path(self.path)
        for option in self.options:
            require_plain(option, at_least=1, at_most=OPTION_CHARACTERS)
        if self.value not in self.options or len(set(self.options)) != len(self.options):
            raise ValueError("not one of the options, or one twice")


class Number(_Item, frozen=True, tag="number"):
    """A whole number between two ends."""

    low: Signed
    high: Signed
    step: Annotated[int, msgspec.Meta(ge=1, le=INTEGER_MAX)]

    def __post_init__(self) -> None:
        require_path(self.path)
        if not _INTEGER.fullmatch(self.value) or not self.low <= int(self.value) <= self.high:
            raise ValueError("not a number of its range")


class Switch(_Item, frozen=True, tag="switch"):
    """On or off."""

    value: Literal["on", "off"]

    def __post_init__(self) -> None:
        require_path(self.path)


class TextEntry(_Item, frozen=True, tag="text"):
    """A short text; never one that a person keeps secret."""

    longest: Annotated[int, msgspec.Meta(ge=1, le=VALUE_CHARACTERS)]

    def __post_init__(self) -> None:
        require_path(self.path)
        require_plain(self.value, at_least=0, at_most=VALUE_CHARACTERS)


Item = Choice | Number | Switch | TextEntry


class Settings(Message, frozen=True, tag="settings"):
    """A piece of the whole list, or (`part` and `parts` 0) the settings whose value changed."""

    part: Part
    parts: Part
    items: Annotated[tuple[Item, ...], msgspec.Meta(max_length=SETTINGS_PER_MESSAGE)]

    def __post_init__(self) -> None:
        if self.part > self.parts or (self.part == 0) is not (self.parts == 0):
            raise ValueError("not a piece of so many")
        if len({item.path for item in self.items}) != len(self.items):
            raise ValueError("a path twice")


class Field(Message, frozen=True, tag="field"):
    """How many more characters the open text field takes; 0 where none is open."""

    longest: Annotated[int, msgspec.Meta(ge=0, le=TEXT_CHARACTERS)]
