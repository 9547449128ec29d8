"""How many bits a second to aim at, from how long the console took to draw what was sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from device_agent.picture.encoder import CEILING_BIT_RATE, START_BIT_RATE

FLOOR_BIT_RATE: Final = 300_000
QUICK_S: Final = 0.12
SLOW_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Rate:
    """Falls by a third as soon as pictures arrive late, rises slowly while they arrive at once."""

    bit_rate: int = START_BIT_RATE

    def after(self, seconds: float) -> Rate:
        """The rate once a picture was drawn `seconds` after it left."""
        if seconds > SLOW_S:
            return Rate(max(self.bit_rate * 2 // 3, FLOOR_BIT_RATE))
        if seconds < QUICK_S:
            return Rate(min(self.bit_rate * 21 // 20, CEILING_BIT_RATE))
        return self
