"""What kind of day it is: who is there, how quick they are, and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NET: Final = {"cut": 2, "stall": 4, "dark": 3}
_RELAY: Final = {"relay dies": 3, "relay freezes": 1, "relay drains": 1}
_ENDS: Final = {"tv dies": 4, "tv freezes": 1, "desk dies": 3, "desk sleeps": 1}
_STORE: Final = {"store away": 2, "store fails": 3, "store slow": 2}
_CLOCKS: Final = {"relay clock": 3, "tv clock": 1}
_PEOPLE: Final = {"sign out": 1, "disable": 1}


@dataclass(frozen=True, slots=True)
class Profile:
    """`pace` is how many seconds a customer thinks on average."""

    name: str
    tvs: int = 2
    desks: int = 2
    attackers: int = 0
    pace: float = 1.5
    fault_every_s: float = 10.0
    faults: Mapping[str, int] = field(default_factory=dict)
    store_failing: float = 0.0
    delay: float = 0.03
    jitter: float = 0.1
    shows: float = 0.0  # how often a free technician shows a code, at each look
    clocks_off_s: float = 120.0  # the sets' clocks, at most, at first
    hides: float = 0.05  # how often a customer hides the screen, at each look
    skill: float = 0.3  # how often a technician does something other than pressing a key
    patient: bool = False  # codes are read out when their time is nearly over


PROFILES: Final = (
    Profile("calm", tvs=1, desks=1, fault_every_s=1e9),
    Profile("lines", faults=_NET, fault_every_s=6.0),
    Profile("relay", faults=_RELAY | {"stall": 1}, fault_every_s=8.0),
    Profile("ends", faults=_ENDS | {"cut": 1}, fault_every_s=6.0),
    Profile("store", faults=_STORE | {"relay dies": 1}, fault_every_s=5.0, store_failing=0.01),
    Profile(
        "clocks",
        clocks_off_s=600.0,
        faults=_CLOCKS | {"relay dies": 1, "stall": 1},
        fault_every_s=6.0,
        pace=3.0,
    ),
    Profile(
        "guessing",
        tvs=3,
        attackers=2,
        shows=0.05,
        faults={"relay dies": 1, "sign out": 1},
        fault_every_s=20.0,
    ),
    Profile(
        "storm", tvs=3, desks=3, faults=_NET | _RELAY | _ENDS | _STORE | _CLOCKS | _PEOPLE, fault_every_s=3.0
    ),
    Profile("middle", faults={"mangle": 4, "stall": 1}, fault_every_s=5.0),
    Profile("patient", tvs=1, faults={"relay clock": 1}, fault_every_s=150.0, pace=60.0, patient=True),
    Profile(
        "shown", tvs=2, desks=2, shows=0.3, faults=_NET | {"desk dies": 2, "tv dies": 1}, fault_every_s=12.0
    ),
    Profile(
        "shown in a storm", tvs=3, desks=2, shows=0.2, faults=_RELAY | _STORE | _PEOPLE, fault_every_s=4.0
    ),
    Profile(
        "undecided", tvs=1, desks=1, pace=0.8, hides=0.25, skill=0.8, faults={"stall": 1}, fault_every_s=20.0
    ),
    Profile("people", tvs=3, desks=2, attackers=1, faults=_PEOPLE | {"disk full": 1}, fault_every_s=6.0),
)
