"""The desk's tests run on both kinds of database."""

from __future__ import annotations

from tests.databases import (  # noqa: F401 - fixtures
    database,
    database_url,
    postgresql_uri,
    postgresql_url,
    sqlite_url,
)
