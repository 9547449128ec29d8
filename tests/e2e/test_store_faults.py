"""A live server whose store fails: a disk that errs once or is full, a lock from outside, a killed database.

Whatever the fault: nothing is answered that is not kept, live sessions end rather than go on unrecorded, what
was executed is on record, and once the store is back all works again without anybody's hand (INV-E1, INV-H2).
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
import tempfile
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
import sqlalchemy as sa

from relay.audit.listing import facts_of_session
from relay.session.store import session as session_table
from server.app import Service
from server.run import listen, port_of, started
from server.storage.engine import StorageAway
from server.storage.failpoint import Failpoint
from tests.databases import postgresql
from tests.e2e.server_process import Site, drained, free_port
from tests.e2e.twins import Gone, Tv, technician, television
from tests.server.conftest import add_accounts, open_test_office
from wire.commands import RemoteKey
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.e2e.twins import Desk

pytestmark = pytest.mark.slow

# Of each place where a live session writes, both sides of the commit under `make prove`.
PLACES = ("redeem.committed", "command.commit", "consent.committed")
# Where nothing was begun a code stays good, which the contract tests show.
ALL = tuple(
    f"{step}.{place}"
    for step in ("issue", "redeem", "join", "paired", "consent", "command", "action", "end")
    for place in ("begin", "commit", "committed")
    if (step, place) != ("redeem", "begin")
)
PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"


@dataclass
class House:
    """A server in this process, a TV, and what both have done."""

    site: Site
    service: Service
    tv: Tv
    failed: bool = False

    def fail_once(self, point: str) -> None:
        """As when the disk reports an error for one write: nobody knows what of it is kept."""

        def broken() -> None:
            self.failed = True
            raise StorageAway("an I/O error")

        step, _, place = point.partition(".")
        self.service.office.database._point = Failpoint(step, place, 1, broken)

    async def help_once(self, desk: Desk) -> EndReason:
        """A whole session with one key pressed, as far as it goes."""
        code = await self.tv.code()
        async with asyncio.TaskGroup() as tasks:
            await desk.connect(code, tasks)
            await self.tv.agree()
            await desk.active()
            await desk.press(RemoteKey.UP)
            await desk.leave()
        return await desk.ended()

    async def recorded(self) -> list[str]:
        """Every session's end, checked against its chain; all of them have one."""
        office = self.service.office
        await self.service.sessions.settled()
        async with office.database.read() as conn:
            rows = (await conn.execute(sa.select(session_table.c.id, session_table.c.reason))).all()
        for row in rows:
            facts = facts_of_session(row.id, await office.audit.session_leaves(row.id))
            assert facts["chain"]["whole"], facts["chain"]
            assert facts["reason"] == row.reason
            assert {gap["kind"] for gap in facts["gaps"]} <= {"frame_unanswered"}
        return [str(row.reason) for row in rows]


@asynccontextmanager
async def house(folder: Path, *, database_url: str = "") -> AsyncIterator[House]:
    sockets = listen("127.0.0.1", 0)
    site = Site(folder / "data", port_of(sockets))
    settings = replace(site.settings, console_origins=(site.console_origin,), database_url=database_url)
    async with open_test_office(settings) as office:
        await add_accounts(office)
        service = Service(office)
        async with started(service, sockets), television(site, folder / "device") as tv:
            yield House(site, service, tv)


async def until_over(house: House, desk: Desk) -> None:
    """As much of a session as the fault lets there be; a refusal is one that says when to try again."""
    try:
        await house.help_once(desk)
    except* Gone:
        pass
    except* AssertionError as refused:
        if refused.subgroup(lambda one: not isinstance(one, ExceptionGroup) and "try-later" not in str(one)):
            raise


@pytest.mark.parametrize("point", ALL if PROVING else PLACES)
async def test_a_write_that_fails_once_is_never_answered_and_the_next_session_is_as_any(
    tmp_path: Path, point: str
) -> None:
    """INV-A1, B6, D1, E1, H2: an I/O error, before anything is kept or after all of it was."""
    async with house(tmp_path) as home:
        async with technician(home.site) as desk:
            home.fail_once(point)
            await until_over(home, desk)
        await home.tv.over()
        assert home.tv.executed in ([], ["up"])
        reasons = await home.recorded()
        assert home.failed, "the fault came in this session, not in the next"
        assert len(reasons) <= 1
        assert set(reasons) <= {"audit_unavailable", "device_lost", "technician_left", "pairing_failed"}
        executed = len(home.tv.executed)
        async with technician(home.site) as desk:
            assert await home.help_once(desk) is EndReason.TECHNICIAN_LEFT
        assert len(home.tv.executed) == executed + 1
        assert (await home.recorded())[len(reasons) :] == ["technician_left"]


async def test_a_database_that_somebody_holds_locked_refuses_in_time_and_ends_what_is_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-H2: by hand, from outside, as somebody does who repairs it while it runs."""
    monkeypatch.setattr("server.storage.engine._POOL_WAIT_S", 2.0)  # SQLite's own, too
    async with house(tmp_path) as home:
        async with technician(home.site) as desk, asyncio.TaskGroup() as tasks:
            await desk.connect(await home.tv.code(), tasks)
            await home.tv.agree()
            await desk.active()
            await desk.press(RemoteKey.UP)
            with (
                closing(sqlite3.connect(home.site.data / "alongside.db", isolation_level=None)) as outside,
                monkeypatch.context() as meanwhile,
            ):
                outside.execute("BEGIN EXCLUSIVE")
                meanwhile.setattr("server.storage.engine.PATIENCE_S", 0.5)
                await desk._say(desk.twin.press(RemoteKey.DOWN))  # cannot be recorded, so is not passed on
                assert await desk.ended() is EndReason.AUDIT_UNAVAILABLE
                assert (await desk.redeem("12345")).status == 503
                assert (await desk._call("POST", "/v1/badge-challenges")).status == 503
                outside.execute("ROLLBACK")
        assert (await home.tv.over()).reason is EndReason.AUDIT_UNAVAILABLE
        assert home.tv.executed == ["up"]
        assert await home.recorded() == ["audit_unavailable"]
        async with technician(home.site) as desk:
            assert await home.help_once(desk) is EndReason.TECHNICIAN_LEFT


class Cluster:
    """A PostgreSQL of the test's own, which it may kill."""

    def __init__(self, folder: Path) -> None:
        self._server = postgresql(folder)

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def kill(self) -> None:
        """At once, without a checkpoint: the next start has to recover."""
        process = psutil.Process(self._server.get_pid())
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=30)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


async def test_a_killed_postgresql_refuses_meanwhile_and_is_found_again_without_a_hand(
    short_folder: Path, tmp_path: Path
) -> None:
    """INV-E1, H2: what was answered is there after its recovery; the server is never restarted."""
    cluster = await asyncio.to_thread(Cluster, short_folder)
    try:
        async with house(tmp_path, database_url=cluster.url) as home:
            async with technician(home.site) as desk:
                assert await home.help_once(desk) is EndReason.TECHNICIAN_LEFT
            await home.tv.over()
            async with technician(home.site) as desk:
                async with asyncio.TaskGroup() as tasks:
                    await desk.connect(await home.tv.code(), tasks)
                    await home.tv.agree()
                    await desk.active()
                    await asyncio.to_thread(cluster.kill)
                    await desk._say(desk.twin.press(RemoteKey.DOWN))
                    assert await desk.ended() is EndReason.AUDIT_UNAVAILABLE
                assert (await desk.redeem("12345")).status == 503
                await asyncio.to_thread(cluster.start)
                assert home.tv.executed == ["up"]
                assert sorted(await home.recorded()) == ["audit_unavailable", "technician_left"]
                assert len(await desk.sessions()) == 2, "the token that was given before still counts"
            await home.tv.over()
            async with technician(home.site) as desk:
                assert await home.help_once(desk) is EndReason.TECHNICIAN_LEFT
    finally:
        await asyncio.to_thread(cluster.close)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """For sockets, whose paths may not be long."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        yield Path(folder)


async def test_a_full_disk_refuses_ends_what_is_live_and_is_forgotten_once_there_is_room(
    tmp_path: Path,
) -> None:
    """INV-D1, E1, H2: the shipped server as a process that may not make its files longer, and then may again.

    A limit on the length of files fails a write half way, as a full disk does, and needs no disk of its own.
    """
    site = Site(tmp_path / "data", free_port())
    await site.add_technician()
    async with television(site, tmp_path / "device") as tv, site.serving() as process:
        async with technician(site) as desk, asyncio.TaskGroup() as tasks:
            await desk.connect(await tv.code(), tasks)
            await tv.agree()
            await desk.active()
            await desk.press(RemoteKey.UP)
            longest = max(file.stat().st_size for file in site.data.iterdir())
            limit = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (longest + 2_000, -1))
            for _ in range(30):  # each is recorded and takes some of the room that is left
                try:
                    await desk.press(RemoteKey.DOWN)
                except Gone:
                    break
            assert desk.reason is EndReason.AUDIT_UNAVAILABLE
            statuses = {(await desk.redeem("12345")).status for _ in range(3)}
            assert statuses == {503}
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limit)
        assert (await tv.over()).reason is EndReason.AUDIT_UNAVAILABLE
        executed = tv.executed
        async with technician(site) as desk, asyncio.TaskGroup() as tasks:
            await desk.connect(await tv.code(), tasks)
            await tv.agree()
            await desk.active()
            await desk.press(RemoteKey.UP)
            await desk.leave()
        assert tv.executed == [*executed, "up"]
        assert await drained(process) == 0
        sessions = site.rows("SELECT id, reason FROM session ORDER BY started_at")
        assert [reason for _, reason in sessions] == ["audit_unavailable", "technician_left"]
        first = await site.shown(sessions[0][0])
        assert first["chain"]["whole"]
        assert len(first["commands"]) - 1 >= len(executed), "the badge, and every key that was executed"
