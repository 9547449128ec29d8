"""The real line against a real WebSocket server on this machine."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidMessage
from websockets.typing import Subprotocol

from device_agent.link import LineLost, LineProblem, WebSocketLine, dial, problem_of
from device_agent.outbox import Outbox
from device_agent.panel_view import Problem
from tests.agent.fakes import FakeClock
from wire.limits import TCP_THIN_LINEAR_TIMEOUTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from websockets.http11 import Request, Response

OURS = Subprotocol("alongside.device.1")


@asynccontextmanager
async def relay(handler: Callable[[ServerConnection], Awaitable[None]], **options: Any) -> AsyncIterator[str]:
    chosen = {"subprotocols": [OURS], "ping_interval": None, "close_timeout": 0.2} | options
    async with serve(handler, "localhost", 0, **chosen) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://localhost:{port}"


async def quiet(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def refusal(origin: str) -> Problem:
    with pytest.raises(LineProblem) as caught:
        await dial(origin, FakeClock())
    return caught.value.problem


async def test_messages_go_both_ways_and_the_line_closes_after_the_last() -> None:
    heard: list[str | bytes] = []

    async def handler(connection: ServerConnection) -> None:
        await connection.send("hello")
        heard.extend([message async for message in connection])

    async with relay(handler) as origin:
        line = await dial(origin, FakeClock())
        assert await line.receive() == "hello"
        outbox = Outbox()
        outbox.put("word")
        outbox.put_later(lambda: b"frame")
        outbox.finish()
        await line.write(outbox)
        with pytest.raises(LineLost):
            await line.receive()
    assert heard == ["word", b"frame"]


@pytest.mark.slow
async def test_a_relay_that_reads_slowly_is_handed_one_frame_at_a_time() -> None:
    """INV-B1: what the line took cannot be dropped any more. Unbridled, it takes four megabytes."""
    sealed: list[int] = []

    async def deaf(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await connection.wait_closed()

    def seal(number: int) -> bytes:
        sealed.append(number)
        return bytes(262_144)

    async with relay(deaf) as origin:
        line = await dial(origin, FakeClock())
        outbox = Outbox()
        for number in range(40):
            outbox.put_later(partial(seal, number))
        writing = asyncio.create_task(line.write(outbox))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await asyncio.shield(writing)
        line.abort()
        await writing
    assert len(sealed) <= 3


async def test_what_is_lost_on_the_way_is_repeated_soon() -> None:
    """SPEC §5.3."""
    async with relay(quiet) as origin:
        line = await dial(origin, FakeClock())
        opened = line._connection.transport.get_extra_info("socket")
        assert opened.getsockopt(socket.IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS) == 1
        line.abort()


async def test_the_path_the_subprotocol_and_no_compression_are_asked_for() -> None:
    seen: list[Request] = []

    def look(_connection: ServerConnection, request: Request) -> None:
        seen.append(request)

    async with relay(quiet, process_request=look) as origin:
        (await dial(origin, FakeClock())).abort()
    (request,) = seen
    assert request.path == "/v1/device"
    assert request.headers["Sec-WebSocket-Protocol"] == "alongside.device.1"
    assert "Sec-WebSocket-Extensions" not in request.headers
    assert "User-Agent" not in request.headers


async def test_the_relays_pings_are_noted_when_they_come() -> None:
    clock = FakeClock()
    ponged = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await (await connection.ping())
        ponged.set()
        await connection.wait_closed()

    async with relay(handler) as origin:
        line = await dial(origin, clock)
        opened = line.heard_at
        clock.advance(2)
        writing = asyncio.create_task(line.write(_one("go")))
        await ponged.wait()
        assert line.heard_at == opened + 2
        await _drop(line, writing)


async def test_a_message_is_not_taken_for_a_ping() -> None:
    """seal/SPEC §5: only the relay's own pings hold the lease; anything else could be played by others."""
    clock = FakeClock()

    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("noise")
        await connection.wait_closed()

    async with relay(handler) as origin:
        line = await dial(origin, clock)
        opened = line.heard_at
        clock.advance(2)
        writing = asyncio.create_task(line.write(_one("go")))
        await line.receive()
        assert line.heard_at == opened
        await _drop(line, writing)


def _one(word: str) -> Outbox:
    outbox = Outbox()
    outbox.put(word)
    return outbox


async def _drop(line: WebSocketLine, writing: asyncio.Task[None]) -> None:
    line.abort()
    writing.cancel()
    await asyncio.wait({writing})


async def test_a_message_above_the_limit_closes_the_line() -> None:
    """INV-F2."""

    async def handler(connection: ServerConnection) -> None:
        await connection.send(bytes(16_641))
        await connection.wait_closed()

    async with relay(handler) as origin:
        line = await dial(origin, FakeClock())
        with pytest.raises(LineLost):
            await line.receive()
        line.abort()


async def test_a_server_that_does_not_speak_our_protocol_is_the_wrong_one() -> None:
    async with relay(quiet, subprotocols=None) as origin:
        assert await refusal(origin) is Problem.WRONG_SERVER


async def test_a_redirect_is_not_followed() -> None:
    """SPEC §1: the origin is the one in our own settings."""
    asked: list[str] = []

    async with relay(quiet) as elsewhere:

        def away(connection: ServerConnection, request: Request) -> Response:
            asked.append(request.path)
            response = connection.respond(HTTPStatus.FOUND, "")
            response.headers["Location"] = f"{elsewhere.replace('http', 'ws')}/v1/device"
            return response

        async with relay(quiet, process_request=away) as origin:
            assert await refusal(origin) is Problem.WRONG_SERVER
    assert asked == ["/v1/device"]


@pytest.mark.parametrize("status", [HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS])
async def test_a_busy_server_is_said_to_be_busy(status: HTTPStatus) -> None:
    def busy(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(status, "")

    async with relay(quiet, process_request=busy) as origin:
        assert await refusal(origin) is Problem.BUSY


async def test_nobody_there_is_a_refusal() -> None:
    with socket.socket() as unused:
        unused.bind(("localhost", 0))
        port = unused.getsockname()[1]
    assert await refusal(f"http://localhost:{port}") is Problem.SERVER_REFUSED


async def test_a_certificate_nobody_vouches_for_is_not_secure(tmp_path: Path) -> None:
    """INV-C2: no accept anyway."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path / "server.pem"))
    async with relay(quiet, ssl=context) as origin:
        assert await refusal(origin.replace("http:", "https:")) is Problem.NOT_SECURE


def _self_signed(path: Path) -> Path:
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, None)
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (TimeoutError(), Problem.TOO_SLOW),
        (ssl.SSLCertVerificationError("expired"), Problem.NOT_SECURE),
        (socket.gaierror(socket.EAI_NONAME, "no such name"), Problem.SERVER_NOT_FOUND),
        (socket.gaierror(socket.EAI_AGAIN, "no resolver"), Problem.NO_NETWORK),
        (OSError(101, "network is unreachable"), Problem.NO_NETWORK),
        (OSError(113, "no route to host"), Problem.NO_NETWORK),
        (ConnectionRefusedError(111, "refused"), Problem.SERVER_REFUSED),
        (ConnectionResetError(104, "reset"), Problem.SERVER_REFUSED),
        (InvalidMessage("not HTTP"), Problem.WRONG_SERVER),
    ],
    ids=str,
)
def test_each_failure_has_its_word(error: Exception, problem: Problem) -> None:
    assert problem_of(error) is problem


def test_a_line_is_what_a_call_expects() -> None:
    assert {"receive", "write", "abort"} <= set(dir(WebSocketLine))
