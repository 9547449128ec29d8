"""A session through the whole agent: what the customer is asked, what then happens on the TV."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from device_agent.panel_view import Item, Page, TvState
from device_agent.permit import RENEW_S
from seal.pictures import Codec
from tests.agent.console_twin import ALL
from tests.agent.house import at_home
from wire.commands import Grant, Outcome, RemoteKey
from wire.reasons import EndReason
from wire.records import ActionRecord, ConsentRecord, EndRecord

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.agent.house import House


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
        assert (banner.name, banner.grants) == ("Demo Technician", frozenset(ALL))
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


async def almost_over(house: House) -> None:
    """A session whose half hour is over in two minutes; how it gets there: test_session_time."""
    call = house.agent._call
    assert call is not None
    assert call._session is not None
    call._session._permit.until = house.clock.boot() + RENEW_S
    house.agent.tick()
    await house.settle()
    house.listen()


async def test_the_customer_is_asked_whether_it_goes_on_and_a_yes_is_on_record(tmp_path: Path) -> None:
    """INV-B5, INV-B9."""
    async with at_home(tmp_path) as house:
        twin = await house.session()
        await almost_over(house)
        view = house.agent.view
        assert (view.page, view.name, view.seconds_left, view.focus) == (
            Page.RENEW,
            "Demo Technician",
            120,
            Item.YES,
        )
        assert view.banner is not None
        house.press("back")
        assert house.shows(Page.NONE)
        house.agent.tick()
        assert house.shows(Page.NONE), "who left the question alone is not asked every quarter of a second"
        house.press("help")
        assert house.shows(Page.RENEW)
        house.listen()
        house.press("ok")
        await house.relay.carry_record(twin, ConsentRecord)
        consent = twin.records[-1]
        assert isinstance(consent, ConsentRecord)
        assert (set(consent.grants), consent.for_s) == (set(ALL), 1800)
        assert (house.agent.state, house.agent.view.page) == (TvState.ACTIVE, Page.NONE)


async def test_the_question_hears_no_press_that_was_meant_for_something_else(tmp_path: Path) -> None:
    """LOOK: a page that opens by itself is deaf for its first 800 ms; and the technician cannot answer it."""
    async with at_home(tmp_path) as house:
        twin = await house.session()
        await almost_over(house)
        house.press("back", "help", "ok")
        assert house.shows(Page.RENEW)
        house.listen()
        house.relay.line.give(twin.press(RemoteKey.OK))
        await house.relay.carry_record(twin, ActionRecord)
        refused = twin.records[-1]
        assert isinstance(refused, ActionRecord)
        assert refused.outcome is Outcome.REFUSED
        assert house.shows(Page.RENEW)
        house.press("right", "ok")
        assert house.agent.view.reason is EndReason.CUSTOMER_STOPPED


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


async def test_a_customer_who_cannot_read_the_page_chooses_their_own_language_on_it(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        house.press("help")
        view = house.agent.view
        assert (view.languages, view.language, view.focus) == (("cs", "en", "vi"), "en", Item.GET_CODE)
        house.press("up", "right")
        assert house.device.language == "en"
        told = asyncio.create_task(house.agent.changed())
        await house.settle()
        house.press("ok")
        assert house.device.language == "vi"
        await house.settle()
        assert told.done()  # so the page beside the set says everything anew
        assert house.agent.view == replace(view, focus=Item.LANGUAGE, language="vi")
        assert house.is_in(TvState.IDLE)
        house.press("down", "ok")
        await house.until_page(Page.CHECKING)
        assert not house.agent.view.languages


async def test_another_language_during_the_question_changes_nothing_but_words(tmp_path: Path) -> None:
    """INV-A6: what was switched off stays off, and a card that hears nothing yet goes on hearing nothing."""
    async with at_home(tmp_path) as house:
        await house.consent_card()
        house.press("up", "ok", "down")
        before = house.agent.view
        house.device.speak("vi")
        house.agent.tick()
        assert house.agent.view == before
        assert house.is_in(TvState.CONSENT)
    async with at_home(tmp_path) as house:
        code = await house.get_code()
        house.relay.redeem()
        twin = house.relay.console(code, now_s=house.clock.now_ms() // 1000, asks=ALL)
        await house.relay.agree(twin)
        await house.until_page(Page.CONSENT)
        house.device.speak("vi")
        house.press("ok")
        assert house.shows(Page.CONSENT)
        assert house.is_in(TvState.CHECKING)


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


async def test_a_console_sees_the_screen_although_the_video_encoder_does_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device_agent.picture.h264.X264", "no-such-codec")
    async with at_home(tmp_path) as house:
        twin = await house.session()
        house.relay.line.give(twin.decode(Codec.H264, Codec.JPEG))
        await house.relay.carry(twin, lambda: bool(twin.pictures))
        head, data = twin.pictures[0]
        assert (head.codec, head.key, head.rows) == (Codec.JPEG, True, 48)
        assert data.startswith(b"\xff\xd8")
        assert house.is_in(TvState.ACTIVE)
