"""A device's socket before its session: hello, code, expiry, and every way to be refused (SPEC §5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from relay.ports import Full, Issued, NotOpen, TooMany, Trust
from relay.session.seat import DeviceSeat, Greeting, Phase
from tests.relay.kit import DEVICE_KEY, ORIGIN, FakeClock, FakeLine, check_signature, device_hello
from wire.hellos import DeviceHello, device_hello_message
from wire.messages import (
    Abort,
    Challenge,
    CodeMsg,
    Enrol,
    ErrorMsg,
    Hello,
    KeysetMsg,
    PakeB,
    Redeem,
    Redeemed,
    StatusMsg,
    encode,
)
from wire.reasons import CloseCode, ErrorCode

if TYPE_CHECKING:
    from relay.session.broker import Broker
    from wire.structs import Message

RC, RS = bytes([7] * 32), bytes([8] * 16)


@dataclass
class FakeDesk:
    asked: list[DeviceSeat] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    enrolling: list[Enrol] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def wanted(self, seat: DeviceSeat) -> None:
        self.asked.append(seat)

    def claims(self, seat: DeviceSeat, locator: str) -> None:
        self.claimed.append(locator)

    def enrols(self, seat: DeviceSeat, asked: Enrol) -> None:
        self.enrolling.append(asked)

    def left(self, seat: DeviceSeat, why: str) -> None:
        self.gone.append(why)


class Bench:
    def __init__(self, trust: Trust | None = None) -> None:
        self.clock, self.line, self.desk = FakeClock(), FakeLine(), FakeDesk()
        self.trust = trust
        self.seat = DeviceSeat(
            line=self.line,
            greeting=Greeting(ORIGIN, RC, RS),
            clock=self.clock,
            check=check_signature,
            desk=self.desk,
            trust=lambda: self.trust,
        )

    def greet(
        self,
        hello: DeviceHello | None = None,
        *,
        key: Ed25519PrivateKey = DEVICE_KEY,
        origin: str = ORIGIN,
        rc: bytes = RC,
    ) -> Bench:
        data = (hello or device_hello()).to_bytes()
        sig = key.sign(device_hello_message(origin, rc, data))
        self.seat.receive(encode(Hello(hello=data, sig=sig)))
        return self

    def live(self) -> Bench:
        self.greet()
        self.seat.answered(Issued("5" * 32, "40212", self.clock.ms + 600_000))
        return self

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            self.seat.heard()
            self.seat.tick(self.clock.s)


def test_the_relay_speaks_first_and_states_its_origin() -> None:
    bench = Bench()
    assert bench.line.said == [Challenge(rc=RC, origin=ORIGIN)]


def test_a_device_that_proves_its_key_is_given_a_code() -> None:
    bench = Bench().live()
    assert len(bench.desk.asked) == 1
    assert bench.line.said[1:] == [CodeMsg(locator="40212", rs=RS, ttl=600)]
    assert bench.seat.phase is Phase.LIVE


def test_a_device_whose_customer_typed_a_code_asks_for_that_code_alone() -> None:
    bench = Bench()
    data = device_hello().to_bytes()
    sig = DEVICE_KEY.sign(device_hello_message(ORIGIN, RC, data))
    bench.seat.receive(encode(Redeem(locator="40212", hello=data, sig=sig)))
    assert (bench.desk.claimed, bench.desk.asked) == (["40212"], [])
    bench.seat.receive(encode(Redeem(locator="40213", hello=data, sig=sig)))
    assert bench.line.error == ("wrong_state", 4409)
    assert bench.desk.claimed == ["40212"]


def test_a_device_that_leaves_while_its_code_is_looked_up_is_told_nothing() -> None:
    bench = Bench()
    data = device_hello().to_bytes()
    sig = DEVICE_KEY.sign(device_hello_message(ORIGIN, RC, data))
    bench.seat.receive(encode(Redeem(locator="40212", hello=data, sig=sig)))
    bench.seat.gone()
    assert bench.seat.is_gone
    bench.seat.not_claimed(NotOpen())
    assert bench.line.said == [Challenge(rc=RC, origin=ORIGIN)]


@pytest.mark.parametrize(("wait_s", "said"), [(1, 1), (900, 900), (200_000, 86_400)])
@pytest.mark.parametrize("asked", ["a code to show", "a typed code"])
def test_a_device_that_must_wait_hears_how_long(asked: str, wait_s: int, said: int) -> None:
    """So that the customer is told minutes, and not that the server is full."""
    bench = Bench()
    if asked == "a code to show":
        bench.greet()
        bench.seat.answered(TooMany(wait_s))
    else:
        data = device_hello().to_bytes()
        sig = DEVICE_KEY.sign(device_hello_message(ORIGIN, RC, data))
        bench.seat.receive(encode(Redeem(locator="40212", hello=data, sig=sig)))
        bench.seat.not_claimed(TooMany(wait_s))
    assert bench.line.said[-1] == ErrorMsg(code=ErrorCode.TOO_MANY, wait_s=said)
    assert bench.line.closed is CloseCode.TOO_MANY


@pytest.mark.parametrize("wrong", ["key", "origin", "rc"])
def test_a_signature_that_does_not_fit_is_not_allowed(wrong: str) -> None:
    """The proof is for this key, this service and this connection."""
    bench = Bench()
    if wrong == "key":
        bench.greet(key=Ed25519PrivateKey.generate())
    elif wrong == "origin":
        bench.greet(origin="https://other.example")
    else:
        bench.greet(rc=bytes(32))
    assert bench.line.error == ("not_allowed", 4401)
    assert bench.desk.asked == []


def test_a_firmware_name_that_deceives_the_eye_is_refused() -> None:
    """INV-G5: it is shown to technicians."""
    bench = Bench().greet(device_hello(fw="Vista\u202e55"))
    assert bench.line.error == ("bad_message", 4400)
    assert bench.desk.asked == []


def test_a_hello_must_come_within_ten_seconds() -> None:
    bench = Bench()
    bench.wait(9.75)
    assert bench.line.closed is None
    bench.wait(0.25)
    assert bench.line.error == ("timed_out", 4408)


@pytest.mark.parametrize("data", [b"frame", encode(Abort()), encode(PakeB(y=bytes(32), tag=bytes(64)))])
def test_anything_but_a_hello_comes_at_the_wrong_moment(data: str | bytes) -> None:
    bench = Bench()
    bench.seat.receive(data)
    assert bench.line.error == ("wrong_state", 4409)


@pytest.mark.parametrize(
    "data", ["", "{", '{"t":"hello"}', '{"t":"what"}', '{"t":"hello","hello":"AA","sig":"AA"}']
)
def test_a_malformed_first_message_is_refused(data: str) -> None:
    """INV-F1."""
    bench = Bench()
    bench.seat.receive(data)
    assert bench.line.error == ("bad_message", 4400)


def test_an_oversized_text_closes_with_1009() -> None:
    bench = Bench()
    bench.seat.receive("x" * 16_385)
    assert bench.line.closed is CloseCode.TOO_BIG


def test_a_second_hello_is_refused_and_cancels_the_code() -> None:
    bench = Bench().live().greet()
    assert bench.line.error == ("wrong_state", 4409)
    assert bench.desk.gone == ["device_aborted"]


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (TooMany(900), ("too_many", 4429)),
        (Full(), ("try_later", 1013)),
        (None, ("try_later", 1013)),
    ],
)
def test_without_a_code_the_device_hears_why(outcome: TooMany | Full | None, error: tuple[str, int]) -> None:
    bench = Bench().greet()
    bench.seat.answered(outcome)
    assert bench.line.error == error


def test_a_code_ends_when_its_time_is_up() -> None:
    """INV-A3."""
    bench = Bench().live()
    bench.wait(599.75)
    assert bench.line.closed is None
    bench.wait(0.25)
    assert bench.line.error == ("code_over", 4410)
    assert bench.desk.gone == ["time_up"]


def test_a_wall_clock_that_stands_still_does_not_keep_a_code_alive() -> None:
    bench = Bench().live()
    for _ in range(600):
        bench.clock.s += 1
        bench.seat.heard()
        bench.seat.tick(bench.clock.s)
    assert bench.desk.gone == ["time_up"]


def test_a_wall_clock_that_leaps_ends_the_code_early() -> None:
    bench = Bench().live()
    bench.clock.ms += 600_000
    bench.wait(0.25)
    assert bench.desk.gone == ["time_up"]


def test_a_silent_device_loses_its_code() -> None:
    bench = Bench().live()
    bench.clock.advance(4.5)
    bench.seat.tick(bench.clock.s)
    assert bench.desk.gone == []
    bench.clock.advance(0.25)
    bench.seat.tick(bench.clock.s)
    assert bench.desk.gone == ["device_lost"]


def test_a_device_that_leaves_loses_its_code_and_leaves_once() -> None:
    bench = Bench().live()
    bench.seat.gone()
    bench.seat.gone()
    bench.seat.receive("{")
    bench.wait(700)
    assert bench.desk.gone == ["device_lost"]


def test_a_customer_who_no_longer_wants_the_code_cancels_it() -> None:
    bench = Bench().live()
    bench.seat.receive(encode(Abort()))
    assert bench.line.closed is CloseCode.ENDED
    assert bench.desk.gone == ["device_aborted"]


def test_a_code_issued_to_a_device_that_has_just_left_is_cancelled() -> None:
    bench = Bench().greet()
    bench.seat.gone()
    bench.seat.answered(Issued("5" * 32, "40212", bench.clock.ms + 600_000))
    assert bench.desk.gone[-1] == "device_lost"
    assert bench.seat.issued is not None
    assert all(not isinstance(message, CodeMsg) for message in bench.line.said)


def test_a_draining_relay_turns_a_waiting_device_away() -> None:
    bench = Bench().live()
    bench.seat.turn_away("draining")
    assert bench.line.error == ("try_later", 1013)
    assert bench.desk.gone == ["draining"]


def test_a_waiting_device_is_pinged_every_second() -> None:
    bench = Bench().live()
    bench.wait(10)
    assert bench.line.pings == 10


def test_a_flood_of_texts_is_cut_off() -> None:
    bench = Bench()
    bench.seat.phase = Phase.ISSUING
    bench.seat._texts._tokens = 0
    bench.seat.receive(encode(Abort()))
    assert bench.line.error == ("too_many", 4429)


TRUST = Trust(b"{}", (encode(StatusMsg(part=1, parts=1, data=b"{}")),))
NEWER = Trust(b"{}", (encode(StatusMsg(part=1, parts=1, data=b"{ }")),))


def test_a_device_is_told_whom_to_believe_before_it_speaks() -> None:
    """SPEC §5.1."""
    bench = Bench(TRUST)
    assert [type(message) for message in bench.line.said] == [Challenge, KeysetMsg, StatusMsg]
    assert bench.line.said[1] == KeysetMsg(data=b"{}", at=bench.clock.ms)


@pytest.mark.parametrize(("newer", "told"), [(TRUST, []), (NEWER, [KeysetMsg, StatusMsg])])
def test_a_device_that_waited_is_told_again_what_changed_before_it_is_redeemed(
    newer: Trust, told: list[type[Message]]
) -> None:
    bench = Bench(TRUST).live()
    before = len(bench.line.said)
    bench.trust = newer
    bench.seat.redeemed(cast("Broker", None), "5" * 32)
    assert [type(message) for message in bench.line.said[before:]] == [*told, Redeemed]
