"""The technician's computer falls asleep during a session, or the browser freezes its tab to save power."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.weak.visit import Visit, visiting
from wire.reasons import EndReason

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"
BRIGHT = 0.5


@pytest.mark.parametrize("how", ["asleep", "frozen"] if PROVING else ["asleep"])
async def test_a_page_that_did_not_run_says_so_and_nothing_typed_before_is_done_after(
    tmp_path: Path, how: str
) -> None:
    """INV-B1, INV-B3, INV-B6: longer than the lease, with a key pressed before and still on its way."""
    async with visiting(tmp_path) as visit:
        await visit.connect()
        await visit.press("up")
        await visit.done(["up"])
        visit.link.stall(down=False)
        await visit.press("down")
        await stop(visit, how)
        assert await visit.told_on_the_tv() is EndReason.TECHNICIAN_LOST
        assert (await visit.recorded())["reason"] == "technician_lost"

        visit.link.flow()
        await wake(visit, how)
        assert await visit.ended() == "technician_lost"
        first = await visit.first_frame()
        assert first["state"] == "ended" or first["before"] < BRIGHT, "an old picture looked live"
        assert visit.tv.executed == ["up"]
        assert [command["record"]["typ"] for command in (await visit.recorded())["commands"]] == [
            "paired",
            "action",
        ]


async def stop(visit: Visit, how: str) -> None:
    if how == "asleep":
        visit.browser.signal_all(signal.SIGSTOP)
        return
    await visit.hide()
    await visit.tab.send("Page.setWebLifecycleState", state="frozen")


async def wake(visit: Visit, how: str) -> None:
    if how == "asleep":
        visit.browser.signal_all(signal.SIGCONT)
        return
    await visit.tab.send("Page.setWebLifecycleState", state="active")
    await visit.show()
