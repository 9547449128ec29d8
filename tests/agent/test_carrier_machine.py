"""The table of carriers: every state times every event, and what must never be in it."""

from __future__ import annotations

from itertools import product

import pytest

from device_agent.carrier.machine import PATIENCE_S, TRANSITIONS, Effect, Event, State, Step, step

ALL = tuple(product(State, Event))
WITH_CHANNELS = (State.ANSWERING, State.OPENING, State.PROVING, State.DIRECT)
TRYING = (State.ANSWERING, State.OPENING, State.PROVING)


def test_what_is_not_in_the_table_is_refused() -> None:
    for state, event in ALL:
        assert step(state, event) == TRANSITIONS.get((state, event)), (state, event)


def test_pictures_go_on_a_data_channel_only_once_it_is_proven() -> None:
    for state, event in ALL:
        taken = step(state, event)
        if taken is not None and taken.state is State.DIRECT:
            assert (state, event) == (State.PROVING, Event.PROVEN)
            assert taken.effects == (Effect.TO_DIRECT,)


@pytest.mark.parametrize("event", [event for event in Event if event is not Event.PROVEN])
def test_whoever_carries_goes_back_to_the_relay_with_a_key_frame_or_does_not_go_back(event: Event) -> None:
    taken = step(State.DIRECT, event)
    if taken is not None and taken.state is not State.OVER:
        assert taken.effects[:2] == (Effect.CLOSE, Effect.TO_RELAY)


@pytest.mark.parametrize("state", State)
def test_the_end_closes_first_and_is_final(state: State) -> None:
    """INV-B3, INV-B5."""
    if state is State.OVER:
        assert [event for event in Event if step(state, event)] == []
        return
    taken = step(state, Event.END)
    assert taken == Step(State.OVER, (Effect.CLOSE,) if state in WITH_CHANNELS else ())


@pytest.mark.parametrize("state", WITH_CHANNELS)
@pytest.mark.parametrize("event", [Event.LOST, Event.BYE, Event.BACK])
def test_a_loss_and_either_ends_word_lead_back_from_everywhere(state: State, event: Event) -> None:
    taken = step(state, event)
    assert taken is not None
    assert taken.state is State.RELAY
    assert taken.effects[0] is Effect.CLOSE
    assert (Effect.SAY_BYE in taken.effects) is (event is Event.LOST)


@pytest.mark.parametrize("state", WITH_CHANNELS)
def test_a_new_offer_takes_the_place_of_the_try_before(state: State) -> None:
    taken = step(state, Event.OFFER)
    assert taken is not None
    assert taken.state is State.ANSWERING
    assert (taken.effects[0], taken.effects[-1]) == (Effect.CLOSE, Effect.ANSWER)


def test_every_try_has_its_time_and_what_carries_has_none() -> None:
    assert PATIENCE_S.keys() == set(TRYING)
    for state in State:
        assert (step(state, Event.TIME_UP) is not None) is (state in TRYING)


def test_every_state_but_the_first_can_be_reached() -> None:
    assert {step.state for step in TRANSITIONS.values()} == set(State)
