"""A technician asks for more: one question, the customer's own answer, slower after each no."""

from __future__ import annotations

import pytest

from seal import messages as sealed
from tests.agent.console_twin import ALL, Issuer, Technician
from tests.agent.fakes_able import FakeAble
from tests.agent.stage import ORIGIN, Stage
from wire.commands import ActionCause, ActionClass, Grant, Outcome, RemoteKey
from wire.encoding import sha256_b64
from wire.limits import ASK_AGAIN_S
from wire.reasons import EndReason
from wire.records import ActionRecord, ConsentRecord, EndRecord


def ask(stage: Stage, *grants: Grant, hb: int | None = None) -> ActionRecord:
    beat = stage.twin.newest_ping if hb is None else hb
    frame = stage.twin.command(sealed.Ask(asks=tuple(sorted(grants)), hb=beat))
    stage.to_device(frame)
    record = stage.twin.records[-1]
    assert isinstance(record, ActionRecord)
    assert (record.action_class, record.frame) == (ActionClass.ASK, sha256_b64(frame))
    return record


def answer(stage: Stage, *grants: Grant, said: bool = True) -> tuple[ConsentRecord, ActionRecord]:
    stage.session.answer(grants, said=said)
    stage.settle()
    consent, action = stage.twin.records[-2:]
    assert isinstance(consent, ConsentRecord)
    assert isinstance(action, ActionRecord)
    return consent, action


def viewing() -> Stage:
    return Stage(able=FakeAble()).activate(Grant.VIEW)


def test_a_yes_gives_what_was_asked_besides_what_was_given() -> None:
    stage = viewing()
    asked = ask(stage, Grant.KEYS, Grant.VIEW)
    assert (asked.outcome, asked.cause) == (Outcome.STARTED, None)
    assert stage.host.asked == [(Grant.KEYS,)]
    consent, action = answer(stage, Grant.KEYS)
    assert consent.grants == (Grant.KEYS, Grant.VIEW)
    assert (action.outcome, action.frame) == (Outcome.DONE, asked.frame)
    stage.to_device(stage.twin.press(RemoteKey.UP))
    assert stage.device.pressed == [("up", frozenset({Grant.KEYS, Grant.VIEW}))]


def test_asking_gives_nothing_by_itself() -> None:
    """INV-A6: no answer, no grant."""
    stage = viewing()
    ask(stage, Grant.KEYS)
    stage.to_device(stage.twin.press(RemoteKey.UP))
    record = stage.twin.records[-1]
    assert isinstance(record, ActionRecord)
    assert record.cause is ActionCause.NOT_GRANTED
    assert stage.device.pressed == []


@pytest.mark.parametrize(("said", "cause"), [(True, ActionCause.DECLINED), (False, ActionCause.UNANSWERED)])
def test_a_no_leaves_the_grants_as_they_were(*, said: bool, cause: ActionCause) -> None:
    stage = viewing()
    asked = ask(stage, Grant.KEYS)
    consent, action = answer(stage, said=said)
    assert consent.grants == (Grant.VIEW,)
    assert (action.outcome, action.cause, action.frame) == (Outcome.REFUSED, cause, asked.frame)


def test_the_customer_can_give_a_part_and_never_more_than_was_asked() -> None:
    stage = viewing()
    ask(stage, Grant.KEYS, Grant.SETTINGS)
    consent, _ = answer(stage, Grant.SETTINGS, Grant.SOUND)
    assert consent.grants == (Grant.SETTINGS, Grant.VIEW)


def test_a_yes_to_more_is_no_yes_to_longer() -> None:
    """INV-B5."""
    stage = viewing()
    stage.pass_time(300)
    ask(stage, Grant.KEYS)
    left = stage.session.seconds_granted
    consent, _ = answer(stage, Grant.KEYS)
    assert consent.for_s == 1500
    assert stage.session.seconds_granted <= left


def test_one_question_at_a_time() -> None:
    stage = viewing()
    ask(stage, Grant.KEYS)
    second = ask(stage, Grant.SETTINGS)
    assert (second.outcome, second.cause) == (Outcome.REFUSED, ActionCause.ASKING)
    assert len(stage.host.asked) == 1


def test_no_question_over_a_page_the_customer_has_open() -> None:
    stage = viewing()
    stage.host.can_ask = False
    assert ask(stage, Grant.KEYS).cause is ActionCause.ASKING
    stage.host.can_ask = True
    assert ask(stage, Grant.KEYS).outcome is Outcome.STARTED


def test_no_question_before_the_first_answer() -> None:
    stage = Stage().pair()
    assert ask(stage, Grant.KEYS).cause is ActionCause.ASKING
    assert stage.host.asked == []


def test_what_is_given_already_is_not_asked_again() -> None:
    stage = viewing()
    assert ask(stage, Grant.VIEW).cause is ActionCause.CANNOT
    assert stage.host.asked == []


def test_a_question_beyond_the_badge_never_reaches_the_customer() -> None:
    issuer = Issuer()
    narrow = Technician.of(issuer, aud=ORIGIN, now_s=1_790_000_000, changes={"scopes": ("keys", "view")})
    stage = Stage(issuer=issuer, technician=narrow, asks=(Grant.VIEW,)).activate(Grant.VIEW)
    assert ask(stage, Grant.KEYS, Grant.SETTINGS).cause is ActionCause.SCOPES
    assert stage.host.asked == []


def test_after_each_no_the_next_question_waits_twice_as_long() -> None:
    """INV-A6: a repeat request after a refusal is rate-limited."""
    stage = viewing()
    for wait in (ASK_AGAIN_S, 2 * ASK_AGAIN_S, 4 * ASK_AGAIN_S):
        assert ask(stage, Grant.KEYS).outcome is Outcome.STARTED
        answer(stage)
        stage.pass_time(wait - 1)
        assert ask(stage, Grant.KEYS).cause is ActionCause.TOO_SOON
        stage.pass_time(1)
    assert len(stage.host.asked) == 3


def test_a_late_question_is_not_asked() -> None:
    stage = viewing()
    assert ask(stage, Grant.KEYS, hb=0).outcome is Outcome.LATE
    assert stage.host.asked == []


def test_an_answer_without_a_question_gives_nothing() -> None:
    stage = viewing()
    before = len(stage.twin.records)
    stage.session.answer(ALL, said=True)
    stage.settle()
    assert len(stage.twin.records) == before


def test_a_session_that_ends_meanwhile_answers_nothing_any_more() -> None:
    stage = viewing()
    ask(stage, Grant.KEYS)
    stage.session.stop(EndReason.CUSTOMER_STOPPED)
    stage.session.answer((Grant.KEYS,), said=True)
    stage.settle()
    assert isinstance(stage.twin.records[-1], EndRecord)
