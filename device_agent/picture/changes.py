"""Which rows of the screen really changed. A device reports drawing, not differences (SCREEN §3)."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from device_agent.devices.protocol import Region

BAND_ROWS: Final = 16  # one row of macroblocks
# Unchanged bands between two changes that are cheaper taken along than set up for once more.
JOIN_ROWS: Final = 2 * BAND_ROWS

Rows = tuple[int, int]
"""First row and the row after the last."""

# The C library's own comparison: it runs at memory speed and lets other threads run meanwhile.
_memcmp = ctypes.CDLL(None).memcmp
_memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_memcmp.restype = ctypes.c_int


def changed_bands(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> tuple[Rows, ...]:
    """The bands that differ, from the top, neighbours joined; empty where both show the same.

    Both are whole pictures of one size, as `Picture` has them.
    """
    if before is after:
        return ()
    height, row_bytes = len(after), after.strides[0]
    old, new = before.ctypes.data, after.ctypes.data
    step = BAND_ROWS * row_bytes
    whole = height * row_bytes
    changed = [
        at // row_bytes for at in range(0, whole, step) if _memcmp(old + at, new + at, min(step, whole - at))
    ]
    return joined((top, min(top + BAND_ROWS, height)) for top in changed)


def share(bands: Iterable[Rows], height: int) -> float:
    """How much of a picture so many rows high these bands are, 0 to 1."""
    return sum(bottom - top for top, bottom in bands) / height


def changed_boxes(
    before: NDArray[np.uint8], after: NDArray[np.uint8], bands: Iterable[Rows]
) -> tuple[Region, ...]:
    """Of each of these bands, which differ, only the columns in which they do."""
    found = []
    for top, bottom in bands:
        differ = _pixels(before[top:bottom]) != _pixels(after[top:bottom])
        (columns,) = differ.any(axis=0).nonzero()
        found.append((int(columns[0]), top, int(columns[-1]) + 1, bottom))
    return tuple(found)


def _pixels(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    return rows.view(np.uint32)[..., 0]


def area(boxes: Iterable[Region]) -> int:
    """How many pixels, where they do not overlap."""
    return sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)


def joined(bands: Iterable[Rows]) -> tuple[Rows, ...]:
    """The same rows in fewer pieces; `bands` are in any order and may overlap."""
    pieces: list[Rows] = []
    for top, bottom in sorted(bands):
        if pieces and top <= pieces[-1][1] + JOIN_ROWS:
            pieces[-1] = pieces[-1][0], max(bottom, pieces[-1][1])
        else:
            pieces.append((top, bottom))
    return tuple(pieces)


def without(bands: Iterable[Rows], rows: Rows) -> tuple[Rows, ...]:
    """The bands less `rows`."""
    first, last = rows
    left = [(top, min(bottom, first)) for top, bottom in bands]
    right = [(max(top, last), bottom) for top, bottom in bands]
    return tuple(sorted((top, bottom) for top, bottom in {*left, *right} if top < bottom))


def span(bands: Sequence[Rows]) -> Rows:
    """The rows from the first of the bands to the last; there is at least one."""
    return min(top for top, _ in bands), max(bottom for _, bottom in bands)
