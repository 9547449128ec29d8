"""Whether the screen moves, and whether it is a film, from how much of it changed when. Pure."""

from __future__ import annotations

from typing import Final

MOVING_S: Final = 0.25  # a change so soon after the one before is motion
FILM_S: Final = 1.0  # so long, and so much of the screen's rows with each change
FILM_SHARE: Final = 0.5


class Motion:
    """One screen's. Moments are seconds on a clock that only moves forward."""

    def __init__(self) -> None:
        self._changed_at = self._much_at = self._film_from = float("-inf")

    def changed(self, share: float, now: float) -> bool:
        """This share of the rows, above 0 to 1, shows something new; whether that is motion."""
        moves = now - self._changed_at <= MOVING_S
        self._changed_at = now
        if share >= FILM_SHARE:
            if now - self._much_at > MOVING_S:
                self._film_from = now
            self._much_at = now
        return moves

    def is_film(self, now: float) -> bool:
        """Whether most of the screen has moved for a while, and does."""
        return now - self._much_at <= MOVING_S and self._much_at - self._film_from >= FILM_S
