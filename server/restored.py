"""What a backup that is put back must not undo: it is kept in a file beside the keys, too (INV-E5).

The file is written before the database commits, so it never knows less than anybody was told. It also names
the newest entry of the log at that moment: a database without that entry is older than the file.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from identity.keys import UnsafeKeyFile, write_durably
from identity.ports import record
from identity.revocation_store import Revoked
from identity.taken_back import TakenBack, Undone, all_taken_back, take_back_again, void_all
from relay.audit.leaf_types import LeafType
from relay.audit.service import Mark
from server.logs import log
from wire.encoding import b64, unb64
from wire.errors import WireError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.ports import Clock, Storage
    from relay.audit.service import AuditService

REVOKED_FILE: Final = "revoked.json"
# The entries of the record that say that something no longer counts.
_TAKES_BACK: Final = frozenset(
    {
        LeafType.ACCOUNT_DISABLED,
        LeafType.ACCOUNT_PASSWORD_SET,
        LeafType.ACCOUNT_SIGNED_OUT,
        LeafType.BADGE_REVOKED,
        LeafType.KEY_REVOKED,
    }
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file holds. Without a mark nobody knows whether the database is as new."""

    taken_back: TakenBack
    mark: Mark | None


class Aside:
    """The file, and the `append` that keeps it: every write that takes something back ends with its leaf."""

    def __init__(self, folder: Path, *, audit: AuditService, clock: Clock) -> None:
        self._path = folder / REVOKED_FILE
        self._audit = audit
        self._clock = clock

    async def append(
        self, conn: AsyncConnection, *, sess: str, typ: str, role: str, pid: str, d: dict[str, object]
    ) -> None:
        """Adds a leaf, the last act of its transaction; where it takes something back, the file is first."""
        await self._audit.append(conn, sess=sess, typ=typ, role=role, pid=pid, d=d)
        if typ not in _TAKES_BACK:
            return
        kept = await self._read()
        mark = kept.mark
        # An older database stays one, whatever is written to it, until a start has dealt with it.
        if mark is not None and await self._audit.holds(conn, mark):
            mark = await self._audit.mark(conn)
        await self._keep(conn, kept, mark)

    async def recover(self, storage: Storage) -> None:
        """At a start, before any list is signed: an older database learns again what it does not know."""
        kept = await self._read()
        async with storage.write("restored") as conn:
            newest, now = await self._audit.mark(conn), self._clock.now_ms()
            is_whole = newest is None if kept.mark is None else await self._audit.holds(conn, kept.mark)
            undone = await take_back_again(conn, kept.taken_back, now)
            if not is_whole:
                void = await void_all(conn, now)
                undone = replace(undone, badges=undone.badges + void.badges, tokens=void.tokens)
            if undone != Undone() or (kept.mark is not None and not is_whole):
                await self._tell(conn, undone)
                newest = await self._audit.mark(conn)
            await self._keep(conn, kept, newest)

    async def _tell(self, conn: AsyncConnection, undone: Undone) -> None:
        accounts, badges, keys, tokens = undone.accounts, undone.badges, undone.keys, undone.tokens
        log().warning("database restored", accounts=accounts, badges=badges, keys=keys, tokens=tokens)
        facts: dict[str, object] = {"accounts": accounts, "badges": badges, "keys": keys, "tokens": tokens}
        await record(self._audit.append, conn, "server.restored", role="relay", pid="relay", d=facts)

    async def _keep(self, conn: AsyncConnection, kept: Kept, mark: Mark | None) -> None:
        known = kept.taken_back.and_also(await all_taken_back(conn), self._clock.now_ms())
        await asyncio.to_thread(write_durably, self._path, _written(Kept(known, mark)))

    async def _read(self) -> Kept:
        """Raises UnsafeKeyFile where the file is not what was written."""
        return await asyncio.to_thread(_read, self._path)


def _written(kept: Kept) -> bytes:
    known, mark = kept.taken_back, kept.mark
    rows = sorted([entry.kind, entry.name, entry.why, entry.until] for entry in known.revoked)
    leaf = None if mark is None else {"hash": b64(mark.hash), "place": mark.place}
    return json.dumps({"accounts": sorted(known.accounts), "leaf": leaf, "revoked": rows, "v": 1}).encode()


def _read(path: Path) -> Kept:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Kept(TakenBack(), None)
    try:
        return _parsed(json.loads(data))
    except (ValueError, KeyError, TypeError, WireError) as error:
        raise UnsafeKeyFile(
            f"{path} is not as it was written: remove it, then revoke and disable again what it may have held"
        ) from error


def _parsed(content: dict[str, object]) -> Kept:
    accounts, leaf, rows = content["accounts"], content["leaf"], content["revoked"]
    if content["v"] != 1 or not isinstance(accounts, list) or not isinstance(rows, list):
        raise ValueError
    revoked = frozenset(
        Revoked(str(kind), str(name), str(why), int(until)) for kind, name, why, until in rows
    )
    mark = None
    if isinstance(leaf, dict):
        mark = Mark(int(leaf["place"]), unb64(leaf["hash"], 32))
    return Kept(TakenBack(frozenset(map(str, accounts)), revoked), mark)
