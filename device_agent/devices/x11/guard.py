"""The wall between the session and the panel: asked before every key and every step of the pointer (INV-B9).

The second wall is that the panel hears only real input devices (`customer.py`); neither relies on the other.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

Rectangle = tuple[int, int, int, int]  # left, top, right, bottom on the display; right and bottom excluded

CUSTOMER_FIRST_S: Final = 0.3  # the customer's own input wins for so long (seal/SPEC §4.1)


@dataclass(slots=True)
class Guard:
    """Where the panel is, whether a page covers the screen, and when the customer last did something."""

    now: Callable[[], float]
    is_covered: bool = False
    let_go: Callable[[], None] = lambda: None  # of what the session holds down, so that a press is a press
    _areas: list[Rectangle] = field(default_factory=list)
    _customer_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def also(self, area: Rectangle) -> None:
        """The panel is about to lie here too: before it does."""
        with self._lock:
            self._areas.append(area)

    def only(self, area: Rectangle | None) -> None:
        """The panel lies here and nowhere else: once it does."""
        with self._lock:
            self._areas = [] if area is None else [area]

    def customer_acted(self) -> None:
        """A real device was used."""
        if not self.is_customers_turn:
            self.let_go()
        self._customer_at = self.now()

    @property
    def is_customers_turn(self) -> bool:
        """Whether the customer has just used a device of their own."""
        return self.now() - self._customer_at < CUSTOMER_FIRST_S

    def protects(self, x: int, y: int) -> bool:
        """Whether this point is the panel's."""
        with self._lock:
            areas = tuple(self._areas)
        return any(left <= x < right and top <= y < bottom for left, top, right, bottom in areas)
