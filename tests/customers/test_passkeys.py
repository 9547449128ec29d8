"""Passkeys against an authenticator in software, honest and otherwise (WebAuthn Level 3 §7)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import locales
from identity.customers.passkey_store import Passkey, passkey, passkey_challenge
from identity.customers.passkeys import PasskeyRefused, PasskeysFull
from identity.customers.rules import CHALLENGE_LIFE_MS, CHALLENGES_FROM_SOURCE, CHALLENGES_MOST, PASSKEYS_MOST
from identity.customers.sessions import SignedIn
from identity.service import SignInRefused, Waiting
from tests.customers.authenticator import Authenticator
from tests.customers.house import HERE, ORIGIN
from wire.encoding import b64, unb64

if TYPE_CHECKING:
    from identity.customers.store import Customer
    from tests.customers.house import House

pytestmark = pytest.mark.slow


async def added(house: House, who: Customer, key: Authenticator | None = None, name: str = "phone") -> object:
    key = key or Authenticator()
    return await house.passkeys.add(who, key.create(await house.passkeys.begin(who)), name)


async def options(house: House, source: str = HERE) -> dict[str, Any]:
    begun = await house.passkeys.begin_sign_in(source)
    assert isinstance(begun, dict)
    return begun


async def sign_in(house: House, key: Authenticator, source: str = HERE) -> object:
    return await house.passkeys.sign_in(key.get(await options(house, source)), source)


async def test_a_passkey_signs_in_without_anything_typed(house: House) -> None:
    who, key = await house.customer(), Authenticator()
    made = await added(house, who, key, " Līga's phone ")
    assert isinstance(made, Passkey)
    assert (made.name, made.customer, made.used_at) == ("Līga's phone", who.id, None)
    house.clock.pass_ms(5)
    signed = await sign_in(house, key)
    assert isinstance(signed, SignedIn)
    assert signed.customer == who
    assert await house.customers.customer_for_session(signed.token) == who
    [kept] = await house.passkeys.of_customer(who)
    assert (kept.sign_count, kept.used_at) == (1, house.clock.now_ms())
    assert house.leaves.of("customer.signed_in")[-1] == {"by": "passkey"}


async def test_whoever_owns_the_account_is_told_of_each_new_passkey(house: House) -> None:
    who = await house.customer()
    house.clock.pass_ms(1)
    await added(house, who)
    told = (await house.mails())[-1]
    assert told.recipient == who.email
    assert locales.load(who.language, "mail").text("mail.passkey_added.intro", maker="Hallmere") in told.text
    assert f"{ORIGIN}/account/recover\n" in told.text


async def test_what_is_offered_asks_for_a_person_and_a_key_that_is_found_by_itself(house: House) -> None:
    who = await house.customer()
    made = await added(house, who)
    assert isinstance(made, Passkey)
    create = await house.passkeys.begin(who)
    assert create["rp"] == {"name": "Hallmere", "id": "service.example"}
    selection = create["authenticatorSelection"]
    assert isinstance(selection, dict)
    assert selection["residentKey"] == "required"
    assert selection["userVerification"] == "required"
    assert create["attestation"] == "none"
    excluded = create["excludeCredentials"]
    assert isinstance(excluded, list)
    assert [one["id"] for one in excluded] == [made.credential_id]
    get = await options(house)
    assert get["userVerification"] == "required"
    assert get["allowCredentials"] == [], "it says of nobody that they have an account"


LIES: dict[str, dict[str, Any]] = {
    "for another origin": {"origin": "https://service.example.evil.example"},
    "for the origin without TLS": {"origin": ORIGIN.replace("https", "http")},
    "for another site": {"rp_id": "evil.example"},
    "without a person's yes": {"verifies": False},
}


@pytest.mark.parametrize("lie", [*LIES, "with a maker's word"])
async def test_what_was_made_otherwise_is_not_kept(house: House, lie: str) -> None:
    who = await house.customer()
    key = Authenticator(**LIES.get(lie, {"fmt": "tpm"}))
    assert await added(house, who, key) == PasskeyRefused()
    assert await house.rows(passkey) == []


@pytest.mark.parametrize("lie", LIES)
async def test_what_is_signed_otherwise_signs_nobody_in(house: House, lie: str) -> None:
    who, key = await house.customer(), Authenticator()
    await added(house, who, key)
    for name, value in LIES[lie].items():
        setattr(key, name, value)
    assert await sign_in(house, key) == SignInRefused()
    assert house.leaves.of("customer.sign_in_refused") == [{"why": "passkey"}]


async def test_an_answer_works_once(house: House) -> None:
    who, key = await house.customer(), Authenticator()
    await added(house, who, key)
    said = key.get(await options(house))
    assert isinstance(await house.passkeys.sign_in(said, HERE), SignedIn)
    assert await house.passkeys.sign_in(said, HERE) == SignInRefused()
    assert house.leaves.of("customer.sign_in_refused") == [{"why": "challenge"}]


async def test_of_many_with_one_answer_one_is_let_in(house: House) -> None:
    who, key = await house.customer(), Authenticator()
    await added(house, who, key)
    said = key.get(await options(house))
    answers = await asyncio.gather(*(house.passkeys.sign_in(said, f"192.0.2.{n}") for n in range(20)))
    assert sum(isinstance(answer, SignedIn) for answer in answers) == 1


async def test_a_registration_works_once_and_for_its_customer_alone(house: House) -> None:
    who, other = await house.customer(), await house.customer("other@mail.example")
    key = Authenticator()
    said = key.create(await house.passkeys.begin(who))
    assert await house.passkeys.add(other, said, "stolen") == PasskeyRefused()
    assert isinstance(await house.passkeys.add(who, said, "mine"), Passkey)
    assert await house.passkeys.add(who, said, "again") == PasskeyRefused()


async def test_a_credential_belongs_to_one_customer(house: House) -> None:
    who, other, key = await house.customer(), await house.customer("other@mail.example"), Authenticator()
    await added(house, who, key)
    assert await added(house, other, key) == PasskeyRefused()
    key.user = bytes.fromhex(other.id)
    assert await sign_in(house, key) == SignInRefused()
    key.user = b""
    assert await sign_in(house, key) == SignInRefused()
    key.user = bytes.fromhex(who.id)
    assert isinstance(await sign_in(house, key), SignedIn)


async def test_a_challenge_is_for_one_purpose_and_five_minutes(house: House) -> None:
    who, key = await house.customer(), Authenticator()
    await added(house, who, key)
    registering = await house.passkeys.begin(who)
    assert await house.passkeys.sign_in(key.get(registering), HERE) == SignInRefused()
    late = key.get(await options(house))
    house.clock.pass_ms(CHALLENGE_LIFE_MS)
    assert await house.passkeys.sign_in(late, HERE) == SignInRefused()
    fresh = Authenticator()
    signing_in = {**await options(house), "user": {"id": b64(bytes.fromhex(who.id))}}
    assert await house.passkeys.add(who, fresh.create(signing_in), "x") == PasskeyRefused()


async def test_a_count_that_went_back_is_a_copy_and_is_refused(house: House) -> None:
    who, key = await house.customer(), Authenticator()
    await added(house, who, key)
    assert isinstance(await sign_in(house, key), SignedIn)
    key.counts = False
    assert await sign_in(house, key) == SignInRefused()
    key.count = 0
    assert await sign_in(house, key) == SignInRefused()
    key.counts, key.count = True, 1
    assert isinstance(await sign_in(house, key), SignedIn)


async def test_a_key_that_never_counts_is_taken_as_such(house: House) -> None:
    who, key = await house.customer(), Authenticator(counts=False)
    await added(house, who, key)
    for _ in range(2):
        assert isinstance(await sign_in(house, key), SignedIn)


async def test_another_key_under_a_known_name_signs_nobody_in(house: House) -> None:
    who, key = await house.customer(), Authenticator()
    await added(house, who, key)
    thief = Authenticator(credential_id=key.credential_id, user=key.user)
    assert await sign_in(house, thief) == SignInRefused()


async def test_a_passkey_that_was_removed_opens_nothing_and_no_one_removes_anothers(house: House) -> None:
    """INV-G2."""
    who, other, key = await house.customer(), await house.customer("other@mail.example"), Authenticator()
    made = await added(house, who, key)
    assert isinstance(made, Passkey)
    assert not await house.passkeys.remove(other, made.id)
    assert not await house.passkeys.remove(who, "no such id")
    assert await house.passkeys.remove(who, made.id)
    assert not await house.passkeys.remove(who, made.id)
    assert await sign_in(house, key) == SignInRefused()
    assert house.leaves.of("customer.passkey_removed") == [{}]


async def test_who_guesses_at_a_passkey_waits(house: House) -> None:
    who, key = await house.customer(), Authenticator()
    await added(house, who, key)
    thief = Authenticator(credential_id=key.credential_id, user=key.user)
    answers = [await sign_in(house, thief) for _ in range(8)]
    assert SignInRefused() in answers
    assert isinstance(answers[-1], Waiting)
    assert isinstance(await sign_in(house, key, "198.51.100.7"), SignedIn)


async def test_one_source_gets_challenges_at_a_measured_pace(house: House) -> None:
    for _ in range(CHALLENGES_FROM_SOURCE.free):
        await options(house)
    assert isinstance(await house.passkeys.begin_sign_in(HERE), Waiting)
    assert await options(house, "198.51.100.7")
    house.clock.pass_ms(CHALLENGE_LIFE_MS)
    await options(house)
    assert len(await house.rows(passkey_challenge)) == 1


async def test_a_customer_has_some_challenges_and_passkeys_and_no_more(house: House) -> None:
    who = await house.customer()
    for _ in range(CHALLENGES_MOST + 3):
        await house.passkeys.begin(who)
    assert len(await house.rows(passkey_challenge)) == CHALLENGES_MOST
    for _ in range(PASSKEYS_MOST):
        assert isinstance(await added(house, who), Passkey)
    assert await added(house, who) == PasskeysFull()


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\u202eb"])
async def test_a_name_that_no_one_could_read_is_refused(house: House, name: str) -> None:
    assert await added(house, await house.customer(), name=name) == PasskeyRefused()


def broken(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Answers with one thing wrong each."""
    found: list[dict[str, Any]] = [{}, {"response": None}, {"response": []}, {**said, "type": "password"}]
    junk: list[object] = ["", "AAAA", "!", "\0", "\ud800", b64(b"{}"), None, 7]
    junk += [b64(b"\xff" * 300), b64(b"[" * 5_000), b64(b"\x81" * 5_000)]
    found += [
        {**said, "response": {**said["response"], field: one}} for field in said["response"] for one in junk
    ]
    found += [{**said, "id": one} for one in ("", "AAAA", "\0", "\ud800", None, 7, ["x"])]
    found += [{**said, "rawId": one} for one in ("", "AAAA", None)]
    return found


async def test_hostile_bytes_are_refused_and_raise_nothing(house: House) -> None:
    """INV-F1."""
    who, key = await house.customer(), Authenticator()
    await added(house, who, key)
    for number, said in enumerate(broken(key.get(await options(house)))):
        assert isinstance(await house.passkeys.sign_in(said, f"h{number}"), SignInRefused | Waiting)
    for said in broken(Authenticator().create(await house.passkeys.begin(who))):
        assert await house.passkeys.add(who, said, "junk") == PasskeyRefused()
    assert len(await house.rows(passkey)) == 1


async def test_every_changed_byte_of_what_was_signed_is_noticed(house: House) -> None:
    who, key = await house.customer(), Authenticator()
    await added(house, who, key)
    for place in (0, 31, 33, 36):
        said = key.get(await options(house, f"p{place}"))
        data = bytearray(unb64(said["response"]["authenticatorData"]))
        data[place] ^= 0x01
        said["response"]["authenticatorData"] = b64(bytes(data))
        assert await house.passkeys.sign_in(said, f"p{place}") == SignInRefused()


async def test_a_public_key_that_checks_nothing_is_refused_when_it_is_added(house: House) -> None:
    """INV-F1: a point that is on no curve would fail at each sign-in."""
    who, key = await house.customer(), Authenticator()
    real = key.public_key
    key.public_key = lambda: real()[:-1] + bytes([real()[-1] ^ 0xFF])  # type: ignore[method-assign]
    assert await added(house, who, key) == PasskeyRefused()
