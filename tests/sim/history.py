"""What happened, in order: the trace that a failing seed prints, and the count of steps."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KEPT: Final = 5_000


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the trace."""

    at: float
    who: str
    what: str

    def __str__(self) -> str:
        return f"{self.at:10.4f}  {self.who:<12} {self.what}"


@dataclass(eq=False, slots=True)
class History:
    """`now` is the simulation's time. A step is a delivery, an answer of the store, a decision or a fault.

    Timers are not counted: a simulation that idles must not look busy.
    """

    now: Callable[[], float]
    notes: deque[Note] = field(default_factory=lambda: deque(maxlen=_KEPT))
    steps: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)

    def note(self, who: str, what: str) -> None:
        self.notes.append(Note(self.now(), who, what))

    def step(self, kind: str) -> None:
        self.steps[kind] += 1

    @property
    def total(self) -> int:
        return self.steps.total()

    def breach(self, what: str) -> None:
        """A promise is broken."""
        self.breaches.append(what)
        self.note("ORACLE", f"BREACH {what}")

    def tail(self, lines: int) -> Iterable[str]:
        return [str(note) for note in list(self.notes)[-lines:]]
