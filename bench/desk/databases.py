"""Empty databases for one run: SQLite in a file, PostgreSQL from a wheel or on the server of DATABASE_URL."""

from __future__ import annotations

import os
import uuid
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final

import asyncpg  # type: ignore[import-untyped]
import sqlalchemy as sa

from tests.databases import postgresql

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from server.storage.engine import Database

KINDS: Final = ("sqlite", "postgresql")


@asynccontextmanager
async def empty(kind: str, folder: Path, names: Sequence[str]) -> AsyncIterator[dict[str, str]]:
    """The URL of a database for each name, which are gone afterwards."""
    if kind == "sqlite":
        yield {name: f"sqlite:///{folder / name}.db" for name in names}
        return
    with _server(folder) as uri:
        async with AsyncExitStack() as stack:
            yield {name: await stack.enter_async_context(_made(uri)) for name in names}


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgresql"):
        yield given
        return
    server = postgresql(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@asynccontextmanager
async def _made(uri: str) -> AsyncIterator[str]:
    """What is on the server already is left alone."""
    name = f"bench_{uuid.uuid4().hex}"
    await _run(uri, f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(uri).set(database=name).render_as_string(hide_password=False)
    finally:
        await _run(uri, f"DROP DATABASE {name} WITH (FORCE)")


async def _run(uri: str, statement: str) -> None:
    conn = await asyncpg.connect(uri)
    try:
        await conn.execute(statement)
    finally:
        await conn.close()


async def facts_of(database: Database) -> dict[str, Any]:
    """Its version, and the bytes that it takes."""
    async with database.read() as conn:
        if conn.dialect.name == "postgresql":
            version = await conn.scalar(sa.text("SHOW server_version"))
            size = await conn.scalar(sa.text("SELECT pg_database_size(current_database())"))
        else:
            version = await conn.scalar(sa.text("SELECT sqlite_version()"))
            size = await conn.scalar(
                sa.text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            )
    return {"version": str(version), "bytes": int(size or 0)}
