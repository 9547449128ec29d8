"""How many codes and misses are too many (TRUST F). Pure: times in, waiting time out.

A memory is the times of the newest counted events, oldest first. It is never reset by a new code (INV-A4).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
# Longer than any window, and long enough to look into a complaint; then it is erased (INV-H5).
KEPT_MS = 30 * DAY_MS


class Kind(StrEnum):
    """What is counted, and for whom."""

    MISS = "miss"  # a technician's locators that were not open, badges of others, and pairings that failed
    SOURCE_MISS = "source_miss"  # an address's locators that were not open
    ALARM = "alarm"  # everybody's misses since the last alarm
    CODE = "code"  # a device's codes
    FAILED_RUN = "failed_run"  # a device's failed pairings since it last paired
    SHOWN_CODE = "shown_code"  # a technician's own codes
    DEVICE_MISS = "device_miss"  # a device's typed locators that were not open, and typed codes that failed
    DEVICE_SOURCE = "device_source"  # an address's devices' locators that were not open


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` events within `window_ms` cost a wait of `wait_ms` from the newest of them.

    Without `wait_ms` the wait lasts until the oldest of them leaves the window.
    """

    count: int
    window_ms: int
    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    misses: tuple[Limit, ...] = (Limit(5, 10 * MINUTE_MS, 15 * MINUTE_MS), Limit(20, DAY_MS))
    # Twelve technicians at their own limit. Who has not missed lately does not wait with an address: a
    # guesser locks out no colleague (INV-A4).
    source_misses: tuple[Limit, ...] = (Limit(60, 10 * MINUTE_MS),)
    # Refuses nobody: somebody should look.
    alarm: Limit = Limit(200, 10 * MINUTE_MS)
    codes: tuple[Limit, ...] = (Limit(10, HOUR_MS),)
    failed_runs: tuple[Limit, ...] = (Limit(3, DAY_MS, 15 * MINUTE_MS),)
    shown_codes: tuple[Limit, ...] = (Limit(30, HOUR_MS),)
    # A device's key costs nothing to make, so its address is counted too; technicians there are not.
    device_misses: tuple[Limit, ...] = (Limit(5, 10 * MINUTE_MS, 15 * MINUTE_MS), Limit(20, DAY_MS))
    device_sources: tuple[Limit, ...] = (Limit(20, 10 * MINUTE_MS), Limit(100, DAY_MS))

    def limits(self, kind: Kind) -> tuple[Limit, ...]:
        return {
            Kind.MISS: self.misses,
            Kind.SOURCE_MISS: self.source_misses,
            Kind.ALARM: (self.alarm,),
            Kind.CODE: self.codes,
            Kind.FAILED_RUN: self.failed_runs,
            Kind.SHOWN_CODE: self.shown_codes,
            Kind.DEVICE_MISS: self.device_misses,
            Kind.DEVICE_SOURCE: self.device_sources,
        }[kind]


def wait_ms(times: tuple[int, ...], limits: tuple[Limit, ...], now: int) -> int:
    """How long the next event must wait; 0 if it may happen now."""
    return max((_wait_of(times, limit, now) for limit in limits), default=0)


def remember(times: tuple[int, ...], limits: tuple[Limit, ...], now: int) -> tuple[int, ...]:
    """The memory with one more event, no longer than its limits can ask for."""
    longest = max(limit.window_ms for limit in limits)
    most = max(limit.count for limit in limits)
    return (*(time for time in times if time > now - longest), now)[-most:]


def _wait_of(times: tuple[int, ...], limit: Limit, now: int) -> int:
    """The wait that the newest `count` events began; it does not end early when one of them ages."""
    if len(times) < limit.count:
        return 0
    newest, oldest = times[-1], times[-limit.count]
    if newest - oldest >= limit.window_ms:
        return 0
    until = newest + limit.wait_ms if limit.wait_ms else oldest + limit.window_ms
    return max(0, until - now)
