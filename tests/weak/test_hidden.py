"""The technician looks something up: the tab is hidden, and Chromium wakes its timers once a minute.

Relay and set are answered when they speak, so the session lives; and when it ends, the reason is true.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.weak.visit import GRACE_S, THROTTLE, Visit, visiting
from wire.reasons import EndReason

if TYPE_CHECKING:
    from pathlib import Path

    from tests.weak.visit import Told

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"
# The page as a technician has it, for six minutes; or one that Chromium throttles sooner, as `visit` says.
HIDDEN_S, PAINTED, ARGUMENTS = (360, True, ()) if PROVING else (7.5, False, (THROTTLE,))
THROTTLED_AFTER_S = 62 if PROVING else GRACE_S + 1.5
BEATS_PER_S = 4

SILENT_MS = 4_750 + 1_000 + 750  # any timer of a hidden page may come a second late


async def test_a_session_lives_in_a_hidden_tab_works_at_once_when_shown_and_ends_with_the_true_reason(
    tmp_path: Path,
) -> None:
    """INV-B3, INV-B5, INV-B6, seal SPEC §5: pongs and endings wait for no timer that sleeps for a minute."""
    async with visiting(tmp_path, painted=PAINTED, arguments=ARGUMENTS) as visit:
        await visit.connect()
        await visit.press("up")
        await visit.done(["up"])
        hidden = await hidden_for(visit, HIDDEN_S)
        assert {told["state"] for told in hidden} == {"active"}
        assert visit.is_live_on_the_tv

        await visit.show()
        first = await visit.first_frame()
        assert (first["state"], first["opacity"]) == ("active", 1)
        await visit.press("down")
        await visit.done(["up", "down"])
        beats = visit.tab.told[-1]["beats"]
        await visit.tab.until(lambda told: told[-1]["beats"] > beats + 1)  # its timers run again

        # Not for a minute's silence, and not for a sleep of the technician's computer: for what it was.
        if PROVING:
            await hidden_for(visit, THROTTLED_AFTER_S + 5)
        else:
            await visit.hide()
        since, beats = visit.tab.told[-1]["at"], visit.tab.told[-1]["beats"]
        visit.link.stall()
        assert await visit.ended() == "relay_lost"
        said = visit.tab.told[-1]
        assert said["hidden"]
        assert said["at"] - since < SILENT_MS
        assert said["beats"] - beats <= GRACE_S + 1, "its timers were not throttled"
        assert await visit.told_on_the_tv() is EndReason.TECHNICIAN_LOST
        assert (await visit.recorded())["reason"] == "technician_lost"


async def hidden_for(visit: Visit, seconds: float) -> Told:
    """What the page said while it was hidden for so long: pictures all the time, hardly a timer's beat."""
    start = len(visit.tab.told)
    await visit.hide()
    first = visit.tab.told[-1]["at"]
    await visit.tab.until(
        lambda told: told[-1]["at"] - first >= seconds * 1000 or told[-1]["state"] == "ended",
        within=seconds * 1.5 + 10,
    )
    told = [one for one in visit.tab.told[start:] if one["hidden"]]
    assert_throttled([one for one in told if one["at"] - first > THROTTLED_AFTER_S * 1000])
    return told


def assert_throttled(told: Told) -> None:
    """Timers that are due run together, once a minute at most; but what arrives is dealt with at once."""
    lasted_s = (told[-1]["at"] - told[0]["at"]) / 1000
    assert lasted_s >= 4, "not for long enough to see anything"
    wakes = {one["beats"] for one in told}
    assert len(wakes) <= 1 + lasted_s // 60 + 1, (
        f"{len(wakes)} wakes in {lasted_s} s: its timers were not throttled"
    )
    late = max(after["at"] - before["at"] for before, after in pairwise(told))
    assert late < 1_500, f"no picture for {late} ms"
