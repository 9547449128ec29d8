"""The networks between device and viewer. Every number here is part of what a figure means."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Way:
    """One direction: what fits through, how long it takes, what gets lost, how much may queue."""

    kbit_s: int
    delay_ms: float
    jitter_ms: float = 0
    loss_ppm: int = 0
    buffer_ms: int = 100

    @property
    def arguments(self) -> list[str]:
        """As `link.c` takes them."""
        return [str(value) for value in astuple(self)]


@dataclass(frozen=True, slots=True)
class Profile:
    """`up` leads from the device to the viewer and carries the picture, `down` the other way."""

    name: str
    words: str
    up: Way
    down: Way

    @property
    def arguments(self) -> list[str]:
        return [*self.up.arguments, *self.down.arguments]


DIRECT: Final = "direct"  # no profile: a plain pair of interfaces, as fast as the machine
_LOSSY: Final = Way(3_000, 60, jitter_ms=15, loss_ppm=10_000, buffer_ms=300)
PROFILES: Final = {
    profile.name: profile
    for profile in (
        Profile(
            "lan",
            "0.5 ms each way, 100 Mbit/s",
            Way(100_000, 0.5, buffer_ms=50),
            Way(100_000, 0.5, buffer_ms=50),
        ),
        Profile("home", "20 ms each way, 20 Mbit/s", Way(20_000, 20), Way(20_000, 20)),
        Profile(
            "dsl",
            "25 ms each way, 1 Mbit/s from the device, 4 Mbit/s to it",
            Way(1_000, 25, buffer_ms=300),
            Way(4_000, 25, buffer_ms=150),
        ),
        Profile("mobile", "60 ms ± 15 ms each way, 3 Mbit/s, 1 % loss", _LOSSY, _LOSSY),
        Profile(
            "thin",
            "25 ms each way, 256 kbit/s from the device, 1 Mbit/s to it",
            Way(256, 25, buffer_ms=300),
            Way(1_000, 25, buffer_ms=150),
        ),
    )
}
