"""Runs the migrations inside a transaction that the caller has opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_SCRIPTS = Path(__file__).parent / "migrations"
# Any fixed number: two servers that start together upgrade one after the other.
_LOCK = 0x616C6F6E


def config(conn: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    settings.attributes["connection"] = conn
    return settings


def upgrade(conn: Connection) -> None:
    """Every table as this version wants it. Alembic refuses a database newer than the server."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    command.upgrade(config(conn), "head")
