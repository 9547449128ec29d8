"""Prints the four life cycles of docs/machines.md from the tables in the code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from device_agent import machine as device  # noqa: E402
from device_agent.carrier import machine as carrier  # noqa: E402
from device_agent.machine import (  # noqa: E402
    Again,
    Allow,
    AnswerMore,
    Claim,
    Connect,
    End,
    HangUp,
    OpenSettings,
    Renew,
    Screen,
    Show,
)
from relay.pin import machine as pin  # noqa: E402 - the project's folder comes first
from relay.session import machine as session  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Collection
    from enum import StrEnum

    Table = Collection[tuple[tuple[StrEnum, StrEnum], tuple[StrEnum, tuple[str, ...]]]]

PAGE = ROOT / "docs" / "machines.md"

_HEAD = """# The four machines

Printed from `TRANSITIONS` in `relay/pin/machine.py`, `relay/session/machine.py`, `device_agent/machine.py`
and `device_agent/carrier/machine.py` by `tools/draw_machines.py`; a test fails when this page is older than
the tables. What has no row is refused.
Effects come in the order given: a step that grants records before anybody hears of it, an ending closes both
sockets before it records, and a device ends its session before it does anything else.
"""


_WORDS: Final[dict[type, str]] = {
    Connect: "open a line for a code to show",
    Claim: "open a line for the code typed",
    Again: "open a line for the same once more",
    OpenSettings: "open the device's network settings",
    HangUp: "drop line and code",
    Allow: "give what was agreed to",
    Renew: "give it for as long again",
}


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            _HEAD,
            *_section("Code", pin.TRANSITIONS.items(), first=pin.State.ISSUED),
            *_section("Session", session.TRANSITIONS.items(), first=session.State.PAIRING),
            *_section("Device", _device_table(), first=device.State.IDLE),
            *_section("Carrier of picture and sound", _carrier_table(), first=carrier.State.RELAY),
        ]
    )


def _carrier_table() -> Table:
    return [
        (move, (step.state, tuple(effect.value for effect in step.effects)))
        for move, step in carrier.TRANSITIONS.items()
    ]


def _device_table() -> Table:
    return [
        (move, (step.state, tuple(_effect(effect) for effect in step.effects)))
        for move, step in device.TRANSITIONS.items()
    ]


def _effect(effect: device.Effect) -> str:
    match effect:
        case Show(page=page, problem=problem):
            return f"show `{page}`" + (f" ({problem})" if problem else "")
        case End(reason=reason):
            return f"end with `{reason}`"
        case AnswerMore(given=given, said=said):
            return "give more" if given else "give nothing more" + ("" if said else ", unanswered")
        case Screen(on=on):
            return "switch the screen on" if on else "switch the screen off"
        case _:
            return _WORDS[type(effect)]


def _section(title: str, table: Table, *, first: StrEnum) -> list[str]:
    return [f"## {title}", "", *_diagram(table, first), "", *_rows(table), ""]


def _diagram(table: Table, first: StrEnum) -> list[str]:
    arrows: dict[tuple[StrEnum, StrEnum], list[str]] = {}
    for (state, event), (to, _) in table:
        arrows.setdefault((state, to), []).append(event.value)
    leaving = {state for (state, _), _ in table}
    final = list(dict.fromkeys(to for _, (to, _) in table if to not in leaving))
    return [
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {first.name}",
        *(f"    {state.name} --> {to.name}: {'<br>'.join(events)}" for (state, to), events in arrows.items()),
        *(f"    {state.name} --> [*]" for state in final),
        "```",
    ]


def _rows(table: Table) -> list[str]:
    """One line for all events that do the same in the same state."""
    alike: dict[tuple[StrEnum, StrEnum, tuple[str, ...]], list[str]] = {}
    for (state, event), (to, effects) in table:
        alike.setdefault((state, to, effects), []).append(f"`{event.value}`")
    return [
        "| from | on | to | effects |",
        "|---|---|---|---|",
        *(
            f"| {state.name} | {', '.join(events)} | {to.name} | {'; '.join(effects)} |"
            for (state, to, effects), events in alike.items()
        ),
    ]


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
