"""What was used between two moments: processors, by whom, and bytes on the line."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.screen.children import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.screen.network import Counted, Line

_KIB = 1024


@dataclass(frozen=True, slots=True)
class _Reading:
    at: float
    cpu: Mapping[str, float]
    counted: Counted
    dropped: Mapping[str, int]


class Meter:
    """`groups` are the first processes of each group; those they start count with them."""

    def __init__(self, groups: Mapping[str, int], line: Line) -> None:
        self._groups = groups
        self._line = line
        self._before = self._read()

    def used(self) -> dict[str, float | dict[str, float]]:
        """Since this meter was made: cores by group, KiB a second each way, packets dropped a second."""
        now, before = self._read(), self._before
        elapsed = now.at - before.at
        dropped = sum(
            now.dropped[name] - before.dropped[name] for name in now.dropped if not name.endswith("passed")
        )
        return {
            "cores": {name: (now.cpu[name] - before.cpu[name]) / elapsed for name in self._groups},
            "kib_s": (now.counted.up - before.counted.up) / elapsed / _KIB,
            "back_kib_s": (now.counted.down - before.counted.down) / elapsed / _KIB,
            "dropped_s": dropped / elapsed,
        }

    def _read(self) -> _Reading:
        return _Reading(
            at=time.monotonic(),
            cpu={name: cpu_seconds([pid]) for name, pid in self._groups.items()},
            counted=self._line.counted(),
            dropped=self._line.dropped(),
        )
