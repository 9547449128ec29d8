"""Screens for picture tests: smooth shapes, small text-like detail, and one thing that moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def menu(width: int, height: int, *, focus: int = 0) -> NDArray[np.uint8]:
    """A coloured gradient with tiles and a focus bar at `focus` of eight places in the lower half."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., 0] = 40 + 120 * x // width
    pixels[..., 1] = 60 + 100 * y // height
    pixels[..., 2] = 200 - 120 * x // width
    pixels[height // 8 : height // 4, ::8, :3] = 240
    left = width // 8 * focus
    pixels[height * 5 // 8 : height * 3 // 4, left : left + width // 8, :3] = 250
    return pixels


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Peak signal to noise over the colours, in dB."""
    error = np.mean((one[..., :3].astype(np.float64) - other[..., :3].astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else 99.0
