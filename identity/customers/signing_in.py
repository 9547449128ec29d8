"""Tries at signing in as a customer: counted before they are judged, refused alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity.ports import NOBODY, record
from identity.service import SignInRefused, Waiting

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.customers.sessions import Sessions, SignedIn
    from identity.customers.store import Customer
    from identity.ports import Append, Clock, Storage
    from identity.throttle import Keys, Throttle


class Tries:
    """What a password and a passkey have in common."""

    def __init__(
        self, *, storage: Storage, clock: Clock, append: Append, throttle: Throttle, sessions: Sessions
    ) -> None:
        """`throttle` has a key of its own, so that no try here counts against staff, nor theirs here."""
        self._storage = storage
        self._clock = clock
        self._append = append
        self._throttle = throttle
        self._sessions = sessions

    def keys(self, login: str, source: str) -> Keys:
        """Where a try is counted; `login` is an address's key, or a credential's id."""
        return self._throttle.keys(login=login, source=source)

    async def count(self, keys: Keys) -> Waiting | None:
        """Counts a try that may be judged; else how long the next must wait."""
        now = self._clock.now_ms()
        async with self._storage.read() as conn:
            wait = await self._throttle.look(conn, keys, now)
        if wait is not None and wait.told:
            return waiting(wait.ms)
        async with self._storage.write("customer_count") as conn:
            wait = await self._throttle.take(conn, keys, now)
            if wait is None:
                return None
            if not wait.told:
                await self._record_refusal(conn, "waiting", NOBODY)
        return waiting(wait.ms)

    async def give_back(self, keys: Keys) -> None:
        """The try was never judged."""
        async with self._storage.write("customer_undo") as conn:
            await self._throttle.give_back(conn, keys)

    async def forgive(self, keys: Keys) -> None:
        """It was right, though no session begins by it."""
        async with self._storage.write("customer_forgive") as conn:
            await self._throttle.forgive(conn, keys, self._clock.now_ms())

    async def refuse(self, why: str, customer_id: str | None) -> SignInRefused:
        """`why` is for the record alone."""
        async with self._storage.write("customer_refuse") as conn:
            await self._record_refusal(conn, why, customer_id or NOBODY)
        return SignInRefused()

    async def admit(self, conn: AsyncConnection, keys: Keys, customer: Customer, *, by: str) -> SignedIn:
        """A session; the tries before it are forgiven. The caller holds the customer's row."""
        await self._throttle.forgive(conn, keys, self._clock.now_ms())
        return await self._sessions.begin(conn, customer, by=by)

    async def _record_refusal(self, conn: AsyncConnection, why: str, pid: str) -> None:
        await record(self._append, conn, "customer.sign_in_refused", role=NOBODY, pid=pid, d={"why": why})


def waiting(ms: int) -> Waiting:
    """In whole seconds, rounded up."""
    return Waiting(-(-ms // 1_000))
