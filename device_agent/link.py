"""The line to the relay, one WebSocket per code: moves bytes, notes the relay's pings, names what went wrong.

No compression, no redirects, no messages larger than the specification allows (SPEC §5, §9).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from aiohappyeyeballs import start_connection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from device_agent.network import QUESTIONS, Measured, Stage, is_doubtful, is_settled, verdict
from device_agent.opening import Opening, failure_of
from device_agent.panel_view import Problem
from wire.limits import CONTROL_FRAME_BYTES, REPEAT_WITHIN_MS, TCP_RTO_MAX_MS, TCP_THIN_LINEAR_TIMEOUTS

if TYPE_CHECKING:
    from websockets.protocol import Event

    from device_agent.clock import Clock
    from device_agent.outbox import Outbox

SUBPROTOCOL: Final = Subprotocol("alongside.device.1")
OPEN_S: Final = 5.0
NEXT_ADDRESS_S: Final = 0.25
BETWEEN_S: Final = 0.15  # one question of the closer look and the next
PATIENCE_S: Final = 2.0  # for the last of its answers
CLOSE_S: Final = 1
UNSENT_BYTES: Final = 16_384
_PORTS: Final = {"http": 80, "https": 443}


class LineProblem(Exception):  # noqa: N818 - a problem is what the customer is told
    """No line, or no code on it; `problem` is what the device says in words, `measured` how it knows.

    `wait_s` is how long the relay says that it lasts.
    """

    def __init__(self, problem: Problem, measured: Measured | None = None, *, wait_s: int = 0) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.measured = measured
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
    """Follows no redirect: the origin is the one in our own settings (SPEC §1). Notes when TLS is done."""

    opening: Opening

    async def open_tcp_connection(self) -> ClientConnection:
        connection = await super().open_tcp_connection()
        self.opening.secured()
        return connection

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
    """An open line to the relay at `origin`, good enough for a session; raises LineProblem.

    Takes as long as opening it takes. Where that gave reason to doubt, it is looked at more closely; in any
    case there is a word for the customer within nine seconds.
    """
    opening = Opening()
    try:
        async with asyncio.timeout(OPEN_S):
            connection = await _open(origin, opening)
    except (OSError, WebSocketException) as error:
        raise LineProblem(*_judged(opening.failed(failure_of(error)))) from error
    line = WebSocketLine(connection, clock)
    try:
        await _look(connection, opening)
    except BaseException:
        line.abort()
        raise
    return line


def _judged(measured: Measured) -> tuple[Problem, Measured]:
    return verdict(measured) or Problem.SERVER_UNREACHABLE, measured


async def _look(connection: _Connection, opening: Opening) -> None:
    """Ask more where the opening leaves doubt; raises LineProblem where the line will not carry a session."""
    opened = opening.measured()
    if is_doubtful(opened):
        opened = replace(opened, answers=await _answers(connection))
    problem = verdict(opened)
    if problem is not None:
        raise LineProblem(problem, opened)


async def _open(origin: str, opening: Opening) -> _Connection:
    parts = urlsplit(origin)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    with opening.stage(Stage.LOOKUP):
        places = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    with opening.stage(Stage.CONNECT):
        opening.socket = await start_connection(places, happy_eyeballs_delay=NEXT_ADDRESS_S)
    dialling = await _dialling(origin, opening.socket)
    dialling.opening = opening
    opening.begin(Stage.SECURE if parts.scheme == "https" else Stage.GREET)
    try:
        connection = await dialling
    except BaseException:
        opening.socket.close()
        raise
    opening.end()
    assert isinstance(connection, _Connection)
    if connection.subprotocol != SUBPROTOCOL:
        connection.transport.abort()
        raise InvalidHandshake("another subprotocol")
    _take_little(connection.transport)
    _repeat_soon(connection.transport)
    return connection


async def _dialling(origin: str, opened: socket.socket) -> _Dial:
    url = f"{origin.replace('http', 'ws', 1)}/v1/device"
    secure = url.startswith("wss:")
    return _Dial(
        url,
        create_connection=_Connection,
        sock=opened,
        ssl=await asyncio.to_thread(ssl.create_default_context) if secure else None,
        subprotocols=[SUBPROTOCOL],
        compression=None,
        open_timeout=None,
        close_timeout=CLOSE_S,
        ping_interval=None,
        max_size=CONTROL_FRAME_BYTES,
        write_limit=0,
        user_agent_header=None,
    )


async def _answers(connection: _Connection) -> tuple[float | None, ...]:
    """How long the server took to answer small questions; none waits for the answer to the one before."""
    asked: list[asyncio.Future[float]] = []
    with contextlib.suppress(ConnectionClosed):
        while len(asked) < QUESTIONS and not is_settled([_answer(it) for it in asked]):
            asked.append(asyncio.ensure_future(await connection.ping()))
            await asyncio.sleep(BETWEEN_S)
    if not is_settled([_answer(it) for it in asked]):
        await asyncio.wait(asked, timeout=PATIENCE_S)
    answers = tuple(_answer(it) for it in asked)
    for it in asked:
        it.cancel()
    return answers


def _answer(asked: asyncio.Future[float]) -> float | None:
    came = asked.done() and not asked.cancelled() and asked.exception() is None
    return asked.result() if came else None


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
        with contextlib.suppress(OSError):  # an older Linux does not know it
            opened.setsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS, REPEAT_WITHIN_MS)
