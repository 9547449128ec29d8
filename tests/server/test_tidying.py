"""A server erases what has outlived its use when it starts, also where nobody signs in any more (INV-H5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import sqlalchemy as sa
from structlog.testing import capture_logs

from identity.store import sign_in_try
from relay.pin.rules import KEPT_MS
from relay.pin.store import throttle
from server.app import Service
from server.run import listen, started
from server.settings import Settings
from server.storage.engine import StorageAway
from tests.server.conftest import open_test_office

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from server.app import Office


async def _leave_old_rows(office: Office) -> None:
    old = office.clock.now_ms() - KEPT_MS
    async with office.database.write("test") as conn:
        await conn.execute(throttle.insert().values(kind="miss", subject="x", times=f"[{old}]"))
        await conn.execute(sign_in_try.insert().values(key="x", failures=1, last_at=old, told=False))


async def _rows(office: Office) -> int:
    async with office.database.read() as conn:
        counts = [
            (await conn.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
            for table in (throttle, sign_in_try)
        ]
        return sum(counts)


async def test_a_start_erases_what_is_old(tmp_path: Path) -> None:
    async with open_test_office(Settings(data=tmp_path / "data")) as office:
        await _leave_old_rows(office)
        assert await _rows(office) == 2
        service = Service(office)
        async with started(service, listen("127.0.0.1", 0)), asyncio.timeout(10):
            await service.tidied.wait()
        assert await _rows(office) == 0


async def test_a_database_that_is_away_puts_the_tidying_off_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-H1."""
    tried = asyncio.Event()

    async def away() -> None:
        tried.set()
        raise StorageAway("OperationalError")

    monkeypatch.setattr("server.app.TIDY_AGAIN_S", 0.01)
    async with open_test_office(Settings(data=tmp_path / "data")) as office:
        await _leave_old_rows(office)
        service = Service(office)
        with monkeypatch.context() as patch, capture_logs() as log:
            patch.setattr(service.pins, "forget", away)
            async with started(service, listen("127.0.0.1", 0)), asyncio.timeout(10):
                await tried.wait()
                patch.undo()
                await service.tidied.wait()
        assert await _rows(office) == 0
        assert "tidying put off" in [event["event"] for event in log]
