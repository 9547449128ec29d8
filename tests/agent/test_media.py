"""Pictures and sound in a session: by which carrier, for whom, and that none of it outlives the session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from seal.messages import CarrierName, Signal, SignalKind
from seal.pictures import HEAD_BYTES, Codec, PictureHead
from seal.sound import SoundHead
from tests.agent.stage import Stage
from wire.commands import Grant, RemoteKey
from wire.limits import PROOFS, SOUND_QUEUE_FRAMES
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.picture.still import Ended

EVERYTHING = (Grant.KEYS, Grant.SETTINGS, Grant.SOUND, Grant.VIEW)
LARGEST = 4_200


@dataclass
class FakeCarriers:
    """What media need of carriers, as a notebook whose `is_direct` a test sets."""

    is_direct: bool = False
    largest: int = LARGEST
    closed: bool = False
    signals: list[Signal] = field(default_factory=list)
    names: list[CarrierName] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    heard_times: int = 0
    ticks: int = 0
    known_then: list[str] = field(default_factory=list)

    def heard(self, signal: Signal) -> None:
        self.signals.append(signal)

    def told(self, name: CarrierName) -> None:
        self.names.append(name)

    def send_picture(self, pic: int, frame: bytes) -> None:
        assert not self.closed
        self.frames.append(frame)

    def send_sound(self, frame: bytes) -> None:
        assert not self.closed
        self.frames.append(frame)

    def too_large(self) -> None:
        self.is_direct = False
        self.done.append("too large")

    def console_heard(self) -> None:
        self.heard_times += 1
        self.known_then.append(self.done[-1] if self.done else "")

    def acknowledged(self, pic: int) -> None:
        self.done.append(f"acknowledged {pic}")

    def tick(self) -> None:
        self.ticks += 1

    def drop(self) -> None:
        self.done.append("drop")

    def forget(self) -> None:
        self.done.append("forget")

    def withdraw(self) -> None:
        self.done.append("withdraw")

    def close(self) -> None:
        self.closed = True


class FakePictures:
    """A running picture."""

    def __init__(self) -> None:
        self.keys = 0
        self.held = 0
        self.acknowledged: list[int] = []

    def acknowledge(self, pic: int) -> None:
        self.acknowledged.append(pic)

    def held_up(self) -> None:
        self.held += 1

    def want_key(self) -> None:
        self.keys += 1

    def prefer(self, codecs: tuple[Codec, ...]) -> None: ...

    def take_still(self, over: Callable[[Ended], None]) -> bool:
        return False


def staged(*grants: Grant) -> tuple[Stage, FakeCarriers]:
    stage = Stage(asks=EVERYTHING).activate(*(grants or EVERYTHING))
    carriers = FakeCarriers()
    stage.session.media.carriers = carriers  # type: ignore[assignment]
    stage.session.pictures = FakePictures()
    return stage, carriers


def head(pic: int) -> PictureHead:
    return PictureHead(pic, Codec.H264, True, 64, 48, 0, 0, 64, 48, 5)


def delivered(stage: Stage, carriers: FakeCarriers) -> None:
    stage.settle()
    for frame in carriers.frames:
        stage.twin.receive_directly(frame)
    carriers.frames.clear()


def test_pictures_and_sound_change_their_carrier_and_keep_their_numbers() -> None:
    stage, carriers = staged()
    stage.to_device(stage.twin.hear())
    media = stage.session.media
    for pic, direct in enumerate([False, True, True, False, True], start=1):
        carriers.is_direct = direct
        stage.session.send_picture(head(pic), b"picture")
        media.send_sound(SoundHead(media.next_sound(), 2, 5), b"sound")
        assert len(carriers.frames) == (2 if direct else 0)
        delivered(stage, carriers)
    assert [it.pic for it, _ in stage.twin.pictures] == [1, 2, 3, 4, 5]
    assert [it.n for it, _ in stage.twin.sounds] == [1, 2, 3, 4, 5]


def test_the_carriers_learn_of_each_word_of_the_consoles_whatever_it_says() -> None:
    stage, carriers = staged()
    before = carriers.heard_times
    stage.to_device(stage.twin.pong())
    stage.to_device(stage.twin.press(RemoteKey.UP))
    assert carriers.heard_times == before + 2
    sign = stage.twin.alive(pic=5)
    for _ in range(3):
        stage.session.alive(sign)  # said again it is no word
    assert carriers.heard_times == before + 3
    assert carriers.known_then[-1] == "acknowledged 5", "what it says is known before the channel is judged"
    stage.to_device(stage.twin.ack(6))
    assert carriers.known_then[-1] == "acknowledged 6"


def test_hide_drops_what_is_on_its_way_directly() -> None:
    stage, carriers = staged()
    stage.session.customer_hid(hidden=True)
    assert carriers.done == ["drop"]
    stage.session.customer_hid(hidden=False)
    assert carriers.done == ["drop"]
    stage.session.media.carriers = None
    stage.session.customer_hid(hidden=True)


def test_the_carriers_learn_that_time_passes() -> None:
    stage, carriers = staged()
    stage.pass_time(1)
    assert carriers.ticks > 0


def test_pictures_that_arrive_while_nothing_is_heard_let_another_leave() -> None:
    stage, _ = staged()
    stage.session.media.held_up()
    assert isinstance(stage.session.pictures, FakePictures)
    assert stage.session.pictures.held == 1
    stage.session.pictures = None
    stage.session.media.held_up()  # before the first picture there is none to wait


def test_proofs_open_at_the_console_and_are_no_pictures() -> None:
    stage, carriers = staged()
    for _ in range(2):
        carriers.frames += stage.session.media.proofs()
        delivered(stage, carriers)
    assert stage.twin.proofs == [*range(1, PROOFS + 1)] * 2
    assert stage.twin.pictures == []


def test_a_picture_that_a_data_channel_does_not_take_goes_through_the_relay() -> None:
    stage, carriers = staged()
    carriers.is_direct = True
    stage.session.send_picture(head(1), bytes(LARGEST - 28 - HEAD_BYTES))
    stage.session.send_picture(head(2), bytes(LARGEST - 28 - HEAD_BYTES + 1))
    assert carriers.done == ["too large"]
    assert len(carriers.frames) == 1
    assert len(carriers.frames[0]) == LARGEST
    delivered(stage, carriers)
    assert sorted(it.pic for it, _ in stage.twin.pictures) == [1, 2]


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("told", [True, False])
def test_nothing_is_sealed_or_sent_once_the_session_is_over(direct: bool, told: bool) -> None:  # noqa: FBT001
    """INV-B1, INV-B3: whichever carrier, and whether anybody is left to tell."""
    stage, carriers = staged()
    stage.to_device(stage.twin.hear())
    carriers.is_direct = direct
    stage.session.send_picture(head(1), b"waits")
    if told:
        stage.session.stop(EndReason.CUSTOMER_STOPPED)
    else:
        stage.session.abandon()
    assert carriers.closed
    before = len(carriers.frames)
    stage.session.send_picture(head(2), b"late")
    stage.session.media.send_sound(SoundHead(2, 2, 5), b"late")
    stage.session.media.say(Signal(kind=SignalKind.BYE, data=""))
    stage.settle()
    assert len(carriers.frames) == before
    assert [it.pic for it, _ in stage.twin.pictures] == []
    assert not stage.session.media.hears


def test_a_lost_lease_closes_the_data_channel_too() -> None:
    """INV-B3: whatever still flows between the ends, the device stops within the lease."""
    stage, carriers = staged()
    carriers.is_direct = True
    stage.pass_time(5, technician=False)
    assert carriers.closed
    assert stage.host.over == [EndReason.TECHNICIAN_LOST]


def test_a_relay_that_died_ends_what_needs_no_relay() -> None:
    """INV-B3."""
    stage, carriers = staged()
    carriers.is_direct = True
    stage.pass_time(5, relay=False)
    assert carriers.closed
    assert stage.host.over == [EndReason.RELAY_LOST]


def test_sound_is_heard_only_while_it_is_granted_and_wanted() -> None:
    """INV-A6: off until the customer allows it, off until the technician asks for it."""
    stage, _ = staged(Grant.VIEW, Grant.KEYS)
    stage.to_device(stage.twin.hear())
    stage.session.media.send_sound(SoundHead(1, 2, 5), b"sound")
    stage.settle()
    assert (stage.host.heard, stage.twin.sounds) == ([], [])

    stage, _ = staged()
    stage.session.media.send_sound(SoundHead(1, 2, 5), b"unwanted")
    stage.to_device(stage.twin.hear())
    stage.session.media.send_sound(SoundHead(2, 2, 5), b"sound")
    stage.settle()
    stage.to_device(stage.twin.hear(on=False))
    stage.session.media.send_sound(SoundHead(3, 2, 5), b"unwanted")
    stage.settle()
    assert stage.host.heard == [True, False]
    assert stage.twin.sounds == [(SoundHead(2, 2, 5), b"sound")]


def test_sound_that_waits_for_a_slow_line_is_dropped_not_queued() -> None:
    """INV-F3."""
    stage, _ = staged()
    stage.to_device(stage.twin.hear())
    media = stage.session.media
    for _ in range(SOUND_QUEUE_FRAMES + 5):
        media.send_sound(SoundHead(media.next_sound(), 2, 5), b"sound")
    stage.settle()
    assert [it.n for it, _ in stage.twin.sounds] == [*range(1, SOUND_QUEUE_FRAMES + 1)]
    media.send_sound(SoundHead(media.next_sound(), 2, 5), b"sound")
    stage.settle()
    assert stage.twin.sounds[-1][0].n == SOUND_QUEUE_FRAMES + 6


def test_a_consent_without_sound_or_view_takes_them_away_at_once() -> None:
    stage, carriers = staged()
    stage.to_device(stage.twin.hear())
    stage.session._permit.grants = frozenset({Grant.KEYS})
    stage.session.media.permitted()
    assert carriers.done == ["withdraw"]
    assert stage.host.heard == [True, False]


def test_a_device_without_another_way_says_so() -> None:
    stage, _ = staged()
    stage.session.media.carriers = None
    stage.to_device(stage.twin.signal(SignalKind.OFFER, "an offer"))
    assert stage.twin.heard[-1] == Signal(kind=SignalKind.BYE, data="")
    stage.to_device(stage.twin.carried_by(CarrierName.WS))
    assert stage.session.is_open


def test_who_may_not_see_is_answered_with_bye() -> None:
    stage, carriers = staged(Grant.KEYS)
    stage.to_device(stage.twin.signal(SignalKind.OFFER, "an offer"))
    assert carriers.signals == []
    assert stage.twin.heard[-1] == Signal(kind=SignalKind.BYE, data="")


def test_signals_reach_the_carriers_and_acknowledgements_too() -> None:
    stage, carriers = staged()
    stage.to_device(stage.twin.signal(SignalKind.OFFER, "an offer"))
    stage.to_device(stage.twin.carried_by(CarrierName.DC))
    stage.to_device(stage.twin.ack(1))
    stage.to_device(stage.twin.keyframe())
    assert [signal.data for signal in carriers.signals] == ["an offer"]
    assert carriers.names == [CarrierName.DC]
    assert carriers.done == ["acknowledged 1", "forget"]


@pytest.mark.parametrize("early", [True, False])
def test_words_at_the_wrong_moment_end_the_session(early: bool) -> None:  # noqa: FBT001 - before the consent
    """INV-C2: nothing is negotiated before the customer's yes, and a carrier is named only after an offer."""
    for word in ("signal", "carrier", "hear", "answer"):
        stage = Stage(asks=EVERYTHING).pair() if early else staged()[0]
        twin = stage.twin
        frame = {
            "signal": lambda twin=twin: twin.signal(SignalKind.OFFER, "an offer"),
            "carrier": lambda twin=twin: twin.carried_by(CarrierName.DC),
            "hear": lambda twin=twin: twin.hear(),
            "answer": lambda twin=twin: twin.signal(SignalKind.ANSWER, "an answer"),
        }[word]()
        stage.to_device(frame)
        refused = early or word in {"carrier", "answer"}
        assert stage.session.is_open is not refused, word
        assert stage.host.over == ([EndReason.INTEGRITY_FAILED] if refused else [])


def test_a_change_of_carrier_asks_for_a_key_frame() -> None:
    stage, _ = staged()
    stage.session.media.carrier_changed()
    assert isinstance(stage.session.pictures, FakePictures)
    assert stage.session.pictures.keys == 1
