"""The screen that everybody shows, and the painter at work on it."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.screen.children import CannotRun, first_line, over, running, start
from bench.screen.scenes import HEIGHT, WIDTH

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from bench.screen.scenes import Scene

_OVER_S: Final = 10.0
_FIRST_DISPLAY: Final = 100


@dataclass(frozen=True, slots=True)
class Screen:
    """An X server without a monitor, and the id of its process."""

    display: str
    pid: int


@contextmanager
def screen(folder: Path) -> Iterator[Screen]:
    # Not the first free one: in this network namespace X servers of others are not to be heard, and yet
    # every display has one socket file for the whole machine.
    number = _FIRST_DISPLAY + os.getpid() % 30_000
    size = ["-screen", "0", f"{WIDTH}x{HEIGHT}x24"]
    server = start(
        ["Xvfb", f":{number}", "-displayfd", "1", *size, "-nolisten", "tcp", "-noreset"],
        log=folder / "screen.log",
        talks=True,
    )
    with running(server):
        yield Screen(f":{first_line(server, 'Xvfb')}", server.pid)


class Painting:
    """One scene, from its first picture on."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child
        self.pid = child.pid

    def hold(self) -> None:
        """It draws once more, now, and then nothing changes."""
        self._say("hold\n")

    def drawn(self) -> list[int]:
        """Ends it; when it drew, ms since the epoch."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        told = self._child.stdout.read()
        self._child.wait(_OVER_S)
        if not told.strip():
            raise CannotRun("the painter ended without its list")
        drawn: list[int] = json.loads(told.splitlines()[-1])["drawn"]
        return drawn

    def _say(self, line: str) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(line)
        self._child.stdin.flush()


@contextmanager
def painting(scene: Scene, screen: Screen, folder: Path) -> Iterator[Painting]:
    command = [sys.executable, "-m", "bench.screen.painter", scene.value, "--display", screen.display]
    child = start(command, log=folder / "painter.log", talks=True)
    try:
        first_line(child, "the painter")
        yield Painting(child)
    finally:
        over(child)
