"""Contract tests run on every database the server can use."""

from __future__ import annotations

from tests.databases import database, database_url, postgresql_uri, postgresql_url, sqlite_url

__all__ = ["database", "database_url", "postgresql_uri", "postgresql_url", "sqlite_url"]
