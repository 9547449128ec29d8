"""A customer's life on a store that dies at every step there is, on both databases.

Each round plays it until the store dies. Then, on the store as it was left: what was answered holds, what was
not answered is whole or not there, and no mail is lost whose cause was kept.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from identity.customers.passkey_store import Passkey
from identity.customers.service import Asked
from identity.customers.sessions import SignedIn
from identity.customers.store import Customer, customer
from identity.service import Busy, SignInRefused
from relay.audit.service import AuditService
from server.mail.delivery import Delivery
from server.mail.outbox import mail_outbox
from tests.contract.crash import STEPS_OF_CUSTOMERS, STEPS_OF_MAILS, MortalStorage
from tests.customers.authenticator import Authenticator
from tests.customers.house import ANOTHER, HOUR, PASSWORD, House, open_house
from tests.customers.ways import Kept
from tests.relay.kit import FakeClock
from tests.relay.play import SALT, leaves, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.storage.engine import Database

pytestmark = pytest.mark.slow

STRIDE = 1 if os.environ.get("ALONGSIDE_PROVE") else 17
THIRD = "a third one, just as good"


class Life:
    """One customer from signing up to being forgotten; `tried` and `done` say how far it came."""

    def __init__(self, house: House, way: Kept) -> None:
        self.house = house
        self.way = way
        self.email = f"somebody-{unique(4).hex()}@mail.example"
        self.source = unique(4).hex()
        self.tried: set[str] = set()
        self.done: set[str] = set()
        self.tokens: dict[str, str] = {}

    async def play(self) -> None:
        customers, passkeys = self.house.customers, self.house.passkeys
        with self._step("up"):
            assert await self.house.sign_up(self.email, source=self.source) == Asked()
        with self._step("known"):
            assert await self.house.sign_up(self.email, source=self.source, password=ANOTHER) == Asked()
        with self._step("wrong"):
            assert await self.sign_in("not the password") == SignInRefused()
        with self._step("busy"):
            await self._too_busy()
        with self._step("in"):
            signed = await self._signed_in(PASSWORD, "first")
        who = signed.customer
        with self._step("proven"):
            assert await customers.is_password(who, PASSWORD, source=self.source) is True
        with self._step("verify"):
            assert await customers.ask_verification(who, self.source) == Asked()
            assert isinstance(await customers.verify(await self._token()), Customer)
        with self._step("seen"):
            self.house.clock.pass_ms(HOUR)
            assert await customers.customer_for_session(signed.token) is not None
        with self._step("details"):
            details: dict[str, Any] = {"language": "nb", "market": "NO", "version": 2}
            assert isinstance(await customers.change_details(who, name="N", **details), Customer)
        with self._step("passkey"):
            await self._passkey(who)
        with self._step("password"):
            changed = await customers.change_password(who, old=PASSWORD, new=ANOTHER, source=self.source)
            assert isinstance(changed, SignedIn)
        with self._step("keys"):
            await self._passkey(who)
            [_, second] = await passkeys.of_customer(who)
            assert await passkeys.remove(who, second.id)
        with self._step("recovery"):
            assert await customers.ask_recovery(email=self.email, source=self.source) == Asked()
        with self._step("recover"):
            assert isinstance(await customers.recover(await self._token(), THIRD), Customer)
        with self._step("out"):
            last = await self._signed_in(THIRD, "last")
            await customers.sign_out(last.token)
        with self._step("out_all"):
            await self._signed_in(THIRD, "gone")
            await customers.sign_out_everywhere(who)
        with self._step("mails"):
            delivery = Delivery(self.house.outbox, self.way, sender="care@hallmere.example", maker="H")
            while await delivery.once():
                pass
        with self._step("forget"):
            await self.house.desk.forget()

    async def sign_in(self, password: str) -> object:
        return await self.house.sign_in(self.email, password, self.source)

    async def _signed_in(self, password: str, name: str) -> SignedIn:
        signed = await self.sign_in(password)
        assert isinstance(signed, SignedIn)
        self.tokens[name] = signed.token
        return signed

    async def _passkey(self, who: Customer) -> None:
        passkeys, key = self.house.passkeys, Authenticator()
        assert isinstance(await passkeys.add(who, key.create(await passkeys.begin(who)), "phone"), Passkey)
        options = await passkeys.begin_sign_in(self.source)
        assert isinstance(options, dict)
        assert isinstance(await passkeys.sign_in(key.get(options), self.source), SignedIn)

    async def _token(self) -> str:
        """Of this life's newest mail."""
        mails = [mail for mail in await self.house.mails() if mail.recipient == self.email and mail.token]
        self.house.clock.pass_ms(1)
        return mails[-1].token

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self.house.clock.pass_ms(1)
        self.tried.add(name)
        yield
        self.done.add(name)

    async def _too_busy(self) -> None:
        """A try that was counted and never judged is taken back."""
        passwords = self.house.passwords
        inside, passwords._inside = passwords._inside, 1_000
        try:
            assert await self.sign_in(PASSWORD) == Busy()
        finally:
            passwords._inside = inside


async def test_a_store_that_dies_at_any_step_of_a_customers_life_loses_nothing_that_was_answered(
    database: Database,
) -> None:
    """INV-E1, INV-E2, INV-G4."""
    audit = AuditService(storage=database, clock=FakeClock(), random_bytes=unique, salt=SALT)
    now, dies_at, steps = 0, STRIDE, set[str]()
    while True:
        storage = MortalStorage(database, dies_at=dies_at)
        house, way = open_house(database, storage=storage, append=audit.append), Kept()
        house.clock.now += now
        life = Life(house, way)
        try:
            await life.play()
        except sa.exc.SQLAlchemyError:
            assert storage.dead.is_set()
        steps |= {name.partition(":")[0] for name in storage.steps}
        after = open_house(database, append=audit.append)
        after.clock.now = house.clock.now
        await check_what_was_answered_holds(life, after)
        await check_record_and_tables_tell_the_same(database)
        if not storage.dead.is_set():
            break
        dies_at += STRIDE
        now += 3 * HOUR
    assert steps == STEPS_OF_CUSTOMERS | STEPS_OF_MAILS
    assert dies_at > 100


async def check_what_was_answered_holds(life: Life, house: House) -> None:
    """And an answer that never came is one of the two that it could have been."""
    tried, done, customers = life.tried, life.done, house.customers
    if "up" in done and "mails" not in tried:
        assert [mail for mail in await house.mails() if mail.recipient == life.email], "its mail is there"
    if "recovery" in done and "recover" not in tried:
        assert [mail.token for mail in await house.mails() if mail.recipient == life.email and mail.token]
    over = {"password", "recover"}
    if "first" in life.tokens:
        found = await customers.customer_for_session(life.tokens["first"])
        assert over.isdisjoint(done) or found is None
        assert not over.isdisjoint(tried) or found is not None
    for name, step in (("last", "out"), ("gone", "out_all")):
        if name in life.tokens and step in done:
            assert await customers.customer_for_session(life.tokens[name]) is None
    house.clock.pass_ms(24 * HOUR)
    for password, begins, ends in (
        (PASSWORD, "up", "password"),
        (ANOTHER, "password", "recover"),
        (THIRD, "recover", "never"),
    ):
        signed = await house.sign_in(life.email, password, unique(4).hex())
        if begins in done and ends not in tried:
            assert isinstance(signed, SignedIn), (password, done)
        elif ends in done or begins not in tried:
            assert signed == SignInRefused(), (password, done)
    if "mails" in done:
        assert {mail.recipient for mail in life.way.sent} >= {life.email}


async def check_record_and_tables_tell_the_same(database: Database) -> None:
    """INV-E2: nothing is done that is not on record, and no customer without a mail to confirm."""
    async with database.read() as conn:
        customers = list(await conn.execute(sa.select(customer)))
        mails = list(await conn.execute(sa.select(mail_outbox)))
    written = [leaf.typ.value for leaf in await leaves(database)]
    assert written.count("customer.added") == len(customers)
    assert written.count("customer.verified") == sum(row.verified_at is not None for row in customers)
    assert len(mails) >= len(customers)
