"""Names of settings and of their values in the set's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device_agent.devices.simulated_tv.settings import (
    BY_PATH,
    CARD,
    LANGUAGE,
    LANGUAGES,
    Choice,
    Secret,
    Switch,
)
from locales import load

if TYPE_CHECKING:
    from locales import Catalogue

_DOTS = "•" * 8  # however long it is


def name_of(words: Catalogue, path: str) -> str:
    """What people call the setting; a path we do not know stands for itself."""
    return words.text(f"setting.{path}") if path in BY_PATH or path == CARD.path else path


def own_name(language: str) -> str:
    """A language in its own words, to be found by whoever reads no other."""
    return load(language, "device").text("tv.language")


def value_of(words: Catalogue, path: str, text: str) -> str:
    """A value as people read it: `On`, `Warm`, `38`."""
    if path == LANGUAGE and text in LANGUAGES:
        return own_name(text)
    match BY_PATH.get(path):
        case Switch() if text in {"on", "off"}:
            return words.text(f"option.{text}")
        case Secret():
            return _DOTS if text == "on" else ""
        case Choice(options=options) if text in options:
            return words.text(f"option.{text}")
        case _:
            return text
