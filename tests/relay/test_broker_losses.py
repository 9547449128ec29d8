"""Whom the relay calls lost: who fell silent or closed, if no other's silence and no sleep explains it."""

from __future__ import annotations

import pytest

from relay.session.awake import Awake
from relay.session.facts import Side
from relay.session.machine import State
from tests.relay.kit import FakeClock, Table
from wire.reasons import EndReason


def ended(table: Table) -> list[EndReason]:
    """The reasons recorded; a session has one (INV-B6)."""
    return [reason for reason, _ in table.journal.ends]


@pytest.mark.parametrize(
    ("silent", "reason"),
    [(Side.DEVICE, EndReason.DEVICE_LOST), (Side.CONSOLE, EndReason.TECHNICIAN_LOST)],
)
def test_silence_ends_the_session_within_five_seconds(silent: Side, reason: EndReason) -> None:
    """INV-B2, INV-B3."""
    table = Table().to_active()
    other = Side.CONSOLE if silent is Side.DEVICE else Side.DEVICE
    for _ in range(18):
        table.clock.advance(0.25)
        table.broker.heard(other)
        table.broker.tick(table.clock.s)
    assert not ended(table)
    table.clock.advance(0.25)
    table.broker.heard(other)
    table.broker.tick(table.clock.s)
    assert ended(table) == [reason]


@pytest.mark.proves("P10")
@pytest.mark.parametrize(
    ("side", "reason"),
    [(Side.DEVICE, EndReason.DEVICE_LOST), (Side.CONSOLE, EndReason.TECHNICIAN_LOST)],
)
@pytest.mark.parametrize("reached", ["joined", "sealed", "to_consent", "to_active"])
def test_a_closed_socket_ends_the_session_at_once_in_every_state(
    side: Side, reason: EndReason, reached: str
) -> None:
    """INV-A8, INV-B2, INV-B3: there is no way back."""
    table: Table = getattr(Table(), reached)()
    table.broker.gone(side)
    assert ended(table) == [reason]
    assert table.broker.state is State.ENDED
    assert table.over == [table.broker]


@pytest.mark.parametrize("side", list(Side))
def test_a_relay_that_slept_says_of_nobody_else_that_they_were_gone(side: Side) -> None:
    """INV-B6: the reason is true."""
    table = Table().to_active()
    table.asleep = True
    table.broker.gone(side)
    assert ended(table) == [EndReason.RELAY_LOST]


def test_a_relay_that_slept_ends_its_sessions_when_it_wakes() -> None:
    table = Table().to_active()
    table.asleep = True
    table.broker.heard(Side.DEVICE)
    table.broker.heard(Side.CONSOLE)
    table.broker.tick(table.clock.s)
    assert ended(table) == [EndReason.RELAY_LOST]


def test_the_devices_own_reason_counts_also_after_the_relay_slept() -> None:
    table = Table().to_active()
    table.asleep = True
    table.record(table.records.end(dts=4, reason=EndReason.CUSTOMER_STOPPED, frame=""))
    assert ended(table) == [EndReason.CUSTOMER_STOPPED]


@pytest.mark.parametrize(("missed_s", "slept"), [(4.5, False), (4.75, True)])
def test_a_process_that_misses_as_many_ticks_as_end_a_session_has_slept(missed_s: float, slept: bool) -> None:  # noqa: FBT001 - the expected answer
    clock = FakeClock()
    awake = Awake(clock)
    clock.advance(60)
    assert not awake.has_slept()
    awake.ticked(clock.s)
    clock.advance(missed_s)
    assert awake.has_slept() is slept


@pytest.mark.parametrize(
    ("first", "reason"),
    [(Side.DEVICE, EndReason.TECHNICIAN_LOST), (Side.CONSOLE, EndReason.DEVICE_LOST)],
)
def test_who_hangs_up_because_the_other_fell_silent_is_not_the_one_who_was_lost(
    first: Side, reason: EndReason
) -> None:
    """INV-B6: the reason is true."""
    table = Table().to_active()
    for _ in range(12):
        table.clock.advance(0.25)
        table.broker.heard(first)
        table.broker.tick(table.clock.s)
    table.broker.gone(first)
    assert ended(table) == [reason]


def test_a_pause_of_two_pings_blames_nobody_but_who_leaves() -> None:
    table = Table().to_active()
    table.clock.advance(2.75)
    table.broker.gone(Side.CONSOLE)
    assert ended(table) == [EndReason.TECHNICIAN_LOST]
