"""A code that a technician's console shows, from its socket to the device that redeems it (SPEC §5.2).

Like the other seats it neither waits nor keeps time. Its socket is the code: closing it throws the code away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from relay.session.bucket import TokenBucket
from relay.session.facts import Side
from wire.errors import WireError
from wire.limits import (
    RELAY_PING_S,
    SILENCE_S,
    TEXT_MESSAGES_BURST,
    TEXT_MESSAGES_PER_S,
    TICKET_S,
)
from wire.messages import Abort, ErrorMsg, JoinedConsole, decode_from_console
from wire.reasons import CLOSE_CODE_OF, CloseCode, ErrorCode

if TYPE_CHECKING:
    from relay.ports import Clock, Issued
    from relay.session.broker import Broker, LineOut
    from relay.session.facts import ConsolePage


@dataclass(frozen=True, slots=True)
class Showing:
    """Whose console shows it, as whom it will ask, and the page it runs on."""

    account: str
    badge: str
    page: ConsolePage | None


class Desk(Protocol):
    """Where a code that is over is reported."""

    def unshown(self, code: ShownCode, why: str) -> None:
        """`why` is an event of the code's life cycle."""


class ShownCode:
    """One live code and, once the console has come with its ticket, the console's socket."""

    def __init__(self, *, issued: Issued, showing: Showing, clock: Clock, desk: Desk) -> None:
        now = clock.monotonic()
        self.issued = issued
        self.showing = showing
        self.is_over = False
        self._clock = clock
        self._desk = desk
        self._line: LineOut | None = None
        self._broker: Broker | None = None
        self._texts = TokenBucket(per_s=TEXT_MESSAGES_PER_S, burst=TEXT_MESSAGES_BURST, now=now)
        self._come_by = now + TICKET_S
        self._live_until = now + max(1, (issued.expires_at - clock.now_ms()) // 1000)
        self._heard = self._pinged = now

    @property
    def is_shown(self) -> bool:
        """Whether a console is there to go on with a device."""
        return self._line is not None and not self.is_over and self._broker is None

    def attach(self, line: LineOut) -> None:
        """The console's socket; its ticket was good for this code, once."""
        if self.is_over:
            line.close(ErrorMsg(code=ErrorCode.CODE_OVER), CloseCode.CODE_OVER, self._clock.monotonic())
            return
        self._line = line
        self._heard = self._clock.monotonic()

    def taken(self, broker: Broker, *, rs: bytes, hello: bytes) -> None:
        """A device redeemed the code: from here on the broker has the word."""
        assert self._line is not None
        self._broker = broker
        self._line.say(JoinedConsole(rs=rs, hello=hello))
        broker.attach_console(self._line)

    def heard(self) -> None:
        self._heard = self._clock.monotonic()
        if self._broker is not None:
            self._broker.heard(Side.CONSOLE)

    def receive(self, data: str | bytes) -> None:
        if self._broker is not None:
            self._broker.receive(Side.CONSOLE, data)
        elif not self.is_over:
            self.heard()
            self._waiting(data)

    def oversized(self) -> None:
        if self._broker is not None:
            self._broker.oversized(Side.CONSOLE)
        else:
            self.over("technician_aborted", None, CloseCode.TOO_BIG)

    def gone(self) -> None:
        """The socket is closed."""
        if self._broker is not None:
            self._broker.gone(Side.CONSOLE)
        else:
            self.over("technician_lost", None, CloseCode.ENDED)

    def tick(self, now: float) -> None:
        """The ticket, the code and the console's silence all have their time."""
        if self.is_over or self._broker is not None:
            return
        if self._has_expired(now):
            self.over("time_up", ErrorCode.CODE_OVER, CloseCode.CODE_OVER)
        elif self._line is None:
            if now >= self._come_by:
                self.over("technician_lost", None, CloseCode.ENDED)
        elif now >= self._heard + SILENCE_S:
            self.over("technician_lost", ErrorCode.TIMED_OUT, CloseCode.TIMED_OUT)
        elif now - self._pinged >= RELAY_PING_S:
            self._pinged = now
            self._line.ping()

    def over(self, why: str, error: ErrorCode | None, code: CloseCode) -> None:
        """The code opens nothing any more; `why` is an event of its life cycle."""
        if self.is_over or self._broker is not None:
            return
        self.is_over = True
        if self._line is not None:
            self._line.close(ErrorMsg(code=error) if error else None, code, self._clock.monotonic())
        self._desk.unshown(self, why)

    def _has_expired(self, now: float) -> bool:
        """By whichever clock is further: a stopped wall clock does not keep a code alive (INV-A3)."""
        return now >= self._live_until or self._clock.now_ms() >= self.issued.expires_at

    def _waiting(self, data: str | bytes) -> None:
        """Before a device has come, the console has nothing to say but that it goes."""
        if isinstance(data, bytes):
            self._refuse(ErrorCode.WRONG_STATE)
        elif not self._texts.take(self._clock.monotonic()):
            self._refuse(ErrorCode.TOO_MANY)
        else:
            self._text(data)

    def _text(self, text: str) -> None:
        try:
            message = decode_from_console(text)
        except WireError as error:
            if error.code == "too_big":
                self.oversized()
            else:
                self._refuse(ErrorCode.BAD_MESSAGE)
            return
        if isinstance(message, Abort):
            self.over("technician_aborted", None, CloseCode.ENDED)
        else:
            self._refuse(ErrorCode.WRONG_STATE)

    def _refuse(self, error: ErrorCode) -> None:
        self.over("technician_aborted", error, CLOSE_CODE_OF[error])
