"""What a session's leaves tell together: each command, the device's answer to it, and every gap. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from relay.audit.leaf_types import TRANSCRIPT_BYTES, LeafType
from wire.commands import Outcome
from wire.encoding import unb64
from wire.errors import WireError
from wire.records import ActionRecord, ConsentRecord, HideRecord, RecordReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relay.audit.record import Leaf
    from wire.records import Record

_FIRST_KEY: Final = bytes(32)


class GapKind(StrEnum):
    """What does not add up (INV-D1)."""

    FRAME_UNANSWERED = "frame_unanswered"  # the device never said what it did with this command
    FRAMES_MISSING = "frames_missing"  # the numbers of the logged frames jump
    RECORD_WITHOUT_FRAME = "record_without_frame"  # the device answered a command that was not logged before
    RECORD_OUT_OF_ORDER = "record_out_of_order"  # it answered a later command first
    RECORD_BROKEN = "record_broken"  # the device's own chain of records is interrupted
    ENTRY_AFTER_END = "entry_after_end"  # something follows the end


@dataclass(frozen=True, slots=True)
class Gap:
    """`seq` is the leaf at which it shows; `frame` the number of the command frame, where there is one."""

    kind: GapKind
    seq: int
    frame: int | None = None


@dataclass(slots=True)
class Command:
    """One logged frame; what was in it only its record says."""

    number: int
    frame: str
    leaf: Leaf
    record: Record | None = None
    over: Record | None = None  # where `record` says that it was only started: what came of it


@dataclass(slots=True)
class Story:
    """`records` holds what was read from the leaf with that seq."""

    commands: list[Command] = field(default_factory=list)
    records: dict[int, Record] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    end: Leaf | None = None


def read_story(leaves: Iterable[Leaf]) -> Story:
    """The story of one session's leaves, oldest first."""
    reader = _Reader()
    for leaf in leaves:
        reader.take(leaf)
    return reader.finish()


def _signature_seen(_public: bytes, _signature: bytes, _message: bytes) -> bool:
    # The relay checked it on arrival. The log holds no device key, which would name a household for good.
    return True


class _Reader:
    def __init__(self) -> None:
        self._story = Story()
        self._records = RecordReader(bytes(TRANSCRIPT_BYTES), _FIRST_KEY, _signature_seen)
        self._waiting: dict[str, Command] = {}
        self._started: dict[str, Command] = {}

    def take(self, leaf: Leaf) -> None:
        if self._story.end is not None:
            self._gap(GapKind.ENTRY_AFTER_END, leaf)
        if leaf.typ is LeafType.CONTROL_FRAMES:
            self._take_frames(leaf)
        elif record := str(leaf.d.get("rec", "")):
            self._take_record(leaf, record)
        if leaf.typ is LeafType.SESSION_END:
            self._story.end = leaf

    def finish(self) -> Story:
        for command in self._waiting.values():
            self._gap(GapKind.FRAME_UNANSWERED, command.leaf, command.number)
        self._story.gaps.sort(key=lambda gap: gap.seq)
        return self._story

    def _take_frames(self, leaf: Leaf) -> None:
        first, frames = leaf.d["first"], leaf.d["frames"]
        assert isinstance(first, int)
        assert isinstance(frames, list)
        expected = self._story.commands[-1].number + 1 if self._story.commands else 0
        if first != expected:
            self._gap(GapKind.FRAMES_MISSING, leaf, expected)
        for number, frame in enumerate(frames, first):
            command = Command(number, frame, leaf)
            self._story.commands.append(command)
            if (twin := self._waiting.get(frame)) is not None:
                self._gap(GapKind.FRAME_UNANSWERED, twin.leaf, twin.number)
            self._waiting[frame] = command

    def _take_record(self, leaf: Leaf, text: str) -> None:
        try:
            record = self._records.read(unb64(text))
        except WireError:
            self._gap(GapKind.RECORD_BROKEN, leaf)
            return
        self._story.records[leaf.seq] = record
        if not isinstance(record, ConsentRecord | HideRecord) and record.frame:
            self._answer(leaf, record)

    def _answer(self, leaf: Leaf, record: Record) -> None:
        if isinstance(record, ActionRecord) and (started := self._started.pop(record.frame, None)):
            if not _is_over(started.record, record):
                self._gap(GapKind.RECORD_WITHOUT_FRAME, leaf)
            started.over = record
            return
        command = self._waiting.get(record.frame)
        if command is None:
            self._gap(GapKind.RECORD_WITHOUT_FRAME, leaf)
            return
        if command is not next(iter(self._waiting.values())):
            self._gap(GapKind.RECORD_OUT_OF_ORDER, leaf, command.number)
        command.record = record
        del self._waiting[record.frame]
        if isinstance(record, ActionRecord) and record.outcome is Outcome.STARTED:
            self._started[record.frame] = command

    def _gap(self, kind: GapKind, leaf: Leaf, frame: int | None = None) -> None:
        self._story.gaps.append(Gap(kind, leaf.seq, frame))


def _is_over(first: Record | None, second: ActionRecord) -> bool:
    """Whether the second record ends what the first one started, as the same command (SPEC §6)."""
    assert isinstance(first, ActionRecord)
    same = (first.action_class, first.path) == (second.action_class, second.path)
    return same and second.outcome is not Outcome.STARTED
