"""A device that asks which unit it is: what is judged first, and what it is told (SPEC §5.5)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from relay.ports import Issued, Named, NotOpen, TooMany, Trust
from relay.session.seat import Phase
from tests.relay.kit import DEVICE_KEY, ORIGIN
from tests.relay.test_seat import RC, Bench
from wire.enrolment import enrol_message
from wire.limits import HELLO_S, SILENCE_S
from wire.messages import Abort, Challenge, Enrol, Enrolled, KeysetMsg, encode
from wire.reasons import CloseCode

CODE = "GHJKMNPQRSTVWXYZ"
PUBLIC = DEVICE_KEY.public_key().public_bytes_raw()
GREETED = Challenge(rc=RC, origin=ORIGIN)


def asked(
    *,
    signer: Ed25519PrivateKey = DEVICE_KEY,
    origin: str = ORIGIN,
    rc: bytes = RC,
    key: bytes = PUBLIC,
    code: str = CODE,
) -> Enrol:
    """Signed for what is named, and always sent with the device's own key and code."""
    return Enrol(code=CODE, key=PUBLIC, sig=signer.sign(enrol_message(origin, rc, key, code)))


def enrolling(trust: Trust | None = None) -> Bench:
    bench = Bench(trust)
    bench.seat.receive(encode(asked()))
    assert bench.seat.phase is Phase.ENROLLING
    return bench


def test_a_device_that_proves_its_key_is_told_its_unit_as_the_last_word() -> None:
    bench = enrolling()
    assert bench.desk.enrolling == [asked()]
    bench.seat.enrolled(Named("a.b.c"))
    assert bench.line.said == [GREETED, Enrolled(cred="a.b.c")]
    assert bench.line.closed is CloseCode.ENDED
    assert (bench.desk.gone, bench.desk.asked) == (["device_aborted"], [])


@pytest.mark.parametrize("wrong", ["signer", "origin", "rc", "key", "code"])
def test_no_code_is_looked_at_for_a_key_that_is_not_proven(wrong: str) -> None:
    """Of this service, this socket, this key and this code: a signature that was caught elsewhere is none."""
    changes: dict[str, dict[str, object]] = {
        "signer": {"signer": Ed25519PrivateKey.from_private_bytes(bytes(32))},
        "origin": {"origin": "https://other.example"},
        "rc": {"rc": bytes(32)},
        "key": {"key": bytes(32)},
        "code": {"code": "0" * 16},
    }
    bench = Bench()
    bench.seat.receive(encode(asked(**changes[wrong])))  # type: ignore[arg-type]
    assert bench.line.error == ("not_allowed", 4401)
    assert bench.desk.enrolling == []


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (NotOpen(), ("code_not_open", 4404)),
        (TooMany(2), ("too_many", 4429)),
        (None, ("try_later", 1013)),
    ],
)
def test_whatever_else_became_of_it_is_said(outcome: NotOpen | TooMany | None, told: tuple[str, int]) -> None:
    bench = enrolling()
    bench.seat.enrolled(outcome)
    assert bench.line.error == told


def test_a_device_that_left_meanwhile_hears_nothing_and_is_left_once() -> None:
    bench = enrolling()
    bench.seat.gone()
    bench.seat.enrolled(Named("a.b.c"))
    assert bench.line.said == [GREETED]
    assert bench.desk.gone == ["device_lost"]


def test_the_device_hears_of_new_keys_before_what_they_signed() -> None:
    bench = enrolling(Trust(b"old keys", ()))
    bench.trust = Trust(b"new keys", ())
    bench.seat.enrolled(Named("a.b.c"))
    assert [said.data for said in bench.line.said if isinstance(said, KeysetMsg)] == [
        b"old keys",
        b"new keys",
    ]
    assert bench.line.said[-1] == Enrolled(cred="a.b.c")


def test_one_socket_asks_once_and_for_nothing_else() -> None:
    for second in (asked(), Abort()):
        bench = enrolling()
        bench.seat.receive(encode(second))
        assert bench.line.error == ("wrong_state", 4409)
        assert len(bench.desk.enrolling) == 1
    bench = Bench().live()
    bench.seat.receive(encode(asked()))
    assert bench.line.error == ("wrong_state", 4409)
    assert bench.desk.enrolling == []


def test_it_is_turned_away_when_the_relay_stops_and_lost_when_it_falls_silent() -> None:
    bench = enrolling()
    bench.seat.turn_away("draining")
    assert bench.line.error == ("try_later", 1013)
    bench = enrolling()
    bench.clock.advance(max(HELLO_S, SILENCE_S))
    bench.seat.tick(bench.clock.s)
    assert bench.line.error == ("timed_out", 4408)
    bench.seat.answered(Issued("5" * 32, "40212", bench.clock.ms))
    assert bench.line.error == ("timed_out", 4408)
