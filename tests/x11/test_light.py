"""A screen that gives no light is off, and the server is asked for it without a wake-up of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest
import xcffib.dpms

from device_agent.clock import SystemClock
from device_agent.devices.protocol import Shows
from device_agent.devices.x11.bell import Bell
from device_agent.devices.x11.light import Light
from device_agent.picture.word import OWES_S
from tests.x11.display import xvfb
from tests.x11.kiosk import PATIENCE_S, kiosk

if TYPE_CHECKING:
    from pathlib import Path

    from device_agent.devices.x11.connection import XClient
    from tests.x11.display import Server

MODE = xcffib.dpms.DPMSMode
CLOCK = SystemClock()


@dataclass
class PowerServer:
    """A server as far as it knows of power; Xvfb has no DPMS."""

    state: bool = True
    power_level: int = MODE.On
    has_dpms: bool = True
    asked: int = 0

    def opcode(self, name: str) -> tuple[int, int] | None:
        assert name == "DPMS"
        return (140, 0) if self.has_dpms else None

    def extension(self, module: Any) -> PowerServer:
        assert module is xcffib.dpms
        return self

    def Info(self) -> PowerServer:  # noqa: N802 - as xcffib has it
        self.asked += 1
        return self

    def reply(self) -> PowerServer:
        return self


def light(server: PowerServer) -> tuple[Light, Bell]:
    bell = Bell()
    return Light(cast("XClient", server), bell), bell


@pytest.mark.parametrize("level", [MODE.Standby, MODE.Suspend, MODE.Off])
def test_every_dark_level_is_off_and_each_change_makes_a_new_picture(level: int) -> None:
    server = PowerServer()
    it, bell = light(server)
    it.look()
    assert (it.is_on, bell.count) == (True, 0)
    server.power_level = level
    it.look()
    it.look()
    assert (it.is_on, bell.count) == (False, 1)
    server.power_level = MODE.On
    it.look()
    assert (it.is_on, bell.count) == (True, 2)


def test_a_level_means_nothing_while_dpms_is_disabled() -> None:
    it, bell = light(PowerServer(state=False, power_level=MODE.Off))
    it.look()
    assert (it.is_on, bell.count) == (True, 0)


def test_a_server_without_dpms_is_never_asked() -> None:
    server = PowerServer(has_dpms=False, power_level=MODE.Off)
    it, _ = light(server)
    it.look()
    assert (it.is_on, server.asked) == (True, 0)


@pytest.mark.slow
async def test_a_screen_that_was_switched_off_says_so_until_it_is_on_again(
    tmp_path: Path, server: Server
) -> None:
    async with kiosk(server, tmp_path) as it:
        for on in (False, True):
            before = (await it.looks()).serial
            it.device.power(on=on)
            await asyncio.wait_for(it.device.changed(before), PATIENCE_S)
            assert (await it.looks()).shows is (Shows.PICTURE if on else Shows.OFF)


@pytest.mark.slow
async def test_a_server_that_hangs_owes_an_answer_though_nobody_takes_a_picture(tmp_path: Path) -> None:
    with xvfb() as server:
        async with kiosk(server, tmp_path) as it:
            server.hang()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    while it.device.owes_s < OWES_S:
                        await CLOCK.sleep(0.05)  # nothing tells of it
            finally:
                server.go_on()
            async with asyncio.timeout(PATIENCE_S):
                while it.device.owes_s >= OWES_S:
                    await CLOCK.sleep(0.05)  # nothing tells of it
