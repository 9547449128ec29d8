"""Child processes that never outlive the bench, and a line protocol with those that play a part."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Sequence

ROOT: Final = Path(__file__).resolve().parents[2]
READY_S: Final = 60.0
OVER_S: Final = 15.0
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None)
_LINE_BYTES: Final = 1_048_576

Said = dict[str, Any]


class Missing(Exception):  # noqa: N818 - what was waited for, not a fault of the bench
    """What was waited for did not come in time."""


def _die_with_the_bench() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def environment(**more: str) -> dict[str, str]:
    """The caller's, without settings of a server that may run for real on this machine."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ALONGSIDE_") and name != "DATABASE_URL"
    }
    return kept | {"PYTHONPATH": str(ROOT)} | more


async def start(command: Sequence[str], *, log: Path, **more: str) -> Process:
    """A child with pipes for its input and output; what it complains of goes to `log`."""
    with log.open("ab") as complaints:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=environment(**more),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,  # Control-C reaches the bench alone, which ends its children in order
            limit=_LINE_BYTES,
            preexec_fn=_die_with_the_bench,
        )


async def over(process: Process) -> None:
    """Kill it if it still runs, by its id, and wait."""
    if process.returncode is None:
        process.kill()
    async with asyncio.timeout(OVER_S):
        await process.wait()


class Host:
    """A child that plays several seats. What it says is kept, seat by seat."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._heard: defaultdict[int, list[Said]] = defaultdict(list)
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    def do(self, what: str, seat: int, **fields: object) -> None:
        """Give an order; to a host that is dead it goes nowhere."""
        assert self.process.stdin is not None
        with suppress(ConnectionError):
            self.process.stdin.write(json.dumps({"do": what, "seat": seat, **fields}).encode() + b"\n")

    async def said(self, seat: int, *kinds: str, within: float) -> Said:
        """The first thing of these kinds that a seat says, or has said."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(lambda: self.all_of(seat, *kinds))
        except TimeoutError:
            raise Missing(f"{'/'.join(kinds)} of seat {seat}") from None
        return self.all_of(seat, *kinds)[0]

    def all_of(self, seat: int, *kinds: str) -> list[Said]:
        return [said for said in self._heard[seat] if said["said"] in kinds]

    def forget(self, seat: int) -> None:
        self._heard.pop(seat, None)

    def send(self, number: signal.Signals) -> None:
        """A signal to this very process."""
        self.process.send_signal(number)

    async def close(self) -> None:
        await over(self.process)
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            said = json.loads(line)
            self._heard[int(said["seat"])].append(said)
            async with self._news:
                self._news.notify_all()


@asynccontextmanager
async def hosting(command: Sequence[str], *, log: Path) -> AsyncIterator[Host]:
    """A host that has said that it is ready."""
    host = Host(await start(command, log=log))
    try:
        await host.said(0, "ready", within=READY_S)
        yield host
    finally:
        await host.close()
