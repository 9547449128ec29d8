"""What ends a session on the device, at once and for good: stop, and whatever was altered on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from seal import messages as sealed
from seal.errors import SealError
from seal.pictures import Codec, PictureHead
from tests.agent.fakes import NOW_MS
from tests.agent.stage import Stage, actions, ending
from tests.agent.test_media import FakePictures
from wire.commands import Outcome, RemoteKey
from wire.reasons import EndReason
from wire.records import EndRecord

HEAD = PictureHead(1, Codec.JPEG, True, 64, 48, 0, 0, 64, 48, NOW_MS)


@pytest.mark.proves("G10", by="a command acts after stop")
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


@pytest.mark.proves("P9", by="a session that was lost keeps its keys")
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
    for sealer in stage.session.media._sealers.values():
        with pytest.raises(SealError):
            sealer.seal(b"x")
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


@dataclass
class Preferring(FakePictures):
    """The running picture, as a notebook."""

    preferred: list[tuple[Codec, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def prefer(self, codecs: tuple[Codec, ...]) -> None:
        self.preferred.append(codecs)


def test_decode_starts_the_picture_once_and_turns_it_after() -> None:
    stage = Stage().activate()
    stage.to_device(stage.twin.decode(Codec.H264_444, Codec.H264))
    stage.to_device(stage.twin.decode(Codec.H264))  # before there is a picture: it is about to start
    stage.session.pictures = pictures = Preferring()
    stage.to_device(stage.twin.decode(Codec.H264))
    assert stage.host.decoders == [(Codec.H264_444, Codec.H264)]
    assert pictures.preferred == [(Codec.H264,)]
    assert stage.host.over == []
