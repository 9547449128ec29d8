"""The sealed session on the device, against a console twin, with time in the test's hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.session import Session
from seal import messages as sealed
from seal.errors import SealError
from seal.pictures import Codec, PictureHead
from tests.agent.console_twin import ALL, Issuer, Technician
from tests.agent.fakes import NOW_MS
from tests.agent.stage import ORIGIN, Stage
from wire.commands import Grant, Outcome, RemoteKey
from wire.encoding import sha256_b64
from wire.reasons import EndReason
from wire.records import ActionRecord, ConsentRecord, EndRecord, PairedRecord

NOW_S = NOW_MS // 1000
HEAD = PictureHead(1, Codec.JPEG, True, 64, 48, 0, 48, NOW_MS)


def actions(stage: Stage) -> list[Outcome]:
    return [record.outcome for record in stage.twin.records if isinstance(record, ActionRecord)]


def ending(stage: Stage) -> EndRecord:
    end = stage.twin.records[-1]
    assert isinstance(end, EndRecord)
    return end


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


# Stop


@pytest.mark.parametrize("reason", [EndReason.CUSTOMER_STOPPED, EndReason.DEVICE_POWERED_OFF])
def test_after_stop_nothing_executes_and_nothing_but_the_ending_leaves(reason: EndReason) -> None:
    """INV-B1: decided in the call itself."""
    stage = Stage().activate()
    late = [stage.twin.press(RemoteKey.UP), stage.twin.close(), stage.twin.pong()]
    stage.session.send_picture(HEAD, b"picture")
    stage.session.send_current(1, NOW_MS)
    stage.session.stop(reason)
    for frame in late:
        stage.session.receive(frame)
    stage.session.send_picture(HEAD, b"picture")
    stage.session.send_current(1, NOW_MS)
    stage.session.tick()

    left = stage.settle()
    assert stage.device.pressed == []
    assert stage.twin.pictures == []
    assert len(left) == 2
    assert ending(stage).reason is reason
    last = stage.twin.heard[-1]
    assert isinstance(last, sealed.DeviceClose)
    assert last.reason is reason
    assert stage.host.over == []  # the agent knows: it did it


def test_stop_keeps_the_records_of_what_was_done_before_it() -> None:
    """INV-D1: the command was executed, so its record leaves even if the line is slow."""
    stage = Stage().activate()
    stage.session.receive(stage.twin.press(RemoteKey.OK))
    stage.session.stop(EndReason.CUSTOMER_STOPPED)
    stage.settle()
    assert actions(stage) == [Outcome.DONE]


@pytest.mark.parametrize("told", [True, False])
def test_every_ending_wipes_the_keys(told: bool) -> None:  # noqa: FBT001 - whether somebody is left to tell
    """INV-C3."""
    stage = Stage().activate()
    if told:
        stage.session.stop(EndReason.CUSTOMER_STOPPED)
    else:
        stage.session.abandon()
    with pytest.raises(SealError):
        stage.session._control.seal(b"x")
    with pytest.raises(SealError):
        stage.session._picture.seal(b"x")
    for opener in stage.session._openers.values():
        with pytest.raises(SealError):
            opener.open(b"x" * 40)


def test_an_ending_is_told_once() -> None:
    """INV-B6."""
    stage = Stage().activate()
    stage.session.stop(EndReason.CUSTOMER_STOPPED)
    stage.session.stop(EndReason.DEVICE_POWERED_OFF)
    stage.session.abandon()
    stage.settle()
    assert [type(record) for record in stage.twin.records].count(EndRecord) == 1
    assert ending(stage).reason is EndReason.CUSTOMER_STOPPED


# Lease


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
def test_five_seconds_of_silence_end_the_session(relay: bool, technician: bool, reason: EndReason) -> None:  # noqa: FBT001 - who still answers
    """INV-B3."""
    stage = Stage().activate()
    stage.pass_time(4.75, relay=relay, technician=technician)
    assert stage.host.over == []
    stage.pass_time(0.25, relay=relay, technician=technician)
    assert stage.host.over == [reason]
    assert ending(stage).reason is reason


def test_a_session_lives_on_while_both_answer() -> None:
    stage = Stage().activate()
    stage.pass_time(60)
    stage.to_device(stage.twin.press(RemoteKey.UP))
    assert actions(stage) == [Outcome.DONE]
    assert stage.twin.newest_ping == 61


# Integrity


@pytest.mark.parametrize("bit", [0, 8, 16, 95, 96, 400, -1])
def test_one_flipped_bit_ends_the_session(bit: int) -> None:
    """INV-C1: header, ciphertext and tag alike."""
    stage = Stage().activate()
    frame = bytearray(stage.twin.press(RemoteKey.UP))
    place = bit % (len(frame) * 8)
    frame[place // 8] ^= 1 << place % 8
    stage.to_device(bytes(frame))
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]
    assert stage.device.pressed == []
    assert ending(stage).reason is EndReason.INTEGRITY_FAILED


def test_a_replayed_command_executes_once_and_ends_the_session() -> None:
    """INV-B4, INV-C1."""
    stage = Stage().activate()
    frame = stage.twin.press(RemoteKey.UP)
    stage.to_device(frame)
    stage.to_device(frame)
    assert len(stage.device.pressed) == 1
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]


def test_a_gap_in_the_commands_ends_the_session() -> None:
    stage = Stage().activate()
    stage.twin.press(RemoteKey.UP)
    stage.to_device(stage.twin.press(RemoteKey.DOWN))
    assert stage.device.pressed == []
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]


def test_a_frame_reflected_to_its_sender_ends_the_session() -> None:
    stage = Stage().activate()
    stage.clock.advance(1)
    stage.session.tick()
    mirrored = stage.settle()[-1]
    assert isinstance(mirrored, bytes)
    stage.to_device(mirrored)
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]


@pytest.mark.parametrize(
    "message", [sealed.Key(RemoteKey.UP, 1), sealed.Close()], ids=lambda m: type(m).__name__
)
def test_anything_before_auth_ends_the_session_before_a_badge_is_looked_at(
    message: sealed.T2DControl,
) -> None:
    """seal/SPEC §4."""
    stage = Stage()
    stage.to_device(stage.twin.command(message))
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]
    assert stage.host.visitors == []


def test_a_second_auth_ends_the_session() -> None:
    stage = Stage().activate()
    stage.to_device(stage.twin.auth())
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]


@pytest.mark.parametrize(
    "message",
    [sealed.Decode((Codec.H264,)), sealed.KeyFrame(), sealed.Ack(1)],
    ids=lambda m: type(m).__name__,
)
def test_the_picture_cannot_be_asked_for_before_the_customer_allowed_it(message: sealed.T2DLink) -> None:
    """INV-A6."""
    stage = Stage().pair()
    stage.to_device(stage.twin.say(message))
    assert stage.host.decoders == []
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]


def test_decode_counts_once() -> None:
    stage = Stage().activate()
    stage.to_device(stage.twin.decode(Codec.H264))
    assert stage.host.decoders == [(Codec.H264,)]
    stage.to_device(stage.twin.decode(Codec.H264))
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]


# Badge


def badge_with(changes: dict[str, Any]) -> Technician:
    return Technician.of(Issuer(key=KEY), aud=ORIGIN, now_s=NOW_S, changes=changes)


KEY = Ed25519PrivateKey.generate()


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "elsewhere"},
        {"aud": "https://other.example"},
        {"aud": ORIGIN + "/"},
        {"exp": NOW_S - 301, "iat": NOW_S - 3600},
        {"exp": NOW_S, "iat": NOW_S - 28_801},
        {"iat": NOW_S + 301},
        {"exp": NOW_S - 1, "iat": NOW_S},
        {"scopes": ("keys", "view")},
        {"cnf_x": bytes(32)},
        {"cnf_x": Ed25519PrivateKey.generate().public_key().public_bytes_raw()},
        {"name": "Demo\u202eTechnician"},
        {"name": ""},
        {"name": "x" * 65},
        {"org": "Hallmere\u200bCare"},
    ],
    ids=str,
)
def test_a_badge_with_one_wrong_claim_is_refused(changes: dict[str, Any]) -> None:
    """seal/SPEC §6, INV-A6."""
    issuer = Issuer(key=KEY)
    stage = Stage(issuer=issuer, technician=badge_with(changes))
    stage.to_device(stage.twin.auth())
    assert stage.host.visitors == []
    assert stage.host.over == [EndReason.BADGE_REFUSED]
    assert ending(stage).frame == sha256_b64(stage.twin.auth_frame)


def test_a_badge_of_an_unknown_issuer_is_refused() -> None:
    stage = Stage(issuer=Issuer(), trusted=Issuer())
    stage.to_device(stage.twin.auth())
    assert stage.host.over == [EndReason.BADGE_REFUSED]


def test_a_badge_signed_by_another_key_under_a_known_id_is_refused() -> None:
    home, thief = Issuer(), Issuer()
    key = Ed25519PrivateKey.generate()
    badge = thief.badge(aud=ORIGIN, now_s=NOW_S, cnf_x=key.public_key().public_bytes_raw())
    stage = Stage(issuer=home, technician=Technician(thief.sign(badge, home.kid), home.kid, key))
    stage.to_device(stage.twin.auth())
    assert stage.host.over == [EndReason.BADGE_REFUSED]


def test_a_badge_of_another_key_than_the_hello_announced_is_refused() -> None:
    stage = Stage(hello_kid=Issuer().kid)
    stage.to_device(stage.twin.auth())
    assert stage.host.over == [EndReason.BADGE_REFUSED]


def test_a_badge_signed_for_another_session_is_refused() -> None:
    """The signature over TH stops carrying a badge into another session."""
    stage = Stage()
    stage.to_device(stage.twin.auth(sign_th=bytes(64)))
    assert stage.host.over == [EndReason.BADGE_REFUSED]


@pytest.mark.parametrize(
    "changes", [{"exp": NOW_S - 299, "iat": NOW_S - 3600}, {"iat": NOW_S + 299}], ids=str
)
def test_a_badge_within_the_allowed_skew_is_accepted(changes: dict[str, Any]) -> None:
    stage = Stage(issuer=Issuer(key=KEY), technician=badge_with(changes)).pair()
    assert len(stage.host.visitors) == 1


# Consent and grants


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


# Limits


def test_ten_minutes_without_a_command_end_the_session() -> None:
    """INV-B5."""
    stage = Stage().activate()
    stage.pass_time(599.5)
    assert stage.host.over == []
    stage.pass_time(1)
    assert stage.host.over == [EndReason.IDLE]


@pytest.mark.slow
def test_half_an_hour_in_all_ends_the_session_however_busy() -> None:
    """INV-B5."""
    stage = Stage().activate()
    for _ in range(3):
        stage.pass_time(590)
        stage.to_device(stage.twin.press(RemoteKey.UP))
    stage.pass_time(40)
    assert stage.host.over == [EndReason.TIME_LIMIT]
    assert actions(stage) == [Outcome.DONE] * 3


@pytest.mark.slow
def test_no_command_executes_after_the_half_hour_even_before_the_next_tick() -> None:
    """INV-B5: grants hold for the time the consent record names."""
    stage = Stage().activate()
    for _ in range(3):
        stage.pass_time(590)
        stage.to_device(stage.twin.press(RemoteKey.UP))
    stage.pass_time(29.75)
    stage.clock.advance(0.25)
    stage.to_device(stage.twin.press(RemoteKey.DOWN))
    assert actions(stage) == [*[Outcome.DONE] * 3, Outcome.LATE]


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


def test_the_lease_check_can_be_found_by_name() -> None:
    """Mutation tests replace it; renaming it must break here, not silently there."""
    assert callable(Session.may_execute)
