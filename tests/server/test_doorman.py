"""Connections are bounded in number and in how long they may keep silent (INV-F2, INV-H3)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from server.doorman import Connection, Doorman
from server.run import listen, port_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HELLO = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def _door(*, most: int, first_request_s: float) -> AsyncIterator[int]:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(text="well")

    server = web.Server(answer)
    doorman = Doorman(server, most=most, first_request_s=first_request_s)
    [opened] = listen("127.0.0.1", 0)
    port = port_of([opened])
    listening = await asyncio.get_running_loop().create_server(doorman, sock=opened)
    try:
        yield port
    finally:
        listening.close()
        await server.shutdown(0.1)


async def test_who_says_nothing_is_dropped_and_who_trickles_headers_too() -> None:
    async with _door(most=10, first_request_s=0.05) as port:
        for words in (b"", b"GET / HTTP/1.1\r\nHost: x\r\nX: "):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(words)
            async with asyncio.timeout(5):
                assert await reader.read() == b""
            writer.close()


@pytest.mark.slow
async def test_who_has_asked_once_is_not_dropped() -> None:
    async with _door(most=10, first_request_s=0.5) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HELLO)
        assert b"200 OK" in await reader.readline()
        other, silent = await asyncio.open_connection("127.0.0.1", port)
        # The silent one came later and is gone: so the first one's time is over as well.
        async with asyncio.timeout(5):
            await other.read()
        writer.write(HELLO)
        await reader.readuntil(b"well")
        assert b"200 OK" in await reader.readline()
        writer.close()
        silent.close()


async def test_beyond_the_limit_connections_are_turned_away_until_one_leaves() -> None:
    async with _door(most=1, first_request_s=5) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HELLO)
        await reader.readuntil(b"well")
        second, late = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionResetError):
            assert await second.read() == b""
        late.close()
        writer.write(HELLO)
        assert b"200 OK" in await reader.readline()
        writer.close()


async def test_a_connection_counts_from_its_first_byte_on_and_not_only_after_its_handshake() -> None:
    """Over TLS the server hears of it after the handshake, and it has a file descriptor before that."""

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response()

    server = web.Server(answer)
    doorman = Doorman(server, most=1, first_request_s=0.01)
    arriving = doorman()
    assert isinstance(arriving, Connection)
    assert not isinstance(doorman(), Connection)
    # A handshake that is never finished gives its place back when its time is over.
    doorman._drop(arriving)
    assert isinstance(doorman(), Connection)


async def test_a_connection_is_counted_once() -> None:
    async with _door(most=2, first_request_s=5) as port:
        first, one = await asyncio.open_connection("127.0.0.1", port)
        second, other = await asyncio.open_connection("127.0.0.1", port)
        for reader, writer in ((first, one), (second, other)):
            writer.write(HELLO)
            await reader.readuntil(b"well")
        one.close()
        other.close()
