"""All device sockets and sessions of this node: who sits where, who redeems, and that everything ends."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from relay.faults import where
from relay.ports import Issued, NotOpen, Redeemed, Refusal, TooMany
from relay.session import store
from relay.session.alive import AliveDesk
from relay.session.awake import Awake
from relay.session.broker import Broker
from relay.session.command_log import CommandLog, Entry
from relay.session.enrolling import enrol
from relay.session.facts import ConsolePage, Facts
from relay.session.journal import FrameWriter, Journal, Ledger, record_end
from relay.session.recovery import end_what_was_left
from relay.session.seat import DeviceSeat, Greeting, Phase
from relay.session.shapes import Opened, Pins, SessionSettings
from relay.session.shown import Showing, ShownCode
from relay.session.shown_desk import Shown, ShownDesk
from relay.session.tickets import Tickets
from wire.encoding import b64
from wire.reasons import EndReason
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from relay.ports import (
        Append,
        AppendToEach,
        BadgeAccount,
        CheckSignature,
        Clock,
        Enrolling,
        LogStorage,
        NewestTrust,
        RandomBytes,
        Storage,
    )
    from relay.session.broker import LineOut
    from relay.session.line import Line
    from wire.messages import Enrol

_log = structlog.get_logger(__name__)

TICK_S = 0.25
DRAIN_S = 8.0
_RETRY_S = 5
_LISTED = 100
_CLOSE_AT_ONCE = 100


class _Ticking(Protocol):
    def tick(self, now: float) -> None: ...


@dataclass(eq=False, slots=True)
class _Redemption:
    """One under way. Who is signed out meanwhile gets a session that has ended."""

    account: str
    page: ConsolePage | None
    revoked: bool = False


class SessionService:
    def __init__(
        self,
        *,
        storage: Storage,
        log_storage: LogStorage,
        clock: Clock,
        append: Append,
        append_to_each: AppendToEach,
        badge_account: BadgeAccount,
        trust: NewestTrust,
        check_signature: CheckSignature,
        random_bytes: RandomBytes,
        pins: Pins,
        enrolling: Enrolling,
        settings: SessionSettings,
    ) -> None:
        """`log_storage` is the same store for the live sessions' log, which others must not keep waiting."""
        self.settings = settings
        self.draining = False
        self._storage = storage
        self._append_to_each = append_to_each
        self._clock = clock
        self._badge_account = badge_account
        self._trust = trust
        self._check = check_signature
        self._random = random_bytes
        self._pins = pins
        self._enrolling = enrolling
        self._awake = Awake(clock)
        self._log = CommandLog(storage=log_storage, write_frames=FrameWriter(append))
        self._ledger = Ledger(self._log, append, pins.run_ended)
        self.shown = ShownDesk(pins=pins, clock=clock, node=settings.node, house=self)
        self._seats: dict[DeviceSeat, None] = {}  # in the order of their coming
        self._live: dict[str, DeviceSeat] = {}
        self._brokers: dict[str, Broker] = {}
        self._tickets = Tickets()
        self.alive = AliveDesk(self._brokers, clock)
        self._lines: dict[Line, None] = {}
        self._codes_over: dict[str, str] = {}
        self._closing_codes = False
        self._codes_closed = asyncio.Event()
        self._codes_closed.set()
        self._sockets_closed = asyncio.Event()
        self._sockets_closed.set()
        self._redeeming: set[_Redemption] = set()
        self._redeemed = asyncio.Event()
        self._redeemed.set()
        self._tasks: set[asyncio.Task[None]] = set()

    # The process

    async def start(self) -> None:
        """Closes what an earlier life left open, then runs."""
        await self.recover()
        self._spawn(self._log.run())
        self._spawn(self._tick_forever())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def recover(self) -> int:
        """Ends the sessions whose sockets died with an earlier life of this node (INV-B6)."""
        await self._pins.recover()
        return await end_what_was_left(
            storage=self._storage,
            clock=self._clock,
            append_to_each=self._append_to_each,
            node=self.settings.node,
        )

    async def drain(self) -> None:
        """Nothing new, everything live ended and recorded, within 10 s (INV-H4)."""
        self.draining = True
        for seat in list(self._seats):
            seat.turn_away("draining")
        self.shown.turn_away()
        for broker in list(self._brokers.values()):
            broker.end(EndReason.DRAINING)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await self._redeemed.wait()
                await self.settled()
                await self._sockets_closed.wait()

    async def settled(self) -> None:
        """Returns when everything that has happened so far is recorded."""
        await self._log.flushed()
        await self._codes_closed.wait()

    def tick(self, now: float) -> None:
        """Time for everybody. One faulty session does not stop the clock of the others (INV-H1)."""
        everybody: list[_Ticking] = [*self._seats, *self.shown, *self._brokers.values(), *self._lines]
        for one in everybody:
            try:
                one.tick(now)
            except Exception as error:  # noqa: BLE001 - see above
                _log.error("session_fault", error=type(error).__name__, where=where(error))
        self._tickets.tick(now)
        self.alive.tick(now)
        self._log.retry()
        self._awake.ticked(now)

    # Devices

    def now(self) -> float:
        return self._clock.monotonic()

    def has_room(self) -> bool:
        return not self.draining and len(self._lines) < self.settings.sockets

    def tend(self, line: Line) -> None:
        """Watches that the line lets itself be closed."""
        self._lines[line] = None
        self._sockets_closed.clear()

    def forget(self, line: Line) -> None:
        self._lines.pop(line, None)
        if not self._lines:
            self._sockets_closed.set()

    def seat(self, line: LineOut, source: str = "") -> DeviceSeat:
        """A place for a device that has just connected, from the address `source`."""
        greeting = Greeting(self.settings.origin, self._random(32), self._random(16))
        seat = DeviceSeat(
            line=line,
            greeting=greeting,
            clock=self._clock,
            check=self._check,
            desk=self,
            trust=self._trust,
            source=source,
        )
        self._seats[seat] = None
        return seat

    def wanted(self, seat: DeviceSeat) -> None:
        self._spawn(self._issue(seat))

    def claims(self, seat: DeviceSeat, locator: str) -> None:
        self._spawn(self._claim(seat, locator))

    async def _claim(self, seat: DeviceSeat, locator: str) -> None:
        with self._redemption("", None):  # a drain waits for it
            await self.shown.claim(seat, locator)

    def enrols(self, seat: DeviceSeat, asked: Enrol) -> None:
        self._spawn(self._enrol(seat, asked))

    async def _enrol(self, seat: DeviceSeat, asked: Enrol) -> None:
        with self._redemption("", None):  # a drain waits for it
            await enrol(seat, asked, self._enrolling)

    def left(self, seat: DeviceSeat, why: str) -> None:
        self._seats.pop(seat, None)
        if seat.issued is not None:
            self._live.pop(seat.issued.session, None)
            self.code_over(seat.issued.session, why)

    def unseat(self, seat: DeviceSeat) -> None:
        """The device has joined a session: its broker has the word."""
        self._seats.pop(seat, None)

    def code_over(self, session: str, why: str) -> None:
        """A code of this node opens nothing any more; the store is told."""
        self._codes_over[session] = why
        self._codes_closed.clear()
        self._spawn(self._close_codes())

    async def _issue(self, seat: DeviceSeat) -> None:
        assert seat.hello is not None
        drawn: list[str] = []
        try:
            outcome = await self._pins.issue(dev=seat.hello.dev, fw=seat.hello.fw, drawn=drawn.append)
        except SQLAlchemyError:
            # Perhaps the store kept it: then it would be live until a restart, and no device shows it.
            for session in drawn:
                self.code_over(session, "in_doubt")
            seat.answered(None)
            return
        except BaseException:
            seat.answered(None)
            raise
        if isinstance(outcome, Issued):
            self._live[outcome.session] = seat
        seat.answered(outcome)

    async def _close_codes(self) -> None:
        """The devices know already; the store is told until it has heard, many codes at a time."""
        if self._closing_codes:
            return
        self._closing_codes = True
        try:
            while self._codes_over:
                some = dict(itertools.islice(self._codes_over.items(), _CLOSE_AT_ONCE))
                await self._pins.close(some)
                for session in some:
                    del self._codes_over[session]
            self._codes_closed.set()
        except SQLAlchemyError:
            return  # the next tick tries again
        finally:
            self._closing_codes = False

    # Technicians

    async def redeem(
        self, *, account: str, locator: str, badge: str, source: str, page: ConsolePage | None = None
    ) -> Opened:
        """Spends the code for this technician, who calls from `source`, and opens its session."""
        if self.draining:
            raise Refusal("try-later", retry_after_s=_RETRY_S)
        with self._redemption(account, page) as redemption:
            await self._require_own_badge(account, badge)
            return await self._redeem(redemption, locator=locator, badge=badge, source=source)

    async def show(self, *, account: str, badge: str, page: ConsolePage | None = None) -> Shown:
        """A code for this technician's console to show; a device redeems it."""
        if self.draining:
            raise Refusal("try-later", retry_after_s=_RETRY_S)
        with self._redemption(account, page) as redemption:
            await self._require_own_badge(account, badge)
            shown = await self.shown.show(Showing(account, badge, page))
            if redemption.revoked:
                self.shown.revoke(account)
            return shown

    @contextlib.contextmanager
    def _redemption(self, account: str, page: ConsolePage | None) -> Iterator[_Redemption]:
        """A drain waits for it: what it spends is ended and recorded too."""
        redemption = _Redemption(account, page)
        self._redeeming.add(redemption)
        self._redeemed.clear()
        try:
            yield redemption
        finally:
            self._redeeming.discard(redemption)
            if not self._redeeming:
                self._redeemed.set()

    async def _redeem(self, redemption: _Redemption, *, locator: str, badge: str, source: str) -> Opened:
        account = redemption.account
        taken: list[str] = []
        try:
            outcome = await self._pins.redeem(
                locator=locator,
                account=account,
                badge=badge,
                source=source,
                open_session=self._opener(account, taken),
            )
        except SQLAlchemyError:
            for session in taken:
                self._in_doubt(session, account)
            raise Refusal("try-later", retry_after_s=_RETRY_S) from None
        match outcome:
            case NotOpen():
                raise Refusal("code-not-open")
            case TooMany():
                raise Refusal("too-many", retry_after_s=outcome.wait_s)
            case Redeemed():
                return self._open(outcome, redemption, badge)

    async def _require_own_badge(self, account: str, badge: str) -> None:
        try:
            if await self._badge_account(badge) == account:
                return
            too_many = await self._pins.note_refusal(account, "badge")
        except SQLAlchemyError:
            raise Refusal("try-later", retry_after_s=_RETRY_S) from None
        if too_many is not None:
            raise Refusal("too-many", retry_after_s=too_many.wait_s)
        raise Refusal("not-allowed")

    def give_ticket(self, place: Broker | ShownCode) -> str:
        """A ticket to this session, or to the code that will open one; it works once, for 30 s."""
        ticket = b64(self._random(32))
        self._tickets.add(ticket, place, self._clock.monotonic())
        return ticket

    def join(self, ticket: str) -> Broker | ShownCode | None:
        """Where a ticket leads, once."""
        return self._tickets.take(ticket, self._clock.monotonic())

    def accounts(self) -> frozenset[str]:
        """The technicians of the sessions that are open here."""
        return frozenset(broker.facts.account for broker in self._brokers.values()) | self.shown.accounts()

    async def revoke(self, account: str) -> None:
        """Signed out, disabled, or no longer a technician (INV-G4)."""
        for redemption in self._redeeming:
            redemption.revoked = redemption.revoked or redemption.account == account
        self.shown.revoke(account)
        for broker in list(self._brokers.values()):
            if broker.facts.account == account:
                broker.end(EndReason.REVOKED)

    async def sessions_of(self, account: str) -> list[store.Line]:
        try:
            async with self._storage.read() as conn:
                return await store.of_account(conn, account, _LISTED)
        except SQLAlchemyError:
            raise Refusal("try-later", retry_after_s=_RETRY_S) from None

    def _opener(
        self, account: str, taken: list[str]
    ) -> Callable[[AsyncConnection, Redeemed], Awaitable[None]]:
        """`taken` is told what this redemption took, before the store has kept it."""

        async def open_session(conn: AsyncConnection, redeemed: Redeemed) -> None:
            taken.append(redeemed.session)
            seat = self._live.get(redeemed.session)
            await store.open_session(
                conn,
                session_id=redeemed.session,
                account=account,
                dev=seat.hello.dev if seat and seat.hello else "",
                fw=seat.hello.fw if seat and seat.hello else "",
                node=self.settings.node,
                now=self._clock.now_ms(),
            )

        return open_session

    def _open(self, redeemed: Redeemed, redemption: _Redemption, badge: str) -> Opened:
        account = redemption.account
        seat = self._live.pop(redeemed.session, None)
        if seat is None or seat.hello is None or seat.phase is not Phase.LIVE:
            # The device left, or was turned away, while the code was being spent: there is nobody to join.
            gone = EndReason.DRAINING if self.draining else EndReason.DEVICE_LOST
            self.record_end(redeemed.session, account, gone)
            raise Refusal("code-not-open")
        broker = self.open_broker(
            seat,
            session=redeemed.session,
            locator=redeemed.locator,
            showing=Showing(account, badge, redemption.page),
            shown_by=ShownBy.DEVICE,
        )
        self._seats.pop(seat, None)
        seat.redeemed(broker, redeemed.session)
        if redemption.revoked:
            broker.end(EndReason.REVOKED)
        ticket = self.give_ticket(broker)
        return Opened(redeemed.session, ticket, self.settings.console_url, seat.rs, seat.hello_bytes)

    def open_broker(
        self, seat: DeviceSeat, *, session: str, locator: str, showing: Showing, shown_by: ShownBy
    ) -> Broker:
        """The session of a redeemed code, whichever end showed it."""
        assert seat.hello is not None
        facts = Facts(
            session=session,
            account=showing.account,
            badge=showing.badge,
            origin=self.settings.origin,
            locator=locator,
            rs=seat.rs,
            hello=seat.hello,
            hello_bytes=seat.hello_bytes,
            page=showing.page,
            shown_by=shown_by,
        )
        self._brokers[session] = Broker(
            facts=facts,
            device=seat.line,
            clock=self._clock,
            check=self._check,
            limits=self.settings.limits,
            journal=lambda failed: Journal(
                self._ledger,
                session=facts.session,
                account=facts.account,
                failed=failed,
                page=facts.page,
            ),
            over=self._session_over,
            slept=self._awake.has_slept,
        )
        return self._brokers[session]

    def _session_over(self, broker: Broker) -> None:
        self._brokers.pop(broker.facts.session, None)

    def _in_doubt(self, session: str, account: str) -> None:
        """The store did not say whether it kept the redemption: the code is spent, its session ended.

        Of a redemption that took nothing there is no doubt: the code it named is nobody's yet.
        """
        if (seat := self._live.get(session)) is not None:
            seat.code_over("in_doubt")
        self.record_end(session, account, EndReason.AUDIT_UNAVAILABLE)

    def record_end(self, session: str, account: str, reason: EndReason) -> None:
        at = self._clock.now_ms()

        async def write(conn: AsyncConnection) -> None:
            await record_end(
                conn, self._ledger, session=session, account=account, reason=reason, at=at, rec=b""
            )

        self._log.submit(Entry("end", write, lambda: None, lambda: None))

    # Tasks

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.tick(self._clock.monotonic())
            if self._codes_over:
                self._spawn(self._close_codes())

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("task_fault", error=type(error).__name__, where=where(error))
