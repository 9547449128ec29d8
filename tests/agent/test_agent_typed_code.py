"""A code that a technician gives and the customer types: judged here, run once, then the same question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from device_agent.link import LineProblem
from device_agent.memory import RUNS_BEFORE_WAIT
from device_agent.panel_view import Item, Page, Problem, TvState
from tests.agent.house import House, at_home
from wire import messages
from wire.code import check_digit
from wire.reasons import EndReason, ErrorCode
from wire.records import ConsentRecord
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from pathlib import Path

CODE = "481703652296"


def other(secret: int) -> str:
    eleven = CODE[:5] + f"{secret:06d}"
    return eleven + check_digit(eleven)


async def type_code(house: House, code: str = CODE) -> None:
    if house.agent.view.page is not Page.SUPPORT:
        house.press("help")
    house.press("right", "ok")
    assert house.shows(Page.TYPING)
    house.press(*(f"digit_{digit}" for digit in code))
    await house.settle()


async def wrong_run(house: House, secret: int) -> None:
    """A code whose secret the console does not share: its tag does not fit."""
    await type_code(house, other(secret))
    await house.relay.join()
    twin = house.relay.console(CODE, now_s=house.clock.now_ms() // 1000, shown_by=ShownBy.CONSOLE)
    house.relay.line.give(twin.pake_a())
    await house.relay.next(messages.PakeB)
    house.relay.say(messages.Ended(reason=EndReason.PAIRING_FAILED, at=1))
    await house.until_page(Page.ENDED)
    house.press("left", "ok")
    await house.settle()


async def test_a_typed_code_leads_to_the_same_question_and_the_same_session(tmp_path: Path) -> None:
    """INV-A6: whichever end shows the code, the customer is asked before anything is shown."""
    async with at_home(tmp_path) as house:
        await type_code(house)
        assert house.is_in(TvState.CHECKING)
        assert await house.relay.join() == CODE[:5]
        await house.until_page(Page.PAIRING)
        twin = house.relay.console(CODE, now_s=house.clock.now_ms() // 1000, shown_by=ShownBy.CONSOLE)
        await house.relay.agree(twin)
        await house.until_page(Page.CONSENT)
        await house.relay.carry(twin, lambda: twin.newest_ping == 1)
        assert house.agent.view.name == "Demo Technician"
        house.listen()
        house.press("ok")
        await house.relay.carry_record(twin, ConsentRecord)
        assert house.is_in(TvState.ACTIVE)


async def test_only_the_locator_leaves_the_device(tmp_path: Path) -> None:
    """SPEC §3, INV-C4."""
    async with at_home(tmp_path) as house:
        await type_code(house)
        await house.relay.join()
        said = "".join(item for item in house.relay.line.log if isinstance(item, str))
        assert CODE[5:11] not in said
        assert CODE not in said


async def test_a_mistyped_code_opens_no_line(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await type_code(house, CODE[:11] + "0")
        assert house.agent.view.is_mistyped
        assert house.relay.lines == []
        house.press("left", f"digit_{CODE[11]}")
        await house.settle()
        assert len(house.relay.lines) == 1


async def test_a_console_that_believes_the_device_shows_the_code_gets_no_keys(tmp_path: Path) -> None:
    """INV-C1: which end shows the code is bound into the keys."""
    async with at_home(tmp_path) as house:
        await type_code(house)
        await house.relay.join()
        twin = house.relay.console(CODE, now_s=house.clock.now_ms() // 1000, shown_by=ShownBy.DEVICE)
        house.relay.line.give(twin.pake_a())
        answer = await house.relay.next(messages.PakeB)
        with pytest.raises(Exception, match="bad_tag"):
            twin.pake_confirm(answer)


@pytest.mark.proves("R99", "P9", by="a code is run as often as it is typed")
async def test_a_code_runs_once_also_after_a_restart(tmp_path: Path) -> None:
    """INV-A1, seal/SPEC §1: a relay cannot have the same code guessed at twice."""
    async with at_home(tmp_path) as house:
        await type_code(house)
        await house.relay.join()
        twin = house.relay.console(CODE, now_s=house.clock.now_ms() // 1000, shown_by=ShownBy.CONSOLE)
        house.relay.line.give(twin.pake_a())
        await house.relay.next(messages.PakeB)
    async with at_home(tmp_path) as house:
        if house.agent.view.page is not Page.NONE:
            house.press("home")
        await type_code(house)
        assert (house.agent.view.page, house.agent.view.problem) == (Page.PROBLEM, Problem.CODE_USED)
        assert house.agent.view.focus is Item.TYPE_CODE
        assert house.relay.lines == []


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (ErrorCode.CODE_NOT_OPEN, Problem.CODE_NOT_OPEN),
        (ErrorCode.TOO_MANY, Problem.BUSY),
        (ErrorCode.TRY_LATER, Problem.BUSY),
    ],
)
async def test_a_refused_code_is_said_in_words_and_can_be_typed_again(
    tmp_path: Path, error: ErrorCode, problem: Problem
) -> None:
    async with at_home(tmp_path) as house:
        await type_code(house)
        await house.relay.join(refuse=error)
        await house.until_page(Page.PROBLEM)
        assert house.agent.view.problem is problem
        if problem is Problem.CODE_NOT_OPEN:
            house.press("ok")
            assert (house.agent.view.page, house.agent.view.typed) == (Page.TYPING, "")


async def test_a_wait_of_the_relay_is_told_in_minutes_and_counts_down(tmp_path: Path) -> None:
    """Not that the server is full: it was this TV that tried too often."""
    async with at_home(tmp_path) as house:
        await type_code(house)
        await house.relay.join(refuse=ErrorCode.TOO_MANY, wait_s=900)
        await house.until_page(Page.PROBLEM)
        assert (house.agent.view.problem, house.agent.view.wait_seconds) == (Problem.WAIT, 900)
        house.clock.advance(60)
        house.agent.tick()
        assert house.agent.view.wait_seconds == 840
        # The wait is for codes of others. One of the TV's own may be had, if the relay gives it.
        house.press("home")
        assert len(house.relay.lines) == 1
        await house.get_code()
        assert len(house.relay.lines) == 2


async def test_when_the_wait_of_the_relay_is_over_the_support_page_comes_back(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await type_code(house)
        await house.relay.join(refuse=ErrorCode.TOO_MANY, wait_s=2)
        await house.until_page(Page.PROBLEM)
        house.clock.advance(2)
        house.agent.tick()
        assert house.shows(Page.SUPPORT)


async def test_a_typed_code_is_checked_again_without_typing_it_again(tmp_path: Path) -> None:
    """The connection was at fault, not the code."""
    async with at_home(tmp_path) as house:
        house.relay.problem = LineProblem(Problem.UNSTEADY)
        await type_code(house)
        assert house.agent.view.problem is Problem.UNSTEADY
        assert house.agent.view.focus is Item.CHECK_AGAIN
        house.relay.problem = None
        house.press("ok")
        await house.settle()
        assert await house.relay.join() == CODE[:5]
        await house.until_page(Page.PAIRING)


@pytest.mark.parametrize("key", ["back", "stop", "help"])
async def test_after_leaving_a_verdict_a_code_of_our_own_is_asked_for(tmp_path: Path, key: str) -> None:
    """What was typed once is not sent behind somebody's back later."""
    async with at_home(tmp_path) as house:
        house.relay.problem = LineProblem(Problem.TOO_SLOW)
        await type_code(house)
        house.press(key)
        house.press("help", "ok")
        await house.until_page(Page.PROBLEM)
        house.relay.problem = None
        house.press("ok")
        await house.settle()
        await house.relay.offer()
        await house.until_page(Page.CODE)


async def test_three_wrong_codes_in_a_row_make_the_device_wait(tmp_path: Path) -> None:
    """INV-A4: typing is guessing, so it is counted here as well as at the relay."""
    async with at_home(tmp_path) as house:
        for number in range(RUNS_BEFORE_WAIT):
            await wrong_run(house, number)
        house.press("home")
        await type_code(house)
        assert house.agent.view.problem is Problem.WAIT


@pytest.mark.parametrize("key", ["back", "home", "stop", "help"])
async def test_leaving_the_page_forgets_what_was_typed(tmp_path: Path, key: str) -> None:
    async with at_home(tmp_path) as house:
        await type_code(house, CODE[:6])
        house.press(key)
        assert not house.shows(Page.TYPING)
        await type_code(house, "")
        assert house.agent.view.typed == ""
