"""Whether a server could start here: each finding is a fact, and where it is bad, what to do."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from identity.issuer import UnsafeKeyFile
from server.app import TamperedLog, open_office
from server.release import FOLDER
from server.run import CannotRun, listen, require_c_extensions, tls_of
from server.settings import UnsafeSettings
from server.storage.engine import StorageAway
from server.storage.migrate import NewerDatabase

if TYPE_CHECKING:
    from server.settings import Settings

PYTHON_FLOOR = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    ok: bool
    advice: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Everything at once, so that one run names all there is to mend."""
    return [
        _python(),
        _parser(),
        _port(settings),
        _certificate(settings),
        _console(),
        await _records(settings),
    ]


def _python() -> Finding:
    fits = sys.version_info >= PYTHON_FLOOR
    return Finding("python", fits, "" if fits else "Python 3.11 or newer is needed")


def _parser() -> Finding:
    try:
        require_c_extensions()
    except CannotRun as error:
        return Finding("http parser", ok=False, advice=str(error))
    return Finding("http parser", ok=True)


def _port(settings: Settings) -> Finding:
    try:
        for opened in listen(settings.host, settings.port):
            opened.close()
    except CannotRun as error:
        return Finding("port", ok=False, advice=str(error))
    return Finding("port", ok=True)


def _certificate(settings: Settings) -> Finding:
    try:
        tls_of(settings.door)
    except UnsafeSettings as error:
        return Finding("certificate", ok=False, advice=str(error))
    return Finding("certificate", ok=True)


def _console() -> Finding:
    found = (FOLDER / "index.html").is_file()
    return Finding("console", found, "" if found else "the console's pages are not installed")


async def _records(settings: Settings) -> Finding:
    """Keys and database, opened as `serve` would open them."""
    try:
        async with open_office(settings):
            return Finding("keys and database", ok=True)
    except (UnsafeSettings, UnsafeKeyFile, TamperedLog, NewerDatabase) as error:
        return Finding("keys and database", ok=False, advice=str(error))
    except StorageAway:
        return Finding(
            "keys and database", ok=False, advice="the database does not answer; check DATABASE_URL"
        )
