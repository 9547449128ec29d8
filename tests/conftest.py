"""Order of the suite: what takes long begins first, so that both cores end at about the same time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.real_kodi import REQUIRED

if TYPE_CHECKING:
    import pytest

E2E = Path(__file__).parent / "e2e"
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What this machine lacks to run all that was asked for is said, never passed over."""
    asked = [(config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args]
    if not REQUIRED and any(E2E.is_relative_to(it) for it in (*asked, *(it.parent for it in asked))):
        terminalreporter.write_line(
            "Not run: a session with the real Kodi. "
            "make prove plays it: apt-get install --no-install-recommends kodi kodi-bin"
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> int:
    folder = path.relative_to(Path(__file__).parent).parts[0]
    return LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)
