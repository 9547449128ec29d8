"""What one session records, and in which transaction each record belongs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from relay.ports import Run
from relay.session import store
from relay.session.command_log import CommandLog, Entry, Frame
from wire.encoding import b64

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from relay.ports import Append
    from relay.session.facts import ConsolePage
    from wire.reasons import EndReason

    Done = Callable[[], None]

# Frames of one leaf; more of a session in one batch make several leaves (docs/audit-format.md).
_FRAMES_PER_LEAF = 256


class RunEnded(Protocol):
    """Tells the limiter how a key agreement went, in the caller's transaction."""

    async def __call__(self, conn: AsyncConnection, *, session: str, account: str, run: Run) -> None: ...


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where all sessions of a node record."""

    log: CommandLog
    append: Append
    run_ended: RunEnded


class FrameWriter:
    """Writes the leaf of a session's frames in a batch."""

    def __init__(self, append: Append) -> None:
        self._append = append

    async def __call__(self, conn: AsyncConnection, frames: list[Frame]) -> None:
        for start in range(0, len(frames), _FRAMES_PER_LEAF):
            part = frames[start : start + _FRAMES_PER_LEAF]
            await self._append(
                conn,
                sess=part[0].session,
                typ="control.frames",
                role="technician",
                pid=part[0].account,
                d={"first": part[0].seq, "frames": [frame.digest for frame in part]},
            )


class Journal:
    """The records of one session. Nothing here waits: `done` is called when the record is durable."""

    def __init__(
        self, ledger: Ledger, *, session: str, account: str, failed: Done, page: ConsolePage | None = None
    ) -> None:
        """`page` is on record from the moment the console has joined, where it said what it is."""
        self._page = page
        self._ledger = ledger
        self._session = session
        self._account = account
        self._failed = failed

    def joined(self, side: str) -> None:
        role, pid = ("device", "device") if side == "device" else ("technician", self._account)

        async def write(conn: AsyncConnection) -> None:
            await self._leaf(conn, "session.joined", role, pid, {"side": side})
            if side != "device" and (page := self._page) is not None:
                said: dict[str, object] = {"release": page.release, "served_by": page.served_by}
                await self._leaf(conn, "session.console", role, pid, said)

        self._submit("join", write, _nothing)

    def frame(self, seq: int, digest: str, done: Done) -> None:
        self._ledger.log.submit(Frame(self._session, self._account, seq, digest, done, self._failed))

    def paired(self, rec: bytes, *, dseq: int, th: bytes, at: int, done: Done) -> None:
        async def write(conn: AsyncConnection) -> None:
            # The limiter's rows before the log's: see Entry.alone.
            await self._ledger.run_ended(conn, session=self._session, account=self._account, run=Run.PAIRED)
            if await store.count_record(conn, self._session, dseq, paired_at=at):
                await self._device_leaf(conn, "session.paired", {"rec": b64(rec), "th": b64(th)})

        self._submit("paired", write, done, alone=True)

    def consent(self, rec: bytes, *, dseq: int, active_at: int | None, done: Done) -> None:
        async def write(conn: AsyncConnection) -> None:
            if await store.count_record(conn, self._session, dseq, active_at=active_at):
                await self._device_leaf(conn, "session.consent", {"rec": b64(rec)})

        self._submit("consent", write, done)

    def action(self, rec: bytes, *, dseq: int, done: Done) -> None:
        async def write(conn: AsyncConnection) -> None:
            if await store.count_record(conn, self._session, dseq):
                await self._device_leaf(conn, "device.action", {"rec": b64(rec)})

        self._submit("action", write, done)

    def hide(self, rec: bytes, *, dseq: int, done: Done) -> None:
        async def write(conn: AsyncConnection) -> None:
            if await store.count_record(conn, self._session, dseq):
                await self._device_leaf(conn, "session.hide", {"rec": b64(rec)})

        self._submit("hide", write, done)

    def end(self, reason: EndReason, at: int, rec: bytes, run: Run | None) -> None:
        """The end and its leaf in one transaction; whoever comes second writes neither."""

        async def write(conn: AsyncConnection) -> None:
            await record_end(
                conn,
                self._ledger,
                session=self._session,
                account=self._account,
                reason=reason,
                at=at,
                rec=rec,
                run=run,
            )

        self._submit("end", write, _nothing, alone=run is not None)

    def _submit(
        self,
        step: str,
        write: Callable[[AsyncConnection], Awaitable[None]],
        done: Done,
        *,
        alone: bool = False,
    ) -> None:
        self._ledger.log.submit(Entry(step, write, done, self._failed, alone=alone))

    async def _device_leaf(self, conn: AsyncConnection, typ: str, facts: dict[str, object]) -> None:
        await self._leaf(conn, typ, "device", "device", facts)

    async def _leaf(
        self, conn: AsyncConnection, typ: str, role: str, pid: str, facts: dict[str, object]
    ) -> None:
        await self._ledger.append(conn, sess=self._session, typ=typ, role=role, pid=pid, d=facts)


async def record_end(
    conn: AsyncConnection,
    ledger: Ledger,
    *,
    session: str,
    account: str,
    reason: EndReason,
    at: int,
    rec: bytes,
    run: Run | None = None,
) -> bool:
    """Whether this call recorded the end."""
    if not await store.end(conn, session, reason, at):
        return False
    if run is not None:
        await ledger.run_ended(conn, session=session, account=account, run=run)
    await ledger.append(
        conn,
        sess=session,
        typ="session.end",
        role="device" if rec else "relay",
        pid="device" if rec else "relay",
        d={"reason": reason.value, "rec": b64(rec) if rec else ""},
    )
    return True


def _nothing() -> None:
    return
