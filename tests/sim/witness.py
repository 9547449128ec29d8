"""What all witnesses share: the time, the trace, the cases, and how a broken promise is told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sim.case import Case
    from tests.sim.history import History
    from tests.sim.tv import Tv
    from tests.sim.world import World


class Witness:
    """One simulation's. Every method is called by a port or an actor, at the moment it happens."""

    def __init__(self, world: World, history: History) -> None:
        self.world = world
        self.history = history
        self.cases: dict[str, Case] = {}
        self.checked: Counter[str] = Counter()

    @property
    def now(self) -> float:
        return self.world.loop.time()

    def note(self, who: str, what: str) -> None:
        self.history.note(who, what)

    def step(self, kind: str) -> None:
        self.history.step(kind)

    def breach(self, promise: str, what: str) -> None:
        self.history.breach(f"{promise}: {what}")

    def require(self, holds: object, promise: str, what: str) -> None:
        self.checked[promise] += 1
        if not holds:
            self.breach(promise, what)

    def case_of(self, tv: Tv) -> Case | None:
        """The session on the set's newest line."""
        return self.cases.get(tv.line.session) if tv.line is not None else None
