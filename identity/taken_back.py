"""All that was ever taken back, as one value: a database that is older can be told of it again (INV-E5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from identity import revocation_store, store
from identity.rules import BADGE_SPARE_MS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.revocation_store import Revoked


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Disabled accounts by their random ids, and what the list of what is revoked names."""

    accounts: frozenset[str] = frozenset()
    revoked: frozenset[Revoked] = frozenset()

    def and_also(self, other: TakenBack, now: int) -> TakenBack:
        """Both, without badges that are over."""
        revoked = self.revoked | other.revoked
        live = frozenset(entry for entry in revoked if entry.until == 0 or entry.until > now)
        return TakenBack(self.accounts | other.accounts, live)


@dataclass(frozen=True, slots=True)
class Undone:
    """How many things that counted do so no longer."""

    accounts: int = 0
    badges: int = 0
    keys: int = 0
    tokens: int = 0


async def all_taken_back(conn: AsyncConnection) -> TakenBack:
    accounts = await store.disabled_accounts(conn)
    return TakenBack(frozenset(accounts), frozenset(await revocation_store.all_revoked(conn)))


async def take_back_again(conn: AsyncConnection, known: TakenBack, now: int) -> Undone:
    """What of it this database did not know."""
    new = known.revoked - frozenset(await revocation_store.all_revoked(conn))
    kinds = [entry.kind for entry in new if await revocation_store.revoke_again(conn, entry, now=now)]
    accounts = await store.disable_these(conn, known.accounts, now)
    for account in accounts:
        await store.forget_tokens(conn, account)
    return Undone(
        accounts=len(accounts),
        badges=kinds.count(revocation_store.BADGE),
        keys=kinds.count(revocation_store.KEY),
    )


async def void_all(conn: AsyncConnection, now: int) -> Undone:
    """No token and no badge counts: whoever signed out since must not be signed in again."""
    tokens = await store.forget_all_tokens(conn)
    badges = await revocation_store.revoke_badges(
        conn, sa.true(), why="restored", now=now, spare_ms=BADGE_SPARE_MS
    )
    return Undone(badges=badges, tokens=tokens)
