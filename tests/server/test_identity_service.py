"""Sign-in, tokens and badges on a real database, with a clock the test moves (INV-A4, INV-A5, INV-G4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from identity import store
from identity.badges import BadgeRefused, BadgesSpent, IssuedBadge
from identity.rules import BADGES_PER_HOUR, TOKENS_PER_ACCOUNT, Fault, Role
from identity.service import SignedIn, SignInRefused, Waiting
from server.storage.engine import Database
from tests.server.conftest import PASSWORD
from tests.server.desk import HOUR, KEY, ORIGIN, Desk, open_desk
from wire import badge
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = await Database.open(f"sqlite:///{tmp_path / 'identity.db'}")
    yield await open_desk(database)
    await database.close()


async def test_the_right_password_gives_a_token_that_names_the_account(desk: Desk) -> None:
    signed = await desk.sign_in(" Technician ")
    assert isinstance(signed, SignedIn)
    account = await desk.identity.account_for_token(signed.token)
    assert account is not None
    assert (account.login, account.role) == ("technician", Role.TECHNICIAN)


@pytest.mark.parametrize(
    ("login", "password", "why"),
    [
        ("technician", "not the password", "wrong"),
        ("nobody.here", PASSWORD, "unknown"),
        ("\0", PASSWORD, "unknown"),
    ],
)
async def test_every_refusal_is_the_same_answer_and_a_different_record(
    desk: Desk, login: str, password: str, why: str
) -> None:
    assert await desk.sign_in(login, password) == SignInRefused()
    assert desk.leaves.of("account.sign_in_refused") == [{"why": why}]


async def test_an_unknown_login_costs_the_same_password_work(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-A5: the caller's stopwatch does not tell who has an account."""
    verified: list[str] = []
    verify = PasswordHasher.verify

    def watch(self: PasswordHasher, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - its name
        verified.append(str(hash).split("$")[3])
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", watch)
    await desk.sign_in("technician", "not the password")
    await desk.sign_in("nobody.here", "not the password")
    assert len(verified) == 2
    assert verified[0] == verified[1]


async def test_neither_token_nor_password_nor_address_is_in_the_database(desk: Desk) -> None:
    """INV-C4, INV-H5."""
    signed = await desk.sign_in()
    assert isinstance(signed, SignedIn)
    await desk.sign_in(password="a wrong password here")
    tables = [await desk.rows(table) for table in store.metadata.sorted_tables]
    everything = repr(tables)
    for secret in (signed.token, PASSWORD, "a wrong password here", "192.0.2.1"):
        assert secret not in everything
    assert sha256_b64(signed.token.encode()) in everything


async def test_records_name_nobody(desk: Desk) -> None:
    await desk.sign_in()
    await desk.sign_in(password="wrong")
    text = repr(desk.leaves.written)
    assert "Demo" not in text
    assert "Hallmere" not in text
    assert "192.0.2" not in text


async def test_a_token_ends_after_eight_hours(desk: Desk) -> None:
    signed = await desk.sign_in()
    assert isinstance(signed, SignedIn)
    desk.clock.pass_ms(8 * HOUR - 1)
    assert await desk.identity.account_for_token(signed.token) is not None
    desk.clock.pass_ms(1)
    assert await desk.identity.account_for_token(signed.token) is None


async def test_signing_out_ends_the_token_and_the_live_sessions(desk: Desk) -> None:
    """INV-G4."""
    signed = await desk.sign_in()
    assert isinstance(signed, SignedIn)
    await desk.identity.sign_out(signed.token)
    assert await desk.identity.account_for_token(signed.token) is None
    assert desk.revoked == [signed.account.id]


async def test_signing_out_with_somebody_elses_text_ends_nothing(desk: Desk) -> None:
    await desk.identity.sign_out("not a token")
    assert desk.revoked == []


async def test_a_disabled_account_loses_tokens_badges_and_live_sessions(desk: Desk) -> None:
    signed = await desk.sign_in()
    assert isinstance(signed, SignedIn)
    issued = await desk.badge(signed.account)
    assert await desk.identity.disable_account("technician")
    assert await desk.identity.account_for_token(signed.token) is None
    assert await desk.badges.account_of(sha256_b64(issued.jws.encode())) is None
    assert desk.revoked == [signed.account.id]
    assert await desk.sign_in() == SignInRefused()
    assert desk.leaves.of("account.sign_in_refused") == [{"why": "disabled"}]
    assert not await desk.identity.disable_account("technician")


async def test_a_new_password_voids_the_old_one_and_every_token(desk: Desk) -> None:
    signed = await desk.sign_in()
    assert isinstance(signed, SignedIn)
    assert await desk.identity.set_password("technician", "another long password") is True
    assert await desk.identity.account_for_token(signed.token) is None
    assert await desk.sign_in() == SignInRefused()
    assert isinstance(await desk.sign_in(password="another long password"), SignedIn)
    assert desk.revoked == [signed.account.id]


async def test_who_may_act_is_changed_on_record_and_once(desk: Desk) -> None:
    """INV-D3: whose account it was, by whom, and in the transaction that changed it."""
    signed = await desk.sign_in()
    assert isinstance(signed, SignedIn)
    person = signed.account.id
    before = len(desk.leaves.written)
    await desk.identity.sign_out(signed.token)
    await desk.identity.sign_out(signed.token)
    await desk.identity.set_password("technician", "another long password")
    await desk.identity.set_password("nobody", "another long password")
    await desk.identity.disable_account("technician")
    await desk.identity.disable_account("technician")
    assert desk.leaves.written[before:] == [
        ("account.signed_out", "technician", person, {}),
        ("account.password_set", "operator", person, {}),
        ("account.disabled", "operator", person, {}),
    ]


async def test_a_taken_login_and_an_unfit_account_are_not_added(desk: Desk) -> None:
    async def add(login: str, password: str) -> object:
        return await desk.identity.add_account(
            login=login, password=password, name="N", org="O", role=Role.AUDITOR, language="en"
        )

    assert await add("Technician", PASSWORD) is None
    assert await add("somebody", "short") is Fault.TOO_SHORT
    assert len(await desk.identity.accounts()) == 2
    assert isinstance(await desk.sign_in(), SignedIn)


@pytest.mark.slow
async def test_an_account_keeps_its_newest_tokens_only(desk: Desk) -> None:
    tokens = []
    for _ in range(TOKENS_PER_ACCOUNT + 1):
        desk.clock.pass_ms(1)
        signed = await desk.sign_in()
        assert isinstance(signed, SignedIn)
        tokens.append(signed.token)
    assert await desk.identity.account_for_token(tokens[0]) is None
    for token in tokens[1:]:
        assert await desk.identity.account_for_token(token) is not None


async def test_a_sixth_wrong_password_waits_and_a_right_one_waits_with_it(desk: Desk) -> None:
    for _ in range(5):
        assert await desk.sign_in(password="wrong") == SignInRefused()
    assert await desk.sign_in(password="wrong") == Waiting(30)
    assert await desk.sign_in() == Waiting(30)
    desk.clock.pass_ms(30_000)
    assert isinstance(await desk.sign_in(), SignedIn)


async def test_the_wait_survives_a_restart(desk: Desk) -> None:
    for _ in range(5):
        await desk.sign_in(password="wrong")
    answer = await desk.again.sign_in(login="technician", password=PASSWORD, source="192.0.2.1")
    assert answer == Waiting(30)


async def test_a_wait_is_recorded_once_not_at_every_try(desk: Desk) -> None:
    """A flood of refused tries must not fill the log (INV-F2), and must not be missing from it (INV-D5)."""
    for _ in range(9):
        await desk.sign_in(password="wrong")
    assert desk.leaves.of("account.sign_in_refused") == [{"why": "wrong"}] * 5 + [{"why": "waiting"}]


@pytest.mark.slow
async def test_an_attacker_elsewhere_does_not_lock_the_honest_technician_out(desk: Desk) -> None:
    """INV-A4: thirty sources guess at one account; its owner, known at hers, signs in at once."""
    assert isinstance(await desk.sign_in(source="198.51.100.7"), SignedIn)
    for number in range(30):
        for _ in range(5):
            await desk.sign_in(password="wrong", source=f"203.0.113.{number}")
    assert isinstance(await desk.sign_in(source="198.51.100.7"), SignedIn)


@pytest.mark.slow
async def test_a_guesser_at_the_same_address_costs_the_owner_a_minute_at_most(desk: Desk) -> None:
    """INV-A4: they share the address, and the account has signed in there before."""
    assert isinstance(await desk.sign_in(source="198.51.100.7"), SignedIn)
    for _ in range(20):
        await desk.sign_in(password="wrong", source="198.51.100.7")
        desk.clock.pass_ms(60_000)
    assert await desk.sign_in(password="wrong", source="198.51.100.7") == SignInRefused()
    assert await desk.sign_in(source="198.51.100.7") == Waiting(60)
    desk.clock.pass_ms(60_000)
    assert isinstance(await desk.sign_in(source="198.51.100.7"), SignedIn)


@pytest.mark.slow
async def test_a_guesser_at_a_known_address_gets_a_hundred_tries_and_then_long_waits(desk: Desk) -> None:
    assert isinstance(await desk.sign_in(source="198.51.100.7"), SignedIn)
    for _ in range(100):
        assert await desk.sign_in(password="wrong", source="198.51.100.7") == SignInRefused()
        desk.clock.pass_ms(60_000)
    assert await desk.sign_in(password="wrong", source="198.51.100.7") == Waiting(840)


@pytest.mark.slow
async def test_under_attack_a_new_source_waits_two_seconds_at_most(desk: Desk) -> None:
    for number in range(30):
        await desk.sign_in(password="wrong", source=f"203.0.113.{number}")
    assert await desk.sign_in(source="198.51.100.7") == Waiting(2)
    desk.clock.pass_ms(2_000)
    assert isinstance(await desk.sign_in(source="198.51.100.7"), SignedIn)


@pytest.mark.slow
async def test_one_source_cannot_walk_through_all_logins(desk: Desk) -> None:
    for number in range(50):
        assert await desk.sign_in(f"login{number}", "wrong") == SignInRefused()
    assert await desk.sign_in("login50", "wrong") == Waiting(2)


async def test_an_unknown_login_waits_like_a_known_one(desk: Desk) -> None:
    """INV-A5: the throttle does not tell who has an account either."""
    for _ in range(5):
        await desk.sign_in("nobody.here", "wrong")
    assert await desk.sign_in("nobody.here", "wrong") == Waiting(30)


@pytest.mark.slow
async def test_signing_in_does_not_wipe_what_others_tried(desk: Desk) -> None:
    for number in range(20):
        await desk.sign_in(password="wrong", source=f"203.0.113.{number}")
    desk.clock.pass_ms(2_000)
    assert isinstance(await desk.sign_in(source="198.51.100.7"), SignedIn)
    assert await desk.sign_in(source="198.51.100.8") == Waiting(2)


async def test_what_is_past_its_use_is_erased(desk: Desk) -> None:
    """INV-H5."""
    account = await desk.account()
    await desk.badge(account)
    await desk.badges.challenge(account)
    await desk.sign_in("somebody", "wrong", source="203.0.113.9")
    desk.clock.pass_ms(91 * 24 * HOUR)
    await desk.account()
    assert len(await desk.rows(store.access_token)) == 1
    assert await desk.rows(store.badge) == []
    assert await desk.rows(store.badge_challenge) == []
    assert len(await desk.rows(store.known_source)) == 1
    assert len(await desk.rows(store.sign_in_try)) == 2


async def test_a_link_signs_in_and_another_text_does_not(desk: Desk) -> None:
    signed = await desk.identity.sign_in_link("the link")
    assert isinstance(signed, SignedIn)
    assert isinstance(await desk.identity.sign_in_link("the link"), SignedIn)
    assert await desk.identity.sign_in_link("a link") == SignInRefused()
    assert desk.leaves.of("account.signed_in") == [{"by": "link"}] * 2


async def test_a_badge_is_what_a_device_will_believe(desk: Desk) -> None:
    account = await desk.account()
    issued = await desk.badge(account)
    parsed = badge.parse(issued.jws)

    def check(public: bytes, signature: bytes, message: bytes) -> bool:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True

    badge.judge(
        parsed,
        issuer_key=desk.issuer.public,
        iss="hallmere",
        aud=ORIGIN,
        now_s=desk.clock.now // 1_000,
        hello_kid=desk.issuer.kid,
        asks=("keys", "settings", "view"),
        check=check,
    )
    assert parsed.badge.cnf_x == KEY.public_key().public_bytes_raw()
    assert (parsed.badge.name, parsed.badge.org) == ("Demo Person", "Hallmere Care")
    assert issued.expires_at == parsed.badge.exp * 1_000
    assert parsed.badge.exp - parsed.badge.iat == 8 * 3_600


async def test_a_badge_is_known_by_its_hash_to_its_account_until_it_expires(desk: Desk) -> None:
    account = await desk.account()
    issued = await desk.badge(account)
    name = sha256_b64(issued.jws.encode())
    assert await desk.badges.account_of(name) == account.id
    assert desk.leaves.of("badge.issued") == [{"badge": name}]
    assert await desk.badges.account_of(sha256_b64(b"another")) is None
    desk.clock.pass_ms(8 * HOUR)
    assert await desk.badges.account_of(name) is None


async def test_a_challenge_works_once(desk: Desk) -> None:
    account = await desk.account()
    challenge = await desk.badges.challenge(account)
    assert isinstance(await desk.ask(account, challenge), IssuedBadge)
    assert await desk.ask(account, challenge) == BadgeRefused()


async def test_a_wrong_signature_spends_the_challenge(desk: Desk) -> None:
    account = await desk.account()
    challenge = await desk.badges.challenge(account)
    assert await desk.ask(account, challenge, issuer="another") == BadgeRefused()
    assert await desk.ask(account, challenge) == BadgeRefused()


async def test_a_challenge_is_void_after_a_minute_and_for_others(desk: Desk) -> None:
    account = await desk.account()
    signed = await desk.sign_in("auditor")
    assert isinstance(signed, SignedIn)
    challenge = await desk.badges.challenge(account)
    assert await desk.ask(signed.account, challenge) == BadgeRefused()
    desk.clock.pass_ms(60_000)
    assert await desk.ask(account, challenge) == BadgeRefused()


@pytest.mark.slow
async def test_an_hour_has_so_many_badges_and_no_more(desk: Desk) -> None:
    account = await desk.account()
    for _ in range(BADGES_PER_HOUR):
        await desk.badge(account)
    assert await desk.ask(account, await desk.badges.challenge(account)) == BadgesSpent()
    desk.clock.pass_ms(HOUR)
    await desk.badge(account)
