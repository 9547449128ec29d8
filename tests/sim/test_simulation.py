"""Whole days of customers, technicians, attackers and misfortune, played by seed against the real services.

INV-A1, A3, A4, A6 to A8, B1 to B7, B9, D1 to D3, D5, E1, H1. What fails prints its seed; CONTRIBUTING.md says
how it is played again.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.sim.profiles import PROFILES
from tests.sim.world import Result, World

pytestmark = pytest.mark.slow

SEEDS = 1_001 if os.environ.get("ALONGSIDE_PROVE") else 104
STEPS = 1_000
# Seeds beyond the first hundred that once found something; they are played every time.
FOUND = (232, 679)
# What every witness looks at all the time; INV-H1, INV-A7 and INV-B8 are looked at only when they break.
PROMISES = "A1 A3 A4 A6 A8 B1 B2 B3 B4 B5 B6 B7 B9 D1 D2 D3 D5 E1"
DECISIONS = {"decision 0044", "decision 0045", "decision 0047"}  # Hide, stills, and the record of Hide
_PLAYED: dict[int, Result] = {}


def play(seed: int) -> Result:
    if seed not in _PLAYED:
        _PLAYED[seed] = World(seed).run(STEPS)
    return _PLAYED[seed]


@pytest.mark.proves("P8", by="a code is loaded, then saved")
@pytest.mark.proves("P9", by="an old ticket resumes a session")
@pytest.mark.parametrize("kind", range(len(PROFILES)), ids=[profile.name for profile in PROFILES])
def test_no_promise_is_broken_on_such_days(kind: int) -> None:
    found = [seed for seed in FOUND if seed >= SEEDS and seed % len(PROFILES) == kind]
    for seed in (*range(kind, SEEDS, len(PROFILES)), *found):
        result = play(seed)
        assert not result.breaches, "\n".join((*result.tail, str(result)))
        assert result.steps >= STEPS, f"{result}: nothing happens any more"


def test_the_days_show_what_the_promises_are_about() -> None:
    """A simulation in which nothing ends, or nothing is looked at, proves nothing."""
    results = [play(seed) for seed in range(SEEDS)]
    ended = sum((result.ended for result in results), Counter[str]())
    checked = sum((result.checked for result in results), Counter[str]())
    assert set(ended) >= {
        "audit_unavailable",
        "badge_refused",
        "consent_refused",
        "consent_timeout",
        "customer_reported",
        "customer_stopped",
        "device_lost",
        "device_powered_off",
        "draining",
        "integrity_failed",
        "pairing_failed",
        "relay_lost",
        "revoked",
        "technician_left",
        "technician_lost",
    }, ended
    promises = {f"INV-{name}" for name in PROMISES.split()} | DECISIONS
    assert {promise for promise, count in checked.items() if count >= 10} >= promises, checked
    assert sum(result.steps for result in results) >= STEPS * SEEDS
