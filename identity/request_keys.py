"""What a handler finds on a request that got through the door; `server/web.py` puts it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

if TYPE_CHECKING:
    from identity.store import Account

ACCOUNT: Final[web.RequestKey[Account]] = web.RequestKey("account")
TOKEN: Final[web.RequestKey[str]] = web.RequestKey("token")
SOURCE: Final[web.RequestKey[str]] = web.RequestKey("source")
# The route's own struct; which one, the route table says.
BODY: Final[web.RequestKey[Any]] = web.RequestKey("body")
