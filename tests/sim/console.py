"""A technician's browser: one session from the typed code to its end, as technician_web drives it.

The same table as `technician_web/core/session.js`, the same watches, the real seal through the console twin.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from relay.ports import Refusal
from seal import messages as sealed
from seal.errors import SealError
from seal.pictures import Codec, PictureHead
from tests.agent.console_twin import ConsoleTwin
from tests.sim.hands import Hands
from tests.sim.links import HostEnd, RelaySocket, connect
from tests.sim.relay import ORIGIN
from wire import messages
from wire.code import compose, is_valid, split
from wire.commands import Grant
from wire.encoding import sha256_b64
from wire.errors import WireError
from wire.limits import CONSENT_S, LEASE_END_MS, LEASE_MS, PAIRING_S, RECORD_DUE_S
from wire.reasons import CloseCode, EndReason, as_told
from wire.records import ActionRecord, ConsentRecord, EndRecord, HideRecord
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from relay.session.shapes import Opened
    from tests.agent.console_twin import Technician
    from tests.sim.loop import Process
    from tests.sim.people import Desk
    from tests.sim.relay import RelayProcess
    from tests.sim.world import World
    from wire.records import Record

T = TypeVar("T")

_STALE_S: Final = LEASE_MS / 1000
_SILENT_S: Final = LEASE_END_MS / 1000
_LINGER_S: Final = 2.0
_CONSENT_GRACE_S: Final = 5.0
_RECENTLY_S: Final = 2.0
_SLEPT_S: Final = 1.25
_CATCH_UP_S: Final = 0.5
_WAKING_S: Final = 2.0
_TICK_S: Final = 0.25
_ANSWER_S: Final = 15.0


class State(StrEnum):
    """As in core/session.js."""

    IDLE = "idle"
    REDEEMING = "redeeming"
    SHOWING = "showing"
    SEALING = "sealing"
    BADGE = "badge"
    DECIDING = "deciding"
    ACTIVE = "active"
    ENDED = "ended"


_PAIRED: Final = frozenset({State.DECIDING, State.ACTIVE})
_UNPAIRED: Final = frozenset({State.SHOWING, State.SEALING, State.BADGE})


class Console:
    """One tab with one session; it is not used again."""

    def __init__(self, world: World, desk: Desk, *, technician: Technician) -> None:
        self.world = world
        self.desk = desk
        self.technician = technician
        self.process: Process = desk.process
        self.state = State.IDLE
        self.reason: EndReason | None = None
        self.session = ""
        self.ticket = ""
        self.grants: tuple[Grant, ...] = ()
        self.refusal = ""
        self.stale = False
        self.twin: ConsoleTwin | None = None
        self.hands = Hands(self)
        self.end: HostEnd | None = None
        self.pings = 0
        self._relay_heard_at = self._device_heard_at = self._pinged_at = 0.0
        self._ticked_at = self._woke_at = float("-inf")
        self._silent_since: float | None = None
        self._declined = False
        self.code = ""  # what this console shows
        self._wish: tuple[tuple[Grant, ...], str] = ((), "")
        self._unanswered: dict[str, float] = {}
        self._decoding = False
        self._deadline = 0.0
        self._waiting: dict[str, tuple[Record, str]] = {}
        self._paired = False
        self.news = asyncio.Event()

    @property
    def is_paired(self) -> bool:
        return self.state in _PAIRED

    # What the technician does

    async def connect(self, code: str, *, asks: tuple[Grant, ...], request: str, guess: bool = False) -> None:
        """Redeem, pair, and stay until the end. A slip of the finger never leaves the browser."""
        if not is_valid(code) or (not guess and code in self.desk.used):
            self.refusal = "mistyped"
            return
        self.state = State.REDEEMING
        opened = await self._redeem(split(code)[0])
        if isinstance(opened, str):
            self.refusal, self.state = opened, State.IDLE
            return
        self.session, self.ticket, self.state = opened.session, opened.ticket, State.SEALING
        self.world.oracle.console_opened(self, opened)
        self._deadline = self.world.loop.time() + PAIRING_S
        if code in self.desk.used and not guess:
            self._finish(EndReason.PAIRING_FAILED, said="abort")
            return
        self.desk.used.add(code)
        try:
            self.twin = ConsoleTwin(
                code=code,
                hello_d=opened.hello,
                rs=opened.rs,
                origin=ORIGIN,
                technician=self.technician,
                asks=asks,
                request=request,
            )
            opening = self.twin.pake_a()
        except (SealError, WireError):
            self._finish(EndReason.PAIRING_FAILED, said="abort")
            return
        if not await self.open_socket(opened.ticket):
            self._finish(EndReason.RELAY_LOST)
            return
        self._send(opening)
        await self._live()

    async def show(self, *, asks: tuple[Grant, ...], request: str) -> None:
        """Show a code of our own, and go on when a set redeems it."""
        self.state = State.REDEEMING
        shown = await self._ask(
            lambda relay: relay.show(account=self.desk.account, badge=self.desk.badge_hash)
        )
        if isinstance(shown, str | Refusal):
            self.refusal = shown if isinstance(shown, str) else shown.slug
            self.state = State.IDLE
            return
        self.session, self.ticket, self.state = shown.session, shown.ticket, State.SHOWING
        secret = f"{int.from_bytes(self.world.random_bytes(4)) % 1_000_000:06d}"
        self.world.oracle.code_shown(self, shown)
        if not await self.open_socket(shown.ticket):
            self._finish(EndReason.RELAY_LOST)
            return
        self.code = compose(shown.locator, secret)
        self._wish = asks, request
        await self._live()

    def _joined(self, joined: messages.JoinedConsole) -> None:
        """A set has redeemed the code."""
        asks, request = self._wish
        self.desk.used.add(self.code)
        self.twin = ConsoleTwin(
            code=self.code,
            hello_d=joined.hello,
            rs=joined.rs,
            origin=ORIGIN,
            technician=self.technician,
            asks=asks,
            request=request,
            shown_by=ShownBy.CONSOLE,
        )
        self.state, self._deadline = State.SEALING, self.world.loop.time() + PAIRING_S
        self._send(self.twin.pake_a())

    async def _live(self) -> None:
        self._ticked_at = self.world.loop.time()
        watching = asyncio.create_task(self._watch())
        try:
            await self._listen()
        finally:
            watching.cancel()

    async def open_socket(self, ticket: str) -> bool:
        relay, route = self.world.relay, self.desk.route
        await asyncio.sleep(route.delay)  # virtual time
        if route.is_dark() or relay is None or not relay.open:
            return False
        self.end = HostEnd(self.process, self.world.oracle)
        socket = RelaySocket(relay.process, self.world.oracle)
        connect(route, self.end, self.process, socket, relay.process)
        relay.process.spawn(relay.console_socket(socket, ticket))
        return True

    def command(self, message: sealed.T2DControl, act: str = "") -> str:
        """The name of the frame that was sent, "" where none can be now; `act` is what it does there."""
        if self.state is not State.ACTIVE or self.stale or self.twin is None:
            return ""
        frame = self.twin.command(message)
        name = sha256_b64(frame)
        self.world.oracle.console_commands(self, frame, act, self.pings)
        self._unanswered[name] = self.world.loop.time() + RECORD_DUE_S
        self._send(frame)
        return name

    def leave(self) -> None:
        self._finish(EndReason.TECHNICIAN_LEFT, said="close" if self.state in _PAIRED else "abort")

    # What arrives

    async def _redeem(self, locator: str) -> Opened | str:
        outcome = await self._ask(
            lambda relay: relay.redeem(
                account=self.desk.account,
                locator=locator,
                badge=self.desk.badge_hash,
                source=self.desk.source,
            ),
            lambda outcome: self.world.oracle.redeem_answered(self.desk, locator, outcome),
        )
        return outcome.slug if isinstance(outcome, Refusal) else outcome

    async def _ask(
        self,
        request: Callable[[RelayProcess], Coroutine[Any, Any, T]],
        answered: Callable[[T], None] = lambda _: None,
    ) -> T | str:
        """One HTTP request; "network" where no answer came. `answered` is told what the relay answered."""
        route, world = self.desk.route, self.world
        await asyncio.sleep(route.delay)  # virtual time
        relay = world.relay
        if route.is_dark() or relay is None or not relay.open:
            return "network"
        answer = relay.process.spawn(request(relay))
        # The answer is lost with the relay, with the route, and for who does not wait that long.
        await asyncio.wait([answer], timeout=_ANSWER_S)
        if not _arrived(answer, relay):
            return "network"
        outcome = answer.result()
        answered(outcome)
        await asyncio.sleep(route.delay)  # virtual time
        return "network" if route.is_dark() else outcome

    async def _listen(self) -> None:
        assert self.end is not None
        while True:
            item = await self.end._next()
            if self.state is State.ENDED and item is None:
                return
            try:
                if isinstance(item, bytes):
                    self._on_frame(item)
                elif isinstance(item, str):
                    self._on_text(item)
                else:
                    self._on_closed()
                    return
            except (SealError, WireError):
                self._broken()

    def _on_text(self, text: str) -> None:
        self._relay_heard_at = self.world.loop.time()
        try:
            message = messages.decode_for_console(text)
        except WireError as error:
            if error.code == "unknown_type":
                return
            raise
        if self.state is State.ENDED:
            return
        match message:
            case messages.JoinedConsole() if self.state is State.SHOWING:
                self._joined(message)
            case messages.PakeB():
                self._on_pake_b(message)
            case messages.RecordMsg(rec=rec):
                if not self._paired and self.state is not State.BADGE:
                    raise SealError("wrong_state")
                self._on_record(rec)
            case messages.Ended(reason=reason):
                known = reason is EndReason.CONSENT_REFUSED and self._declined
                told = reason if known else as_told(reason)
                self.world.oracle.console_told(self, told)
                self._finish(told)
            case messages.ErrorMsg(code=code):
                self._close_code = CloseCode[code.name]

    _close_code = CloseCode.ENDED

    def _on_pake_b(self, answer: messages.PakeB) -> None:
        assert self.twin is not None
        if self.state is not State.SEALING:
            raise SealError("wrong_state")
        try:
            confirm = self.twin.pake_confirm(answer)
        except SealError:
            self._finish(EndReason.PAIRING_FAILED, said="abort")
            return
        self.state = State.BADGE
        self._send(confirm)
        auth = self.twin.auth()
        self.world.oracle.console_commands(self, auth, "", 0)
        self._send(auth)

    def _on_record(self, data: bytes) -> None:
        record, fresh = self._take(data, "clear")
        if isinstance(record, EndRecord) and fresh:
            self._device_closed(record.reason)
        elif isinstance(record, ActionRecord):
            self._unanswered.pop(record.frame, None)
            self.world.oracle.console_acked(self, record)
            self.hands.recorded(record)
        elif isinstance(record, HideRecord):
            self.world.oracle.console_told_of_hide(self, record)

    def _take(self, data: bytes, way: str) -> tuple[Record, bool]:
        """As core/record_ledger.js: each record but actions comes twice."""
        assert self.twin is not None
        name = sha256_b64(data)
        known = self._waiting.get(name)
        if known is not None and known[1] != way:
            del self._waiting[name]
            return known[0], False
        record = self.twin.record(data)
        if not isinstance(record, ActionRecord | HideRecord):
            self._waiting[name] = record, way
        return record, True

    def _on_frame(self, frame: bytes) -> None:
        if self.state is State.ENDED:
            return
        if self.twin is None or self.state is State.SEALING:
            raise SealError("wrong_state")
        message = self.twin.receive(frame)
        self._device_heard_at, self._silent_since = self.world.loop.time(), None
        self.world.oracle.console_hears(self, frame, message)
        match message:
            case PictureHead(pic=number):
                self._seen(message, self.twin.pictures[-1][1])
                self._link(sealed.Ack(pic=number))
            case sealed.Ping(n=n):
                self._on_ping(n)
            case sealed.Paired(rec=rec):
                record, _ = self._take(rec, "sealed")
                self._on_paired()
            case sealed.Consent(rec=rec):
                record, _ = self._take(rec, "sealed")
                assert isinstance(record, ConsentRecord)
                self._on_consent(record)
            case sealed.DeviceClose(reason=reason, rec=rec):
                record, _ = self._take(rec, "sealed")
                if not isinstance(record, EndRecord) or record.reason != reason:
                    raise SealError("bad_message")
                self._device_closed(reason)
            case _:
                pass

    def _seen(self, head: PictureHead, data: bytes) -> None:
        if head.still:
            self.hands.part(data)
        else:
            self.world.oracle.console_draws(self, data)

    def _on_ping(self, n: int) -> None:
        if not self._paired or n != self.pings + 1:
            raise SealError("bad_message")
        self.pings, self._pinged_at, self.stale = n, self.world.loop.time(), False
        self._link(sealed.Pong(n=n))

    def _on_paired(self) -> None:
        if self.state is not State.BADGE:
            raise SealError("wrong_state")
        now = self.world.loop.time()
        self._paired, self.state = True, State.DECIDING
        self._deadline, self._pinged_at = now + CONSENT_S + _CONSENT_GRACE_S, now
        self._device_heard_at = now

    def _on_consent(self, record: ConsentRecord) -> None:
        if self.state not in _PAIRED:
            raise SealError("wrong_state")
        if not record.grants and self.state is State.DECIDING:
            self._declined = True
            return
        self.world.oracle.console_granted(self, record)
        self.state, self.grants, self._deadline = State.ACTIVE, record.grants, 0.0
        if Grant.VIEW in record.grants and not self._decoding:
            self._decoding = True
            self._link(sealed.Decode(codecs=(Codec.JPEG,)))
        self.news.set()

    def _device_closed(self, reason: EndReason) -> None:
        self.world.oracle.console_told(self, reason)
        self._finish(reason)

    def _on_closed(self) -> None:
        if self.state is State.ENDED:
            return
        if self._has_slept():
            reason = EndReason.TECHNICIAN_LOST
        elif self._close_code is CloseCode.NOT_ALLOWED and self.state in _PAIRED:
            reason = EndReason.REVOKED
        elif self._close_code >= CloseCode.BAD_MESSAGE and self.state not in _PAIRED:
            reason = EndReason.PAIRING_FAILED
        else:
            reason = EndReason.RELAY_LOST
        self._finish(reason)

    def _broken(self) -> None:
        if self.state is not State.ENDED:
            self._finish(EndReason.INTEGRITY_FAILED, said="abort" if self.state in _UNPAIRED else "")

    # Time

    async def _watch(self) -> None:
        while self.state is not State.ENDED:
            await asyncio.sleep(_TICK_S)  # virtual time
            self._tick(self.world.loop.time())

    def _has_slept(self) -> bool:
        """Whether this browser did not run lately: then a silence is nobody else's doing."""
        now = self.world.loop.time()
        return now - self._ticked_at >= _SLEPT_S + _TICK_S or now - self._woke_at < _WAKING_S

    def _tick(self, now: float) -> None:
        if now - self._ticked_at >= _SLEPT_S + _TICK_S:
            self._woke_at = now
        self._ticked_at = now
        if self.state in {State.SEALING, State.BADGE} and now >= self._deadline:
            self._finish(EndReason.PAIRING_FAILED, said="abort")
        elif self.state is State.DECIDING and now >= self._deadline:
            self._finish(EndReason.CONSENT_TIMEOUT, said="close")
        elif self.state is State.ACTIVE and any(due <= now for due in self._unanswered.values()):
            self._finish(EndReason.AUDIT_UNAVAILABLE, said="close")
        elif self.state in _PAIRED and now - self._device_heard_at >= _SILENT_S:
            self._silent(now)
        elif self.state in _PAIRED:
            self.stale = now - self._pinged_at >= _STALE_S

    def _silent(self, now: float) -> None:
        """Who slept hears first what arrived meanwhile."""
        if self._silent_since is None:
            self._silent_since = now
        if self._has_slept() and now - self._silent_since < _CATCH_UP_S:
            return
        heard = now - self._relay_heard_at < _RECENTLY_S
        lost = EndReason.DEVICE_LOST if heard else EndReason.RELAY_LOST
        self._finish(EndReason.TECHNICIAN_LOST if self._has_slept() else lost)

    # How it speaks and ends

    def _link(self, message: sealed.T2DLink) -> None:
        assert self.twin is not None
        self._send(self.twin.say(message))

    def _send(self, item: str | bytes) -> None:
        try:
            assert self.end is not None
            self.end._push(item)
        except ConnectionResetError:
            return

    def _finish(self, reason: EndReason, *, said: str = "") -> None:
        """The first reason stays; `said` is the farewell."""
        if self.state is State.ENDED:
            return
        self.world.oracle.console_ended(self, reason)
        if said == "abort" and self.end is not None:
            self._send(messages.encode(messages.Abort()))
        elif said == "close" and self.twin is not None:
            closing = self.twin.close()
            self.world.oracle.console_commands(self, closing, "", 0)
            self._send(closing)
        self.state, self.reason = State.ENDED, reason
        self.news.set()
        if self.end is not None:
            self.process.spawn(self._hang_up(_LINGER_S if said == "close" else 0.0))

    async def _hang_up(self, linger: float) -> None:
        await asyncio.sleep(linger)  # virtual time
        assert self.end is not None
        try:
            await self.end.close_politely()
        except ConnectionResetError:
            return


def _arrived(answer: asyncio.Task[Any], relay: RelayProcess) -> bool:
    return answer.done() and not answer.cancelled() and relay.process.alive
