"""What a handler finds on a request that got through the door; `server/web` puts it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

if TYPE_CHECKING:
    from identity.customers.store import Customer
    from identity.store import Account

ACCOUNT: Final[web.RequestKey[Account]] = web.RequestKey("account")
TOKEN: Final[web.RequestKey[str]] = web.RequestKey("token")
# Of a customer, and the token of the session they are signed in by.
CUSTOMER: Final[web.RequestKey[Customer]] = web.RequestKey("customer")
SESSION: Final[web.RequestKey[str]] = web.RequestKey("session")
SOURCE: Final[web.RequestKey[str]] = web.RequestKey("source")
# The route's own struct; which one, the route table says.
BODY: Final[web.RequestKey[Any]] = web.RequestKey("body")
# The body as it came, for whoever must check a signature over it.
SENT: Final[web.RequestKey[bytes]] = web.RequestKey("sent")
