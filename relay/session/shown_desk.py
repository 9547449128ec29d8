"""The codes that consoles of this node show: issued to a technician, redeemed by a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.exc import SQLAlchemyError

from relay.ports import Claimed, Full, Issued, NotOpen, Refusal, TooMany
from relay.session import store
from relay.session.facts import Side
from relay.session.shown import Showing, ShownCode
from wire.reasons import CloseCode, EndReason, ErrorCode
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from relay.ports import Clock
    from relay.session.broker import Broker
    from relay.session.seat import DeviceSeat
    from wire.hellos import DeviceHello

_RETRY_S = 5


class ShownPins(Protocol):
    """The codes consoles show (relay/pin/service.py)."""

    async def show(
        self, *, account: str, badge: str, drawn: Callable[[str], None]
    ) -> Issued | TooMany | Full: ...

    async def claim(
        self,
        *,
        locator: str,
        dev: str,
        fw: str,
        source: str,
        open_session: Callable[[AsyncConnection, Claimed], Awaitable[None]],
    ) -> Claimed | NotOpen | TooMany: ...


class House(Protocol):
    """What the desk needs of the sessions around it (relay/session/service.py)."""

    draining: bool

    def open_broker(
        self, seat: DeviceSeat, *, session: str, locator: str, showing: Showing, shown_by: ShownBy
    ) -> Broker: ...

    def give_ticket(self, place: ShownCode) -> str: ...

    def code_over(self, session: str, why: str) -> None: ...

    def record_end(self, session: str, account: str, reason: EndReason) -> None: ...

    def unseat(self, seat: DeviceSeat) -> None: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """What the technician's console needs to show a code and to wait for a device (SPEC §5.2)."""

    session: str
    locator: str
    ttl_s: int
    ticket: str


class ShownDesk:
    """Knows every code that a console of this node shows."""

    def __init__(self, *, pins: ShownPins, clock: Clock, node: str, house: House) -> None:
        self._pins = pins
        self._clock = clock
        self._node = node
        self._house = house
        self._live: dict[str, ShownCode] = {}
        self._of_account: dict[str, ShownCode] = {}

    def __iter__(self) -> Iterator[ShownCode]:
        return iter(list(self._live.values()))

    async def show(self, showing: Showing) -> Shown:
        """A code for this technician's console; the one it showed before is over."""
        drawn: list[str] = []
        try:
            outcome = await self._pins.show(account=showing.account, badge=showing.badge, drawn=drawn.append)
        except SQLAlchemyError:
            # Perhaps the store kept it: then it would be live until a restart, and no console shows it.
            for session in drawn:
                self._house.code_over(session, "in_doubt")
            raise Refusal("try-later", retry_after_s=_RETRY_S) from None
        match outcome:
            case TooMany():
                raise Refusal("too-many", retry_after_s=outcome.wait_s)
            case Full():
                raise Refusal("try-later", retry_after_s=_RETRY_S)
            case Issued():
                return self._shown(outcome, showing)

    def _shown(self, issued: Issued, showing: Showing) -> Shown:
        code = ShownCode(issued=issued, showing=showing, clock=self._clock, desk=self)
        before = self._of_account.get(showing.account)
        self._live[issued.session] = self._of_account[showing.account] = code
        if before is not None:
            before.over("replaced", ErrorCode.CODE_OVER, CloseCode.CODE_OVER)
        if self._house.draining:
            code.over("draining", None, CloseCode.TRY_LATER)
            raise Refusal("try-later", retry_after_s=_RETRY_S)
        ttl_s = max(1, (issued.expires_at - self._clock.now_ms()) // 1000)
        return Shown(issued.session, issued.locator, ttl_s, self._house.give_ticket(code))

    async def claim(self, seat: DeviceSeat, locator: str) -> None:
        """What becomes of a code that a device's customer typed; the seat is told."""
        assert seat.hello is not None
        taken: list[Claimed] = []
        try:
            outcome = await self._pins.claim(
                locator=locator,
                dev=seat.hello.dev,
                fw=seat.hello.fw,
                source=seat.source,
                open_session=self._opener(seat.hello, taken),
            )
        except SQLAlchemyError:
            for (
                claimed
            ) in taken:  # the store did not say whether it kept it: the code is spent, its session ended
                self._drop(claimed, EndReason.AUDIT_UNAVAILABLE)
            seat.not_claimed(None)
            return
        except BaseException:
            seat.not_claimed(None)
            raise
        match outcome:
            case NotOpen() | TooMany():
                seat.not_claimed(outcome)
            case Claimed():
                self._join(seat, outcome)

    def revoke(self, account: str) -> None:
        """Signed out, disabled, or no longer a technician (INV-G4)."""
        code = self._of_account.get(account)
        if code is not None:
            code.over("revoked", ErrorCode.CODE_OVER, CloseCode.CODE_OVER)

    def turn_away(self) -> None:
        """The relay stops."""
        for code in self:
            code.over("draining", ErrorCode.TRY_LATER, CloseCode.TRY_LATER)

    def accounts(self) -> frozenset[str]:
        return frozenset(self._of_account)

    def unshown(self, code: ShownCode, why: str) -> None:
        self._forget(code)
        self._house.code_over(code.issued.session, why)

    def _opener(
        self, hello: DeviceHello, taken: list[Claimed]
    ) -> Callable[[AsyncConnection, Claimed], Awaitable[None]]:
        async def open_session(conn: AsyncConnection, claimed: Claimed) -> None:
            taken.append(claimed)
            await store.open_session(
                conn,
                session_id=claimed.session,
                account=claimed.account,
                dev=hello.dev,
                fw=hello.fw,
                node=self._node,
                now=self._clock.now_ms(),
            )

        return open_session

    def _join(self, seat: DeviceSeat, claimed: Claimed) -> None:
        code = self._live.get(claimed.session)
        if code is None or not code.is_shown:
            # The console left, or was turned away, while the code was being spent: there is nobody to join.
            gone = EndReason.DRAINING if self._house.draining else EndReason.TECHNICIAN_LOST
            self._drop(claimed, gone)
            seat.not_claimed(NotOpen())
            return
        self._forget(code)
        self._house.unseat(seat)
        broker = self._house.open_broker(
            seat,
            session=claimed.session,
            locator=claimed.locator,
            showing=code.showing,
            shown_by=ShownBy.CONSOLE,
        )
        seat.claimed(broker, claimed.session)
        code.taken(broker, rs=seat.rs, hello=seat.hello_bytes)
        if seat.is_gone:
            broker.gone(Side.DEVICE)

    def _drop(self, claimed: Claimed, reason: EndReason) -> None:
        code = self._live.get(claimed.session)
        if code is not None:
            code.over("in_doubt", ErrorCode.CODE_OVER, CloseCode.CODE_OVER)
        self._house.record_end(claimed.session, claimed.account, reason)

    def _forget(self, code: ShownCode) -> None:
        self._live.pop(code.issued.session, None)
        if self._of_account.get(code.showing.account) is code:
            del self._of_account[code.showing.account]
