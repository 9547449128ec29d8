"""Identity on a database, with a clock the test moves and a record the test reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from identity.badges import BadgeService, IssuedBadge
from identity.keys import Issuer
from identity.passwords import Passwords
from identity.rules import Role
from identity.service import IdentityService, SignedIn
from identity.store import Account
from identity.throttle import Throttle
from tests.server.conftest import PASSWORD, WEAK
from wire import badge
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from server.storage.engine import Database

ORIGIN = "https://service.example"
HOUR = 3_600_000
KEY = Ed25519PrivateKey.from_private_bytes(b"t" * 32)


@dataclass
class FakeClock:
    now: int = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.now

    def pass_ms(self, ms: int) -> None:
        self.now += ms


@dataclass
class Leaves:
    """What would be on record."""

    written: list[tuple[str, str, str, dict[str, object]]] = field(default_factory=list)

    async def append(
        self, conn: AsyncConnection, *, sess: str, typ: str, role: str, pid: str, d: dict[str, object]
    ) -> None:
        assert len(sess) == 32
        assert conn.in_transaction()
        self.written.append((typ, role, pid, d))

    def of(self, typ: str) -> list[dict[str, object]]:
        return [d for kind, _, _, d in self.written if kind == typ]


@dataclass
class Desk:
    identity: IdentityService
    badges: BadgeService
    clock: FakeClock
    leaves: Leaves
    revoked: list[str]
    database: Database
    issuer: Issuer
    again: IdentityService
    token: str = ""

    async def sign_in(
        self, login: str = "technician", password: str = PASSWORD, source: str = "192.0.2.1"
    ) -> object:
        return await self.identity.sign_in(login=login, password=password, source=source)

    async def account(self) -> Account:
        signed = await self.sign_in()
        assert isinstance(signed, SignedIn)
        self.token = signed.token
        return signed.account

    async def rows(self, table: sa.Table) -> list[tuple[object, ...]]:
        async with self.database.read() as conn:
            return [tuple(row) for row in await conn.execute(sa.select(table))]

    async def ask(self, account: Account, challenge: bytes, *, issuer: str = "hallmere") -> object:
        return await self.badges.issue(
            account,
            token=self.token,
            key=KEY.public_key().public_bytes_raw(),
            challenge=challenge,
            sig=KEY.sign(badge.badge_challenge_message(issuer, challenge)),
        )

    async def badge(self, account: Account) -> IssuedBadge:
        issued = await self.ask(account, await self.badges.challenge(account))
        assert isinstance(issued, IssuedBadge)
        return issued


async def open_desk(database: Database) -> Desk:
    """With one account of each role."""
    clock, leaves, revoked = FakeClock(), Leaves(), list[str]()
    issuer = Issuer(iss="hallmere", aud=ORIGIN, private=bytes(range(32)))

    async def revoke(account: str) -> None:
        revoked.append(account)

    def service() -> IdentityService:
        return IdentityService(
            storage=database,
            clock=clock,
            append=leaves.append,
            passwords=Passwords(WEAK),
            throttle=Throttle(b"k" * 32),
            revoked=revoke,
            sign_in_links={sha256_b64(b"the link"): "technician"},
            languages=("en", "vi"),
        )

    badges = BadgeService(storage=database, clock=clock, append=leaves.append, issuer=lambda: issuer)
    desk = Desk(service(), badges, clock, leaves, revoked, database, issuer, again=service())
    for role in Role:
        added = await desk.identity.add_account(
            login=role.value,
            password=PASSWORD,
            name="Demo Person",
            org="Hallmere Care",
            role=role,
            language="en",
        )
        assert isinstance(added, Account)
    return desk
