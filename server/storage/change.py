"""Whether any process has committed since, for the price of a look at shared memory (SQLite alone).

What another process changes must be noticed within a second, and asking costs a transaction each time. SQLite
keeps a number for that, https://www.sqlite.org/pragma.html#pragma_data_version.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

Change = tuple[int, int]
"""Of which connection, and its number: two are the same only where nobody has committed in between."""

_ASK: Final = "PRAGMA data_version"


class Changes:
    """One database file. Nothing here waits: a file that cannot be asked says nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = 0
        self._conn: sqlite3.Connection | None = None

    def now(self) -> Change | None:
        """None where it is not known."""
        try:
            conn = self._conn or self._open()
            return self._opened, int(conn.execute(_ASK).fetchone()[0])
        except sqlite3.Error:
            self.close()
            return None

    def close(self) -> None:
        """May be called again."""
        conn, self._conn = self._conn, None
        if conn is not None:
            with suppress(sqlite3.Error):
                conn.close()

    def _open(self) -> sqlite3.Connection:
        self._conn = sqlite3.connect(
            f"{self._path.resolve().as_uri()}?mode=ro", uri=True, timeout=0, isolation_level=None
        )
        self._opened += 1
        return self._conn
