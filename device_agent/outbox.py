"""What waits to leave on the line. A frame is sealed when it really leaves, so a dropped one leaves no gap.

That is what makes Stop final (INV-B1): everything not yet sealed is dropped with it, records stay.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

Seal = Callable[[], str | bytes | None]


class Outbox:
    """First in, first out. `take` is the line's side, everything else the session's."""

    def __init__(self) -> None:
        self._items: deque[str | bytes | Seal] = deque()
        self._ready = asyncio.Event()
        self._finished = asyncio.Event()

    def put(self, item: str | bytes) -> None:
        """A text, or a frame that is sealed already."""
        self._put(item)

    def put_later(self, seal: Seal) -> None:
        """A frame that `seal` makes when its turn comes, or None if it must not leave any more."""
        self._put(seal)

    def drop_unsealed(self) -> None:
        """Forget every frame that is not sealed yet."""
        self._items = deque(item for item in self._items if isinstance(item, str | bytes))

    def seal_all(self) -> None:
        """Seal what waits, now, in its order."""
        waiting, self._items = self._items, deque()
        sealed = (item if isinstance(item, str | bytes) else item() for item in waiting)
        self._items.extend(item for item in sealed if item is not None)

    def finish(self) -> None:
        """Nothing more will come: the line closes once this is empty."""
        self._finished.set()
        self._ready.set()

    def take(self) -> str | bytes | None:
        """The next item, sealed now if it was not; None when nothing waits."""
        while self._items:
            item = self._items.popleft()
            ready = item if isinstance(item, str | bytes) else item()
            if ready is not None:
                return ready
        return None

    async def next(self) -> str | bytes | None:
        """The next item as soon as there is one; None after the last."""
        while True:
            item = self.take()
            if item is not None:
                return item
            if self._finished.is_set():
                return None
            self._ready.clear()
            await self._ready.wait()

    async def finished(self) -> None:
        """Return once nothing more will be put in."""
        await self._finished.wait()

    def _put(self, item: str | bytes | Seal) -> None:
        if not self._finished.is_set():
            self._items.append(item)
            self._ready.set()
