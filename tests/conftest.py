"""Order of the suite: what takes long begins first, so that both cores end at about the same time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

LONG_FIRST = (
    "mutations",
    "e2e",
    "evil_relay",
    "browser",
    "contract",
    "sim",
    "server",
    "tv",
    "agent",
    "property",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> int:
    folder = path.relative_to(Path(__file__).parent).parts[0]
    return LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)
