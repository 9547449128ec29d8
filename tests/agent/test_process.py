"""The agent's own process goes in the middle of a session: asked to, or killed. Real sockets, real server.

Generous waits and no timing here; how long the relay takes to notice is measured in its own tests.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from server.demo import provision
from tests.agent.agent_process import PATIENCE_S, Remote, agent_process
from tests.e2e.server_process import Site, free_port
from tests.e2e.twins import Desk, technician
from wire.commands import RemoteKey
from wire.reasons import EndReason
from wire.records import ActionRecord, EndRecord

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.slow

# From the menu to the back light's slider, one step up.
BRIGHTER = (RemoteKey.MENU, RemoteKey.OK, RemoteKey.DOWN, RemoteKey.OK, RemoteKey.RIGHT)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's data with one technician in it."""
    data = tmp_path_factory.mktemp("founded") / "data"
    asyncio.run(Site(data, free_port()).add_technician())
    return data


@pytest.fixture
def site(founded: Path, tmp_path: Path) -> Site:
    data = tmp_path / "server" / "data"
    shutil.copytree(founded, data)
    data.chmod(0o700)
    return Site(data, free_port())


@pytest.fixture
def device(site: Site, tmp_path: Path) -> Path:
    """The folder of a set that left the factory believing this server's badges."""
    folder = tmp_path / "device"
    provision(folder, site.settings)
    return folder


@asynccontextmanager
async def live_session(site: Site, device: Path) -> AsyncIterator[tuple[Process, Remote, Desk]]:
    """Help, code, yes, a picture and one key pressed; server and console live on when the agent goes."""
    async with (
        site.serving(),
        technician(site) as desk,
        asyncio.TaskGroup() as tasks,
        agent_process(site.origin, device) as (process, remote),
    ):
        await desk.connect(await remote.code(), tasks)
        await remote.until("consent")
        await remote.press("ok")
        await desk.active()
        await remote.until("active")
        await desk.press(*BRIGHTER)
        yield process, remote, desk


async def recorded(desk: Desk) -> str:
    """The ending in the technician's list: ending never waits for it, so it may follow."""
    async with asyncio.timeout(PATIENCE_S):
        while (await desk.sessions())[0]["reason"] is None:
            continue
    (session,) = await desk.sessions()
    return str(session["reason"])


async def exit_code(process: Process) -> int:
    async with asyncio.timeout(PATIENCE_S):
        return await process.wait()


async def assert_told_once(site: Site, device: Path) -> None:
    """The next start shows the ending, the one after it does not; neither needs a server."""
    async with agent_process(site.origin, device) as (process, remote):
        await remote.until("ended")
        process.send_signal(signal.SIGTERM)
        assert await exit_code(process) == 0
    async with agent_process(site.origin, device) as (_, remote):
        await remote.until("idle")


async def test_an_agent_asked_to_stop_ends_the_session_with_its_record(site: Site, device: Path) -> None:
    """INV-B2, INV-B6: the device says why, signed; relay and console do not have to guess."""
    async with live_session(site, device) as (process, _, desk):
        process.send_signal(signal.SIGTERM)
        assert await desk.ended() is EndReason.DEVICE_POWERED_OFF
        action, end = desk.twin.records[-2:]
        assert isinstance(action, ActionRecord)
        assert isinstance(end, EndRecord)
        assert end.reason is EndReason.DEVICE_POWERED_OFF
        assert await recorded(desk) == "device_powered_off"
        assert await exit_code(process) == 0
    await assert_told_once(site, device)


async def test_a_killed_agent_is_lost_to_relay_and_console_and_says_so_once_at_its_next_start(
    site: Site, device: Path
) -> None:
    """INV-B2, INV-B6: it had no word left, so the relay records what it saw."""
    async with live_session(site, device) as (process, _, desk):
        process.kill()
        assert await desk.ended() is EndReason.DEVICE_LOST
        assert not any(isinstance(record, EndRecord) for record in desk.twin.records)
        assert await recorded(desk) == "device_lost"
        assert await exit_code(process) == -signal.SIGKILL
    await assert_told_once(site, device)


async def test_an_agent_that_is_only_silent_is_lost_and_does_nothing_late_when_it_wakes(
    site: Site, device: Path
) -> None:
    """INV-B2, INV-B3: its socket stays open, and a key waits in it."""
    async with live_session(site, device) as (process, remote, desk):
        process.send_signal(signal.SIGSTOP)
        await desk._say(desk.twin.press(RemoteKey.RIGHT))
        assert await desk.ended() is EndReason.DEVICE_LOST
        process.send_signal(signal.SIGCONT)
        await remote.until("ended")
        process.send_signal(signal.SIGTERM)
        assert await exit_code(process) == 0
    assert json.loads((device / "tv-settings.json").read_bytes())["picture.backlight"] == 41
