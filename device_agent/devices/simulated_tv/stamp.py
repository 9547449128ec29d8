"""A clock drawn into the moving picture as black and white blocks: a test can read how old a picture is.

One row of 40 square cells, 24 px wide at 1920x1080, left edge at x = 480, top at y = 1008, white = 1,
black = 0:

    cell   0        guard, white
    cell   1        guard, black
    cells  2..29    28 bits: milliseconds since the epoch modulo 2^28 (about 74 hours), highest bit first
    cells 30..37    8 bits: sum of the four bytes of that 28-bit number, modulo 256, highest bit first
    cell  38        guard, black
    cell  39        guard, white

A reader samples the middle of each cell and refuses wrong guards or a wrong sum, so a torn or covered row
reads as nothing. It works on any size of the whole picture, as on a canvas that shows it smaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELLS: Final = 40
CELL: Final = 24
LEFT: Final = 480
TOP: Final = 1008
WIDTH: Final = 1920
HEIGHT: Final = 1080
MODULUS: Final = 1 << 28
_HEAD: Final = (1, 0)
_TAIL: Final = (0, 1)


def cells(at_ms: int) -> tuple[int, ...]:
    """The row for a moment, one 0 or 1 per cell."""
    clock = at_ms % MODULUS
    check = sum(clock.to_bytes(4, "big")) % 256
    return (*_HEAD, *_bits(clock, 28), *_bits(check, 8), *_TAIL)


def draw(pixels: NDArray[np.uint8], at_ms: int) -> None:
    """Put the row into a 1920x1080 picture of any number of channels, in place."""
    row = np.repeat(np.array(cells(at_ms), dtype=np.uint8) * 255, CELL)
    pixels[TOP : TOP + CELL, LEFT : LEFT + CELLS * CELL, :] = row[None, :, None]


def read(pixels: NDArray[np.uint8]) -> int | None:
    """The stamped moment modulo 2^28, or None where there is no whole, unaltered row."""
    height, width = pixels.shape[:2]
    y = _scaled(TOP + CELL / 2, height, HEIGHT)
    middles = [_scaled(LEFT + CELL * (cell + 0.5), width, WIDTH) for cell in range(CELLS)]
    found = tuple(int(_light(pixels, x, y) > 127) for x in middles)
    clock = _number(found[2:30])
    return clock if found == cells(clock) else None


def age_ms(stamped: int, now_ms: int) -> int:
    """How long ago a stamp was drawn, given that it is less than 74 hours old."""
    return (now_ms - stamped) % MODULUS


def _bits(number: int, count: int) -> tuple[int, ...]:
    return tuple(number >> shift & 1 for shift in range(count - 1, -1, -1))


def _number(bits: tuple[int, ...]) -> int:
    return int("".join(str(bit) for bit in bits), 2)


def _scaled(place: float, size: int, full: int) -> int:
    return min(size - 1, int(place * size / full))


def _light(pixels: NDArray[np.uint8], x: int, y: int) -> float:
    """Mean over a small square, so that one noisy pixel decides nothing."""
    return float(pixels[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2, :3].mean())
