"""A line in a train: the bytes of a TCP connection wait, for a while or for ever, or it breaks.

TCP loses and reorders nothing; a weak link lets it wait. So all that is here are gates, open or closed.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PIECE = 65_536


class Link:
    """All connections through one port. `up` goes to the server."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.flow()

    def stall(self, *, up: bool = True, down: bool = True) -> None:
        """What is on its way waits, in these directions; nothing is closed."""
        if up:
            self._up.clear()
        if down:
            self._down.clear()

    def flow(self) -> None:
        """What waited arrives, in its order."""
        self._up.set()
        self._down.set()

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
        both = {writer, far_writer}
        self._writers |= both
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_pump(reader, far_writer, self._up))
                ways.create_task(_pump(far_reader, writer, self._down))
        finally:
            self._writers -= both
            for one in both:
                one.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(_PIECE):
            await gate.wait()
            writer.write(piece)
            await writer.drain()
    await gate.wait()
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
