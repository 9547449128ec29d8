"""What to do with a screen that stands still: sharpen it at once, finish it in strips, then be silent. Pure.

Both are bounded: each change is finished once, and two allowances keep a screen that changes for ever from
costing more than its changes (SCREEN §1).
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from device_agent.picture.changes import joined, without

if TYPE_CHECKING:
    from collections.abc import Iterable

    from device_agent.picture.changes import Rows
    from device_agent.picture.exact import Piece

SHARPEN_AFTER_S: Final = 0.1
SHARPEN_EVERY_S: Final = 1 / 30
FINISH_AFTER_S: Final = 0.6
SHARPEN_BYTES: Final = 240_000
SHARPEN_BYTES_PER_S: Final = 14_000
FINISH_BYTES: Final = 1_500_000
FINISH_BYTES_PER_S: Final = 60_000


class Task(Enum):
    """What a still screen wants next; a part of a lossless still may go whatever the screen does."""

    SHARPEN = auto()
    FINISH = auto()
    STILL = auto()


class Allowance:
    """So many bytes at once, so many a second in the long run."""

    def __init__(self, most: int, per_s: int) -> None:
        self._most, self._per_s = most, per_s
        self._left = float(most)
        self._at = float("-inf")

    def spend(self, size: int, now: float) -> None:
        """Take `size` from it; the last one may take more than is left."""
        if self._at > float("-inf"):
            self._left = min(self._most, self._left + (now - self._at) * self._per_s)
        self._left -= size
        self._at = now

    def there_at(self, now: float) -> float:
        """When there is something in it again: `now` or later."""
        return now if self._left > 0 else max(now, self._at - self._left / self._per_s)


class Rest:
    """One session's still screen. `now` is seconds on a clock that only moves forward."""

    def __init__(self) -> None:
        self._soft: tuple[Rows, ...] = ()
        self._pieces: list[Piece] | None = None
        self._sharpen_at: float | None = None
        self._finish_at: float | None = None
        self._sharpening = Allowance(SHARPEN_BYTES, SHARPEN_BYTES_PER_S)
        self._finishing = Allowance(FINISH_BYTES, FINISH_BYTES_PER_S)

    @property
    def soft(self) -> tuple[Rows, ...]:
        """Rows that the console shows less sharp than they are."""
        return self._soft

    def replaced(self, bands: Iterable[Rows], now: float) -> None:
        """These bands were sent, and nothing of what was there before is left."""
        self._soft = ()
        self.changed(bands, now)

    def changed(self, bands: Iterable[Rows], now: float) -> None:
        """These bands were sent anew."""
        self._soft = joined((*self._soft, *bands))
        self._pieces = None
        self._sharpen_at = self._sharpening.there_at(now + SHARPEN_AFTER_S)
        self._finish_at = self._finishing.there_at(now + FINISH_AFTER_S)

    def due(self) -> tuple[Task, float] | None:
        """What comes next and when; None where the screen is as it should be."""
        if self._finish_at is None:
            return None
        if self._sharpen_at is not None and self._sharpen_at <= self._finish_at:
            return Task.SHARPEN, self._sharpen_at
        return Task.FINISH, self._finish_at

    def sharpened(self, size: int, now: float) -> None:
        """So many bytes made it sharper; 0 where no more is to be had."""
        if not size:
            self._sharpen_at = None
            return
        self._sharpening.spend(size, now)
        self._sharpen_at = self._sharpening.there_at(now + SHARPEN_EVERY_S)

    def plan(self, pieces: Iterable[Piece]) -> None:
        """What the soft rows are finished with; nothing, if they are to stay as they are."""
        self._pieces = list(pieces)
        if not self._pieces:
            self._finish_at = None

    def next_piece(self) -> Piece | None:
        """The next to be sent; None where there is no plan yet."""
        return self._pieces[0] if self._pieces else None

    def finished(self, size: int, now: float) -> None:
        """The next piece was sent, in so many bytes."""
        assert self._pieces
        self._soft = without(self._soft, self._pieces.pop(0).rows)
        self._sharpen_at = None
        self._finishing.spend(size, now)
        self._finish_at = self._finishing.there_at(now)
        if not self._pieces:
            self._finish_at = None
