"""A number that threads let grow and tasks wait for."""

from __future__ import annotations

import asyncio
import threading
from typing import Final

_Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class Bell:
    """Counts changes; a failure wakes everybody who waits for the next one."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()  # guards count, failure, waiters
        self._count = 0
        self._failure: Exception | None = None
        self._waiters: list[_Waiter] = []

    @property
    def count(self) -> int:
        """How often it has rung. Raises what made it fail."""
        if self._failure is not None:
            raise self._failure
        return self._count

    def ring(self) -> None:
        """Something changed."""
        with self._lock:
            self._count += 1
            waiters, self._waiters = self._waiters, []
        _wake(waiters)

    def fail(self, failure: Exception) -> None:
        """There will be no change that anybody could see."""
        with self._lock:
            self._failure = failure
            waiters, self._waiters = self._waiters, []
        _wake(waiters)

    def mend(self) -> None:
        """It works again; what there was before is not what is there now."""
        with self._lock:
            self._failure = None
        self.ring()

    async def above(self, after: int) -> None:
        """Return when it has rung more often than this, or has failed."""
        loop = asyncio.get_running_loop()
        while True:
            with self._lock:
                if self._failure is not None or self._count > after:
                    return
                future: asyncio.Future[None] = loop.create_future()
                self._waiters.append((loop, future))
            await future


def _wake(waiters: list[_Waiter]) -> None:
    for loop, future in waiters:
        if not loop.is_closed():
            loop.call_soon_threadsafe(_finish, future)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
