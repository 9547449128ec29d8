"""aiohttp's WebSocket as the relay uses it: bounded, uncompressed, every sign of life counted."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http_websocket import WebSocketError

from wire.limits import REPEAT_WITHIN_MS, TCP_RTO_MAX_MS, TCP_THIN_LINEAR_TIMEOUTS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

CLOSE_WAIT_S = 1.0
UNREAD_S = 10  # longer than any session lives in silence; the kernel drops what nobody takes for so long


def drop_unread(request: web.Request) -> None:
    """Let the system drop the connection of who takes nothing for long, where it can."""
    if sys.platform == "linux" and request.transport is not None:
        opened: socket.socket = request.transport.get_extra_info("socket")
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_S * 1000)


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
        self._reading: asyncio.Task[None] | None = None
        self._read = asyncio.Event()
        self._is_closing = False

    async def accept(self, request: web.Request) -> web.WebSocketResponse:
        self._request = request
        await self._ws.prepare(request)
        self._tune(request)
        return self._ws

    def _tune(self, request: web.Request) -> None:
        """Let what is lost be sent again at an even pace (SPEC §5.3), not for ever, where the system can."""
        if sys.platform == "linux" and request.transport is not None:
            opened: socket.socket = request.transport.get_extra_info("socket")
            opened.setsockopt(socket.IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1)
            with contextlib.suppress(OSError):  # an older Linux does not know it
                opened.setsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS, REPEAT_WITHIN_MS)
            drop_unread(request)

    async def send(self, data: str | bytes) -> None:
        if isinstance(data, str):
            await self._ws.send_str(data)
        else:
            await self._ws.send_bytes(data)

    async def ping(self) -> None:
        await self._ws.ping()

    async def close(self, code: int) -> None:
        """Say goodbye, and read on until the other end has too.

        Closed with something unread, or while more comes in, TCP would answer with a reset, and the other end
        might throw away what it has not read yet: why the session ended. aiohttp waits for the other goodbye
        only where nobody else is waiting to receive.
        """
        self._is_closing = True
        if self._reading is not None:
            self._reading.cancel()
            await self._read.wait()
        await self._ws.close(code=code)

    def abort(self) -> None:
        if self._request is not None and self._request.transport is not None:
            self._request.transport.abort()

    def drop_unsent(self) -> None:
        """For who reads nothing: closed with something unsent, a transport waits for its reader for ever."""
        transport = self._request.transport if self._request is not None else None
        if transport is not None and transport.get_write_buffer_size() > 0:
            transport.abort()

    async def incoming(self) -> AsyncGenerator[str | bytes | Sign, None]:
        """What arrives, until the socket is closed, by either end."""
        self._reading = asyncio.current_task()
        try:
            async for message in self._messages():
                yield message
        except asyncio.CancelledError:
            if not self._is_closing or self._reading is None or self._reading.uncancel() > 0:
                raise
        finally:
            self._reading = None
            self._read.set()

    async def _messages(self) -> AsyncIterator[str | bytes | Sign]:
        while not self._is_closing:
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
