"""Takes connections in: a bounded number of them, and none that keeps silent about what it wants (INV-F2)."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiohttp import web

# aiohttp times a connection between two requests, but waits for the first one for ever.
FIRST_REQUEST_S: Final = 15.0
CONNECTIONS_MOST: Final = 12_000
_DESCRIPTORS_KEPT: Final = 64


def room_for_connections() -> int:
    """As many as this process has file descriptors for, after asking for all it may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return CONNECTIONS_MOST
    return max(1, min(CONNECTIONS_MOST, hard - _DESCRIPTORS_KEPT))


class Doorman:
    """A protocol factory around aiohttp's."""

    def __init__(self, server: web.Server, *, most: int, first_request_s: float = FIRST_REQUEST_S) -> None:
        self._server = server
        self._most = most
        self._first_request_s = first_request_s
        self._silent: dict[asyncio.BaseProtocol, asyncio.TimerHandle] = {}
        self._arriving: set[asyncio.BaseProtocol] = set()
        make_request, enter = server.request_factory, server.connection_made

        def heard(message, payload, protocol, writer, task):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            self._heard(protocol)
            return make_request(message, payload, protocol, writer, task)

        def entered(handler: web.RequestHandler, transport: asyncio.Transport) -> None:
            self._arriving.discard(handler)
            enter(handler, transport)

        server.request_factory = heard
        server.connection_made = entered  # type: ignore[method-assign] # there is no other way to hear of it

    def __call__(self) -> asyncio.BaseProtocol:
        # aiohttp knows a connection from the end of its TLS handshake on; it has a descriptor before that.
        if len(self._server.connections) + len(self._arriving) >= self._most:
            return _TurnedAway()
        connection = self._server()
        self._arriving.add(connection)
        loop = asyncio.get_running_loop()
        self._silent[connection] = loop.call_later(self._first_request_s, self._drop, connection)
        return connection

    def _heard(self, connection: asyncio.BaseProtocol) -> None:
        timer = self._silent.pop(connection, None)
        if timer is not None:
            timer.cancel()

    def _drop(self, connection: web.RequestHandler) -> None:
        del self._silent[connection]
        self._arriving.discard(connection)
        connection.force_close()


class _TurnedAway(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
