"""One session as facts for a person who checks it: `alongside audit show`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from relay.audit.leaf_types import LeafType, Role, is_session
from relay.audit.record import Broken, Leaf, LeafError, check_chain, leaf_hash, parse_leaf
from relay.audit.story import read_story
from wire.records import ActionRecord, ConsentRecord, EndRecord, HideRecord, PairedRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relay.audit.record import Whole
    from relay.audit.service import AuditService
    from relay.audit.store import Stored
    from relay.audit.story import Gap, Story
    from wire.records import Record

Facts = dict[str, Any]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def sessions_listing(service: AuditService, limit: int) -> list[Facts]:
    """The newest sessions, newest first, by what finds them: their id and when they were opened."""
    await service.note(typ=LeafType.AUDIT_READ, role=Role.OPERATOR, pid=Role.OPERATOR, d={"session": ""})
    return [
        {"session": line.sess, "opened_at": None if line.at is None else utc(line.at)}
        for line in await service.sessions(limit)
    ]


async def session_listing(service: AuditService, sess: str) -> Facts | None:
    """Everything the log holds of a session; None where there is no such session.

    That somebody read it is recorded first (INV-D4).
    """
    if not is_session(sess) or not (stored := await service.session_leaves(sess)):
        return None
    await service.note(typ=LeafType.AUDIT_READ, role=Role.OPERATOR, pid=Role.OPERATOR, d={"session": sess})
    return facts_of_session(sess, stored)


def facts_of_session(sess: str, stored: Sequence[Stored]) -> Facts:
    """The facts of one session's leaves as they lie in the database."""
    read = [_read(one.leaf) for one in stored]
    leaves = [leaf for leaf in read if isinstance(leaf, Leaf)]
    story = read_story(leaves)
    end = story.end
    return {
        "session": sess,
        "chain": _verdict(stored),
        "opened_at": utc(leaves[0].ts) if leaves else None,
        "ended_at": None if end is None else utc(end.ts),
        "reason": None if end is None else end.d["reason"],
        "entries": [_entry(place, leaf, story) for place, leaf in enumerate(read)],
        "commands": [
            {
                "number": command.number,
                "frame": command.frame,
                "logged_at": utc(command.leaf.ts),
                "record": None if command.record is None else _record(command.record),
                "over": None if command.over is None else _record(command.over),
            }
            for command in story.commands
        ],
        "gaps": [_gap(gap) for gap in story.gaps],
    }


def utc(ms: int) -> str:
    """A time as auditors read it: UTC to the millisecond. A device can claim times no calendar has."""
    try:
        at = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return f"{ms} ms after 1970"
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def verdict(stored: Sequence[Stored]) -> Whole | Broken:
    """The first leaf that differs from the hash kept beside it, or breaks the chain."""
    chain = check_chain([one.leaf for one in stored])
    changed = next((n for n, one in enumerate(stored) if leaf_hash(one.leaf) != one.hash), None)
    if changed is not None and (not isinstance(chain, Broken) or changed <= chain.at):
        return Broken(changed, "differs from the hash kept beside it")
    return chain


def _verdict(stored: Sequence[Stored]) -> Facts:
    found = verdict(stored)
    if isinstance(found, Broken):
        return {"whole": False, "leaves": len(stored), "first_bad": found.at, "why": found.why}
    return {"whole": True, "leaves": found.leaves, "first_bad": None, "why": ""}


def _read(data: bytes) -> Leaf | str:
    try:
        return parse_leaf(data)
    except LeafError as error:
        return str(error)


def _entry(place: int, leaf: Leaf | str, story: Story) -> Facts:
    if isinstance(leaf, str):
        return {"seq": place, "unreadable": leaf}
    record = story.records.get(leaf.seq)
    return {
        "seq": leaf.seq,
        "at": utc(leaf.ts),
        "typ": leaf.typ.value,
        "by": {"role": leaf.role.value, "pid": leaf.pid},
        "facts": {name: value for name, value in leaf.d.items() if name != "rec"},
        "record": None if record is None else _record(record),
    }


def _record(record: Record) -> Facts:
    links: Facts = {"number": record.dseq, "device_at": utc(record.dts), "frame": record.frame}
    match record:
        case PairedRecord():
            return {"typ": "paired", **links, "badge": record.badge}
        case ConsentRecord():
            grants = [grant.value for grant in record.grants]
            return {"typ": "consent", **links, "grants": grants, "for_s": record.for_s}
        case ActionRecord():
            action = {
                "class": record.action_class.value,
                "path": record.path,
                "outcome": record.outcome.value,
            }
            return {"typ": "action", **links, **action, "pc": record.pc, "cause": record.cause or ""}
        case HideRecord():
            return {"typ": "hide", **links, "hidden": record.hidden}
        case EndRecord():
            return {"typ": "end", **links, "reason": record.reason.value, "rec_root": record.rec_root}


def _gap(gap: Gap) -> Facts:
    return {"kind": gap.kind.value, "seq": gap.seq, "frame": gap.frame}
