"""INV-A4 by count: what one compromised account gets out of guessing, whatever door it tries."""

from __future__ import annotations

import pytest

from relay.pin.rules import DAY_MS, Kind, Policy
from tests.sim.guessing import LOCATORS, Campaign, Door

pytestmark = pytest.mark.slow

DAYS = 8
RATED = 2_000
A_DAYS_MISSES = next(limit.count for limit in Policy().limits(Kind.MISS) if limit.window_ms == DAY_MS)


@pytest.mark.parametrize("door", Door, ids=lambda door: door.name.lower())
def test_no_door_gives_more_guesses_than_the_documented_ones(door: Door) -> None:
    campaign = Campaign(door, seed=1, live=RATED)
    campaign.run(DAYS)
    assert campaign.most_in_a_day() <= A_DAYS_MISSES
    # The limit is used up: else this would count a guesser who hardly tried.
    assert len(campaign.misses) + len(campaign.hits) >= A_DAYS_MISSES * (DAYS - 1) * 0.7
    # A secret is tried only where a locator was hit, and hits are as rare as they are said to be.
    expected = A_DAYS_MISSES * (DAYS + 1) * RATED / (LOCATORS - RATED)
    assert len(campaign.hits) <= expected + 4 * expected**0.5


def test_a_guesser_is_held_to_the_same_number_where_many_codes_are_live() -> None:
    """Hits count as well, once they have come to nothing: more codes make better tries, not more of them."""
    campaign = Campaign(Door.PLAIN, seed=2, live=LOCATORS // 2)
    campaign.run(2)
    tries = sorted(campaign.misses + campaign.hits)
    most = max(sum(1 for at in tries if end - DAY_MS < at <= end) for end in tries)
    assert campaign.hits
    assert most <= A_DAYS_MISSES
