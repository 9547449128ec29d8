"""Says once an hour that this device is online, so that an upgrade of its warranty need not wait (R88).

Which device it is, the request proves by its key; it says nothing else, and nobody is signed in by it. A
device that is not enrolled says nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from device_agent.account.service import Impossible, Lapsed, NoLine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from device_agent.account.service import Service

EVERY_S: Final = 3_600.0
FIRST_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 900.0


class Said(StrEnum):
    """What came of one try."""

    TOLD = "told"
    NO_LINE = "no_line"
    NOT_KNOWN = "not_known"  # not enrolled yet, or the service does not believe the credential


def wait_s(said: Said, misses: int) -> float:
    """How long until the next try; `misses` before it double the wait up to a quarter of an hour. Pure."""
    if said is Said.TOLD:
        return EVERY_S
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(misses, 16))


async def keep_saying(service: Service, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Until cancelled. A service without this request is asked as seldom as one that is away."""
    misses = 0
    while True:
        said = await _say(service)
        await sleep(wait_s(said, misses))
        misses = 0 if said is Said.TOLD else misses + 1


async def _say(service: Service) -> Said:
    try:
        await service.online()
    except (NoLine, Lapsed):
        return Said.NO_LINE
    except Impossible:
        return Said.NOT_KNOWN
    return Said.TOLD
