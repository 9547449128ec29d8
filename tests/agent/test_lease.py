"""The lease alone: numbers in, verdicts out (seal/SPEC §5)."""

from __future__ import annotations

import pytest

from device_agent.lease import Lease
from seal.errors import SealError
from wire.limits import ALIVE_MOST_S
from wire.reasons import EndReason


def answered(now: float = 0.0) -> Lease:
    lease = Lease(now, relay_heard_at=now)
    lease.pong(lease.ping(now), now)
    return lease


def test_nothing_executes_before_the_first_answer() -> None:
    lease = Lease(0, relay_heard_at=0)
    lease.ping(0)
    assert not lease.holds(0.1)


@pytest.mark.parametrize(("now", "holds"), [(0.0, True), (2.999, True), (3.0, False), (9.0, False)])
def test_it_holds_for_three_seconds_from_the_sending_of_the_ping(now: float, holds: bool) -> None:  # noqa: FBT001 - the expected answer
    lease = answered()
    lease.relay_heard(now)
    assert lease.holds(now) is holds


@pytest.mark.parametrize(("now", "holds"), [(2.999, True), (3.0, False)])
def test_it_holds_for_three_seconds_from_the_relays_ping(now: float, holds: bool) -> None:  # noqa: FBT001 - the expected answer
    lease = Lease(0, relay_heard_at=0)
    lease.pong(lease.ping(now), now)
    assert lease.holds(now) is holds


def test_a_late_pong_counts_from_its_ping() -> None:
    lease = Lease(0, relay_heard_at=0)
    n = lease.ping(0)
    lease.relay_heard(2.9)
    lease.pong(n, 2.9)
    assert lease.holds(2.95)
    lease.relay_heard(3)
    assert not lease.holds(3)


def test_an_old_pong_after_a_newer_one_changes_nothing() -> None:
    lease = Lease(0, relay_heard_at=0)
    first, second = lease.ping(0), lease.ping(1)
    lease.pong(second, 1.02)
    lease.pong(first, 1.5)
    assert lease.rtt_ms == 20
    lease.relay_heard(3.9)
    assert lease.holds(3.9)


@pytest.mark.parametrize("n", [0, 2, 10**6])
def test_a_pong_for_a_ping_never_sent_is_an_error(n: int) -> None:
    with pytest.raises(SealError):
        answered().pong(n, 0.1)


def test_a_pong_for_a_ping_too_old_to_remember_is_only_ignored() -> None:
    lease = Lease(0, relay_heard_at=0)
    for now in range(40):
        lease.ping(now)
    lease.pong(1, 40)
    assert not lease.holds(40)


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (2.999, True), (3.0, False)])
def test_a_command_is_as_fresh_as_the_ping_it_names(age: float, fresh: bool) -> None:  # noqa: FBT001 - the expected answer
    lease = answered()
    assert lease.is_fresh(1, age) is fresh


@pytest.mark.parametrize("hb", [-1, 0, 2])
def test_a_command_that_names_no_ping_of_ours_is_not_fresh(hb: int) -> None:
    assert not answered().is_fresh(hb, 0)


def test_pings_are_due_every_second() -> None:
    lease = Lease(0, relay_heard_at=0)
    assert lease.due(0)
    assert lease.ping(0) == 1
    assert not lease.due(0.99)
    assert lease.due(1)


def test_while_pictures_leave_four_pings_are_due_a_second() -> None:
    lease = Lease(0, relay_heard_at=0)
    for pic, now in enumerate((0.0, 0.25, 0.5, 0.75), start=1):
        lease.picture(pic, now)
        lease.ping(now)
        assert not lease.due(now + 0.24)
        assert lease.due(now + 0.25)
    lease.ping(1.4)
    assert lease.due(1.66), "the newest left within a second"
    lease.ping(1.66)
    lease.acknowledge(4)
    assert not lease.due(2.65)
    assert lease.due(2.66)


def test_four_pings_are_due_a_second_while_the_newest_picture_is_not_drawn_and_not_for_ever() -> None:
    """Else a line that is dead could not be told from one that is asked once a second."""
    lease = Lease(0, relay_heard_at=0)
    lease.picture(1, 1.0)
    for now in (1.0, 2.5, 5.0):
        lease.ping(now)
        assert lease.due(now + 0.25)
    lease.ping(6.0)
    assert not lease.due(6.9)
    lease.picture(2, 7.0)
    lease.acknowledge(2)
    lease.ping(8.1)
    assert not lease.due(9.0)


def test_all_pings_are_remembered_that_an_end_may_still_depend_on() -> None:
    lease = answered()
    lease.relay_heard(9)
    sent = [(lease.ping(0.25 * count), 0.25 * count) for count in range(1, 20)]
    for n, left in sent:
        lease.pong(n, left + 4.7)
        assert lease.verdict(left + 4.74) is None


@pytest.mark.parametrize(
    ("relay_at", "now", "reason"),
    [
        (4.7, 4.74, None),
        (4.7, 4.75, EndReason.TECHNICIAN_LOST),
        (0.0, 4.75, EndReason.RELAY_LOST),
        (4.75, 4.75, EndReason.TECHNICIAN_LOST),
        # The last ping came a moment after the last one that was answered had left: one silence, not two.
        (0.9, 4.75, EndReason.RELAY_LOST),
        (1.75, 4.75, EndReason.RELAY_LOST),
        (1.76, 4.75, EndReason.TECHNICIAN_LOST),
    ],
)
def test_the_verdict_names_who_is_gone(relay_at: float, now: float, reason: EndReason | None) -> None:
    lease = answered()
    lease.relay_heard(relay_at)
    assert lease.verdict(now) is reason


def test_an_acknowledged_picture_puts_off_the_end_from_when_it_left_and_lets_nothing_execute() -> None:
    lease = answered()
    lease.picture(1, 0.5)
    lease.relay_heard(5)
    lease.acknowledge(1)
    assert not lease.holds(3)
    assert lease.verdict(4.75) is None
    assert lease.verdict(5.24) is None
    assert lease.verdict(5.25) is EndReason.TECHNICIAN_LOST


def test_only_pictures_that_left_lately_are_proof() -> None:
    lease = answered()
    lease.relay_heard(5)
    for pic in range(1, 100):
        lease.picture(pic, 1.0)
    for pic in (0, 1, 35, 100, 2**40):
        lease.acknowledge(pic)
    assert lease.verdict(4.75) is EndReason.TECHNICIAN_LOST


def test_an_older_picture_takes_no_proof_back_and_one_silent_relay_is_enough() -> None:
    lease = answered()
    lease.picture(1, 0.5)
    lease.picture(2, 2.0)
    lease.acknowledge(2)
    lease.acknowledge(1)
    lease.relay_heard(5)
    assert lease.verdict(6.7) is None
    lease = answered()
    lease.picture(1, 4.0)
    lease.acknowledge(1)
    assert lease.verdict(4.75) is EndReason.RELAY_LOST


def test_a_relay_that_is_gone_is_blamed_before_the_technician_behind_it() -> None:
    assert answered().verdict(60) is EndReason.RELAY_LOST


def silent_since(lease: Lease, now: float) -> Lease:
    """Its relay goes on, and pings leave; nobody answers any on the socket."""
    lease.relay_heard(now)
    return lease


def test_a_sign_beside_the_socket_puts_off_the_end_and_lets_nothing_execute() -> None:
    lease = answered()
    n = lease.ping(4)
    assert lease.alive(n, 4.1)
    silent_since(lease, 8.7)
    assert lease.verdict(8.7) is None
    assert not lease.holds(4.1)
    silent_since(lease, 8.75)
    assert lease.verdict(8.75) is EndReason.TECHNICIAN_LOST


def test_what_counts_of_a_sign_is_when_its_ping_left_whenever_and_however_often_it_comes() -> None:
    """INV-B3: a relay can save signs up as it can pongs."""
    lease = answered()
    old, n = lease.ping(1), lease.ping(2)
    silent_since(lease, 6.7)
    lease.alive(n, 6.7)
    lease.alive(old, 6.7)
    lease.alive(n, 6.7)
    assert lease.verdict(6.7) is None
    silent_since(lease, 6.75)
    lease.ping(6.75)
    lease.alive(n, 6.75)
    assert lease.verdict(6.75) is EndReason.TECHNICIAN_LOST


def test_signs_stand_in_for_the_socket_for_ten_seconds_and_no_longer() -> None:
    """A connection that is lost for good ends the session, whatever comes beside it."""
    lease = answered()
    for quarter in range(1, int(ALIVE_MOST_S * 4)):
        now = quarter / 4
        silent_since(lease, now).alive(lease.ping(now), now)
        assert lease.verdict(now) is None
    silent_since(lease, ALIVE_MOST_S)
    assert lease.verdict(ALIVE_MOST_S) is EndReason.TECHNICIAN_LOST


@pytest.mark.parametrize("n", [0, 2, 10**6])
def test_a_sign_that_names_a_ping_never_sent_is_an_error(n: int) -> None:
    with pytest.raises(SealError):
        answered().alive(n, 0.1)


def test_a_sign_that_names_a_ping_of_long_ago_changes_nothing() -> None:
    lease = answered()
    for number in range(40):
        lease.ping(1 + number / 1000)
    assert not lease.alive(2, 1.1)
    silent_since(lease, 4.75)
    assert lease.verdict(4.75) is EndReason.TECHNICIAN_LOST


def test_signs_do_not_hide_a_relay_that_is_silent() -> None:
    lease = answered()
    lease.alive(lease.ping(4), 4)
    assert lease.verdict(4.75) is EndReason.RELAY_LOST


@pytest.mark.parametrize(("now", "says"), [(5.74, True), (5.75, False)])
def test_a_sign_of_a_ping_that_says_nothing_of_now_deserves_no_answer(now: float, says: bool) -> None:  # noqa: FBT001 - the expected answer
    """A relay that repeats one sign gets no proof of the device's life for each ping of the session."""
    lease = answered()
    assert lease.alive(lease.ping(1), now) is says


def test_the_newest_ping_that_was_answered_on_the_socket_is_known_by_its_number() -> None:
    lease = Lease(0, relay_heard_at=0)
    assert lease.heard == 0
    first, second = lease.ping(0), lease.ping(1)
    lease.pong(second, 1.1)
    lease.pong(first, 1.2)
    lease.alive(lease.ping(2), 2.1)
    assert lease.heard == second
