"""The relay's doors with real sockets on loopback: what is let in, what is answered, what stays bounded."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer

from relay.ports import Refusal
from relay.session.facts import Side
from relay.session.handlers import CONSOLE_PROTOCOL, DEVICE_PROTOCOL, RedeemBody, SessionHandlers, ShowBody
from relay.session.line import Line
from relay.session.sockets import AiohttpSocket
from server.storage.engine import Database
from tests.databases import sqlite_url
from tests.relay.kit import BADGE, ORIGIN, device_hello, frame
from tests.relay.play import CONSOLE_ORIGIN, Node, fresh_key, session_rows
from wire.encoding import b64, key_id
from wire.frames import Stream
from wire.hellos import ConsoleHello, device_hello_message
from wire.limits import (
    PICTURE_FRAME_BYTES,
    PICTURE_QUEUE_BYTES,
    PICTURE_QUEUE_FRAMES,
    SILENCE_S,
    TCP_THIN_LINEAR_TIMEOUTS,
)
from wire.messages import (
    Challenge,
    CodeMsg,
    Ended,
    ErrorMsg,
    Hello,
    PakeA,
    PakeB,
    PakeConfirm,
    decode_for_console,
    decode_for_device,
    encode,
)
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.typedefs import Handler

    from relay.session.broker import Broker
    from wire.structs import Message

__all__ = ["sqlite_url"]

pytestmark = pytest.mark.slow

TECHNICIAN = "a" * 32
BODY = web.RequestKey("body", RedeemBody)
SHOW_BODY = web.RequestKey("show_body", ShowBody)


@dataclass(frozen=True)
class Account:
    id: str = TECHNICIAN


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """As the server does it, in small."""
    try:
        return await handler(request)
    except Refusal as refusal:
        status = {"code-not-open": 404, "not-allowed": 403, "bad-request": 400}.get(refusal.slug, 503)
        return web.json_response({"type": refusal.slug}, status=status)


class House:
    """A node behind real sockets."""

    def __init__(self, node: Node, url: str, client: ClientSession) -> None:
        self.node = node
        self.client = client
        self._url = url

    async def device(self, *, autoping: bool = True) -> ClientWebSocketResponse:
        return await self.client.ws_connect(
            f"{self._url}/v1/device", protocols=(DEVICE_PROTOCOL,), max_msg_size=0, autoping=autoping
        )

    async def console(
        self, ticket: str, *, origin: str = CONSOLE_ORIGIN, autoping: bool = True, autoclose: bool = True
    ) -> ClientWebSocketResponse:
        return await self.client.ws_connect(
            f"{self._url}/v1/console",
            protocols=(CONSOLE_PROTOCOL, f"ticket.{ticket}"),
            headers={"Origin": origin},
            autoping=autoping,
            autoclose=autoclose,
        )

    async def greeted(self, *, autoping: bool = True) -> tuple[ClientWebSocketResponse, CodeMsg]:
        device, key = await self.device(autoping=autoping), fresh_key()
        challenge = decode_for_device(await device.receive_str())
        assert isinstance(challenge, Challenge)
        hello = device_hello(key).to_bytes()
        sig = key.sign(device_hello_message(ORIGIN, challenge.rc, hello))
        await device.send_str(encode(Hello(hello=hello, sig=sig)))
        code = decode_for_device(await device.receive_str())
        assert isinstance(code, CodeMsg)
        return device, code

    async def redeemed(self, code: CodeMsg) -> dict[str, str]:
        self.node.badges[BADGE] = TECHNICIAN
        async with self.client.post(
            f"{self._url}/v1/sessions", json={"locator": code.locator, "badge": BADGE}
        ) as answer:
            assert answer.status == 201
            opened: dict[str, str] = await answer.json()
            return opened

    async def sealed(
        self, *, autoping: bool = True
    ) -> tuple[ClientWebSocketResponse, ClientWebSocketResponse]:
        """Both ends, up to where binary frames may pass; without `autoping` the device sees pongs."""
        device, code = await self.greeted(autoping=autoping)
        opened = await self.redeemed(code)
        console = await self.console(opened["ticket"])
        await device.receive_str()  # redeemed
        nt = ConsoleHello(nt=bytes(32), kid=key_id(bytes(32))).to_bytes()
        await console.send_str(encode(PakeA(hello=nt, y=bytes(32))))
        await device.receive_str()
        await device.send_str(encode(PakeB(y=bytes(32), tag=bytes(64))))
        await console.receive_str()
        await console.send_str(encode(PakeConfirm(tag=bytes(64))))
        await device.receive_str()
        return device, console

    def tick(self, seconds: float) -> None:
        self.node.clock.advance(seconds)
        self.node.sessions.tick(self.node.clock.s)

    def broker(self) -> Broker:
        [broker] = self.node.sessions._brokers.values()
        return broker


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[House]:
    database = await Database.open(sqlite_url)
    node = Node(database)
    handlers = SessionHandlers(
        node.sessions,
        account_of=lambda _: Account(),
        source_of=lambda request: request.remote or "",
        body_of=lambda request: request[BODY],
        show_body_of=lambda request: request[SHOW_BODY],
    )

    async def create(request: web.Request) -> web.Response:
        request[BODY] = RedeemBody(**await request.json())
        return await handlers.create_session(request)

    async def create_code(request: web.Request) -> web.Response:
        request[SHOW_BODY] = ShowBody(**await request.json())
        return await handlers.create_code(request)

    app = web.Application(middlewares=[answer_refusals])
    app.router.add_post("/v1/codes", create_code)
    app.router.add_post("/v1/sessions", create)
    app.router.add_get("/v1/sessions", handlers.list_sessions)
    app.router.add_get("/v1/device", handlers.device_socket)
    app.router.add_get("/v1/console", handlers.console_socket)
    await node.sessions.start()
    async with TestServer(app) as server, ClientSession() as client:
        yield House(node, str(server.make_url("")).rstrip("/"), client)
        await node.sessions.drain()
        await node.sessions.close()
    await database.close()


async def closed(socket: ClientWebSocketResponse) -> tuple[list[str], int | None]:
    """The texts that still came, and the close code."""
    texts = []
    while True:
        message = await socket.receive(timeout=10)
        if message.type is WSMsgType.TEXT:
            texts.append(message.data)
        elif message.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR}:
            return texts, socket.close_code


def reason_of(text: str) -> EndReason | None:
    message: Message = decode_for_console(text)
    return message.reason if isinstance(message, Ended) else None


def error_of(text: str) -> str:
    message: Message = decode_for_device(text)
    assert isinstance(message, ErrorMsg)
    return message.code.value


async def test_two_ends_meet_and_their_frames_pass_unchanged(house: House) -> None:
    device, console = await house.sealed()
    pong = frame(Stream.T2D_LINK, 0, size=200)
    await console.send_bytes(pong)
    assert await device.receive_bytes() == pong
    ping = frame(Stream.D2T_CONTROL, 0, size=300)
    await device.send_bytes(ping)
    assert await console.receive_bytes() == ping


async def test_a_redemption_answers_with_all_the_console_needs(house: House) -> None:
    _, code = await house.greeted()
    opened = await house.redeemed(code)
    assert opened.keys() == {"session", "ticket", "node", "rs", "hello"}
    assert opened["rs"] == b64(code.rs)
    assert opened["node"] == "wss://relay.example/v1/console"


async def test_closing_the_tab_ends_the_session_for_the_device(house: House) -> None:
    """INV-B3."""
    device, console = await house.sealed()
    await console.close()
    texts, code = await closed(device)
    assert reason_of(texts[-1]) is EndReason.TECHNICIAN_LOST
    assert code == 1000


async def test_a_device_that_dies_ends_the_session_for_the_console(house: House) -> None:
    """INV-B2."""
    device, console = await house.sealed()
    assert device._response.connection is not None
    transport = device._response.connection.transport
    assert isinstance(transport, asyncio.Transport)
    transport.abort()
    texts, code = await closed(console)
    assert reason_of(texts[-1]) is EndReason.DEVICE_LOST
    assert code == 1000


async def test_a_console_that_answers_no_ping_is_lost(house: House) -> None:
    """INV-B3: the socket is open, and nobody is there."""
    device, code = await house.greeted()
    opened = await house.redeemed(code)
    await house.console(opened["ticket"], autoping=False)
    await device.receive_str()
    answering = asyncio.create_task(closed(device))
    for _ in range(SILENCE_S * 4):
        house.node.clock.advance(0.25)
        house.broker().heard(Side.DEVICE)
        house.node.sessions.tick(house.node.clock.s)
    texts, _ = await answering
    assert reason_of(texts[-1]) is EndReason.TECHNICIAN_LOST


async def test_an_end_that_answers_pings_is_not_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both clients answer pings by themselves, as a browser does, and say nothing else."""
    device, console = await house.sealed()
    reading = [asyncio.create_task(socket.receive()) for socket in (device, console)]
    broker = house.broker()
    pongs: asyncio.Queue[Side] = asyncio.Queue()
    heard = broker.heard

    def note(side: Side) -> None:
        heard(side)
        pongs.put_nowait(side)

    monkeypatch.setattr(broker, "heard", note)
    for _ in range(2 * SILENCE_S):
        house.tick(1)
        async with asyncio.timeout(10):
            assert {await pongs.get(), await pongs.get()} == set(Side)
    assert broker.ended is None
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)


async def test_a_page_of_a_foreign_origin_gets_no_socket(house: House) -> None:
    """INV-G3."""
    _, code = await house.greeted()
    opened = await house.redeemed(code)
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.console(opened["ticket"], origin="https://evil.example")
    assert refused.value.status == 403
    # The ticket was not touched by it.
    assert (await house.console(opened["ticket"])).protocol == CONSOLE_PROTOCOL


@pytest.mark.parametrize("ticket", ["x" * 43, "short", "x" * 44])
async def test_a_ticket_that_was_never_given_is_not_allowed(house: House, ticket: str) -> None:
    console = await house.console(ticket)
    texts, code = await closed(console)
    assert (error_of(texts[0]), code) == ("not_allowed", 4401)


async def test_a_ticket_opens_one_socket(house: House) -> None:
    """INV-A7, INV-G3."""
    _, code = await house.greeted()
    opened = await house.redeemed(code)
    first = await house.console(opened["ticket"])
    texts, close_code = await closed(await house.console(opened["ticket"]))
    assert (error_of(texts[0]), close_code) == ("not_allowed", 4401)
    assert not first.closed
    assert house.broker().ended is None


async def test_the_ticket_is_never_the_chosen_protocol(house: House) -> None:
    """It would be written down by every proxy on the way (INV-C4)."""
    _, code = await house.greeted()
    opened = await house.redeemed(code)
    assert (await house.console(opened["ticket"])).protocol == CONSOLE_PROTOCOL


@pytest.mark.parametrize(
    ("first", "error", "code"),
    [
        ("{", "bad_message", 4400),
        ('{"t":"hello","hello":"e30","sig":"' + "A" * 86 + '"}', "bad_message", 4400),
        (b"\x01", "wrong_state", 4409),
        (encode(PakeB(y=bytes(32), tag=bytes(64))), "wrong_state", 4409),
    ],
)
async def test_a_device_that_breaks_the_rules_is_told_which(
    house: House, first: str | bytes, error: str, code: int
) -> None:
    """INV-F1."""
    device = await house.device()
    await device.receive_str()
    await (device.send_str(first) if isinstance(first, str) else device.send_bytes(first))
    texts, close_code = await closed(device)
    assert (error_of(texts[0]), close_code) == (error, code)


async def test_a_message_beyond_every_limit_closes_with_1009(house: House) -> None:
    """INV-F2."""
    device = await house.device()
    await device.receive_str()
    await device.send_bytes(bytes(PICTURE_FRAME_BYTES + 100))
    assert (await closed(device))[1] == 1009
    device, console = await house.sealed()
    await device.send_bytes(bytes(PICTURE_FRAME_BYTES + 100))
    texts, _ = await closed(console)
    assert reason_of(texts[-1]) is EndReason.INTEGRITY_FAILED


async def test_the_largest_picture_still_passes_the_socket(house: House) -> None:
    device, console = await house.sealed()
    house.broker()._showing = True
    largest = frame(Stream.D2T_PICTURE_WS, 0, size=PICTURE_FRAME_BYTES - 12)
    await device.send_bytes(largest)
    assert await console.receive_bytes() == largest


async def test_a_client_that_offers_no_protocol_of_ours_is_refused(house: House) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.client.ws_connect(f"{house._url}/v1/device", protocols=("alongside.device.2",))
    assert refused.value.status == 400


async def test_a_plain_get_of_a_socket_s_address_is_refused(house: House) -> None:
    async with house.client.get(f"{house._url}/v1/device") as answer:
        assert answer.status == 400


async def test_compression_is_never_agreed_on(house: House) -> None:
    """INV-F2: what cannot be expanded cannot be a bomb."""
    socket = await house.client.ws_connect(
        f"{house._url}/v1/device", protocols=(DEVICE_PROTOCOL,), compress=15
    )
    assert socket.compress == 0


async def test_a_full_relay_turns_devices_away_with_a_reason(house: House) -> None:
    """INV-H3."""
    house.node.sessions.draining = True
    texts, code = await closed(await house.device())
    assert (error_of(texts[0]), code) == ("try_later", 1013)


async def test_a_console_that_reads_nothing_costs_bounded_memory(house: House) -> None:
    """INV-F3: a hundred pictures of 256 KiB for a console that has stopped reading."""
    device, console = await house.sealed(autoping=False)
    house.broker()._showing = True
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
    await asyncio.sleep(0)
    assert not transport.is_closing()
    await console.close()
    await closed(console)
    assert (await closed(device))[1] == 1000


async def test_what_is_lost_on_the_way_to_either_end_is_repeated_soon(house: House) -> None:
    """SPEC §5.3."""
    await house.sealed()
    lines = house.node.sessions._lines
    assert len(lines) == 2
    for line in lines:
        assert isinstance(line._socket, AiohttpSocket)
        request = line._socket._request
        assert request is not None
        assert request.transport is not None
        opened = request.transport.get_extra_info("socket")
        assert opened.getsockopt(socket.IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS) == 1


async def test_a_drain_closes_every_socket_with_its_reason(house: House) -> None:
    """INV-H4."""
    waiting, _ = await house.greeted()
    device, console = await house.sealed()
    ends = [asyncio.create_task(closed(socket)) for socket in (waiting, device, console)]
    await house.node.sessions.drain()
    (turned, turned_code), (device_texts, _), (console_texts, _) = await asyncio.gather(*ends)
    assert (error_of(turned[-1]), turned_code) == ("try_later", 1013)
    assert reason_of(device_texts[-1]) is EndReason.DRAINING
    assert reason_of(console_texts[-1]) is EndReason.DRAINING
    assert house.node.sessions._lines == {}
    [row] = await session_rows(house.node.storage)  # type: ignore[arg-type]
    assert row.reason == "draining"
