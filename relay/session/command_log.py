"""Makes what the sessions of this node must record durable, many at a time, before it has an effect (INV-D1).

While one batch is being committed the next one gathers: nothing waits for a timer, and under load one commit
serves many sessions. Per session the order of submission is the order of effects.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from relay.faults import where

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from relay.ports import LogStorage

_log = structlog.get_logger(__name__)

BATCH = 512


@dataclass(slots=True)
class Entry:
    """Something that happened and must be recorded: `failed` is told at once, the record is tried again.

    `alone` entries touch the limiter's rows, which must be locked before the log's: they get their own batch.
    """

    step: str
    write: Callable[[AsyncConnection], Awaitable[None]]
    done: Callable[[], None]
    failed: Callable[[], None]
    alone: bool = False
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """A control frame that may only be forwarded once it is recorded. What is not recorded never happened."""

    session: str
    account: str
    seq: int
    digest: str
    done: Callable[[], None]
    failed: Callable[[], None]


class WriteFrames(Protocol):
    """Writes the leaf of one session's frames of a batch."""

    async def __call__(self, conn: AsyncConnection, frames: list[Frame]) -> None: ...


class CommandLog:
    """One queue, one writer."""

    def __init__(self, *, storage: LogStorage, write_frames: WriteFrames) -> None:
        self._storage = storage
        self._write_frames = write_frames
        self._queue: deque[Entry | Frame] = deque()
        self._more = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._paused = False

    def submit(self, item: Entry | Frame) -> None:
        self._queue.append(item)
        self._idle.clear()
        self._more.set()

    def retry(self) -> None:
        """Ends the pause after a failure; called from time to time."""
        if self._paused:
            self._paused = False
            self._more.set()

    async def flushed(self) -> None:
        """Returns when everything submitted is recorded."""
        await self._idle.wait()

    async def run(self) -> None:
        """Writes until cancelled."""
        while True:
            while not self._queue or self._paused:
                if not self._queue:
                    self._idle.set()
                self._more.clear()
                await self._more.wait()
            await self._commit(self._next_batch())

    def _next_batch(self) -> list[Entry | Frame]:
        """As many as may share a transaction; what failed before is tried alone, to hold up nobody."""
        batch: list[Entry | Frame] = []
        while self._queue and len(batch) < BATCH:
            item = self._queue[0]
            single = isinstance(item, Entry) and (item.alone or item.tries > 0)
            if single and batch:
                break
            batch.append(self._queue.popleft())
            if single:
                break
        return batch

    async def _commit(self, batch: list[Entry | Frame]) -> None:
        try:
            if all(isinstance(item, Frame) for item in batch):
                await self._storage.write_at_once(_step_of(batch), lambda conn: self._write(conn, batch))
            else:
                async with self._storage.write(_step_of(batch)) as conn:
                    await self._write(conn, batch)
        except SQLAlchemyError as error:
            self._away(batch, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing of this batch is durable
            self._broken(batch, error)
        else:
            for written in batch:
                _tell(written.done)

    async def _write(self, conn: AsyncConnection, batch: list[Entry | Frame]) -> None:
        for item in _frames_together(batch):
            if isinstance(item, Entry):
                await item.write(conn)
            else:
                await self._write_frames(conn, item)

    def _away(self, batch: list[Entry | Frame], error: Exception) -> None:
        """The store did not answer: sessions end, records wait for its return (INV-H2)."""
        _log.error("store_away", step=_step_of(batch), error=type(error).__name__)
        kept = [item for item in batch if isinstance(item, Entry)]
        self._queue.extendleft(reversed(kept))
        self._paused = True
        _fail(batch)

    def _broken(self, batch: list[Entry | Frame], error: Exception) -> None:
        """One record of the batch cannot be written, ever. The others are written without it."""
        _log.error("record_refused", step=_step_of(batch), error=type(error).__name__, where=where(error))
        kept = [item for item in batch if isinstance(item, Entry) and (len(batch) > 1 or item.tries == 0)]
        self._queue.extendleft(reversed(kept))
        _fail(batch)


def _fail(batch: list[Entry | Frame]) -> None:
    for item in batch:
        if isinstance(item, Entry):
            item.tries += 1
            if item.tries > 1:
                continue
        _tell(item.failed)


def _tell(callback: Callable[[], None]) -> None:
    try:
        callback()
    except Exception as error:  # noqa: BLE001 - one session's fault must not stop the log of all (INV-H1)
        _log.error("session_fault", error=type(error).__name__, where=where(error))


def _step_of(batch: list[Entry | Frame]) -> str:
    names = {item.step if isinstance(item, Entry) else "command" for item in batch}
    return "+".join(sorted(names))


def _frames_together(batch: Iterable[Entry | Frame]) -> list[Entry | list[Frame]]:
    """One leaf per session for the frames of a batch, where the first of them stood."""
    gathered: list[Entry | list[Frame]] = []
    of_session: dict[str, list[Frame]] = {}
    for item in batch:
        if isinstance(item, Entry):
            gathered.append(item)
        elif item.session in of_session:
            of_session[item.session].append(item)
        else:
            of_session[item.session] = [item]
            gathered.append(of_session[item.session])
    return gathered
