"""docs/machines.md is printed from the tables and shows every row."""

from __future__ import annotations

from relay.pin import machine as pin
from relay.session import machine as session
from tools.draw_machines import PAGE, page


def test_the_page_of_the_machines_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tools/draw_machines.py"


def test_the_page_shows_every_row_of_both_tables() -> None:
    text = page()
    tables = [*pin.TRANSITIONS.items(), *session.TRANSITIONS.items()]
    for (state, event), (to, _) in tables:
        assert any(
            line.startswith(f"| {state.name} |") and f"`{event.value}`" in line and f"| {to.name} |" in line
            for line in text.splitlines()
        ), (state, event)


def test_no_arrow_of_the_page_leaves_an_ended_session() -> None:
    arrows = [line for line in page().splitlines() if line.strip().startswith("ENDED -->")]
    assert arrows == ["    ENDED --> [*]"]
