"""What the simulated set sounds like: a chime each second, higher on the right, as loud as the set is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from numpy.typing import NDArray

RATE: Final = 48_000
SAMPLES: Final = 960
PIECE_S: Final = SAMPLES / RATE
LEFT_HZ: Final = 440
RIGHT_HZ: Final = 660
_LOUDEST: Final = 16_000
_FADE_S: Final = 0.25


class TvSound:
    """One listener's. `loudness` is asked for each piece: 0 to 100, or None while the set is off."""

    channels = 2

    def __init__(
        self,
        boot: Callable[[], float],
        loudness: Callable[[], int | None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._boot = boot
        self._loudness = loudness
        self._sleep = sleep
        self._count = 0
        self._began = boot()

    async def read(self) -> NDArray[np.int16]:
        """The next 20 ms, when they have been heard; a listener that slept goes on with now."""
        due = self._began + (self._count + 1) * PIECE_S
        wait = due - self._boot()
        if wait > 0:
            await self._sleep(wait)
        elif wait < -1:
            self._count += int(-wait / PIECE_S)
        piece = chime(self._count * SAMPLES, self._loudness() or 0)
        self._count += 1
        return piece

    def close(self) -> None:
        """Nobody listens any more."""


def chime(first: int, loudness: int) -> NDArray[np.int16]:
    """960 samples of both channels from sample `first` on, interleaved."""
    time = (first + np.arange(SAMPLES)) / RATE
    fade = np.exp(-(time % 1.0) / _FADE_S) * _LOUDEST * loudness / 100
    both = [np.sin(2 * np.pi * hertz * time) * fade for hertz in (LEFT_HZ, RIGHT_HZ)]
    return np.stack(both, axis=1).astype(np.int16).reshape(-1)
