"""Keeps the device's control messages in order while the records among them are being written. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wire.commands import Grant


@dataclass(slots=True)
class Item:
    """A sealed frame, or a device record; `grants` are what a consent record puts into force."""

    data: bytes
    is_record: bool
    durable: bool
    grants: tuple[Grant, ...] | None = None


class Held:
    """A sealed message must not tell the console of a record that the log does not hold yet."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def frame(self, data: bytes) -> None:
        self._items.append(Item(data, is_record=False, durable=True))

    def record(self, data: bytes, grants: tuple[Grant, ...] | None = None) -> Item:
        item = Item(data, is_record=True, durable=False, grants=grants)
        self._items.append(item)
        return item

    def ready(self) -> list[Item]:
        """What may go now, oldest first."""
        out: list[Item] = []
        while self._items and self._items[0].durable:
            out.append(self._items.popleft())
        return out

    def rest(self) -> list[Item]:
        """Everything, at an end the device itself decided: nothing is granted by it any more."""
        out = list(self._items)
        self._items.clear()
        return out
