"""What the bench needs of a system: start it on a screen, open its viewer, name its processes, end it."""

from __future__ import annotations

import shutil
import sys
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from bench.screen.children import over, start

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path

    from bench.screen.scenes import Scene
    from bench.screen.viewing import View

PATIENCE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Installed:
    """Where peers were installed (bench/README.md says how), and what this machine has of itself."""

    folder: Path

    def node_module(self, name: str) -> Path | None:
        found = self.folder / "node_modules" / name
        return found if found.is_dir() else None

    def program(self, name: str, *, of: str) -> str | None:
        """A command of an own Python environment, else one that the system has."""
        own = self.folder / of / "bin" / name
        return str(own) if own.exists() else shutil.which(name)


@dataclass(frozen=True, slots=True)
class Stage:
    """One X screen, what is installed, a folder for this visit, and one that outlives it in this run."""

    display: str
    folder: Path
    kept: Path
    installed: Installed


@dataclass(frozen=True, slots=True)
class Opening:
    """Moments of an opening, ms since the epoch; `waited_ms` is what the customer's answer took of it."""

    asked: float
    accepted: float = field(default=0.0, kw_only=True)
    waited_ms: float = field(default=0.0, kw_only=True)


class Peer(ABC):
    """One system at work. `missing` tells before that whether it can be."""

    name: ClassVar[str]
    words: ClassVar[str]
    selector: ClassVar[str] = "canvas, video"
    chromium: ClassVar[Sequence[str]] = ()
    is_ours: ClassVar[bool] = False
    # The page stamps its own picture: what it shows counts as drawn.
    draws_itself: ClassVar[bool] = False
    # What a system has no way to do, and why: said in the tables instead of a figure.
    cannot: ClassVar[dict[Scene, str]] = {}

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._children: dict[str, subprocess.Popen[str]] = {}

    @classmethod
    def missing(cls, installed: Installed) -> str:  # noqa: ARG003 - for those that need something
        """Why it is left out, or nothing."""
        return ""

    @abstractmethod
    def start(self) -> None:
        """Returns when a viewer can be opened."""

    @abstractmethod
    def open(self, view: View) -> Opening:
        """Open the viewer's page, and do there what a person does until the screen comes."""

    def focus(self, view: View) -> None:
        """Give the viewer the keyboard, as a person does: with a click on the screen."""
        self.click(view, 0)

    def click(self, view: View, number: int) -> None:
        """Each at a slightly other place, so that nothing takes two for a double click."""
        x, y = view.middle()
        view.page.mouse.click(x + 9 * (number % 5), y)

    @property
    def parts(self) -> dict[str, int]:
        """Every process of the device and the server by what it is; those they start count with them."""
        return {name: child.pid for name, child in self._children.items()}

    def close(self) -> None:
        over(*reversed(self._children.values()))
        self._children.clear()

    def run(self, part: str, command: Sequence[str]) -> subprocess.Popen[str]:
        """A part of the system, on this stage's screen."""
        return self._keep(part, start(command, log=self.log, display=self.stage.display))

    def run_talking(self, part: str, command: Sequence[str]) -> subprocess.Popen[str]:
        """The same with pipes for its input and output."""
        return self._keep(part, start(command, log=self.log, talks=True, display=self.stage.display))

    def run_in(self, folder: Path, part: str, command: Sequence[str]) -> subprocess.Popen[str]:
        """The same where it finds its files."""
        return self._keep(part, start(command, log=self.log, cwd=folder, display=self.stage.display))

    @property
    def log(self) -> Path:
        return self.stage.folder / "peer.log"

    def _keep(self, part: str, child: subprocess.Popen[str]) -> subprocess.Popen[str]:
        self._children[part] = child
        return child


def goto(view: View, url: str) -> Opening:
    """Open a page that needs nothing else."""
    asked = now()
    view.page.goto(url, timeout=PATIENCE_MS, wait_until="commit")
    return Opening(asked)


def now() -> float:
    return time.time() * 1000


def python() -> str:
    """The interpreter of the bench, for servers that it brings along."""
    return sys.executable
