"""Customers' tests run on both kinds of database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.customers.house import House, open_house
from tests.databases import (  # noqa: F401 - fixtures
    database,
    database_url,
    postgresql_uri,
    postgresql_url,
    sqlite_url,
)

if TYPE_CHECKING:
    from server.storage.engine import Database


@pytest.fixture
async def house(database: Database) -> House:  # noqa: F811 - the fixture
    """Customers' accounts of an invented maker, and nobody in them yet."""
    return open_house(database)
