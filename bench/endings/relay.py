"""The shipped server as a process of its own, its accounts, and its record read past the product."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import sys
import time
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.endings.children import READY_S, over, start
from identity.rules import Role
from server.app import open_office
from server.demo import provision
from server.keys import set_up
from server.settings import Settings, private_folder

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

    from bench.endings.places import Places

ALONGSIDE: Final = Path(sys.executable).with_name("alongside")
PASSWORD: Final = "a long and good password"
ISSUER: Final = "hallmere-care"  # the keys stay, although each case has an origin of its own
RECORDED_S: Final = 15.0
_LOOK_S: Final = 0.1


class CannotStart(Exception):  # noqa: N818 - reads as what it is
    """One of the shipped programs did not come up; the text ends with what it said."""


def free_port(address: str) -> int:
    with closing(socket.socket()) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Ending:
    """What the record holds of one session's end."""

    reasons: tuple[str, ...]
    ends: int
    commands: int


class Relay:
    """One data folder; the server on it can be killed and started again."""

    def __init__(self, folder: Path, places: Places) -> None:
        self._folder = folder
        self._data = folder / "server"
        self._places = places
        self._port = free_port(places.address)
        self.console_port = free_port(places.address)
        self.process: Process | None = None

    @property
    def origin(self) -> str:
        return f"http://localhost:{self._port}"

    @property
    def console_origin(self) -> str:
        return f"http://localhost:{self.console_port}"

    @property
    def _settings(self) -> Settings:
        consoles = (self.console_origin,)
        return Settings(origin=self.origin, console_origins=consoles, data=self._data, issuer=ISSUER)

    async def add_technicians(self, logins: list[str]) -> None:
        """Before the server runs: there is one writer."""
        private_folder(self._data)
        set_up(self._settings, self._folder / "root.key", now_s=int(time.time()))
        async with open_office(self._settings) as office:
            for login in logins:
                await office.identity.add_account(
                    login=login,
                    password=PASSWORD,
                    name="Demo Technician",
                    org="Hallmere Care",
                    role=Role.TECHNICIAN,
                    language="en",
                )

    def device_folder(self, number: int) -> Path:
        """A set fresh from the factory: a key of its own, and this server's badges believed."""
        return provision(self._folder / "devices" / str(number), self._settings)

    async def start(self) -> None:
        arguments = [
            "serve",
            f"--port={self._port}",
            f"--origin={self.origin}",
            f"--issuer={ISSUER}",
            "--json",
        ]
        self.process = await self._start(*arguments, f"--console-origin={self.console_origin}")

    @asynccontextmanager
    async def console_pages(self) -> AsyncIterator[str]:
        """`alongside console`, for the rounds in a real browser."""
        arguments = ["console", f"--port={self.console_port}", f"--origin={self.console_origin}", "--json"]
        pages = await self._start(*arguments, f"--service={self.origin}")
        try:
            yield self.console_origin
        finally:
            await over(pages)

    async def close(self) -> None:
        if self.process is not None:
            await over(self.process)

    async def ending(self, session: str) -> Ending:
        """The end of this session, as soon as there is one; what there is after a while otherwise."""
        loop = asyncio.get_running_loop()
        until = loop.time() + RECORDED_S
        while True:
            found = await asyncio.to_thread(self._ending, session)
            if found.ends or loop.time() >= until:
                return found
            await asyncio.sleep(_LOOK_S)  # another process writes it: there is nothing to wait on

    def last_words(self) -> str:
        """Whether it runs, and the end of its log: for whoever asks why a record is missing."""
        code = None if self.process is None else self.process.returncode
        log = (self._folder / "serve.log").read_text(encoding="utf-8")
        return f"the server {'runs' if code is None else f'ended with {code}'}; its log ends: {log[-500:]}"

    def session_of(self, locator: str) -> str:
        """The session that the newest code with this locator opened."""
        rows = self._rows(
            "SELECT session FROM pin WHERE locator = ? ORDER BY issued_at DESC LIMIT 1", locator
        )
        return str(rows[0][0]) if rows else ""

    async def shown(self, session: str) -> dict[str, Any]:
        """What `alongside audit show` tells an auditor."""
        process = await start(
            [str(ALONGSIDE), "audit", "show", session, "--json"],
            log=self._folder / "audit.log",
            ALONGSIDE_DATA=str(self._data),
        )
        async with asyncio.timeout(READY_S):
            said, _ = await process.communicate()
        facts: dict[str, Any] = json.loads(said)
        return facts

    def _ending(self, session: str) -> Ending:
        kept = self._rows("SELECT reason FROM session WHERE pin_session = ?", session)
        leaves = [
            json.loads(leaf) for (leaf,) in self._rows("SELECT leaf FROM audit_leaf WHERE sess = ?", session)
        ]
        ends = [leaf["d"]["reason"] for leaf in leaves if leaf["typ"] == "session.end"]
        said = {str(reason) for (reason,) in kept if reason} | set(ends)
        frames = [len(leaf["d"]["frames"]) for leaf in leaves if leaf["typ"] == "control.frames"]
        return Ending(reasons=tuple(sorted(said)), ends=len(ends), commands=sum(frames))

    async def _start(self, *arguments: str) -> Process:
        place = [] if self._places.is_home else [f"--host={self._places.address}", "--behind-proxy"]
        process = await start(
            [str(ALONGSIDE), *arguments, *place],
            log=self._folder / f"{arguments[0]}.log",
            ALONGSIDE_TEST="1",
            ALONGSIDE_DATA=str(self._data),
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(READY_S):
                said = await process.stdout.readline()
        except BaseException:
            await over(process)
            raise
        if not said:
            log = (self._folder / f"{arguments[0]}.log").read_text(encoding="utf-8")
            raise CannotStart(f"`alongside {arguments[0]}` did not start: {log[-500:]}")
        return process

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self._data / 'alongside.db'}?mode=ro", uri=True)) as base:
            return base.execute(query, values).fetchall()
