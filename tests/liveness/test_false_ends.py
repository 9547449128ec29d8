"""A session in which nobody falls silent lives through a bad link, and ends soon where somebody does.

At 2 % loss and 200 ms of round trip on one link: at most one false end in a hundred hours (INV-B2, INV-B3).
"""

from __future__ import annotations

import os
import random

import pytest

from device_agent.agent import TICK_S
from tests.liveness.lossy import Chance, Stream
from tests.liveness.session import LivingSession, Weather

PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"
HOURS = 1_000 if PROVING else 120
HOURS_PER_END = 100

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "weather", [Weather(technician=True), Weather(tv=True)], ids=["the technician's link", "the TV's link"]
)
@pytest.mark.parametrize("seed", [1, 2] if PROVING else [1])
def test_a_bad_link_ends_a_living_session_once_in_a_hundred_hours_at_most(
    weather: Weather, seed: int
) -> None:
    ends = LivingSession(weather, random.Random(seed)).run(HOURS)
    assert len(ends) <= HOURS / HOURS_PER_END, (seed, ends)


@pytest.mark.parametrize("weather", [Weather(tv=True, round_trip_s=0.4, linear=False)])
def test_the_same_hours_find_sockets_whose_pauses_double(weather: Weather) -> None:
    """What the option of SPEC §5.3 is for, and that the play can find false ends at all."""
    ends = LivingSession(weather, random.Random(1)).run(HOURS)
    assert len(ends) > HOURS / HOURS_PER_END


def test_with_the_option_a_tv_bears_twice_the_distance() -> None:
    ends = LivingSession(Weather(tv=True, round_trip_s=0.4), random.Random(1)).run(HOURS)
    assert len(ends) <= HOURS / HOURS_PER_END, ends


@pytest.mark.parametrize("round_trip_s", [0.2, 0.4])
def test_packets_lost_once_end_nothing_even_if_it_happens_to_each(round_trip_s: float) -> None:
    """So that time with no worse loss need not be played."""
    weather = Weather(technician=True, tv=True, linear=False, round_trip_s=round_trip_s)
    session = LivingSession(weather, random.Random(1))
    session.lose = lambda: 1
    assert [session.tick() for _ in range(600)] == [None] * 600


@pytest.mark.parametrize("seed", range(20))
def test_a_silence_ends_it_within_five_seconds_however_the_link_was(seed: int) -> None:
    session = LivingSession(Weather(technician=True, tv=True), random.Random(seed))
    session.run(0.01)
    session.cut()
    silent_at, reason = session.now, None
    while reason is None:
        reason = session.tick()
    assert session.now - silent_at <= 5


@pytest.mark.parametrize(
    ("linear", "waits"),
    [(False, [0, 0.4, 1.2, 2.8, 6.0]), (True, [0, 0.4, 0.8, 1.2, 1.6])],
    ids=["doubling", "linear"],
)
def test_a_packet_comes_later_the_more_often_it_is_lost(linear: bool, waits: list[float]) -> None:  # noqa: FBT001 - which kind of socket
    stream = Stream(0.2, linear=linear)
    assert [stream.delay(losses) for losses in range(5)] == pytest.approx(waits)


def test_after_six_times_a_linear_socket_doubles_too() -> None:
    assert Stream(0.2, linear=True).delay(8) == pytest.approx(0.4 * (6 + 2 + 4))


def test_what_was_sent_meanwhile_waits_for_what_is_missing() -> None:
    stream = Stream(0.2, linear=False)
    assert stream.send(10, 2) == pytest.approx(11.3)
    assert stream.send(10.2, 0) == pytest.approx(11.3)  # was there, and had to wait
    assert stream.send(10.9, 0) == pytest.approx(11.5)  # left when the missing one was acknowledged
    assert stream.send(12, 0) == pytest.approx(12.1)


def test_chance_loses_as_often_as_it_should() -> None:
    chance = Chance(random.Random(3), 0.02)
    drawn = [chance.draw() for _ in range(400_000)]
    assert sum(drawn.count(times) for times in (1, 2, 3, 4)) / len(drawn) == pytest.approx(0.02, rel=0.05)
    assert sum(times >= 2 for times in drawn) / len(drawn) == pytest.approx(0.0004, rel=0.2)


def test_a_tick_is_what_the_agent_sleeps() -> None:
    session = LivingSession(Weather(), random.Random(0))
    before = session.now
    session.tick()
    assert session.now - before == TICK_S
