"""The line to the relay, one WebSocket per code: moves bytes, notes the relay's pings, names what went wrong.

No compression, no redirects, no messages larger than the specification allows (SPEC §5, §9).
"""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
import sys
from typing import TYPE_CHECKING, Any, Final, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from device_agent.panel_view import Problem
from wire.limits import CONTROL_FRAME_BYTES, TCP_THIN_LINEAR_TIMEOUTS

if TYPE_CHECKING:
    import asyncio

    from websockets.protocol import Event

    from device_agent.clock import Clock
    from device_agent.outbox import Outbox

SUBPROTOCOL: Final = Subprotocol("alongside.device.1")
OPEN_S: Final = 10
CLOSE_S: Final = 1
UNSENT_BYTES: Final = 16_384
_BUSY: Final = frozenset({429, 503})
_NO_ROUTE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})


class LineProblem(Exception):  # noqa: N818 - a problem is what the customer is told
    """No line, or no code on it; `problem` is what the device says in words, `wait_s` how long it lasts."""

    def __init__(self, problem: Problem, *, wait_s: int = 0) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.wait_s = wait_s


class LineLost(Exception):  # noqa: N818 - nobody's error: the other end is gone
    """The line is closed; there is no way back on it."""


class Line(Protocol):
    """What a call needs of a line, so that a test can be the relay."""

    heard_at: float

    async def receive(self) -> str | bytes:
        """The next message; raises LineLost."""
        ...

    async def write(self, outbox: Outbox) -> None:
        """Send what the outbox holds until it is finished, then close."""
        ...

    def abort(self) -> None:
        """Drop the line now, with whatever is still in its buffers."""
        ...


class _Connection(ClientConnection):
    """Also tells when the relay pings; the library answers by itself."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.pings = 0

    def process_event(self, event: Event) -> None:
        if isinstance(event, Frame) and event.opcode is Opcode.PING:
            self.pings += 1
            self.on_ping()
        super().process_event(event)

    def on_ping(self) -> None:
        """Replaced by the link once it is there."""


class _Dial(connect):
    """Follows no redirect: the origin is the one in our own settings (SPEC §1)."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class WebSocketLine:
    """An open WebSocket to the relay."""

    def __init__(self, connection: _Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self.heard_at = clock.boot()
        connection.on_ping = self._note_ping  # type: ignore[method-assign] # the library offers no hook

    async def receive(self) -> str | bytes:
        try:
            return await self._connection.recv()
        except ConnectionClosed:
            raise LineLost from None

    async def write(self, outbox: Outbox) -> None:
        with contextlib.suppress(ConnectionClosed):
            # One message at a time: what is not written yet can still be dropped (INV-B1).
            while (item := await outbox.next()) is not None:
                await self._connection.send(item)
        await self._connection.close()

    def abort(self) -> None:
        self._connection.transport.abort()

    def _note_ping(self) -> None:
        self.heard_at = self._clock.boot()


async def dial(origin: str, clock: Clock) -> WebSocketLine:
    """An open line to the relay at `origin`; raises LineProblem."""
    url = f"{origin.replace('http', 'ws', 1)}/v1/device"
    try:
        connection = await _Dial(
            url,
            create_connection=_Connection,
            subprotocols=[SUBPROTOCOL],
            compression=None,
            proxy=None,
            open_timeout=OPEN_S,
            close_timeout=CLOSE_S,
            ping_interval=None,
            max_size=CONTROL_FRAME_BYTES,
            write_limit=0,
            user_agent_header=None,
        )
    except (OSError, WebSocketException) as error:
        raise LineProblem(problem_of(error)) from error
    assert isinstance(connection, _Connection)
    if connection.subprotocol != SUBPROTOCOL:
        connection.transport.abort()
        raise LineProblem(Problem.WRONG_SERVER)
    _take_little(connection.transport)
    _repeat_soon(connection.transport)
    return WebSocketLine(connection, clock)


def _take_little(transport: asyncio.Transport) -> None:
    """Let a frame be taken, and so sealed, only when the one before is nearly gone.

    What lies sealed in the kernel of a slow line still leaves after Stop, seconds later (INV-B1).
    """
    opened: socket.socket = transport.get_extra_info("socket")
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)


def _repeat_soon(transport: asyncio.Transport) -> None:
    """Let what is lost be sent again without ever longer pauses, where the system can (SPEC §5.3)."""
    if sys.platform == "linux":
        opened: socket.socket = transport.get_extra_info("socket")
        opened.setsockopt(socket.IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1)


def problem_of(error: Exception) -> Problem:
    """What the customer is told of a line that could not be opened."""
    match error:
        case TimeoutError():
            return Problem.TOO_SLOW
        case ssl.SSLError():
            return Problem.NOT_SECURE
        case OSError():
            return _problem_of_network(error)
        case InvalidStatus() if error.response.status_code in _BUSY:
            return Problem.BUSY
        case _:
            return Problem.WRONG_SERVER


def _problem_of_network(error: OSError) -> Problem:
    # Without a network the resolver cannot even ask.
    unasked = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    if unasked or error.errno in _NO_ROUTE:
        return Problem.NO_NETWORK
    return Problem.SERVER_NOT_FOUND if isinstance(error, socket.gaierror) else Problem.SERVER_REFUSED
