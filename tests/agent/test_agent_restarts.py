"""The agent dies while it has a code: the next start offers a fresh one with one press, and nothing more."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

import pytest

from device_agent.memory import load_memory
from device_agent.panel_view import Item, Page, Problem, TvState
from tests.agent.fakes import NOW_MS
from tests.agent.house import House, at_home

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

STATE = "device-state.json"


async def remembered(house: House) -> bytes:
    """The file as it lies there once it says that a code is open: what a set that dies now leaves behind."""
    async with asyncio.timeout(5):
        while not house.remembered().was_interrupted(house.clock.now_ms()):
            await asyncio.to_thread(lambda: None)
    return await asyncio.to_thread((house.folder / STATE).read_bytes)


async def offering(house: House) -> str:
    return await house.get_code()


async def pairing(house: House) -> str:
    code = await house.get_code()
    house.relay.redeem()
    await house.until_page(Page.PAIRING)
    return code


@pytest.mark.parametrize("begin", [offering, pairing])
async def test_a_fresh_code_is_one_press_away_after_the_agent_died_with_one(
    tmp_path: Path, begin: Callable[[House], Awaitable[str]]
) -> None:
    """INV-A1, INV-A8: nothing of the old code is left but that there was one."""
    async with at_home(tmp_path) as house:
        code = await begin(house)
        left = await remembered(house)
    assert code.encode() not in left
    await asyncio.to_thread((tmp_path / STATE).write_bytes, left)
    async with at_home(tmp_path) as again:
        view = again.agent.view
        assert (view.page, view.problem, view.focus) == (Page.PROBLEM, Problem.RESTARTED, Item.NEW_CODE)
        assert again.is_in(TvState.IDLE)
        assert again.relay.lines == []
        again.press("ok")
        await again.settle()
        await again.relay.offer()
        await again.until_page(Page.CODE)
        assert again.agent.view.code != code
        await remembered(again)


async def test_it_is_offered_once(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        left = await remembered(house)
    await asyncio.to_thread((tmp_path / STATE).write_bytes, left)
    async with at_home(tmp_path) as again:
        assert again.shows(Page.PROBLEM)
        again.press("back")
    async with at_home(tmp_path) as third:
        assert third.shows(Page.NONE)


async def test_a_set_that_starts_when_the_code_would_be_over_says_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        left = await remembered(house)
    await asyncio.to_thread((tmp_path / STATE).write_bytes, left)
    assert load_memory(tmp_path / STATE, NOW_MS).was_interrupted(NOW_MS + 599_999)
    assert not load_memory(tmp_path / STATE, NOW_MS).was_interrupted(NOW_MS + 600_000)


@pytest.mark.parametrize("keys", [["back"], ["stop"], ["power"], ["right", "right", "ok"]])
async def test_a_code_that_the_customer_threw_away_is_not_offered_again(
    tmp_path: Path, keys: list[str]
) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        await remembered(house)
        house.press(*keys)
    async with at_home(tmp_path) as again:
        assert again.shows(Page.NONE)


async def test_the_memory_of_a_newer_code_outlives_the_older_ones_end(tmp_path: Path) -> None:
    memory = load_memory(tmp_path / STATE, NOW_MS)
    await memory.mark_open(NOW_MS + 1)
    await memory.mark_open(NOW_MS + 2)
    await memory.mark_closed(NOW_MS + 1)
    assert load_memory(tmp_path / STATE, NOW_MS).was_interrupted(NOW_MS)
    await memory.mark_closed(NOW_MS + 2)
    assert not load_memory(tmp_path / STATE, NOW_MS).was_interrupted(NOW_MS)


async def test_after_a_pairing_only_the_ending_is_told(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.consent_card()
        async with asyncio.timeout(5):
            while house.remembered().unseen_end is None:
                await asyncio.to_thread(lambda: None)
        assert not house.remembered().was_interrupted(house.clock.now_ms())


async def test_a_full_disk_keeps_no_code_from_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-H1: that a code is open cannot be kept, and it is shown."""

    def full(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with at_home(tmp_path) as house:
        monkeypatch.setattr("device_agent.memory.write_durably", full)
        await house.get_code()
        await house.settle()
        assert house.shows(Page.CODE)
        monkeypatch.undo()
