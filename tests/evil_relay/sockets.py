"""The evil relay on real sockets: HTTP for the console's page, WebSockets for both ends, a ping a second."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import WSMsgType, hdrs, web

from server.console import ConsoleSettings, console_application
from server.release import FOLDER, read_release
from tests.evil_relay.office import Office
from tests.evil_relay.relay import NOT_OPEN, EvilRelay
from tests.evil_relay.tape import Side
from wire.encoding import b64

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tests.evil_relay.attack import Attack
    from tests.evil_relay.tape import Fields, Item, Tape

HOST: Final = "localhost"
PING_S: Final = 1.0
TICK_S: Final = 0.1
LARGEST: Final = 2**22
CLOSING_S: Final = 2.0
PROTOCOL: Final = {Side.DEVICE: "alongside.device.1", Side.CONSOLE: "alongside.console.1"}


def boot() -> float:
    """The clock the agent keeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SocketLeg:
    """One open WebSocket; what is to be sent waits in order."""

    def __init__(self, opened: web.WebSocketResponse) -> None:
        self._socket = opened
        self._out: asyncio.Queue[Item | int] = asyncio.Queue()
        self.reading: asyncio.Task[None] | None = None

    def send(self, item: Item) -> None:
        self._out.put_nowait(item)

    def close(self, code: int = 1000) -> None:
        self._out.put_nowait(code)

    async def write(self) -> None:
        """Until it is closed, by whichever side."""
        while True:
            item = await self._out.get()
            try:
                if isinstance(item, int):
                    await self._say_goodbye(item)
                    return
                send = self._socket.send_str if isinstance(item, str) else self._socket.send_bytes
                await send(item)  # type: ignore[arg-type] # each gets what it takes
            except ConnectionError:
                return

    async def _say_goodbye(self, code: int) -> None:
        """Closed with something unread TCP would reset, and the end might lose the last words it was sent."""
        if self.reading is not None:
            self.reading.cancel()
            await asyncio.wait([self.reading])
        await self._socket.close(code=code)


class EvilService:
    """One origin, where one household's TV and one technician's console believe their relay to be."""

    def __init__(self, port: int, attack: Attack, history: list[Tape], changed: Callable[[], None]) -> None:
        self.origin = f"http://{HOST}:{port}"
        self.console_origin = ""
        self.attack = attack
        self.history = history
        self.relays: list[EvilRelay] = []
        self.office = Office(
            self.origin,
            now_s=lambda: int(time.time()),
            redeem=self._redeem,
            issue=self._issue,
            trust=self._trusted,
        )
        self._changed = changed
        self._ticking: asyncio.Task[None] | None = None

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._cors])
        app.router.add_get("/v1/device", self._device)
        app.router.add_get("/v1/console", self._console)
        app.router.add_get("/healthz", self._healthy)
        app.router.add_route("*", "/v1/{path:.*}", self._call)
        app.router.add_post("/api/v1/tech/sessions/{session}/device", self._card)
        return app

    async def tick(self) -> None:
        """The relay's own time."""
        while True:
            await asyncio.sleep(TICK_S)  # a program's own beat
            for relay in self.relays:
                relay.tick()

    def begin(self, attack: Attack) -> None:
        """Another run."""
        self.attack = attack
        self.relays = []

    def finish(self) -> list[Tape]:
        for relay in self.relays:
            for side in Side:
                relay.hang_up(side)
        return [relay.tape for relay in self.relays]

    # HTTP

    @web.middleware
    async def _cors(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        answer = web.Response(status=204) if request.method == hdrs.METH_OPTIONS else await handler(request)
        if not answer.prepared:
            answer.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = self.console_origin
            answer.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = "Accept-Language, Authorization, Content-Type"
        return answer

    async def _call(self, request: web.Request) -> web.Response:
        body: Fields = await request.json() if request.can_read_body else {}
        status, fields = self.office.answer(request.method, request.path, body)
        return web.Response(status=204) if status == 204 else web.json_response(fields, status=status)

    async def _card(self, _request: web.Request) -> web.Response:
        """What it says of a product is no promise of the relay's: this service knows none."""
        return web.json_response({"unit": "", "known": False, "covers": []})

    async def _healthy(self, _request: web.Request) -> web.Response:
        """A page whose picture is late asks whether the service answers."""
        return web.Response()

    def _relay(self) -> EvilRelay:
        attack = self.attack
        relay = EvilRelay(attack, office=self.office, rng=attack.rng, now=boot, history=self.history)
        self.relays.append(relay)
        return relay

    def _issue(self) -> tuple[int, Fields]:
        return self._relay().issue()

    def _trusted(self, answer: Fields) -> Fields:
        return self.attack.trust(answer)

    def _redeem(self, locator: str) -> tuple[int, Fields]:
        for relay in reversed(self.relays):
            status, answer = relay.redeem(locator)
            if status == 201:
                return status, answer
        return NOT_OPEN

    # Sockets

    async def _device(self, request: web.Request) -> web.StreamResponse:
        waiting = (one for one in self.relays if one.is_live and Side.DEVICE not in one.legs)
        relay = next(waiting, None) or self._relay()
        return await self._serve(request, relay, Side.DEVICE)

    async def _console(self, request: web.Request) -> web.StreamResponse:
        offered = request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "")
        relay = next((one for one in self.relays if f"ticket.{one.ticket}" in offered), None)
        if relay is None:
            raise web.HTTPForbidden
        return await self._serve(request, relay, Side.CONSOLE)

    async def _serve(self, request: web.Request, relay: EvilRelay, side: Side) -> web.StreamResponse:
        chosen = relay.attack.protocol(side)
        offers = (PROTOCOL[side],) if chosen is None else ()
        opened = web.WebSocketResponse(protocols=offers, max_msg_size=LARGEST, compress=False)
        if chosen:
            # Not one of those that were offered: a server that keeps to the standard would not say it.
            opened.headers[hdrs.SEC_WEBSOCKET_PROTOCOL] = chosen
        await opened.prepare(request)
        leg = SocketLeg(opened)
        leg.reading = asyncio.create_task(self._read(opened, leg, relay, side))
        writing = asyncio.create_task(leg.write())
        work = [leg.reading, writing, asyncio.create_task(self._ping(opened, relay, side))]
        relay.came(side, leg)
        try:
            await asyncio.wait([leg.reading])
        finally:
            if relay.legs.get(side) is leg:
                relay.gone(side)
            if leg.reading.cancelled():
                await asyncio.wait([writing], timeout=CLOSING_S)
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            self._changed()
        if not leg.reading.cancelled():
            leg.reading.result()  # what went wrong in the harness itself is heard
        return opened

    async def _read(
        self, opened: web.WebSocketResponse, leg: SocketLeg, relay: EvilRelay, side: Side
    ) -> None:
        async for message in opened:
            if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                relay.legs[side] = leg  # of two consoles the one that spoke last is answered
                relay.said(side, message.data)
                self._changed()

    @staticmethod
    async def _ping(opened: web.WebSocketResponse, relay: EvilRelay, side: Side) -> None:
        while True:
            await asyncio.sleep(PING_S)  # a program's own beat
            if relay.attack.pings(side):
                await opened.ping()


@asynccontextmanager
async def evil_service(
    attack: Attack, history: list[Tape], changed: Callable[[], None], *, console: Path = FOLDER
) -> AsyncIterator[EvilService]:
    """The evil relay and, on another origin, the shipped console that believes in it."""
    here, there = (socket.create_server((HOST, 0)) for _ in range(2))
    service = EvilService(here.getsockname()[1], attack, history, changed)
    service.console_origin = f"http://{HOST}:{there.getsockname()[1]}"
    settings = ConsoleSettings(service.console_origin, service.origin, root=b64(service.office.org.root_key))
    apps = (service.application(), console_application(settings, read_release(console)))
    sites = [web.AppRunner(app, shutdown_timeout=0.1) for app in apps]
    for runner, listener in zip(sites, (here, there), strict=True):
        await runner.setup()
        await web.SockSite(runner, listener).start()
    ticking = asyncio.create_task(service.tick())
    try:
        yield service
    finally:
        ticking.cancel()
        for runner in sites:
            await runner.cleanup()
