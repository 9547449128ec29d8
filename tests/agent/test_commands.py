"""Pointer, text, settings and pointing on the device: what each needs, who comes first, what is recorded."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, cast

import pytest

from seal import messages as sealed
from seal.commands import Step
from tests.agent.fakes_able import SETTINGS, SWITCH, FakeAble
from tests.agent.stage import Stage, actions
from wire.commands import ActionCause, ActionClass, Grant, Outcome, RemoteKey
from wire.encoding import sha256_b64
from wire.reasons import EndReason
from wire.records import ActionRecord, EndRecord

if TYPE_CHECKING:
    from seal.messages import T2DControl

CLICK = (Step(0, False, 5, 6), Step(1, True, 5, 6), Step(1, False, 5, 6))
SECRET = "Mật khẩu 7391"
NEEDS = {
    ActionClass.KEY: Grant.KEYS,
    ActionClass.POINTER: Grant.KEYS,
    ActionClass.TEXT: Grant.KEYS,
    ActionClass.SETTING: Grant.SETTINGS,
    ActionClass.POINT: Grant.VIEW,
}
KINDS = tuple(NEEDS)
DRIVES = tuple(kind for kind in KINDS if kind is not ActionClass.POINT)


def device(stage: Stage) -> FakeAble:
    return cast("FakeAble", stage.device)


def command(stage: Stage, kind: ActionClass, hb: int | None = None) -> T2DControl:
    beat = stage.twin.newest_ping if hb is None else hb
    commands: dict[ActionClass, T2DControl] = {
        ActionClass.KEY: sealed.Key(key=RemoteKey.UP, hb=beat),
        ActionClass.POINTER: sealed.Pointer(steps=CLICK, hb=beat),
        ActionClass.TEXT: sealed.Text(text=SECRET, hb=beat),
        ActionClass.SETTING: sealed.Setting(path=SWITCH.path, value="on", hb=beat),
        ActionClass.POINT: sealed.Point(x=7, y=8, hb=beat),
    }
    return commands[kind]


def send(stage: Stage, kind: ActionClass, hb: int | None = None) -> ActionRecord:
    frame = stage.twin.command(command(stage, kind, hb))
    stage.to_device(frame)
    record = stage.twin.records[-1]
    assert isinstance(record, ActionRecord)
    assert (record.action_class, record.frame) == (kind, sha256_b64(frame))
    return record


def done(stage: Stage) -> list[object]:
    able = device(stage)
    return [*able.pressed, *able.typed, *able.pointed, *able.arrows, *able.changed_to]


def active(*grants: Grant) -> Stage:
    return Stage(able=FakeAble(), asks=tuple(Grant)).activate(*grants or tuple(Grant))


@pytest.mark.proves("R102", "P14", by="a key is said to be pressed and is not")
@pytest.mark.parametrize("kind", KINDS)
def test_a_command_with_its_grant_is_done_and_recorded_under_its_name(kind: ActionClass) -> None:
    stage = active(NEEDS[kind])
    record = send(stage, kind)
    assert (record.outcome, record.cause) == (Outcome.DONE, None)
    assert record.path == (SWITCH.path if kind is ActionClass.SETTING else "")
    assert len(done(stage)) == 1


@pytest.mark.proves("G6", by="whoever may press keys may set settings by name")
@pytest.mark.proves("G6", by="the pointer goes with the picture")
@pytest.mark.parametrize("kind", KINDS)
def test_a_command_without_its_grant_is_refused_whatever_else_is_given(kind: ActionClass) -> None:
    """INV-A6."""
    stage = active(*(set(Grant) - {NEEDS[kind]}))
    record = send(stage, kind)
    assert (record.outcome, record.cause) == (Outcome.REFUSED, ActionCause.NOT_GRANTED)
    assert done(stage) == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_command_reaches_a_page_of_the_panel(kind: ActionClass) -> None:
    """INV-B9."""
    stage = active()
    stage.host.covered = True
    record = send(stage, kind)
    assert (record.outcome, record.cause) == (Outcome.REFUSED, ActionCause.COVERED)
    assert done(stage) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_late_command_is_recorded_and_not_executed(kind: ActionClass) -> None:
    """INV-B4; a setting is named all the same."""
    stage = active()
    record = send(stage, kind, hb=0)
    assert (record.outcome, record.cause) == (Outcome.LATE, None)
    assert record.path == (SWITCH.path if kind is ActionClass.SETTING else "")
    assert done(stage) == []


@pytest.mark.parametrize("kind", KINDS)
def test_before_the_customers_answer_nothing_is_done(kind: ActionClass) -> None:
    stage = Stage(able=FakeAble()).pair()
    assert send(stage, kind).cause is ActionCause.NOT_GRANTED
    assert done(stage) == []


@pytest.mark.parametrize("kind", DRIVES)
def test_right_after_a_key_of_the_customers_own_their_key_wins(kind: ActionClass) -> None:
    stage = active()
    stage.session.customer_pressed()
    stage.clock.advance(0.299)
    record = send(stage, kind)
    assert (record.outcome, record.cause) == (Outcome.REFUSED, ActionCause.CUSTOMER)
    stage.clock.advance(0.002)
    assert send(stage, kind).outcome is Outcome.DONE
    assert len(done(stage)) == 1


def test_each_further_key_of_the_customers_keeps_the_device_theirs() -> None:
    stage = active()
    for _ in range(4):
        stage.session.customer_pressed()
        stage.clock.advance(0.2)
        assert send(stage, ActionClass.KEY).cause is ActionCause.CUSTOMER


def test_an_arrow_drives_nothing_and_waits_for_no_key_of_the_customers() -> None:
    stage = active(Grant.VIEW)
    stage.session.customer_pressed()
    assert send(stage, ActionClass.POINT).outcome is Outcome.DONE
    assert device(stage).arrows == [(7, 8)]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not ActionClass.KEY])
def test_a_device_that_cannot_says_so(kind: ActionClass) -> None:
    stage = Stage().activate()
    record = send(stage, kind)
    assert (record.outcome, record.cause) == (Outcome.REFUSED, ActionCause.CANNOT)


def test_what_was_typed_is_in_no_record_and_in_nothing_that_leaves_in_clear() -> None:
    """INV-C4: class and path are in clear, the text and the value are not."""
    stage = active()
    send(stage, ActionClass.TEXT)
    send(stage, ActionClass.SETTING)
    assert device(stage).typed == [SECRET]
    clear = "".join(item for item in stage.left if isinstance(item, str))
    assert "7391" not in clear
    assert '"on"' not in clear


def test_a_setting_outside_the_list_and_a_value_it_cannot_hold_are_refused_by_name() -> None:
    stage = active()
    for path, value in (("system.shell", "on"), (SWITCH.path, "maybe"), ("picture.mode", "on")):
        beat = stage.twin.newest_ping
        stage.to_device(stage.twin.command(sealed.Setting(path=path, value=value, hb=beat)))
        record = stage.twin.records[-1]
        assert isinstance(record, ActionRecord)
        assert (record.outcome, record.cause, record.path) == (Outcome.REFUSED, ActionCause.CANNOT, path)
    assert device(stage).items == SETTINGS


def test_a_setting_changed_by_name_is_on_the_end_card() -> None:
    stage = active()
    send(stage, ActionClass.SETTING)
    assert stage.session.summary.changes == ((SWITCH.path, "off", "on"),)
    assert stage.session.summary.keys == 0


@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.REFUSED, Outcome.FAILED])
def test_a_text_that_takes_its_time_is_started_and_over_behind_what_came_meanwhile(outcome: Outcome) -> None:
    stage = active()
    work: Future[Outcome] = Future()
    device(stage).slow = work
    started = send(stage, ActionClass.TEXT)
    assert started.outcome is Outcome.STARTED
    busy = send(stage, ActionClass.TEXT)
    assert (busy.outcome, busy.cause) == (Outcome.REFUSED, ActionCause.BUSY)
    assert send(stage, ActionClass.KEY).outcome is Outcome.DONE
    work.set_result(outcome)
    stage.settle()
    over = stage.twin.records[-1]
    assert isinstance(over, ActionRecord)
    assert (over.frame, over.action_class, over.outcome) == (started.frame, ActionClass.TEXT, outcome)
    assert stage.session.summary.texts == (outcome is Outcome.DONE)
    device(stage).slow = None
    assert send(stage, ActionClass.TEXT).outcome is Outcome.DONE


def test_a_text_under_way_is_called_off_with_the_session_and_recorded_no_more() -> None:
    """INV-B1, INV-B5."""
    stage = active()
    work: Future[Outcome] = Future()
    device(stage).slow = work
    send(stage, ActionClass.TEXT)
    stage.session.stop(EndReason.CUSTOMER_STOPPED)
    assert work.cancelled()
    stage.settle()
    assert isinstance(stage.twin.records[-1], EndRecord)


def test_clicks_and_texts_are_counted_for_the_end_card_and_no_more_is_kept_of_them() -> None:
    stage = active()
    for kind in (ActionClass.POINTER, ActionClass.POINTER, ActionClass.TEXT, ActionClass.POINT):
        send(stage, kind)
    summary = stage.session.summary
    assert (summary.keys, summary.clicks, summary.texts, summary.changes) == (0, 2, 1, ())


def test_a_broken_pointer_is_recorded_as_failed_and_the_session_goes_on() -> None:
    stage = active()
    stage.device.broken = True
    assert send(stage, ActionClass.POINTER).outcome is Outcome.FAILED
    stage.device.broken = False
    assert send(stage, ActionClass.POINTER).outcome is Outcome.DONE


@pytest.mark.parametrize("end", ["stop", "lost", "customer", "covered"])
def test_a_button_held_down_is_let_go(end: str) -> None:
    stage = active()
    send(stage, ActionClass.POINTER)
    match end:
        case "stop":
            stage.to_device(stage.twin.close())
        case "lost":
            stage.session.abandon()
        case "customer":
            stage.session.customer_pressed()
        case _:
            stage.host.covered = True
            send(stage, ActionClass.POINTER)
    assert device(stage).released == 1


def test_one_record_per_frame_in_order_whatever_became_of_it() -> None:
    """SPEC §6."""
    stage = active(Grant.KEYS, Grant.VIEW)
    frames = [stage.twin.command(command(stage, kind, hb)) for kind in KINDS for hb in (None, 0)]
    for frame in frames:
        stage.to_device(frame)
    assert [record.frame for record in stage.twin.records[2:]] == [sha256_b64(frame) for frame in frames]
    assert actions(stage) == [
        outcome
        for kind in KINDS
        for outcome in (
            Outcome.REFUSED if kind is ActionClass.SETTING else Outcome.DONE,
            Outcome.LATE,
        )
    ]
