"""What the device's signed records say of the session, judged one by one as they come (SPEC §6). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relay.session import machine
from relay.session.answers import Answers
from relay.session.machine import Effect, Moved, Progress, State
from wire.commands import Outcome
from wire.errors import WireError
from wire.reasons import EndReason
from wire.records import ActionRecord, ConsentRecord, EndRecord, HideRecord, PairedRecord, RecordReader

if TYPE_CHECKING:
    from relay.ports import CheckSignature
    from relay.session.facts import Facts

_DONE = frozenset({Outcome.DONE, Outcome.STARTED})


@dataclass(frozen=True, slots=True)
class Ends:
    """The session is over; `record` is the device's own word on it, if that is why."""

    reason: EndReason
    record: bytes = b""


@dataclass(frozen=True, slots=True)
class Moves:
    """The session goes on as the record says."""

    record: PairedRecord | ConsentRecord | ActionRecord | HideRecord
    state: State
    effects: tuple[Effect, ...]
    first_grant: bool


class DeviceRecords:
    """The chain of one session, from the moment its transcript is known, and the frames it must answer."""

    def __init__(self, facts: Facts, check: CheckSignature) -> None:
        self.answers = Answers()
        self._facts = facts
        self._check = check
        self._reader: RecordReader | None = None
        self._refused = False

    def begin(self, th: bytes) -> None:
        self._reader = RecordReader(th, self._facts.hello.dpk, self._check)

    @property
    def begun(self) -> bool:
        """Whether both ends have exchanged what a record can be signed over."""
        return self._reader is not None

    def judge(self, data: bytes, state: State) -> Ends | Moves:
        """What follows from the next record of a session in this state; call it once per record."""
        assert self._reader is not None
        try:
            record = self._reader.read(data)
        except WireError:
            return Ends(EndReason.INTEGRITY_FAILED)
        if (
            not isinstance(record, ConsentRecord | HideRecord)
            and record.frame
            and not self.answers.answered(record)
        ):
            return Ends(EndReason.INTEGRITY_FAILED)
        if isinstance(record, EndRecord):
            return _device_ended(record.reason, state, data)
        if isinstance(record, PairedRecord) and record.badge != self._facts.badge:
            return Ends(EndReason.BADGE_REFUSED)
        if self._refused:
            # After a refusal the device has one thing left to say.
            return Ends(EndReason.INTEGRITY_FAILED)
        return self._moves(record, state)

    def _moves(
        self, record: PairedRecord | ConsentRecord | ActionRecord | HideRecord, state: State
    ) -> Ends | Moves:
        moved = machine.step(state, _event_of(record))
        if not isinstance(moved, Moved):
            return Ends(EndReason.INTEGRITY_FAILED)
        self._refused = Effect.AWAIT_END in moved.effects
        first_grant = moved.state is State.ACTIVE and state is State.CONSENT
        return Moves(record, moved.state, moved.effects, first_grant)


def _device_ended(reason: EndReason, state: State, data: bytes) -> Ends:
    known = (state, reason) in machine.TRANSITIONS and reason not in machine.RELAY_DECIDES
    return Ends(reason if known else EndReason.INTEGRITY_FAILED, data)


def _event_of(record: PairedRecord | ConsentRecord | ActionRecord | HideRecord) -> Progress:
    match record:
        case PairedRecord():
            return Progress.PAIRED
        case ConsentRecord():
            return Progress.GRANTED if record.grants else Progress.REFUSED
        case ActionRecord():
            return Progress.ACTED if record.outcome in _DONE else Progress.DECLINED
        case HideRecord():
            return Progress.HIDDEN
