"""Whether a server could start here: each finding is a fact, and where it is bad, what to do."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from identity.keyring import KeysNotReady, holder_of_root, open_keys
from identity.keys import UnsafeKeyFile
from identity.revocation_store import newest_list
from server.app import TamperedLog, open_office
from server.key_facts import WARN_DAYS, days_left
from server.release import FOLDER
from server.run import CannotRun, listen, require_c_extensions, tls_of
from server.settings import UnsafeSettings
from server.storage.engine import StorageAway
from server.storage.migrate import NewerDatabase

if TYPE_CHECKING:
    from server.settings import Settings

PYTHON_FLOOR = (3, 11)
OLD_HOURS = 3


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
        _keys(settings),
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


def _keys(settings: Settings) -> Finding:
    """Whether this server may sign, and for how much longer."""
    now_s = int(time.time())
    try:
        keys = open_keys(settings.data, iss=settings.iss, aud=settings.origin, now_s=now_s)
        found = holder_of_root(settings.data)
    except (KeysNotReady, UnsafeKeyFile) as error:
        return Finding("keys", ok=False, advice=str(error))
    if found is not None:
        return Finding("keys", ok=False, advice=f"{found.name} is the root key; move it off this machine")
    left = days_left(keys.keyset, now_s)
    if left < WARN_DAYS:
        return Finding("keys", ok=True, advice=f"the keyset ends in {left} days; have a new one signed")
    return Finding("keys", ok=True)


async def _records(settings: Settings) -> Finding:
    """The database, opened as `serve` would open it, and how old the newest signed list in it is."""
    try:
        async with open_office(settings) as office, office.database.read() as conn:
            return _status_list(await newest_list(conn), office.clock.now_ms() // 1_000)
    except (UnsafeSettings, UnsafeKeyFile, TamperedLog, NewerDatabase) as error:
        return Finding("database", ok=False, advice=str(error))
    except StorageAway:
        return Finding("database", ok=False, advice="the database does not answer; check DATABASE_URL")


def _status_list(newest: tuple[int, bytes] | None, now_s: int) -> Finding:
    """A server that runs signs every hour; a list of a day makes every device refuse every badge."""
    hours = 0 if newest is None else (now_s - newest[0]) // 3_600
    if hours < OLD_HOURS:
        return Finding("database", ok=True)
    told = f"no server has signed the list of what is revoked for {hours} hours; start one, or see why not"
    return Finding("database", ok=True, advice=told)
