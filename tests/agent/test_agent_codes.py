"""The code: had with two presses, used once, counted, waited for, and never made again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from device_agent.briefing import Briefing
from device_agent.memory import RUNS_BEFORE_WAIT
from device_agent.outbox import Outbox
from device_agent.pairing import Pairing, draw_secret, firmware
from device_agent.panel_view import Item, Page, Problem, TvState
from device_agent.trust import load_or_make_key
from tests.agent.fake_relay import relay_words
from tests.agent.house import ORIGIN, House, at_home
from wire import messages
from wire.code import check_digit, is_valid
from wire.hellos import parse_device_hello
from wire.limits import FW_CHARACTERS
from wire.reasons import EndReason, ErrorCode

if TYPE_CHECKING:
    from pathlib import Path


async def test_help_and_one_ok_bring_a_code_with_a_right_check_digit(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        assert house.is_in(TvState.IDLE)
        house.press("help")
        assert (house.agent.view.page, house.agent.view.focus) == (Page.SUPPORT, Item.GET_CODE)
        code = await house.get_code()
        assert house.is_in(TvState.PIN)
        assert is_valid(code)
        assert code.startswith("48170")
        assert house.agent.view.seconds_left == house.agent.view.seconds_total == 600


async def test_neither_secret_nor_check_digit_leaves_the_device(tmp_path: Path) -> None:
    """SPEC §3, INV-A3, INV-C4."""
    async with at_home(tmp_path) as house:
        code = await house.get_code()
        said = "".join(item for item in house.relay.line.log if isinstance(item, str))
        assert code[5:11] not in said
        assert code not in said
        assert check_digit(code[:11]) == code[-1]
        assert code[5:11] not in (tmp_path / "device.key").read_bytes().hex()


async def test_a_wrong_code_is_told_to_the_customer_and_counts(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        code = await house.get_code()
        house.relay.redeem()
        wrong = code[:5] + f"{(int(code[5:11]) + 1) % 10**6:06d}"
        twin = house.relay.console(wrong + check_digit(wrong), now_s=house.clock.now_ms() // 1000)
        house.relay.line.give(twin.pake_a())
        await house.relay.next(messages.PakeB)
        house.relay.say(messages.PakeConfirm(tag=bytes(64)))
        await house.until_page(Page.ENDED)
        assert house.agent.view.reason is EndReason.PAIRING_FAILED
        await house.settle()
        assert relay_words(house.relay.line) == ["Hello", "PakeB", "Abort"]
        assert house.remembered().fails == 1


async def test_the_code_is_marked_used_on_the_disk_before_the_answer_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-A1, seal/SPEC §1.2. The disk takes as long as the test wants."""
    async with at_home(tmp_path) as house:
        is_written, mark = asyncio.Event(), house.memory.mark_used

        async def slowly(code: str, now_ms: int) -> None:
            await is_written.wait()
            await mark(code, now_ms)

        monkeypatch.setattr(house.memory, "mark_used", slowly)
        code = await house.get_code()
        house.relay.redeem()
        twin = house.relay.console(code, now_s=house.clock.now_ms() // 1000)
        assert not house.remembered().was_used(code)
        house.relay.line.give(twin.pake_a())
        await house.settle()
        assert house.relay.line.sent.empty()
        is_written.set()
        await house.relay.next(messages.PakeB)
        assert house.remembered().was_used(code)
        assert house.remembered().fails == 1


async def test_a_code_runs_the_key_agreement_once(tmp_path: Path) -> None:
    """INV-A1: a second claimant ends the attempt."""
    async with at_home(tmp_path) as house:
        code = await house.get_code()
        house.relay.redeem()
        now_s = house.clock.now_ms() // 1000
        house.relay.line.give(house.relay.console(code, now_s=now_s).pake_a())
        await house.relay.next(messages.PakeB)
        house.relay.line.give(house.relay.console(code, now_s=now_s).pake_a())
        await house.until_page(Page.ENDED)
        assert house.agent.view.reason is EndReason.PAIRING_FAILED
        await house.settle()
        assert relay_words(house.relay.line).count("PakeB") == 1


async def test_three_failed_runs_mean_fifteen_minutes_of_waiting_also_over_a_restart(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        for _ in range(RUNS_BEFORE_WAIT):
            code = await house.get_code()
            house.relay.redeem()
            house.relay.line.give(house.relay.console(code, now_s=house.clock.now_ms() // 1000).pake_a())
            await house.relay.next(messages.PakeB)
            house.relay.say(messages.Ended(reason=EndReason.PAIRING_FAILED, at=1))
            await house.until_page(Page.ENDED)
        house.press("help", "ok")
        assert (house.agent.view.page, house.agent.view.problem) == (Page.PROBLEM, Problem.WAIT)
        assert house.agent.view.wait_seconds == 900
        lines = len(house.relay.lines)
    async with at_home(tmp_path) as again:
        again.press("help", "ok")
        assert again.agent.view.problem is Problem.WAIT
        assert again.relay.lines == []
        again.clock.advance(899)
        again.agent.tick()
        assert again.agent.view.wait_seconds == 1
        again.clock.advance(1)
        again.agent.tick()
        assert again.agent.view.page is Page.SUPPORT
        await again.get_code()
    assert lines == RUNS_BEFORE_WAIT


async def test_a_pairing_resets_the_count_of_failed_runs(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.session()
        async with asyncio.timeout(5):
            while house.remembered().fails:
                await asyncio.to_thread(lambda: None)


async def test_a_pairing_that_takes_thirty_seconds_has_failed(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        house.relay.redeem()
        await house.until_page(Page.PAIRING)
        assert house.agent.view.code == ""
        house.clock.advance(30)
        house.relay.line.heard_at = house.clock.boot()
        house.agent.tick()
        assert house.agent.view.reason is EndReason.PAIRING_FAILED


async def test_cancelling_while_a_technician_connects_tells_the_relay(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        house.relay.redeem()
        await house.until_page(Page.PAIRING)
        house.press("ok")
        assert house.shows(Page.PAIRING)  # still deaf
        house.listen()
        house.press("ok")
        assert house.shows(Page.SUPPORT)
        await house.settle()
        assert relay_words(house.relay.line)[-1] == "Abort"


async def test_a_new_code_closes_the_old_line_first(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        first = await house.get_code()
        house.press("right", "ok")
        await house.settle()
        assert house.relay.lines[0].closed
        await house.relay.offer()
        await house.until_page(Page.CODE)
        assert house.agent.view.code != first


async def test_a_line_that_was_hung_up_is_not_listened_to_any_more(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        old = house.relay.line
        house.press("back")
        old.give(messages.encode(messages.Redeemed(session="0" * 32)))
        await house.settle()
        assert house.shows(Page.SUPPORT)


@pytest.mark.slow
async def test_an_old_line_that_lingers_cannot_end_the_new_code(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        old = house.relay.line
        old.stalled = True
        house.press("right", "ok")  # a new code, please
        await house.settle()
        await house.relay.offer()
        await house.until_page(Page.CODE)
        assert not old.closed
        old.give(messages.encode(messages.ErrorMsg(code=ErrorCode.CODE_OVER)))
        old.cut()
        await house.settle()
        assert house.shows(Page.CODE)


async def test_a_code_that_ran_before_is_never_made_again(tmp_path: Path) -> None:
    """TRUST A5: a new code is always needed."""
    house = House(tmp_path)
    await house.memory.mark_used("48170" + "365229" + check_digit("48170365229"), house.clock.now_ms())
    line = await house.relay.dial(ORIGIN, house.clock)
    outbox, drawn = Outbox(), iter(["365229", "365229", "000001"])
    pairing = Pairing(
        line=line,
        outbox=outbox,
        origin=ORIGIN,
        key=load_or_make_key(tmp_path / "device.key"),
        memory=house.memory,
        briefing=Briefing(house.trusted(), house.clock),
        name=house.device.name,
        now_ms=house.clock.now_ms,
        draw=lambda: next(drawn),
    )
    house.relay.say(messages.Challenge(rc=bytes(32), origin=ORIGIN))
    house.relay.say(messages.CodeMsg(locator="48170", rs=bytes(16), ttl=600))
    assert (await pairing.offer()).code[5:11] == "000001"


async def test_the_relay_is_told_which_device_it_is_by_its_name(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        assert parse_device_hello(house.relay.hello).fw == f"{house.device.name} · agent 0.1.0"


def test_the_name_a_technician_reads_fits_whatever_the_device_is_called() -> None:
    assert firmware("Vista 55 Q7") == "Vista 55 Q7 · agent 0.1.0"
    assert len(firmware("W" * 200)) == FW_CHARACTERS


def test_secrets_are_six_digits_and_all_of_them_are_drawn() -> None:
    """INV-A3: no digit is left out and none stands still."""
    secrets = [draw_secret() for _ in range(500)]
    assert all(len(secret) == 6 and secret.isdigit() for secret in secrets)
    assert all({secret[place] for secret in secrets} == set("0123456789") for place in range(6))


async def test_the_countdown_goes_by_the_second_and_is_announced(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.get_code()
        told = asyncio.create_task(house.agent.changed())
        await house.settle()
        house.clock.advance(1)
        house.relay.line.heard_at = house.clock.boot()
        house.agent.tick()
        await told
        assert house.agent.view.seconds_left == 599
        assert house.device.panels[-1] == house.agent.view
