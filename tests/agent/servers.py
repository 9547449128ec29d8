"""Servers that are not what the device hopes for, on this machine: silent, foreign, slow, wrongly dated."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

OURS = Subprotocol("alongside.device.1")


async def quiet(connection: ServerConnection) -> None:
    await connection.wait_closed()


@asynccontextmanager
async def relay(
    handler: Callable[[ServerConnection], Awaitable[None]] = quiet, *, port: int = 0, **options: Any
) -> AsyncIterator[str]:
    """A WebSocket server that speaks the device's protocol."""
    chosen = {"subprotocols": [OURS], "ping_interval": None, "close_timeout": 0.2} | options
    async with serve(handler, "127.0.0.1" if port else "localhost", port, **chosen) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"{'https' if options.get('ssl') else 'http'}://localhost:{port}"


@asynccontextmanager
async def saying(answer: bytes | None) -> AsyncIterator[str]:
    """Takes every connection, and says this to whatever it hears; None: nothing, for ever."""
    writers: list[asyncio.StreamWriter] = []

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        if answer is not None and await reader.read(4096):
            writer.write(answer)
            writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()


@contextmanager
def nobody() -> Iterator[str]:
    """A port that is taken, and where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def unanswering() -> Iterator[str]:
    """A port where the kernel drops what comes, as a network does that leads nowhere: its queue is full."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"


@asynccontextmanager
async def proxied(origin: str, delays: Callable[[int], float]) -> AsyncIterator[str]:
    """The way to a server where the n-th piece of its answers is held up so long, those after it with it."""
    port = int(origin.rsplit(":", 1)[1])
    tasks: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, held_up: bool) -> None:
        count = 0
        while piece := await reader.read(65_536):
            if held_up:
                await asyncio.sleep(delays(count))  # the slow line itself: how long a piece is held up
            count += 1
            writer.write(piece)
        writer.close()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("localhost", port)
        writers.extend((forth, writer))
        for work in (pump(reader, forth, held_up=False), pump(back, writer, held_up=True)):
            tasks.add(asyncio.create_task(work))

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for opened in writers:
            opened.transport.abort()
        await server.wait_closed()


def certificate(path: Path, *, days: tuple[int, int]) -> ssl.SSLContext:
    """A server with a certificate for localhost, its own voucher, valid between these days from now."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin, end = (datetime.now(UTC) + timedelta(days=day) for day in days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
