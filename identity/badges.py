"""Badges: a challenge that proves a key, then the issuer's signature, on record by the badge's hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from identity import store
from identity.keys import has_signed
from identity.ports import record
from identity.rules import (
    BADGE_LIFE_S,
    BADGES_PER_HOUR,
    CHALLENGE_LIFE_MS,
    CHALLENGES_PER_ACCOUNT,
    TECHNICIAN_SCOPES,
)
from wire import badge
from wire.encoding import b64, sha256_b64

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.keys import Issuer
    from identity.ports import Append, Clock, Storage
    from identity.store import Account

CHALLENGE_BYTES: Final = 32
# Short, because a list of what is revoked travels to every device (seal/SPEC §8).
JTI_BYTES: Final = 9


@dataclass(frozen=True, slots=True)
class IssuedBadge:
    jws: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class BadgeRefused:
    """The challenge is not live for this account, or the signature is not by the key."""


@dataclass(frozen=True, slots=True)
class BadgesSpent:
    """The account has had as many badges as an hour allows."""


BadgeAnswer = IssuedBadge | BadgeRefused | BadgesSpent


class BadgeService:
    """Issues badges to technicians and knows to whom each was issued."""

    def __init__(
        self, *, storage: Storage, clock: Clock, append: Append, issuer: Callable[[], Issuer]
    ) -> None:
        """`issuer` gives the key in use, which a new keyset may change."""
        self._storage = storage
        self._clock = clock
        self._append = append
        self._issuer = issuer

    @property
    def issuer(self) -> str:
        return self._issuer().iss

    async def challenge(self, account: Account) -> bytes:
        """32 bytes that this account may sign once, for 60 s."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        async with self._storage.write("badge_challenge") as conn:
            await store.add_challenge(
                conn,
                sha256_b64(challenge),
                account_id=account.id,
                expires_at=self._clock.now_ms() + CHALLENGE_LIFE_MS,
                most=CHALLENGES_PER_ACCOUNT,
            )
        return challenge

    async def issue(
        self, account: Account, *, token: str, key: bytes, challenge: bytes, sig: bytes
    ) -> BadgeAnswer:
        """A badge for `key`, whose owner has signed our challenge; it is taken back with `token`."""
        now = self._clock.now_ms()
        proven = has_signed(key, sig, badge.badge_challenge_message(self.issuer, challenge))
        async with self._storage.write("badge_issue") as conn:
            if await store.badges_since(conn, account.id, now - 3_600_000) >= BADGES_PER_HOUR:
                return BadgesSpent()
            # The challenge is spent whatever the signature says.
            taken = await store.take_challenge(conn, sha256_b64(challenge), account_id=account.id, now=now)
            if not (taken and proven):
                return BadgeRefused()
            return await self._add_badge(conn, account, token, key, now)

    async def _add_badge(
        self, conn: AsyncConnection, account: Account, token: str, key: bytes, now: int
    ) -> IssuedBadge:
        issued_s, issuer = now // 1_000, self._issuer()
        claims = badge.Badge(
            aud=issuer.aud,
            cnf_x=key,
            exp=issued_s + BADGE_LIFE_S,
            iat=issued_s,
            iss=issuer.iss,
            jti=b64(secrets.token_bytes(JTI_BYTES)),
            name=account.name,
            org=account.org,
            scopes=TECHNICIAN_SCOPES,
            sub=account.id,
        )
        jws = issuer.badge(claims)
        badge_hash = sha256_b64(jws.encode("ascii"))
        expires_at = claims.exp * 1_000
        await store.purge(conn, now)
        await store.add_badge(
            conn,
            store.NewBadge(
                hash=badge_hash,
                account=account.id,
                issued_at=now,
                expires_at=expires_at,
                jti=claims.jti,
                kid=issuer.kid,
                token=sha256_b64(token.encode("utf-8")),
            ),
        )
        await record(
            self._append,
            conn,
            "badge.issued",
            role=account.role.value,
            pid=account.id,
            d={"badge": badge_hash},
        )
        return IssuedBadge(jws=jws, expires_at=expires_at)

    async def account_of(self, badge_hash: str) -> str | None:
        """The account this badge was issued to, while badge and account are good."""
        async with self._storage.read() as conn:
            return await store.account_of_badge(conn, badge_hash, self._clock.now_ms())
