"""The whole agent with a relay, a technician and a customer in one test; time is the test's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from device_agent.agent import Agent
from device_agent.call import CODE_S, Kit
from device_agent.link import LineProblem
from device_agent.memory import RUNS_BEFORE_WAIT, Memory, load_memory
from device_agent.outbox import Outbox
from device_agent.pairing import Pairing, draw_secret
from device_agent.panel_view import Item, Page, Problem, TvState
from device_agent.trust import Trust, load_or_make_key
from tests.agent.console_twin import ConsoleTwin, Issuer
from tests.agent.fake_relay import FakeRelay, relay_words
from tests.agent.fakes import FakeClock, FakeDevice
from wire import messages
from wire.code import check_digit, is_valid
from wire.commands import Grant, Outcome, RemoteKey
from wire.encoding import sha256_b64
from wire.reasons import EndReason, ErrorCode
from wire.records import ActionRecord, ConsentRecord, EndRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

ORIGIN = "https://relay.example"


class House:
    """A living room with a TV, and the relay it calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.device = FakeDevice()
        self.issuer = Issuer()
        self.relay = FakeRelay(ORIGIN, self.issuer)
        self.memory = self.remembered()
        self.agent = Agent(
            Kit(
                origin=ORIGIN,
                key=load_or_make_key(folder / "device.key"),
                trust=Trust(
                    self.issuer.iss, self.issuer.org, {self.issuer.kid: self.issuer.public}, self.clock.now_ms
                ),
                memory=self.memory,
                device=self.device,
                clock=self.clock,
                dial=self.relay.dial,
            )
        )

    def remembered(self) -> Memory:
        return load_memory(self.folder / "device-state.json", self.clock.now_ms())

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await self.agent.changed()

    async def until_page(self, page: Page) -> None:
        await self.until(lambda: self.agent.view.page is page)

    async def settle(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.agent.press(key)

    def is_in(self, state: TvState) -> bool:
        return self.agent.state is state

    def shows(self, page: Page) -> bool:
        return self.agent.view.page is page

    def listen(self) -> None:
        """Wait until a page that came by itself hears keys."""
        self.clock.advance(0.8)

    async def get_code(self) -> str:
        if self.agent.view.page is not Page.SUPPORT:
            self.press("help")
        self.press("ok")
        await self.settle()
        await self.relay.offer()
        await self.until_page(Page.CODE)
        return self.agent.view.code

    async def consent_card(self, *, asks: tuple[Grant, ...] = tuple(Grant)) -> ConsoleTwin:
        code = await self.get_code()
        self.relay.redeem()
        twin = self.relay.console(code, now_s=self.clock.now_ms() // 1000, asks=asks)
        await self.relay.agree(twin)
        await self.until_page(Page.CONSENT)
        await self.relay.carry(twin, lambda: twin.newest_ping == 1)
        self.listen()
        return twin

    async def session(self, *, asks: tuple[Grant, ...] = tuple(Grant)) -> ConsoleTwin:
        twin = await self.consent_card(asks=asks)
        self.press("ok")
        await self.relay.carry_record(twin, ConsentRecord)
        self.beat(twin)
        await self.settle()
        return twin

    def beat(self, twin: ConsoleTwin) -> None:
        self.relay.line.heard_at = self.clock.boot()
        self.relay.line.give(twin.pong())


@asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[House]:
    house = House(folder)
    task = asyncio.create_task(house.agent.run())
    await house.settle()
    try:
        yield house
    finally:
        await house.agent.close()
        async with asyncio.timeout(5):
            await task


# From help to the end


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


async def test_a_technician_is_asked_about_helps_and_leaves(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.consent_card()
        view = house.agent.view
        assert house.is_in(TvState.CONSENT)
        assert (view.name, view.org, view.request) == ("Demo Technician", "Hallmere Care", "HM-7K42-93")
        assert [ask.grant for ask in view.asks] == [Grant.VIEW, Grant.KEYS, Grant.SETTINGS]
        house.press("ok")
        assert (house.agent.state, house.agent.view.page) == (TvState.ACTIVE, Page.NONE)
        banner = house.agent.view.banner
        assert banner is not None
        assert (banner.name, banner.grants) == ("Demo Technician", frozenset(Grant))
        await house.relay.carry_record(twin, ConsentRecord)
        house.beat(twin)
        house.relay.line.give(twin.press(RemoteKey.MENU))
        await house.relay.carry_record(twin, ActionRecord)
        house.relay.line.give(twin.close())
        await house.until_page(Page.ENDED)
        assert house.agent.view.reason is EndReason.TECHNICIAN_LEFT
        assert house.agent.view.banner is None
        assert house.agent.view.summary.changes == (("picture.backlight", "10", "11"),)
        assert house.agent.view.focus is Item.DONE
        house.press("ok")
        assert (house.agent.state, house.agent.view.page) == (TvState.IDLE, Page.NONE)


async def test_the_customers_keys_go_to_the_tv_during_a_session_and_to_the_panel_on_a_page(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as house:
        house.press("volume_up")
        await house.session()
        house.press("up")
        house.press("help", "up")
        assert house.shows(Page.HELPING)
        assert house.agent.view.banner is not None
        assert house.device.pressed == [("volume_up", None), ("up", None)]


async def test_the_technicians_keys_are_refused_while_the_customer_has_a_page_open(tmp_path: Path) -> None:
    """INV-B9: the customer's remote wins."""
    async with at_home(tmp_path) as house:
        twin = await house.session()
        house.press("help")
        house.relay.line.give(twin.press(RemoteKey.OK))
        await house.relay.carry_record(twin, ActionRecord)
        record = twin.records[-1]
        assert isinstance(record, ActionRecord)
        assert record.outcome is Outcome.REFUSED
        assert house.shows(Page.HELPING)


async def test_switching_everything_off_and_yes_is_a_no(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.consent_card(asks=(Grant.VIEW,))
        house.press("up", "ok", "down", "ok")
        assert house.agent.view.reason is EndReason.CONSENT_REFUSED
        await house.relay.carry_record(twin, EndRecord)
        consent, end = twin.records[-2:]
        assert isinstance(consent, ConsentRecord)
        assert consent.grants == ()
        assert isinstance(end, EndRecord)


async def test_only_what_is_left_switched_on_is_granted(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.consent_card()
        house.press("up", "left", "down", "ok")
        await house.relay.carry_record(twin, ConsentRecord)
        consent = twin.records[-1]
        assert isinstance(consent, ConsentRecord)
        assert set(consent.grants) == {Grant.VIEW, Grant.KEYS}
        banner = house.agent.view.banner
        assert banner is not None
        assert banner.grants == {Grant.VIEW, Grant.KEYS}


# The customer is in charge


async def test_the_consent_card_hears_nothing_for_its_first_800_ms(tmp_path: Path) -> None:
    """LOOK §5.1: a press meant for something else is no consent."""
    async with at_home(tmp_path) as house:
        code = await house.get_code()
        house.relay.redeem()
        twin = house.relay.console(code, now_s=house.clock.now_ms() // 1000)
        await house.relay.agree(twin)
        await house.until_page(Page.CONSENT)
        before = house.agent.view
        house.press("ok", "up", "back")
        assert house.agent.view == before
        assert house.is_in(TvState.CHECKING)
        house.clock.advance(0.79)
        house.press("ok")
        assert house.is_in(TvState.CHECKING)
        house.clock.advance(0.01)
        assert house.is_in(TvState.CONSENT)
        house.press("ok")
        assert house.is_in(TvState.ACTIVE)


async def test_outsiders_are_told_when_the_card_begins_to_hear(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        code = await house.get_code()
        house.relay.redeem()
        await house.relay.agree(house.relay.console(code, now_s=house.clock.now_ms() // 1000))
        await house.until_page(Page.CONSENT)
        await house.settle()
        told = asyncio.create_task(house.agent.changed())
        await house.settle()
        house.clock.advance(0.8)
        async with asyncio.timeout(5):
            await told
        assert house.is_in(TvState.CONSENT)


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
        assert ("up", frozenset(Grant)) not in house.device.pressed
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
        again.press("ok")
        async with asyncio.timeout(5):
            while again.remembered().unseen_end is not None:
                await asyncio.to_thread(lambda: None)
    async with at_home(tmp_path) as third:
        assert third.agent.state is TvState.IDLE
        assert third.agent.view.page is Page.NONE


# Endings that come from outside


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


async def test_a_silent_relay_ends_the_session_after_five_seconds(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await house.session()
        house.clock.advance(5)
        house.agent.tick()
        assert house.agent.view.reason is EndReason.RELAY_LOST


async def test_a_screen_that_cannot_be_painted_ends_the_session(tmp_path: Path) -> None:
    """INV-B7: no banner, no session."""
    async with at_home(tmp_path) as house:
        await house.session()
        house.device.unpaintable = True
        house.agent.tick()
        assert house.is_in(TvState.ENDED)
        house.device.unpaintable = False


# Codes that come to nothing


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


async def test_the_code_is_marked_used_on_the_disk_before_the_answer_leaves(tmp_path: Path) -> None:
    """INV-A1, seal/SPEC §1.2."""
    async with at_home(tmp_path) as house:
        code = await house.get_code()
        house.relay.redeem()
        twin = house.relay.console(code, now_s=house.clock.now_ms() // 1000)
        assert not house.remembered().was_used(code)
        house.relay.line.give(twin.pake_a())
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


async def test_a_relay_that_states_another_origin_is_refused(tmp_path: Path) -> None:
    """SPEC §1."""
    async with at_home(tmp_path) as house:
        house.press("help", "ok")
        await house.settle()
        house.relay.say(messages.Challenge(rc=bytes(32), origin="https://evil.example"))
        await house.until_page(Page.PROBLEM)
        assert house.agent.view.problem is Problem.WRONG_SERVER
        assert house.relay.line.log == []


@pytest.mark.parametrize("problem", [Problem.NO_NETWORK, Problem.NOT_SECURE, Problem.SERVER_NOT_FOUND])
async def test_without_a_line_the_customer_is_told_why(tmp_path: Path, problem: Problem) -> None:
    async with at_home(tmp_path) as house:
        house.relay.problem = LineProblem(problem)
        house.press("help", "ok")
        await house.until_page(Page.PROBLEM)
        assert house.agent.view.problem is problem
        assert house.is_in(TvState.IDLE)
        house.relay.problem = None
        house.press("ok")
        assert house.shows(Page.CHECKING)


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


async def test_a_server_that_says_nothing_is_too_slow(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        house.press("help", "ok")
        await house.settle()
        for _ in range(CODE_S):
            house.clock.advance(1)
            house.relay.line.heard_at = house.clock.boot()
            house.agent.tick()
        assert house.agent.view.problem is Problem.TOO_SLOW


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
        now_ms=house.clock.now_ms,
        draw=lambda: next(drawn),
    )
    house.relay.say(messages.Challenge(rc=bytes(32), origin=ORIGIN))
    house.relay.say(messages.CodeMsg(locator="48170", rs=bytes(16), ttl=600))
    assert (await pairing.offer()).code[5:11] == "000001"


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


async def test_the_picture_starts_only_after_consent_and_stops_with_the_session(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.session()
        house.relay.line.give(twin.decode())
        await house.relay.carry(twin, lambda: bool(twin.pictures))
        head, data = twin.pictures[0]
        assert (head.key, head.width, head.height) == (True, 64, 48)
        assert data.startswith(b"\0\0\0\1")
        house.press("stop")
        await house.relay.carry_record(twin, EndRecord)
        house.clock.advance(10)
        await house.settle()
        assert house.relay.line.sent.empty()
