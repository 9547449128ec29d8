"""The technician's telephone is on a train: the line stalls, comes back, falls silent, breaks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.weak.visit import Visit, visiting
from wire.reasons import EndReason

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"
LATE_MS, STALE_MS, CLOSED_MS, SILENT_MS = 1_000, 2_000, 500, 5_000
SLACK_MS = 500  # the page looks four times a second, and this machine may be busy
STALLS_S = (1.0, 1.5, 2.0, 2.5, 2.8) if PROVING else (2.5,)  # the lease is 3 s

# How it ends, and what the page says of it: no more than it can know (docs/decisions/0013).
ENDINGS = {
    "cut": "relay_lost",
    "half_open": "relay_lost",
    "up_is_dead": "technician_lost",  # it still hears what the set and the relay say of it
    "down_is_dead": "relay_lost",
}
SHORT = {"cut": ENDINGS["cut"]}


@pytest.mark.parametrize(("how", "reason"), (ENDINGS if PROVING else SHORT).items())
async def test_it_lives_through_short_stalls_and_ends_for_the_true_reason_when_the_line_is_gone(
    tmp_path: Path, how: str, reason: str
) -> None:
    """INV-B3, INV-B4, INV-B6, P10: late after a second, dimmed and without keys after two, then as before."""
    async with visiting(tmp_path) as visit:
        await visit.connect()
        done: list[str] = []
        for seconds in STALLS_S:
            await stalled(visit, seconds)
            await visit.tab.until(lambda told: told[-1]["fresh"] == "live")
            await visit.press("up")
            done.append("up")
            await visit.done(done)
        assert await visit.opacity() == 1

        since = visit.tab.told[-1]["at"]
        break_line(visit, how)
        assert await visit.ended() == reason
        assert visit.tab.told[-1]["at"] - since < (CLOSED_MS if how == "cut" else SILENT_MS) + SLACK_MS
        assert await visit.told_on_the_tv() is EndReason.TECHNICIAN_LOST
        facts = await visit.recorded()
        assert facts["reason"] == "technician_lost"
        assert facts["gaps"] == []
        assert visit.tv.executed == done

        visit.link.flow()
        await visit.tab.js("""document.querySelector('[data-testid="show-pin"]').click()""")
        await visit.tab.until(lambda told: told[-1]["shown"] != "")  # one press, and the line is asked for it


async def stalled(visit: Visit, seconds: float) -> None:
    """Nothing gets through for so long; the page says so in time, and takes no key once it is too old."""
    start = len(visit.tab.told)
    since = visit.tab.told[-1]["at"]
    visit.link.stall()
    await visit.tab.until(lambda told: told[-1]["fresh"] == "late")
    late = visit.tab.told[-1]
    assert late["at"] - since < LATE_MS + SLACK_MS
    if seconds * 1000 > STALE_MS:
        await visit.tab.until(lambda told: told[-1]["fresh"] == "stale")
        assert visit.tab.told[-1]["at"] - since < STALE_MS + SLACK_MS
        assert await visit.opacity() < 0.5
        await visit.press("down")
    await visit.tab.until(lambda told: told[-1]["at"] - since >= seconds * 1000)
    visit.link.flow()
    ages = [told["age"] for told in visit.tab.told[start:]]
    assert len(set(ages)) >= seconds * 3, "the age that shows did not move"
    assert {told["state"] for told in visit.tab.told[start:]} == {"active"}


def break_line(visit: Visit, how: str) -> None:
    match how:
        case "cut":
            visit.link.cut()
        case "half_open":
            visit.link.stall()
        case "up_is_dead":
            visit.link.stall(down=False)
        case "down_is_dead":
            visit.link.stall(up=False)
