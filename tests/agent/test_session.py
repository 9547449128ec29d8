"""The sealed session on the device against a console twin: what is asked, granted, pressed and recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seal import messages as sealed
from seal.pictures import Codec, PictureHead
from tests.agent.console_twin import ALL
from tests.agent.fakes import NOW_MS
from tests.agent.stage import Stage, actions, ending
from wire.commands import Grant, Outcome, RemoteKey
from wire.encoding import sha256_b64
from wire.reasons import EndReason
from wire.records import ActionRecord, ConsentRecord, EndRecord, PairedRecord

HEAD = PictureHead(1, Codec.JPEG, True, 64, 48, 0, 0, 64, 48, NOW_MS)


def test_a_session_pairs_asks_executes_and_ends_with_one_record_each() -> None:
    stage = Stage().activate()
    press = stage.twin.press(RemoteKey.DOWN)
    stage.to_device(press)
    close = stage.twin.close()
    stage.to_device(close)

    kinds = [type(record) for record in stage.twin.records]
    assert kinds == [PairedRecord, ConsentRecord, ActionRecord, EndRecord]
    assert [record.frame for record in stage.twin.records] == [
        sha256_b64(stage.twin.auth_frame),
        "",
        sha256_b64(press),
        sha256_b64(close),
    ]
    assert stage.device.pressed == [("down", frozenset(ALL))]
    assert ending(stage).reason is EndReason.TECHNICIAN_LEFT
    assert stage.host.over == [EndReason.TECHNICIAN_LEFT]
    assert isinstance(stage.twin.heard[-1], sealed.DeviceClose)


@pytest.mark.proves("G7", "G8")
def test_the_customer_is_shown_name_organisation_request_and_what_is_asked() -> None:
    """INV-A6: in the order of the card, view first."""
    stage = Stage(asks=(Grant.VIEW, Grant.KEYS)).pair()
    (visitor,) = stage.host.visitors
    assert (visitor.name, visitor.org, visitor.request) == ("Demo Technician", "Hallmere Care", "HM-7K42-93")
    assert visitor.asks == (Grant.VIEW, Grant.KEYS)


def test_the_sealed_words_carry_the_same_records_as_the_clear_ones() -> None:
    stage = Stage().activate()
    paired = next(message for message in stage.twin.heard if isinstance(message, sealed.Paired))
    consent = next(message for message in stage.twin.heard if isinstance(message, sealed.Consent))
    clear = [item for item in stage.left if isinstance(item, str)]
    assert len(clear) == 2
    assert paired.name == "Vista 55 Q7"
    assert b'"typ":"paired"' in paired.rec
    assert b'"grants":["keys","settings","view"]' in consent.rec


def test_a_command_before_the_customers_answer_is_recorded_as_refused() -> None:
    stage = Stage().pair()
    stage.to_device(stage.twin.press(RemoteKey.UP))
    assert actions(stage) == [Outcome.REFUSED]
    assert stage.device.pressed == []


def test_nothing_left_switched_on_is_a_no() -> None:
    stage = Stage().pair()
    stage.session.allow(())
    stage.settle()
    consent, end = stage.twin.records[-2:]
    assert isinstance(consent, ConsentRecord)
    assert consent.grants == ()
    assert isinstance(end, EndRecord)
    assert end.reason is EndReason.CONSENT_REFUSED


def test_no_answer_for_a_minute_is_a_no() -> None:
    """INV-A6."""
    stage = Stage().pair()
    stage.pass_time(59.5)
    assert stage.host.over == []
    stage.pass_time(0.5)
    assert stage.host.over == [EndReason.CONSENT_TIMEOUT]
    assert isinstance(stage.twin.records[-2], ConsentRecord)


def test_an_answer_counts_once() -> None:
    stage = Stage().activate(Grant.VIEW)
    stage.session.allow(ALL)
    stage.settle()
    stage.to_device(stage.twin.press(RemoteKey.UP))
    assert actions(stage) == [Outcome.REFUSED]


@pytest.mark.parametrize("grants", [(Grant.VIEW,), (Grant.VIEW, Grant.SETTINGS)])
def test_without_the_keys_grant_no_key_is_pressed(grants: tuple[Grant, ...]) -> None:
    stage = Stage().activate(*grants)
    stage.to_device(stage.twin.press(RemoteKey.UP))
    stage.to_device(stage.twin.press(RemoteKey.POWER))
    assert actions(stage) == [Outcome.REFUSED, Outcome.REFUSED]
    assert stage.device.pressed == []
    assert stage.host.powered == 0


def test_without_the_settings_grant_a_press_changes_no_setting() -> None:
    stage = Stage().activate(Grant.VIEW, Grant.KEYS)
    stage.to_device(stage.twin.press(RemoteKey.MENU))
    assert actions(stage) == [Outcome.REFUSED]
    assert stage.device.level == 10
    assert stage.session.summary.changes == ()


def test_a_changed_setting_is_named_in_the_record_and_in_the_summary() -> None:
    stage = Stage().activate()
    stage.to_device(stage.twin.press(RemoteKey.MENU))
    record = stage.twin.records[-1]
    assert isinstance(record, ActionRecord)
    assert record.path == "picture.backlight"
    assert stage.session.summary.changes == (("picture.backlight", "10", "11"),)
    assert stage.session.summary.keys == 1


def test_only_seconds_in_which_pictures_left_count_as_looked_at() -> None:
    """The end card must not say that somebody looked before, or if ever, they could."""
    stage = Stage().activate()
    stage.pass_time(5)
    assert stage.session.summary.seconds == 0
    stage.session.send_picture(HEAD, b"picture")
    stage.settle()
    assert stage.session.summary.seconds == 1
    stage.pass_time(3)
    assert stage.session.summary.seconds == 3


def test_a_session_without_the_view_grant_was_never_looked_at_though_keys_were_pressed() -> None:
    stage = Stage().activate(Grant.KEYS)
    stage.session.send_picture(HEAD, b"picture")
    stage.to_device(stage.twin.press(RemoteKey.UP))
    stage.pass_time(3)
    summary = stage.session.summary
    assert (summary.seconds, summary.keys, summary.helped) == (0, 1, True)


def test_before_the_answer_nobody_has_helped() -> None:
    assert not Stage().pair().session.summary.helped


def test_without_the_view_grant_no_picture_leaves_and_none_can_be_asked_for() -> None:
    stage = Stage().activate(Grant.KEYS)
    stage.session.send_picture(HEAD, b"picture")
    stage.session.send_current(1, NOW_MS)
    stage.pass_time(1)
    assert stage.twin.pictures == []
    states = {message.picture for message in stage.twin.heard if isinstance(message, sealed.Current)}
    assert states == {sealed.PictureState.NONE}
    stage.to_device(stage.twin.decode())
    assert stage.host.decoders == []


def test_while_a_panel_page_covers_the_screen_the_technicians_keys_are_refused() -> None:
    """INV-B9."""
    stage = Stage().activate()
    stage.host.covered = True
    for key in RemoteKey:
        stage.to_device(stage.twin.press(key))
    assert set(actions(stage)) == {Outcome.REFUSED}
    assert len(actions(stage)) == len(RemoteKey)
    assert (stage.device.pressed, stage.host.powered) == ([], 0)


def test_the_technicians_power_key_is_recorded_before_it_acts() -> None:
    stage = Stage().activate()
    seen: list[int] = []
    stage.host.power_pressed = lambda: seen.append(len(stage.outbox._items))  # type: ignore[method-assign]
    stage.to_device(stage.twin.press(RemoteKey.POWER))
    assert seen == [1]
    assert actions(stage) == [Outcome.DONE]
    assert stage.device.pressed == []


def test_a_broken_driver_is_recorded_as_failed_and_the_session_goes_on() -> None:
    stage = Stage().activate()
    stage.device.broken = True
    stage.to_device(stage.twin.press(RemoteKey.UP))
    stage.device.broken = False
    stage.to_device(stage.twin.press(RemoteKey.UP))
    assert actions(stage) == [Outcome.FAILED, Outcome.DONE]


def test_every_command_gets_exactly_one_record_in_order() -> None:
    """SPEC §6."""
    stage = Stage().activate(Grant.VIEW, Grant.KEYS)
    frames = [
        stage.twin.press(RemoteKey.UP),
        stage.twin.press(RemoteKey.MENU),
        stage.twin.press(RemoteKey.UP, hb=0),
        stage.twin.press(RemoteKey.DIGIT_7),
    ]
    for frame in frames:
        stage.to_device(frame)
    records = stage.twin.records[2:]
    assert [record.frame for record in records] == [sha256_b64(frame) for frame in frames]
    assert actions(stage) == [Outcome.DONE, Outcome.REFUSED, Outcome.LATE, Outcome.DONE]


def test_pictures_that_leave_make_room_for_more() -> None:
    stage = Stage().activate()
    for number in range(1, 9):
        stage.session.send_picture(replace(HEAD, pic=number), bytes(1_000_000))
        stage.settle()
    assert len(stage.twin.pictures) == 8


def test_pictures_that_cannot_leave_are_dropped_and_leave_no_gap_in_the_control_stream() -> None:
    """INV-F3."""
    stage = Stage().activate()
    big = bytes(1_000_000)
    for number in range(1, 9):
        stage.session.send_picture(replace(HEAD, pic=number), big)
    stage.session.send_current(4, NOW_MS)
    stage.settle()
    assert [head.pic for head, _ in stage.twin.pictures] == [1, 2, 3, 4]
    assert isinstance(stage.twin.heard[-1], sealed.Current)
