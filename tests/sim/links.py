"""What lies between a host and the relay: connections that deliver in order, late, or not at all.

Frames ride on TCP, so loss is delay until the line is cut. Only somebody in the middle who holds the
certificate can repeat, swap, drop or change a message; where a route is `mangled` it does.
"""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from device_agent.link import LineLost
from relay.session.sockets import Sign

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncGenerator

    from device_agent.outbox import Outbox
    from tests.sim.loop import Process, VirtualLoop
    from tests.sim.oracle import Oracle
    from tests.sim.tv import Tv

CLOSE_WAIT_S: Final = 1.0
_WINDOW_BYTES: Final = 65_536
_DEVICE_WINDOW_BYTES: Final = 16_384


class Signal(Enum):
    """What travels beside messages."""

    PING = auto()
    PONG = auto()
    CLOSE = auto()
    EOF = auto()


Item = str | bytes | Signal


class Route:
    """One host's way to the relay, with its weather."""

    def __init__(
        self, loop: VirtualLoop, rng: random.Random, name: str, *, delay: float, jitter: float
    ) -> None:
        self.loop = loop
        self.rng = rng
        self.name = name
        self.delay = delay
        self.jitter = jitter
        self.mangled = 0.0
        self.was_mangled = False
        self.dark = {True: False, False: False}  # by direction: up, down
        self._stalled_until = 0.0
        self.pipes: dict[Pipe, None] = {}
        self.trouble_until = 0.0
        self.troubles = 0

    def arrival(self) -> float:
        late = self.jitter * self.rng.random() ** 3
        return max(self.loop.time(), self._stalled_until) + self.delay * (0.5 + self.rng.random()) + late

    def stall(self, seconds: float) -> None:
        self._stalled_until = self.loop.time() + seconds
        self.troubled(seconds)

    def darken(self, *, up: bool, down: bool) -> None:
        """Packets go nowhere, and nobody is told."""
        self.dark = {True: up or self.dark[True], False: down or self.dark[False]}
        self.troubled(0.0)

    def clear(self) -> None:
        """TCP sends again what got lost, if the ends are still there."""
        if any(self.dark.values()):
            self.troubled(1.0)
        self.dark = {True: False, False: False}
        for pipe in list(self.pipes):
            pipe.kick()

    def cut(self) -> None:
        """Both ends learn of it at once, as from a middle box that resets."""
        self.troubled(1.0)
        for pipe in list(self.pipes):
            pipe.cut()

    def mangle(self, share: float) -> None:
        """Somebody sits in the middle, for so much of the messages."""
        self.mangled = share
        self.troubled(1.0)

    def is_calm_since(self, at: float) -> bool:
        return not self.is_dark() and self.trouble_until <= at

    def troubled(self, seconds: float) -> None:
        self.troubles += 1
        self.trouble_until = max(self.trouble_until, self.loop.time() + seconds)

    def is_dark(self) -> bool:
        return self.dark[True] or self.dark[False]


class Pipe:
    """One direction of one connection."""

    def __init__(self, route: Route, *, up: bool, receiver: Process) -> None:
        self._route = route
        self._loop = route.loop
        self._up = up
        self._receiver = receiver
        self._queue: deque[tuple[float, Item]] = deque()
        self._last = 0.0
        self._held: Item | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.in_flight = 0
        self.to: End
        self.sender: End
        route.pipes[self] = None

    def push(self, item: Item) -> None:
        if self._route.mangled and not isinstance(item, Signal):
            for each in self._mangle(item):
                self._push(each)
        else:
            if self._held is not None and item is Signal.CLOSE:
                self._push(self._held)
                self._held = None
            self._push(item)

    def _push(self, item: Item) -> None:
        self._last = max(self._last, self._route.arrival())
        self._queue.append((self._last, item))
        self.in_flight += _size(item)
        if self._timer is None:
            self._arm()

    def _mangle(self, item: str | bytes) -> list[Item]:
        rng, held = self._route.rng, self._held
        if held is not None:
            self._held = None
            return [item, held]
        if rng.random() >= self._route.mangled:
            return [item]
        self._route.was_mangled = True
        match rng.randrange(4):
            case 0:
                return [item, item]
            case 1:
                self._held = item
                return []
            case 2:
                return []
            case _:
                return [_flipped(item, rng)]

    def cut(self) -> None:
        self._queue.clear()
        self._push(Signal.EOF)
        self._last = self._loop.time()
        self._queue[0] = (self._last, Signal.EOF)
        self.kick()

    def kick(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._queue:
            self._arm()

    def forget(self) -> None:
        self._route.pipes.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._queue.clear()

    def _arm(self) -> None:
        if self._route.dark[self._up]:
            return
        when = max(self._queue[0][0], self._loop.time())
        self._timer = self._receiver.call_at(when, self._deliver)

    def _deliver(self) -> None:
        self._timer = None
        if self._route.dark[self._up] or not self._queue:
            return
        _, item = self._queue.popleft()
        self.in_flight -= _size(item)
        if self._queue:
            self._arm()
        elif item is Signal.EOF:
            self.forget()
        self.sender.has_room()
        if self._receiver.alive:
            self.to.arrived(item)


def _size(item: Item) -> int:
    return len(item) if isinstance(item, str | bytes) else 4


def _flipped(item: str | bytes, rng: random.Random) -> Item:
    if isinstance(item, str):
        at = rng.randrange(len(item))
        return item[:at] + chr(33 + (ord(item[at]) - 32) % 90) + item[at + 1 :]
    raw = bytearray(item)
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return bytes(raw)


class End:
    """One process's half of a connection."""

    def __init__(self, process: Process, oracle: Oracle, *, window: int = _WINDOW_BYTES) -> None:
        self._process = process
        self._oracle = oracle
        self._window = window
        self._out: Pipe | None = None
        self.inbox: deque[Item] = deque()
        self._news: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self.broken = False
        self.closing = False
        self._deaf = False

    def connect(self, out: Pipe) -> None:
        self._out = out
        out.sender = self

    def arrived(self, item: Item) -> None:
        if item is not Signal.PONG:
            self._oracle.step("delivery")
        if item is Signal.EOF:
            self._break()
        self.inbox.append(item)
        self._wake()

    def has_room(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    async def send(self, data: str | bytes) -> None:
        self._push(data)
        assert self._out is not None
        while self._out.in_flight > self._window and not self.broken:
            self._room = asyncio.get_running_loop().create_future()
            await self._room
        if self.broken:
            raise ConnectionResetError

    def _push(self, item: Item) -> None:
        if self.broken or not self._process.alive or self._out is None:
            raise ConnectionResetError
        self._out.push(item)

    def drop(self) -> None:
        """The socket is closed without a word; the kernel still sends what it has, then says so."""
        if not self.broken and self._out is not None:
            self._out.push(Signal.EOF)
        self._break()
        self._wake()

    def _break(self) -> None:
        self.broken = True
        self.has_room()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def _next(self) -> Item | None:
        """The next item; None where nothing can come any more."""
        while not self.inbox:
            if self.broken or self._deaf or not self._process.alive:
                return None
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        return self.inbox.popleft()


class RelaySocket(End):
    """The relay's end, as aiohttp gives it to a Line and to the loop that serves it."""

    def __init__(self, process: Process, oracle: Oracle, tv: Tv | None = None) -> None:
        super().__init__(process, oracle)
        self.tv = tv
        self.session = ""
        self._closed: asyncio.Future[None] | None = None

    async def send(self, data: str | bytes) -> None:
        if not self.broken and self._process.alive:
            self._oracle.relay_sends(self, data)
        await super().send(data)

    async def ping(self) -> None:
        self._push(Signal.PING)

    async def close(self, code: int) -> None:
        if self.closing or self.broken:
            return
        self._push(Signal.CLOSE)
        self.closing = self._deaf = True
        self._wake()
        self._closed = asyncio.get_running_loop().create_future()
        await asyncio.wait([self._closed], timeout=CLOSE_WAIT_S)
        self.drop()

    def abort(self) -> None:
        self.drop()

    def drop_unsent(self) -> None:
        """What is closed here leaves at once; nothing is unsent."""

    def arrived(self, item: Item) -> None:
        super().arrived(item)
        if item in {Signal.CLOSE, Signal.EOF} and self._closed is not None and not self._closed.done():
            self._closed.set_result(None)

    async def incoming(self) -> AsyncGenerator[str | bytes | Sign, None]:
        while not self._deaf:
            match await self._next():
                case Signal.PONG:
                    yield Sign.HEARD
                case str() | bytes() as data:
                    self._oracle.relay_receives(self, data)
                    yield data
                case Signal.CLOSE:
                    if not self.broken:
                        self._push(Signal.CLOSE)
                        self.drop()
                    return
                case _:
                    return


class HostEnd(End):
    """A device's or a browser's end: its library answers pings by itself."""

    def __init__(self, process: Process, oracle: Oracle, *, window: int = _WINDOW_BYTES) -> None:
        super().__init__(process, oracle, window=window)
        self._closed: asyncio.Future[None] | None = None

    def arrived(self, item: Item) -> None:
        if item is Signal.PING:
            self.pinged()
            if not self.broken:
                self._push(Signal.PONG)
            return
        if item is Signal.CLOSE and not self.broken and not self.closing:
            self._push(Signal.CLOSE)
        if item in {Signal.CLOSE, Signal.EOF} and self._closed is not None and not self._closed.done():
            self._closed.set_result(None)
        super().arrived(item)

    def pinged(self) -> None:
        return

    async def close_politely(self) -> None:
        if self.broken or self.closing:
            return
        self._push(Signal.CLOSE)
        self.closing = True
        self._closed = asyncio.get_running_loop().create_future()
        await asyncio.wait([self._closed], timeout=CLOSE_WAIT_S)
        self.drop()


class DeviceLine(HostEnd):
    """The device's `Line` over the simulated connection."""

    def __init__(self, process: Process, oracle: Oracle, tv: Tv) -> None:
        super().__init__(process, oracle, window=_DEVICE_WINDOW_BYTES)
        self.tv = tv
        self.session = ""
        self.heard_at = 0.0

    def pinged(self) -> None:
        self.heard_at = self._process.loop.time()

    async def receive(self) -> str | bytes:
        match await self._next():
            case str() | bytes() as data:
                self._oracle.device_receives(self, data)
                return data
            case _:
                raise LineLost

    async def write(self, outbox: Outbox) -> None:
        try:
            while (item := await outbox.next()) is not None:
                if self._process.alive:
                    self._oracle.device_sends(self, item)
                await self.send(item)
            await self.close_politely()
        except ConnectionResetError:
            return

    def abort(self) -> None:
        self.drop()


def connect(
    route: Route, host: HostEnd, host_process: Process, relay: RelaySocket, relay_process: Process
) -> None:
    """Joins the two ends over the route."""
    up, down = Pipe(route, up=True, receiver=relay_process), Pipe(route, up=False, receiver=host_process)
    up.to, down.to = relay, host
    host.connect(up)
    relay.connect(down)
