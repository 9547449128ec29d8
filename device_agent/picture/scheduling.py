"""Keeps an encoder from taking the machine for itself."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_THREADS: Final = Path("/proc/self/task")


@contextlib.contextmanager
def ordinary_scheduling() -> Iterator[None]:
    """This thread, and those a library begins inside, are scheduled after it as this thread was before.

    SVT-AV1 makes its caller and all its own threads SCHED_FIFO where it may, as under root: on a small
    device the customer's own TV would stand still for every picture.
    """
    if sys.platform != "linux":
        yield
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    before = _threads()
    try:
        yield
    finally:
        for thread in {0, *_threads() - before}:
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.sched_setscheduler(thread, policy, priority)


def _threads() -> set[int]:
    return {int(task.name) for task in _THREADS.iterdir()}
