"""A technician's question for more than the customer gave: one at a time, and slower after each no. Pure.

`now` is a clock that also counts sleep (seal/SPEC §4.1, INV-A6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wire.commands import ActionCause
from wire.limits import ASK_AGAIN_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wire.commands import Grant

_DOUBLINGS: Final = 6  # then it is longer than any session


@dataclass(frozen=True, slots=True)
class Question:
    """What is being asked, and by which frame."""

    frame: str
    asks: frozenset[Grant]


class Questions:
    """One session's questions."""

    def __init__(self, scopes: Iterable[str]) -> None:
        self._scopes = frozenset(scopes)
        self._refusals = 0
        self._not_before = float("-inf")
        self.open: Question | None = None

    def why_not(self, asks: Iterable[Grant], held: frozenset[Grant], now: float) -> ActionCause | None:
        """Why this may not be asked now, or None."""
        if not {grant.value for grant in asks} <= self._scopes:
            return ActionCause.SCOPES
        if not set(asks) - held:
            return ActionCause.CANNOT
        if self.open is not None:
            return ActionCause.ASKING
        return ActionCause.TOO_SOON if now < self._not_before else None

    def ask(self, frame: str, asks: Iterable[Grant], held: frozenset[Grant]) -> None:
        """The customer is asked from now on, for what they have not given yet."""
        self.open = Question(frame, frozenset(asks) - held)

    def answered(self, *, given: bool, now: float) -> Question | None:
        """The question that is over now, or None where none was open."""
        over, self.open = self.open, None
        if over is not None and not given:
            self._not_before = now + ASK_AGAIN_S * 2 ** min(self._refusals, _DOUBLINGS)
            self._refusals += 1
        return over
