"""The relay's doors: a device's socket, a console's socket, redemption and the list over HTTP (SPEC §5)."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Protocol

import msgspec
from aiohttp import hdrs, web

from relay.ports import Refusal
from relay.session.facts import ConsolePage
from relay.session.http_answers import (
    AboutAnswer,
    AliveSaid,
    CodeAnswer,
    SessionAnswer,
    SessionLine,
    SessionsAnswer,
)
from relay.session.line import Line
from relay.session.seat import ConsoleSeat
from relay.session.shown import ShownCode
from relay.session.sockets import AiohttpSocket, Sign, drop_unread
from wire.encoding import b64, unb64
from wire.errors import WireError
from wire.limits import CONTROL_FRAME_BYTES, PICTURE_FRAME_BYTES, PICTURES_READ_S, SEQ_LIMIT
from wire.messages import Alive
from wire.reasons import ErrorCode
from wire.structs import Count, CountFromZero  # noqa: TC001 - msgspec reads annotations at run time

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from relay.session.service import SessionService

DEVICE_PROTOCOL = "alongside.device.1"
CONSOLE_PROTOCOL = "alongside.console.1"

_UNSTORED = {hdrs.CACHE_CONTROL: "no-store"}
_TICKET = re.compile(r"ticket\.([A-Za-z0-9_-]{43})")


class Account(Protocol):
    """Who asks: the process has checked the token, and that the role may."""

    @property
    def id(self) -> str: ...


class RedeemBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the process has read and checked before `create_session` is called."""

    locator: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{5}\Z")]
    badge: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
    release: Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{64})?\Z")] = ""


class ShowBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the process has read and checked before `create_code` is called."""

    badge: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
    release: Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{64})?\Z")] = ""


class AliveBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A console's sign of life, read here: it comes as plain text, for which no browser asks leave first."""

    key: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
    k: Count
    n: Count
    pic: CountFromZero
    tag: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{86}\Z")]


class PicturesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which sealed picture on a console lacks them; plain text as its sign of life is."""

    key: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
    seq: Annotated[int, msgspec.Meta(ge=0, lt=SEQ_LIMIT)]


class SessionHandlers:
    """`account_of`, `source_of` and `body_of` find in a request what the process has put there."""

    def __init__(
        self,
        sessions: SessionService,
        *,
        account_of: Callable[[web.Request], Account],
        source_of: Callable[[web.Request], str],
        body_of: Callable[[web.Request], RedeemBody],
        show_body_of: Callable[[web.Request], ShowBody],
        alive_body_of: Callable[[web.Request], AliveBody],
        pictures_body_of: Callable[[web.Request], PicturesBody],
    ) -> None:
        self._sessions = sessions
        self._account_of = account_of
        self._source_of = source_of
        self._body_of = body_of
        self._show_body_of = show_body_of
        self._alive_body_of = alive_body_of
        self._pictures_body_of = pictures_body_of

    async def create_session(self, request: web.Request) -> web.Response:
        """`POST /v1/sessions`: spends a code."""
        account, body = self._account_of(request), self._body_of(request)
        opened = await self._sessions.redeem(
            account=account.id,
            locator=body.locator,
            badge=body.badge,
            source=self._source_of(request),
            page=ConsolePage(body.release, self._served_by(request)) if body.release else None,
        )
        return _answer(
            SessionAnswer(opened.session, opened.ticket, opened.node, b64(opened.rs), b64(opened.hello)), 201
        )

    async def create_code(self, request: web.Request) -> web.Response:
        """`POST /v1/codes`: a code for the technician's console to show."""
        body = self._show_body_of(request)
        shown = await self._sessions.show(
            account=self._account_of(request).id,
            badge=body.badge,
            page=ConsolePage(body.release, self._served_by(request)) if body.release else None,
        )
        node = self._sessions.settings.console_url
        return _answer(CodeAnswer(shown.session, shown.locator, shown.ttl_s, shown.ticket, node), 201)

    async def alive(self, request: web.Request) -> web.Response:
        """`POST /v1/alive`: a console whose socket is held up says that it is there (SPEC §5.3)."""
        body = self._alive_body_of(request)
        try:
            sign = Alive(k=body.k, n=body.n, pic=body.pic, tag=unb64(body.tag, 64))
        except WireError:
            raise Refusal("bad-request") from None
        answer = await self._sessions.alive.ask(body.key, sign)
        if answer is None:
            return web.Response(status=204, headers=_UNSTORED)
        return _answer(AliveSaid(answer.k, answer.n, answer.heard, b64(answer.tag)))

    async def pictures(self, request: web.Request) -> web.StreamResponse:
        """`POST /v1/pictures`: what the socket of a console holds up comes beside it (SPEC §5.3)."""
        body = self._pictures_body_of(request)
        with self._sessions.alive.answering(body.key):
            frames = await self._sessions.alive.pictures(body.key, body.seq)
            if not frames:
                return web.Response(status=204, headers=_UNSTORED)
            data = b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames)
            return await _until_read(request, data)

    async def about(self, request: web.Request) -> web.Response:
        """`GET /v1/about`: what the page that asks should know of this service, before anybody signs in."""
        return _answer(AboutAnswer(self._served_by(request) == "operator"))

    def _served_by(self, request: web.Request) -> str:
        """The browser names the page's origin; whose that is the operator has told us."""
        origin, settings = request.headers.get(hdrs.ORIGIN), self._sessions.settings
        if origin is None:
            return "unknown"
        return "elsewhere" if origin in settings.consoles_elsewhere else "operator"

    async def list_sessions(self, request: web.Request) -> web.Response:
        """`GET /v1/sessions`: the technician's own, newest first."""
        lines = await self._sessions.sessions_of(self._account_of(request).id)
        return _answer(
            SessionsAnswer(
                tuple(
                    SessionLine(line.session, line.device, line.started_at, line.ended_at, line.reason)
                    for line in lines
                )
            )
        )

    async def device_socket(self, request: web.Request) -> web.StreamResponse:
        """`GET /v1/device`."""
        _require_upgrade(request, DEVICE_PROTOCOL)
        socket = AiohttpSocket(protocol=DEVICE_PROTOCOL, largest=PICTURE_FRAME_BYTES)
        response = await socket.accept(request)
        line = Line(socket)
        if self._sessions.has_room():
            await self._serve(socket, line, self._sessions.seat(line, self._source_of(request)))
        else:
            await self._refuse(line, ErrorCode.TRY_LATER)
        return response

    async def console_socket(self, request: web.Request) -> web.StreamResponse:
        """The node URL of a redemption. A page of a foreign origin gets no socket at all (INV-G3)."""
        if request.headers.get(hdrs.ORIGIN) not in self._sessions.settings.console_origins:
            raise Refusal("not-allowed")
        _require_upgrade(request, CONSOLE_PROTOCOL)
        ticket = _ticket(request)
        place = self._sessions.join(ticket)
        socket = AiohttpSocket(protocol=CONSOLE_PROTOCOL, largest=CONTROL_FRAME_BYTES)
        response = await socket.accept(request)
        line = Line(socket)
        match place:
            case None:
                await self._refuse(line, ErrorCode.NOT_ALLOWED)
            case ShownCode():
                self._sessions.alive.admit(ticket, place.issued.session)
                place.attach(line)
                await self._serve(socket, line, place)
            case _:
                self._sessions.alive.admit(ticket, place.facts.session)
                place.attach_console(line)
                await self._serve(socket, line, ConsoleSeat(place))
        return response

    async def _serve(self, socket: _Incoming, line: Line, seat: _Seat) -> None:
        """Until the socket is closed, by whichever side."""
        self._sessions.tend(line)
        sending = asyncio.get_running_loop().create_task(line.run())
        try:
            async with aclosing(socket.incoming()) as messages:
                async for message in messages:
                    match message:
                        case Sign.HEARD:
                            seat.heard()
                        case Sign.OVERSIZED:
                            seat.oversized()
                        case str() | bytes():
                            seat.receive(message)
        finally:
            seat.gone()
            line.hang_up(self._sessions.now())
            try:
                await sending
            finally:
                sending.cancel()
                self._sessions.forget(line)

    async def _refuse(self, line: Line, error: ErrorCode) -> None:
        line.refuse(error, self._sessions.now())
        await line.run()


class _Incoming(Protocol):
    """What arrives on a socket, until it is closed."""

    def incoming(self) -> AsyncGenerator[str | bytes | Sign, None]: ...


class _Seat(Protocol):
    """Where what arrives on a socket goes; nothing here waits."""

    def heard(self) -> None: ...
    def receive(self, data: str | bytes) -> None: ...
    def oversized(self) -> None: ...
    def gone(self) -> None: ...


async def _until_read(request: web.Request, data: bytes) -> web.StreamResponse:
    """Answers with these bytes, and is done once they left; who takes none of them is dropped (INV-F3)."""
    response = web.StreamResponse(headers=_UNSTORED)
    response.content_type, response.content_length = "application/octet-stream", len(data)
    drop_unread(request)
    try:
        async with asyncio.timeout(PICTURES_READ_S):
            await response.prepare(request)
            await response.write(data)
            await response.write_eof()
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
    except ConnectionError:
        pass  # who asked has gone meanwhile
    return response


def _answer(body: msgspec.Struct, status: int = 200) -> web.Response:
    return web.json_response(body=msgspec.json.encode(body), status=status, headers=_UNSTORED)


def _offered(request: web.Request) -> list[str]:
    offers = request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, [])
    return [name.strip() for offer in offers for name in offer.split(",")]


def _require_upgrade(request: web.Request, protocol: str) -> None:
    # Told no protocol, aiohttp logs every one offered, the ticket among them (INV-C4).
    asked = web.WebSocketResponse(protocols=(protocol,))
    if protocol not in _offered(request) or not asked.can_prepare(request):
        raise Refusal("bad-request")


def _ticket(request: web.Request) -> str:
    found = [match[1] for name in _offered(request) if (match := _TICKET.fullmatch(name))]
    return found[0] if len(found) == 1 else ""
