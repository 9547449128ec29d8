"""Runs applications on sockets until a signal says stop, then drains within its time (INV-H4)."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import signal
import socket
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypedDict

import uvloop
from aiohttp import http_parser, web

from server.app import Service, open_office
from server.console import ConsoleSettings, console_application
from server.doorman import Doorman, room_for_connections
from server.logs import AccessLog, log
from server.settings import Door, host_of, private_folder
from server.tls import CertificateFiles, context_of
from wire.limits import HTTP_HEADER_BYTES

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from server.release import Release
    from server.settings import Settings

DRAIN_S: Final = 8.0
# What is left of ten seconds for connections that do not let go.
CLEANUP_S: Final = 1.0
KEEP_ALIVE_S: Final = 75.0
LINGER_S: Final = 2.0
BACKLOG: Final = 512
# Less than a silent connection gets (server/doorman.py).
HANDSHAKE_S: Final = 10.0


class CannotRun(Exception):  # noqa: N818 - reads as what it is
    """The machine lacks something that the server does not go without."""


def require_c_extensions() -> None:
    """Several ways to smuggle a request exist in the pure-Python parser only."""
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise CannotRun("aiohttp runs without its C extensions here; install a wheel built for this machine")


def listen(host: str, port: int) -> list[socket.socket]:
    """Listening sockets on every address of `host`; with port 0 on one free port of the first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    addresses = sorted({(family, address) for family, _, _, _, address in found}, key=str)
    if port == 0:
        addresses = addresses[:1]
    sockets: list[socket.socket] = []
    try:
        for family, address in addresses:
            sockets.append(_bound(family, address))
    except OSError as error:
        for opened in sockets:
            opened.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotRun(f"port {port} is taken; end what listens there, or take another port") from error
        raise CannotRun(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    return sockets


@contextmanager
def listening_on(host: str, port: int) -> Iterator[list[socket.socket]]:
    """The same sockets, closed at the end also when nothing came to answer on them."""
    sockets = listen(host, port)
    try:
        yield sockets
    finally:
        for opened in sockets:
            opened.close()


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def port_of(sockets: Sequence[socket.socket]) -> int:
    return int(sockets[0].getsockname()[1])


class _Patience(TypedDict, total=False):
    ssl_handshake_timeout: float
    ssl_shutdown_timeout: float


class Listening:
    """An application that answers on sockets."""

    def __init__(self, servers: Sequence[asyncio.Server]) -> None:
        self._servers = servers

    def stop(self) -> None:
        """Takes no new connection; those that are open stay."""
        for server in self._servers:
            server.close()


def tls_of(door: Door) -> ssl.SSLContext | None:
    """What ends TLS in this process; None where a proxy does, or where nothing leaves this machine."""
    if door.certificate is None or door.key is None:
        return None
    host = None if door.behind_proxy else host_of(door.origin)
    return context_of(CertificateFiles(door.certificate, door.key), host=host, now=datetime.now(UTC))


@asynccontextmanager
async def running(
    app: web.Application, sockets: Sequence[socket.socket], tls: ssl.SSLContext | None = None
) -> AsyncIterator[Listening]:
    """The application, answering on these sockets."""
    loop = asyncio.get_running_loop()
    if tls is not None and not isinstance(loop, uvloop.Loop):
        # asyncio's own TLS copies more and keeps what a slow reader does not take (INV-F3).
        raise CannotRun("TLS needs uvloop, which does not run here")
    options = {
        "access_log_class": AccessLog,
        "access_log": logging.getLogger("alongside.access"),
        "keepalive_timeout": KEEP_ALIVE_S,
        "lingering_time": LINGER_S,
        "max_line_size": HTTP_HEADER_BYTES // 2,
        "max_field_size": HTTP_HEADER_BYTES // 2,
        "auto_decompress": False,
    }
    runner = web.AppRunner(app, shutdown_timeout=CLEANUP_S)
    await runner.setup()
    assert runner.server is not None
    doorman = Doorman(runner.server, most=room_for_connections(), options=options)
    patience: _Patience = (
        {} if tls is None else {"ssl_handshake_timeout": HANDSHAKE_S, "ssl_shutdown_timeout": CLEANUP_S}
    )
    listening = Listening(
        [
            await loop.create_server(doorman, sock=opened, backlog=BACKLOG, ssl=tls, **patience)
            for opened in sockets
        ]
    )
    try:
        yield listening
    finally:
        listening.stop()
        await runner.cleanup()


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """Set by SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


@contextmanager
def only_server_of(folder: Path) -> Iterator[None]:
    """One server to a data folder: at its start it ends what an earlier life of it left open."""
    with (private_folder(folder) / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(
                f"a server runs on {folder} already; stop that one, or name another folder with --data"
            ) from None
        yield


@asynccontextmanager
async def started(
    service: Service, sockets: Sequence[socket.socket], tls: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    """The service on its sockets; on leaving, no new connection, then the drain, then the end."""
    await service.start()
    async with running(service.app, sockets, tls) as listening:
        log().info("serving", origin=service.office.settings.origin)
        try:
            yield
        finally:
            listening.stop()
            try:
                async with asyncio.timeout(DRAIN_S):
                    await service.drain()
            except TimeoutError:
                log().warning("drain cut short")
    log().info("stopped")


async def serve(settings: Settings, ready: Callable[[], None]) -> None:
    """Serves until it is told to stop."""
    require_c_extensions()
    tls = tls_of(settings.door)
    with (
        listening_on(settings.host, settings.port) as sockets,
        only_server_of(settings.data),
        stop_signals() as stop,
    ):
        async with open_office(settings) as office, started(Service(office), sockets, tls):
            ready()
            await stop.wait()


async def serve_console(
    settings: ConsoleSettings, release: Release, door: Door, ready: Callable[[], None]
) -> None:
    """Serves the console's pages until it is told to stop."""
    require_c_extensions()
    tls = tls_of(door)
    with listening_on(door.host, door.port) as sockets, stop_signals() as stop:
        async with running(console_application(settings, release), sockets, tls):
            ready()
            await stop.wait()
