"""An event loop without clock, sockets or threads: time passes when nobody has anything left to do.

Callbacks keep asyncio's order, which the product may rely on; what differs between seeds is when things
arrive. Processes share the loop: one that is frozen runs nothing, one that was killed is cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import heapq
from collections import deque
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

START_S: Final = 1_000.0
# So many callbacks without any time passing are an endless loop in somebody's code.
_MOST_AT_ONCE: Final = 200_000


class Stalled(Exception):  # noqa: N818 - a state of the simulation
    """Nobody will ever do anything again, or somebody never stops."""


class Process:
    """What dies, freezes and keeps its tasks together. Ports ask `alive` before they let anything through."""

    def __init__(self, loop: VirtualLoop, name: str) -> None:
        self.loop = loop
        self.name = name
        self.alive = True
        self.context = contextvars.copy_context()
        self.context.run(_PROCESS.set, self)
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.jobs: dict[asyncio.TimerHandle, Callable[[], object]] = {}
        self.frozen = False
        self.waiting: deque[asyncio.Handle] = deque()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        return self.loop.create_task(work, context=self.context.copy())

    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        return self.loop.call_at(when, callback, *args, context=self.context)

    def kill(self, *, happened: Callable[[], bool]) -> None:
        """As `kill -9`: from here on its ports let nothing through, so how its tasks end does not matter.

        `happened` is asked of each job that another thread was doing.
        """
        for handle, job in list(self.jobs.items()):
            handle.cancel()
            if happened():
                with contextlib.suppress(OSError):
                    job()
        self.alive = False
        self.thaw()
        for task in list(self.tasks):
            task.cancel()

    def freeze(self) -> None:
        self.frozen = self.alive

    def thaw(self) -> None:
        self.frozen = False
        self.loop.again(self.waiting)


_PROCESS: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)


def process_here() -> Process | None:
    return _PROCESS.get()


class _Task(asyncio.Task[T]):
    """Sets of tasks are walked in the order of their hashes: an address would differ from run to run."""

    def __init__(
        self, work: Coroutine[Any, Any, T], *, number: int, loop: VirtualLoop, **options: Any
    ) -> None:
        self._number = number
        super().__init__(work, loop=loop, **options)

    def __hash__(self) -> int:
        return self._number


class VirtualLoop(asyncio.BaseEventLoop):
    """`latency` draws how long a job in another thread takes."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self, latency: Callable[[], float]) -> None:
        super().__init__()
        self._now = START_S
        self._latency = latency
        self._clock_resolution = 1e-9
        self._numbers = 0
        self.timers = 0
        self._at_once = 0
        self.set_task_factory(cast("Any", self._make_task))

    def time(self) -> float:
        return self._now

    def again(self, handles: deque[asyncio.Handle]) -> None:
        self._ready.extend(handles)
        handles.clear()

    def run_in_executor(self, _executor: object, work: Callable[..., T], *args: object) -> asyncio.Future[T]:
        """The job happens a little later, at once; a crash before may or may not let it happen."""
        future: asyncio.Future[T] = self.create_future()
        process = process_here()

        def finish() -> None:
            if process is not None:
                process.jobs.pop(handle, None)
            if future.done():
                return
            try:
                future.set_result(work(*args))
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever awaits the job
                future.set_exception(error)

        handle = self.call_later(self._latency(), finish)
        if process is not None:
            process.jobs[handle] = lambda: work(*args)
        return future

    def run_until(self, holds: Callable[[], bool]) -> None:
        """Until `holds`, asked after every moment of time."""
        asyncio.events._set_running_loop(self)
        try:
            while not holds():
                self._run_once()
        finally:
            asyncio.events._set_running_loop(None)

    def drop_everything(self) -> None:
        """Nothing more will run; what is half done is cancelled and let run to its end."""
        asyncio.events._set_running_loop(self)
        try:
            while tasks := [task for task in asyncio.all_tasks(self) if not task.done()]:
                for task in tasks:
                    task.cancel()
                for _ in range(20):
                    if self._ready:
                        self._run_ready()
        finally:
            asyncio.events._set_running_loop(None)
            self._scheduled.clear()
            self.close()

    def _run_once(self) -> None:
        if not self._ready:
            self._pass_time()
        self._run_ready()

    def _pass_time(self) -> None:
        heap = self._scheduled
        while heap and heap[0]._cancelled:
            cast("Any", heapq.heappop(heap))._scheduled = False
        if not heap:
            raise Stalled("nothing is due")
        self._now = max(self._now, heap[0].when())
        self._at_once = 0
        while heap and heap[0].when() <= self._now:
            handle = heapq.heappop(heap)
            cast("Any", handle)._scheduled = False
            if not handle._cancelled:
                self.timers += 1
                self._ready.append(handle)

    def _run_ready(self) -> None:
        ready = self._ready
        self._at_once += len(ready)
        if self._at_once > _MOST_AT_ONCE:
            raise Stalled("no time passes any more")
        for _ in range(len(ready)):
            handle = ready.popleft()
            if handle._cancelled:
                continue
            process = cast("Any", handle)._context.get(_PROCESS)
            if process is not None and process.frozen:
                process.waiting.append(handle)
            else:
                handle._run()

    def _make_task(
        self,
        _loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, T],
        *,
        context: contextvars.Context | None = None,
    ) -> asyncio.Task[T]:
        self._numbers += 1
        task = _Task(work, number=self._numbers, loop=self, context=context)
        process = context.get(_PROCESS) if context is not None else process_here()
        if process is not None:
            process.tasks[task] = None
            task.add_done_callback(process.tasks.pop)
            if not process.alive:
                task.cancel()
        return task

    # What a loop with sockets would do here.

    def _process_events(self, _events: object) -> None:
        return

    def _write_to_self(self) -> None:
        return
