"""A session and time: the lease under which commands act, and the limits that end it."""

from __future__ import annotations

import pytest

from device_agent.session import Session
from seal.pictures import Codec, PictureHead
from tests.agent.stage import Stage, actions, ending
from tests.agent.test_media import FakePictures
from wire.commands import Grant, Outcome, RemoteKey
from wire.reasons import EndReason
from wire.records import ConsentRecord


def test_a_command_within_the_lease_executes_and_one_after_it_is_late() -> None:
    """INV-B3, INV-B4."""
    stage = Stage().activate()
    stage.clock.advance(2.99)
    stage.session.relay_heard(stage.clock.boot())
    stage.to_device(stage.twin.press(RemoteKey.UP))
    stage.clock.advance(0.01)
    stage.to_device(stage.twin.press(RemoteKey.DOWN))
    assert actions(stage) == [Outcome.DONE, Outcome.LATE]
    assert [key for key, _ in stage.device.pressed] == ["up"]


@pytest.mark.proves("G10", by="the lease is not checked")
def test_without_the_relays_pings_nothing_executes_although_pongs_come() -> None:
    """INV-B3: the relay proves itself too."""
    stage = Stage().activate()
    stage.pass_time(3, relay=False)
    stage.to_device(stage.twin.press(RemoteKey.UP))
    assert actions(stage) == [Outcome.LATE]


def test_a_command_that_names_an_old_ping_is_late_although_the_lease_holds() -> None:
    """INV-B4: a relay that keeps a command back cannot play it later."""
    stage = Stage().activate()
    old = stage.twin.newest_ping
    stage.pass_time(3)
    stage.to_device(stage.twin.press(RemoteKey.UP, hb=old))
    stage.to_device(stage.twin.press(RemoteKey.UP, hb=stage.twin.newest_ping))
    assert actions(stage) == [Outcome.LATE, Outcome.DONE]


@pytest.mark.parametrize("hb", [0, 999])
def test_a_command_that_names_a_ping_never_sent_is_late(hb: int) -> None:
    stage = Stage().activate()
    stage.to_device(stage.twin.press(RemoteKey.UP, hb=hb))
    assert actions(stage) == [Outcome.LATE]
    assert stage.device.pressed == []


def test_saved_up_pongs_do_not_keep_a_dead_technician_alive() -> None:
    """seal/SPEC §5: what counts is when the ping was sent."""
    stage = Stage().activate()
    saved = []
    for _ in range(8):
        stage.pass_time(0.5, technician=False)
        saved.append(stage.twin.newest_ping)
    stage.to_device(stage.twin.pong(saved[0]))
    stage.to_device(stage.twin.press(RemoteKey.UP))
    assert actions(stage) == [Outcome.LATE]
    stage.pass_time(1.5, technician=False)
    assert stage.host.over == [EndReason.TECHNICIAN_LOST]


def test_a_pong_for_a_ping_never_sent_ends_the_session() -> None:
    stage = Stage().activate()
    stage.to_device(stage.twin.pong(77))
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]


@pytest.mark.parametrize(
    ("relay", "technician", "reason"),
    [(True, False, EndReason.TECHNICIAN_LOST), (False, True, EndReason.RELAY_LOST)],
)
def test_silence_ends_it_within_five_seconds(relay: bool, technician: bool, reason: EndReason) -> None:  # noqa: FBT001 - who still answers
    """INV-B3."""
    stage = Stage().activate()
    stage.pass_time(4.5, relay=relay, technician=technician)
    assert stage.host.over == []
    stage.pass_time(0.25, relay=relay, technician=technician)
    assert stage.host.over == [reason]
    assert ending(stage).reason is reason


def test_a_technician_who_draws_pictures_is_there_for_the_end_but_not_for_a_key() -> None:
    """Decision 0055: what a dead line keeps back is told in the order in which a browser repeats it."""
    stage = Stage().activate()
    stage.session.pictures = FakePictures()
    stage.pass_time(2, technician=False)
    stage.session.send_picture(PictureHead(1, Codec.JPEG, True, 2, 2, 0, 0, 2, 2, 0), b"picture")
    stage.pass_time(2.5, technician=False)
    stage.to_device(stage.twin.ack(1))
    stage.to_device(stage.twin.press(RemoteKey.UP))
    assert actions(stage) == [Outcome.LATE]
    stage.pass_time(2, technician=False)
    assert stage.host.over == []
    stage.to_device(stage.twin.ack(1))  # saved up: it was drawn no later for that
    stage.to_device(stage.twin.ack(2))
    stage.pass_time(0.25, technician=False)
    assert stage.host.over == [EndReason.TECHNICIAN_LOST]


def test_a_session_lives_on_while_both_answer() -> None:
    stage = Stage().activate()
    stage.pass_time(60)
    stage.to_device(stage.twin.press(RemoteKey.UP))
    assert actions(stage) == [Outcome.DONE]
    assert stage.twin.newest_ping == 61


def test_ten_minutes_without_a_command_end_the_session() -> None:
    """INV-B5."""
    stage = Stage().activate()
    stage.pass_time(599.5)
    assert stage.host.over == []
    stage.pass_time(1)
    assert stage.host.over == [EndReason.IDLE]


def busy(stage: Stage, seconds: float) -> None:
    """Time passes while the technician works, so that nothing is idle."""
    while seconds > 0:
        stage.pass_time(min(seconds, 590))
        seconds -= 590
        if stage.session.is_open:
            stage.to_device(stage.twin.press(RemoteKey.UP))


def asks_again(stage: Stage) -> bool:
    return stage.session.may_be_renewed


def consents(stage: Stage) -> list[int]:
    return [record.for_s for record in stage.twin.records if isinstance(record, ConsentRecord)]


@pytest.mark.slow
def test_half_an_hour_without_a_further_yes_ends_the_session_however_busy() -> None:
    """INV-B5."""
    stage = Stage().activate()
    busy(stage, 1799)
    assert stage.host.over == []
    stage.pass_time(1.25)
    assert stage.host.over == [EndReason.TIME_LIMIT]
    assert consents(stage) == [1800]
    assert set(actions(stage)) == {Outcome.DONE}


@pytest.mark.slow
def test_no_command_executes_after_the_half_hour_even_before_the_next_tick() -> None:
    """INV-B5: grants hold for the time the consent record names."""
    stage = Stage().activate()
    busy(stage, 1770)
    stage.pass_time(29.75)
    stage.clock.advance(0.25)
    stage.to_device(stage.twin.press(RemoteKey.DOWN))
    assert actions(stage)[-1] is Outcome.LATE
    assert {*actions(stage)[:-1]} == {Outcome.DONE}


@pytest.mark.slow
def test_a_further_yes_in_the_last_two_minutes_gives_half_an_hour_more() -> None:
    """INV-B5: the same grants again, on record, for as long again."""
    stage = Stage().activate(Grant.VIEW, Grant.KEYS)
    busy(stage, 1679.75)
    assert not asks_again(stage)
    stage.session.renew()
    assert consents(stage) == [1800], "nobody is asked so early, so nothing is renewed"
    stage.pass_time(0.25)
    assert asks_again(stage)
    stage.session.renew()
    stage.settle()
    assert consents(stage) == [1800, 1800]
    renewed = stage.twin.records[-1]
    assert isinstance(renewed, ConsentRecord)
    assert set(renewed.grants) == {Grant.VIEW, Grant.KEYS}
    assert not asks_again(stage)
    busy(stage, 1799)
    assert stage.host.over == []
    stage.pass_time(1.25)
    assert stage.host.over == [EndReason.TIME_LIMIT]


@pytest.mark.slow
def test_two_hours_in_all_end_the_session_whatever_the_customer_says() -> None:
    """INV-B5."""
    stage = Stage().activate()
    for _ in range(4):
        busy(stage, 1685)
        stage.session.renew()
        stage.settle()
    assert consents(stage) == [1800, 1800, 1800, 1800, 7200 - 4 * 1685]
    busy(stage, 7200 - 4 * 1685 - 1)
    assert not asks_again(stage), "no question is asked that a yes could not answer"
    stage.session.renew()
    assert stage.host.over == []
    stage.pass_time(1.25)
    assert stage.host.over == [EndReason.TIME_LIMIT]


@pytest.mark.slow
def test_a_yes_after_the_end_gives_nothing() -> None:
    stage = Stage().activate()
    busy(stage, 1801)
    stage.session.renew()
    assert stage.settle() == []
    assert not asks_again(stage)


def test_the_lease_check_can_be_found_by_name() -> None:
    """Mutation tests replace it; renaming it must break here, not silently there."""
    assert callable(Session.may_execute)
