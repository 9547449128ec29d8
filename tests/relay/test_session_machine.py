"""The table of a session, every state against every event (INV-B5, INV-B6)."""

from __future__ import annotations

import pytest

from relay.session.machine import (
    EVENTS,
    RELAY_DECIDES,
    TRANSITIONS,
    Effect,
    Moved,
    Progress,
    Refused,
    State,
    fitting,
    step,
)
from wire.reasons import EndReason

LIVE = (State.PAIRING, State.CONSENT, State.ACTIVE)

# P, C, A: where the event leads from PAIRING, CONSENT, ACTIVE; "." is refused. Written down a second time,
# by hand, so that a slip in the table shows.
EXPECTED = """
paired              C . .
granted             . A A
refused             . C A
acted               . . A
declined            . C A
hidden              . . A
customer_stopped    E E E
customer_reported   E E E
technician_left     E E E
device_powered_off  E E E
device_lost         E E E
technician_lost     E E E
relay_lost          E E E
consent_refused     . E .
consent_timeout     . E .
pairing_failed      E . .
badge_refused       E . .
integrity_failed    E E E
idle                . . E
time_limit          E E E
revoked             E E E
audit_unavailable   E E E
draining            E E E
"""
LETTERS = {"P": State.PAIRING, "C": State.CONSENT, "A": State.ACTIVE, "E": State.ENDED}
GRID = {
    (state, name): LETTERS.get(letter)
    for name, *letters in (line.split() for line in EXPECTED.split("\n") if line)
    for state, letter in zip(LIVE, letters, strict=True)
}


def test_the_grid_names_every_event_in_every_live_state() -> None:
    assert {name for _, name in GRID} == {event.value for event in EVENTS}


@pytest.mark.parametrize("state", LIVE)
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_in_every_live_state_leads_where_the_grid_says(
    state: State, event: Progress | EndReason
) -> None:
    outcome = step(state, event)
    expected = GRID[state, event.value]
    if expected is None:
        assert outcome == Refused(state, event)
    else:
        assert isinstance(outcome, Moved)
        assert outcome.state is expected


@pytest.mark.proves("R99", "P9")
@pytest.mark.parametrize("event", EVENTS)
def test_nothing_leads_out_of_ended(event: Progress | EndReason) -> None:
    assert step(State.ENDED, event) == Refused(State.ENDED, event)


@pytest.mark.parametrize("state", LIVE)
@pytest.mark.parametrize(
    "reason",
    [
        EndReason.DEVICE_LOST,
        EndReason.TECHNICIAN_LOST,
        EndReason.RELAY_LOST,
        EndReason.DRAINING,
        EndReason.AUDIT_UNAVAILABLE,
        EndReason.INTEGRITY_FAILED,
        EndReason.REVOKED,
        EndReason.TIME_LIMIT,
    ],
)
def test_every_live_state_ends_when_somebody_is_gone_or_a_limit_is_reached(
    state: State, reason: EndReason
) -> None:
    moved = step(state, reason)
    assert isinstance(moved, Moved)
    assert moved.state is State.ENDED


def test_every_reason_of_the_specification_ends_some_state() -> None:
    reachable = {event for (_, event), (state, _) in TRANSITIONS.items() if state is State.ENDED}
    assert reachable == set(EndReason)


def test_every_ending_closes_before_it_records() -> None:
    endings = [effects for state, effects in TRANSITIONS.values() if state is State.ENDED]
    assert set(endings) == {(Effect.CLOSE_BOTH, Effect.RECORD_END)}


def test_every_step_that_grants_or_acts_records_before_it_passes_the_record_on() -> None:
    for (_, event), (state, effects) in TRANSITIONS.items():
        if state is not State.ENDED:
            assert effects[0].value.startswith("record "), event
            assert effects[1] is Effect.PASS_RECORD, event


@pytest.mark.parametrize("state", LIVE)
@pytest.mark.parametrize("reason", EndReason)
def test_a_reason_that_does_not_fit_the_state_becomes_integrity_failed(
    state: State, reason: EndReason
) -> None:
    fits = GRID[state, reason.value] is State.ENDED
    assert fitting(state, reason) is (reason if fits else EndReason.INTEGRITY_FAILED)


def test_a_device_cannot_state_what_only_the_relay_knows() -> None:
    assert {reason.value for reason in RELAY_DECIDES} == {
        "revoked",
        "audit_unavailable",
        "draining",
    }
