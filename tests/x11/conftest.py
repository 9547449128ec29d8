from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from device_agent.devices.x11 import hands, keyboard
from tests.x11.display import Server, xvfb

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no server that hangs; who tests one of those says so."""
    monkeypatch.setattr(hands, "PATIENCE_S", 5.0)
    monkeypatch.setattr(keyboard, "LEARN_S", 0)  # the programs of these tests learn at once


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One X server for a file; what kills, stops or reshapes it starts its own."""
    with xvfb() as it:
        yield it
