"""How many codes and misses are too many (INV-A4, TRUST F)."""

from __future__ import annotations

import pytest

from relay.pin.rules import DAY_MS, HOUR_MS, MINUTE_MS, Kind, Policy, remember, wait_ms

POLICY = Policy()
NOW = 1_790_000_000_000


def after(kind: Kind, *gaps_ms: int) -> tuple[tuple[int, ...], int]:
    """The memory after one event at NOW and one after each gap, and the time of the last."""
    now, times = NOW, remember((), POLICY.limits(kind), NOW)
    for gap in gaps_ms:
        now += gap
        times = remember(times, POLICY.limits(kind), now)
    return times, now


@pytest.mark.parametrize(("misses", "wait"), [(1, 0), (4, 0), (5, 15 * MINUTE_MS)])
def test_the_fifth_miss_in_ten_minutes_costs_a_quarter_of_an_hour(misses: int, wait: int) -> None:
    times, now = after(Kind.MISS, *[1000] * (misses - 1))
    assert wait_ms(times, POLICY.misses, now) == wait


def test_the_wait_ends_exactly_when_it_is_over_and_not_before() -> None:
    times, now = after(Kind.MISS, *[1000] * 4)
    assert wait_ms(times, POLICY.misses, now + 15 * MINUTE_MS - 1) == 1
    assert wait_ms(times, POLICY.misses, now + 15 * MINUTE_MS) == 0


def test_five_misses_spread_over_more_than_ten_minutes_cost_nothing() -> None:
    times, now = after(Kind.MISS, *[150_000] * 4)
    assert wait_ms(times, POLICY.misses, now) == 0


def test_the_twentieth_miss_of_a_day_locks_until_the_first_is_a_day_old() -> None:
    times, now = after(Kind.MISS, *[HOUR_MS] * 19)
    assert wait_ms(times, POLICY.misses, now) == NOW + DAY_MS - now
    assert wait_ms(times, POLICY.misses, NOW + DAY_MS) == 0


def test_nineteen_misses_of_a_day_do_not_lock() -> None:
    times, now = after(Kind.MISS, *[HOUR_MS] * 18)
    assert wait_ms(times, POLICY.misses, now) == 0


def test_waiting_does_not_wipe_the_day_s_count() -> None:
    """INV-A4: four rounds of five misses, each after the full wait, are twenty of the day."""
    gaps = [1000] * 4
    times, now = after(Kind.MISS, *(gaps + ([16 * MINUTE_MS, *gaps] * 3)))
    assert len(times) == 20
    assert wait_ms(times, POLICY.misses, now) > 22 * HOUR_MS


def test_the_eleventh_code_of_an_hour_waits_for_the_first_to_be_an_hour_old() -> None:
    times, now = after(Kind.CODE, *[1000] * 9)
    assert wait_ms(times, POLICY.codes, now) == NOW + HOUR_MS - now


def test_three_failed_runs_cost_a_device_a_quarter_of_an_hour_and_each_further_one_again() -> None:
    times, now = after(Kind.FAILED_RUN, 1000, 1000)
    assert wait_ms(times, POLICY.failed_runs, now) == 15 * MINUTE_MS
    later = now + 16 * MINUTE_MS
    assert wait_ms(times, POLICY.failed_runs, later) == 0
    assert wait_ms(remember(times, POLICY.failed_runs, later), POLICY.failed_runs, later) == 15 * MINUTE_MS


def test_the_memory_stays_as_short_as_its_limits_allow() -> None:
    times, _ = after(Kind.MISS, *[1] * 500)
    assert len(times) == 20


def test_the_sixtieth_miss_of_an_address_makes_it_wait_until_its_first_is_ten_minutes_old() -> None:
    times, now = after(Kind.SOURCE_MISS, *[1000] * 58)
    assert wait_ms(times, POLICY.source_misses, now) == 0
    times, now = after(Kind.SOURCE_MISS, *[1000] * 59)
    assert wait_ms(times, POLICY.source_misses, now) == NOW + 10 * MINUTE_MS - now
    assert wait_ms(times, POLICY.source_misses, NOW + 10 * MINUTE_MS) == 0


def test_an_address_waits_for_no_fewer_misses_than_eleven_technicians_may_make() -> None:
    """INV-A4: one account that guesses up to its own limit does not lock its colleagues out."""
    [alone, _], [together] = POLICY.misses, POLICY.source_misses
    assert together.window_ms == alone.window_ms
    assert together.count > 11 * alone.count


def test_the_alarm_needs_as_many_misses_within_its_window() -> None:
    fast, now = after(Kind.ALARM, *[1000] * 199)
    assert wait_ms(fast, (POLICY.alarm,), now) > 0
    slow, now = after(Kind.ALARM, *[3100] * 199)
    assert wait_ms(slow, (POLICY.alarm,), now) == 0
