"""Links in mails: one use, one purpose, a short life, and no way for a stranger (INV-A5, INV-E4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from identity.customers.rules import Fault, LinkKind
from identity.customers.service import Asked, LinkOver
from identity.customers.session_store import customer_link
from identity.customers.sessions import SignedIn
from identity.customers.store import Customer
from identity.service import Busy, SignInRefused
from tests.contract.crash import WatchedStorage
from tests.customers.authenticator import Authenticator
from tests.customers.house import ANOTHER, DAY, EMAIL, HERE, HOUR, PASSWORD, open_house

if TYPE_CHECKING:
    from server.storage.engine import Database
    from tests.customers.house import House

pytestmark = pytest.mark.slow


async def recovery(house: House, email: str = EMAIL, source: str = HERE) -> str:
    """The token of a link to set another password."""
    house.clock.pass_ms(1)
    assert await house.customers.ask_recovery(email=email, source=source) == Asked()
    return await house.token()


async def test_a_link_confirms_the_address_once(house: House) -> None:
    await house.sign_up()
    token = await house.token()
    assert await house.customers.customer_of_link(token, LinkKind.VERIFY) is not None
    assert await house.customers.customer_of_link(token, LinkKind.VERIFY) is not None, (
        "looking uses nothing up"
    )
    verified = await house.customers.verify(token)
    assert isinstance(verified, Customer)
    assert verified.verified
    assert await house.customers.verify(token) == LinkOver()
    assert await house.customers.customer_of_link(token, LinkKind.VERIFY) is None
    assert house.leaves.of("customer.verified") == [{}]


async def test_of_fifty_who_use_a_link_at_once_one_does(house: House) -> None:
    await house.sign_up()
    token = await recovery(house)
    answers = await asyncio.gather(
        *(house.customers.recover(token, f"{ANOTHER} {number:02d}") for number in range(50))
    )
    winners = [n for n, answer in enumerate(answers) if isinstance(answer, Customer)]
    assert len(winners) == 1
    assert all(answer in (LinkOver(), Busy()) for n, answer in enumerate(answers) if n not in winners)
    assert isinstance(await house.sign_in(password=f"{ANOTHER} {winners[0]:02d}"), SignedIn)


async def test_of_fifty_who_confirm_at_once_one_does(house: House) -> None:
    await house.sign_up()
    token = await house.token()
    answers = await asyncio.gather(*(house.customers.verify(token) for _ in range(50)))
    assert sum(isinstance(answer, Customer) for answer in answers) == 1
    assert answers.count(LinkOver()) == 49


@pytest.mark.parametrize(("kind", "life"), [(LinkKind.VERIFY, DAY), (LinkKind.RECOVER, HOUR)])
async def test_a_link_is_over_in_time(house: House, kind: LinkKind, life: int) -> None:
    await house.sign_up()
    token = await house.token() if kind is LinkKind.VERIFY else await recovery(house)
    house.clock.pass_ms(life - 1)
    assert await house.customers.customer_of_link(token, kind) is not None
    house.clock.pass_ms(1)
    assert await house.customers.customer_of_link(token, kind) is None
    answers = [await house.customers.verify(token), await house.customers.recover(token, ANOTHER)]
    assert answers == [LinkOver(), LinkOver()]


async def test_a_newer_link_voids_the_older_of_its_kind_alone(house: House) -> None:
    await house.sign_up()
    verify = await house.token()
    older, newer = await recovery(house), await recovery(house)
    assert await house.customers.recover(older, ANOTHER) == LinkOver()
    assert isinstance(await house.customers.verify(verify), Customer)
    assert isinstance(await house.customers.recover(newer, ANOTHER), Customer)


async def test_many_who_ask_at_once_leave_one_link_that_works(house: House) -> None:
    await house.sign_up()
    await asyncio.gather(
        *(house.customers.ask_recovery(email=EMAIL, source=f"192.0.2.{n}") for n in range(8))
    )
    tokens = [mail.token for mail in await house.mails() if mail.token]
    works = [await house.customers.customer_of_link(token, LinkKind.RECOVER) for token in tokens]
    assert sum(one is not None for one in works) == 1


async def test_a_link_is_for_one_purpose(house: House) -> None:
    """Whoever may confirm an address may not set its password by that."""
    await house.sign_up()
    token = await house.token()
    assert await house.customers.recover(token, ANOTHER) == LinkOver()
    assert await house.customers.verify(await recovery(house)) == LinkOver()
    assert isinstance(await house.customers.verify(token), Customer)


@pytest.mark.parametrize("token", ["", "\0", "\ud800", "x" * 10_000, "A" * 43])
async def test_a_link_that_somebody_made_up_opens_nothing(house: House, token: str) -> None:
    await house.sign_up()
    assert await house.customers.verify(token) == LinkOver()
    assert await house.customers.recover(token, ANOTHER) == LinkOver()
    assert await house.customers.recover(token, "short") == LinkOver()


async def test_another_password_by_mail_shuts_everybody_else_out(house: House) -> None:
    """INV-G4."""
    await house.sign_up()
    thief = await house.signed_in()
    await house.customers.verify(await house.token())
    answer = await house.customers.recover(await recovery(house), ANOTHER)
    assert isinstance(answer, Customer)
    assert await house.customers.customer_for_session(thief.token) is None
    assert await house.sign_in() == SignInRefused()
    assert isinstance(await house.sign_in(password=ANOTHER), SignedIn)
    assert ["nomainīta" in mail.subject for mail in await house.mails()].count(True) == 1
    assert house.leaves.of("customer.recovered") == [{}]


async def test_setting_a_password_by_mail_confirms_the_address(house: House) -> None:
    await house.sign_up()
    verify = await house.token()
    answer = await house.customers.recover(await recovery(house), ANOTHER)
    assert isinstance(answer, Customer)
    assert answer.verified
    assert await house.customers.verify(verify) == LinkOver()
    assert house.leaves.of("customer.verified") == [{}]


async def test_who_signed_up_with_somebody_elses_address_loses_every_way_in(house: House) -> None:
    """A stranger who waits in an account for the owner of its address keeps neither password nor passkey."""
    stranger = await house.customer()
    session = await house.signed_in()
    key = Authenticator()
    added = await house.passkeys.add(stranger, key.create(await house.passkeys.begin(stranger)), "mine")
    assert added in await house.passkeys.of_customer(stranger)
    assert isinstance(await house.customers.recover(await recovery(house), ANOTHER), Customer)
    assert await house.passkeys.of_customer(stranger) == []
    assert await house.customers.customer_for_session(session.token) is None
    options = await house.passkeys.begin_sign_in(HERE)
    assert isinstance(options, dict)
    assert await house.passkeys.sign_in(key.get(options), HERE) == SignInRefused()


async def test_a_password_set_by_mail_takes_every_passkey(house: House) -> None:
    """Also where the address was confirmed: who knew the password may have added one."""
    who, key = await house.verified(), Authenticator()
    await house.passkeys.add(who, key.create(await house.passkeys.begin(who)), "mine")
    assert isinstance(await house.customers.recover(await recovery(house), ANOTHER), Customer)
    assert await house.passkeys.of_customer(who) == []
    options = await house.passkeys.begin_sign_in(HERE)
    assert isinstance(options, dict)
    assert await house.passkeys.sign_in(key.get(options), HERE) == SignInRefused()


async def test_a_password_that_will_not_do_leaves_the_link_as_it_is(house: House) -> None:
    await house.sign_up()
    token = await recovery(house)
    assert await house.customers.recover(token, "short") == Fault.PASSWORD_TOO_SHORT
    assert await house.customers.recover(token, EMAIL.lower()) == Fault.PASSWORD_TOO_PLAIN
    house.passwords._inside = 1_000
    assert await house.customers.recover(token, ANOTHER) == Busy()
    house.passwords._inside = 0
    assert isinstance(await house.customers.recover(token, ANOTHER), Customer)


async def test_whether_an_address_has_an_account_is_not_told_by_asking_for_a_link(
    database: Database,
) -> None:
    """INV-A5: the same answer, and the same writing."""
    storage = WatchedStorage(database)
    house = open_house(database, storage=storage)
    await house.sign_up()
    seen = []
    for email in (EMAIL, "nobody@mail.example"):
        storage.writes.clear()
        storage.reads.clear()
        answer = await house.customers.ask_recovery(email=email, source=HERE)
        seen.append((answer, tuple(storage.writes), tuple(storage.reads)))
    assert seen[0] == seen[1] == (Asked(), ("customer_recovery",), ())


async def test_a_mail_goes_to_the_owner_whatever_spelling_was_typed(house: House) -> None:
    """Two mailboxes can have one key: ß and ss. Only that of whoever signed up is ever written to."""
    await house.sign_up("strasse@mail.example")
    house.clock.pass_ms(1)
    await house.customers.ask_recovery(email="STRAßE@mail.example", source=HERE)
    await house.sign_up("straße@mail.example")
    assert {mail.recipient for mail in await house.mails()} == {"strasse@mail.example"}


async def test_an_address_of_letters_from_elsewhere_is_written_to_as_servers_read_it(house: House) -> None:
    await house.sign_up("līga@bāka.example")
    [mail] = await house.mails()
    local, _, domain = mail.recipient.partition("@")
    assert local == "līga"
    assert domain.startswith("xn--")
    assert domain.isascii()
    assert isinstance(await house.sign_in("LĪGA@BĀKA.example"), SignedIn)


async def test_another_link_is_mailed_to_who_asks_until_the_address_is_confirmed(house: House) -> None:
    who = await house.customer()
    first = await house.token()
    house.clock.pass_ms(1)
    assert await house.customers.ask_verification(who, HERE) == Asked()
    second = await house.token()
    assert await house.customers.verify(first) == LinkOver()
    assert isinstance(await house.customers.verify(second), Customer)
    mails = len(await house.mails())
    assert await house.customers.ask_verification(who, HERE) == Asked()
    assert len(await house.mails()) == mails


async def test_no_more_mails_leave_the_link_that_was_mailed_as_it_is(house: House) -> None:
    """Whoever floods an owner's mailbox does not keep them out."""
    await house.sign_up()
    for number in range(20):
        house.clock.pass_ms(1)
        await house.customers.ask_recovery(email=EMAIL, source=f"198.51.100.{number}")
    token = await house.token()
    assert isinstance(await house.customers.recover(token, ANOTHER), Customer)


async def test_a_password_that_was_changed_voids_a_link_to_set_one(house: House) -> None:
    who = await house.customer()
    token = await recovery(house)
    changed = await house.customers.change_password(who, old=PASSWORD, new=ANOTHER, source=HERE)
    assert isinstance(changed, SignedIn)
    assert await house.customers.recover(token, PASSWORD) == LinkOver()


async def test_what_is_over_is_erased(house: House) -> None:
    """INV-H5."""
    from identity.customers.passkey_store import passkey_challenge
    from identity.customers.session_store import customer_session

    who = await house.customer()
    await house.passkeys.begin(who)
    tables = (customer_link, customer_session, passkey_challenge)
    house.clock.pass_ms(HOUR)
    await house.customers.forget()
    assert [len(await house.rows(table)) for table in tables] == [1, 1, 0]
    house.clock.pass_ms(30 * DAY)
    await house.customers.forget()
    assert [len(await house.rows(table)) for table in tables] == [0, 0, 0]
