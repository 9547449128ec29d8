"""The shipped server as a process of its own: started, killed at a named point, drained, and read back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg  # type: ignore[import-untyped]

from server.settings import Settings
from tests.server_keys import give_keys

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

ROOT = Path(__file__).resolve().parents[2]
ALONGSIDE = Path(sys.executable).with_name("alongside")
PATIENCE_S = 30.0
DRAIN_S = 10.0  # INV-H4
ISSUER = "hallmere-care"
LOGIN = "technician"
PASSWORD = "a long and good password"


@dataclass(frozen=True, slots=True)
class Site:
    """One data folder and the port its server listens on, the same over restarts."""

    data: Path
    port: int
    database_url: str = ""
    maker: Path | None = None

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def console_origin(self) -> str:
        """Nobody listens there: it is only what the console says it is."""
        return f"http://localhost:{self.port + 1 if self.port < 65_535 else 1}"

    @property
    def settings(self) -> Settings:
        return Settings(origin=self.origin, data=self.data, issuer=ISSUER, database_url=self.database_url)

    @asynccontextmanager
    async def serving(self, *, failpoint: str = "") -> AsyncIterator[Process]:
        """`alongside serve`, answering; `failpoint` names the step at which it kills itself.

        Raises DiedStarting where it came to that step before it answered anybody.
        """
        process = await self._serve(failpoint)
        try:
            assert process.stdout is not None
            async with asyncio.timeout(PATIENCE_S):
                ready = await process.stdout.readline()
            if failpoint and not ready and await ended_by(process, signal.SIGKILL):
                raise DiedStarting(failpoint)
            assert json.loads(ready)["service"] == self.origin
            yield process
        finally:
            await _over(process)

    async def dies_starting(self, failpoint: str) -> bool:
        """Whether a server killed itself at this step before it answered anybody."""
        process = await self._serve(failpoint)
        try:
            assert process.stdout is not None
            async with asyncio.timeout(PATIENCE_S):
                ready = await process.stdout.readline()
            return not ready and await ended_by(process, signal.SIGKILL)
        finally:
            await _over(process)

    async def _serve(self, failpoint: str) -> Process:
        arguments = ["serve", "--port", str(self.port), "--origin", self.origin, "--json"]
        arguments += ["--console-origin", self.console_origin]
        with (self.data.parent / "server.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                ALONGSIDE,
                *arguments,
                cwd=ROOT,
                env=self._environment() | {"ALONGSIDE_FAILPOINT": failpoint},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )

    async def command(self, *arguments: str, answer: str = "") -> Any:
        """What the shipped command line says in JSON; `answer` is what it reads from standard input."""
        process = await asyncio.create_subprocess_exec(
            ALONGSIDE,
            *arguments,
            "--json",
            cwd=ROOT,
            env=self._environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                said, complained = await process.communicate(answer.encode())
        finally:
            await _over(process)
        assert process.returncode == 0, complained.decode()
        return json.loads(said)

    async def add_technician(self) -> None:
        """The first steps of an operator: keys, then somebody who may help."""
        give_keys(self.data, iss=ISSUER)
        person = ("--name", "Demo Technician", "--org", "Hallmere Care")
        await self.command("accounts", "add", LOGIN, *person, answer=f"{PASSWORD}\n")

    async def shown(self, session: str) -> dict[str, Any]:
        """`alongside audit show SESSION`."""
        facts: dict[str, Any] = await self.command("audit", "show", session)
        return facts

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read the database past the product."""
        if self.database_url:
            with ThreadPoolExecutor(1) as pool:  # this thread's loop is busy
                return pool.submit(asyncio.run, self._postgresql_rows(query)).result()
        with closing(sqlite3.connect(f"file:{self.data / 'alongside.db'}?mode=ro", uri=True)) as base:
            return base.execute(query).fetchall()

    async def _postgresql_rows(self, query: str) -> list[tuple[Any, ...]]:
        conn = await asyncpg.connect(self.database_url)
        try:
            return [tuple(row) for row in await conn.fetch(query)]
        finally:
            await conn.close()

    def _environment(self) -> dict[str, str]:
        ours = {name for name in os.environ if name.startswith("ALONGSIDE_")} | {"DATABASE_URL"}
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        return kept | {
            "ALONGSIDE_TEST": "1",
            "ALONGSIDE_DATA": str(self.data),
            "ALONGSIDE_ISSUER": ISSUER,
            **({"DATABASE_URL": self.database_url} if self.database_url else {}),
            **self._of_the_maker(),
        }

    def _of_the_maker(self) -> dict[str, str]:
        """Its folder, and where mails to its customers go."""
        if self.maker is None:
            return {}
        return {
            "ALONGSIDE_MAKER": str(self.maker),
            "ALONGSIDE_MAIL": f"folder:{self.data.parent / 'mails'}",
            "ALONGSIDE_MAIL_FROM": "care@hallmere.example",
        }


class DiedStarting(Exception):  # noqa: N818 - what happened, as was wanted
    """A server killed itself at its failpoint while it started."""


async def _over(process: Process) -> None:
    """Nothing that was started here outlives its test."""
    if process.returncode is None:
        process.kill()
    async with asyncio.timeout(PATIENCE_S):
        await process.wait()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ended_by(process: Process, number: signal.Signals) -> bool:
    """Whether the process died of this signal; it has a bounded time to do so."""
    async with asyncio.timeout(PATIENCE_S):
        return await process.wait() == -number


async def drained(process: Process) -> int:
    """The exit code upon SIGTERM, within the promised time."""
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(DRAIN_S):
        return await process.wait()
