"""More is asked for in a session: the card comes over the TV, only the customer's own remote answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from device_agent.panel_view import Item, Page, TvState
from seal import messages as sealed
from tests.agent.house import at_home
from wire.commands import ActionCause, Grant, Outcome, RemoteKey
from wire.limits import CONSENT_S
from wire.reasons import EndReason
from wire.records import ActionRecord, ConsentRecord, HideRecord

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agent.console_twin import ConsoleTwin
    from tests.agent.house import House


async def asked(house: House, *grants: Grant, held: tuple[Grant, ...] = (Grant.VIEW,)) -> ConsoleTwin:
    """A session with `held`, and a card that hears."""
    twin = await house.session(asks=held)
    await ask(house, twin, *grants)
    house.listen()
    house.beat(twin)
    await house.settle()
    return twin


async def ask(house: House, twin: ConsoleTwin, *grants: Grant) -> None:
    question = sealed.Ask(asks=tuple(sorted(grants or (Grant.KEYS,))), hb=twin.newest_ping)
    house.relay.line.give(twin.command(question))
    await outcome(house, twin)


async def outcome(house: House, twin: ConsoleTwin) -> ActionRecord:
    count = len(twin.records)
    await house.relay.carry(
        twin, lambda: len(twin.records) > count and isinstance(twin.records[-1], ActionRecord)
    )
    record = twin.records[-1]
    assert isinstance(record, ActionRecord)
    return record


async def test_for_a_moment_after_the_customer_used_the_device_itself_it_is_theirs(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.session()
        house.agent.customer_acted()
        house.relay.line.give(twin.press(RemoteKey.UP))
        refused = await outcome(house, twin)
        assert (refused.outcome, refused.cause) == (Outcome.REFUSED, ActionCause.CUSTOMER)
        house.clock.advance(0.31)
        house.beat(twin)
        house.relay.line.give(twin.press(RemoteKey.UP))
        assert (await outcome(house, twin)).outcome is Outcome.DONE


async def test_that_the_customer_hides_the_screen_reaches_the_session_of_the_moment(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as house:
        house.hide()
        house.hide()  # before there is any session
        twin = await house.session()
        house.hide()
        await house.relay.carry_record(twin, HideRecord)
        house.relay.line.give(twin.press(RemoteKey.UP))
        refused = await outcome(house, twin)
        assert (refused.outcome, refused.cause) == (Outcome.REFUSED, ActionCause.HIDDEN)
        house.hide()
        house.relay.line.give(twin.press(RemoteKey.UP))
        assert (await outcome(house, twin)).outcome is Outcome.DONE
        told = [record.hidden for record in twin.records if isinstance(record, HideRecord)]
        assert told == [True, False]


async def test_the_card_names_who_asks_for_what_and_the_banner_stays(tmp_path: Path) -> None:
    """INV-B7."""
    async with at_home(tmp_path) as house:
        await asked(house, Grant.KEYS, Grant.SETTINGS)
        view = house.agent.view
        assert (view.page, view.name, view.focus) == (Page.MORE, "Demo Technician", Item.NO)
        assert [(ask.grant, ask.on) for ask in view.asks] == [(Grant.KEYS, True), (Grant.SETTINGS, True)]
        assert view.seconds_left == CONSENT_S - 0
        assert view.banner is not None
        assert view.banner.grants == {Grant.VIEW}
        assert house.is_in(TvState.ACTIVE)


async def test_a_yes_of_the_customers_gives_it_and_the_banner_says_so(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await asked(house)
        house.press("left", "ok")
        assert (await outcome(house, twin)).outcome is Outcome.DONE
        consent = next(record for record in reversed(twin.records) if isinstance(record, ConsentRecord))
        assert consent.grants == (Grant.KEYS, Grant.VIEW)
        assert house.shows(Page.NONE)
        assert house.agent.view.banner is not None
        assert house.agent.view.banner.grants == {Grant.KEYS, Grant.VIEW}


@pytest.mark.parametrize("keys", [("ok",), ("back",), ("up", "ok", "down", "left", "ok")])
async def test_a_no_or_a_yes_to_nothing_gives_nothing_and_the_session_goes_on(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    async with at_home(tmp_path) as house:
        twin = await asked(house)
        house.press(*keys)
        record = await outcome(house, twin)
        assert (record.outcome, record.cause) == (Outcome.REFUSED, ActionCause.DECLINED)
        assert house.shows(Page.NONE)
        assert house.is_in(TvState.ACTIVE)


async def test_no_key_of_the_technicians_answers_the_card(tmp_path: Path) -> None:
    """INV-B9."""
    async with at_home(tmp_path) as house:
        twin = await asked(house, Grant.SETTINGS, held=(Grant.KEYS, Grant.VIEW))
        house.press("left")  # on Yes, so that one OK would do
        before = house.agent.view
        for key in RemoteKey:
            house.relay.line.give(twin.press(key))
            assert (await outcome(house, twin)).outcome is Outcome.REFUSED
        assert house.agent.view == before


async def test_the_card_hears_nothing_that_was_meant_for_the_tv(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.session(asks=(Grant.VIEW,))
        await ask(house, twin)
        house.press("left", "ok", "back")
        assert house.shows(Page.MORE)


async def test_no_answer_for_a_minute_is_a_no_and_the_card_goes(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await asked(house)
        count = len(twin.records)
        for second in range(CONSENT_S):
            assert (house.shows(Page.MORE), len(twin.records)) == (True, count), second
            before = twin.newest_ping
            house.clock.advance(1)
            house.relay.line.heard_at = house.clock.boot()
            await house.relay.carry(twin, lambda before=before: twin.newest_ping > before)  # type: ignore[misc]
            house.beat(twin)
        house.agent.tick()
        record = await outcome(house, twin)
        assert (record.outcome, record.cause) == (Outcome.REFUSED, ActionCause.UNANSWERED)
        assert house.shows(Page.NONE)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [(("stop",), EndReason.CUSTOMER_STOPPED), (("down", "ok"), EndReason.CUSTOMER_REPORTED)],
)
async def test_the_customer_can_end_it_all_from_the_card(
    tmp_path: Path, keys: tuple[str, ...], reason: EndReason
) -> None:
    """INV-B1."""
    async with at_home(tmp_path) as house:
        await asked(house)
        house.press(*keys)
        assert house.agent.view.reason is reason


async def test_nobody_is_asked_while_they_read_a_page(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.session(asks=(Grant.VIEW,))
        house.press("help")
        await ask(house, twin)
        record = twin.records[-1]
        assert isinstance(record, ActionRecord)
        assert record.cause is ActionCause.ASKING
        assert house.shows(Page.HELPING)


async def test_a_key_of_the_customers_on_the_tv_comes_first(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        twin = await house.session(asks=(Grant.KEYS, Grant.VIEW))
        house.press("up")
        house.relay.line.give(twin.press(RemoteKey.DOWN))
        record = await outcome(house, twin)
        assert (record.outcome, record.cause) == (Outcome.REFUSED, ActionCause.CUSTOMER)
        assert [key for key, _ in house.device.pressed] == ["up"]
