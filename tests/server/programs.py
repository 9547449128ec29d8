"""The shipped commands `serve` and `console` as processes: started, told to stop, and read."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping

COMMAND = (sys.executable, "-c", "from server.cli import main; main()")
PATIENCE_S = 30.0


@dataclass
class Program:
    """A running command and the facts of its one line."""

    process: Process
    facts: dict[str, Any]
    log: list[str] = field(default_factory=list)

    async def stop(self) -> int:
        """Told to stop: the code it exits with, within the promised time (INV-H4)."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            rest, log = await self.process.communicate()
        assert rest == b""
        self.log = log.decode().splitlines()
        assert "Traceback" not in log.decode()
        return self.process.returncode or 0


@asynccontextmanager
async def running_program(
    *arguments: object, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """`alongside ARGUMENTS --json`, ready; killed on leaving if it still runs."""
    process = await _spawn(*arguments, environment=environment)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            line = await process.stdout.readline()
            assert line, (await process.stderr.read()).decode()
        yield Program(process, json.loads(line))
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def run_program(
    *arguments: object, said: str = "", environment: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command that ends by itself."""
    process = await _spawn(*arguments, environment=environment)
    async with asyncio.timeout(PATIENCE_S):
        out, error = await process.communicate(said.encode())
    return process.returncode or 0, out.decode(), error.decode()


async def _spawn(*arguments: object, environment: Mapping[str, str] | None) -> Process:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ALONGSIDE_") and name != "DATABASE_URL"
    }
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *map(str, arguments),
        "--json",
        env=kept | dict(environment or {}),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
