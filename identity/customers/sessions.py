"""Sessions of customers: begun by a sign-in, kept as long as they are used, ended one or all."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from identity.customers import session_store
from identity.customers.rules import SESSIONS_MOST, csrf_of, is_seen_anew, session_end
from identity.ports import record
from wire.encoding import b64, sha256_b64

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.customers.store import Customer
    from identity.ports import Append, Clock, Storage

CUSTOMER: Final = "customer"
TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is the session's, b64 of 32 bytes; `csrf` its proof for forms; `expires_at` in ms."""

    token: str
    csrf: str
    expires_at: int
    customer: Customer


def hash_of(token: str) -> str:
    """What a table keeps of a token; of any text, so that the database never sees what was sent."""
    return sha256_b64(token.encode("utf-8", "surrogatepass"))


def new_token() -> str:
    return b64(secrets.token_bytes(TOKEN_BYTES))


class Sessions:
    """Whose session a token is."""

    def __init__(self, *, storage: Storage, clock: Clock, append: Append) -> None:
        self._storage = storage
        self._clock = clock
        self._append = append

    async def begin(self, conn: AsyncConnection, customer: Customer, *, by: str) -> SignedIn:
        """A session with a token of its own (INV-G4). The caller holds the customer's row."""
        now, token = self._clock.now_ms(), new_token()
        expires_at = session_end(created_at=now, now=now)
        await session_store.add_session(
            conn,
            hash_of(token),
            customer_id=customer.id,
            now=now,
            expires_at=expires_at,
            most=SESSIONS_MOST,
        )
        await record(self._append, conn, "customer.signed_in", role=CUSTOMER, pid=customer.id, d={"by": by})
        return SignedIn(token=token, csrf=csrf_of(token), expires_at=expires_at, customer=customer)

    async def customer_of(self, token: str) -> Customer | None:
        """One read; a write beside it at most once an hour."""
        now, token_hash = self._clock.now_ms(), hash_of(token)
        async with self._storage.read() as conn:
            found = await session_store.session(conn, token_hash, now)
        if found is None:
            return None
        if is_seen_anew(seen_at=found.seen_at, now=now):
            until = session_end(created_at=found.created_at, now=now)
            async with self._storage.write("customer_seen") as conn:
                await session_store.see_session(conn, token_hash, now=now, expires_at=until)
        return found.customer

    async def end(self, token: str) -> None:
        """Signs out where there is such a session."""
        async with self._storage.write("customer_sign_out") as conn:
            customer_id = await session_store.take_session(conn, hash_of(token))
            if customer_id is not None:
                await record(self._append, conn, "customer.signed_out", role=CUSTOMER, pid=customer_id, d={})

    async def end_all(self, customer: Customer) -> None:
        """Signs out everywhere."""
        async with self._storage.write("customer_sign_out_all") as conn:
            await session_store.drop_sessions(conn, customer.id)
            await record(self._append, conn, "customer.signed_out", role=CUSTOMER, pid=customer.id, d={})
