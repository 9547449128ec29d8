"""Kodi's own settings as a technician is told of them, and back: only what can be said in one line. Pure.

What Kodi hides while it is typed, such as a password, is never told (seal/SPEC §4.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from seal.settings import Choice, Item, Number, Switch, TextEntry
from wire.limits import OPTIONS_PER_SETTING, VALUE_CHARACTERS

MOST: Final = 512  # eight messages of sixty-four
_SECRET: Final = ("password", "pass", "masterlock", "token", "secret", "pin")
_WHOLE: Final = frozenset({"integer"})
_LETTERS: Final = frozenset({"string"})

Value = bool | int | str


@dataclass(frozen=True, slots=True)
class Known:
    """A setting as told, and what each option means to Kodi."""

    item: Item
    values: Mapping[str, Value]

    def parsed(self, text: str) -> Value | None:
        """What Kodi calls this value; None where the setting cannot hold it."""
        match self.item:
            case Switch():
                return {"on": True, "off": False}.get(text)
            case Choice():
                return self.values.get(text)
            case Number(low=low, high=high, step=step):
                number = int(text) if text.removeprefix("-").isdecimal() and len(text) < 12 else None
                return number if number is not None and number in range(low, high + 1, step) else None
            case TextEntry(longest=longest):
                return text if len(text) <= longest else None

    def with_value(self, value: Value) -> Known | None:
        """The same with another value; None where it cannot be told."""
        name = self._name(value)
        if name is None:
            return None
        try:
            return Known(msgspec.structs.replace(self.item, value=name), self.values)
        except ValueError:
            return None

    def _name(self, value: Value) -> str | None:
        if isinstance(self.item, Switch):
            return "on" if value else "off"
        if isinstance(self.item, Choice):
            return next((name for name, it in self.values.items() if it == value), None)
        return str(value)


def listed(told: Any) -> dict[str, Known]:
    """Every setting of Kodi's answer that can be told, by its path."""
    found: dict[str, Known] = {}
    entries = told.get("settings", []) if isinstance(told, dict) else []
    for entry in entries if isinstance(entries, list) else []:
        known = _known(entry)
        if known is not None and len(found) < MOST:
            found[known.item.path] = known
    return found


def _known(entry: Any) -> Known | None:
    match entry:
        case {"id": str(path), "type": str(kind), "value": value, "enabled": True} if not _is_secret(entry):
            try:
                known = _told(path, kind, value, entry)
                # Made here, it is judged as it will be where it is read: some limits hold only there.
                msgspec.json.decode(msgspec.json.encode(known and known.item), type=Item | None)
            except (ValueError, msgspec.ValidationError):
                return None  # it does not fit into a message: too long, too many, not plain
            return known
        case _:
            return None


def _told(path: str, kind: str, value: Any, entry: Mapping[str, Any]) -> Known | None:
    if kind == "boolean" and isinstance(value, bool):
        return Known(Switch(path, "on" if value else "off"), {})
    if kind in _WHOLE | _LETTERS and isinstance(entry.get("options"), list):
        return _choice(path, value, entry["options"])
    if kind in _WHOLE and isinstance(value, int):
        low, high, step = entry.get("minimum"), entry.get("maximum"), entry.get("step", 1)
        if isinstance(low, int) and isinstance(high, int) and isinstance(step, int) and step > 0:
            return Known(Number(path, str(value), low, high, step), {})
    if kind in _LETTERS and isinstance(value, str) and entry.get("control", {}).get("type") == "edit":
        return Known(TextEntry(path, value, VALUE_CHARACTERS), {})
    return None


def _choice(path: str, value: Any, options: list[Any]) -> Known | None:
    values: dict[str, Value] = {}
    for option in options[: OPTIONS_PER_SETTING + 1]:
        match option:
            case {"label": str(label), "value": int() | str() as meant} if label.strip() not in values:
                values[label.strip()] = meant
            case _:
                return None
    name = next((label for label, meant in values.items() if meant == value), None)
    return None if name is None else Known(Choice(path, name, tuple(values)), values)


def _is_secret(entry: Mapping[str, Any]) -> bool:
    control = entry.get("control")
    hidden = isinstance(control, Mapping) and bool(control.get("hidden"))
    return hidden or any(word in str(entry.get("id", "")).lower().split(".")[-1] for word in _SECRET)
