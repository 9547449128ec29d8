"""What customers change of themselves, take with them and have erased (I20)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from identity.customers.rules import Fault
from identity.customers.service import Changed
from identity.customers.session_store import customer_link, customer_session
from identity.customers.store import Customer, customer
from identity.service import SignInRefused
from server.mail.outbox import mail_outbox
from tests.customers.authenticator import Authenticator
from tests.customers.house import EMAIL, HERE

if TYPE_CHECKING:
    from tests.customers.house import House

pytestmark = pytest.mark.slow


async def change(house: House, who: Customer, *, version: int, name: str = "Līga Kalna") -> object:
    return await house.customers.change_details(who, name=name, language="nb", market="NO", version=version)


async def test_details_change_with_the_version_they_were_read_with(house: House) -> None:
    who = await house.customer()
    changed = await change(house, who, version=who.version, name=" Līga Kalna ")
    assert isinstance(changed, Customer)
    assert (changed.name, changed.language, changed.market) == ("Līga Kalna", "nb", "NO")
    assert changed.version == who.version + 1
    assert await change(house, who, version=who.version, name="Late") == Changed()
    assert await change(house, who, version=changed.version + 1) == Changed()
    assert await house.now(who) == changed


async def test_of_many_changes_at_once_one_is_made(house: House) -> None:
    who = await house.customer()
    answers = await asyncio.gather(*(change(house, who, version=1, name=f"N{n}") for n in range(12)))
    assert sum(isinstance(answer, Customer) for answer in answers) == 1
    assert answers.count(Changed()) == 11


async def test_details_that_will_not_do_are_named(house: House) -> None:
    who = await house.customer()
    assert await change(house, who, version=1, name="a\nb") == Fault.NAME_FORM
    answer = await house.customers.change_details(who, name="N", language="xx", market="NO", version=1)
    assert answer == Fault.LANGUAGE_UNKNOWN
    assert await house.now(who) == who


async def test_who_leaves_leaves_an_empty_row(house: House) -> None:
    """INV-H5. What refers to the row refers to nobody; the record still holds together."""
    who = await house.verified()
    session = await house.signed_in()
    key = Authenticator()
    await house.passkeys.add(who, key.create(await house.passkeys.begin(who)), "phone")
    house.clock.pass_ms(1)
    await house.customers.ask_recovery(email=EMAIL, source=HERE)
    async with house.database.write("test") as conn:
        assert await house.customers.erase(conn, who.id)
    assert await house.customers.customer_for_session(session.token) is None
    assert await house.sign_in() == SignInRefused()
    options = await house.passkeys.begin_sign_in(HERE)
    assert isinstance(options, dict)
    assert await house.passkeys.sign_in(key.get(options), HERE) == SignInRefused()
    [row] = await house.rows(customer)
    assert row.id == who.id
    assert (row.email_key, row.email, row.name, row.language, row.market) == (None, "", "", "", "")
    assert (row.password_hash, row.verified_at, row.state) == (None, None, "erased")
    assert await house.rows(customer_session) == await house.rows(customer_link) == []
    assert await house.mails() == []
    assert "mail.example" not in repr(await house.rows(mail_outbox))
    assert house.leaves.of("customer.erased") == [{}]
    async with house.database.write("test") as conn:
        assert not await house.customers.erase(conn, who.id)


async def test_erasing_is_part_of_what_the_caller_does(house: House) -> None:
    """All or nothing, with what else there is of the person (INV-E2)."""
    who = await house.customer()

    async def fails_after() -> None:
        async with house.database.write("test") as conn:
            await house.customers.erase(conn, who.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails_after()
    assert await house.now(who) == who


async def test_an_address_that_was_erased_is_free_again_and_is_somebody_else(house: House) -> None:
    who = await house.customer()
    async with house.database.write("test") as conn:
        await house.customers.erase(conn, who.id)
    house.clock.pass_ms(1)
    again = await house.customer()
    assert again.id != who.id


async def test_one_customer_is_erased_and_no_other(house: House) -> None:
    who, other = await house.customer(), await house.customer("other@mail.example")
    async with house.database.write("test") as conn:
        await house.customers.erase(conn, who.id)
    assert await house.now(other) == other
    assert len(await house.mails()) == 1


async def test_what_is_kept_of_a_customer_is_handed_out_whole_and_without_hashes(house: House) -> None:
    who = await house.verified()
    await house.passkeys.add(who, Authenticator().create(await house.passkeys.begin(who)), "phone")
    at = house.clock.now_ms()
    assert await house.customers.export(who) == {
        "email": EMAIL,
        "name": "Līga Ozola",
        "language": "lv",
        "market": "LV",
        "kind": "homeowner",
        "verified": True,
        "created_at": at,
        "passkeys": [{"name": "phone", "created_at": at, "used_at": None}],
        "sessions": [{"created_at": at, "seen_at": at}],
    }
