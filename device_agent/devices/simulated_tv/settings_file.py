"""Keeps the settings over a restart: one small JSON file, replaced whole or not at all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from device_agent.devices.simulated_tv.settings import BY_PATH, LANGUAGE, LANGUAGES, Value, accepts, defaults

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGEST_BYTES = 65_536


def load(path: Path, language: str | None) -> dict[str, Value]:
    """The kept settings, but in `language` if one is asked for; what a file lacks is as in the factory."""
    values = defaults("en")
    for name, value in _read(path).items():
        setting = BY_PATH.get(name)
        if setting is not None and accepts(setting, value):
            values[name] = value  # type: ignore[assignment]  # accepts() has judged its type
    if language in LANGUAGES:
        values[LANGUAGE] = language
    return values


def save(path: Path, values: Mapping[str, Value]) -> None:
    """Write all settings so that a power cut leaves the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(dict(values), file, ensure_ascii=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _read(path: Path) -> dict[str, object]:
    if not path.is_file() or path.stat().st_size > LARGEST_BYTES:
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # a broken file must not keep a set from starting
        return {}
    return kept if isinstance(kept, dict) else {}
