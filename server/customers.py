"""Customers' accounts and their mails, put together for a maker's service."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

import locales
from identity.customers.by_password import ByPassword
from identity.customers.letters import Letters
from identity.customers.limits import Limits
from identity.customers.passkeys import Passkeys, Site
from identity.customers.service import Customers
from identity.customers.sessions import Sessions
from identity.customers.signing_in import Tries
from identity.throttle import Throttle
from server.mail.delivery import Delivery
from server.mail.outbox import Outbox
from server.mail.words import CustomerPost
from server.settings import UnsafeSettings, host_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from identity.passwords import Passwords
    from identity.ports import Append, Clock, Storage
    from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Ground:
    """What the accounts stand on."""

    storage: Storage
    clock: Clock
    append: Append
    passwords: Passwords
    salt: bytes


@dataclass(frozen=True, slots=True)
class CustomerDesk:
    """`delivery` is None where no way for mails is configured: they wait, and are erased unsent in time."""

    customers: Customers
    passkeys: Passkeys
    outbox: Outbox
    delivery: Delivery | None

    async def forget(self) -> None:
        """Erases what has outlived its use (INV-H5)."""
        await self.customers.forget()
        await self.outbox.forget()


def customer_desk(
    ground: Ground,
    settings: Settings,
    *,
    maker: str,
    markets: Collection[str],
    shut_out: Callable[[str], Awaitable[None]],
) -> CustomerDesk:
    """The accounts of one maker's customers; `maker` is its name as people read it."""
    key = hmac.digest(ground.salt, b"customers", hashlib.sha256)
    outbox = Outbox(storage=ground.storage, clock=ground.clock)
    limits = Limits(key)
    sessions = Sessions(storage=ground.storage, clock=ground.clock, append=ground.append)
    tries = Tries(
        storage=ground.storage,
        clock=ground.clock,
        append=ground.append,
        # A key of its own: no try here counts against staff, nor theirs here.
        throttle=Throttle(key),
        sessions=sessions,
    )
    post = CustomerPost(outbox, origin=settings.origin, maker=maker)
    letters = Letters(post=post, limits=limits, clock=ground.clock)
    customers = Customers(
        storage=ground.storage,
        clock=ground.clock,
        append=ground.append,
        passwords=ground.passwords,
        tries=tries,
        by_password=ByPassword(storage=ground.storage, passwords=ground.passwords, tries=tries),
        limits=limits,
        letters=letters,
        sessions=sessions,
        languages=locales.languages(),
        markets=markets,
        shut_out=shut_out,
    )
    passkeys = Passkeys(
        storage=ground.storage,
        clock=ground.clock,
        append=ground.append,
        tries=tries,
        limits=limits,
        letters=letters,
        site=Site(rp_id=host_of(settings.origin), origin=settings.origin, name=maker),
    )
    way = settings.mail_way()
    delivery = None if way is None else Delivery(outbox, way, sender=settings.mail_from, maker=maker)
    return CustomerDesk(customers, passkeys, outbox, delivery)


async def check_mail(settings: Settings) -> None:
    """Raises UnsafeSettings where no mail could ever go out this way; a server that is away is waited for."""
    way = settings.mail_way()
    fault = "" if way is None else await way.check()
    if fault:
        raise UnsafeSettings([fault])
