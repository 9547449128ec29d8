"""The customer's stop, power and "Somebody told me to do this": at once, on any page, network or not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from device_agent.panel_view import Item, Page, Problem, TvState
from tests.agent.console_twin import ALL
from tests.agent.house import at_home
from wire.commands import Outcome, RemoteKey
from wire.encoding import sha256_b64
from wire.reasons import EndReason
from wire.records import ActionRecord, EndRecord

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.proves("P10")
@pytest.mark.parametrize("stage", ["consent", "active", "helping"])
@pytest.mark.parametrize(
    ("key", "reason"), [("stop", EndReason.CUSTOMER_STOPPED), ("power", EndReason.DEVICE_POWERED_OFF)]
)
async def test_stop_and_power_work_at_once_on_any_page(
    tmp_path: Path, stage: str, key: str, reason: EndReason
) -> None:
    """INV-B1, LOOK §5.4: before the call returns."""
    async with at_home(tmp_path) as house:
        twin = await (house.consent_card() if stage == "consent" else house.session())
        if stage == "helping":
            house.press("help")
        pending = twin.press(RemoteKey.UP)
        house.press(key)
        assert house.agent.state is (TvState.ENDED if key == "stop" else TvState.OFF)
        assert house.agent.view.banner is None
        house.relay.line.give(pending)
        await house.relay.carry_record(twin, EndRecord)
        await house.settle()
        end = twin.records[-1]
        assert isinstance(end, EndRecord)
        assert end.reason is reason
        assert ("up", frozenset(ALL)) not in house.device.pressed
        assert house.relay.line.sent.empty()
        assert house.relay.line.closed


async def test_stop_works_while_the_consent_card_is_still_deaf(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        code = await house.get_code()
        house.relay.redeem()
        await house.relay.agree(house.relay.console(code, now_s=house.clock.now_ms() // 1000))
        await house.until_page(Page.CONSENT)
        house.press("stop")
        assert house.is_in(TvState.ENDED)


@pytest.mark.slow
async def test_stop_works_with_the_network_gone_and_nothing_leaves_when_it_comes_back(tmp_path: Path) -> None:
    """INV-B1."""
    async with at_home(tmp_path) as house:
        twin = await house.session()
        house.relay.line.stalled = True
        count = len(house.relay.line.log)
        house.relay.line.give(twin.decode())
        await house.settle()
        house.press("stop")
        assert house.is_in(TvState.ENDED)
        await house.settle()
        assert len(house.relay.line.log) == count
        house.press("ok")
        assert house.is_in(TvState.IDLE)


async def test_stop_works_while_the_screen_hangs_and_no_picture_comes_after_it(tmp_path: Path) -> None:
    """INV-B1: a display server that does not answer holds nobody up."""
    async with at_home(tmp_path) as house:
        twin = await house.session()
        with house.device.hung():
            house.relay.line.give(twin.decode())
            await house.settle()
            house.press("stop")
            assert house.is_in(TvState.ENDED)
            await house.relay.carry_record(twin, EndRecord)
        await house.settle()
        assert twin.pictures == []
        assert house.relay.line.sent.empty()


@pytest.mark.proves("G8")
async def test_somebody_told_me_on_the_code_throws_it_away_and_says_what_to_do(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        house.press("right", "right", "ok")
        assert house.shows(Page.PROBLEM)
        assert house.agent.view.problem is Problem.TOLD_ME
        assert house.agent.view.code == ""
        assert house.agent._code == ""
        await house.settle()
        assert house.relay.line.closed


@pytest.mark.proves("G8")
async def test_somebody_told_me_on_the_card_reports_the_session(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.consent_card()
        house.press("down", "ok")
        assert house.agent.view.reason is EndReason.CUSTOMER_REPORTED
        await house.relay.carry_record(twin, EndRecord)
        end = twin.records[-1]
        assert isinstance(end, EndRecord)
        assert end.reason is EndReason.CUSTOMER_REPORTED


async def test_the_technicians_power_key_is_recorded_and_ends_the_session(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.session()
        press = twin.press(RemoteKey.POWER)
        house.relay.line.give(press)
        await house.until(lambda: house.agent.state is TvState.OFF)
        await house.relay.carry_record(twin, EndRecord)
        action, end = twin.records[-2:]
        assert isinstance(action, ActionRecord)
        assert (action.outcome, action.frame) == (Outcome.DONE, sha256_b64(press))
        assert isinstance(end, EndRecord)
        assert end.reason is EndReason.DEVICE_POWERED_OFF
        assert house.device.powered == [False]
        house.press("power")
        assert house.shows(Page.ENDED)
        assert (house.agent.view.reason, house.agent.view.by_technician) == (end.reason, True)
        await house.session()
        house.press("power")
        await house.settle()
        house.press("power")
        assert (house.agent.view.reason, house.agent.view.by_technician) == (end.reason, False)


async def test_after_power_off_in_a_session_the_tv_opens_with_that_news_and_a_code_one_press_away(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as house:
        await house.session()
        house.press("power")
        house.press("up", "help", "ok")
        assert house.is_in(TvState.OFF)
        await house.settle()
        house.press("power")
        assert (house.agent.state, house.agent.view.page) == (TvState.ENDED, Page.ENDED)
        assert house.agent.view.reason is EndReason.DEVICE_POWERED_OFF
        assert not house.agent.view.by_technician
        assert house.agent.view.focus is Item.NEW_CODE
        assert house.device.powered == [False, True]
        house.press("ok")
        assert house.shows(Page.CHECKING)


async def test_an_agent_that_died_in_a_session_says_so_at_its_next_start_and_only_once(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as house:
        await house.session()
        async with asyncio.timeout(5):
            while house.remembered().unseen_end is None:
                await asyncio.to_thread(lambda: None)
    async with at_home(tmp_path) as again:
        assert again.agent.view.page is Page.ENDED
        assert again.agent.view.reason is EndReason.DEVICE_POWERED_OFF
        assert not again.agent.view.summary.kept
        again.press("ok")
        async with asyncio.timeout(5):
            while again.remembered().unseen_end is not None:
                await asyncio.to_thread(lambda: None)
    async with at_home(tmp_path) as third:
        assert third.agent.state is TvState.IDLE
        assert third.agent.view.page is Page.NONE


async def test_while_off_only_power_counts(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        house.press("power")
        house.press("help", "ok", "stop", "up", "volume_up")
        assert house.is_in(TvState.OFF)
        assert house.device.pressed == []
        house.press("power")
        assert house.is_in(TvState.IDLE)
        assert house.device.powered == [False, True]


async def test_closing_the_agent_ends_the_session_with_its_record(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.session()
        await house.agent.close()
        await house.relay.carry_record(twin, EndRecord)
        end = twin.records[-1]
        assert isinstance(end, EndRecord)
        assert end.reason is EndReason.DEVICE_POWERED_OFF
