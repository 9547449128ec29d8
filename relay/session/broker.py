"""Joins the device and the console of one session and passes on what may pass (SPEC §4-§9).

No socket, no store, no timer of its own: ends are Lines, records go through a Journal, time comes with
`tick`. What it cannot read it counts and forgets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from relay.ports import Run
from relay.session import machine
from relay.session.alive import Asked
from relay.session.beside import Beside
from relay.session.bucket import TokenBucket
from relay.session.device_records import DeviceRecords, Ends, Moves
from relay.session.facts import DEVICE_FIRST_S, Facts, Limits, Side
from relay.session.held import Held, Item
from relay.session.lanes import Breach, Lanes
from relay.session.machine import Effect, State
from relay.session.pake import Pake, WrongState
from wire.commands import Grant
from wire.encoding import sha256_b64
from wire.errors import WireError
from wire.frames import FROM_CONSOLE, FROM_DEVICE, Stream
from wire.limits import (
    ALIVE_MOST_S,
    CONTROL_QUEUE_FRAMES,
    NOTICED_S,
    RECORD_DUE_S,
    RELAY_PING_S,
    SILENCE_S,
    TEXT_MESSAGES_BURST,
    TEXT_MESSAGES_PER_S,
)
from wire.messages import (
    Abort,
    Alive,
    AliveAnswer,
    Ended,
    Enrol,
    ErrorMsg,
    Hello,
    PakeA,
    PakeB,
    PakeConfirm,
    RecordMsg,
    Redeem,
    decode_from_console,
    decode_from_device,
)
from wire.reasons import CLOSE_CODE_OF, CloseCode, EndReason, ErrorCode
from wire.records import ConsentRecord
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from collections.abc import Callable

    from relay.ports import CheckSignature, Clock
    from wire.messages import DeviceToRelay
    from wire.structs import Message

    Done = Callable[[], None]

# Endings of a pairing that a technician can bring about.
_COUNTED = frozenset(
    {
        EndReason.PAIRING_FAILED,
        EndReason.TECHNICIAN_LOST,
        EndReason.TECHNICIAN_LEFT,
        EndReason.INTEGRITY_FAILED,
        EndReason.REVOKED,  # by signing out
    }
)
# Endings of a pairing that whoever typed a code on the device can bring about.
_COUNTED_THERE = frozenset(
    {
        EndReason.PAIRING_FAILED,
        EndReason.DEVICE_LOST,
        EndReason.DEVICE_POWERED_OFF,
        EndReason.INTEGRITY_FAILED,
    }
)
_LOST = frozenset({EndReason.DEVICE_LOST, EndReason.TECHNICIAN_LOST})


class LineOut(Protocol):
    """The outgoing half of an end's socket; nothing here waits, False means that there is no room left."""

    def say(self, message: Message) -> bool: ...
    def pass_text(self, text: str) -> bool: ...
    def pass_control(self, frame: bytes) -> bool: ...
    def pass_picture(self, frame: bytes) -> None: ...
    def pass_sound(self, frame: bytes) -> None: ...
    def ping(self) -> None: ...
    def drop_frames(self) -> None: ...
    def close(self, last: Message | None, code: CloseCode, now: float) -> None: ...


class Records(Protocol):
    """Makes things durable, then calls `done`."""

    def joined(self, side: str) -> None: ...
    def frame(self, seq: int, digest: str, done: Done) -> None: ...
    def paired(self, rec: bytes, *, dseq: int, th: bytes, at: int, done: Done) -> None: ...
    def consent(self, rec: bytes, *, dseq: int, active_at: int | None, done: Done) -> None: ...
    def hide(self, rec: bytes, *, dseq: int, done: Done) -> None: ...
    def action(self, rec: bytes, *, dseq: int, done: Done) -> None: ...
    def end(self, reason: EndReason, at: int, rec: bytes, run: Run | None) -> None: ...


@dataclass(slots=True)
class _End:
    line: LineOut
    heard: float
    on_socket: float  # when it was last heard there
    texts: TokenBucket


class Broker:
    """One session, from redemption to its end."""

    def __init__(
        self,
        *,
        facts: Facts,
        device: LineOut,
        clock: Clock,
        check: CheckSignature,
        limits: Limits,
        journal: Callable[[Done], Records],
        over: Callable[[Broker], None],
        slept: Callable[[], bool] = lambda: False,
    ) -> None:
        """`slept` tells whether this process did not run for as long as would have lost an end."""
        now = clock.monotonic()
        self.facts = facts
        self.state = State.PAIRING
        self.ended: Ended | None = None
        self._clock = clock
        self._limits = limits
        self._over = over
        self._slept = slept
        self._journal = journal(lambda: self.end(EndReason.AUDIT_UNAVAILABLE))
        self._ends = {Side.DEVICE: _new_end(device, now)}
        self._pake = Pake(facts)
        self._lanes = Lanes(now)
        self._records = DeviceRecords(facts, check)
        self._held = Held()
        self._asked = Asked(now)
        self._beside = Beside(now)
        self._frames_pending = 0
        self._granted: tuple[Grant, ...] = ()
        self._pinged = self._last_command = now
        self._over_by = self._granted_until = now + limits.session_s
        self._decide_by, self._undecided = now + limits.pairing_s, EndReason.PAIRING_FAILED
        self._journal.joined(Side.DEVICE)

    # What arrives

    def attach_console(self, line: LineOut) -> None:
        """The technician's socket; its ticket was good for this session, once."""
        now = self._clock.monotonic()
        if self.ended is not None:
            line.close(self.ended, CloseCode.ENDED, now)
            return
        self._ends[Side.CONSOLE] = _new_end(line, now)
        self._journal.joined(Side.CONSOLE)

    def heard(self, side: Side) -> None:
        """A pong: what was sent before its ping has come there."""
        self._heard(side)
        if side is Side.CONSOLE:
            self._beside.heard(self._clock.monotonic())

    def _heard(self, side: Side) -> None:
        if side in self._ends:
            end = self._ends[side]
            end.heard = end.on_socket = self._clock.monotonic()

    @property
    def may_be_asked(self) -> bool:
        """Whether the two ends share keys, and both have come."""
        return self.state in {State.CONSENT, State.ACTIVE} and Side.CONSOLE in self._ends

    def alive(self, sign: Alive, answered: Callable[[AliveAnswer], None]) -> bool:
        """The console's sign of life, beside its socket (SPEC §5.3). False: too many.

        It stands in for the socket no longer than a browser needs to be heard there again.
        """
        now, end = self._clock.monotonic(), self._ends[Side.CONSOLE]
        if not self._asked.take(now, answered):
            return False
        if now - end.on_socket < ALIVE_MOST_S:
            end.heard = now
        self._say(Side.DEVICE, sign)
        return True

    def pictures(self, seq: int, answered: Callable[[tuple[bytes, ...]], None]) -> bool:
        """The console asks beside its socket for pictures, `seq` on (SPEC §5.3). False: too many."""
        return self._beside.ask(seq, self._clock.monotonic(), answered)

    def gone(self, side: Side) -> None:
        """The socket is closed: there is no way back (INV-A8)."""
        self.end(self._first_lost(side))

    def _first_lost(self, side: Side) -> EndReason:
        """Who hangs up because the other end fell silent has only noticed before us."""
        other = Side.CONSOLE if side is Side.DEVICE else Side.DEVICE
        end = self._ends.get(other)
        silent = end is not None and self._clock.monotonic() - end.heard >= NOTICED_S
        return other.lost if silent else side.lost

    def oversized(self, side: Side) -> None:
        """A message beyond every limit."""
        if side in self._ends:
            self._ends[side].line.close(None, CloseCode.TOO_BIG, self._clock.monotonic())
            self.end(EndReason.INTEGRITY_FAILED)

    def receive(self, side: Side, data: str | bytes) -> None:
        if self.ended is not None or side not in self._ends:
            return
        self._heard(side)
        if isinstance(data, bytes):
            self._frame(side, data)
        elif not self._ends[side].texts.take(self._clock.monotonic()):
            self._misbehaved(side, ErrorCode.TOO_MANY)
        else:
            self._text(side, data)

    # Messages

    def _text(self, side: Side, text: str) -> None:
        try:
            if side is Side.DEVICE:
                self._from_device(decode_from_device(text))
            else:
                self._from_console(decode_from_console(text))
        except WrongState:
            self._misbehaved(side, ErrorCode.WRONG_STATE)
        except WireError as error:
            if error.code == "too_big":
                self.oversized(side)
            else:
                self._misbehaved(side, ErrorCode.BAD_MESSAGE)

    def _from_device(self, message: DeviceToRelay) -> None:
        match message:
            case PakeB():
                self._pake.second(message)
                self._say(Side.CONSOLE, message)
            case RecordMsg():
                self._record(message.rec)
            case AliveAnswer() if self._records.begun:
                self._asked.answer(message)
            case Abort():
                self._abort(Side.DEVICE)
            case Hello() | Redeem() | Enrol() | AliveAnswer():
                raise WrongState

    def _from_console(self, message: PakeA | PakeConfirm | Abort) -> None:
        match message:
            case PakeA():
                self._pake.first(message)
                self._say(Side.DEVICE, message)
            case PakeConfirm():
                self._pake.third(message)
                self._records.begin(self._pake.th)
                self._say(Side.DEVICE, message)
            case Abort():
                self._abort(Side.CONSOLE)

    def _abort(self, side: Side) -> None:
        if self.state is State.PAIRING:
            self.end(EndReason.PAIRING_FAILED)
        elif side is Side.CONSOLE:
            self.end(EndReason.TECHNICIAN_LOST)  # it left before it heard of `paired` (SPEC §5.2)
        else:
            raise WrongState

    # Device records

    def _record(self, data: bytes) -> None:
        if not self._records.begun:
            raise WrongState
        match self._records.judge(data, self.state):
            case Ends(reason, record):
                self.end(reason, record)
            case Moves() as moves:
                self._progress(moves, data)

    def _progress(self, moves: Moves, data: bytes) -> None:
        if moves.first_grant:
            self._last_command = self._clock.monotonic()
        self.state = moves.state
        grants = moves.record.grants if isinstance(moves.record, ConsentRecord) else None
        if isinstance(moves.record, ConsentRecord):
            self._hold_grants(moves.record.for_s)
        item = self._held.record(data, grants)
        for effect in moves.effects:
            self._do(effect, moves, item)

    def _hold_grants(self, for_s: int) -> None:
        """The newest consent alone says how long; nothing goes on without one (INV-B5)."""
        most = min(for_s + DEVICE_FIRST_S, self._limits.grants_s)
        self._granted_until = self._clock.monotonic() + most

    def _do(self, effect: Effect, moves: Moves, item: Item) -> None:
        now, at, dseq = self._clock.monotonic(), self._clock.now_ms(), moves.record.dseq
        match effect:
            case Effect.RECORD_PAIRED:
                self._journal.paired(item.data, dseq=dseq, th=self._pake.th, at=at, done=self._passing(item))
            case Effect.RECORD_CONSENT:
                self._journal.consent(
                    item.data,
                    dseq=dseq,
                    active_at=at if moves.first_grant else None,
                    done=self._passing(item),
                )
            case Effect.RECORD_ACTION:
                self._journal.action(item.data, dseq=dseq, done=self._passing(item))
            case Effect.RECORD_HIDE:
                self._beside.clear()  # what the customer hides comes nowhere any more, however long it waits
                self._journal.hide(item.data, dseq=dseq, done=self._passing(item))
            case Effect.AWAIT_CONSENT:
                self._decide_by, self._undecided = now + self._limits.consent_s, EndReason.CONSENT_TIMEOUT
            case Effect.AWAIT_END:
                self._decide_by, self._undecided = now + RECORD_DUE_S, EndReason.CONSENT_REFUSED
            case _:
                pass  # PASS_RECORD: the item is in the queue, and goes when it is durable

    def _passing(self, item: Item) -> Done:
        """What happens when the record is durable: it goes to the console, and what it grants is in force."""

        def done() -> None:
            item.durable = True
            if self.ended is None:
                self._pass_on(self._held.ready())

        return done

    def _pass_on(self, items: list[Item]) -> None:
        console = self._ends.get(Side.CONSOLE)
        for item in items:
            if console is None:
                return
            if item.grants is not None:
                self._granted = item.grants
                if Grant.VIEW not in item.grants:
                    self._beside.clear()
            message = RecordMsg(rec=item.data)
            room = console.line.say(message) if item.is_record else console.line.pass_control(item.data)
            if not room:
                self.end(EndReason.TECHNICIAN_LOST)
                return

    # Frames

    def _frame(self, side: Side, frame: bytes) -> None:
        now = self._clock.monotonic()
        if not self._records.begun:
            self.end(EndReason.INTEGRITY_FAILED)
            return
        header = self._lanes.judge(frame, FROM_DEVICE if side is Side.DEVICE else FROM_CONSOLE, now)
        match header:
            case Breach.RATE:
                self._misbehaved(side, ErrorCode.TOO_MANY)
            case Breach.USED_UP:
                self.end(EndReason.TIME_LIMIT)
            case Breach():
                self.end(EndReason.INTEGRITY_FAILED)
            case _:
                self._pass_frame(header.stream, header.seq, frame)

    def _pass_frame(self, stream: Stream, seq: int, frame: bytes) -> None:
        match stream:
            case Stream.T2D_CONTROL:
                self._command(seq, frame)
            case Stream.T2D_LINK:
                self._to_device(frame)
            case Stream.D2T_CONTROL:
                self._held.frame(frame)
                self._pass_on(self._held.ready())
                if len(self._held) > CONTROL_QUEUE_FRAMES:
                    self.end(EndReason.AUDIT_UNAVAILABLE)
            case Stream.D2T_PICTURE_WS if Grant.VIEW in self._granted:
                self._beside.keep(seq, frame, self._clock.monotonic())
                self._ends[Side.CONSOLE].line.pass_picture(frame)
            case Stream.D2T_SOUND_WS if Grant.SOUND in self._granted:
                self._ends[Side.CONSOLE].line.pass_sound(frame)
            case _:
                pass  # no consent to it is on record: picture and sound go nowhere

    def _command(self, seq: int, frame: bytes) -> None:
        """Durable first, then forwarded (INV-D1)."""
        self._last_command = self._clock.monotonic()
        digest = sha256_b64(frame)
        self._frames_pending += 1
        if self._frames_pending > CONTROL_QUEUE_FRAMES:
            self.end(EndReason.AUDIT_UNAVAILABLE)
            return

        def done() -> None:
            self._frames_pending -= 1
            if self.ended is None:
                self._records.answers.forwarded(digest, self._clock.monotonic())
                self._to_device(frame)

        self._journal.frame(seq, digest, done)

    def _to_device(self, frame: bytes) -> None:
        if not self._ends[Side.DEVICE].line.pass_control(frame):
            self.end(EndReason.DEVICE_LOST)

    # Time

    def tick(self, now: float) -> None:
        """Everything that happens because nothing else did."""
        if self.ended is not None:
            return
        if self._slept():
            self.end(EndReason.RELAY_LOST)
            return
        due, reason = min(self._deadlines())
        if now >= due:
            self.end(reason)
        elif now - self._pinged >= RELAY_PING_S:
            self._pinged = now
            for end in self._ends.values():
                end.line.ping()

    def _deadlines(self) -> list[tuple[float, EndReason]]:
        deadlines = [(end.heard + SILENCE_S, side.lost) for side, end in self._ends.items()]
        deadlines.append((min(self._over_by, self._granted_until), EndReason.TIME_LIMIT))
        unanswered = self._records.answers.due()
        if unanswered is not None:
            deadlines.append((unanswered, EndReason.AUDIT_UNAVAILABLE))
        if self.state is State.ACTIVE:
            deadlines.append((self._last_command + self._limits.idle_s, EndReason.IDLE))
        else:
            deadlines.append((self._decide_by, self._undecided))
        return deadlines

    # The end

    def end(self, reason: EndReason, record: bytes = b"") -> None:
        """Closes first and records after; the first reason is the reason (INV-B6)."""
        if self.ended is not None:
            return
        if reason in _LOST and self._slept():
            reason = EndReason.RELAY_LOST  # who slept cannot say that others were gone (SPEC §5.3)
        reason = machine.fitting(self.state, reason)
        moved = machine.step(self.state, reason)
        assert isinstance(moved, machine.Moved)
        run = self._run(reason)
        self.state = moved.state
        self.ended = Ended(reason=reason, at=self._clock.now_ms())
        if record:
            self._pass_on(self._held.rest())
            self._say(Side.CONSOLE, RecordMsg(rec=record))
        for effect in moved.effects:
            if effect is Effect.CLOSE_BOTH:
                self._close_both(self.ended)
            elif effect is Effect.RECORD_END:
                self._journal.end(reason, self.ended.at, record, run)
        self._over(self)

    def _run(self, reason: EndReason) -> Run | None:
        """Leaving early is no way to guess for free: it counts like a wrong code (INV-A4)."""
        counted = _COUNTED if self.facts.shown_by is ShownBy.DEVICE else _COUNTED_THERE
        if self.state is not State.PAIRING or reason not in counted:
            return None
        return Run.FAILED if self._pake.answered else Run.DROPPED

    def _close_both(self, last: Ended) -> None:
        now = self._clock.monotonic()
        self._beside.clear()
        # No command outlives its session, however slowly the device reads (INV-B3, INV-B5).
        self._ends[Side.DEVICE].line.drop_frames()
        for end in self._ends.values():
            end.line.close(last, CloseCode.ENDED, now)

    def _misbehaved(self, side: Side, error: ErrorCode) -> None:
        """The end that broke the rules hears which one; the other hears that the session is over."""
        self._ends[side].line.close(ErrorMsg(code=error), CLOSE_CODE_OF[error], self._clock.monotonic())
        pairing = self.state is State.PAIRING
        self.end(EndReason.PAIRING_FAILED if pairing else EndReason.INTEGRITY_FAILED)

    def _say(self, side: Side, message: Message) -> None:
        if side in self._ends and not self._ends[side].line.say(message):
            self.end(side.lost)


def _new_end(line: LineOut, now: float) -> _End:
    return _End(line, now, now, TokenBucket(per_s=TEXT_MESSAGES_PER_S, burst=TEXT_MESSAGES_BURST, now=now))
