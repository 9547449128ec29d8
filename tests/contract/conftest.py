"""Contract tests run on every database the server can use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.databases import (  # noqa: F401 - fixtures
    database,
    database_url,
    empty_database_url,
    postgresql_uri,
    postgresql_url,
    sqlite_url,
)
from tests.relay.play import Node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.storage.engine import Database


@pytest.fixture
async def node(database: Database) -> AsyncIterator[Node]:  # noqa: F811 - the fixture
    """A relay that runs."""
    made = Node(database)
    await made.sessions.start()
    yield made
    await made.sessions.close()
