"""Puts the parts together: the only place that names concrete adapters and connects features."""

from __future__ import annotations

import asyncio
import contextlib
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher

import locales
from identity.badges import BadgeService
from identity.enrolment import Enrolments, Offers
from identity.handlers import IdentityHandlers
from identity.keys import has_signed, secret_from
from identity.passwords import Passwords
from identity.service import IdentityService
from identity.status import Revocations, StatusService
from identity.throttle import Throttle
from relay.audit.leaf_types import LeafType, is_session
from relay.audit.service import AuditService, End
from relay.pin.rules import HOUR_MS, Limit, Policy
from relay.pin.service import PinService, PinSettings
from relay.session.service import SessionService
from relay.session.shapes import SessionSettings
from relay.session.store import live_device
from server.api.reference import reference_routes
from server.api.sessions import health_route, session_routes
from server.api.staff import staff_routes
from server.api.technicians import technician_routes
from server.clock import ForwardClock, StatedClock, UnreadableClock
from server.customers import check_mail
from server.direct import TurnLogins
from server.enrolling import enrolling
from server.keys import KeyRing, TrustOffice
from server.logs import log
from server.portal.opening import open_portal
from server.release import read_release
from server.restored import Aside
from server.settings import Settings, UnsafeSettings, private_folder
from server.storage.engine import Database, FirstInLine, StorageAway
from server.web.application import application
from server.web.doors import Doors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from identity.keyring import Keys

RELAY: Final = "relay"
WATCH_S: Final = 0.5
TIDY_S: Final = 24 * 3_600
TIDY_AGAIN_S: Final = 600


@dataclass(slots=True)
class LiveSessions:
    """Ends an account's live sessions, where there are any: the command line holds no sockets."""

    end: Callable[[str], Awaitable[None]] | None = None

    async def __call__(self, account: str) -> None:
        if self.end is not None:
            await self.end(account)


class TamperedLog(Exception):  # noqa: N818 - a state of the log
    """The newest record is not as it was written: nothing is added before somebody has looked."""

    def __init__(self, sess: str) -> None:
        then = f"look with `alongside audit show {sess}`" if is_session(sess) else "restore a backup"
        super().__init__(
            f"the newest record of the log is not as it was written: keep a copy of the database, then {then}"
        )


@dataclass(frozen=True, slots=True)
class Records:
    """The log and its clock, without accounts and keys to sign with: enough to look."""

    folder: Path
    database: Database
    clock: ForwardClock
    audit: AuditService
    salt: bytes
    end: End


@dataclass(frozen=True, slots=True)
class Office:
    """The records and who is who, without the relay: enough for the command line."""

    settings: Settings
    database: Database
    clock: ForwardClock
    audit: AuditService
    identity: IdentityService
    live: LiveSessions
    salt: bytes
    node: str
    aside: Aside
    hasher: PasswordHasher


def _clock(stated_in: Path | None) -> ForwardClock:
    if stated_in is None:
        return ForwardClock()
    try:
        return ForwardClock(wall_ms=StatedClock(stated_in).wall_ms)
    except UnreadableClock as fault:
        raise UnsafeSettings([str(fault)]) from None


@asynccontextmanager
async def open_records(settings: Settings) -> AsyncIterator[Records]:
    """The data folder, opened; tables are made where there are none. Opens a damaged log, too."""
    settings.check()
    folder = private_folder(settings.data)
    salt = secret_from(folder / "salt.key")
    database = await Database.open(settings.database)
    try:
        clock = _clock(settings.clock)
        audit = AuditService(storage=database, clock=clock, random_bytes=os.urandom, salt=salt)
        end = await audit.end()
        clock.raise_to(end.at)
        yield Records(folder, database, clock, audit, salt, end)
    finally:
        await database.close()


@asynccontextmanager
async def open_office(
    settings: Settings,
    *,
    sign_in_links: Mapping[str, str] | None = None,
    hasher: PasswordHasher | None = None,
) -> AsyncIterator[Office]:
    """The records, and who is who. What signs badges and lists is for the running server alone."""
    async with open_records(settings) as records:
        if records.end.tampered is not None:
            raise TamperedLog(records.end.tampered)
        # Names this data folder's server over restarts, so that it finds what its earlier life left open.
        node = secret_from(records.folder / "node.key").hex()[:32]
        database, clock, audit, salt = records.database, records.clock, records.audit, records.salt
        hasher = hasher or PasswordHasher()
        live, aside = LiveSessions(), Aside(records.folder, audit=audit, clock=clock)
        identity = IdentityService(
            storage=database,
            clock=clock,
            append=aside.append,
            passwords=Passwords(hasher),
            throttle=Throttle(salt),
            revoked=live,
            sign_in_links=sign_in_links or {},
            languages=locales.languages(),
        )
        yield Office(settings, database, clock, audit, identity, live, salt, node, aside, hasher)


def _status(office: Office, keys: Callable[[], Keys]) -> StatusService:
    return StatusService(
        storage=office.database,
        clock=office.clock,
        append=office.audit.append,
        keys=keys,
    )


def revocations_of(office: Office) -> Revocations:
    """For the command line, too, which signs nothing."""
    return Revocations(storage=office.database, clock=office.clock, append=office.aside.append)


def offers_of(office: Office) -> Offers:
    """For the command line: codes by which devices enrol."""
    return Offers(storage=office.database, clock=office.clock, append=office.audit.append, salt=office.salt)


def _enrolments(office: Office, keys: Callable[[], Keys]) -> Enrolments:
    return Enrolments(
        storage=office.database,
        clock=office.clock,
        append=office.audit.append,
        append_to_each=office.audit.append_to_each,
        salt=office.salt,
        keys=keys,
    )


def _turn_logins(office: Office) -> TurnLogins:
    return TurnLogins(
        office.settings.turn_login_secret(), now_ms=office.clock.now_ms, random_bytes=os.urandom
    )


# Whoever tries it out, or measures it, asks the one TV for more codes than a household does in an hour.
TRYING_OUT: Final = Policy(codes=(Limit(600, HOUR_MS),), shown_codes=(Limit(600, HOUR_MS),))


def _pins(office: Office, policy: Policy) -> PinService:
    return PinService(
        storage=office.database,
        clock=office.clock,
        append=office.audit.append,
        append_to_each=office.audit.append_to_each,
        random_bytes=os.urandom,
        settings=PinSettings(node=office.node, salt=office.salt, policy=policy),
    )


def _sessions(service: Service) -> SessionService:
    office, settings = service.office, service.office.settings
    return SessionService(
        storage=office.database,
        log_storage=FirstInLine(office.database),
        clock=office.clock,
        append=office.audit.append,
        append_to_each=office.audit.append_to_each,
        badge_account=service.badges.account_of,
        trust=service.trust.trust,
        check_signature=has_signed,
        random_bytes=os.urandom,
        pins=service.pins,
        enrolling=enrolling(service.enrolments),
        settings=SessionSettings(
            node=office.node,
            origin=settings.origin,
            console_url=settings.console_socket,
            console_origins=frozenset(settings.console_origins),
            consoles_elsewhere=frozenset(settings.consoles_elsewhere),
        ),
    )


class Service:
    """A server that is ready to be given sockets."""

    def __init__(self, office: Office, *, policy: Policy | None = None) -> None:
        """Raises KeysNotReady where this server cannot sign."""
        self.office = office
        self.keys = KeyRing(office.settings, office.clock)
        self.badges = BadgeService(
            storage=office.database,
            clock=office.clock,
            append=office.audit.append,
            issuer=self.keys.issuer,
        )
        self.trust = TrustOffice(self.keys, _status(office, lambda: self.keys.keys), office.audit)
        self.pins = _pins(office, policy or Policy())
        self.enrolments = _enrolments(office, lambda: self.keys.keys)
        self.sessions = _sessions(self)
        self.portal = open_portal(office, lambda: self.keys.keys, live_device)
        office.live.end = self.sessions.revoke
        self.routes = [
            health_route(office.database),
            *staff_routes(IdentityHandlers(office.identity, self.badges, self.trust), _turn_logins(office)),
            *session_routes(self.sessions),
            *technician_routes(None if self.portal is None else self.portal.cards),
            *(self.portal.routes if self.portal is not None else ()),
        ]
        settings = office.settings
        self.routes += reference_routes(self.routes, version=version("alongside"), origin=settings.origin)
        self.app = application(
            self.routes,
            Doors(
                origin=settings.origin,
                console_origins=settings.console_origins,
                behind_proxy=settings.behind_proxy,
                account_for_token=office.identity.account_for_token,
                portal=None if self.portal is None else self.portal.door,
            ),
        )
        self.tidied = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Closes what an earlier life left open; then the sockets may come."""
        await self.office.aside.recover(self.office.database)
        await self.trust.start()
        await self.enrolments.recover()
        if self.portal is not None:
            await self.portal.sign_ins.recover()
        await self.sessions.start()
        await check_mail(self.office.settings)
        self._tasks = [
            asyncio.create_task(self._watch_accounts()),
            asyncio.create_task(self._watch_trust()),
            asyncio.create_task(self._tidy_daily()),
        ]
        if self.portal is not None and self.portal.accounts.delivery is not None:
            self._tasks.append(asyncio.create_task(self.portal.accounts.delivery.run()))
        await self.office.audit.note(
            typ="server.started", role=RELAY, pid=RELAY, d={"version": version("alongside")}
        )
        # What a technician's page then states about itself can be held against it.
        await self.office.audit.note(
            typ=LeafType.CONSOLE_RELEASE, role=RELAY, pid=RELAY, d={"release": read_release().name}
        )

    async def drain(self) -> None:
        """No new session; every live one ended with its reason (INV-H4)."""
        await self.sessions.drain()
        await self.sessions.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # Ending never waits for the record of it.
        with contextlib.suppress(StorageAway):
            await self.office.audit.note(typ="server.stopped", role=RELAY, pid=RELAY, d={})

    async def _watch_accounts(self) -> None:
        """Ends within a second the sessions of accounts that another process shut out (INV-G4)."""
        while True:
            await asyncio.sleep(WATCH_S)
            with contextlib.suppress(StorageAway):
                for account in await self.office.identity.signed_out_among(self.sessions.accounts()):
                    await self.sessions.revoke(account)

    async def _watch_trust(self) -> None:
        """Signs a revocation within a second of it, whichever process it came from, and anew every hour."""
        while True:
            await asyncio.sleep(WATCH_S)
            with contextlib.suppress(StorageAway):
                await self.trust.refresh()

    async def _tidy_daily(self) -> None:
        """Erases what has outlived its use, beside the sessions and not before them (INV-H5)."""
        while True:
            self.keys.warn()
            try:
                await self.pins.forget()
                # Before the counts by address are erased, for one of them has not been told yet.
                await self.enrolments.forget()
                await self.office.identity.forget()
                if self.portal is not None:
                    await self.portal.forget()
            except StorageAway:
                log().warning("tidying put off")
                await asyncio.sleep(TIDY_AGAIN_S)
            else:
                self.tidied.set()
                await asyncio.sleep(TIDY_S)
