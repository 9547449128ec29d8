"""How far a shown picture is from the true one: PSNR over all channels, SSIM of the grey picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

EXACT_DB: Final = 99.0  # said of pictures without any difference
_WINDOW: Final = 8
_STEADY_MEAN: Final = (0.01 * 255) ** 2
_STEADY_SPREAD: Final = (0.03 * 255) ** 2
_GREY: Final = np.array([0.299, 0.587, 0.114])


def psnr(pairs: Sequence[tuple[Pixels, Pixels]]) -> float:
    """Peak signal to noise ratio in dB over all pairs together, pixel for pixel."""
    error = sum(float(((shown.astype(float) - true.astype(float)) ** 2).sum()) for shown, true in pairs)
    count = sum(true.size for _, true in pairs)
    return EXACT_DB if error == 0 else min(EXACT_DB, float(10 * np.log10(255**2 * count / error)))


def ssim(pairs: Sequence[tuple[Pixels, Pixels]]) -> float:
    """Mean structural similarity of the pairs (RGB), each over all windows of 8 x 8."""
    return float(np.mean([_ssim(shown[..., :3] @ _GREY, true[..., :3] @ _GREY) for shown, true in pairs]))


def _ssim(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    mean_one, mean_other = _windows(one), _windows(other)
    spread_one = _windows(one * one) - mean_one**2
    spread_other = _windows(other * other) - mean_other**2
    together = _windows(one * other) - mean_one * mean_other
    likeness = (2 * mean_one * mean_other + _STEADY_MEAN) * (2 * together + _STEADY_SPREAD)
    most = (mean_one**2 + mean_other**2 + _STEADY_MEAN) * (spread_one + spread_other + _STEADY_SPREAD)
    return float((likeness / most).mean())


def _windows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of every window, by differences of running sums."""
    sums = np.pad(values, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    size = _WINDOW
    corners = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    means: NDArray[np.float64] = corners / size**2
    return means
