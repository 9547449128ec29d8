"""Device records (SPEC §6): what the device says it did, signed, in one chain per session.

Signing and checking are passed in; this module holds the form, the chain and the order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wire.canonical import Json, dump
from wire.commands import ActionCause, ActionClass, Grant, Outcome
from wire.encoding import b64, lv, sha256_b64
from wire.errors import WireError
from wire.fields import Fields, load_as
from wire.limits import GRANTS_S, PATH_CHARACTERS, RECORD_BYTES
from wire.reasons import BadgeCause, EndReason
from wire.transcript import TH_BYTES

Sign = Callable[[bytes], bytes]
Check = Callable[[bytes, bytes, bytes], bool]

FIRST_DPREV = b64(bytes(32))
_SIG_BYTES = 64
_PATH = re.compile(r"[ -~]*")
_COMMON = frozenset({"typ", "dseq", "dprev", "dts", "frame", "sig"})


@dataclass(frozen=True, slots=True)
class _Links:
    dseq: int
    dprev: str
    dts: int
    frame: str


@dataclass(frozen=True, slots=True)
class PairedRecord(_Links):
    """The device accepted the badge in the auth frame."""

    badge: str


@dataclass(frozen=True, slots=True)
class ConsentRecord(_Links):
    """The customer's answer: all grants now in force, for `for_s` seconds from now."""

    grants: tuple[Grant, ...]
    for_s: int


@dataclass(frozen=True, slots=True)
class ActionRecord(_Links):
    """What became of one control frame; `cause` says why it was refused."""

    action_class: ActionClass
    path: str
    outcome: Outcome
    pc: str
    cause: ActionCause | None = None


@dataclass(frozen=True, slots=True)
class EndRecord(_Links):
    """The last record of a session the device ended itself; `cause` says why a badge was refused."""

    reason: EndReason
    rec_root: str
    cause: BadgeCause | None = None


@dataclass(frozen=True, slots=True)
class HideRecord(_Links):
    """The customer hid the screen with their own key, or showed it again."""

    hidden: bool


Record = PairedRecord | ConsentRecord | ActionRecord | HideRecord | EndRecord


def record_message(th: bytes, unsigned: bytes) -> bytes:
    """What the device signs: the record without `sig`, in this session."""
    return b"ra1/record\0" + lv(th, unsigned)


class _Chain:
    """Where a chain stands: how many records, the hash of the newest, and whether it has ended."""

    def __init__(self, th: bytes) -> None:
        if len(th) != TH_BYTES:
            raise WireError("bad_record", "TH has 64 bytes")
        self._th = th
        self._count = 0
        self._head = FIRST_DPREV
        self._ended = False
        self._hidden = False

    @property
    def count(self) -> int:
        """Number of records so far."""
        return self._count

    @property
    def head(self) -> str:
        """The `dprev` of the next record."""
        return self._head

    def _require_place(self, record: Record) -> None:
        """A session opens with `paired` or `end`, has one `paired`, and nothing follows `end`."""
        if self._ended:
            raise WireError("bad_record", "a record after the end")
        if record.dseq != self._count or record.dprev != self._head:
            raise WireError("bad_record", "break in the chain")
        if isinstance(record, PairedRecord) != (self._count == 0) and not isinstance(record, EndRecord):
            raise WireError("bad_record", "wrong place for its kind")
        if isinstance(record, HideRecord) and record.hidden is self._hidden:
            raise WireError("bad_record", "hidden, or shown, twice")

    def _advance(self, record: Record, data: bytes) -> None:
        self._count += 1
        self._head = sha256_b64(data)
        self._ended = isinstance(record, EndRecord)
        if isinstance(record, HideRecord):
            self._hidden = record.hidden


class RecordWriter(_Chain):
    """Makes a session's records on the device."""

    def __init__(self, th: bytes, sign: Sign) -> None:
        super().__init__(th)
        self._sign = sign

    def paired(self, *, dts: int, frame: str, badge: str) -> bytes:
        """The badge in the auth frame `frame` was accepted."""
        return self._write({"typ": "paired", "badge": badge}, dts=dts, frame=frame)

    def consent(self, *, dts: int, grants: Iterable[Grant], for_s: int) -> bytes:
        """The grants now in force; none in the first consent is a refusal."""
        held: list[Json] = [grant.value for grant in sorted(set(grants))]
        return self._write({"typ": "consent", "grants": held, "for_s": for_s}, dts=dts, frame="")

    def action(
        self,
        *,
        dts: int,
        frame: str,
        action_class: ActionClass,
        path: str,
        outcome: Outcome,
        pc: str = "",
        cause: ActionCause | None = None,
    ) -> bytes:
        """What became of the control frame `frame`."""
        own: dict[str, Json] = {"typ": "action", "class": action_class.value, "path": path}
        own |= {"outcome": outcome.value, "pc": pc}
        if cause is not None:
            own["cause"] = cause.value
        return self._write(own, dts=dts, frame=frame)

    @property
    def is_hidden(self) -> bool:
        """Whether the newest `hide` says that the screen is hidden; a session begins with it shown."""
        return self._hidden

    def hide(self, *, dts: int, hidden: bool) -> bytes:
        """The customer hid the screen, or showed it again; never the same twice."""
        return self._write({"typ": "hide", "hidden": hidden}, dts=dts, frame="")

    def end(
        self,
        *,
        dts: int,
        reason: EndReason,
        frame: str = "",
        rec_root: str = "",
        cause: BadgeCause | None = None,
    ) -> bytes:
        """The last record."""
        own: dict[str, Json] = {"typ": "end", "reason": reason.value, "rec_root": rec_root}
        if cause is not None:
            own["cause"] = cause.value
        return self._write(own, dts=dts, frame=frame)

    def _write(self, own: dict[str, Json], *, dts: int, frame: str) -> bytes:
        links: dict[str, Json] = {"dseq": self._count, "dprev": self._head, "dts": dts, "frame": frame}
        unsigned = own | links
        signature = self._sign(record_message(self._th, dump(unsigned)))
        data = dump(unsigned | {"sig": b64(signature)})
        # Reading back what was written keeps one judge of form for both directions.
        record, _, _ = _parse(data)
        self._require_place(record)
        self._advance(record, data)
        return data


class RecordReader(_Chain):
    """Judges a session's records at the relay, the console and the auditor."""

    def __init__(self, th: bytes, dpk: bytes, check: Check) -> None:
        super().__init__(th)
        self._dpk = dpk
        self._check = check

    def read(self, data: bytes) -> Record:
        """The next record of the chain; a refusal leaves the reader where it was."""
        record, signature, unsigned = _parse(data)
        self._require_place(record)
        if not self._check(self._dpk, signature, record_message(self._th, unsigned)):
            raise WireError("bad_record", "signature")
        self._advance(record, data)
        return record


def _parse(data: bytes) -> tuple[Record, bytes, bytes]:
    value = load_as(data, limit=RECORD_BYTES, code="bad_record")
    if not isinstance(value, dict):
        raise WireError("bad_record", "not an object")
    record, signature = _record_of(value)
    unsigned = dump({name: field for name, field in value.items() if name != "sig"})
    return record, signature, unsigned


def _record_of(value: dict[str, Json]) -> tuple[Record, bytes]:
    match value.get("typ"):
        case "paired":
            fields = _fields(value, "badge")
            return PairedRecord(*_links(fields, frame=True), fields.hash_text("badge")), fields.octets(*_SIG)
        case "consent":
            fields = _fields(value, "grants", "for_s")
            for_s = fields.integer("for_s", at_most=GRANTS_S)
            return ConsentRecord(*_links(fields, frame=False), _grants(fields), for_s), fields.octets(*_SIG)
        case "action":
            return _action_of(value)
        case "hide":
            return _hide_of(value)
        case "end":
            return _end_of(value)
        case _:
            raise WireError("bad_record", "typ")


_SIG = ("sig", _SIG_BYTES)


def _action_of(value: dict[str, Json]) -> tuple[ActionRecord, bytes]:
    """`cause` stands there only where a command was refused."""
    fields = _fields(value, "class", "path", "outcome", "pc", *(["cause"] if "cause" in value else []))
    outcome = fields.one_of("outcome", Outcome)
    cause = fields.one_of("cause", ActionCause) if "cause" in value else None
    if cause is not None and outcome is not Outcome.REFUSED:
        raise WireError("bad_record", "cause")
    kind, path = fields.one_of("class", ActionClass), _path(fields)
    action = ActionRecord(
        *_links(fields, frame=True), kind, path, outcome, fields.hash_text_or_none("pc"), cause
    )
    return action, fields.octets(*_SIG)


def _hide_of(value: dict[str, Json]) -> tuple[HideRecord, bytes]:
    fields = _fields(value, "hidden")
    return HideRecord(*_links(fields, frame=False), fields.truth("hidden")), fields.octets(*_SIG)


def _end_of(value: dict[str, Json]) -> tuple[EndRecord, bytes]:
    """`cause` stands there only where a badge was refused."""
    fields = _fields(value, "reason", "rec_root", *(["cause"] if "cause" in value else []))
    reason = fields.one_of("reason", EndReason)
    cause = fields.one_of("cause", BadgeCause) if "cause" in value else None
    if cause is not None and reason is not EndReason.BADGE_REFUSED:
        raise WireError("bad_record", "cause")
    root = fields.hash_text_or_none("rec_root")
    return EndRecord(*_links(fields, frame=None), reason, root, cause), fields.octets(*_SIG)


def _fields(value: Json, *own: str) -> Fields:
    return Fields(value, _COMMON | set(own), code="bad_record")


def _links(fields: Fields, *, frame: bool | None) -> tuple[int, str, int, str]:
    """The common fields; `frame` True: names a frame, False: names none, None: either."""
    named = fields.hash_text_or_none("frame")
    if frame is not None and bool(named) is not frame:
        raise WireError("bad_record", "frame")
    return fields.integer("dseq"), fields.hash_text("dprev"), fields.integer("dts"), named


def _path(fields: Fields) -> str:
    path = fields.text("path", at_most=PATH_CHARACTERS)
    if not _PATH.fullmatch(path):
        raise WireError("bad_record", "path")
    return path


def _grants(fields: Fields) -> tuple[Grant, ...]:
    names = fields.texts("grants", count=len(Grant), at_most=16)
    try:
        grants = tuple(Grant(name) for name in names)
    except ValueError:
        raise WireError("bad_record", "grants") from None
    if list(grants) != sorted(set(grants)):
        raise WireError("bad_record", "grants")
    return grants
