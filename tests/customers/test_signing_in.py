"""Sign-in, sessions and passwords of customers (INV-A4, INV-A5, INV-G4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from identity.customers.rules import SESSIONS_MOST, csrf_of
from identity.customers.session_store import customer_session
from identity.customers.sessions import SignedIn
from identity.rules import PAIR_LIMIT
from identity.service import Busy, SignInRefused, Waiting
from tests.contract.crash import WatchedStorage
from tests.customers.house import ANOTHER, DAY, EMAIL, HERE, HOUR, PASSWORD, open_house
from tests.server.conftest import WEAK
from tests.server.desk import open_desk

if TYPE_CHECKING:
    from server.storage.engine import Database
    from tests.customers.house import House

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("email", "password", "why"),
    [
        (EMAIL, "not the password", "wrong"),
        ("nobody@mail.example", PASSWORD, "unknown"),
        ("no address at all", PASSWORD, "unknown"),
        ("\0", PASSWORD, "unknown"),
        ("\ud800", PASSWORD, "unknown"),
        (EMAIL, "\ud800 is no character", "wrong"),
    ],
)
async def test_every_refusal_is_the_same_answer_and_a_different_record(
    house: House, email: str, password: str, why: str
) -> None:
    await house.sign_up()
    assert await house.sign_in(email, password) == SignInRefused()
    assert house.leaves.of("customer.sign_in_refused") == [{"why": why}]


async def test_an_unknown_address_costs_the_same_work(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-A5: neither hashing nor reading and writing tells a stopwatch."""
    verified: list[str] = []
    real = PasswordHasher.verify

    def watch(self: PasswordHasher, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - its name
        verified.append(str(hash).split("$")[3])
        return real(self, hash, password)

    storage = WatchedStorage(database)
    house = open_house(database, storage=storage)
    await house.sign_up()
    monkeypatch.setattr(PasswordHasher, "verify", watch)
    seen = []
    for email in (EMAIL, "nobody@mail.example"):
        verified.clear()
        storage.writes.clear()
        storage.reads.clear()
        assert await house.sign_in(email, "not the password") == SignInRefused()
        seen.append((tuple(verified), tuple(storage.writes), tuple(storage.reads)))
    assert seen[0] == seen[1]
    assert seen[0][0]


async def test_who_guesses_waits_also_with_many_at_a_time(house: House) -> None:
    """INV-A4."""
    await house.sign_up()
    answers = await asyncio.gather(*(house.sign_in(password="wrong") for _ in range(12)))
    assert answers.count(SignInRefused()) == PAIR_LIMIT.free
    assert sum(isinstance(answer, Waiting) for answer in answers) == 12 - PAIR_LIMIT.free
    assert isinstance(await house.sign_in(), Waiting)
    assert isinstance(await house.sign_in(source="198.51.100.7"), SignedIn)
    assert house.leaves.of("customer.sign_in_refused").count({"why": "waiting"}) == 1


async def test_guessing_at_a_technicians_keeps_no_customer_waiting_nor_the_other_way_round(
    database: Database,
) -> None:
    """A login that is typed at one door and is an address at the other counts at its own door alone."""
    house, desk = open_house(database), await open_desk(database)
    await house.sign_up()
    for _ in range(PAIR_LIMIT.free + 3):
        await desk.sign_in("liga.ozola@mail.example", "wrong", source=HERE)
    assert isinstance(await house.sign_in(), SignedIn)
    for _ in range(60):
        await house.sign_in("technician", "wrong", source=HERE)
    assert not isinstance(await desk.sign_in(source=HERE), Waiting)


async def test_each_sign_in_is_a_session_of_its_own(house: House) -> None:
    """INV-G4: nobody can have put a token into a browser that is then signed in."""
    await house.sign_up()
    first, second = await house.signed_in(), await house.signed_in()
    assert first.token != second.token
    assert first.csrf == csrf_of(first.token) != second.csrf
    await house.customers.sign_out(first.token)
    assert await house.customers.customer_for_session(first.token) is None
    assert await house.customers.customer_for_session(second.token) == second.customer


@pytest.mark.parametrize("token", ["", "\0", "\ud800", "x" * 10_000, "A" * 43])
async def test_a_token_that_somebody_made_up_is_nobodys(house: House, token: str) -> None:
    await house.customer()
    assert await house.customers.customer_for_session(token) is None
    await house.customers.sign_out(token)
    assert len(await house.rows(customer_session)) == 1


async def test_a_session_slides_and_is_over_after_thirty_days_unused(house: House) -> None:
    await house.sign_up()
    token = (await house.signed_in()).token
    house.clock.pass_ms(29 * DAY)
    assert await house.customers.customer_for_session(token) is not None
    house.clock.pass_ms(30 * DAY - 1)
    assert await house.customers.customer_for_session(token) is not None
    house.clock.pass_ms(30 * DAY)
    assert await house.customers.customer_for_session(token) is None


async def test_a_session_that_is_used_every_day_ends_after_half_a_year(house: House) -> None:
    await house.sign_up()
    token = (await house.signed_in()).token
    for _ in range(179):
        house.clock.pass_ms(DAY)
        assert await house.customers.customer_for_session(token) is not None
    house.clock.pass_ms(DAY)
    assert await house.customers.customer_for_session(token) is None


async def test_whose_session_it_is_is_one_read_and_a_write_once_an_hour(database: Database) -> None:
    storage = WatchedStorage(database)
    house = open_house(database, storage=storage)
    await house.sign_up()
    token = (await house.signed_in()).token
    storage.writes.clear()
    storage.reads.clear()
    for _ in range(10):
        house.clock.pass_ms(HOUR // 10)
        assert await house.customers.customer_for_session(token) is not None
    assert storage.writes == ["customer_seen"]
    assert {len(statements) for statements in storage.reads} == {1}


async def test_a_customer_has_twenty_sessions_and_loses_the_first(house: House) -> None:
    await house.sign_up()
    tokens = []
    for _ in range(SESSIONS_MOST + 1):
        house.clock.pass_ms(1)
        tokens.append((await house.signed_in()).token)
    alive = [await house.customers.customer_for_session(token) is not None for token in tokens]
    assert alive == [False] + [True] * SESSIONS_MOST


async def test_many_sign_ins_at_once_leave_twenty_sessions(house: House) -> None:
    await house.sign_up()
    await asyncio.gather(*(house.sign_in(source=f"192.0.2.{number}") for number in range(16)))
    await asyncio.gather(*(house.sign_in(source=f"192.0.2.{number}") for number in range(16)))
    assert len(await house.rows(customer_session)) == SESSIONS_MOST


async def test_signing_out_everywhere_ends_every_session_of_this_customer_alone(house: House) -> None:
    other = "other@mail.example"
    await house.sign_up(other)
    kept = await house.signed_in(other)
    await house.sign_up()
    mine = [await house.signed_in() for _ in range(3)]
    await house.customers.sign_out_everywhere(mine[0].customer)
    assert [await house.customers.customer_for_session(one.token) for one in mine] == [None] * 3
    assert await house.customers.customer_for_session(kept.token) is not None


async def test_another_password_needs_the_old_one_and_ends_every_session_but_a_new_one(house: House) -> None:
    """INV-G4."""
    await house.sign_up()
    mine = [await house.signed_in() for _ in range(2)]
    who = mine[0].customer
    wrong = await house.customers.change_password(who, old="not the password", new=ANOTHER, source=HERE)
    assert wrong == SignInRefused()
    house.clock.pass_ms(1)
    changed = await house.customers.change_password(who, old=PASSWORD, new=ANOTHER, source=HERE)
    assert isinstance(changed, SignedIn)
    assert [await house.customers.customer_for_session(one.token) for one in mine] == [None] * 2
    assert await house.customers.customer_for_session(changed.token) is not None
    assert await house.sign_in() == SignInRefused()
    assert isinstance(await house.sign_in(password=ANOTHER), SignedIn)
    assert "nomainīta" in (await house.mails())[-1].subject
    assert house.leaves.of("customer.password_set") == [{}]


async def test_who_took_a_session_cannot_guess_the_password_with_it(house: House) -> None:
    who = await house.customer()
    answers = [
        await house.customers.change_password(who, old=f"guess number {n}", new=ANOTHER, source="x")
        for n in range(8)
    ]
    assert answers[: PAIR_LIMIT.free] == [SignInRefused()] * PAIR_LIMIT.free
    assert all(isinstance(answer, Waiting) for answer in answers[PAIR_LIMIT.free :])


async def test_a_sign_in_with_a_password_that_is_changed_meanwhile_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever shuts a thief out shuts out the one who is just coming in, too."""
    who = await house.customer()
    real = house.passwords.check

    async def slow(stored: str | None, password: str) -> bool:
        right = await real(stored, password)
        monkeypatch.undo()
        changed = await house.customers.change_password(who, old=PASSWORD, new=ANOTHER, source="198.51.100.7")
        assert isinstance(changed, SignedIn)
        return right

    monkeypatch.setattr(house.passwords, "check", slow)
    assert await house.sign_in() == SignInRefused()


async def test_a_try_that_was_not_judged_is_not_counted(house: House) -> None:
    await house.sign_up()
    house.passwords._inside = 1_000
    assert [await house.sign_in(password="wrong") for _ in range(9)] == [Busy()] * 9
    house.passwords._inside = 0
    assert isinstance(await house.sign_in(), SignedIn)


async def test_a_hash_of_older_settings_is_made_anew(house: House) -> None:
    from identity.customers.store import customer

    await house.sign_up()
    house.passwords._hasher = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    await house.signed_in()
    [row] = await house.rows(customer)
    assert "t=2" in row.password_hash
    assert WEAK.time_cost == 1
    assert isinstance(await house.sign_in(), SignedIn)
