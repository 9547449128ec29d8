"""Programs that the bench starts: each dies with it, is ended by its id, and counts with all it started."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

ROOT: Final = Path(__file__).resolve().parents[2]
READY_S: Final = 60.0
_OVER_S: Final = 5.0
_LOOK_S: Final = 0.05
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None)


class CannotRun(Exception):  # noqa: N818 - reads as what it is
    """A program did not do what it is there for; the text says which, and where its log is."""


def _die_with_the_bench() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def environment(**more: str) -> dict[str, str]:
    """The caller's, without settings of a server that may run for real on this machine."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ALONGSIDE_") and name not in {"DATABASE_URL", "DISPLAY"}
    }
    return kept | {"PYTHONPATH": str(ROOT)} | more


def start(
    command: Sequence[str], *, log: Path, cwd: Path = ROOT, talks: bool = False, display: str = ""
) -> subprocess.Popen[str]:
    """A child of its own process group; with `talks` its input and output are pipes."""
    with log.open("ab") as said:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(**({"DISPLAY": display} if display else {})),
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE if talks else said,
            stderr=said,
            text=True,
            bufsize=1,
            start_new_session=True,
            preexec_fn=_die_with_the_bench,  # noqa: PLW1509 - no thread of ours holds a lock here
        )


def over(*children: subprocess.Popen[str]) -> None:
    """Ask each to end, then make it, with everything that it started and that is still there."""
    # Those that were waited for are gone, and their numbers may be somebody else's by now.
    left = [child for child in children if child.returncode is None]
    for child in left:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
    for child in left:
        with suppress(subprocess.TimeoutExpired):
            child.wait(_OVER_S)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for child in children:
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


@contextmanager
def running(child: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield child
    finally:
        over(child)


def cpu_seconds(pids: Iterable[int]) -> float:
    """What these processes, all they started and all of those that are over have used so far."""
    return sum(_used(process) for pid in pids for process in _tree(pid))


def memory_mib(pid: int) -> float:
    """What a process and all it started hold, where each shared page is divided among those who share it."""
    return sum(_held(process) for process in _tree(pid)) / 1_048_576


def _held(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return int(process.memory_full_info().pss)
    return 0


def _tree(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def _used(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return times.user + times.system + times.children_user + times.children_system
    return 0.0


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(ready: Callable[[], bool], what: str, *, within: float = READY_S) -> None:
    """Returns as soon as it is so; another program makes it so, and there is nothing to wait on."""
    end = time.monotonic() + within
    while not ready():
        if time.monotonic() > end:
            raise CannotRun(f"{what}: not within {within:.0f} s")
        time.sleep(_LOOK_S)


def listening(port: int, what: str, *, within: float = READY_S) -> None:
    """Returns as soon as somebody answers on this port of loopback."""

    def answers() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    until(answers, f"{what} on port {port}", within=within)


def first_line(child: subprocess.Popen[str], what: str) -> str:
    """What a child that `talks` says first."""
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line:
        raise CannotRun(f"{what} ended with {child.wait(_OVER_S)} before it was ready")
    return line.strip()
