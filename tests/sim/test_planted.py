"""The simulator finds bugs: each of those planted, in a few seeds, and names a promise that it breaks."""

from __future__ import annotations

import pytest

from tests.sim.planted import BUGS, Bug
from tests.sim.profiles import PROFILES
from tests.sim.world import World

pytestmark = pytest.mark.slow

SEEDS, STEPS = 60, 800
BY_NAME = {profile.name: profile for profile in PROFILES}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: Bug) -> None:
    found: list[str] = []
    for seed in range(SEEDS):
        profile = BY_NAME[bug.profiles[seed % len(bug.profiles)]]
        with bug.plant():
            found += World(seed, profile=profile).run(STEPS).breaches
        if any(breach.startswith(bug.promises) for breach in found):
            return
    pytest.fail(f"not found over {SEEDS} seeds of {STEPS} steps; what was: {found}")
