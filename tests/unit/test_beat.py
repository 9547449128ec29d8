"""The beat that several loops of the agent share."""

from __future__ import annotations

import pytest

from device_agent.clock import until_beat


@pytest.mark.parametrize(
    ("now", "seconds"),
    [(1000.0, 0.25), (1000.1, 0.15), (1000.2, 0.05), (1000.23, 0.02), (1000.26, 0.24)],
    ids=str,
)
def test_it_is_the_next_whole_multiple(now: float, seconds: float) -> None:
    assert until_beat(0.25, now) == pytest.approx(seconds)


def test_who_woke_a_little_early_waits_for_the_beat_after() -> None:
    assert until_beat(0.25, 1000.2499999) == pytest.approx(0.2500001)


@pytest.mark.parametrize("late_ms", range(250))
def test_nobody_waits_noticeably_longer_than_a_beat_however_late_they_woke(late_ms: int) -> None:
    """What ends 4.75 s after the last sign of life is over within five (INV-B2)."""
    assert 0.001 < until_beat(0.25, 1000 + late_ms / 1000) <= 0.251
