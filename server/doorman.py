"""Takes connections in: a bounded number of them, and none that keeps silent about what it wants (INV-F2)."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING, Any, Final

from aiohttp import hdrs, web

from server.logs import log, where
from server.problems import problem, slug_of_status
from server.web.application import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


class Connection(web.RequestHandler):
    """aiohttp's, except for what it would say by itself: that quotes the caller and names its own version."""

    __slots__ = ("_entered",)

    def __init__(self, server: web.Server, *, entered: Callable[[Connection], None], **options: Any) -> None:
        super().__init__(server, **options)
        self._entered = entered

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._entered(self)
        super().connection_made(transport)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is not HTTP, or failed outside every middleware, in the shape of all refusals (INV-F1)."""
        del message
        if status >= 500 and exc is not None:
            log().error("our fault", route="none", error=type(exc).__name__, where=where(exc))
        if request.writer.output_size > 0:
            raise ConnectionError
        answer = _answer(request, status)
        answer.force_close()
        return answer

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if isinstance(resp, web.HTTPException):
            resp = _answer(request, resp.status)
        if (hdrs.UPGRADE in request.headers and resp.status != 101) or request.method == hdrs.METH_CONNECT:
            # What follows was perhaps meant for the other protocol, or for the other end of a tunnel.
            resp.force_close()
        return await super().finish_response(request, resp, start_time)


def _answer(request: web.BaseRequest, status: int) -> web.Response:
    answer = problem(slug_of_status(status), accept_language=request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))
    answer.headers.update(HEADERS)
    # Named by us, since the library would name itself and its version where no application is reached.
    answer.headers[hdrs.SERVER] = "alongside"
    return answer


class Doorman:
    """A protocol factory in place of aiohttp's; `options` are those of its connections."""

    def __init__(
        self,
        server: web.Server,
        *,
        most: int,
        first_request_s: float = FIRST_REQUEST_S,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._server = server
        self._most = most
        self._first_request_s = first_request_s
        self._options = options or {}
        self._silent: dict[Connection, asyncio.TimerHandle] = {}
        self._arriving: set[Connection] = set()
        make_request = server.request_factory

        def heard(message, payload, protocol, writer, task):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            self._heard(protocol)
            return make_request(message, payload, protocol, writer, task)

        server.request_factory = heard

    def __call__(self) -> asyncio.BaseProtocol:
        # aiohttp knows a connection from the end of its TLS handshake on; it has a descriptor before that.
        if len(self._server.connections) + len(self._arriving) >= self._most:
            return _TurnedAway()
        loop = asyncio.get_running_loop()
        connection = Connection(self._server, entered=self._arriving.discard, loop=loop, **self._options)
        self._arriving.add(connection)
        self._silent[connection] = loop.call_later(self._first_request_s, self._drop, connection)
        return connection

    def _heard(self, connection: Connection) -> None:
        timer = self._silent.pop(connection, None)
        if timer is not None:
            timer.cancel()

    def _drop(self, connection: Connection) -> None:
        del self._silent[connection]
        self._arriving.discard(connection)
        connection.force_close()


class _TurnedAway(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
