"""Lets a test stop this process dead between two storage steps.

`ALONGSIDE_FAILPOINT=redeem.commit` kills the process at that point, `redeem.commit@3` at its third passing.
It is read only together with `ALONGSIDE_TEST=1`, so that a setting left behind in production does nothing.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class Failpoint:
    """Counts the passings of one named point and acts at the chosen one."""

    step: str = ""
    place: str = ""
    passings: int = 1
    act: Callable[[], None] = _kill

    def passing(self, step: str, place: str) -> None:
        """Dies here if this is the point. A step may join several names: `control_frames+consent`."""
        if not self.step or place != self.place or self.step not in step.split("+"):
            return
        self.passings -= 1
        if self.passings == 0:
            self.act()


def from_environment(environ: Mapping[str, str] = os.environ) -> Failpoint:
    name = environ.get("ALONGSIDE_FAILPOINT", "")
    if not name or environ.get("ALONGSIDE_TEST") != "1":
        return Failpoint()
    name, _, count = name.partition("@")
    step, _, place = name.rpartition(".")
    return Failpoint(step=step, place=place, passings=int(count or "1"))
