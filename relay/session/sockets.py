"""aiohttp's WebSocket as the relay uses it: bounded, uncompressed, every sign of life counted."""

from __future__ import annotations

import socket
import sys
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http_websocket import WebSocketError

from wire.limits import TCP_THIN_LINEAR_TIMEOUTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CLOSE_WAIT_S = 1.0


class Sign(Enum):
    """Something that is not a message."""

    HEARD = auto()
    OVERSIZED = auto()


class AiohttpSocket:
    """One accepted WebSocket. `wire` limits what a message may be; this limits what is buffered at all."""

    def __init__(self, *, protocol: str, largest: int) -> None:
        # aiohttp refuses messages of its limit's own size.
        self._ws = web.WebSocketResponse(
            protocols=(protocol,),
            max_msg_size=largest + 1,
            compress=False,
            autoping=False,
            autoclose=True,
            timeout=CLOSE_WAIT_S,
        )
        self._request: web.Request | None = None

    async def accept(self, request: web.Request) -> web.WebSocketResponse:
        self._request = request
        await self._ws.prepare(request)
        self._repeat_soon(request)
        return self._ws

    def _repeat_soon(self, request: web.Request) -> None:
        """Let what is lost be sent again without ever longer pauses, where the system can (SPEC §5.3)."""
        if sys.platform == "linux" and request.transport is not None:
            opened: socket.socket = request.transport.get_extra_info("socket")
            opened.setsockopt(socket.IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1)

    async def send(self, data: str | bytes) -> None:
        if isinstance(data, str):
            await self._ws.send_str(data)
        else:
            await self._ws.send_bytes(data)

    async def ping(self) -> None:
        await self._ws.ping()

    async def close(self, code: int) -> None:
        await self._ws.close(code=code)

    def abort(self) -> None:
        if self._request is not None and self._request.transport is not None:
            self._request.transport.abort()

    async def incoming(self) -> AsyncIterator[str | bytes | Sign]:
        """What arrives, until the socket is closed."""
        while True:
            message = await self._ws.receive()
            match message.type:
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    yield message.data
                case WSMsgType.PING:
                    await self._ws.pong(message.data)
                    yield Sign.HEARD
                case WSMsgType.PONG:
                    yield Sign.HEARD
                case WSMsgType.ERROR:
                    fault = message.data
                    if isinstance(fault, WebSocketError) and fault.code == WSCloseCode.MESSAGE_TOO_BIG:
                        yield Sign.OVERSIZED
                    return
                case _:
                    return
