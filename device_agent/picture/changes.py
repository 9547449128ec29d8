"""Which rows of the screen really changed. A device reports drawing, not differences (SCREEN §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAND_ROWS: Final = 16  # one row of macroblocks

Rows = tuple[int, int]


def changed_rows(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Rows | None:
    """First row and row after the last of the bands that differ, or None where both show the same."""
    if before is after:
        return None
    tops = range(0, len(after), BAND_ROWS)
    first = next((top for top in tops if _differs(before, after, top)), None)
    if first is None:
        return None
    last = next(top for top in reversed(tops) if top == first or _differs(before, after, top))
    return first, min(last + BAND_ROWS, len(after))


def _differs(before: NDArray[np.uint8], after: NDArray[np.uint8], top: int) -> bool:
    band = slice(top, top + BAND_ROWS)
    return not np.array_equal(before[band].view(np.uint32), after[band].view(np.uint32))
