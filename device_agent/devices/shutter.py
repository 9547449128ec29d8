"""The customer's Hide key: each press hides the screen or shows it again (decision 0044).

Whatever was on its way when it was pressed is told by the number of presses: it must not leave any more, not
even where the screen is shown again meanwhile.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Shutter:
    """Pressed by the device from any thread; `on_press` is called by it in the event loop afterwards."""

    def __init__(self) -> None:
        self.on_press: Callable[[bool], None] = lambda _: None
        self._lock = threading.Lock()
        self._presses = 0

    @property
    def presses(self) -> int:
        """How often it was pressed; odd while the screen is hidden."""
        return self._presses

    @property
    def is_hidden(self) -> bool:
        """Whether nobody may see the screen now."""
        return self._presses % 2 == 1

    def press(self) -> bool:
        """Hide, or show again; returns whether the screen is hidden now."""
        with self._lock:
            self._presses += 1
            return self.is_hidden

    def let_through(self, presses: int) -> bool:
        """Whether what was begun at `presses` may still leave."""
        return presses == self._presses and not self.is_hidden
