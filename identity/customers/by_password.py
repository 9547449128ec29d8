"""Signing in with a password: the same work and the same answer whoever asks (INV-A5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from identity.customers import store
from identity.customers.addresses import address_of
from identity.passwords import TooBusy
from identity.service import Busy, SignInRefused, Waiting

if TYPE_CHECKING:
    from identity.customers.sessions import SignedIn
    from identity.customers.signing_in import Tries
    from identity.customers.store import Credential
    from identity.passwords import Passwords
    from identity.ports import Storage
    from identity.throttle import Keys


@dataclass(frozen=True, slots=True)
class Proven:
    """The password was right for this customer; `keys` are where the try was counted."""

    credential: Credential
    keys: Keys


class ByPassword:
    """What a password proves."""

    def __init__(self, *, storage: Storage, passwords: Passwords, tries: Tries) -> None:
        self._storage = storage
        self._passwords = passwords
        self._tries = tries

    async def prove(
        self, *, email: str, password: str, source: str
    ) -> Proven | SignInRefused | Waiting | Busy:
        """Counts the try, then judges it."""
        address = address_of(email)
        keys = self._tries.keys(email if address is None else address.key, source)
        if wait := await self._tries.count(keys):
            return wait
        found = None
        if address is not None:
            async with self._storage.read() as conn:
                found = await store.credential(conn, address.key)
        try:
            right = await self._passwords.check(None if found is None else found.password_hash, password)
        except TooBusy:
            await self._tries.give_back(keys)
            return Busy()
        if found is not None and right:
            return Proven(found, keys)
        return await self._refuse(found)

    async def sign_in(
        self, *, email: str, password: str, source: str
    ) -> SignedIn | SignInRefused | Waiting | Busy:
        """A session, or one refusal for every reason."""
        proven = await self.prove(email=email, password=password, source=source)
        if not isinstance(proven, Proven):
            return proven
        found = proven.credential
        try:
            renewed = await self._renewed(found, password)
        except TooBusy:
            await self._tries.give_back(proven.keys)
            return Busy()
        async with self._storage.write("customer_admit") as conn:
            held = await store.held(conn, found.customer.id)
            if held is not None and held.password_hash == found.password_hash:
                if renewed is not None:
                    await store.set_password_hash(conn, held.customer.id, renewed)
                return await self._tries.admit(conn, proven.keys, held.customer, by="password")
        # It was right, and another one was set, or the account erased, while it was judged.
        return await self._refuse(found)

    async def _renewed(self, found: Credential, password: str) -> str | None:
        """Another hash in place of one that was made with weaker settings than today's."""
        if found.password_hash is None or not self._passwords.is_dated(found.password_hash):
            return None
        return await self._passwords.hash(password)

    async def _refuse(self, found: Credential | None) -> SignInRefused:
        if found is None:
            return await self._tries.refuse("unknown", None)
        return await self._tries.refuse("wrong", found.customer.id)
