"""The table of a code, every state against every event (INV-A1)."""

from __future__ import annotations

import pytest

from relay.pin.machine import TRANSITIONS, Effect, Event, Moved, Refused, State, move_of, step

EXPECTED = {
    Event.REDEEM: State.REDEEMED,
    Event.TIME_UP: State.EXPIRED,
    Event.DEVICE_LOST: State.CANCELLED,
    Event.DEVICE_ABORTED: State.CANCELLED,
    Event.TECHNICIAN_LOST: State.CANCELLED,
    Event.TECHNICIAN_ABORTED: State.CANCELLED,
    Event.REPLACED: State.CANCELLED,
    Event.REVOKED: State.CANCELLED,
    Event.RELAY_LOST: State.CANCELLED,
    Event.DRAINING: State.CANCELLED,
    Event.IN_DOUBT: State.CANCELLED,
}


@pytest.mark.parametrize("event", Event)
def test_every_event_closes_a_live_code_in_its_own_way(event: Event) -> None:
    moved = step(State.ISSUED, event)
    assert isinstance(moved, Moved)
    assert moved.state is EXPECTED[event]
    assert move_of(event) == moved


@pytest.mark.parametrize("state", [State.REDEEMED, State.EXPIRED, State.CANCELLED])
@pytest.mark.parametrize("event", Event)
def test_a_code_that_is_over_stays_over(state: State, event: Event) -> None:
    assert step(state, event) == Refused(state, event)


def test_only_a_redemption_opens_a_session() -> None:
    opening = [event for (_, event), (_, effects) in TRANSITIONS.items() if Effect.OPEN_SESSION in effects]
    assert opening == [Event.REDEEM]


def test_every_move_is_recorded() -> None:
    for _, effects in TRANSITIONS.values():
        assert effects[0].value.startswith("record ")
