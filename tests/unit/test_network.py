"""The verdict on the way to the server: every failure at every stage, and every kind of answer."""

from __future__ import annotations

from itertools import product

import pytest

import locales
from device_agent.network import (
    DOUBT_S,
    ENOUGH,
    LATE_S,
    QUESTIONS,
    REPEATABLE,
    Failure,
    Measured,
    Stage,
    figures,
    findings,
    is_doubtful,
    is_settled,
    verdict,
)
from device_agent.panel_view import Check, Problem

QUICK, LATE = 0.05, LATE_S + 0.01

ALWAYS = {
    Failure.NO_ROUTE: Problem.NO_NETWORK,
    Failure.REFUSED: Problem.SERVER_UNREACHABLE,
    Failure.NOT_YET_VALID: Problem.CLOCK_WRONG,
    Failure.EXPIRED: Problem.CLOCK_WRONG,
    Failure.NOT_TRUSTED: Problem.NOT_SECURE,
    Failure.NOT_OURS: Problem.WRONG_SERVER,
    Failure.BUSY: Problem.BUSY,
}


@pytest.mark.parametrize(("failure", "stage"), tuple(product(ALWAYS, Stage)))
@pytest.mark.parametrize("has_route", [True, False])
def test_some_failures_say_it_all(failure: Failure, stage: Stage, *, has_route: bool) -> None:
    measured = Measured(stage=stage, failure=failure, has_route=has_route)
    assert verdict(measured) is ALWAYS[failure]


@pytest.mark.parametrize("failure", [Failure.NO_NAME, Failure.NO_RESOLVER])
def test_a_name_nobody_knows_is_told_from_a_network_that_is_not_there(failure: Failure) -> None:
    unknown = Measured(stage=Stage.LOOKUP, failure=failure)
    alone = Measured(stage=Stage.LOOKUP, failure=failure, has_route=False)
    assert verdict(unknown) is Problem.SERVER_NOT_FOUND
    assert verdict(alone) is Problem.NO_NETWORK


@pytest.mark.parametrize(
    ("stage", "has_route", "problem"),
    [
        (Stage.CONNECT, False, Problem.NO_NETWORK),
        (Stage.CONNECT, True, Problem.SERVER_UNREACHABLE),
        (Stage.SECURE, True, Problem.SERVER_UNREACHABLE),
        (Stage.GREET, True, Problem.SERVER_UNREACHABLE),
        (Stage.GREET, False, Problem.SERVER_UNREACHABLE),
    ],
)
def test_a_line_cut_while_it_opens(stage: Stage, problem: Problem, *, has_route: bool) -> None:
    assert verdict(Measured(stage=stage, failure=Failure.CUT, has_route=has_route)) is problem


@pytest.mark.parametrize(
    ("stage", "connect", "resent", "problem"),
    [
        (Stage.LOOKUP, None, 0, Problem.SERVER_NOT_FOUND),
        (Stage.CONNECT, None, 0, Problem.SERVER_UNREACHABLE),
        (Stage.SECURE, QUICK, 0, Problem.SERVER_UNREACHABLE),
        (Stage.GREET, QUICK, 1, Problem.SERVER_UNREACHABLE),
        (Stage.SECURE, LATE, 0, Problem.TOO_SLOW),
        (Stage.GREET, LATE, 1, Problem.TOO_SLOW),
        (Stage.SECURE, QUICK, 2, Problem.UNSTEADY),
        (Stage.GREET, LATE, 2, Problem.UNSTEADY),
    ],
)
def test_a_silence_is_judged_by_where_it_began(
    stage: Stage, connect: float | None, resent: int, problem: Problem
) -> None:
    took = {} if connect is None else {Stage.CONNECT: connect}
    measured = Measured(stage=stage, failure=Failure.TIMED_OUT, took=took, resent=resent)
    assert verdict(measured) is problem


@pytest.mark.parametrize("stage", Stage)
def test_a_silence_without_a_network_is_no_network(stage: Stage) -> None:
    measured = Measured(stage=stage, failure=Failure.TIMED_OUT, has_route=False)
    assert verdict(measured) is Problem.NO_NETWORK


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ((), None),
        ((QUICK,) * 4, None),
        ((QUICK,) * 5 + (LATE,) * 3, None),
        ((QUICK,) * 5 + (None,) * 3, None),
        ((QUICK,) * 4 + (LATE,) * 4, Problem.UNSTEADY),
        ((QUICK,) * 4 + (None,) * 4, Problem.UNSTEADY),
        ((QUICK, LATE, None, LATE), Problem.UNSTEADY),
        ((None,) * 8, Problem.UNSTEADY),
        ((LATE,) * 8, Problem.TOO_SLOW),
        ((LATE,) * 7 + (None,), Problem.TOO_SLOW),
        ((LATE_S,) * 8, None),
    ],
)
def test_answers_are_judged_by_how_many_came_in_time(
    answers: tuple[float | None, ...], problem: Problem | None
) -> None:
    assert verdict(Measured(answers=answers)) is problem


def test_a_good_opening_leaves_no_doubt_and_costs_no_look() -> None:
    took = dict.fromkeys(Stage, DOUBT_S)
    assert not is_doubtful(Measured(took=took))
    assert verdict(Measured(took=took)) is None


@pytest.mark.parametrize("stage", Stage)
def test_one_slow_stage_is_a_reason_to_look_closer_unless_it_was_the_look_up(stage: Stage) -> None:
    took = {**dict.fromkeys(Stage, QUICK), stage: DOUBT_S + 0.01}
    assert is_doubtful(Measured(took=took)) is (stage is not Stage.LOOKUP)


def test_one_packet_sent_again_is_a_reason_to_look_closer() -> None:
    assert is_doubtful(Measured(resent=1))


@pytest.mark.parametrize("count", range(QUESTIONS + 1))
def test_a_look_is_over_when_enough_answers_came_and_none_late(count: int) -> None:
    assert is_settled((QUICK,) * count) is (count >= ENOUGH)
    assert not is_settled((*(QUICK,) * count, LATE))
    assert not is_settled((*(QUICK,) * count, None))


@pytest.mark.parametrize("problem", Problem)
def test_what_was_checked_ends_with_what_is_wrong(problem: Problem) -> None:
    found = findings(problem)
    assert [it.check for it in found] == list(Check)[: len(found)]
    assert [it.is_good for it in found] == [True] * (len(found) - 1) + [False] * bool(found)
    if found:
        assert problem in REPEATABLE
        assert locales.load("en", "device").text(f"check.bad.{problem}")


def test_each_check_fails_for_some_problem_and_only_steadiness_is_counted() -> None:
    measured = Measured(answers=(QUICK, None, LATE, LATE))
    last = [found[-1] for problem in Problem if (found := findings(problem, measured))]
    assert {it.check for it in last} == set(Check)
    assert [(it.late, it.asked) for it in last if it.asked] == [(3, 4)]


def test_the_log_is_told_stages_times_and_counts() -> None:
    took = {Stage.LOOKUP: 0.004, Stage.CONNECT: 0.031}
    assert figures(Measured(stage=Stage.SECURE, failure=Failure.EXPIRED, took=took)) == (
        "lookup 0.00 s, connect 0.03 s, secure expired"
    )
    assert figures(Measured(took=took, resent=2, answers=(None, QUICK))) == (
        "lookup 0.00 s, connect 0.03 s, resent 2, late 1 of 2"
    )
    assert figures(Measured()) == "nothing measured"
