"""Slows who guesses passwords; survives a restart, and cannot be turned against somebody else."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from identity import store
from identity.rules import ACCOUNT_LIMIT, SOURCE_LIMIT, Limit, Tries, one_more, pair_limit, wait_ms
from wire.encoding import b64, lv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Keys:
    """Where one try is counted. Keyed hashes: the tables name no login and no address (INV-H5)."""

    pair: str
    account: str
    source: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The try may not come yet. `told` is True when the audit record already says so."""

    ms: int
    key: str
    tries: Tries

    @property
    def told(self) -> bool:
        return self.tries.told


class Throttle:
    """Counts a try before it is judged, so that a crash or a parallel try cannot make it free."""

    def __init__(self, pseudonym_key: bytes) -> None:
        self._key = pseudonym_key

    def keys(self, *, login: str, source: str) -> Keys:
        return Keys(
            pair=self._name("pair", login, source),
            account=self._name("account", login),
            source=self._name("source", source),
        )

    def _name(self, *parts: str) -> str:
        # A login here is whatever was typed, also what no account can have.
        text = lv(*(part.encode("utf-8", "surrogatepass") for part in parts))
        return b64(hmac.digest(self._key, text, hashlib.sha256))

    async def look(self, conn: AsyncConnection, keys: Keys, now: int) -> Wait | None:
        """The wait in force, without counting anything."""
        known = await store.is_known_source(conn, keys.pair)
        counted = await store.tries(conn, [keys.pair, keys.account, keys.source])
        return _longest(counted, keys, known=known, now=now)

    async def take(self, conn: AsyncConnection, keys: Keys, now: int) -> Wait | None:
        """Counts one try under every key, or gives the wait in force and notes that it was told."""
        known = await store.is_known_source(conn, keys.pair)
        counted = await store.hold_tries(conn, [keys.pair, keys.account, keys.source], now)
        wait = _longest(counted, keys, known=known, now=now)
        if wait is not None:
            told = Tries(wait.tries.failures, wait.tries.last_at, told=True)
            await store.put_tries(conn, wait.key, told)
            return wait
        for key, limit in _limits(keys, counted, known=False):
            await store.put_tries(conn, key, one_more(counted.get(key), limit, now))
        return None

    async def forgive(self, conn: AsyncConnection, keys: Keys, now: int) -> None:
        """After a sign-in: the pair starts anew and is known; the shared keys get this one try back."""
        await store.drop_tries(conn, keys.pair)
        await store.give_back_try(conn, [keys.account, keys.source])
        await store.know_source(conn, keys.pair, now)

    async def give_back(self, conn: AsyncConnection, keys: Keys) -> None:
        """The try was never judged."""
        await store.give_back_try(conn, [keys.pair, keys.account, keys.source])


def _limits(keys: Keys, counted: dict[str, Tries], *, known: bool) -> Iterator[tuple[str, Limit]]:
    yield keys.pair, pair_limit(counted.get(keys.pair), known=known)
    if not known:
        yield keys.account, ACCOUNT_LIMIT
        yield keys.source, SOURCE_LIMIT


def _longest(counted: dict[str, Tries], keys: Keys, *, known: bool, now: int) -> Wait | None:
    waits = [
        Wait(ms=wait_ms(counted[key], limit, now), key=key, tries=counted[key])
        for key, limit in _limits(keys, counted, known=known)
        if key in counted
    ]
    longest = max(waits, key=lambda wait: wait.ms, default=None)
    return longest if longest is not None and longest.ms > 0 else None
