"""Endings and problems that come from outside: the relay, the line, the server, the screen itself."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest

import locales
from device_agent.agent import TICK_S
from device_agent.call import CODE_S
from device_agent.devices.simulated_tv.paint.panel_pages import problem_values
from device_agent.link import LineProblem
from device_agent.network import AT_HOME, REPEATABLE, Measured, findings
from device_agent.panel_view import Page, Problem, TvState
from tests.agent.fakes import FakeLine
from tests.agent.house import ORIGIN, at_home
from wire import messages
from wire.commands import RemoteKey
from wire.reasons import PEOPLE_DECIDE, EndReason, ErrorCode
from wire.records import EndRecord

if TYPE_CHECKING:
    from pathlib import Path

    from device_agent.clock import Clock
    from wire.structs import Message


@pytest.mark.parametrize("reason", [EndReason.REVOKED, EndReason.DRAINING, EndReason.AUDIT_UNAVAILABLE])
async def test_the_relays_reason_is_shown(tmp_path: Path, reason: EndReason) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.session()
        house.relay.say(messages.Ended(reason=reason, at=1))
        await house.until_page(Page.ENDED)
        assert house.agent.view.reason is reason
        house.relay.line.give(twin.press(RemoteKey.UP))
        await house.settle()
        assert house.device.pressed == []


@pytest.mark.parametrize("reason", sorted(PEOPLE_DECIDE))
async def test_the_relay_is_not_believed_about_what_a_person_decided(
    tmp_path: Path, reason: EndReason
) -> None:
    """INV-C1: no end card says by the relay's word that the customer stopped or the technician left."""
    async with at_home(tmp_path) as house:
        await house.session()
        house.relay.say(messages.Ended(reason=reason, at=1))
        await house.until_page(Page.ENDED)
        assert house.agent.view.reason is EndReason.RELAY_LOST


async def test_nor_is_it_while_keys_are_agreed_on(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        house.relay.redeem()
        house.relay.say(messages.Ended(reason=EndReason.CUSTOMER_REPORTED, at=1))
        await house.until_page(Page.ENDED)
        assert house.agent.view.reason is EndReason.RELAY_LOST


@pytest.mark.parametrize(
    "late",
    [
        messages.Challenge(rc=bytes(32), origin=ORIGIN),
        messages.CodeMsg(locator="00000", rs=bytes(16), ttl=600),
        messages.Redeemed(session="0" * 32),
        messages.PakeA(hello=b"{}", y=bytes(32)),
        messages.PakeConfirm(tag=bytes(64)),
    ],
    ids=lambda message: type(message).__name__,
)
async def test_a_message_out_of_turn_ends_the_session_as_altered(tmp_path: Path, late: Message) -> None:
    """INV-A7, SPEC §5.2: a second claimant, or a second beginning, in the middle of a session."""
    async with at_home(tmp_path) as house:
        twin = await house.session()
        house.relay.say(late)
        await house.until_page(Page.ENDED)
        assert house.agent.view.reason is EndReason.INTEGRITY_FAILED
        await house.relay.carry_record(twin, EndRecord)
        assert twin.records[-1].reason is EndReason.INTEGRITY_FAILED  # type: ignore[union-attr]


async def test_a_lost_line_ends_the_session_at_once_with_a_new_code_one_press_away(tmp_path: Path) -> None:
    """INV-B3, INV-A8."""
    async with at_home(tmp_path) as house:
        await house.session()
        house.relay.line.cut()
        await house.until_page(Page.ENDED)
        assert house.agent.view.reason is EndReason.RELAY_LOST
        house.press("ok")
        await house.settle()
        await house.relay.offer()
        await house.until_page(Page.CODE)
        assert len(house.relay.lines) == 2


async def test_a_silent_relay_ends_the_session_within_five_seconds(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.session()
        for _ in range(20):
            house.clock.advance(TICK_S)
            house.agent.tick()
        assert house.agent.view.reason is EndReason.RELAY_LOST


async def test_a_set_that_slept_blames_nobody_else_for_the_silence(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.session()
        house.clock.advance(5)
        house.agent.tick()
        assert house.agent.view.reason is EndReason.DEVICE_LOST


@pytest.mark.parametrize(("asleep_s", "reason"), [(2, EndReason.RELAY_LOST), (3, EndReason.DEVICE_LOST)])
async def test_a_set_that_slept_blames_nobody_else_for_a_closed_line(
    tmp_path: Path, asleep_s: int, reason: EndReason
) -> None:
    async with at_home(tmp_path) as house:
        await house.session()
        house.agent.tick()
        house.clock.advance(asleep_s)
        house.relay.line.cut()
        await house.until_page(Page.ENDED)
        assert house.agent.view.reason is reason


async def test_a_short_sleep_ends_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.session()
        house.clock.advance(3.5)
        house.agent.tick()
        house.beat(twin)
        await house.settle()
        house.agent.tick()
        assert house.is_in(TvState.ACTIVE)


async def test_a_screen_that_cannot_be_painted_ends_the_session(tmp_path: Path) -> None:
    """INV-B7: no banner, no session."""
    async with at_home(tmp_path) as house:
        await house.session()
        house.device.unpaintable = True
        house.agent.tick()
        assert house.is_in(TvState.ENDED)
        house.device.unpaintable = False


async def test_a_full_disk_keeps_neither_stop_from_being_told_nor_the_agent_from_going_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-B1, INV-H1: that the ending was seen cannot be kept; all else happens."""
    async with at_home(tmp_path) as house:
        twin = await house.session()
        loop, tried = asyncio.get_running_loop(), asyncio.Event()

        def full(*_args: object, **_options: object) -> None:
            loop.call_soon_threadsafe(tried.set)
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("device_agent.memory.write_durably", full)
        house.press("stop")
        await house.relay.carry_record(twin, EndRecord)
        await tried.wait()
        await house.settle()
        monkeypatch.undo()
        assert house.shows(Page.ENDED)
        house.press("ok")
        assert len(await house.get_code()) == 12


async def test_a_relay_that_states_another_origin_is_refused(tmp_path: Path) -> None:
    """SPEC §1."""
    async with at_home(tmp_path) as house:
        house.press("help", "ok")
        await house.settle()
        house.relay.say(messages.Challenge(rc=bytes(32), origin="https://evil.example"))
        await house.until_page(Page.PROBLEM)
        assert house.agent.view.problem is Problem.WRONG_SERVER
        assert house.relay.line.log == []


@pytest.mark.proves("R97", "P4")
@pytest.mark.parametrize("problem", sorted(REPEATABLE))
async def test_without_a_line_the_customer_is_told_why_and_may_try_again(
    tmp_path: Path, problem: Problem
) -> None:
    async with at_home(tmp_path) as house:
        house.relay.problem = LineProblem(problem)
        house.press("help", "ok")
        await house.until_page(Page.PROBLEM)
        assert house.agent.view.problem is problem
        assert house.is_in(TvState.IDLE)
        house.relay.problem = None
        house.press("ok")
        assert house.shows(Page.CHECKING)
        await house.settle()
        await house.relay.offer()
        await house.until_page(Page.CODE)


@pytest.mark.parametrize(
    ("code", "problem"),
    [(ErrorCode.TRY_LATER, Problem.BUSY), (ErrorCode.NOT_ALLOWED, Problem.SERVER_REFUSED)],
)
async def test_a_relay_that_refuses_is_explained(tmp_path: Path, code: ErrorCode, problem: Problem) -> None:
    async with at_home(tmp_path) as house:
        house.press("help", "ok")
        await house.settle()
        house.relay.say(messages.ErrorMsg(code=code))
        await house.until_page(Page.PROBLEM)
        assert house.agent.view.problem is problem


async def test_the_customer_sees_what_was_checked(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        measured = Measured(answers=(0.1, None, 3.0, 2.0))
        house.relay.problem = LineProblem(Problem.UNSTEADY, measured)
        house.press("help", "ok")
        await house.until_page(Page.PROBLEM)
        assert house.agent.view.findings == findings(Problem.UNSTEADY, measured)


@pytest.mark.parametrize("key", ["back", "stop", "power"])
async def test_a_check_can_be_called_off_and_says_nothing_any_more(tmp_path: Path, key: str) -> None:
    async with at_home(tmp_path) as house:
        given_up = asyncio.Event()

        async def dial(_origin: str, _clock: Clock) -> NoReturn:
            try:
                await asyncio.Event().wait()
            finally:
                given_up.set()
            raise AssertionError

        house.agent._kit = replace(house.agent._kit, dial=dial)
        house.press("help", "ok")
        assert house.is_in(TvState.CHECKING)
        house.listen()
        await house.settle()
        house.press(key)
        await given_up.wait()
        await house.settle()
        assert house.shows(Page.NONE if key == "power" else Page.SUPPORT)
        assert not house.agent._calls


@pytest.mark.parametrize("key", ["back", "stop", "power"])
async def test_a_line_that_opens_just_as_the_check_is_called_off_is_dropped(tmp_path: Path, key: str) -> None:
    async with at_home(tmp_path) as house:
        line = FakeLine(house.clock.boot())

        async def dial(_origin: str, _clock: Clock) -> FakeLine:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            return line

        house.agent._kit = replace(house.agent._kit, dial=dial)
        house.press("help", "ok")
        await house.settle()
        house.listen()
        house.press(key)
        await house.settle()
        assert line.closed
        assert not line.log


@pytest.mark.parametrize("problem", sorted(REPEATABLE))
async def test_the_network_settings_are_one_press_away_where_they_may_help(
    tmp_path: Path, problem: Problem
) -> None:
    async with at_home(tmp_path) as house:
        opened: list[str] = []

        class Set:
            def open_network_settings(self) -> None:
                opened.append("network")

        house.agent._kit = replace(house.agent._kit, networked=Set())
        house.relay.problem = LineProblem(problem)
        house.press("help", "ok")
        await house.until_page(Page.PROBLEM)
        house.press("right", "ok")
        assert house.shows(Page.NONE)
        assert opened == ["network"] * (problem in AT_HOME)
        assert house.is_in(TvState.IDLE)


async def test_a_wrong_clock_is_shown_to_who_can_judge_it(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        house.clock.set_wall(1_420_070_400_000)
        house.relay.problem = LineProblem(Problem.CLOCK_WRONG)
        house.press("help", "ok")
        await house.until_page(Page.PROBLEM)
        text = problem_values(house.agent.view, locales.load("en", "device", "shared"))["date"]
        assert "2015" in text or "2014" in text  # by the zone the test runs in


async def test_a_server_that_says_nothing_does_not_answer(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        house.press("help", "ok")
        await house.settle()
        for _ in range(CODE_S):
            house.clock.advance(1)
            house.relay.line.heard_at = house.clock.boot()
            house.agent.tick()
        assert house.agent.view.problem is Problem.SERVER_UNREACHABLE


@pytest.mark.parametrize("how", ["expired", "cut", "told", "silent"])
async def test_a_code_that_is_over_leaves_the_screen(tmp_path: Path, how: str) -> None:
    """Nothing looks live that is not."""
    async with at_home(tmp_path) as house:
        await house.get_code()
        match how:
            case "expired":
                house.clock.advance(600)
                house.relay.line.heard_at = house.clock.boot()
                house.agent.tick()
            case "cut":
                house.relay.line.cut()
            case "told":
                house.relay.say(messages.ErrorMsg(code=ErrorCode.CODE_OVER))
            case _:
                house.clock.advance(5)
                house.agent.tick()
        await house.until_page(Page.PROBLEM)
        assert house.agent.view.problem is Problem.CODE_OVER
        assert house.agent.view.code == ""
