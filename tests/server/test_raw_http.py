"""What is not quite HTTP, over raw sockets: one answer, in our words, and the door shut (INV-F1).

Where a proxy and this server could disagree on where a request ends, there is no second request.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Running

# What a caller sent by mistake must come back neither in the answer nor in the log (INV-C4).
SECRET = b"secret-token"
GET = b"GET /healthz HTTP/1.1\r\nHost: HERE\r\n"
POST = b"POST /v1/sign-in HTTP/1.1\r\nHost: HERE\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
DEVICE = b"GET /v1/device HTTP/1.1\r\nHost: HERE\r\n"
UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
# Never to be answered: it would be somebody else's request in the eyes of a proxy.
NEXT = GET + b"Connection: close\r\n\r\n"

REFUSED = {
    # The request line
    "no version": b"GET /healthz\r\n\r\n",
    "version 9.9": b"GET /healthz HTTP/9.9\r\n\r\n" + NEXT,
    "version 1.2": b"GET /healthz HTTP/1.2\r\nHost: HERE\r\n\r\n" + NEXT,
    "version 2 straight away": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "three words": b"secret-token secret-token secret-token\r\n\r\n" + NEXT,
    "small letters": b"get /secret-token HTTP/1.1\r\nHost: HERE\r\n\r\n" + NEXT,
    "nul in the method": b"GE\0T /secret-token HTTP/1.1\r\nHost: HERE\r\n\r\n" + NEXT,
    "nul in the path": b"GET /secret-token\0 HTTP/1.1\r\nHost: HERE\r\n\r\n" + NEXT,
    "other bytes in the path": b"GET /secret-token\xc3\xa9 HTTP/1.1\r\nHost: HERE\r\n\r\n" + NEXT,
    "tabs": b"GET\t/healthz\tHTTP/1.1\r\nHost: HERE\r\n\r\n" + NEXT,
    "a long path": b"GET /" + SECRET * 800 + b" HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03secret-token",
    # Headers
    "lines without cr": b"GET /healthz HTTP/1.1\nHost: HERE\n\n" + NEXT,
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n" + NEXT,
    "two hosts": GET + b"Host: secret-token\r\n\r\n" + NEXT,
    "a folded line": GET + b"X: a\r\n secret-token\r\n\r\n" + NEXT,
    "a folded host": b"GET /healthz HTTP/1.1\r\nHost:\r\n HERE\r\n\r\n" + NEXT,
    "space before the colon": GET + b"Authorization : Bearer secret-token\r\n\r\n" + NEXT,
    "no colon": GET + b"Authorization Bearer secret-token\r\n\r\n" + NEXT,
    "no name": GET + b": secret-token\r\n\r\n" + NEXT,
    "nul in a name": GET + b"X\0Y: secret-token\r\n\r\n" + NEXT,
    "nul in a value": GET + b"X: secret\0-token\r\n\r\n" + NEXT,
    "cr in a value": GET + b"X: secret-token\rGET\r\n\r\n" + NEXT,
    "a long header": GET + b"X: " + SECRET * 800 + b"\r\n\r\n",
    "many headers": GET + b"".join(b"X-%d: secret-token\r\n" % n for n in range(5_000)) + b"\r\n",
    # Where a body ends
    "length and chunks": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + NEXT,
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + NEXT,
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" + NEXT,
    "one length twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + NEXT,
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}" + NEXT,
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}" + NEXT,
    "a length below nothing": POST + b"Content-Length: -2\r\n\r\n{}" + NEXT,
    "a length in hex": POST + b"Content-Length: 0x2\r\n\r\n{}" + NEXT,
    "a length beyond numbers": POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{}" + NEXT,
    "no length in words": POST + b"Content-Length: secret-token\r\n\r\n{}" + NEXT,
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + NEXT,
    "the coding of nothing": POST + b"Transfer-Encoding: identity\r\n\r\n" + NEXT,
    "chunks that are not the last coding": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunks twice": POST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n" + NEXT,
    "a hidden coding": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + NEXT,
    "a chunk of no size": CHUNKED + b"secret-token\r\n" + NEXT,
    "a chunk below nothing": CHUNKED + b"-1\r\n" + NEXT,
    "a chunk longer than it says": CHUNKED + b"2\r\n{}secret-token\r\n0\r\n\r\n" + NEXT,
    "a chunk's size without cr": CHUNKED + b"2\n{}\r\n0\r\n\r\n" + NEXT,
    "a chunk's extension without cr": CHUNKED + b"2;a\n{}\r\n0\r\n\r\n" + NEXT,
    "a host after the body": CHUNKED + b"2\r\n{}\r\n0\r\nHost: secret-token\r\n\r\n" + NEXT,
    # Another protocol, refused
    "a socket without a subprotocol": DEVICE + UPGRADE + b"\r\n" + NEXT,
    "a socket by post": POST + UPGRADE + b"Content-Length: 2\r\n\r\n{}" + NEXT,
    "a socket and then no http": b"GET /v1/device HTTP/1.1\r\nHost: HERE\r\n"
    + UPGRADE
    + b"\r\nsecret-token\r\n",
}
# Well-formed, refused, and no reason to close: `NEXT` is a request of its own.
REFUSED_AND_OPEN = {
    "another host in the target": b"GET http://secret-token.example/healthz HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "our own host in the target": b"GET http://HERE/healthz HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "no path": b"OPTIONS * HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "another host": b"GET /v1/me HTTP/1.1\r\nHost: secret-token\r\n\r\n",
    "what is expected": GET + b"Expect: secret-token\r\n\r\n",
}


async def _said(server: Running, words: bytes) -> bytes:
    """Everything the server says until it closes the connection."""
    _, _, here = server.origin.partition("//")
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(here.rpartition(":")[2]))
        writer.write(words.replace(b"HERE", here.encode()))
        try:
            return await reader.read()
        finally:
            writer.close()


def _answers(said: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/[0-9.]+ ([0-9]{3}) ", said)]


def _check_refusal(said: bytes) -> None:
    head, _, body = said.partition(b"\r\n\r\n")
    length = int(re.findall(rb"Content-Length: ([0-9]+)", head)[0])
    problem = json.loads(body[:length])
    assert set(problem) == {"type", "title", "status"}
    assert problem["type"] == "urn:alongside:problem:bad-request"
    assert b"application/problem+json" in head
    assert b"X-Content-Type-Options: nosniff" in head
    assert SECRET not in said
    assert not re.search(rb"aiohttp|Python/", said)


async def _check_well(server: Running) -> None:
    assert (await server.call("GET", "/healthz"))[0] == 200
    log = server.log.getvalue()
    assert SECRET.decode() not in log
    assert "127.0.0.1" not in log
    assert not re.search(r"Traceback|our fault|library", log)


@pytest.mark.parametrize("how", REFUSED)
async def test_what_is_not_http_is_refused_once_and_the_connection_closed(server: Running, how: str) -> None:
    said = await _said(server, REFUSED[how])
    assert _answers(said) == [400]
    _check_refusal(said)
    await _check_well(server)


@pytest.mark.parametrize("how", REFUSED_AND_OPEN)
async def test_what_is_http_and_wrong_is_refused_and_the_next_request_answered(
    server: Running, how: str
) -> None:
    said = await _said(server, REFUSED_AND_OPEN[how] + NEXT)
    assert _answers(said) == [400, 200]
    _check_refusal(said)
    await _check_well(server)


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c", b"TLS/1.3"])
async def test_an_upgrade_that_is_not_taken_up_is_the_last_request(server: Running, protocol: bytes) -> None:
    """A proxy may take what follows for the other protocol, and so not as a request it has to judge."""
    for path in (b"/healthz", b"/v1/me", b"/nowhere"):
        words = b"GET %s HTTP/1.1\r\nHost: HERE\r\nUpgrade: %s\r\nConnection: Upgrade\r\n\r\n" % (
            path,
            protocol,
        )
        said = await _said(server, words + NEXT)
        assert len(_answers(said)) == 1
        assert b"Connection: close" in said
    await _check_well(server)


async def test_requests_in_a_row_are_answered_one_by_one(server: Running) -> None:
    said = await _said(server, (GET + b"\r\n") * 3 + NEXT)
    assert _answers(said) == [200] * 4
    await _check_well(server)
