"""What an end that reads nothing, or leaves, costs the node, and what it still hears (INV-B6, F3)."""

from __future__ import annotations

import asyncio
import itertools
import socket
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from relay.session.facts import Side
from relay.session.handlers import DEVICE_PROTOCOL
from relay.session.line import Line
from relay.session.sockets import AiohttpSocket
from tests.relay.kit import frame
from tests.relay.socket_house import House, closed, handlers_of, house, reason_of, sqlite_url
from wire.commands import Grant
from wire.frames import Stream
from wire.limits import PICTURE_QUEUE_BYTES, PICTURE_QUEUE_FRAMES
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

__all__ = ["house", "sqlite_url"]

pytestmark = pytest.mark.slow


async def test_a_console_that_reads_nothing_costs_bounded_memory(house: House) -> None:
    """INV-F3: a hundred pictures of 256 KiB for a console that has stopped reading."""
    device, console = await house.sealed(autoping=False)
    house.broker()._granted = (Grant.VIEW,)
    assert console._response.connection is not None
    transport = console._response.connection.transport
    assert isinstance(transport, asyncio.Transport)
    transport.pause_reading()
    picture = 256 * 1024
    for seq in range(100):
        await device.send_bytes(frame(Stream.D2T_PICTURE_WS, seq, size=picture))
    line = house.broker()._ends[Side.CONSOLE].line
    assert isinstance(line, Line)
    # The answer to a ping comes when everything before it has been dealt with.
    await device.ping()
    assert (await device.receive(timeout=20)).type is WSMsgType.PONG
    queued = sum(len(waiting) for waiting in line._pictures)
    assert queued <= PICTURE_QUEUE_BYTES
    assert line.dropped_pictures >= 100 - PICTURE_QUEUE_FRAMES - 40
    assert isinstance(line._socket, AiohttpSocket)
    assert line._socket._request is not None
    outgoing = line._socket._request.transport
    assert outgoing is not None
    assert outgoing.get_write_buffer_size() <= 2 * picture + 65_536
    # Ending does not wait for the reader either.
    house.broker().end(EndReason.REVOKED)
    texts, _ = await closed(device)
    assert reason_of(texts[-1]) is EndReason.REVOKED
    house.tick(3)


async def test_a_socket_stays_open_until_the_other_end_has_said_goodbye_too(house: House) -> None:
    """INV-B6: closed before, TCP could reset it, and the reason would be lost with all that is unread."""
    device, code = await house.greeted()
    opened = await house.redeemed(code)
    console = await house.console(opened["ticket"], autoclose=False)
    broker = house.broker()
    [line] = [line for line in house.node.sessions._lines if line is broker._ends[Side.CONSOLE].line]
    assert isinstance(line._socket, AiohttpSocket)
    request = line._socket._request
    assert request is not None
    transport = request.transport
    assert transport is not None
    broker.end(EndReason.REVOKED)
    assert reason_of(await console.receive_str()) is EndReason.REVOKED
    assert (await console.receive()).type is WSMsgType.CLOSE
    await console.ping()  # what is on its way when the relay closes
    await asyncio.sleep(0)  # the relay hears it
    assert not transport.is_closing()
    await console.close()
    await closed(console)
    assert (await closed(device))[1] == 1000


def transport_of(line: Line) -> asyncio.Transport:
    """The server's end of a line."""
    assert isinstance(line._socket, AiohttpSocket)
    assert line._socket._request is not None
    transport = line._socket._request.transport
    assert transport is not None
    return transport


async def leave_without_reading(client: ClientWebSocketResponse) -> None:
    """A goodbye of somebody who will not read the answer."""
    assert client._response.connection is not None
    reading = client._response.connection.transport
    assert isinstance(reading, asyncio.Transport)
    reading.pause_reading()
    await client._writer.close(1000)


async def until_dropped(house: House, connection: socket.socket) -> None:
    async with asyncio.timeout(10):
        while connection.fileno() != -1 or house.node.sessions._lines:
            house.tick(0.25)
            await asyncio.sleep(0)  # whoever noticed runs; the clock is in hand


async def test_a_console_that_leaves_and_reads_nothing_keeps_no_place(house: House) -> None:
    """INV-F3: each would hold one of the node's sockets for ever."""
    device, console = await house.sealed()
    house.broker()._granted = (Grant.VIEW,)
    line = house.broker()._ends[Side.CONSOLE].line
    assert isinstance(line, Line)
    transport = transport_of(line)
    connection = transport.get_extra_info("socket")
    await leave_without_reading(console)
    transport.pause_reading()  # its goodbye comes when much is on its way
    async with asyncio.timeout(10):
        for seq in itertools.count():
            await device.send_bytes(frame(Stream.D2T_PICTURE_WS, seq, size=256 * 1024))
            if transport.get_write_buffer_size():
                break
    transport.resume_reading()
    await closed(device)
    await until_dropped(house, connection)


async def test_a_device_that_pings_leaves_and_reads_nothing_keeps_no_connection(house: House) -> None:
    """INV-F3, H3: nobody needs an account for this."""
    device = await house.device()
    await device.receive_str()
    [line] = house.node.sessions._lines
    transport = transport_of(line)
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    assert device._response.connection is not None
    reading = device._response.connection.transport
    assert isinstance(reading, asyncio.Transport)
    reading.pause_reading()
    while not transport.get_write_buffer_size():
        for _ in range(200):
            await device.ping(b"x" * 125)
        await asyncio.sleep(0)  # the relay answers
    await device._writer.close(1000)
    await until_dropped(house, connection)


@dataclass
class Transport:
    """As far as a socket asks one what is unsent."""

    unsent: int
    aborted: bool = False

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize(("unsent", "aborted"), [(0, False), (1, True)])
def test_a_connection_waits_for_no_reader_when_all_is_said(unsent: int, *, aborted: bool) -> None:
    """INV-F3, H3: closed with something unsent, a transport would stay until somebody reads it."""
    opened = AiohttpSocket(protocol=DEVICE_PROTOCOL, largest=1000)
    transport = Transport(unsent)
    opened._request = cast("web.Request", SimpleNamespace(transport=transport))
    opened.drop_unsent()
    assert transport.aborted is aborted


async def test_a_fault_in_what_hears_messages_is_not_lost_when_the_socket_closes(house: House) -> None:
    """Closing the socket stops whoever reads from it; who has failed reads no more."""
    opened = AiohttpSocket(protocol=DEVICE_PROTOCOL, largest=1000)

    async def one() -> AsyncIterator[str]:
        yield "{}"
        await asyncio.Event().wait()

    async def closed_already(*, code: int) -> bool:
        await asyncio.sleep(0)  # a closing socket lets others run
        return code > 0

    class Faulty:
        def receive(self, data: str | bytes) -> None:
            raise ZeroDivisionError

        def gone(self) -> None: ...

        heard = oversized = gone

    opened._messages = one  # type: ignore[method-assign]
    opened._ws.close = closed_already  # type: ignore[assignment,method-assign]
    with pytest.raises(ZeroDivisionError):
        await handlers_of(house.node)._serve(opened, Line(opened), Faulty())


async def test_whoever_stops_the_server_is_obeyed_while_a_socket_closes() -> None:
    """One cancellation is the socket's own, to stop reading; another is somebody else's."""
    opened = AiohttpSocket(protocol=DEVICE_PROTOCOL, largest=1000)

    async def read() -> None:
        async for _ in opened.incoming():
            pass

    async def never() -> AsyncIterator[str]:
        await asyncio.Event().wait()
        yield ""

    opened._messages = never  # type: ignore[method-assign]
    reading = asyncio.create_task(read())
    await asyncio.sleep(0)  # it comes to its reading
    closing = asyncio.create_task(opened.close(1000))
    await asyncio.sleep(0)  # it has told the reader to stop
    reading.cancel()
    await asyncio.wait([reading])
    assert reading.cancelled()
    closing.cancel()
