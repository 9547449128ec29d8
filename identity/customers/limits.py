"""How often mails may be caused and challenges asked for; survives a restart. Keyed hashes name nobody."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from identity import store
from identity.customers.rules import CHALLENGES_FROM_SOURCE, MAILS_FROM_SOURCE, MAILS_TO_ADDRESS
from identity.rules import Limit, one_more, wait_ms
from wire.encoding import b64, lv

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class Limits:
    """Counts in the transaction of what is counted: both are kept, or neither."""

    def __init__(self, pseudonym_key: bytes) -> None:
        self._key = pseudonym_key

    async def look_source(self, conn: AsyncConnection, source: str, now: int) -> int:
        """How many ms who asks for mails from this source must still wait; counts nothing."""
        key = self._name("mails from", source)
        return wait_ms((await store.tries(conn, [key])).get(key), MAILS_FROM_SOURCE, now)

    async def take_source(self, conn: AsyncConnection, source: str, now: int) -> int:
        """Counts one mail caused from this source, or gives the wait in ms."""
        return await self._take(conn, self._name("mails from", source), MAILS_FROM_SOURCE, now)

    async def take_address(self, conn: AsyncConnection, email_key: str, now: int) -> bool:
        """Counts one mail to this address; False where it has had enough.

        Whoever asks is never told: it would say that somebody asked before.
        """
        return await self._take(conn, self._name("mails to", email_key), MAILS_TO_ADDRESS, now) == 0

    async def take_challenge(self, conn: AsyncConnection, source: str, now: int) -> int:
        """Counts one challenge for nobody in particular, or gives the wait in ms."""
        return await self._take(conn, self._name("challenges", source), CHALLENGES_FROM_SOURCE, now)

    def _name(self, *parts: str) -> str:
        return b64(hmac.digest(self._key, lv(*(part.encode() for part in parts)), hashlib.sha256))

    async def _take(self, conn: AsyncConnection, key: str, limit: Limit, now: int) -> int:
        counted = (await store.hold_tries(conn, [key], now))[key]
        wait = wait_ms(counted, limit, now)
        if not wait:
            await store.put_tries(conn, key, one_more(counted, limit, now))
        return wait
