"""The whole way by the remote alone: home screen, panel, the device's requests, the service (R44)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from device_agent.account.machine import State
from device_agent.account.service import HttpService
from device_agent.agent import Agent
from device_agent.devices.simulated_tv import SimulatedTv
from device_agent.panel_view import Page
from device_agent.trust import DeviceKey
from tests.agent.house import House
from tests.agent.test_account_service import Street, street

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["street"]
pytestmark = pytest.mark.slow


class Room(House):
    """The simulated set in the same house, with the way to the street's service."""

    def __init__(self, folder: Path, street: Street) -> None:
        super().__init__(folder)
        self.tv = SimulatedTv(language="lv", clock=self.clock, data=folder)
        service = HttpService(
            street.origin,
            key=DeviceKey(street.tv.key.private_bytes_raw()),
            credential=street.tv.credential,
            clock=self.clock,
        )
        self.kit = replace(self.kit, device=self.tv, service=service)
        self.agent = Agent(self.kit)
        self.tv.on_account = self.agent.open_account

    def at(self, state: State) -> bool:
        return self.agent.view.account.state is state

    async def until_at(self, state: State) -> None:
        await self.until(lambda: self.at(state))


@pytest.fixture
async def room(tmp_path: Path, street: Street) -> AsyncIterator[Room]:
    room = Room(tmp_path / "device", street)
    await room.tv.start()
    running = asyncio.create_task(room.agent.run())
    await room.settle()
    yield room
    await room.agent.close()
    async with asyncio.timeout(5):
        await running
    await room.tv.close()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    (tmp_path / "device").mkdir()


async def test_a_customer_registers_with_nothing_but_the_remote_and_a_telephone(
    room: Room, street: Street
) -> None:
    room.press("down", "down", "ok")
    await room.until_at(State.CODE)
    await street.maker.decide(room.agent.view.account.user_code, customer="liga")
    await room.settle()
    room.clock.advance(5)
    await room.until_at(State.SIGNED_IN)
    room.press("ok")
    await room.until_at(State.READING)
    assert room.agent.view.account.pages == (("LV lv",),)
    room.press("right", "ok")
    await room.until_at(State.DONE)
    assert [cover.ends_on for cover in room.agent.view.account.covers] == ["2028-03-15"]
    assert [(unit.unit, customer) for unit, customer, *_ in street.desk.asked] == [(street.tv.unit, "liga")]
    room.press("ok")
    assert room.shows(Page.NONE)
