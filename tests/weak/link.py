"""A line in a train: the bytes of a TCP connection wait, trickle or come late, or it breaks.

TCP loses and reorders nothing; a weak link lets it wait. So all there is are gates: wide, narrow, closed.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PIECE = 65_536
_PIECES_PER_S = 20  # of a narrow line, so that what comes behind does not wait for a whole buffer


class _Way:
    """One direction."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.bytes_per_s = 0  # 0: as many as come
        self.late_s = 0.0

    @property
    def piece(self) -> int:
        """So much is read at once."""
        return max(1, self.bytes_per_s // _PIECES_PER_S) if self.bytes_per_s else _PIECE

    async def passes(self, size: int) -> None:
        """Returns when so many bytes are through."""
        await self.gate.wait()
        takes = self.late_s + (size / self.bytes_per_s if self.bytes_per_s else 0.0)
        if takes:
            await asyncio.sleep(takes)  # the slow line itself


def _open() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


class Link:
    """All connections through one port. `up` goes to the server."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._up, self._down = _Way(), _Way()
        self._old = _open()
        self._held: list[asyncio.Event] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.flow()

    def stall(self, *, up: bool = True, down: bool = True) -> None:
        """What is on its way waits, in these directions; nothing is closed."""
        if up:
            self._up.gate.clear()
        if down:
            self._down.gate.clear()

    def trickle(self, bytes_per_s: int) -> None:
        """Each connection carries no more than this, in each direction."""
        self._up.bytes_per_s = self._down.bytes_per_s = bytes_per_s

    def lag(self, seconds: float) -> None:
        """What is on its way comes in bursts, so late or later."""
        self._up.late_s = self._down.late_s = seconds

    def hold(self) -> None:
        """What is on its way on today's connections waits, both ways; new ones are as good as ever.

        So it is where a browser's TCP waits to repeat what was lost, although the line is back.
        """
        self._old.clear()
        self._held.append(self._old)
        self._old = _open()

    def flow(self) -> None:
        """What waited arrives, in its order."""
        while self._held:
            self._held.pop().set()
        for way in (self._up, self._down):
            way.bytes_per_s, way.late_s = 0, 0.0
            way.gate.set()

    def cut(self) -> None:
        """Every connection is reset, at both ends."""
        for writer in self._writers:
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server)
        except OSError:
            writer.transport.abort()
            return
        both, mine = {writer, far_writer}, self._old
        self._writers |= both
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_pump(reader, far_writer, self._up, mine))
                ways.create_task(_pump(far_reader, writer, self._down, mine))
        finally:
            self._writers -= both
            for one in both:
                one.close()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: _Way, mine: asyncio.Event
) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(way.piece):
            await mine.wait()
            await way.passes(len(piece))
            writer.write(piece)
            await writer.drain()
    await way.gate.wait()
    writer.close()


@asynccontextmanager
async def link_to(server: int) -> AsyncIterator[Link]:
    """A port of this machine that leads to that one."""
    link = Link(server)
    opened: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.add(task := asyncio.create_task(link.carry(reader, writer)))
        task.add_done_callback(opened.discard)

    listening = await asyncio.start_server(accept, "127.0.0.1", 0)
    link.port = listening.sockets[0].getsockname()[1]
    try:
        yield link
    finally:
        listening.close()
        link.cut()
        for task in opened:
            task.cancel()
        await asyncio.gather(*opened, return_exceptions=True)
