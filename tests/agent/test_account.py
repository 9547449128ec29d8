"""The customer signs in and registers on the TV: by their own keys, and nothing stays behind (R43, R44)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from device_agent.account.machine import State
from device_agent.account.service import Impossible, Lapsed, NoLine, Stale, Wait
from device_agent.account.view import Why
from device_agent.agent import Agent
from device_agent.panel_view import Item, Page, TvState
from tests.agent.account_home import CODE, DONE, AccountHome, with_account
from tests.agent.console_twin import ALL
from wire.commands import ActionCause, Outcome, RemoteKey
from wire.records import ActionRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TOKEN = "t" * 43


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[AccountHome]:
    async with with_account(tmp_path) as home:
        yield home


@pytest.mark.proves("R43", "R44", by="Agree and register registers nothing")
async def test_from_account_to_the_dates_of_the_cover_and_close(home: AccountHome) -> None:
    await home.show_code()
    account = home.agent.view.account
    assert (account.user_code, account.link) == (CODE.user_code, "relay.example/tv")
    assert account.link_with_code == CODE.verification_uri_complete
    assert home.focuses(Item.CLOSE)
    await home.sign_in_on()
    assert home.focuses(Item.REGISTER_TV)
    home.press("ok")
    await home.until_state(State.READING)
    assert home.agent.view.account.page == 0
    assert home.focuses(Item.NEXT_PAGE)
    home.press("ok", "ok", "ok")
    assert home.agent.view.account.is_last_page
    assert home.focuses(Item.PREVIOUS_PAGE), "an impatient OK turns back and agrees to nothing"
    home.press("right", "right")
    assert home.focuses(Item.AGREE)
    assert home.service.made("register") == []
    home.press("ok")
    await home.until_state(State.DONE)
    assert home.service.made("register") == [("register", TOKEN, "terms-3", "en")]
    assert home.agent.view.account.covers == DONE.covers
    home.press("ok")
    await home.settle()
    assert home.shows(Page.NONE)
    assert home.service.made("sign_out") == [("sign_out", TOKEN)]
    held = {**vars(home.agent._account._desk), "_service": None}
    assert TOKEN not in repr(held), "nothing of it is left in memory"


async def test_the_account_is_opened_by_the_set_only_where_nothing_covers_it(home: AccountHome) -> None:
    home.press("help")
    home.agent.open_account()
    assert home.shows(Page.SUPPORT)
    assert home.service.calls == []


async def test_a_device_without_a_service_has_no_account(home: AccountHome) -> None:
    bare = Agent(replace(home.kit, service=None))
    running = asyncio.create_task(bare.run())
    await home.settle()
    bare.open_account()
    assert bare.view.page is Page.NONE
    await bare.close()
    await running


@pytest.mark.parametrize(
    ("said", "state"),
    [(Wait.DENIED, State.DENIED), (Wait.EXPIRED, State.EXPIRED), (Wait.SPENT, State.EXPIRED)],
)
async def test_what_became_of_the_code_is_said_and_a_new_one_is_in_reach(
    home: AccountHome, said: Wait, state: State
) -> None:
    await home.show_code()
    home.service.said = said
    await home.pass_time(5)
    assert home.at(state)
    home.service.said = Wait.PENDING
    home.press(*(("ok",) if home.focuses(Item.NEW_CODE) else ("right", "ok")))
    await home.until_state(State.CODE)
    assert len(home.service.made("authorize")) == 2


async def test_the_service_is_asked_every_five_seconds_and_more_slowly_when_it_says_so(
    home: AccountHome,
) -> None:
    """RFC 8628 §3.5."""
    await home.show_code()
    await home.pass_time(15)
    assert len(home.service.made("token")) == 3
    home.service.said = Wait.SLOW_DOWN
    await home.pass_time(5)
    home.service.said = Wait.PENDING
    await home.pass_time(9)
    assert len(home.service.made("token")) == 4
    await home.pass_time(1)
    assert len(home.service.made("token")) == 5


async def test_a_network_that_goes_while_the_code_is_shown_does_not_throw_it_away(home: AccountHome) -> None:
    await home.show_code()
    home.service.is_away()
    await home.pass_time(60)
    assert home.at(State.CODE)
    assert 3 <= len(home.service.made("token")) <= 6, "and it is asked less and less often"
    home.service.failure = None
    await home.sign_in_on(45)
    assert home.at(State.SIGNED_IN)


async def test_a_code_that_nobody_allows_is_over_in_time_also_without_network(home: AccountHome) -> None:
    await home.show_code()
    assert home.agent.view.account.seconds_left == 600
    home.service.is_away()
    await home.pass_time(599)
    assert (home.state, home.agent.view.account.seconds_left) == (State.CODE, 1)
    await home.pass_time(1)
    assert home.at(State.EXPIRED)


async def test_the_countdown_moves_neither_focus_nor_page(home: AccountHome) -> None:
    await home.show_code()
    home.press("right")
    await home.pass_time(3)
    assert home.focuses(Item.NEW_CODE)
    assert home.agent.view.account.seconds_left == 597


@pytest.mark.parametrize("where", ["code", "terms", "answer"])
async def test_without_a_network_it_is_said_and_the_same_is_tried_again(
    home: AccountHome, where: str
) -> None:
    if where == "code":
        home.service.is_away()
        home.agent.open_account()
        await home.until_state(State.NO_CODE)
    elif where == "terms":
        await home.sign_in()
        home.service.is_away()
        home.press("ok")
        await home.until_state(State.NO_TERMS)
    else:
        await home.sign_in()
        await home.read_terms()
        home.service.is_away()
        home.press("right", "right", "ok")
        await home.until_state(State.NO_ANSWER)
    assert home.focuses(Item.TRY_AGAIN)
    home.service.failure = None
    home.press("ok")
    await home.until_state({"code": State.CODE, "terms": State.READING, "answer": State.DONE}[where])
    if where == "answer":
        assert home.service.made("register") == [("register", TOKEN, "terms-3", "en")] * 2


async def test_terms_that_changed_meanwhile_are_read_anew_from_their_first_page(home: AccountHome) -> None:
    await home.sign_in()
    await home.read_terms()
    home.service.failure, home.service.only, home.service.version = Stale(), "register", "terms-4"
    home.press("right", "right", "ok")
    await home.until_state(State.READING)
    assert home.agent.view.account.page == 0
    await home.until(lambda: home.focuses(Item.NEXT_PAGE))
    home.service.failure = None
    await home.read_on()
    home.press("right", "right", "ok")
    await home.until_state(State.DONE)
    assert [call[2] for call in home.service.made("register")] == ["terms-3", "terms-4"]


@pytest.mark.parametrize("why", Why)
async def test_where_it_is_not_possible_the_customer_reads_why(home: AccountHome, why: Why) -> None:
    await home.sign_in()
    await home.read_terms()
    home.service.failure = Impossible(why)
    home.press("right", "right", "ok")
    await home.until_state(State.NOT_POSSIBLE)
    assert home.agent.view.account.why is why
    assert home.focuses(Item.CLOSE)


async def test_a_device_that_is_not_enrolled_says_so_before_it_shows_a_code(home: AccountHome) -> None:
    home.service.failure = Impossible(Why.NOT_ENROLLED)
    home.agent.open_account()
    await home.until_state(State.NOT_POSSIBLE)
    assert home.agent.view.account.why is Why.NOT_ENROLLED


@pytest.mark.parametrize("after_s", [0, 900])
async def test_a_sign_in_is_over_after_half_an_hour_whatever_is_on_the_screen(
    home: AccountHome, after_s: int
) -> None:
    await home.sign_in()
    await home.pass_time(after_s)
    await home.read_terms()
    await home.pass_time(1_799 - after_s)
    assert home.at(State.READING)
    await home.pass_time(1)
    assert home.at(State.EXPIRED)
    assert home.service.made("sign_out") == [("sign_out", TOKEN)]


async def test_a_sign_in_that_the_service_ended_is_over_here_too(home: AccountHome) -> None:
    await home.sign_in()
    home.service.failure = Lapsed()
    home.press("ok")
    await home.until_state(State.EXPIRED)


@pytest.mark.parametrize("keys", [("home",), ("back",), ("help",), ("stop",), ("power",)], ids=str)
async def test_whatever_leaves_the_page_signs_out(home: AccountHome, keys: tuple[str, ...]) -> None:
    """Close, power off: the token goes with them."""
    await home.sign_in()
    home.press(*keys)
    await home.settle()
    assert not home.shows(Page.ACCOUNT)
    assert home.service.made("sign_out") == [("sign_out", TOKEN)]
    if keys == ("power",):
        assert home.is_in(TvState.OFF)
        home.press("power")
    elif keys == ("help",):
        home.press("back")
    home.agent.open_account()
    await home.until_state(State.CODE)


async def test_what_is_under_way_when_the_page_closes_does_not_come_back(home: AccountHome) -> None:
    home.service.gate = asyncio.Event()
    home.agent.open_account()
    assert home.at(State.STARTING)
    await home.settle()
    home.press("ok")
    home.service.gate.set()
    await home.settle()
    assert home.shows(Page.NONE)
    await home.pass_time(20)
    assert home.service.made("token") == []


async def test_back_goes_one_step_up(home: AccountHome) -> None:
    await home.sign_in()
    await home.read_terms()
    home.press("back")
    assert home.agent.view.account.page == home.last_page() - 1
    while home.agent.view.account.page:
        home.press("back")
    home.press("back")
    assert home.at(State.SIGNED_IN)
    home.press("back")
    assert home.shows(Page.NONE)


async def test_a_service_that_breaks_breaks_nothing_else(home: AccountHome) -> None:
    """INV-H1"""
    home.service.failure = RuntimeError("a bug")
    home.agent.open_account()
    await home.until_state(State.NOT_POSSIBLE)
    home.press("ok")
    home.service.failure = None
    await home.get_code()


async def test_no_key_of_a_technician_reaches_the_account(home: AccountHome) -> None:
    """INV-B9, LOOK §5.7: they see a page, and press nothing on it; Agree is the customer's."""
    twin = await home.session()
    await home.sign_in_soon(twin)
    await home.read_terms()
    home.press("right", "right")
    assert home.focuses(Item.AGREE)
    before, pressed = home.agent.view, list(home.device.pressed)
    for key in RemoteKey:
        await home.pressed_from_afar(twin, key)
    records = [record for record in twin.records if isinstance(record, ActionRecord)]
    assert len(records) == len(RemoteKey)
    assert {(record.outcome, record.cause) for record in records} == {(Outcome.REFUSED, ActionCause.COVERED)}
    assert home.agent.view == before
    assert home.device.pressed == pressed
    assert home.service.made("register") == []
    home.press("ok")
    await home.until_state(State.DONE)


async def test_banner_and_stop_stay_on_top_of_the_account(home: AccountHome) -> None:
    """INV-B1, INV-B7."""
    await home.sign_in_soon(await home.session())
    banner = home.agent.view.banner
    assert banner is not None
    assert banner.grants == frozenset(ALL)
    home.press("stop")
    assert home.is_in(TvState.ENDED)
    await home.settle()
    assert home.service.made("sign_out") == [("sign_out", TOKEN)]
    assert not home.agent.can_ask()


async def test_nothing_more_is_asked_while_the_account_is_open(home: AccountHome) -> None:
    await home.session()
    assert home.agent.can_ask()
    await home.show_code()
    assert not home.agent.can_ask()


async def test_no_line_is_no_line_twice(home: AccountHome) -> None:
    home.service.failure = NoLine()
    home.agent.open_account()
    await home.until_state(State.NO_CODE)
    home.press("ok")
    await home.until_state(State.NO_CODE)
    assert len(home.service.made("authorize")) == 2
