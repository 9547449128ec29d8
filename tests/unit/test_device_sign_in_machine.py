"""The life of a sign-in on a television: every state with every event, every state with every question."""

from __future__ import annotations

import itertools

import pytest

from identity.device_sign_in.machine import Answer, Event, Poll, State, after, asked, before
from identity.device_sign_in.rules import ALPHABET, read_user_code, shown

MOVES = {
    (State.PENDING, Event.APPROVE): State.APPROVED,
    (State.PENDING, Event.DENY): State.DENIED,
    (State.PENDING, Event.EXPIRE): State.EXPIRED,
    (State.APPROVED, Event.REDEEM): State.USED,
    (State.APPROVED, Event.EXPIRE): State.EXPIRED,
}
NOW, END = 1_000_000, 1_600_000


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_every_event_in_every_state(state: State, event: Event) -> None:
    """Who has decided has decided; nothing leads out of denied, used and expired."""
    assert after(state, event) is MOVES.get((state, event))
    assert (state in before(event)) == ((state, event) in MOVES)


@pytest.mark.parametrize(
    ("state", "in_time", "too_late"),
    [
        (State.PENDING, Answer.PENDING, Answer.EXPIRED),
        (State.APPROVED, Answer.TOKEN, Answer.EXPIRED),
        (State.DENIED, Answer.DENIED, Answer.DENIED),
        (State.USED, Answer.SPENT, Answer.SPENT),
        (State.EXPIRED, Answer.EXPIRED, Answer.EXPIRED),
    ],
)
def test_what_a_device_hears_in_every_state(state: State, in_time: Answer, too_late: Answer) -> None:
    """RFC 8628 §3.5."""
    for now, expected in ((END - 1, in_time), (END, too_late)):
        assert asked(state, now=now, expires_at=END, polled_at=None, interval_s=5) == Poll(expected, 5)


@pytest.mark.parametrize(("gap_ms", "slow"), [(0, True), (4_999, True), (5_000, False), (60_000, False)])
def test_a_question_before_its_time_costs_five_seconds(gap_ms: int, *, slow: bool) -> None:
    said = asked(State.PENDING, now=NOW, expires_at=END, polled_at=NOW - gap_ms, interval_s=5)
    assert said == (Poll(Answer.SLOW_DOWN, 10) if slow else Poll(Answer.PENDING, 5))


def test_who_was_allowed_is_told_so_however_soon_they_ask() -> None:
    said = asked(State.APPROVED, now=NOW, expires_at=END, polled_at=NOW, interval_s=5)
    assert said.answer is Answer.TOKEN


def test_every_answer_but_the_token_is_a_word_of_the_rfcs() -> None:
    words = {answer.value for answer in Answer if answer is not Answer.TOKEN}
    assert words == {
        "authorization_pending",
        "slow_down",
        "access_denied",
        "expired_token",
        "invalid_grant",
    }


@pytest.mark.parametrize(
    "typed",
    ["BCDF-GHJK", "bcdf-ghjk", "bcdfghjk", " bcdf ghjk ", "BC DF\u2013GH JK", "b-c-d-f-g-h-j-k"],
)
def test_spaces_dashes_and_small_letters_are_forgiven(typed: str) -> None:
    assert read_user_code(typed) == "BCDFGHJK"


@pytest.mark.parametrize(
    "typed", ["", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJ0", "BCDF-GHJA", "ßBCDFGH", "B" * 65]
)
def test_anything_else_is_no_code(typed: str) -> None:
    assert read_user_code(typed) is None


def test_the_alphabet_makes_no_words_and_no_look_alikes() -> None:
    """RFC 8628 §6.1; R18's lesson."""
    assert len(set(ALPHABET)) == 20
    assert not set(ALPHABET) & set("AEIOUY0123456789")
    assert read_user_code(shown("BCDFGHJK")) == "BCDFGHJK"
