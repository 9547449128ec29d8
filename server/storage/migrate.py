"""Runs the migrations inside a transaction that the caller has opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_SCRIPTS = Path(__file__).parent / "migrations"
# Any fixed number: two servers that start together upgrade one after the other.
_LOCK = 0x616C6F6E


class NewerDatabase(Exception):  # noqa: N818 - a state of the database
    """A newer server has changed the tables; there is no way down."""


def config(conn: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    settings.attributes["connection"] = conn
    return settings


def upgrade(conn: Connection) -> None:
    """Every table as this version wants it. Raises NewerDatabase and changes nothing where it cannot be."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    settings = config(conn)
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    found = MigrationContext.configure(conn).get_current_revision()
    if found is not None and found not in known:
        raise NewerDatabase(
            f"a newer server has changed the database (to {found}); install that server, or restore a backup"
        )
    command.upgrade(settings, "head")
