"""The real line against a real WebSocket server on this machine."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from device_agent.link import LineLost, LineProblem, WebSocketLine, _repeat_soon, dial
from device_agent.outbox import Outbox
from device_agent.panel_view import Problem
from tests.agent.fakes import FakeClock
from tests.agent.servers import quiet, relay
from tests.tcp_options import NOT_ON_THIS_LINUX, AskedTransport, repeats_within_ms
from wire.limits import REPEAT_WITHIN_MS, TCP_RTO_MAX_MS, TCP_THIN_LINEAR_TIMEOUTS

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response


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
        assert repeats_within_ms(opened) in {REPEAT_WITHIN_MS, NOT_ON_THIS_LINUX}
        line.abort()


@pytest.mark.parametrize("is_old", [False, True])
def test_repeats_at_least_once_a_second_are_asked_for_and_an_old_system_goes_on_without(
    *, is_old: bool
) -> None:
    transport = AskedTransport(is_old=is_old)
    _repeat_soon(transport)  # type: ignore[arg-type]
    assert transport.asked == {TCP_THIN_LINEAR_TIMEOUTS: 1, TCP_RTO_MAX_MS: REPEAT_WITHIN_MS}


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


def test_a_line_is_what_a_call_expects() -> None:
    assert {"receive", "write", "abort"} <= set(dir(WebSocketLine))
