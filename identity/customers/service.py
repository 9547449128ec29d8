"""Customers' accounts: signing up and in, links in mails, passwords, details. Load, judge, record, store.

Nothing here tells a stranger whether an address has an account (INV-A5): both cases answer the same, write
once, and hash a password once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from identity.customers import passkey_store, session_store, store
from identity.customers.addresses import address_of
from identity.customers.by_password import Proven
from identity.customers.rules import (
    Fault,
    Kind,
    LinkKind,
    details_fault,
    new_password_fault,
    normal_name,
)
from identity.customers.sessions import CUSTOMER, SignedIn, hash_of
from identity.customers.signing_in import waiting
from identity.customers.store import Customer
from identity.passwords import TooBusy
from identity.ports import record
from identity.service import Busy, SignInRefused, Waiting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.customers.by_password import ByPassword
    from identity.customers.letters import Letters
    from identity.customers.limits import Limits
    from identity.customers.sessions import Sessions
    from identity.customers.signing_in import Tries
    from identity.passwords import Passwords
    from identity.ports import Append, Clock, Storage


@dataclass(frozen=True, slots=True)
class Asked:
    """It was taken up; what comes of it, the owner of the address reads in a mail."""


@dataclass(frozen=True, slots=True)
class LinkOver:
    """Never issued, used, expired and voided links look the same (INV-A5)."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The customer's details have changed since the version that was named."""


class Customers:
    """Who a customer is. Passwords and tokens come in and are kept as hashes; nothing here logs them."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        append: Append,
        passwords: Passwords,
        tries: Tries,
        by_password: ByPassword,
        limits: Limits,
        letters: Letters,
        sessions: Sessions,
        languages: Collection[str],
        markets: Collection[str],
        shut_out: Callable[[str], Awaitable[None]],
    ) -> None:
        """`languages` are those we have texts for; `markets` those the maker is in, by their codes.

        `shut_out` ends what a customer's devices may do for them, after whatever ends all their sessions.
        """
        self._storage = storage
        self._clock = clock
        self._append = append
        self._passwords = passwords
        self._tries = tries
        self._by_password = by_password
        self._limits = limits
        self._letters = letters
        self._sessions = sessions
        self._languages = languages
        self._markets = markets
        self._shut_out = shut_out

    async def sign_up(
        self, *, email: str, password: str, name: str, language: str, market: str, kind: str, source: str
    ) -> Asked | Fault | Waiting | Busy:
        """Makes an account and mails a link; where the address has one, its owner is mailed that instead."""
        address, shown = address_of(email), normal_name(name)
        if address is None:
            return Fault.EMAIL_FORM
        fault = self._details_fault(shown, language, market) or new_password_fault(password, address)
        if kind not in set(Kind) or fault is not None:
            return fault or Fault.KIND_UNKNOWN
        if wait := await self._look_source(source):
            return wait
        try:
            password_hash = await self._passwords.hash(password)
        except TooBusy:
            return Busy()
        now = self._clock.now_ms()
        new = Customer(
            id=secrets.token_hex(16),
            email=address.shown,
            name=shown,
            language=language,
            market=market,
            kind=Kind(kind),
            verified=False,
            created_at=now,
            version=1,
        )
        async with self._storage.write("customer_sign_up") as conn:
            wait_ms = await self._limits.take_source(conn, source, now)
            if not wait_ms:
                await self._add_or_tell(conn, new, address.key, password_hash)
        return waiting(wait_ms) if wait_ms else Asked()

    async def _add_or_tell(
        self, conn: AsyncConnection, new: Customer, email_key: str, password_hash: str
    ) -> None:
        if await store.add_customer(conn, new, email_key=email_key, password_hash=password_hash):
            await self._record(conn, "customer.added", new.id)
            await self._letters.send_link(conn, new, LinkKind.VERIFY)
        elif (known := await store.credential(conn, email_key)) is not None:
            await self._letters.say_known(conn, known.customer)

    async def ask_verification(self, customer: Customer, source: str) -> Asked | Waiting:
        """Mails another link to a customer who has not followed one yet."""
        async with self._storage.write("customer_ask_verification") as conn:
            if wait_ms := await self._limits.take_source(conn, source, self._clock.now_ms()):
                return waiting(wait_ms)
            held = await store.held(conn, customer.id)
            if held is not None and not held.customer.verified:
                await self._letters.send_link(conn, held.customer, LinkKind.VERIFY)
        return Asked()

    async def customer_of_link(self, link_token: str, kind: LinkKind) -> Customer | None:
        """Whose link it is while it works; looking uses nothing up, for a mail program looks too."""
        async with self._storage.read() as conn:
            return await session_store.link_customer(
                conn, hash_of(link_token), kind=kind, now=self._clock.now_ms()
            )

    async def verify(self, link_token: str) -> Customer | LinkOver:
        """Whoever reads mail at this address says that the account is theirs; works once."""
        now = self._clock.now_ms()
        async with self._storage.write("customer_verify") as conn:
            customer_id = await session_store.use_link(
                conn, hash_of(link_token), kind=LinkKind.VERIFY, now=now
            )
            if customer_id is None:
                return LinkOver()
            if await store.set_verified(conn, customer_id, now):
                await self._record(conn, "customer.verified", customer_id)
            customer = await store.by_id(conn, customer_id)
        return LinkOver() if customer is None else customer

    async def sign_in(
        self, *, email: str, password: str, source: str
    ) -> SignedIn | SignInRefused | Waiting | Busy:
        """A session, or one refusal for every reason."""
        return await self._by_password.sign_in(email=email, password=password, source=source)

    async def ask_recovery(self, *, email: str, source: str) -> Asked | Fault | Waiting:
        """Mails a link to the owner of the address, if there is one; the answer does not say."""
        address = address_of(email)
        if address is None:
            return Fault.EMAIL_FORM
        now = self._clock.now_ms()
        async with self._storage.write("customer_recovery") as conn:
            if wait_ms := await self._limits.take_source(conn, source, now):
                return waiting(wait_ms)
            found = await store.credential(conn, address.key)
            held = None if found is None else await store.held(conn, found.customer.id)
            if held is not None:
                await self._letters.send_link(conn, held.customer, LinkKind.RECOVER)
            else:
                # Counted for nobody, too: the same statements, and no shorter wait later.
                await self._limits.take_address(conn, address.key, now)
        return Asked()

    async def recover(self, link_token: str, new_password: str) -> Customer | LinkOver | Fault | Busy:
        """Another password, by the link of a mail: signs out everywhere and verifies the address.

        A password that will not do leaves the link as it is. All passkeys go as well: whoever comes by mail
        forgot the password or fears that somebody knows it, or a stranger began the account and waited for
        its owner. Nobody else may keep a way in.
        """
        customer = await self.customer_of_link(link_token, LinkKind.RECOVER)
        address = None if customer is None else address_of(customer.email)
        if customer is None or address is None:
            return LinkOver()
        if (fault := new_password_fault(new_password, address)) is not None:
            return fault
        try:
            password_hash = await self._passwords.hash(new_password)
        except TooBusy:
            return Busy()
        now = self._clock.now_ms()
        async with self._storage.write("customer_recover") as conn:
            used = await session_store.use_link(conn, hash_of(link_token), kind=LinkKind.RECOVER, now=now)
            held = None if used is None else await store.held(conn, used)
            if held is None:
                return LinkOver()
            await session_store.drop_sessions(conn, held.customer.id)
            await session_store.drop_links(conn, held.customer.id, LinkKind.VERIFY)
            await passkey_store.drop_all(conn, held.customer.id)
            if await store.set_verified(conn, held.customer.id, now):
                await self._record(conn, "customer.verified", held.customer.id)
            await store.set_password_hash(conn, held.customer.id, password_hash)
            await self._record(conn, "customer.recovered", held.customer.id)
            await self._letters.say_password_changed(conn, held.customer)
            found = await store.by_id(conn, held.customer.id)
        await self._shut_out(held.customer.id)
        return LinkOver() if found is None else found

    async def change_password(
        self, customer: Customer, *, old: str, new: str, source: str
    ) -> SignedIn | SignInRefused | Fault | Waiting | Busy:
        """Signs out everywhere and begins a new session; the old password is judged like a sign-in."""
        address = address_of(customer.email)
        assert address is not None, "an erased customer has no session"
        if (fault := new_password_fault(new, address)) is not None:
            return fault
        proven = await self._by_password.prove(email=customer.email, password=old, source=source)
        if not isinstance(proven, Proven):
            return proven
        try:
            password_hash = await self._passwords.hash(new)
        except TooBusy:
            await self._tries.give_back(proven.keys)
            return Busy()
        async with self._storage.write("customer_password") as conn:
            held = await store.held(conn, customer.id)
            if held is None or held.password_hash != proven.credential.password_hash:
                return SignInRefused()
            await store.set_password_hash(conn, customer.id, password_hash)
            await session_store.drop_links(conn, customer.id, LinkKind.RECOVER)
            await session_store.drop_sessions(conn, customer.id)
            await self._record(conn, "customer.password_set", customer.id)
            await self._letters.say_password_changed(conn, held.customer)
            signed_in = await self._tries.admit(conn, proven.keys, held.customer, by="password")
        await self._shut_out(customer.id)
        return signed_in

    async def is_password(self, customer: Customer, password: str, *, source: str) -> bool | Waiting | Busy:
        """Whether it is theirs, before something is done that cannot be undone; judged like a sign-in."""
        proven = await self._by_password.prove(email=customer.email, password=password, source=source)
        if isinstance(proven, Proven):
            await self._tries.forgive(proven.keys)
            return True
        return False if isinstance(proven, SignInRefused) else proven

    async def change_details(
        self, customer: Customer, *, name: str, language: str, market: str, version: int
    ) -> Customer | Fault | Changed:
        """The customer as they are then, unless they have changed since `version`."""
        shown = normal_name(name)
        if (fault := self._details_fault(shown, language, market)) is not None:
            return fault
        async with self._storage.write("customer_details") as conn:
            changed = await store.set_details(
                conn, customer.id, version=version, name=shown, language=language, market=market
            )
        return Changed() if changed is None else changed

    async def customer_for_session(self, token: str) -> Customer | None:
        """Whose session it is; asked with every request."""
        return await self._sessions.customer_of(token)

    async def sign_out(self, token: str) -> None:
        await self._sessions.end(token)

    async def sign_out_everywhere(self, customer: Customer) -> None:
        await self._sessions.end_all(customer)
        await self._shut_out(customer.id)

    async def export(self, customer: Customer) -> dict[str, object]:
        """All that is kept of an account, for its owner; hashes, of use to a thief alone, are left out."""
        async with self._storage.read() as conn:
            passkeys = await passkey_store.of_customer(conn, customer.id)
            sessions = await session_store.sessions_of(conn, customer.id)
        return {
            "email": customer.email,
            "name": customer.name,
            "language": customer.language,
            "market": customer.market,
            "kind": customer.kind.value,
            "verified": customer.verified,
            "created_at": customer.created_at,
            "passkeys": [
                {"name": one.name, "created_at": one.created_at, "used_at": one.used_at} for one in passkeys
            ],
            "sessions": [{"created_at": began, "seen_at": seen} for began, seen in sessions],
        }

    async def erase(self, conn: AsyncConnection, customer_id: str) -> bool:
        """Leaves an empty row, in the caller's transaction; False where there was nobody to erase (I20)."""
        held = await store.held(conn, customer_id)
        if held is None:
            return False
        await self._letters.drop(conn, held.customer)
        await session_store.drop_sessions(conn, customer_id)
        await session_store.drop_links(conn, customer_id)
        await passkey_store.drop_all(conn, customer_id)
        await store.erase(conn, customer_id)
        await self._record(conn, "customer.erased", customer_id)
        return True

    async def forget(self) -> None:
        """Erases what has outlived its use, also where nobody signs in any more (INV-H5)."""
        async with self._storage.write("forget_customers") as conn:
            await session_store.purge(conn, self._clock.now_ms())
            await passkey_store.purge(conn, self._clock.now_ms())

    def _details_fault(self, name: str, language: str, market: str) -> Fault | None:
        return details_fault(
            name=name, language=language, market=market, languages=self._languages, markets=self._markets
        )

    async def _look_source(self, source: str) -> Waiting | None:
        async with self._storage.read() as conn:
            wait_ms = await self._limits.look_source(conn, source, self._clock.now_ms())
        return waiting(wait_ms) if wait_ms else None

    async def _record(self, conn: AsyncConnection, typ: str, customer_id: str) -> None:
        await record(self._append, conn, typ, role=CUSTOMER, pid=customer_id, d={})
