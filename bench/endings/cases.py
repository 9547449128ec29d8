"""Which endings are played, who is left to tell of them, and which reason each one may give. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from wire.reasons import EndReason


class Party(StrEnum):
    """Who takes part in a session."""

    DEVICE = "device"
    CONSOLE = "console"
    RELAY = "relay"


class Act(StrEnum):
    """What happens to a party."""

    STOP = "stop"  # the customer's own key
    POWER = "power"  # the customer's own key
    END = "end"  # the technician's own button
    CLOSE_TAB = "close_tab"
    KILL = "kill"  # SIGKILL
    FREEZE = "freeze"  # SIGSTOP, and SIGCONT when all others are done
    SILENCE = "silence"  # a black hole in both directions; no socket is closed


class Bound(StrEnum):
    """Which promise holds for the case (INV-B1 to INV-B3)."""

    STOP = "stop"
    CLOSE = "close"
    SILENCE = "silence"

    @property
    def ms(self) -> int:
        return _BOUND_MS[self]


_BOUND_MS: Final = {Bound.STOP: 100, Bound.CLOSE: 500, Bound.SILENCE: 5_000}
_Reasons = frozenset[EndReason]


@dataclass(frozen=True, slots=True)
class Case:
    """`device`, `console` and `record` hold the reasons that are true there; none where nobody is left."""

    name: str
    title: str
    party: Party
    act: Act
    bound: Bound
    device: _Reasons
    console: _Reasons
    record: _Reasons
    in_browser: bool = field(default=False, kw_only=True)

    @property
    def needs_root(self) -> bool:
        """Only who may make a network namespace can silence a network."""
        return self.act is Act.SILENCE

    @property
    def on_all(self) -> bool:
        """Whether the act hits all sessions of a batch at the same moment."""
        return self.act in {Act.KILL, Act.FREEZE, Act.SILENCE}

    @property
    def console_dies(self) -> bool:
        return self.party is Party.CONSOLE and self.act in {Act.CLOSE_TAB, Act.KILL}

    @property
    def device_dies(self) -> bool:
        return self.party is Party.DEVICE and self.act is Act.KILL

    def wakes(self, party: Party) -> bool:
        """Whether this party says its reason only after it was woken, so that its time says nothing."""
        return self.act is Act.FREEZE and self.party is party


def _only(*reasons: EndReason) -> _Reasons:
    return frozenset(reasons)


_STOPPED: Final = _only(EndReason.CUSTOMER_STOPPED)
_OFF: Final = _only(EndReason.DEVICE_POWERED_OFF)
_LEFT: Final = _only(EndReason.TECHNICIAN_LEFT)
_NO_TECHNICIAN: Final = _only(EndReason.TECHNICIAN_LOST)
_NO_DEVICE: Final = _only(EndReason.DEVICE_LOST)
_NO_RELAY: Final = _only(EndReason.RELAY_LOST)
_GONE: Final = _only()

CASES: Final = (
    Case(
        "customer_stops",
        "customer presses Stop",
        Party.DEVICE,
        Act.STOP,
        Bound.STOP,
        _STOPPED,
        _STOPPED,
        _STOPPED,
    ),
    Case(
        "customer_powers_off", "customer presses Power", Party.DEVICE, Act.POWER, Bound.STOP, _OFF, _OFF, _OFF
    ),
    Case(
        "technician_ends", "technician presses End", Party.CONSOLE, Act.END, Bound.CLOSE, _LEFT, _LEFT, _LEFT
    ),
    Case(
        "technician_closes_tab",
        "technician closes the tab",
        Party.CONSOLE,
        Act.CLOSE_TAB,
        Bound.CLOSE,
        _NO_TECHNICIAN,
        _GONE,
        _NO_TECHNICIAN,
        in_browser=True,
    ),
    Case(
        "technician_browser_killed",
        "technician's browser is killed",
        Party.CONSOLE,
        Act.KILL,
        Bound.CLOSE,
        _NO_TECHNICIAN,
        _GONE,
        _NO_TECHNICIAN,
        in_browser=True,
    ),
    Case(
        "technician_asleep",
        "technician's computer falls asleep",
        Party.CONSOLE,
        Act.FREEZE,
        Bound.SILENCE,
        _NO_TECHNICIAN,
        _NO_TECHNICIAN,
        _NO_TECHNICIAN,
        in_browser=True,
    ),
    Case(
        "technician_network_lost",
        "technician's network goes silent",
        Party.CONSOLE,
        Act.SILENCE,
        Bound.SILENCE,
        _NO_TECHNICIAN,
        # It cannot know which side of the silence is broken, unless its browser says that it is offline.
        _NO_RELAY | _NO_TECHNICIAN,
        _NO_TECHNICIAN,
        in_browser=True,
    ),
    Case(
        "device_killed",
        "TV's agent is killed",
        Party.DEVICE,
        Act.KILL,
        Bound.CLOSE,
        _GONE,
        _NO_DEVICE,
        _NO_DEVICE,
    ),
    Case(
        "device_frozen",
        "TV freezes",
        Party.DEVICE,
        Act.FREEZE,
        Bound.SILENCE,
        _NO_DEVICE,
        _NO_DEVICE,
        _NO_DEVICE,
    ),
    Case(
        "device_network_lost",
        "TV's network goes silent",
        Party.DEVICE,
        Act.SILENCE,
        Bound.SILENCE,
        _NO_RELAY,
        _NO_DEVICE,
        _NO_DEVICE,
    ),
    Case(
        "relay_killed", "relay is killed", Party.RELAY, Act.KILL, Bound.CLOSE, _NO_RELAY, _NO_RELAY, _NO_RELAY
    ),
    Case(
        "relay_frozen",
        "relay freezes",
        Party.RELAY,
        Act.FREEZE,
        Bound.SILENCE,
        _NO_RELAY,
        _NO_RELAY,
        _NO_RELAY,
    ),
)
BY_NAME: Final = {case.name: case for case in CASES}
