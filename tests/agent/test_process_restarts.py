"""The agent's process is killed wherever it stands, and started again: what is over stays over."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from server.demo import provision
from tests.agent.agent_process import agent_process
from tests.e2e.server_process import Site, free_port
from tests.e2e.twins import technician
from wire.code import split

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agent.agent_process import Remote
    from tests.e2e.twins import Desk

pytestmark = pytest.mark.slow

PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"
STATES = ("offering", "pairing", "consent", "active") if PROVING else ("pairing",)


async def test_killed_in_any_state_the_agent_offers_a_fresh_code_and_the_old_one_is_dead(
    tmp_path: Path,
) -> None:
    """INV-A1, INV-A5, INV-A8, INV-B6: no session resumes, and one OK shows another code."""
    site = Site(tmp_path / "server" / "data", free_port())
    await site.add_technician()
    device = tmp_path / "device"
    provision(device, site.settings)
    used: list[str] = []
    async with site.serving():
        for state in STATES:
            told = "device_powered_off" if state in {"consent", "active"} else "restarted"
            async with technician(site) as desk, asyncio.TaskGroup() as tasks:
                async with agent_process(site.origin, device) as (process, remote):
                    code = await remote.code()
                    await bring(state, remote, desk, code, tasks)
                    process.kill()
                used.append(code)
                async with agent_process(site.origin, device) as (_, remote):
                    await remote.until_it_says(told)
                    await remote.press("ok")
                    fresh = (await remote.until("pin"))["code"].replace(" ", "")
                    assert fresh not in used
                    used.append(fresh)
                    gone = await desk.redeem(split(code)[0])
                    assert (gone.status, gone.facts["type"]) == (404, "urn:alongside:problem:code-not-open")
                    assert all(session["reason"] == "device_lost" for session in await desk.sessions())


async def bring(state: str, remote: Remote, desk: Desk, code: str, tasks: asyncio.TaskGroup) -> None:
    """As far as this, and no further."""
    if state == "pairing":
        assert (await desk.redeem(split(code)[0])).status == 201
        await remote.until("checking")
    if state in {"consent", "active"}:
        await desk.connect(code, tasks)
        await remote.until("consent")
    if state == "active":
        await remote.press("ok")
        await desk.active()
        await remote.until("active")
