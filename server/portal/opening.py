"""Puts the portal together: accounts, desk, pages and their routes, for one maker's folder."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import locales
from care.catalogue.maker import read_maker_data
from care.catalogue.markets import MarketFault
from care.desk.ground import Ground
from care.desk.service import Desk
from care.desk.signed import SecretFault, read_secrets
from care.ids import RANDOM_BYTES, uuid7
from identity.customers.handlers import CustomerHandlers
from identity.customers.rules import csrf_of
from identity.device_requests.service import DeviceRequests
from identity.device_sign_in.service import DeviceSignIns
from identity.passwords import Passwords
from server.api.customers import customer_routes
from server.api.desk import api_routes
from server.api.devices import device_routes
from server.customers import Ground as AccountGround
from server.customers import customer_desk
from server.portal.assets import asset_routes
from server.portal.device_cards import CardDesk
from server.portal.device_desk import DeviceDesk, Online
from server.portal.routes import portal_routes, tv_routes
from server.portal.site import Site, sign_in_page
from server.settings import UnsafeSettings
from server.web.doors import Portal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from care.catalogue.maker import MakerData
    from identity.keyring import Keys
    from server.app import Office
    from server.customers import CustomerDesk
    from server.portal.device_cards import LiveDevice
    from server.settings import Settings
    from server.web.routes import Route


@dataclass(frozen=True, slots=True)
class OpenPortal:
    """The customers' side of a running server."""

    accounts: CustomerDesk
    desk: Desk
    sign_ins: DeviceSignIns
    cards: CardDesk
    routes: list[Route]
    door: Portal

    async def forget(self) -> None:
        """Erases what has outlived its use (INV-H5)."""
        await self.accounts.forget()
        await self.desk.tidy()
        await self.sign_ins.forget()


def open_portal(
    office: Office,
    keys: Callable[[], Keys],
    live_device: LiveDevice,
) -> OpenPortal | None:
    """None where there is no maker whose products could be registered. Raises UnsafeSettings.

    `keys` are those by which devices are known; `live_device` says which one a live session is with.
    """
    if office.settings.maker is None:
        return None
    maker = maker_of(office.settings.maker)
    sign_ins = DeviceSignIns(
        storage=office.database,
        clock=office.clock,
        append=office.audit.append,
        salt=office.salt,
        origin=office.settings.origin,
    )
    accounts = _accounts(office, maker, sign_ins.forget_customer)
    online = Online()
    desk = desk_of(office, maker, online)
    site = Site(maker, accounts.customers, accounts.passkeys, desk)

    async def erase(customer_id: str) -> None:
        """The account last: whoever was stopped half way still has it, to ask again with (I20)."""
        await sign_ins.forget_customer(customer_id)
        await desk.personal_data.erase(customer_id)
        async with office.database.write("erase_account") as conn:
            await accounts.customers.erase(conn, customer_id)

    requests = DeviceRequests(
        storage=office.database, clock=office.clock, keys=keys, origin=office.settings.origin
    )
    routes = [
        *portal_routes(site, erase),
        *tv_routes(site, sign_ins),
        *device_routes(requests, sign_ins, DeviceDesk(office.database, desk, online)),
        *asset_routes(),
        *customer_routes(
            CustomerHandlers(accounts.customers, accounts.passkeys), origin=office.settings.origin
        ),
        *api_routes(desk, accounts.customers, secrets=_secrets(office.settings), erase=erase),
    ]
    door = Portal(
        customer_for_session=accounts.customers.customer_for_session,
        proof_of=csrf_of,
        refuse=site.refuse,
        sign_in_page=sign_in_page,
    )
    cards = CardDesk(office.database, desk.ground, office.audit.append, keys, live_device)
    return OpenPortal(accounts, desk, sign_ins, cards, routes, door)


def maker_of(folder: Path) -> MakerData:
    """The maker's folder, checked whole. Raises UnsafeSettings."""
    try:
        return read_maker_data(folder, languages=locales.languages())
    except MarketFault as fault:
        raise UnsafeSettings([str(fault)]) from None


def _secrets(settings: Settings) -> tuple[bytes, ...]:
    """Those that the smart home signs with; none where none are named."""
    if settings.webhook_secrets is None:
        return ()
    try:
        return read_secrets(settings.webhook_secrets)
    except SecretFault as fault:
        raise UnsafeSettings([str(fault)]) from None


def _accounts(office: Office, maker: MakerData, shut_out: Callable[[str], Awaitable[None]]) -> CustomerDesk:
    ground = AccountGround(
        storage=office.database,
        clock=office.clock,
        append=office.audit.append,
        # Those of staff wait in another line: many customers at a time keep no technician out.
        passwords=Passwords(office.hasher),
        salt=office.salt,
    )
    return customer_desk(
        ground,
        office.settings,
        maker=maker.maker.name,
        markets=frozenset(maker.markets.by_code),
        shut_out=shut_out,
    )


def desk_of(office: Office, maker: MakerData, online: Online) -> Desk:
    """The after-sales desk on this server's database; its key is its own."""

    async def is_online(unit: str) -> str | None:
        return online.proof_of(unit, office.clock.now_ms())

    ground = Ground(
        storage=office.database,
        maker=maker,
        now=office.clock.now_ms,
        new_id=lambda: uuid7(office.clock.now_ms(), os.urandom(RANDOM_BYTES)),
        key=hmac.digest(office.salt, b"desk", hashlib.sha256),
    )
    return Desk(ground, is_online=is_online)
