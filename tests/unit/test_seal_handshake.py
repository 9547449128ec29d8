"""The key agreement: both ends agree, once, on one thing, or not at all (seal/SPEC §1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seal.errors import SealError
from tests.unit.seal_runs import HELLO_D, HELLO_T, SECRET, console, device, pair, scalar
from wire.canonical import dump
from wire.encoding import b64, key_id

if TYPE_CHECKING:
    from seal.handshake import ConsoleHandshake, DeviceHandshake


def run(d: DeviceHandshake, t: ConsoleHandshake) -> tuple[bytes, bytes]:
    """Both transcript hashes of a run without a relay in between."""
    ya = t.start(scalar("a"))
    yb, tb = d.answer(HELLO_T, ya, scalar("b"))
    ta, keys = t.finish(yb, tb)
    return d.confirm(ta).th, keys.th


def test_two_ends_that_agree_share_one_transcript() -> None:
    one, other = run(device(), console())
    assert one == other
    assert len(one) == 64


def test_a_second_run_shares_nothing_with_the_first() -> None:
    """INV-C3: fresh scalars, fresh session."""
    assert pair("one").device.th != pair("two").device.th


def hello_d(**changes: Any) -> bytes:
    return dump(json.loads(HELLO_D) | changes)


def hello_t(**changes: Any) -> bytes:
    return dump(json.loads(HELLO_T) | changes)


@pytest.mark.parametrize(
    "believes",
    [
        {"secret": "678902"},
        {"secret": ""},
        {"locator": "12346"},
        {"rs": bytes(16)},
        {"origin": "https://relay.example:8443"},
        {"hello_d": hello_d(fails=1)},
        {"hello_d": hello_d(fw="3.14.1")},
        {"hello_d": hello_d(nd=b64(b"x" * 32))},
        {"hello_d": hello_d(dpk=b64(b"x" * 32), dev=key_id(b"x" * 32))},
        {"hello_t": hello_t(nt=b64(b"x" * 32))},
        {"hello_t": hello_t(kid=key_id(b"x" * 32))},
    ],
    ids=lambda believes: next(iter(believes)),
)
def test_ends_that_believe_different_things_never_agree(believes: dict[str, Any]) -> None:
    """INV-C1, INV-C2: secret, channel, service, device and version are all bound."""
    t = console(**believes)
    ya = t.start(scalar("a"))
    yb, tb = device().answer(HELLO_T, ya, scalar("b"))
    with pytest.raises(SealError, match="bad_tag"):
        t.finish(yb, tb)


@pytest.mark.parametrize("place", range(0, 64, 9))
def test_a_changed_tag_is_refused_by_either_end(place: int) -> None:
    d, t = device(), console()
    yb, tb = d.answer(HELLO_T, t.start(scalar("a")), scalar("b"))
    ta, _ = console_finish(yb, tb)
    for end, tag in ((lambda x: t.finish(yb, x), tb), (d.confirm, ta)):
        changed = bytearray(tag)
        changed[place] ^= 0x10
        with pytest.raises(SealError, match="bad_tag"):
            end(bytes(changed))


def console_finish(yb: bytes, tb: bytes) -> tuple[bytes, Any]:
    t = console()
    t.start(scalar("a"))
    return t.finish(yb, tb)


@pytest.mark.parametrize("size", [0, 1, 32, 63, 65])
def test_a_tag_of_another_length_is_refused(size: int) -> None:
    d, t = device(), console()
    yb, tb = d.answer(HELLO_T, t.start(scalar("a")), scalar("b"))
    ta, _ = console_finish(yb, tb)
    with pytest.raises(SealError, match="bad_tag"):
        t.finish(yb, (tb + b"x")[:size])
    with pytest.raises(SealError, match="bad_tag"):
        d.confirm((ta + b"x")[:size])


def test_an_end_never_takes_its_own_tag_for_the_other_ends() -> None:
    """INV-C1: a relay that reflects is found out."""
    d = device()
    _, tb = d.answer(HELLO_T, console().start(scalar("a")), scalar("b"))
    with pytest.raises(SealError, match="bad_tag"):
        d.confirm(tb)


def test_a_device_answers_once() -> None:
    """INV-A7: one code, one guess for the console's end."""
    d = device()
    ya = console().start(scalar("a"))
    d.answer(HELLO_T, ya, scalar("b"))
    with pytest.raises(SealError, match="wrong_state"):
        d.answer(HELLO_T, ya, scalar("c"))


@pytest.mark.parametrize(
    ("hello", "ya", "code"),
    [
        (HELLO_T + b" ", bytes([9]) + bytes(31), "bad_hello"),
        (hello_t(v=2), bytes([9]) + bytes(31), "bad_hello"),
        (hello_t(suite="NONE"), bytes([9]) + bytes(31), "bad_hello"),
        (HELLO_D, bytes([9]) + bytes(31), "bad_hello"),
        (HELLO_T, bytes(32), "bad_point"),
        (HELLO_T, bytes(31), "bad_point"),
    ],
)
def test_a_device_that_refused_answers_nothing_more(hello: bytes, ya: bytes, code: str) -> None:
    d = device()
    with pytest.raises(SealError, match=code):
        d.answer(hello, ya, scalar("b"))
    with pytest.raises(SealError, match="wrong_state"):
        d.answer(HELLO_T, console().start(scalar("a")), scalar("b"))
    with pytest.raises(SealError, match="wrong_state"):
        d.confirm(bytes(64))


def test_a_device_gives_no_second_try_at_its_tag() -> None:
    d, t = device(), console()
    yb, tb = d.answer(HELLO_T, t.start(scalar("a")), scalar("b"))
    ta, _ = t.finish(yb, tb)
    with pytest.raises(SealError, match="bad_tag"):
        d.confirm(bytes(64))
    with pytest.raises(SealError, match="wrong_state"):
        d.confirm(ta)


def test_a_console_starts_once_and_finishes_once() -> None:
    t = console()
    with pytest.raises(SealError, match="wrong_state"):
        t.finish(bytes(32), bytes(64))
    ya = t.start(scalar("a"))
    with pytest.raises(SealError, match="wrong_state"):
        t.start(scalar("c"))
    yb, tb = device().answer(HELLO_T, ya, scalar("b"))
    with pytest.raises(SealError, match="bad_tag"):
        t.finish(yb, bytes(64))
    with pytest.raises(SealError, match="wrong_state"):
        t.finish(yb, tb)


@pytest.mark.parametrize(
    "wrong", [HELLO_D + b" ", hello_d(v=2), hello_d(dev=key_id(bytes(32))), HELLO_T, b""]
)
def test_a_console_refuses_a_device_it_cannot_believe_before_it_sends_anything(wrong: bytes) -> None:
    with pytest.raises(SealError, match="bad_hello"):
        console(hello_d=wrong)


def test_who_is_calling_is_unknown_before_the_answer() -> None:
    d = device()
    with pytest.raises(SealError, match="wrong_state"):
        _ = d.hello_t
    d.answer(HELLO_T, console().start(scalar("a")), scalar("b"))
    assert d.hello_t.kid == key_id(b"i" * 32)


def held(thing: object) -> set[object]:
    return {value for value in vars(thing).values() if isinstance(value, str | bytes)}


def test_the_secret_is_forgotten_with_the_first_message() -> None:
    """INV-C3, INV-C4: nothing later can leak it."""
    d, t = device(), console()
    assert SECRET in held(d)
    assert SECRET in held(t)
    ya = t.start(scalar("a"))
    assert SECRET not in held(t)
    yb, tb = d.answer(HELLO_T, ya, scalar("b"))
    assert SECRET not in held(d)
    t.finish(yb, tb)
    assert scalar("a") not in held(t)
