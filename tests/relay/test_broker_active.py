"""An active session: what is forwarded when, and every limit and loss that ends it, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relay.session.facts import Limits, Side
from relay.session.machine import RELAY_DECIDES
from tests.relay.kit import Table, frame
from wire.commands import Grant, Outcome
from wire.encoding import sha256_b64
from wire.frames import FROM_CONSOLE, FROM_DEVICE, FROM_DEVICE_DIRECT, Stream
from wire.limits import CONTROL_FRAMES_BURST, LINK_FRAMES_BURST, SEQ_LIMIT, TEXT_MESSAGES_BURST
from wire.messages import Ended, RecordMsg
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import Callable


def ended(table: Table) -> list[EndReason]:
    """The reasons recorded; a session has one (INV-B6)."""
    return [reason for reason, _ in table.journal.ends]


def test_a_command_is_durable_before_the_device_gets_it() -> None:
    """INV-D1."""
    table = Table().to_active()
    before = list(table.device.frames)
    command = table.command()
    assert table.device.frames == before
    table.journal.settle()
    assert table.device.frames == [*before, command]
    assert table.journal.written[-1] == f"frame 1 {sha256_b64(command)}"


def test_a_command_that_cannot_be_recorded_is_never_forwarded() -> None:
    """INV-D1, INV-H2."""
    table = Table().to_active()
    before = list(table.device.frames)
    table.command()
    table.journal.fail()
    table.journal.settle()
    assert table.device.frames == before
    assert ended(table) == [EndReason.AUDIT_UNAVAILABLE]
    assert (table.device.told, table.console.told) == (EndReason.AUDIT_UNAVAILABLE,) * 2


def test_a_command_on_its_way_to_the_log_dies_with_the_session() -> None:
    table = Table().to_active()
    before = list(table.device.frames)
    table.command()
    table.broker.end(EndReason.CUSTOMER_STOPPED)
    table.journal.settle()
    assert table.device.frames == before


def test_that_the_customer_hid_the_screen_is_durable_before_the_console_hears_of_it() -> None:
    """INV-D1."""
    table = Table().to_active()
    before = list(table.console.sent)
    table.hide(hidden=True)
    assert table.console.sent == before
    table.journal.settle()
    assert table.journal.written[-1] == "hide 2"
    assert len(table.console.sent) == len(before) + 1
    table.hide(hidden=False)
    assert ended(table) == []


def test_a_hide_before_the_customers_answer_ends_the_session() -> None:
    table = Table().to_consent()
    table.hide(hidden=True)
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_a_link_frame_is_forwarded_at_once_and_not_recorded() -> None:
    table = Table().to_active()
    written = list(table.journal.written)
    pong = frame(Stream.T2D_LINK, 0)
    table.broker.receive(Side.CONSOLE, pong)
    assert table.device.frames[-1] == pong
    table.journal.settle()
    assert table.journal.written == written


def test_an_action_is_durable_before_the_console_hears_of_it() -> None:
    table = Table().to_active()
    command = table.command()
    table.journal.settle()
    record = table.action(command)
    assert record not in table.console.records
    table.journal.settle()
    assert table.console.records[-1] == record


@pytest.mark.proves("G6", by="pictures pass without a consent on record")
def test_pictures_pass_only_while_a_consent_to_view_is_on_record() -> None:
    """INV-A6: a picture before it, or after `view` is taken back, goes nowhere."""
    table = Table().to_consent()
    table.broker.receive(Side.DEVICE, frame(Stream.D2T_PICTURE_WS, 0))
    table.consent(Grant.KEYS, Grant.VIEW)
    table.broker.receive(Side.DEVICE, frame(Stream.D2T_PICTURE_WS, 1))
    assert table.console.pictures == []
    table.journal.settle()
    table.broker.receive(Side.DEVICE, shown := frame(Stream.D2T_PICTURE_WS, 2))
    table.consent(Grant.KEYS)
    table.journal.settle()
    table.broker.receive(Side.DEVICE, frame(Stream.D2T_PICTURE_WS, 3))
    assert table.console.pictures == [shown]


def test_sound_passes_only_while_a_consent_to_it_is_on_record() -> None:
    """INV-A6: who lets the screen be seen has not let it be heard."""
    table = Table().to_consent()
    table.broker.receive(Side.DEVICE, frame(Stream.D2T_SOUND_WS, 0))
    for seq, grants in enumerate([(Grant.VIEW,), (Grant.SOUND, Grant.VIEW), (Grant.VIEW,)], start=1):
        table.consent(*grants)
        table.journal.settle()
        table.broker.receive(Side.DEVICE, frame(Stream.D2T_SOUND_WS, seq))
    assert table.console.sound == [frame(Stream.D2T_SOUND_WS, 2)]
    assert table.console.pictures == []


@pytest.mark.parametrize("stream", [Stream.D2T_PICTURE_WS, Stream.D2T_SOUND_WS])
def test_pictures_and_sound_may_leave_gaps_but_never_go_back(stream: Stream) -> None:
    table = Table().to_active()
    table.broker.receive(Side.DEVICE, frame(stream, 7))
    assert not ended(table)
    table.broker.receive(Side.DEVICE, frame(stream, 7))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


@pytest.mark.parametrize("stream", FROM_DEVICE_DIRECT)
@pytest.mark.parametrize("side", Side)
def test_what_belongs_on_a_data_channel_does_not_pass_the_relay(stream: Stream, side: Side) -> None:
    table = Table().to_active()
    table.broker.receive(side, frame(stream, 0))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


@pytest.mark.parametrize("stream", [Stream.T2D_CONTROL, Stream.T2D_LINK, Stream.D2T_CONTROL])
@pytest.mark.parametrize("jump", [-1, 1])
def test_a_gap_or_a_replay_on_an_ordered_stream_ends_the_session(stream: Stream, jump: int) -> None:
    """INV-B4, INV-C1."""
    table = Table().to_active()
    side = Side.CONSOLE if stream in FROM_CONSOLE else Side.DEVICE
    start = table.control_seq if stream is Stream.T2D_CONTROL else 0
    table.broker.receive(side, frame(stream, start))
    forwarded = len(table.device.frames) + len(table.console.frames)
    table.broker.receive(side, frame(stream, start + 1 + jump))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]
    assert len(table.device.frames) + len(table.console.frames) == forwarded


@pytest.mark.parametrize("stream", Stream)
def test_a_frame_of_the_other_direction_ends_the_session(stream: Stream) -> None:
    """INV-C1: nothing can be reflected."""
    table = Table().to_active()
    side = Side.CONSOLE if stream in FROM_DEVICE else Side.DEVICE
    table.broker.receive(side, frame(stream, 0))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: b"",
        lambda good: good[:27],
        lambda good: b"\x02" + good[1:],
        lambda good: good[:1] + b"\x08" + good[2:],
        lambda good: good[:3] + b"\x01" + good[4:],
        lambda good: good + bytes(16_640),
    ],
    ids=["empty", "short", "version", "reserved stream", "epoch", "long"],
)
def test_a_frame_of_the_wrong_form_ends_the_session(spoil: Callable[[bytes], bytes]) -> None:
    table = Table().to_active()
    table.broker.receive(Side.CONSOLE, spoil(frame(Stream.T2D_LINK, 0)))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_the_last_number_of_a_stream_ends_the_session_with_time_limit() -> None:
    table = Table().to_active()
    table.broker.receive(Side.DEVICE, frame(Stream.D2T_PICTURE_WS, SEQ_LIMIT - 1))
    assert ended(table) == [EndReason.TIME_LIMIT]
    assert table.console.pictures == []


@pytest.mark.parametrize(
    ("stream", "burst"),
    [(Stream.T2D_CONTROL, CONTROL_FRAMES_BURST), (Stream.T2D_LINK, LINK_FRAMES_BURST)],
)
def test_a_flood_of_frames_is_cut_off_after_its_burst(stream: Stream, burst: int) -> None:
    """INV-F2."""
    table = Table().to_active()
    table.wait(60)  # the bucket is full again
    start = table.control_seq if stream is Stream.T2D_CONTROL else 0
    for seq in range(start, start + burst):
        table.broker.receive(Side.CONSOLE, frame(stream, seq))
    assert not ended(table)
    table.broker.receive(Side.CONSOLE, frame(stream, start + burst))
    assert table.console.error == ("too_many", 4429)
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_commands_at_the_allowed_rate_pass_for_ever() -> None:
    table = Table(Limits(session_s=10_000)).to_active()
    for _ in range(3):
        for _ in range(30):
            command = table.command()
            table.journal.settle()
            table.action(command)
            table.journal.settle()
        table.wait(1)
    assert not ended(table)


def test_a_flood_of_texts_is_cut_off() -> None:
    table = Table().to_active()
    table.wait(60)
    for _ in range(TEXT_MESSAGES_BURST + 1):
        table.consent(Grant.KEYS)
    assert table.device.error == ("too_many", 4429)
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_records_must_answer_the_frames_in_their_order() -> None:
    table = Table().to_active()
    table.command()
    second = table.command()
    table.journal.settle()
    table.action(second)
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_a_frame_is_answered_once() -> None:
    table = Table().to_active()
    command = table.command()
    table.journal.settle()
    table.action(command)
    table.action(command)
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_answers_its_frame(outcome: Outcome) -> None:
    table = Table().to_active()
    command = table.command()
    table.journal.settle()
    record = table.action(command, outcome)
    table.journal.settle()
    assert table.console.records[-1] == record
    table.wait(6)
    assert not ended(table)


def test_a_frame_without_its_record_after_five_seconds_ends_the_session() -> None:
    """INV-D1."""
    table = Table().to_active()
    table.command()
    table.journal.settle()
    table.wait(4.75)
    assert not ended(table)
    table.wait(0.25)
    assert ended(table) == [EndReason.AUDIT_UNAVAILABLE]


@pytest.mark.parametrize("flip", [0, 40, -1])
def test_a_changed_record_ends_the_session(flip: int) -> None:
    table = Table().to_active()
    record = bytearray(table.records.consent(dts=9, grants=[Grant.VIEW], for_s=60))
    record[flip] ^= 1
    table.record(bytes(record))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


@pytest.mark.parametrize(
    ("said", "altered"),
    [(b'"dts":9', b'"dts":8'), (b'"for_s":60', b'"for_s":61'), (b'["view"]', b'["keys"]')],
)
def test_a_record_of_the_right_form_with_another_content_than_was_signed_ends_the_session(
    said: bytes, altered: bytes
) -> None:
    """INV-D1: nothing but the signature shows it."""
    table = Table().to_active()
    record = table.records.consent(dts=9, grants=[Grant.VIEW], for_s=60)
    assert record.count(said) == 1
    table.record(record.replace(said, altered))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_a_withheld_record_breaks_the_chain() -> None:
    table = Table().to_active()
    table.records.consent(dts=9, grants=[Grant.VIEW], for_s=60)  # never sent
    table.consent(Grant.VIEW)
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_both_ends_are_pinged_every_second() -> None:
    table = Table().to_active()
    before = table.device.pings, table.console.pings
    table.wait(10)
    assert (table.device.pings - before[0], table.console.pings - before[1]) == (10, 10)


def test_ten_minutes_without_a_command_end_the_session() -> None:
    """INV-B5; two seconds more, in which the device may end it with its signed word (decision 0011)."""
    table = Table(Limits(session_s=10_000)).to_active()
    table.wait(300)
    command = table.command()
    table.journal.settle()
    table.action(command)
    table.wait(601.75)
    assert not ended(table)
    table.wait(0.25)
    assert ended(table) == [EndReason.IDLE]


def test_grants_that_are_not_renewed_end_the_session_when_their_time_is_over() -> None:
    """INV-B5: the relay's own clock stands behind the device's (decision 0011)."""
    table = Table(Limits(idle_s=100_000)).to_active()
    table.wait(1801.75)
    assert not ended(table)
    table.wait(0.25)
    assert ended(table) == [EndReason.TIME_LIMIT]


def test_a_further_consent_gives_half_an_hour_more_and_two_hours_are_the_most() -> None:
    """INV-B5."""
    table = Table(Limits(idle_s=100_000)).to_active()
    passed = 0
    while passed + 1790 < 7200:
        table.wait(1790)
        passed += 1790
        table.consent(Grant.KEYS)
        table.journal.settle()
        assert not ended(table)
    table.wait(7202 - passed - 1)
    assert not ended(table)
    table.wait(1)
    assert ended(table) == [EndReason.TIME_LIMIT]


def test_the_ten_minutes_begin_with_the_customers_yes() -> None:
    """INV-B5: the technician does not pay for the time the customer took to decide."""
    table = Table().to_consent()
    table.wait(50)
    table.consent(Grant.KEYS)
    table.journal.settle()
    table.wait(601.75)
    assert not ended(table)
    table.wait(0.25)
    assert ended(table) == [EndReason.IDLE]


def test_link_frames_do_not_keep_an_idle_session_alive() -> None:
    table = Table().to_active()
    for seq in range(602):
        table.broker.receive(Side.CONSOLE, frame(Stream.T2D_LINK, seq))
        table.wait(1)
    assert ended(table) == [EndReason.IDLE]


def test_half_an_hour_is_the_end_however_busy_the_session() -> None:
    """INV-B5."""
    table = Table().to_active()
    for _ in range(3):
        table.wait(599)
        command = table.command()
        table.journal.settle()
        table.action(command)
    table.wait(4.75)
    assert not ended(table)
    table.wait(0.25)
    assert ended(table) == [EndReason.TIME_LIMIT]


@pytest.mark.parametrize("reason", sorted(set(EndReason) - RELAY_DECIDES))
def test_the_device_s_own_reason_is_the_reason_and_its_record_reaches_the_console(reason: EndReason) -> None:
    table = Table().to_active()
    record = table.records.end(dts=9, reason=reason)
    table.record(record)
    fits = reason not in {
        EndReason.CONSENT_REFUSED,
        EndReason.CONSENT_TIMEOUT,
        EndReason.PAIRING_FAILED,
        EndReason.BADGE_REFUSED,
    }
    expected = reason if fits else EndReason.INTEGRITY_FAILED
    assert table.journal.ends == [(expected, record)]
    assert table.console.records[-1] == record
    assert (table.device.told, table.console.told) == (expected, expected)


@pytest.mark.parametrize("reason", sorted(RELAY_DECIDES))
def test_a_device_that_states_what_only_the_relay_knows_is_not_believed(reason: EndReason) -> None:
    table = Table().to_active()
    table.record(table.records.end(dts=9, reason=reason))
    assert ended(table) == [EndReason.INTEGRITY_FAILED]


def test_records_still_being_written_go_out_before_the_device_s_end() -> None:
    table = Table().to_active()
    command = table.command()
    table.journal.settle()
    action = table.action(command)
    end = table.records.end(dts=9, reason=EndReason.CUSTOMER_STOPPED)
    table.record(end)
    assert table.console.records[-2:] == [action, end]
    assert isinstance(table.console.sent[-1], Ended)


def test_what_the_device_did_is_recorded_even_though_the_session_is_over() -> None:
    table = Table().to_active()
    command = table.command()
    table.journal.settle()
    table.action(command)
    table.broker.gone(Side.CONSOLE)
    table.journal.settle()
    assert table.journal.written[-2:] == ["action 2", "end technician_lost"]


@pytest.mark.parametrize("reached", ["joined", "to_consent", "to_active"])
@pytest.mark.parametrize("first", [EndReason.REVOKED, EndReason.DRAINING, EndReason.TIME_LIMIT])
def test_the_first_end_is_the_end(reached: str, first: EndReason) -> None:
    """INV-B6."""
    table: Table = getattr(Table(), reached)()
    table.broker.end(first)
    for later in EndReason:
        table.broker.end(later)
    table.broker.gone(Side.DEVICE)
    table.broker.gone(Side.CONSOLE)
    table.journal.fail()
    table.wait(4000)
    assert ended(table) == [first]
    assert (table.device.told, table.console.told) == (first, first)
    assert table.over == [table.broker]


@pytest.mark.parametrize("reason", [EndReason.REVOKED, EndReason.TECHNICIAN_LOST, EndReason.TIME_LIMIT])
def test_commands_a_slow_device_has_not_been_sent_die_with_the_session(reason: EndReason) -> None:
    """INV-B3, INV-B5: nobody would take their records any more. The console still hears all there was."""
    table = Table().to_active()
    table.command()
    table.journal.settle()
    table.broker.end(reason)
    assert table.device.frames_dropped
    assert not table.console.frames_dropped


@pytest.mark.parametrize(
    ("slow", "reason"),
    [(Side.DEVICE, EndReason.DEVICE_LOST), (Side.CONSOLE, EndReason.TECHNICIAN_LOST)],
)
def test_an_end_without_room_for_control_is_lost(slow: Side, reason: EndReason) -> None:
    """INV-F3: the slow end's session ends, with the slow end's reason."""
    table = Table().to_active()
    (table.device if slow is Side.DEVICE else table.console).room = 0
    if slow is Side.DEVICE:
        table.broker.receive(Side.CONSOLE, frame(Stream.T2D_LINK, 0))
    else:
        table.broker.receive(Side.DEVICE, frame(Stream.D2T_CONTROL, 0))
    assert ended(table) == [reason]


def test_a_console_without_room_for_a_record_is_lost_as_well() -> None:
    table = Table().to_active()
    table.console.room = 0
    table.consent(Grant.VIEW)
    table.journal.settle()
    assert ended(table) == [EndReason.TECHNICIAN_LOST]


def test_a_log_that_falls_behind_ends_the_session_instead_of_piling_up() -> None:
    table = Table().to_active()
    table.consent(Grant.VIEW)  # stays unwritten
    for seq in range(300):
        table.broker.receive(Side.DEVICE, frame(Stream.D2T_CONTROL, seq))
    assert ended(table) == [EndReason.AUDIT_UNAVAILABLE]


def test_a_text_of_the_console_that_is_a_device_s_is_refused() -> None:
    table = Table().to_active()
    table.says(Side.CONSOLE, RecordMsg(rec=b"{}"))
    assert table.console.error == ("bad_message", 4400)
    assert table.device.told is EndReason.INTEGRITY_FAILED
