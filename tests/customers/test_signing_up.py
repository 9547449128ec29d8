"""Signing up tells nobody who has an account, and floods nobody (INV-A5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from identity.customers.rules import MAILS_FROM_SOURCE, MAILS_TO_ADDRESS, Fault, Kind
from identity.customers.service import Asked
from identity.customers.store import customer
from identity.service import Busy, SignInRefused, Waiting
from tests.contract.crash import WatchedStorage
from tests.customers.house import ANOTHER, DAY, EMAIL, ORIGIN, PASSWORD, open_house

if TYPE_CHECKING:
    from server.storage.engine import Database
    from tests.customers.house import House

pytestmark = pytest.mark.slow


async def test_whoever_signs_up_is_mailed_a_link_and_may_sign_in_unverified(house: House) -> None:
    assert await house.sign_up() == Asked()
    [mail] = await house.mails()
    assert mail.recipient == EMAIL
    assert f"\n\n{ORIGIN}/account/verify/{mail.token}\n\n" in mail.text
    signed = await house.signed_in(" liga.ozola@MAIL.example ")
    assert (signed.customer.email, signed.customer.name) == (EMAIL, "Līga Ozola")
    assert (signed.customer.language, signed.customer.market) == ("lv", "LV")
    assert not signed.customer.verified
    assert [typ for typ, *_ in house.leaves.written] == ["customer.added", "customer.signed_in"]


@pytest.mark.proves("R80")
@pytest.mark.parametrize("kind", Kind)
async def test_home_owners_installers_and_distributors_sign_up_as_what_they_are(
    house: House, kind: Kind
) -> None:
    await house.sign_up(kind=kind.value)
    assert (await house.signed_in()).customer.kind is kind


async def test_an_address_that_has_an_account_gets_the_same_answer_and_another_mail(house: House) -> None:
    """The owner is told, the stranger is not; nothing of the account changes."""
    await house.customer()
    house.clock.pass_ms(1)
    again = await house.sign_up("LIGA.ozola@mail.example", password=ANOTHER, name="Eve", language="en")
    assert again == Asked()
    known = (await house.mails())[-1]
    # To the address as its owner gave it, in the owner's language, with no token that a stranger caused.
    assert known.recipient == EMAIL
    assert f"\n\n{ORIGIN}/account/recover\n\n" in known.text
    assert "jau ir" in known.subject
    assert "Eve" not in known.text
    assert await house.sign_in(password=ANOTHER) == SignInRefused()
    assert (await house.signed_in()).customer.name == "Līga Ozola"


async def test_a_taken_address_costs_the_same_work(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-A5: neither hashing nor writing tells a stopwatch."""
    hashed: list[int] = []
    real = PasswordHasher.hash

    def watch(self: PasswordHasher, password: str | bytes, **more: bytes | None) -> str:
        hashed.append(self.memory_cost)
        return real(self, password, **more)

    storage = WatchedStorage(database)
    house = open_house(database, storage=storage)
    monkeypatch.setattr(PasswordHasher, "hash", watch)
    seen = []
    for email in (EMAIL, EMAIL, "somebody.else@mail.example"):
        hashed.clear()
        storage.writes.clear()
        storage.reads.clear()
        assert await house.sign_up(email, password=ANOTHER) == Asked()
        seen.append((tuple(hashed), tuple(storage.writes), len(storage.reads)))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0]


async def test_of_many_at_once_with_one_address_one_has_the_account(house: House) -> None:
    answers = await asyncio.gather(*(house.sign_up(source=f"192.0.2.{number}") for number in range(12)))
    assert answers == [Asked()] * 12
    assert len(await house.rows(customer)) == 1
    assert [typ for typ, *_ in house.leaves.written].count("customer.added") == 1
    assert len(await house.mails()) == MAILS_TO_ADDRESS.free


async def test_nobody_is_flooded_by_strangers_from_everywhere(house: House) -> None:
    """And whoever asks never learns that there were too many: it would say that somebody asked before."""
    for number in range(40):
        house.clock.pass_ms(60_000)
        assert await house.sign_up(source=f"198.51.100.{number}") == Asked()
        answer = await house.customers.ask_recovery(email=EMAIL, source=f"203.0.113.{number}")
        assert answer == Asked()
    assert MAILS_TO_ADDRESS.free <= len(await house.mails()) <= MAILS_TO_ADDRESS.free + 3


async def test_an_address_is_counted_alike_whether_or_not_it_has_an_account(house: House) -> None:
    """Else its mails would tell, later, that somebody asked when it had none."""
    for _ in range(MAILS_TO_ADDRESS.free):
        assert await house.customers.ask_recovery(email=EMAIL, source="203.0.113.9") == Asked()
    assert await house.mails() == []
    assert await house.sign_up() == Asked()
    assert await house.mails() == []
    house.clock.pass_ms(DAY)
    customer_ = (await house.signed_in()).customer
    assert await house.customers.ask_verification(customer_, "203.0.113.9") == Asked()
    assert len(await house.mails()) == 1


async def test_one_source_cannot_mail_the_whole_world(house: House) -> None:
    answers = [await house.sign_up(f"somebody{number}@mail.example") for number in range(30)]
    assert answers[: MAILS_FROM_SOURCE.free] == [Asked()] * MAILS_FROM_SOURCE.free
    assert all(isinstance(answer, Waiting) for answer in answers[MAILS_FROM_SOURCE.free :])
    assert len(await house.mails()) == MAILS_FROM_SOURCE.free
    assert await house.sign_up("neighbour@mail.example", source="198.51.100.7") == Asked()
    recovery = await house.customers.ask_recovery(email=EMAIL, source="192.0.2.1")
    assert isinstance(recovery, Waiting)
    house.clock.pass_ms(recovery.seconds * 1_000)
    assert await house.sign_up("later@mail.example") == Asked()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"email": "no address"}, Fault.EMAIL_FORM),
        ({"email": "a@mail.example\r\nBcc: eve@mail.example"}, Fault.EMAIL_FORM),
        ({"name": "Liga\r\nBcc: eve@mail.example"}, Fault.NAME_FORM),
        ({"name": "  "}, Fault.NAME_FORM),
        ({"language": "tlh"}, Fault.LANGUAGE_UNKNOWN),
        ({"market": "ZZ"}, Fault.MARKET_UNKNOWN),
        ({"kind": "admin"}, Fault.KIND_UNKNOWN),
        ({"password": "short"}, Fault.PASSWORD_TOO_SHORT),
        ({"password": "liga.ozola@mail.example"}, Fault.PASSWORD_TOO_PLAIN),
    ],
)
async def test_details_that_will_not_do_are_named_and_change_nothing(
    house: House, changes: dict[str, str], fault: Fault
) -> None:
    assert await house.sign_up(**changes) == fault
    assert await house.rows(customer) == []
    assert await house.mails() == []


async def test_more_than_the_machine_takes_on_is_turned_away(house: House) -> None:
    house.passwords._inside = 1_000
    assert await house.sign_up() == Busy()
    assert await house.rows(customer) == []


async def test_no_name_of_a_stranger_is_in_a_mail(house: House) -> None:
    """Else anybody could write to anybody in the maker's name."""
    await house.sign_up(name="Win at evil.example")
    assert all("evil" not in mail.text + mail.subject for mail in await house.mails())


async def test_neither_password_nor_token_nor_address_of_the_network_is_in_the_tables(house: House) -> None:
    """INV-C4, INV-H5. A link's token is in its mail alone, until that was sent."""
    from identity.store import metadata

    await house.sign_up()
    signed = await house.signed_in()
    await house.sign_in(password="a wrong password here")
    everything = repr([await house.rows(table) for table in metadata.sorted_tables])
    for secret in (signed.token, signed.csrf, await house.token(), PASSWORD, "a wrong password", "192.0.2."):
        assert secret not in everything
    assert "Ozola" not in repr(house.leaves.written)
    assert "mail.example" not in repr(house.leaves.written)
