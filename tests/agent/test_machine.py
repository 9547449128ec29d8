"""The agent's table: every state times every event, and what must never be in it."""

from __future__ import annotations

from itertools import product

import pytest

from device_agent.machine import (
    TRANSITIONS,
    Again,
    AnswerMore,
    Claim,
    Connect,
    End,
    Event,
    HangUp,
    OpenSettings,
    Renew,
    Screen,
    Show,
    State,
    Step,
    step,
    tv_state,
)
from device_agent.panel_view import Page, Problem, TvState
from wire.reasons import EndReason

ALL = tuple(product(State, Event))  # gone through within a test: as many tests each would take seconds
LIVE = (State.CONSENT, State.ACTIVE, State.RENEWING, State.ASKING)
WAITING = (State.CHECKING, State.PIN, State.PAIRING)


@pytest.mark.parametrize("state", State)
def test_what_is_not_in_the_table_is_refused(state: State) -> None:
    assert {event: step(state, event) for event in Event} == {
        event: TRANSITIONS.get((state, event)) for event in Event
    }


@pytest.mark.proves("R99", "P10", by="a device that is switched off leaves its session as it is")
@pytest.mark.parametrize("state", [state for state in State if state is not State.OFF])
def test_power_leads_to_off_from_every_state_that_is_on_and_ends_first(state: State) -> None:
    """INV-B2, LOOK §5.4."""
    taken = step(state, Event.POWER)
    assert taken is not None
    assert taken.state is State.OFF
    assert Screen(on=False) in taken.effects
    if state in LIVE:
        assert taken.effects[0] == End(EndReason.DEVICE_POWERED_OFF)
    if state in WAITING:
        assert taken.effects[0] == HangUp()


@pytest.mark.parametrize("state", LIVE)
def test_stop_in_a_session_ends_it_before_anything_else(state: State) -> None:
    """INV-B1."""
    taken = step(state, Event.STOP)
    assert taken is not None
    assert taken.state is State.ENDED
    assert taken.effects == (End(EndReason.CUSTOMER_STOPPED), Show(Page.ENDED))


@pytest.mark.parametrize("state", WAITING)
def test_stop_before_a_session_throws_the_code_away(state: State) -> None:
    taken = step(state, Event.STOP)
    assert taken is not None
    assert taken.state is State.IDLE
    assert taken.effects[0] == HangUp()


def test_only_the_customers_accept_leads_into_an_active_session_or_keeps_it_going() -> None:
    """INV-A6, INV-B9."""
    for state, event in ALL:
        taken = step(state, event)
        if taken is not None and taken.state is State.ACTIVE and state not in {State.ACTIVE, State.ASKING}:
            assert (state, event) in {(State.CONSENT, Event.ACCEPT), (State.RENEWING, Event.ACCEPT)}
        if taken is not None and Renew() in taken.effects:
            assert (state, event) == (State.RENEWING, Event.ACCEPT)


def test_only_the_customers_yes_gives_more_and_any_other_answer_gives_nothing() -> None:
    """INV-A6: no answer is no."""
    for state, event in ALL:
        taken = step(state, event)
        effects = taken.effects if taken else ()
        given = {effect.given for effect in effects if isinstance(effect, AnswerMore)}
        if state is State.ASKING and taken is not None and taken.state is State.ACTIVE:
            assert given == {event is Event.ACCEPT}, event
            assert taken.effects[-1] == Show(Page.NONE), event
        else:
            assert given == set(), (state, event)


@pytest.mark.parametrize("state", [state for state in State if state is not State.ACTIVE])
def test_more_is_asked_only_where_nothing_else_is(state: State) -> None:
    assert step(state, Event.ASKED) is None
    assert step(State.ACTIVE, Event.ASKED) == Step(State.ASKING, (Show(Page.MORE),))


@pytest.mark.parametrize("event", Event)
def test_no_row_leads_from_ended_back_into_a_session(event: Event) -> None:
    """INV-A8, INV-B5: a new code is the only way back."""
    taken = step(State.ENDED, event)
    assert taken is None or taken.state in {State.IDLE, State.CHECKING, State.OFF}


def test_a_line_is_opened_only_when_the_customer_asks_for_it() -> None:
    opens = {Connect(): Event.GET_CODE, Claim(): Event.CLAIM, Again(): Event.AGAIN}
    for state, event in ALL:
        taken = step(state, event)
        for effect in set(opens) & set(taken.effects if taken else ()):
            assert taken is not None
            assert event is opens[effect], state
            assert taken.state is State.CHECKING, (state, event)
            assert taken.effects[-2:] == (Show(Page.CHECKING), effect), state


@pytest.mark.parametrize("state", [State.CHECKING, State.PIN])
def test_without_a_way_to_the_server_the_customer_reads_why_and_can_have_it_checked_again(
    state: State,
) -> None:
    assert step(state, Event.NO_LINE) == Step(State.VERDICT, (HangUp(), Show(Page.PROBLEM)))
    assert step(State.VERDICT, Event.AGAIN) == Step(State.CHECKING, (Show(Page.CHECKING), Again()))


@pytest.mark.parametrize("state", [state for state in State if state is not State.VERDICT])
def test_nothing_is_checked_again_but_after_a_verdict(state: State) -> None:
    assert step(state, Event.AGAIN) is None


def test_the_settings_open_only_where_the_customer_reads_a_verdict() -> None:
    """INV-B9: nobody is connected then."""
    for state, event in ALL:
        taken = step(state, event)
        if taken is not None and OpenSettings() in taken.effects:
            assert (state, event) == (State.VERDICT, Event.SETTINGS)
            assert taken == Step(State.IDLE, (OpenSettings(), Show(Page.NONE)))


@pytest.mark.parametrize("event", [Event.LEAVE, Event.STOP, Event.HELP, Event.POWER])
def test_a_verdict_holds_nobody(event: Event) -> None:
    taken = step(State.VERDICT, event)
    assert taken is not None
    assert taken.state in {State.IDLE, State.OFF}


@pytest.mark.parametrize("event", [Event.LEAVE, Event.STOP, Event.POWER])
def test_a_check_under_way_is_called_off_at_once(event: Event) -> None:
    taken = step(State.CHECKING, event)
    assert taken is not None
    assert taken.effects[0] == HangUp()


@pytest.mark.parametrize("state", [*LIVE, *WAITING])
def test_leaving_a_state_with_a_line_closes_the_line_first(state: State) -> None:
    """No line and no session outlives its state."""
    for event in Event:
        taken = step(state, event)
        if taken is not None and taken.state not in {*LIVE, State.PIN, State.PAIRING}:
            assert isinstance(taken.effects[0], End | HangUp), event


@pytest.mark.parametrize("state", LIVE)
def test_a_session_can_end_from_outside_in_every_live_state(state: State) -> None:
    taken = step(state, Event.OVER)
    assert taken is not None
    assert taken.state is State.ENDED


def test_told_me_on_the_code_throws_it_away_and_on_the_card_reports_the_session() -> None:
    shown = step(State.PIN, Event.TOLD_ME)
    asked = step(State.CONSENT, Event.TOLD_ME)
    assert shown is not None
    assert asked is not None
    assert shown.effects == (HangUp(), Show(Page.PROBLEM, Problem.TOLD_ME))
    assert asked.effects[0] == End(EndReason.CUSTOMER_REPORTED)


def test_a_question_that_is_left_alone_comes_back_with_help_and_answers_nothing() -> None:
    assert step(State.RENEWING, Event.LEAVE) == Step(State.RENEWING, (Show(Page.NONE),))
    assert step(State.RENEWING, Event.HELP) == Step(State.RENEWING, (Show(Page.RENEW),))


def test_a_consent_card_that_hears_nothing_yet_is_not_said_to_be_one() -> None:
    assert tv_state(State.CONSENT, deaf=True) is TvState.CHECKING
    assert tv_state(State.CONSENT, deaf=False) is TvState.CONSENT


def test_every_state_has_a_name_outside_and_only_these_share_one() -> None:
    names = [tv_state(state, deaf=False) for state in State]
    assert set(names) == set(TvState)
    assert tv_state(State.PAIRING, deaf=False) is TvState.CHECKING
    assert tv_state(State.RENEWING, deaf=False) is TvState.ACTIVE
    assert tv_state(State.VERDICT, deaf=False) is TvState.IDLE
    assert tv_state(State.ASKING, deaf=False) is TvState.ACTIVE
    assert len(State) == len(TvState) + 4
