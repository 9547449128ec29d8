"""The two kinds of socket: a device's, from its first word to its session, and a console's (SPEC §5).

One device socket is one code and at most one session. Like the broker a seat neither waits nor keeps time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from relay.ports import Full, Issued, Named, NotOpen, TooMany
from relay.session.bucket import TokenBucket
from relay.session.facts import Side
from wire.enrolment import enrol_message
from wire.errors import WireError
from wire.hellos import DeviceHello, device_hello_message, parse_device_hello
from wire.limits import (
    FW_CHARACTERS,
    HELLO_S,
    RELAY_PING_S,
    SILENCE_S,
    TEXT_MESSAGES_BURST,
    TEXT_MESSAGES_PER_S,
    WAIT_S,
)
from wire.messages import (
    Abort,
    Challenge,
    CodeMsg,
    Enrol,
    Enrolled,
    ErrorMsg,
    Hello,
    JoinedDevice,
    KeysetMsg,
    Redeem,
    Redeemed,
    decode_from_device,
)
from wire.reasons import CLOSE_CODE_OF, CloseCode, ErrorCode
from wire.texts import is_plain

if TYPE_CHECKING:
    from relay.ports import CheckSignature, Clock, NewestTrust, Trust
    from relay.session.broker import Broker, LineOut
    from wire.structs import Message


class Phase(StrEnum):
    HELLO = "hello"
    ISSUING = "issuing"
    LIVE = "live"
    ENROLLING = "enrolling"  # it asked which unit it is
    CLAIMING = "claiming"  # the customer typed a code that a console shows
    TAKEN = "taken"
    OVER = "over"


class Desk(Protocol):
    """Where a seat asks for a code and says that it is no longer needed."""

    def wanted(self, seat: DeviceSeat) -> None: ...

    def claims(self, seat: DeviceSeat, locator: str) -> None: ...

    def enrols(self, seat: DeviceSeat, asked: Enrol) -> None: ...

    def left(self, seat: DeviceSeat, why: str) -> None:
        """`why` is an event of the code's life cycle."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the relay drew for this socket."""

    origin: str
    rc: bytes
    rs: bytes


class DeviceSeat:
    """What the relay knows of one device socket."""

    def __init__(
        self,
        *,
        line: LineOut,
        greeting: Greeting,
        clock: Clock,
        check: CheckSignature,
        desk: Desk,
        trust: NewestTrust,
        source: str = "",
    ) -> None:
        """`source` is the device's address, as far as misses are counted by it."""
        now = clock.monotonic()
        self.line = line
        self.phase = Phase.HELLO
        self.hello: DeviceHello | None = None
        self.hello_bytes = b""
        self.issued: Issued | None = None
        self.source = source
        self._greeting = greeting
        self._clock = clock
        self._check = check
        self._desk = desk
        self._trust = trust
        self._told: Trust | None = None
        self._broker: Broker | None = None
        self._texts = TokenBucket(per_s=TEXT_MESSAGES_PER_S, burst=TEXT_MESSAGES_BURST, now=now)
        self._hello_by = now + HELLO_S
        self._heard = self._pinged = now
        self._live_until = 0.0
        line.say(Challenge(rc=greeting.rc, origin=greeting.origin))
        self._tell_trust()

    @property
    def rs(self) -> bytes:
        return self._greeting.rs

    def heard(self) -> None:
        self._heard = self._clock.monotonic()
        if self._broker is not None:
            self._broker.heard(Side.DEVICE)

    def receive(self, data: str | bytes) -> None:
        if self._broker is not None:
            self._broker.receive(Side.DEVICE, data)
            return
        if self.phase is Phase.OVER:
            return
        self.heard()
        if isinstance(data, bytes):
            self._refuse(ErrorCode.WRONG_STATE)
        elif not self._texts.take(self._clock.monotonic()):
            self._refuse(ErrorCode.TOO_MANY)
        else:
            self._text(data)

    def oversized(self) -> None:
        if self._broker is not None:
            self._broker.oversized(Side.DEVICE)
        else:
            self._over("device_aborted", None, CloseCode.TOO_BIG)

    def gone(self) -> None:
        """The socket is closed."""
        if self._broker is not None:
            self._broker.gone(Side.DEVICE)
        else:
            self._over("device_lost", None, CloseCode.ENDED)

    def answered(self, outcome: Issued | TooMany | Full | None) -> None:
        """What became of the code that was asked for; None: the store is away."""
        if isinstance(outcome, Issued):
            self.issued = outcome
            if self.phase is Phase.OVER:  # the device left meanwhile
                self._desk.left(self, "device_lost")
                return
            self.phase = Phase.LIVE
            ttl = max(1, (outcome.expires_at - self._clock.now_ms()) // 1000)
            self._live_until = self._clock.monotonic() + ttl
            self.line.say(CodeMsg(locator=outcome.locator, rs=self.rs, ttl=ttl))
        else:
            self._refuse_for_now(outcome)

    def redeemed(self, broker: Broker, session: str) -> None:
        """From here on the broker has the word."""
        self.phase = Phase.TAKEN
        self._broker = broker
        self._tell_trust()  # a code may have waited for minutes, and somebody been shut out meanwhile
        self.line.say(Redeemed(session=session))

    def claimed(self, broker: Broker, session: str) -> None:
        """The typed code was good, and a console shows it; a device that has left meanwhile hears nothing."""
        self._broker = broker
        if not self.is_gone:
            self.phase = Phase.TAKEN
            self._tell_trust()
            self.line.say(JoinedDevice(session=session, rs=self.rs))

    def not_claimed(self, outcome: NotOpen | TooMany | None) -> None:
        """The typed code opened nothing; None: the store is away."""
        if isinstance(outcome, NotOpen):
            self._refuse(ErrorCode.CODE_NOT_OPEN)
        else:
            self._refuse_for_now(outcome)

    def _refuse_for_now(self, outcome: TooMany | Full | None) -> None:
        if isinstance(outcome, TooMany):
            self._refuse(ErrorCode.TOO_MANY, wait_s=min(outcome.wait_s, WAIT_S))
        else:
            self._refuse(ErrorCode.TRY_LATER)

    def enrolled(self, outcome: Named | NotOpen | TooMany | None) -> None:
        """What became of the enrolment code; a device that has left meanwhile hears nothing."""
        match outcome:
            case Named(credential=credential):
                self._tell_trust()  # what it was signed with may be newer than what the device was told
                self._close("device_aborted", Enrolled(cred=credential), CloseCode.ENDED)
            case NotOpen():
                self._refuse(ErrorCode.CODE_NOT_OPEN)
            case TooMany() | None:
                self._refuse_for_now(outcome)

    @property
    def is_gone(self) -> bool:
        """Whether nothing more can come of this socket."""
        return self.phase is Phase.OVER

    def code_over(self, why: str) -> None:
        self._over(why, ErrorCode.CODE_OVER, CloseCode.CODE_OVER)

    def turn_away(self, why: str) -> None:
        """The relay stops, or cannot take more."""
        if self.phase is not Phase.TAKEN:
            self._over(why, ErrorCode.TRY_LATER, CloseCode.TRY_LATER)

    def tick(self, now: float) -> None:
        """The hello, the code and the device's silence all have their time."""
        if self.phase in {Phase.TAKEN, Phase.OVER}:
            return
        if self.phase is Phase.HELLO and now >= self._hello_by:
            self._refuse(ErrorCode.TIMED_OUT)
        elif self.phase is not Phase.HELLO and now >= self._heard + SILENCE_S:
            self._over("device_lost", ErrorCode.TIMED_OUT, CloseCode.TIMED_OUT)
        elif self.phase is Phase.LIVE and self._has_expired(now):
            self.code_over("time_up")
        elif now - self._pinged >= RELAY_PING_S:
            self._pinged = now
            self.line.ping()

    def _tell_trust(self) -> None:
        trust = self._trust()
        if trust is None or trust is self._told:
            return
        self._told = trust
        self.line.say(KeysetMsg(data=trust.keyset, at=self._clock.now_ms()))
        for text in trust.status:
            self.line.pass_text(text)

    def _has_expired(self, now: float) -> bool:
        """By whichever clock is further: a stopped wall clock does not keep a code alive."""
        assert self.issued is not None
        return now >= self._live_until or self._clock.now_ms() >= self.issued.expires_at

    def _text(self, text: str) -> None:
        try:
            message = decode_from_device(text)
            if isinstance(message, Hello) and self.phase is Phase.HELLO:
                if self._is_proven(message):
                    self.phase = Phase.ISSUING
                    self._desk.wanted(self)
            elif isinstance(message, Redeem) and self.phase is Phase.HELLO:
                if self._is_proven(message):
                    self.phase = Phase.CLAIMING
                    self._desk.claims(self, message.locator)
            elif isinstance(message, Enrol) and self.phase is Phase.HELLO:
                self._enrol(message)
            elif isinstance(message, Abort) and self.phase is Phase.LIVE:
                self._over("device_aborted", None, CloseCode.ENDED)
            else:
                self._refuse(ErrorCode.WRONG_STATE)
        except WireError as error:
            if error.code == "too_big":
                self.oversized()
            else:
                self._refuse(ErrorCode.BAD_MESSAGE)

    def _is_proven(self, message: Hello | Redeem) -> bool:
        """Whether the device holds the key it names, now and for this service (SPEC §5.1)."""
        hello = parse_device_hello(message.hello)
        if not is_plain(hello.fw, at_least=0, at_most=FW_CHARACTERS):
            raise WireError("bad_hello", "fw")
        signed = device_hello_message(self._greeting.origin, self._greeting.rc, message.hello)
        if not self._check(hello.dpk, message.sig, signed):
            self._refuse(ErrorCode.NOT_ALLOWED)
            return False
        self.hello, self.hello_bytes = hello, message.hello
        return True

    def _enrol(self, asked: Enrol) -> None:
        """No code is looked at, let alone spent, before the key is proven (SPEC §5.5)."""
        signed = enrol_message(self._greeting.origin, self._greeting.rc, asked.key, asked.code)
        if self._check(asked.key, asked.sig, signed):
            self.phase = Phase.ENROLLING
            self._desk.enrols(self, asked)
        else:
            self._refuse(ErrorCode.NOT_ALLOWED)

    def _refuse(self, error: ErrorCode, *, wait_s: int = 0) -> None:
        self._over("device_aborted", error, CLOSE_CODE_OF[error], wait_s=wait_s)

    def _over(self, why: str, error: ErrorCode | None, code: CloseCode, *, wait_s: int = 0) -> None:
        self._close(why, ErrorMsg(code=error, wait_s=wait_s) if error else None, code)

    def _close(self, why: str, last: Message | None, code: CloseCode) -> None:
        if self.phase in {Phase.TAKEN, Phase.OVER}:
            return
        self.phase = Phase.OVER
        self.line.close(last, code, self._clock.monotonic())
        self._desk.left(self, why)


class ConsoleSeat:
    """A console's socket belongs to its session from the first byte."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def heard(self) -> None:
        self._broker.heard(Side.CONSOLE)

    def receive(self, data: str | bytes) -> None:
        self._broker.receive(Side.CONSOLE, data)

    def oversized(self) -> None:
        self._broker.oversized(Side.CONSOLE)

    def gone(self) -> None:
        self._broker.gone(Side.CONSOLE)
