"""What the device says of its picture, from how far reading and encoding the screen have come. Pure.

What is not known is not said: a screen that has not been read for half a second may show anything by now, so
its own word of before does not count then (seal/SPEC §4.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from device_agent.devices.protocol import Shows
from seal.messages import PictureState
from wire.limits import MASKED_REGIONS

STALLED_S: Final = 0.5
# A silent screen is asked twice a second whether it is there, and its silence counts from the question on:
# so a server that hangs has its name within a second.
OWES_S: Final = 0.4
EVERY_S: Final = 0.5  # a word that holds is said again

_SAID: Final = {
    Shows.PICTURE: PictureState.LIVE,
    Shows.OFF: PictureState.OFF,
    Shows.PROTECTED: PictureState.PROTECTED,
    Shows.NO_SIGNAL: PictureState.NO_SIGNAL,
    Shows.HIDDEN: PictureState.HIDDEN,
}
# After these the console draws nothing that was taken before (seal/SPEC §4.2).
_TAKES_AWAY: Final = frozenset(_SAID.values()) - {PictureState.LIVE}


class Stage(Enum):
    """What the worker is at."""

    IDLE = auto()
    CAPTURE = auto()
    ENCODE = auto()


@dataclass(frozen=True, slots=True)
class Progress:
    """One stage and since when; replaced as a whole, so that another thread never sees half of it."""

    stage: Stage = Stage.IDLE
    since: float = 0.0


def word(shows: Shows | None, progress: Progress, *, owes_s: float, now: float) -> PictureState:
    """The one word that is true; `shows` is None before the first picture."""
    stalled = now - progress.since >= STALLED_S
    if owes_s >= OWES_S or (stalled and progress.stage is Stage.CAPTURE):
        return PictureState.CAPTURE_STALLED
    if stalled and progress.stage is Stage.ENCODE and shows in {None, Shows.PICTURE}:
        return PictureState.ENCODER_STALLED
    return PictureState.NONE if shows is None else _SAID[shows]


@dataclass(slots=True)
class Voice:
    """What was said last; each change at once, and again while it holds."""

    said: PictureState | None = None
    masked: int = 0
    at: float = float("-inf")
    away_at: int = -1
    """What the newest word that took the picture away spoke of, device clock, ms."""

    def is_due(self, state: PictureState, masked: int, now: float, *, within: float) -> bool:
        """Whether to say it now; `within` is how soon one will be asked again."""
        changed = (state, masked) != (self.said, self.masked)
        return changed or now - self.at >= EVERY_S - within / 2

    def note(self, state: PictureState, masked: int, now: float, *, of: int) -> None:
        """It was said, of the moment `of`, device clock, ms."""
        self.said, self.masked, self.at = state, masked, now
        if state in _TAKES_AWAY:
            self.away_at = of

    def after_word(self, at: int) -> int:
        """When a picture taken at `at` counts as taken, ms: after the word that there is none.

        That word may be said once more while the first one is being painted; T would never draw it (seal/SPEC
        §4.2).
        """
        return max(at, self.away_at + 1)


def counted(regions: int) -> int:
    """As many masked regions as one message can name."""
    return min(regions, MASKED_REGIONS)
