"""Writes leaves in other features' transactions and reads them back for auditors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from relay.audit import store
from relay.audit.leaf_types import BEGINS_A_SESSION, LeafType, Role
from relay.audit.record import FIRST_PREV, Leaf, LeafError, build_leaf, leaf_hash, parse_leaf, pseudonym
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from relay.audit.store import Stored
    from relay.ports import Clock, RandomBytes, Storage

SALT_BYTES: Final = 32
_SESSION_BYTES: Final = 16
_PAGE: Final = 500
# How far back a time is looked for when the newest leaf cannot be believed.
_TAIL: Final = 100


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session and when its code was issued; None where the leaf that says so can no longer be read."""

    sess: str
    at: int | None


@dataclass(frozen=True, slots=True)
class End:
    """The end of the log: when it was last written, and whose newest leaf is not as it was written, if so."""

    at: int
    tampered: str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the log, and the hash of the leaf that lies there: another log has another leaf."""

    place: int
    hash: bytes


class AuditService:
    """The log of one server."""

    def __init__(self, *, storage: Storage, clock: Clock, random_bytes: RandomBytes, salt: bytes) -> None:
        if len(salt) < SALT_BYTES:
            raise ValueError(f"the salt of the pseudonyms has at least {SALT_BYTES} bytes")
        self._storage = storage
        self._clock = clock
        self._random_bytes = random_bytes
        self._salt = salt

    async def append(
        self, conn: AsyncConnection, *, sess: str, typ: str, role: str, pid: str, d: Mapping[str, object]
    ) -> None:
        """Adds a leaf to a session's chain, in the caller's transaction: both are kept, or neither.

        `pid` is the account's id, or the role's name where there is no account; only a pseudonym is kept.
        Call it after the other writes of the transaction: from here on every other writer of the log waits.
        """
        what = _named(typ, role)
        idx = await store.take_places(conn, 1)
        last = await store.last_leaf(conn, sess)
        new, seq = self._next(what, idx, sess, pid, d, last)
        await store.add(conn, new, seq=seq)

    async def append_to_each(
        self,
        conn: AsyncConnection,
        *,
        typ: str,
        role: str,
        pid: str,
        facts: Mapping[str, Mapping[str, object]],
    ) -> None:
        """One leaf to each of these sessions' chains, with its own facts; the same promises."""
        if not facts:
            return
        what = _named(typ, role)
        first = await store.take_places(conn, len(facts))
        last = await store.last_leaves(conn, list(facts))
        await store.add_all(
            conn,
            [
                self._next(what, idx, sess, pid, d, last.get(sess))
                for idx, (sess, d) in enumerate(facts.items(), first)
            ],
        )

    def _next(  # noqa: PLR0917 - what one leaf is made of
        self,
        what: tuple[LeafType, Role],
        idx: int,
        sess: str,
        pid: str,
        d: Mapping[str, object],
        last: tuple[int, bytes] | None,
    ) -> tuple[store.Stored, int]:
        """The leaf for this place, and its number in its session."""
        seq, prev = (0, FIRST_PREV) if last is None else (last[0] + 1, sha256_b64(last[1]))
        leaf = Leaf(
            typ=what[0],
            ts=self._clock.now_ms(),
            sess=sess,
            seq=seq,
            prev=prev,
            role=what[1],
            pid=pseudonym(salt=self._salt, sess=sess, account=pid),
            d=d,
        )
        data = build_leaf(leaf)
        return store.Stored(idx, sess, leaf_hash(data), data), seq

    async def note(self, *, typ: str, role: str, pid: str, d: Mapping[str, object]) -> None:
        """Adds an event that belongs to no session, in a transaction and a chain of its own."""
        async with self._storage.write("note") as conn:
            await self.append(conn, sess=self.fresh_chain(), typ=typ, role=role, pid=pid, d=d)

    def fresh_chain(self) -> str:
        """The id of a chain that nothing else is in."""
        return self._random_bytes(_SESSION_BYTES).hex()

    async def mark(self, conn: AsyncConnection) -> Mark | None:
        """The newest leaf, which stays it until the transaction ends; None where there is none."""
        await store.hold_end(conn)
        return next((Mark(stored.idx, stored.hash) for stored in await store.newest(conn, 1)), None)

    async def holds(self, conn: AsyncConnection, mark: Mark) -> bool:
        """False where this log ends before the mark, or went another way."""
        return await store.hash_at(conn, mark.place) == mark.hash

    async def session_leaves(self, sess: str) -> list[Stored]:
        """A session's leaves as stored, oldest first; empty where there is no such session."""
        async with self._storage.read() as conn:
            return await store.of_session(conn, sess)

    async def end(self) -> End:
        """The clock of a server begins no earlier than the newest leaf that can be believed (INV-D3)."""
        async with self._storage.read() as conn:
            tail = await store.newest(conn, _TAIL)
        times = [_time_of(stored) for stored in tail]
        at = next((time for time in times if time is not None), 0)
        return End(at, tail[0].sess if tail and times[0] is None else None)

    async def sessions(self, limit: int) -> list[SessionLine]:
        """The newest sessions, newest first."""
        found: list[SessionLine] = []
        async with self._storage.read() as conn:
            before = await store.size(conn)
            while len(found) < limit and (page := await store.openings(conn, before=before, limit=_PAGE)):
                found += [line for stored in page if (line := _session_line(stored)) is not None]
                before = page[-1].idx
        return found[:limit]


def _time_of(stored: Stored) -> int | None:
    """None where the leaf is not what was once written."""
    if leaf_hash(stored.leaf) != stored.hash:
        return None
    try:
        return parse_leaf(stored.leaf).ts
    except LeafError:
        return None


def _session_line(stored: Stored) -> SessionLine | None:
    try:
        leaf = parse_leaf(stored.leaf)
    except LeafError:
        return SessionLine(stored.sess, None)
    return SessionLine(stored.sess, leaf.ts) if leaf.typ in BEGINS_A_SESSION else None


def _named(typ: str, role: str) -> tuple[LeafType, Role]:
    try:
        return LeafType(typ), Role(role)
    except ValueError:
        raise LeafError("no such type of leaf, or no such role") from None
