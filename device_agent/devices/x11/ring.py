"""Pictures without copies: a few places that the server writes into, each used again once nobody looks at it.

Each place remembers which rows are not as the screen is now: only those are fetched again.
"""

from __future__ import annotations

import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from device_agent.picture.changes import joined

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows

FIRST: Final = 3  # shown, being encoded, being taken
MOST: Final = 8
BYTES_PER_PIXEL: Final = 4


@dataclass(slots=True)
class Slot:
    """One place for one picture; `stale` are the rows that the screen has changed since."""

    memory: Callable[[], ctypes.Array[ctypes.c_uint8]]
    handle: int
    stale: tuple[Rows, ...]
    lent: weakref.ref[ctypes.Array[ctypes.c_uint8]] | None = field(default=None)


class Ring:
    """The places for pictures of one size; `make` gives one more: its memory and the server's name for it."""

    def __init__(
        self,
        width: int,
        height: int,
        make: Callable[[int], tuple[Callable[[], ctypes.Array[ctypes.c_uint8]], int]],
    ) -> None:
        self.width, self.height = width, height
        self._make = make
        self._free: deque[Slot] = deque()
        self._slots: list[Slot] = []
        for _ in range(FIRST):
            self._free.append(self._another())

    @property
    def count(self) -> int:
        """How many places there are."""
        return len(self._slots)

    def damage(self, bands: Iterable[Rows]) -> None:
        """The screen has changed in these rows."""
        changed = tuple(bands)
        for slot in self._slots:
            slot.stale = joined((*slot.stale, *changed))

    def take(self) -> Slot:
        """A place nobody looks at; the one with the least to fetch. Whoever takes it lends or returns it."""
        if not self._free and self.count < MOST:
            return self._another()
        if not self._free:
            raise RuntimeError("every picture is held by somebody")
        slot = min(self._free, key=lambda it: count_of(it.stale))
        self._free.remove(slot)
        return slot

    def give_back(self, slot: Slot) -> None:
        """It could not be filled."""
        self._free.append(slot)

    @property
    def handles(self) -> tuple[int, ...]:
        """The server's names for all places."""
        return tuple(slot.handle for slot in self._slots)

    def forget(self) -> None:
        """No more pictures: each place goes with whoever still looks at it."""
        self._slots.clear()
        self._free.clear()

    def lend(self, slot: Slot) -> NDArray[np.uint8]:
        """The picture in it, which is not written again while anybody holds it or a part of it."""
        lease = slot.memory()
        slot.lent = weakref.ref(lease, lambda _: self._free.append(slot))
        pixels = np.frombuffer(memoryview(lease), np.uint8).reshape(self.height, self.width, BYTES_PER_PIXEL)
        pixels.flags.writeable = False
        return pixels

    def writable(self, slot: Slot) -> NDArray[np.uint8]:
        """The picture in a place that was taken and is not lent yet."""
        pixels = np.frombuffer(memoryview(slot.memory()), np.uint8)
        return pixels.reshape(self.height, self.width, BYTES_PER_PIXEL)

    def copied(self, slot: Slot) -> NDArray[np.uint8]:
        """The picture in it as a copy; the place is free again."""
        pixels = np.frombuffer(memoryview(slot.memory()), np.uint8).copy()
        self._free.append(slot)
        return pixels.reshape(self.height, self.width, BYTES_PER_PIXEL)

    @property
    def is_last(self) -> bool:
        """Whether none is left to take, so that the one just taken must not be lent."""
        return not self._free and self.count >= MOST

    def _another(self) -> Slot:
        memory, handle = self._make(self.width * self.height * BYTES_PER_PIXEL)
        slot = Slot(memory, handle, ((0, self.height),))
        self._slots.append(slot)
        return slot


def count_of(bands: Iterable[Rows]) -> int:
    """How many rows these are, none of them twice."""
    return sum(bottom - top for top, bottom in bands)
