"""docs/machines.md is printed from the tables and shows every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device_agent import machine as device
from relay.pin import machine as pin
from relay.session import machine as session
from tools.draw_machines import PAGE, page

if TYPE_CHECKING:
    from enum import StrEnum


def test_the_page_of_the_machines_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tools/draw_machines.py"


def test_the_page_shows_every_row_of_all_tables() -> None:
    text = page()
    moves: list[tuple[StrEnum, StrEnum, StrEnum]] = []
    moves += [(state, event, to) for (state, event), (to, _) in pin.TRANSITIONS.items()]
    moves += [(state, event, to) for (state, event), (to, _) in session.TRANSITIONS.items()]
    moves += [(state, event, step.state) for (state, event), step in device.TRANSITIONS.items()]
    for state, event, to in moves:
        assert any(
            line.startswith(f"| {state.name} |") and f"`{event.value}`" in line and f"| {to.name} |" in line
            for line in text.splitlines()
        ), (state, event)


def test_no_arrow_of_the_page_leaves_an_ended_session() -> None:
    relayed = page().partition("## Device")[0]
    arrows = [line for line in relayed.splitlines() if line.strip().startswith("ENDED -->")]
    assert arrows == ["    ENDED --> [*]"]
