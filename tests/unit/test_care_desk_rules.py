"""The desk's pure parts: how often one may ask, what is signed, an upgrade's life, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from care import identifiers
from care.catalogue.models import Why
from care.desk import limits, once, refusing
from care.desk.ground import Ground
from care.desk.limits import Limit, Wait, take
from care.desk.refusing import Hint
from care.desk.signed import SecretFault, is_genuine, read_secrets, sign
from care.identifiers import Problem, Unfit
from care.registration.rules import Refused
from care.warranty.upgrade_machine import TRANSITIONS, Event, State, after

if TYPE_CHECKING:
    from pathlib import Path

FEW = Limit("few", burst=3, each_ms=1_000)
SECRET = b"s" * 32


def test_so_many_at_once_and_then_one_at_a_time() -> None:
    free_at = 0
    for _ in range(3):
        taken = take(free_at, FEW, now=10_000)
        assert isinstance(taken, int)
        free_at = taken
    assert take(free_at, FEW, now=10_000) == Wait(1_000)
    assert take(free_at, FEW, now=10_400) == Wait(600)
    later = take(free_at, FEW, now=11_000)
    assert isinstance(later, int)
    assert take(later, FEW, now=11_000) == Wait(1_000), "one was free, not three"


def test_who_waits_as_told_gets_in() -> None:
    wait = take(13_000, FEW, now=10_000)
    assert isinstance(wait, Wait)
    assert isinstance(take(13_000, FEW, now=10_000 + wait.ms), int)
    assert isinstance(take(13_000, FEW, now=10_000 + wait.ms - 1), Wait)


def test_what_costs_more_waits_longer_and_a_refused_one_costs_nothing() -> None:
    assert take(12_000, FEW, now=10_000, cost=2) == Wait(1_000)
    assert take(12_000, FEW, now=10_000, cost=1) == 13_000


def test_nobody_is_let_in_more_often_by_waiting_long() -> None:
    assert take(0, FEW, now=10**12) == 10**12 + 1_000


def test_every_limit_bears_the_dearest_question() -> None:
    """A hint costs as many questions as there are readings: fifteen."""
    for limit in (limits.ASK_BY_SOURCE, limits.ASK_BY_ALL, limits.REGISTER_BY_CUSTOMER):
        assert limit.burst > identifiers.SERIAL_LONG


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_every_state_of_an_upgrade_meets_every_event(state: State, event: Event) -> None:
    """R88: offline fails nothing, and what is done or cancelled stays so."""
    expected = {
        Event.ONLINE: State.DONE,
        Event.CANCEL: State.CANCELLED,
        Event.NOT_ONLINE: State.WAITING_ONLINE,
    }
    is_over = state in {State.DONE, State.CANCELLED}
    assert after(state, event) is (None if is_over else expected[event])
    assert ((state, event) in TRANSITIONS) == (not is_over)


def genuine(signature: str, *, body: bytes = b"{}", delivery: str = "delivery-1", now_s: int = 1_000) -> bool:
    return is_genuine(
        signature=signature, delivery=delivery, body=body, secrets=(b"n" * 32, SECRET), now_s=now_s
    )


def test_a_message_is_genuine_with_either_secret_and_for_five_minutes() -> None:
    for secret in (SECRET, b"n" * 32):
        good = sign(delivery="delivery-1", body=b"{}", secret=secret, now_s=1_000)
        assert all(genuine(good, now_s=now_s) for now_s in (700, 1_000, 1_300))
        assert not any(genuine(good, now_s=now_s) for now_s in (699, 1_301))
        assert not genuine(good, body=b"{ }")
        assert not genuine(good, delivery="delivery-2")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1000",
        "v1=" + "0" * 64,
        "t=1000,v1=",
        "t=1000,v1=" + "0" * 64,
        "t=x,v1=" + "0" * 64,
        "t=1000,v1=" + "é" * 64,
    ],
)
def test_what_is_no_signature_is_refused(signature: str) -> None:
    assert not genuine(signature)


@pytest.mark.parametrize("delivery", ["", "short", "x" * 65, "a b c d e f", "delivery\n1"])
def test_a_delivery_has_a_name_of_its_own(delivery: str) -> None:
    good = sign(delivery=delivery, body=b"{}", secret=SECRET, now_s=1_000)
    assert not genuine(good, delivery=delivery)


def test_one_or_two_secrets_stand_in_their_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text(f"{'a' * 32}\n\n{'b' * 40}\n", encoding="ascii")
    assert read_secrets(file) == (b"a" * 32, b"b" * 40)
    for wrong in ("", "short\n", "\n".join("c" * 32 for _ in range(3)), "é" * 32):
        file.write_text(wrong, encoding="utf-8")
        with pytest.raises(SecretFault):
            read_secrets(file)
    with pytest.raises(SecretFault):
        read_secrets(tmp_path / "none")


def test_a_wish_is_its_method_path_and_body() -> None:
    first = once.wish("k", "POST", "/a", b"{}")
    assert first == once.wish("k", "POST", "/a", b"{}")
    others = [("PUT", "/a", b"{}"), ("POST", "/b", b"{}"), ("POST", "/a", b"{ }")]
    assert first.asked not in {once.wish("k", *other).asked for other in others}


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "é", "a\n"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="visible"):
        once.wish(key, "POST", "/a", b"")


@pytest.mark.parametrize("problem", list(Problem))
def test_every_problem_of_a_number_has_a_hint(problem: Problem) -> None:
    refused = refusing.unfit(Unfit(problem, 14), "/serial")
    slug = "packaging-code" if problem is Problem.PACKAGING else "identifier-invalid"
    assert refused.slug == slug
    assert {one["pointer"] for one in refused.errors} == {"/serial"}
    assert {one["hint"] for one in refused.errors} <= set(Hint)


@pytest.mark.parametrize("why", list(Refused))
def test_every_reason_names_a_field_and_what_to_look_at(why: Refused) -> None:
    refused = refusing.refused(why, pointer="/serial", why_not=Why.STORAGE, terms="t")
    assert refused.slug == why.value
    assert len(refused.errors) == 1
    assert refused.errors[0]["hint"] in set(Hint)


def test_every_reason_why_a_model_is_not_registered_is_a_hint() -> None:
    assert {why.value for why in Why} <= set(Hint)


def test_keyed_hashes_do_not_depend_on_where_parts_are_cut() -> None:
    ground = Ground(None, None, now=lambda: 0, new_id=str, key=b"k" * 32)  # type: ignore[arg-type]
    assert ground.hashed("ab", "c") != ground.hashed("a", "bc")
    assert len(ground.hashed("\ud800")) == 64, "whatever was typed"
