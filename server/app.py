"""Puts the parts together: the only place that names concrete adapters and connects features."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from aiohttp import web
from argon2 import PasswordHasher

import locales
from identity.badges import BadgeService
from identity.handlers import BadgeBody, IdentityHandlers, SignInBody, SignInLinkBody
from identity.issuer import Issuer, secret_from
from identity.passwords import Passwords
from identity.service import IdentityService
from identity.throttle import Throttle
from relay.audit.record import parse_leaf
from relay.audit.service import AuditService
from relay.audit.store import audit_leaf
from server.clock import ForwardClock
from server.routes import SIGNED_IN, Access, Route
from server.settings import Settings, private_folder
from server.storage.engine import Database
from server.web import Doors, application

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

RELAY: Final = "relay"


@dataclass(frozen=True, slots=True)
class Office:
    """The records and who is who, without the relay: enough for the command line."""

    settings: Settings
    database: Database
    clock: ForwardClock
    audit: AuditService
    identity: IdentityService
    badges: BadgeService
    issuer: Issuer


async def _nobody_is_connected(_account: str) -> None:
    """The command line holds no sockets; the running server sees the change in the database by itself."""


@asynccontextmanager
async def open_office(
    settings: Settings,
    *,
    revoked: Callable[[str], Awaitable[None]] = _nobody_is_connected,
    sign_in_links: Mapping[str, str] | None = None,
    hasher: PasswordHasher | None = None,
) -> AsyncIterator[Office]:
    """The data folder, opened; keys are drawn and tables made where there are none."""
    settings.check()
    folder = private_folder(settings.data)
    salt = secret_from(folder / "salt.key")
    issuer = Issuer(iss=settings.iss, aud=settings.origin, private=secret_from(folder / "issuer.key"))
    database = await Database.open(settings.database)
    try:
        clock = ForwardClock()
        clock.raise_to(await _newest_leaf_ms(database))
        audit = AuditService(storage=database, clock=clock, random_bytes=os.urandom, salt=salt)
        identity = IdentityService(
            storage=database,
            clock=clock,
            append=audit.append,
            passwords=Passwords(hasher or PasswordHasher()),
            throttle=Throttle(salt),
            revoked=revoked,
            sign_in_links=sign_in_links or {},
            languages=locales.languages(),
        )
        badges = BadgeService(storage=database, clock=clock, append=audit.append, issuer=issuer)
        yield Office(settings, database, clock, audit, identity, badges, issuer)
    finally:
        await database.close()


async def _newest_leaf_ms(database: Database) -> int:
    """When the log was last written: the clock never goes back behind it, over restarts either."""
    newest = sa.select(audit_leaf.c.leaf).order_by(audit_leaf.c.idx.desc()).limit(1)
    async with database.read() as conn:
        leaf = (await conn.execute(newest)).scalar_one_or_none()
    return 0 if leaf is None else parse_leaf(bytes(leaf)).ts


def _identity_routes(office: Office) -> list[Route]:
    handlers = IdentityHandlers(office.identity, office.badges)
    anyone = frozenset({Access.ANYONE})
    technician = frozenset({Access.TECHNICIAN})
    return [
        Route("POST", "/v1/sign-in", anyone, handlers.sign_in, SignInBody),
        Route("POST", "/v1/sign-in/link", anyone, handlers.sign_in_link, SignInLinkBody),
        Route("POST", "/v1/sign-out", SIGNED_IN, handlers.sign_out),
        Route("GET", "/v1/me", SIGNED_IN, handlers.me),
        Route("POST", "/v1/badge-challenges", technician, handlers.badge_challenge),
        Route("POST", "/v1/badges", technician, handlers.badge, BadgeBody),
    ]


def _health(database: Database) -> Route:
    async def health(_request: web.Request) -> web.Response:
        async with database.read() as conn:
            await conn.execute(sa.select(1))
        return web.json_response({"status": "ok"})

    return Route("GET", "/healthz", frozenset({Access.ANYONE}), health)


class Service:
    """A server that is ready to be given sockets."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.routes = [_health(office.database), *_identity_routes(office)]
        settings = office.settings
        self.app = application(
            self.routes,
            Doors(
                origin=settings.origin,
                console_origins=settings.console_origins,
                behind_proxy=settings.behind_proxy,
                account_for_token=office.identity.account_for_token,
            ),
        )

    async def start(self) -> None:
        await self.office.audit.note(
            typ="server.started", role=RELAY, pid=RELAY, d={"version": version("alongside")}
        )

    async def drain(self) -> None:
        """No new session; every live one ended with its reason (INV-H4)."""
        await self.office.audit.note(typ="server.stopped", role=RELAY, pid=RELAY, d={})
