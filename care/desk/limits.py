"""How often something may be asked: so much at once, then one at a time (INV-F1, CARE 3.4). Pure.

One number is kept for each subject: when it will have nothing on its account any more. Each question puts
`each_ms` on it, and what would bring it further ahead than `burst` questions waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` questions at once, and one more every `each_ms`."""

    name: str
    burst: int
    each_ms: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: so many milliseconds, at least one."""

    ms: int


def take(free_at: int, limit: Limit, now: int, cost: int = 1) -> int | Wait:
    """The new `free_at` after `cost` questions at `now`, or how long to wait before they may come.

    `cost` is 1 to the limit's burst. A refused question costs nothing, so that who waits as told gets in.
    """
    assert 1 <= cost <= limit.burst, "what costs more than all may never come"
    later = max(free_at, now) + cost * limit.each_ms
    ahead = later - now - limit.burst * limit.each_ms
    return Wait(ahead) if ahead > 0 else later


# Anybody, by address: as many as somebody with a house full of products asks, not as many as a list.
ASK_BY_SOURCE: Final = Limit("ask-source", burst=30, each_ms=20_000)
# All of them together, from wherever.
ASK_BY_ALL: Final = Limit("ask-all", burst=1_200, each_ms=50)
# Customers: who registers learns whether somebody else has it.
REGISTER_BY_CUSTOMER: Final = Limit("register-customer", burst=30, each_ms=60_000)
REGISTER_BY_SOURCE: Final = Limit("register-source", burst=60, each_ms=30_000)
SEE_BY_CUSTOMER: Final = Limit("see-customer", burst=60, each_ms=30_000)
ACCEPT_BY_CUSTOMER: Final = Limit("accept-customer", burst=10, each_ms=360_000)
ACCEPT_BY_SOURCE: Final = Limit("accept-source", burst=20, each_ms=180_000)
DECODE_BY_CUSTOMER: Final = Limit("decode-customer", burst=20, each_ms=15_000)
