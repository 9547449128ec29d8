"""A line that is back although the browser's connection is not: its TCP waits longer than the session may.

What was lost is repeated with pauses that double, which no page can set (SPEC §5.3). New connections are as
good as ever meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.weak.visit import Visit, visiting
from wire.limits import ALIVE_MOST_S, LEASE_END_MS
from wire.reasons import EndReason

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.browser]

# Longer than any end may take that hears nothing, and within what a sign beside the socket stands in for.
HELD_MS = LEASE_END_MS + 1_750
SLACK_MS = 1_500
MOST_AGE_S = 2.0  # of a set that always moves; without its pictures it would be as old as the silence


async def test_a_session_lives_while_its_socket_is_held_up_and_nothing_is_done_meanwhile(
    tmp_path: Path,
) -> None:
    """INV-B3: a key pressed behind the socket's back is late; afterwards all is as before."""
    async with visiting(tmp_path) as visit:
        await visit.connect()
        since = visit.tab.told[-1]["at"]
        visit.link.hold()
        await visit.tab.until(lambda told: told[-1]["at"] - since > HELD_MS or told[-1]["reason"] != "")
        assert visit.tab.told[-1]["state"] == "active"
        assert visit.is_live_on_the_tv
        assert await visit.opacity() < 0.5, "a picture that cannot be driven looked live"
        async with asyncio.timeout(
            3
        ):  # it comes beside the socket all the while, on a busy machine in bursts
            while await age_s(visit) >= MOST_AGE_S:
                await asyncio.to_thread(lambda: None)
        await visit.press("down")
        assert visit.tv.executed == []

        visit.link.flow()
        await visit.tab.until(lambda told: told[-1]["fresh"] == "live")
        await visit.press("right")
        await visit.done(["right"])
        assert await signs_said(visit) > 0


async def test_without_any_way_to_the_server_it_ends_in_time(tmp_path: Path) -> None:
    """INV-B3: what tries to be heard beside the socket keeps nothing alive by itself."""
    async with visiting(tmp_path) as visit:
        await visit.connect()
        since = visit.tab.told[-1]["at"]
        visit.link.hold()
        visit.link.stall()
        assert await visit.ended() == "relay_lost"
        assert visit.tab.told[-1]["at"] - since < LEASE_END_MS + SLACK_MS
        assert await visit.told_on_the_tv() is EndReason.TECHNICIAN_LOST
        facts = await visit.recorded()
        assert (facts["reason"], facts["gaps"]) == ("technician_lost", [])


async def test_a_socket_that_does_not_come_back_ends_it_whatever_is_said_beside_it(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visit:
        await visit.connect()
        since = visit.tab.told[-1]["at"]
        visit.link.hold()
        await visit.ended()
        lasted = visit.tab.told[-1]["at"] - since
        assert LEASE_END_MS + SLACK_MS < lasted < ALIVE_MOST_S * 1000 + LEASE_END_MS + SLACK_MS
        assert await visit.told_on_the_tv() is EndReason.TECHNICIAN_LOST


async def age_s(visit: Visit) -> float:
    """How old the page says that the picture is, once it says so."""
    title = "document.querySelector('.stale-card .over-title')"
    return float(
        await visit.tab.js(f"Number({title}.textContent.match(/[0-9]+[.,][0-9]/)[0].replace(',', '.'))")
    )


async def signs_said(visit: Visit) -> int:
    """How many the page has said, as its browser counts requests."""
    count = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/v1/alive')).length"
    return int(await visit.tab.js(count))
