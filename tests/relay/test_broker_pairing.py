"""From redemption to consent: the key agreement's order, the first records, and every way to fail."""

from __future__ import annotations

import pytest

from relay.ports import Run
from relay.session.facts import Side
from relay.session.machine import State
from tests.relay.kit import BADGE, DEVICE_KEY, FakeLine, Table, frame
from wire.commands import Grant
from wire.encoding import b64, sha256_b64
from wire.frames import Stream
from wire.messages import Abort, Hello, RecordMsg
from wire.reasons import CloseCode, EndReason
from wire.records import RecordWriter


def ended(table: Table) -> list[EndReason]:
    """The reasons recorded; a session has one (INV-B6)."""
    return [reason for reason, _ in table.journal.ends]


def test_the_key_agreement_passes_unchanged_and_in_order() -> None:
    table = Table().sealed()
    assert table.device.said == [table.pake_a, table.confirm]
    assert table.console.said == [table.pake_b]
    assert table.broker.state is State.PAIRING


@pytest.mark.parametrize("early", ["pake_b", "confirm", "record"])
def test_a_message_before_its_turn_is_refused_and_ends_the_pairing(early: str) -> None:
    table = Table().joined()
    offender, other = table.device, table.console
    if early == "pake_b":
        table.says(Side.DEVICE, table.pake_b)
    elif early == "record":
        table.record(b"{}")
    else:
        table.says(Side.CONSOLE, table.confirm)
        offender, other = other, offender
    assert offender.error == ("wrong_state", 4409)
    assert other.told is EndReason.PAIRING_FAILED
    assert ended(table) == [EndReason.PAIRING_FAILED]


@pytest.mark.parametrize("again", ["pake_a", "pake_b", "confirm"])
def test_each_message_of_the_key_agreement_is_taken_once(again: str) -> None:
    table = Table().sealed()
    side = Side.DEVICE if again == "pake_b" else Side.CONSOLE
    sent_before = len(table.console.said) if side is Side.DEVICE else len(table.device.said)
    table.says(side, getattr(table, again))
    offender = table.device if side is Side.DEVICE else table.console
    other = table.console if side is Side.DEVICE else table.device
    assert offender.error == ("wrong_state", 4409)
    assert other.told is EndReason.PAIRING_FAILED
    assert len(other.said) == sent_before + 1  # its end, and nothing of the second run (INV-A7)


def test_a_second_hello_on_the_same_socket_is_refused() -> None:
    table = Table().joined()
    table.says(Side.DEVICE, Hello(hello=table.facts.hello_bytes, sig=bytes(64)))
    assert table.device.error == ("wrong_state", 4409)


@pytest.mark.parametrize("side", Side)
def test_either_end_may_abort_the_pairing(side: Side) -> None:
    table = Table().joined()
    table.says(side, Abort())
    assert (table.device.told, table.console.told) == (EndReason.PAIRING_FAILED,) * 2


def test_a_devices_abort_after_paired_is_out_of_place() -> None:
    table = Table().to_consent()
    table.says(Side.DEVICE, Abort())
    assert table.device.error == ("wrong_state", 4409)
    assert table.console.told is EndReason.INTEGRITY_FAILED


@pytest.mark.parametrize("table", [Table().to_consent(), Table().to_active()], ids=["consent", "active"])
def test_a_technician_who_leaves_before_hearing_of_paired_breaks_no_rule(table: Table) -> None:
    table.says(Side.CONSOLE, Abort())
    assert (table.device.told, table.console.told) == (EndReason.TECHNICIAN_LOST,) * 2


@pytest.mark.parametrize("side", Side)
def test_no_frame_may_come_before_the_key_agreement_is_over(side: Side) -> None:
    table = Table().joined()
    table.says(Side.CONSOLE, table.pake_a)
    table.says(Side.DEVICE, table.pake_b)
    early = Stream.D2T_CONTROL if side is Side.DEVICE else Stream.T2D_CONTROL
    table.broker.receive(side, frame(early, 0))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_paired_is_durable_before_the_console_hears_of_it() -> None:
    table = Table().sealed()
    record = table.paired()
    assert table.console.records == []
    table.journal.settle()
    assert table.console.records == [record]
    assert table.journal.written[-1] == "paired 0"


def test_a_sealed_message_does_not_overtake_the_record_it_speaks_of() -> None:
    table = Table().sealed()
    record = table.paired()
    sealed = frame(Stream.D2T_CONTROL, 0)
    table.broker.receive(Side.DEVICE, sealed)
    assert table.console.frames == []
    table.journal.settle()
    assert table.console.sent[-2:] == [RecordMsg(rec=record), sealed]


def test_another_badge_than_the_redeeming_one_is_refused() -> None:
    """One technician cannot redeem and another drive."""
    table = Table().sealed()
    auth = table.command()
    table.journal.settle()
    table.record(table.records.paired(dts=1, frame=sha256_b64(auth), badge=b64(bytes(32))))
    assert ended(table) == [EndReason.BADGE_REFUSED]
    assert table.console.records == []


def test_a_record_of_another_key_agreement_is_refused() -> None:
    """INV-C1: the signature covers TH, so a record cannot be carried over from elsewhere."""
    table = Table().sealed()
    auth = table.command()
    table.journal.settle()
    foreign = RecordWriter(bytes(64), DEVICE_KEY.sign)
    table.record(foreign.paired(dts=1, frame=sha256_b64(auth), badge=BADGE))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_paired_must_name_a_frame_that_was_logged_and_forwarded() -> None:
    table = Table().sealed()
    auth = table.command()  # received, not yet durable
    table.record(table.records.paired(dts=1, frame=sha256_b64(auth), badge=BADGE))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_a_device_that_refuses_the_badge_says_so_in_its_first_record() -> None:
    table = Table().sealed()
    auth = table.command()
    table.journal.settle()
    record = table.records.end(dts=1, reason=EndReason.BADGE_REFUSED, frame=sha256_b64(auth))
    table.record(record)
    assert table.journal.ends == [(EndReason.BADGE_REFUSED, record)]
    assert table.console.records == [record]
    assert table.console.told is EndReason.BADGE_REFUSED


def test_pairing_takes_thirty_seconds_and_no_longer() -> None:
    table = Table().joined()
    table.wait(29.75)
    assert not ended(table)
    table.wait(0.25)
    assert ended(table) == [EndReason.PAIRING_FAILED]


def test_a_console_that_never_comes_ends_the_pairing_as_well() -> None:
    table = Table()
    table.wait(30)
    assert ended(table) == [EndReason.PAIRING_FAILED]
    assert table.device.told is EndReason.PAIRING_FAILED


def test_a_console_that_joins_an_ended_session_is_told_its_end() -> None:
    table = Table()
    table.broker.gone(Side.DEVICE)
    table.joined()
    assert table.console.told is EndReason.DEVICE_LOST


def test_the_first_consent_with_a_grant_makes_the_session_active() -> None:
    table = Table().to_consent()
    record = table.consent(Grant.KEYS)
    assert table.console.records[1:] == []
    table.journal.settle()
    assert table.broker.state is State.ACTIVE
    assert table.console.records[1:] == [record]
    assert table.journal.written[-1] == "consent 1 first"


def test_a_refusal_is_passed_on_and_the_device_ends_it() -> None:
    table = Table().to_consent()
    refusal = table.consent()
    table.journal.settle()
    assert table.broker.state is State.CONSENT
    end = table.records.end(dts=3, reason=EndReason.CONSENT_REFUSED)
    table.record(end)
    assert table.console.records[1:] == [refusal, end]
    assert ended(table) == [EndReason.CONSENT_REFUSED]


def test_after_a_refusal_no_grant_can_follow() -> None:
    """INV-A6: no answer is no, and a no stays a no in this session."""
    table = Table().to_consent()
    table.consent()
    table.consent(Grant.VIEW)
    assert ended(table) == [EndReason.INTEGRITY_FAILED]
    assert table.broker.state is State.ENDED


def test_a_refusal_without_an_end_record_ends_all_the_same() -> None:
    table = Table().to_consent()
    table.consent()
    table.journal.settle()
    table.wait(5)
    assert ended(table) == [EndReason.CONSENT_REFUSED]


def test_consent_takes_sixty_seconds_and_no_longer() -> None:
    """Two seconds more, in which the device may end it with its signed word (decision 0011)."""
    table = Table().to_consent()
    table.wait(61.75)
    assert not ended(table)
    table.wait(0.25)
    assert ended(table) == [EndReason.CONSENT_TIMEOUT]


def test_a_command_before_consent_may_be_refused_by_the_device_but_not_executed() -> None:
    table = Table().to_consent()
    early = table.command()
    table.journal.settle()
    table.action(early)
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("no json", "bad_message"),
        ('{"t":"pake_x"}', "bad_message"),
        ('{"t":"pake_a","hello":"!","y":"!"}', "bad_message"),
        ("[]", "bad_message"),
        ('"\\ud800"', "bad_message"),
    ],
)
@pytest.mark.parametrize("side", Side)
def test_a_malformed_message_is_answered_and_ends_the_session(side: Side, data: str, code: str) -> None:
    """INV-F1."""
    table = Table().joined()
    table.broker.receive(side, data)
    offender = table.device if side is Side.DEVICE else table.console
    assert offender.error == (code, 4400)
    assert ended(table) == [EndReason.PAIRING_FAILED]


@pytest.mark.parametrize("side", Side)
def test_an_oversized_text_closes_with_1009(side: Side) -> None:
    table = Table().joined()
    table.broker.receive(side, '"' + "x" * 16_384 + '"')
    offender = table.device if side is Side.DEVICE else table.console
    assert offender.closed is CloseCode.TOO_BIG
    assert offender.error is None
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_a_hello_of_another_suite_is_refused() -> None:
    """INV-C2: there is nothing to fall back to."""
    table = Table().joined()
    other = table.hello_t.replace(b"CPACE-X25519-SHA512", b"CPACE-X25519-SHA256")
    table.says(Side.CONSOLE, type(table.pake_a)(hello=other, y=table.pake_a.y))
    assert table.console.error == ("bad_message", 4400)
    assert table.device.told is EndReason.PAIRING_FAILED


def test_nothing_passes_after_the_end() -> None:
    table = Table().joined()
    table.broker.gone(Side.CONSOLE)
    before = list(table.device.sent)
    table.says(Side.CONSOLE, table.pake_a)
    assert table.device.sent == before
    assert table.broker.state is State.ENDED


def test_a_line_of_the_kit_takes_nothing_once_it_is_closed() -> None:
    line = FakeLine()
    line.close(None, CloseCode.ENDED, 0.0)
    line.say(Abort())
    assert line.sent == []


@pytest.mark.parametrize(
    ("reached", "reason", "run"),
    [
        ("joined", EndReason.PAIRING_FAILED, Run.DROPPED),
        ("joined", EndReason.TECHNICIAN_LOST, Run.DROPPED),
        ("sealed", EndReason.PAIRING_FAILED, Run.FAILED),
        ("sealed", EndReason.TECHNICIAN_LOST, Run.FAILED),
        ("sealed", EndReason.INTEGRITY_FAILED, Run.FAILED),
        ("joined", EndReason.REVOKED, Run.DROPPED),
        ("sealed", EndReason.REVOKED, Run.FAILED),
        ("sealed", EndReason.DEVICE_LOST, None),
        ("sealed", EndReason.DRAINING, None),
        ("sealed", EndReason.BADGE_REFUSED, None),
        ("to_consent", EndReason.TECHNICIAN_LOST, None),
        ("to_consent", EndReason.REVOKED, None),
        ("to_active", EndReason.INTEGRITY_FAILED, None),
    ],
)
def test_leaving_before_paired_counts_as_a_failed_run(
    reached: str, reason: EndReason, run: Run | None
) -> None:
    """INV-A4: who has seen the device's tag and hangs up, or signs out, has made a guess."""
    table: Table = getattr(Table(), reached)()
    table.broker.end(reason)
    assert table.journal.runs == [run]
