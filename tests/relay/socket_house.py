"""A node behind real sockets, for tests that come in by the front door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestServer

from relay.ports import Refusal
from relay.session.handlers import (
    CONSOLE_PROTOCOL,
    DEVICE_PROTOCOL,
    AliveBody,
    PicturesBody,
    RedeemBody,
    SessionHandlers,
    ShowBody,
)
from server.storage.engine import Database
from tests.databases import sqlite_url
from tests.relay.kit import BADGE, ORIGIN, device_hello
from tests.relay.play import CONSOLE_ORIGIN, Node, fresh_key
from wire.encoding import key_id
from wire.hellos import ConsoleHello, device_hello_message
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

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.typedefs import Handler

    from relay.session.broker import Broker
    from wire.reasons import EndReason
    from wire.structs import Message

__all__ = ["sqlite_url"]

TECHNICIAN = "a" * 32
BODY = web.RequestKey("body", RedeemBody)
SHOW_BODY = web.RequestKey("show_body", ShowBody)
ALIVE_BODY = web.RequestKey("alive_body", AliveBody)
PICTURES_BODY = web.RequestKey("pictures_body", PicturesBody)


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


def handlers_of(node: Node) -> SessionHandlers:
    return SessionHandlers(
        node.sessions,
        account_of=lambda _: Account(),
        source_of=lambda request: request.remote or "",
        body_of=lambda request: request[BODY],
        show_body_of=lambda request: request[SHOW_BODY],
        alive_body_of=lambda request: request[ALIVE_BODY],
        pictures_body_of=lambda request: request[PICTURES_BODY],
    )


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[House]:
    database = await Database.open(sqlite_url)
    node = Node(database)
    handlers = handlers_of(node)

    async def create(request: web.Request) -> web.Response:
        request[BODY] = RedeemBody(**await request.json())
        return await handlers.create_session(request)

    async def create_code(request: web.Request) -> web.Response:
        request[SHOW_BODY] = ShowBody(**await request.json())
        return await handlers.create_code(request)

    async def alive(request: web.Request) -> web.Response:
        request[ALIVE_BODY] = AliveBody(**await request.json())
        return await handlers.alive(request)

    async def pictures(request: web.Request) -> web.StreamResponse:
        request[PICTURES_BODY] = PicturesBody(**await request.json())
        return await handlers.pictures(request)

    app = web.Application(middlewares=[answer_refusals])
    app.router.add_post("/v1/codes", create_code)
    app.router.add_post("/v1/sessions", create)
    app.router.add_post("/v1/alive", alive)
    app.router.add_post("/v1/pictures", pictures)
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
