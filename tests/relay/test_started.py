"""Commands that take longer: started in their turn, over with one further record (SPEC §6)."""

from __future__ import annotations

import pytest

from relay.session.facts import Side
from tests.relay.kit import Table
from wire.commands import ActionClass, Outcome
from wire.encoding import sha256_b64
from wire.limits import STARTED_AT_ONCE
from wire.reasons import EndReason


def said(
    table: Table,
    frame: bytes,
    outcome: Outcome,
    action_class: ActionClass = ActionClass.ASK,
    path: str = "",
) -> None:
    digest = sha256_b64(frame)
    table.record(
        table.records.action(dts=3, frame=digest, action_class=action_class, path=path, outcome=outcome)
    )


def command(table: Table) -> bytes:
    sent = table.command()
    table.journal.settle()
    return sent


def started() -> tuple[Table, bytes]:
    table = Table().to_active()
    sent = command(table)
    said(table, sent, Outcome.STARTED)
    return table, sent


def reason(table: Table) -> EndReason | None:
    return table.broker.ended.reason if table.broker.ended else None


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.STARTED}))
def test_what_was_started_is_over_with_a_further_record(outcome: Outcome) -> None:
    table, sent = started()
    said(table, sent, outcome)
    table.journal.settle()
    assert reason(table) is None
    assert len(table.console.records) == 4


def test_commands_in_between_are_answered_in_their_own_order() -> None:
    table, sent = started()
    others = [command(table), command(table)]
    said(table, others[0], Outcome.DONE, ActionClass.KEY)
    said(table, sent, Outcome.DONE)
    said(table, others[1], Outcome.DONE, ActionClass.KEY)
    assert reason(table) is None


def test_what_was_started_may_take_longer_than_five_seconds() -> None:
    table, sent = started()
    table.wait(40)
    said(table, sent, Outcome.REFUSED)
    assert reason(table) is None


def test_a_third_record_ends_the_session() -> None:
    table, sent = started()
    said(table, sent, Outcome.DONE)
    said(table, sent, Outcome.DONE)
    assert reason(table) is EndReason.INTEGRITY_FAILED


def test_a_command_started_twice_ends_the_session() -> None:
    table, sent = started()
    said(table, sent, Outcome.STARTED)
    assert reason(table) is EndReason.INTEGRITY_FAILED


@pytest.mark.parametrize(("action_class", "path"), [(ActionClass.KEY, ""), (ActionClass.ASK, "a.b")])
def test_a_record_that_makes_another_command_of_it_ends_the_session(
    action_class: ActionClass, path: str
) -> None:
    table, sent = started()
    said(table, sent, Outcome.DONE, action_class, path)
    assert reason(table) is EndReason.INTEGRITY_FAILED


def test_only_so_many_are_under_way_at_once() -> None:
    """INV-F2: what a device only ever starts takes no memory without end."""
    table = Table().to_active()
    for _ in range(STARTED_AT_ONCE):
        said(table, command(table), Outcome.STARTED)
    assert reason(table) is None
    said(table, command(table), Outcome.STARTED)
    assert reason(table) is EndReason.INTEGRITY_FAILED


def test_a_session_can_end_while_something_is_under_way() -> None:
    table, _ = started()
    table.broker.gone(Side.CONSOLE)
    assert reason(table) is EndReason.TECHNICIAN_LOST
