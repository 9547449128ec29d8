"""The set's settings as a catalogue: what there is, what each may hold, and what a press makes of it. Pure.

A setting's path is stable: the audit record and the end card name it. Its words stand in `device.po`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, assert_never

import locales
from seal import settings as told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seal.settings import Item

LANGUAGE: Final = "general.language"
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,5}")
LANGUAGES: Final = tuple(
    language for language in locales.languages() if "device" in locales.domains(language)
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few named options."""

    path: str
    options: tuple[str, ...]
    default: str


@dataclass(frozen=True, slots=True)
class Range:
    """A whole number between two ends."""

    path: str
    low: int
    high: int
    default: int
    step: int = 1


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    path: str
    default: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A short text, typed on the screen's keyboard; not a secret one, because the screen may be looked at."""

    path: str
    default: str
    longest: int = 24


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that nobody but the customer may see while it is typed, and that is kept nowhere here.

    Its value says only whether there is one; it is no setting of a technician's, and no record holds it.
    """

    path: str
    shortest: int
    longest: int
    default: bool = True


Setting = Choice | Range | Switch | Entry | Secret
Value = str | int | bool

GROUPS: Final[Mapping[str, tuple[Setting, ...]]] = MappingProxyType(
    {
        "picture": (
            Choice("picture.mode", ("standard", "vivid", "cinema", "game", "saving"), "standard"),
            Range("picture.backlight", 0, 50, 40),
            Range("picture.brightness", 0, 100, 50),
            Range("picture.contrast", 0, 100, 50),
            Range("picture.colour", 0, 100, 50),
            Range("picture.sharpness", 0, 20, 8),
            Choice("picture.temperature", ("cool", "neutral", "warm"), "neutral"),
            Switch("picture.motion_smoothing", default=True),
            Choice("picture.noise_reduction", ("off", "low", "high"), "low"),
            Choice("picture.shape", ("automatic", "wide", "four_three", "zoom"), "automatic"),
            Switch("picture.high_range", default=True),
            Switch("picture.room_light", default=False),
        ),
        "sound": (
            Choice("sound.output", ("speakers", "hdmi", "optical", "headphones"), "speakers"),
            Choice("sound.mode", ("standard", "speech", "cinema", "music", "night"), "standard"),
            Range("sound.bass", -10, 10, 0),
            Range("sound.treble", -10, 10, 0),
            Range("sound.balance", -10, 10, 0),
            Switch("sound.surround", default=False),
            Switch("sound.even_volume", default=True),
            Range("sound.delay", 0, 200, 0, step=10),
            Switch("sound.key_tones", default=False),
        ),
        "network": (
            Choice("network.connection", ("wifi", "cable"), "wifi"),
            Entry("network.wifi_name", "Home"),
            Secret("network.wifi_password", shortest=8, longest=63),
            Choice("network.band", ("automatic", "slow_far", "fast_near"), "automatic"),
            Choice("network.address", ("automatic", "by_hand"), "automatic"),
            Switch("network.phones_may_play", default=True),
            Switch("network.wake", default=True),
        ),
        "general": (
            Choice(LANGUAGE, LANGUAGES, "en"),
            Entry("general.name", "Living room"),
            Choice("general.clock", ("hours_24", "hours_12"), "hours_24"),
            Choice("general.sleep", ("off", "minutes_30", "minutes_60", "minutes_120"), "off"),
            Choice("general.standby", ("hours_2", "hours_4", "never"), "hours_4"),
            Switch("general.still_screens", default=False),
            Switch("general.subtitles", default=False),
            Switch("general.audio_description", default=False),
            Switch("general.updates", default=True),
        ),
    }
)

BY_PATH: Final[Mapping[str, Setting]] = MappingProxyType(
    {setting.path: setting for group in GROUPS.values() for setting in group}
)

CARD: Final = Secret("payment.card", shortest=12, longest=19)
"""The number of a card, asked for when a title costs money; not among the settings."""


def field_of(path: str) -> Entry | Secret:
    """What the keyboard on the screen is open for."""
    field = CARD if path == CARD.path else BY_PATH[path]
    assert isinstance(field, Entry | Secret)
    return field


def defaults(language: str) -> dict[str, Value]:
    """Every setting as the set leaves the factory, in this language if the set speaks it."""
    values: dict[str, Value] = {path: setting.default for path, setting in BY_PATH.items()}
    if language in LANGUAGES:
        values[LANGUAGE] = language
    return values


def accepts(setting: Setting, value: object) -> bool:
    """Whether this setting may hold this value; the judge of what a file or a press brings."""
    match setting:
        case Choice():
            return isinstance(value, str) and value in setting.options
        case Switch() | Secret():
            return isinstance(value, bool)
        case Range():
            if not isinstance(value, int) or isinstance(value, bool):
                return False
            return setting.low <= value <= setting.high and (value - setting.low) % setting.step == 0
        case Entry():
            return isinstance(value, str) and 0 < len(value) <= setting.longest and value.isprintable()
        case _:
            assert_never(setting)


def as_text(value: Value) -> str:
    """A value as the record and the end card carry it: `38`, `on`, `cinema`."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def from_text(setting: Setting, text: str) -> Value | None:
    """The value that this text names, or None where the setting cannot hold it."""
    value: Value = text
    match setting:
        case Switch():
            value = {"on": True, "off": False}.get(text, text)
        case Range():
            value = int(text) if _INTEGER.fullmatch(text) else text
        case Entry():
            value = text.strip()
        case Choice():
            pass
        case Secret():
            return None
    return value if accepts(setting, value) else None


def listed(values: Mapping[str, Value]) -> tuple[Item, ...]:
    """Every setting as it stands, as a technician is told of it (seal/SPEC §4.1)."""
    return tuple(
        _item(setting, as_text(values[path]))
        for path, setting in BY_PATH.items()
        if not isinstance(setting, Secret)
    )


def _item(setting: Choice | Range | Switch | Entry, value: str) -> Item:
    match setting:
        case Choice(path=path, options=options):
            return told.Choice(path, value, options)
        case Range(path=path, low=low, high=high, step=step):
            return told.Number(path, value, low, high, step)
        case Switch(path=path):
            return told.Switch(path, "on" if value == "on" else "off")
        case Entry(path=path, longest=longest):
            return told.TextEntry(path, value, longest)
        case _:
            assert_never(setting)


def moved(setting: Range, value: int, steps: int) -> int:
    """The value some steps further, held between the ends."""
    return max(setting.low, min(setting.high, value + steps * setting.step))
