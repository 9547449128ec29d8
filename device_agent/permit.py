"""What the customer has given in this session, and until when (SPEC §7, INV-B5). Pure.

`now` is a clock that also counts sleep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wire.limits import GRANTS_S, SESSION_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wire.commands import Grant

RENEW_S: Final = 120  # this long before the grants run out the customer is asked whether to go on


class Permit:
    """The grants in force. None before the customer's first answer."""

    def __init__(self, now: float) -> None:
        self._ends_at = now + SESSION_S
        self.grants: frozenset[Grant] = frozenset()
        self.until = self._ends_at

    def give(self, grants: Iterable[Grant], now: float) -> int:
        """These are in force from now on; for how many seconds."""
        self.grants = frozenset(grants)
        return self._hold(now, GRANTS_S)

    def renew(self, now: float) -> int:
        """The same, and for as long again."""
        return self._hold(now, GRANTS_S)

    def add(self, grants: Iterable[Grant], now: float) -> int:
        """These as well, for what is left of the time: a yes to more is no yes to longer."""
        self.grants |= frozenset(grants)
        return self._hold(now, self.until - now)

    def may_be_renewed(self, now: float) -> bool:
        """Whether it is time to ask the customer for more time, and more can be had."""
        return self.until - now <= RENEW_S and self.until < self._ends_at

    def _hold(self, now: float, seconds: float) -> int:
        for_s = max(0, int(min(seconds, self._ends_at - now)))
        self.until = now + for_s
        return for_s
