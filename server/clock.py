"""The server's clock: UTC that only moves forward, over restarts too (INV-A3, INV-D3)."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _awake_or_asleep_s() -> float:
    # Counts sleep as well: a suspended machine must not make codes live longer.
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class UnreadableClock(Exception):  # noqa: N818 - a state of the file
    """The file of a test's clock holds no instant."""


class StatedClock:
    """For tests: the wall clock as a file states it, running on since the file was written.

    The file holds one instant as `2029-03-01T12:00:00+00:00`; to write another one sets the clock.
    """

    def __init__(self, file: Path) -> None:
        """Raises UnreadableClock."""
        self._file = file
        self._read_at = -1
        self._stated_ms = 0
        self.wall_ms()

    def wall_ms(self) -> int:
        try:
            written_at = self._file.stat().st_mtime_ns
            if written_at != self._read_at:
                stated = datetime.fromisoformat(self._file.read_text(encoding="ascii").strip())
                self._stated_ms = int(stated.replace(tzinfo=stated.tzinfo or UTC).timestamp() * 1_000)
                self._read_at = written_at
        except (OSError, ValueError):
            raise UnreadableClock(f"{self._file} holds no instant as 2029-03-01T12:00:00+00:00") from None
        return self._stated_ms + (time.time_ns() - self._read_at) // 1_000_000


class ForwardClock:
    """Follows the wall clock when that is ahead, and elapsed time when the wall clock was set back.

    So a clock that is set back by an hour does not give a code an hour more.
    """

    def __init__(
        self,
        *,
        wall_ms: Callable[[], int] = _wall_ms,
        elapsed_s: Callable[[], float] = _awake_or_asleep_s,
    ) -> None:
        self._wall_ms = wall_ms
        self._elapsed_s = elapsed_s
        self._lock = threading.Lock()  # leaves are written in the database's thread too
        self._anchor_ms = wall_ms()
        self._anchor_s = elapsed_s()

    def now_ms(self) -> int:
        with self._lock:
            return self._now_ms()

    def _now_ms(self) -> int:
        elapsed = self._elapsed_s()
        by_elapsed = self._anchor_ms + int((elapsed - self._anchor_s) * 1_000)
        wall = self._wall_ms()
        if wall <= by_elapsed:
            return by_elapsed
        self._anchor_ms, self._anchor_s = wall, elapsed
        return wall

    def monotonic(self) -> float:
        return self._elapsed_s()

    def raise_to(self, high_ms: int) -> int:
        """Never earlier than `high_ms` from now on; by how many ms the clock had to be moved."""
        with self._lock:
            behind = high_ms - self._now_ms()
            if behind <= 0:
                return 0
            self._anchor_ms, self._anchor_s = high_ms, self._elapsed_s()
            return behind
