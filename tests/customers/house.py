"""Customers' accounts on a database, with a clock the test moves, a record and mails that it reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from identity.customers.service import Asked, Customers
from identity.customers.sessions import SignedIn
from identity.customers.store import Customer
from identity.passwords import Passwords
from server.customers import CustomerDesk, Ground, customer_desk
from server.mail.outbox import mail_outbox
from server.settings import Settings
from tests.server.conftest import WEAK
from tests.server.desk import FakeClock, Leaves

if TYPE_CHECKING:
    from identity.customers.passkeys import Passkeys
    from identity.ports import Append, Storage
    from server.mail.outbox import Outbox
    from server.storage.engine import Database

ORIGIN = "https://service.example"
MAKER = "Hallmere"
MARKETS = frozenset({"CZ", "LV", "NO", "VN", "XX"})
EMAIL = "Liga.Ozola@mail.example"
PASSWORD = "a long and good password"
ANOTHER = "another long and good one"
HERE = "192.0.2.1"
HOUR = 3_600_000
DAY = 24 * HOUR


@dataclass(frozen=True)
class Sent:
    """A mail in the outbox; `token` is its link's, if it has one."""

    recipient: str
    subject: str
    text: str

    @property
    def token(self) -> str:
        found = re.search(
            r"^https://service\.example/account/(?:verify|recover)/(\S+)$", self.text, re.MULTILINE
        )
        return "" if found is None else found[1]


@dataclass
class House:
    """`desk` is put together as the product does; the rest is what a test looks at."""

    database: Database
    clock: FakeClock
    leaves: Leaves
    desk: CustomerDesk
    passwords: Passwords
    shut_out: list[str]

    @property
    def customers(self) -> Customers:
        return self.desk.customers

    @property
    def passkeys(self) -> Passkeys:
        return self.desk.passkeys

    @property
    def outbox(self) -> Outbox:
        return self.desk.outbox

    async def sign_up(self, email: str = EMAIL, **changes: str) -> object:
        details = {
            "password": PASSWORD,
            "name": "Līga Ozola",
            "language": "lv",
            "market": "LV",
            "kind": "homeowner",
            "source": HERE,
        }
        return await self.customers.sign_up(email=email, **{**details, **changes})

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD, source: str = HERE) -> object:
        return await self.customers.sign_in(email=email, password=password, source=source)

    async def signed_in(self, email: str = EMAIL, password: str = PASSWORD) -> SignedIn:
        signed = await self.sign_in(email, password)
        assert isinstance(signed, SignedIn)
        return signed

    async def customer(self, email: str = EMAIL) -> Customer:
        """Signed up and in."""
        assert await self.sign_up(email) == Asked()
        return (await self.signed_in(email)).customer

    async def verified(self, email: str = EMAIL) -> Customer:
        customer = await self.customer(email)
        assert isinstance(await self.customers.verify(await self.token()), Customer)
        return await self.now(customer)

    async def now(self, customer: Customer) -> Customer:
        """The customer as the tables have them."""
        async with self.database.read() as conn:
            from identity.customers import store

            found = await store.by_id(conn, customer.id)
        assert found is not None
        return found

    async def mails(self) -> list[Sent]:
        """What waits to be sent, the oldest first."""
        query = sa.select(mail_outbox).where(mail_outbox.c.next_at.is_not(None))
        async with self.database.read() as conn:
            rows = await conn.execute(query.order_by(mail_outbox.c.created_at, sa.text("1")))
            return [Sent(row.recipient, row.subject, row.text) for row in rows]

    async def token(self) -> str:
        """Of the newest mail with a link; tests that need it move the clock between mails."""
        return [mail.token for mail in await self.mails() if mail.token][-1]

    async def rows(self, table: sa.Table) -> list[sa.Row[Any]]:
        async with self.database.read() as conn:
            return list(await conn.execute(sa.select(table)))


def open_house(
    database: Database, *, storage: Storage | None = None, append: Append | None = None, **changes: Any
) -> House:
    """`changes` are settings."""
    clock, leaves, passwords = FakeClock(), Leaves(), Passwords(WEAK)
    ground = Ground(
        storage=storage or database,
        clock=clock,
        append=append or leaves.append,
        passwords=passwords,
        salt=b"k" * 32,
    )
    settings = Settings(origin=ORIGIN, behind_proxy=True, **changes)
    shut_out: list[str] = []

    async def ended(customer: str) -> None:
        shut_out.append(customer)

    desk = customer_desk(ground, settings, maker=MAKER, markets=MARKETS, shut_out=ended)
    return House(database, clock, leaves, desk, passwords, shut_out)
