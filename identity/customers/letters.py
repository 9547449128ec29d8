"""Mails with a one-time link in them, and those without: to whom, and not too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from identity.customers import session_store
from identity.customers.addresses import address_of
from identity.customers.ports import Letter, Mail
from identity.customers.rules import LINK_LIFE_MS, LinkKind
from identity.customers.sessions import hash_of, new_token

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.customers.limits import Limits
    from identity.customers.ports import Post
    from identity.customers.store import Customer
    from identity.ports import Clock

LETTER_OF: Final = {LinkKind.VERIFY: Letter.VERIFY, LinkKind.RECOVER: Letter.RECOVER}


class Letters:
    """Every mail goes to the address the customer gave, whatever spelling of it was typed since."""

    def __init__(self, *, post: Post, limits: Limits, clock: Clock) -> None:
        self._post = post
        self._limits = limits
        self._clock = clock

    async def send_link(self, conn: AsyncConnection, customer: Customer, kind: LinkKind) -> bool:
        """Mails a link that voids older ones of its kind; False, and nothing done, where mails are too many.

        The caller holds the customer's row.
        """
        now = self._clock.now_ms()
        if not await self._may_mail(conn, customer, now):
            return False
        token = new_token()
        await session_store.add_link(
            conn,
            hash_of(token),
            customer_id=customer.id,
            kind=kind,
            expires_at=now + LINK_LIFE_MS[kind],
        )
        await self._put(conn, customer, LETTER_OF[kind], token)
        return True

    async def say_known(self, conn: AsyncConnection, customer: Customer) -> None:
        """That somebody tried to sign up with an address that has an account, unless mails are too many."""
        if await self._may_mail(conn, customer, self._clock.now_ms()):
            await self._put(conn, customer, Letter.KNOWN)

    async def say_password_changed(self, conn: AsyncConnection, customer: Customer) -> None:
        """Always: it is rare, and the owner's only sign that it was somebody else."""
        await self._put(conn, customer, Letter.PASSWORD_CHANGED)

    async def say_passkey_added(self, conn: AsyncConnection, customer: Customer) -> None:
        """Always: it is one more way in, and there are few."""
        await self._put(conn, customer, Letter.PASSKEY_ADDED)

    async def drop(self, conn: AsyncConnection, customer: Customer) -> None:
        """Erases what was not sent yet."""
        address = address_of(customer.email)
        if address is not None:
            await self._post.drop(conn, address.sent_to)

    async def _may_mail(self, conn: AsyncConnection, customer: Customer, now: int) -> bool:
        address = address_of(customer.email)
        return address is not None and await self._limits.take_address(conn, address.key, now)

    async def _put(self, conn: AsyncConnection, customer: Customer, letter: Letter, token: str = "") -> None:
        address = address_of(customer.email)
        assert address is not None, "only an erased customer has no address"
        mail = Mail(letter=letter, to=address.sent_to, language=customer.language, token=token)
        await self._post.put(conn, mail)
