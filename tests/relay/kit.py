"""A session's two ends, its journal and its clock, all in memory and under the test's hand."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from relay.session.broker import Broker
from relay.session.facts import Facts, Limits, Side
from wire.commands import ActionClass, Grant, Outcome
from wire.encoding import b64, key_id, sha256_b64
from wire.frames import Header, Stream, pack_header
from wire.hellos import ConsoleHello, DeviceHello
from wire.messages import Ended, ErrorMsg, PakeA, PakeB, PakeConfirm, RecordMsg, decode_for_device, encode
from wire.reasons import CloseCode, EndReason
from wire.records import RecordWriter
from wire.structs import Message
from wire.transcript import ShownBy, channel_identifier, sid, transcript_hash

if TYPE_CHECKING:
    from relay.ports import Run

ORIGIN = "https://relay.example"
LOCATOR = "40212"
BADGE = b64(hashlib.sha256(b"badge").digest())
RS = bytes(range(16))
ACCOUNT = "a" * 32
SESSION = "5" * 32
DEVICE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def check_signature(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def device_hello(key: Ed25519PrivateKey = DEVICE_KEY, *, fw: str = "Vista 55 Q7 4.2.0") -> DeviceHello:
    dpk = key.public_key().public_bytes_raw()
    return DeviceHello(nd=bytes(32), dev=key_id(dpk), dpk=dpk, fw=fw, caps=("picture",), fails=0)


def frame(stream: Stream, seq: int, size: int = 64) -> bytes:
    """A frame as the relay sees it: a header and something it cannot read."""
    return pack_header(Header(stream, seq)) + bytes([seq % 251]) * size


async def enrols_nobody(*, code: str, key: bytes, source: str) -> None:
    """A relay beside which nobody signs for units."""


@dataclass
class FakeClock:
    ms: int = 1_790_000_000_000
    s: float = 1_000.0

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.s

    def advance(self, seconds: float) -> None:
        self.s += seconds
        self.ms += int(seconds * 1000)


@dataclass
class FakeLine:
    """What was sent to one end, in order. `room` is how many control messages still fit."""

    room: int = 1_000_000
    sent: list[Message | bytes] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    sound: list[bytes] = field(default_factory=list)
    pings: int = 0
    closed: CloseCode | None = None
    frames_dropped: bool = False

    def say(self, message: Message) -> bool:
        return self._take(message)

    def pass_text(self, text: str) -> bool:
        return self._take(decode_for_device(text))

    def pass_control(self, frame: bytes) -> bool:
        return self._take(frame)

    def pass_picture(self, frame: bytes) -> None:
        self.pictures.append(frame)

    def pass_sound(self, frame: bytes) -> None:
        self.sound.append(frame)

    def ping(self) -> None:
        self.pings += 1

    def drop_frames(self) -> None:
        self.frames_dropped = True

    def close(self, last: Message | None, code: CloseCode, now: float) -> None:
        if self.closed is None:
            self.closed = code
            if last is not None:
                self.sent.append(last)

    @property
    def said(self) -> list[Message]:
        return [thing for thing in self.sent if isinstance(thing, Message)]

    @property
    def frames(self) -> list[bytes]:
        return [thing for thing in self.sent if isinstance(thing, bytes)]

    @property
    def records(self) -> list[bytes]:
        return [thing.rec for thing in self.sent if isinstance(thing, RecordMsg)]

    @property
    def told(self) -> EndReason | None:
        """The reason this end was told as its last word before a close with 1000."""
        last = self.sent[-1] if self.sent else None
        return last.reason if isinstance(last, Ended) and self.closed is CloseCode.ENDED else None

    @property
    def error(self) -> tuple[str, int] | None:
        last = self.sent[-1] if self.sent else None
        return (last.code.value, int(self.closed or 0)) if isinstance(last, ErrorMsg) else None

    def _take(self, thing: Message | bytes) -> bool:
        if self.closed is not None:
            return True
        if self.room <= 0:
            return False
        self.room -= 1
        self.sent.append(thing)
        return True


Entry = tuple[str, Callable[[], None]]


class FakeJournal:
    """Keeps what was to be recorded until the test lets it be durable, or lets the store fail."""

    def __init__(self, failed: Callable[[], None]) -> None:
        self._failed = failed
        self._pending: deque[Entry] = deque()
        self.written: list[str] = []
        self.ends: list[tuple[EndReason, bytes]] = []
        self.runs: list[Run | None] = []

    def joined(self, side: str) -> None:
        self._pending.append((f"joined {side}", lambda: None))

    def frame(self, seq: int, digest: str, done: Callable[[], None]) -> None:
        self._pending.append((f"frame {seq} {digest}", done))

    def paired(self, rec: bytes, *, dseq: int, th: bytes, at: int, done: Callable[[], None]) -> None:
        self._pending.append((f"paired {dseq}", done))

    def consent(self, rec: bytes, *, dseq: int, active_at: int | None, done: Callable[[], None]) -> None:
        self._pending.append((f"consent {dseq}{' first' if active_at else ''}", done))

    def action(self, rec: bytes, *, dseq: int, done: Callable[[], None]) -> None:
        self._pending.append((f"action {dseq}", done))

    def hide(self, rec: bytes, *, dseq: int, done: Callable[[], None]) -> None:
        self._pending.append((f"hide {dseq}", done))

    def end(self, reason: EndReason, at: int, rec: bytes, run: Run | None) -> None:
        self.ends.append((reason, rec))
        self.runs.append(run)
        self._pending.append((f"end {reason}", lambda: None))

    def settle(self) -> None:
        """Everything submitted becomes durable, in order."""
        while self._pending:
            name, done = self._pending.popleft()
            self.written.append(name)
            done()

    def fail(self) -> None:
        self._pending.clear()
        self._failed()


class Table:
    """One broker with everything around it; `to_...` plays the session up to a state."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.clock = FakeClock()
        self.device, self.console = FakeLine(), FakeLine()
        self.journals: list[FakeJournal] = []
        self.over: list[Broker] = []
        self.asleep = False
        hello = device_hello()
        self.facts = Facts(
            session=SESSION,
            account=ACCOUNT,
            badge=BADGE,
            origin=ORIGIN,
            locator=LOCATOR,
            rs=RS,
            hello=hello,
            hello_bytes=hello.to_bytes(),
        )
        self.broker = Broker(
            facts=self.facts,
            device=self.device,
            clock=self.clock,
            check=check_signature,
            limits=limits or Limits(),
            journal=self._journal,
            over=self.over.append,
            slept=lambda: self.asleep,
        )
        self.hello_t = ConsoleHello(nt=bytes(32), kid=key_id(bytes(32))).to_bytes()
        self.pake_a = PakeA(hello=self.hello_t, y=bytes([1] * 32))
        self.pake_b = PakeB(y=bytes([2] * 32), tag=bytes([3] * 64))
        self.confirm = PakeConfirm(tag=bytes([4] * 64))
        self.records = RecordWriter(self.th, DEVICE_KEY.sign)
        self.control_seq = 0

    @property
    def journal(self) -> FakeJournal:
        return self.journals[0]

    @property
    def th(self) -> bytes:
        ci = channel_identifier(
            origin=ORIGIN, locator=LOCATOR, shown_by=ShownBy.DEVICE, dev=self.facts.hello.dev
        )
        return transcript_hash(
            self.facts.hello_bytes,
            self.hello_t,
            ci,
            sid(bytes(32), bytes(32), RS),
            self.pake_a.y,
            self.pake_b.y,
            self.pake_b.tag,
            self.confirm.tag,
        )

    def _journal(self, failed: Callable[[], None]) -> FakeJournal:
        self.journals.append(FakeJournal(failed))
        return self.journals[0]

    def says(self, side: Side, message: Message) -> None:
        self.broker.receive(side, encode(message))

    def joined(self) -> Table:
        self.broker.attach_console(self.console)
        return self

    def sealed(self) -> Table:
        self.joined()
        self.says(Side.CONSOLE, self.pake_a)
        self.says(Side.DEVICE, self.pake_b)
        self.says(Side.CONSOLE, self.confirm)
        return self

    def command(self) -> bytes:
        """The console's next control frame."""
        sent = frame(Stream.T2D_CONTROL, self.control_seq)
        self.control_seq += 1
        self.broker.receive(Side.CONSOLE, sent)
        return sent

    def record(self, data: bytes) -> None:
        self.says(Side.DEVICE, RecordMsg(rec=data))

    def paired(self) -> bytes:
        auth = self.command()
        self.journal.settle()
        record = self.records.paired(dts=1, frame=sha256_b64(auth), badge=BADGE)
        self.record(record)
        return record

    def consent(self, *grants: Grant) -> bytes:
        record = self.records.consent(dts=2, grants=grants, for_s=1800)
        self.record(record)
        return record

    def hide(self, *, hidden: bool) -> bytes:
        record = self.records.hide(dts=3, hidden=hidden)
        self.record(record)
        return record

    def action(self, answered: bytes, outcome: Outcome = Outcome.DONE) -> bytes:
        record = self.records.action(
            dts=3,
            frame=sha256_b64(answered),
            action_class=ActionClass.KEY,
            path="",
            outcome=outcome,
        )
        self.record(record)
        return record

    def to_consent(self) -> Table:
        self.sealed().paired()
        self.journal.settle()
        return self

    def to_active(self) -> Table:
        self.to_consent().consent(Grant.KEYS, Grant.VIEW)
        self.journal.settle()
        return self

    def wait(self, seconds: float) -> None:
        """Time passes in steps of a quarter of a second, and both ends answer every ping."""
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            self.broker.heard(Side.DEVICE)
            self.broker.heard(Side.CONSOLE)
            self.broker.tick(self.clock.s)
