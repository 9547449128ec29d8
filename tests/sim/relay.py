"""A relay: the real services of one process, which can be killed, frozen, drained and started again."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final, cast

from relay.audit.service import AuditService
from relay.pin.service import PinService, PinSettings
from relay.ports import Refusal, Trust
from relay.session.handlers import SessionHandlers
from relay.session.line import Line
from relay.session.seat import ConsoleSeat
from relay.session.service import SessionService
from relay.session.shapes import SessionSettings
from relay.session.shown import ShownCode
from server.clock import ForwardClock
from server.storage.engine import StorageAway
from tests.relay.kit import check_signature, enrols_nobody
from tests.sim.loop import Process
from tests.sim.store import Transactions
from wire.messages import StatusMsg, encode
from wire.reasons import ErrorCode
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from relay.session.broker import Broker
    from relay.session.seat import DeviceSeat
    from relay.session.shapes import Opened
    from relay.session.shown_desk import Shown
    from tests.sim.links import RelaySocket
    from tests.sim.world import World

ORIGIN: Final = "https://relay.example"
NODE: Final = "node-1"
SALT: Final = bytes(range(32))
_WATCH_S: Final = 0.5


class RelayProcess:
    """One life of the relay."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.process = Process(world.loop, f"relay {number}")
        self.ends: dict[RelaySocket, None] = {}
        self.ready = False
        self._status_at = self._listed = -1
        self._signed = Trust(world.keyset, ())
        self.draining = False

    async def start(self) -> None:
        """As server/app.py puts it together."""
        world = self.world
        storage = Transactions(world.store, self.process)
        clock = ForwardClock(wall_ms=world.relay_wall.now_ms, elapsed_s=world.loop.time)
        audit = AuditService(storage=storage, clock=clock, random_bytes=world.random_bytes, salt=SALT)
        clock.raise_to((await audit.end()).at)
        self.clock = clock
        self.pins = PinService(
            storage=storage,
            clock=clock,
            append=audit.append,
            append_to_each=audit.append_to_each,
            random_bytes=world.random_bytes,
            settings=PinSettings(node=NODE, salt=SALT),
        )
        self.sessions = SessionService(
            storage=storage,
            log_storage=Transactions(world.store, self.process, first=True),
            clock=clock,
            append=audit.append,
            append_to_each=audit.append_to_each,
            badge_account=self._badge_account,
            trust=self._trust,
            check_signature=check_signature,
            random_bytes=world.random_bytes,
            pins=self.pins,
            enrolling=enrols_nobody,
            settings=SessionSettings(
                node=NODE,
                origin=ORIGIN,
                console_url="wss://relay.example/v1/console",
                console_origins=frozenset({ORIGIN}),
            ),
        )
        over = self.sessions._session_over

        def session_over(broker: Broker) -> None:
            if self.process.alive and broker.ended is not None:
                self.world.oracle.relay_over(broker.facts.session, broker.ended.reason)
            over(broker)

        self.sessions._session_over = session_over  # type: ignore[method-assign]
        self.sessions.open_broker = self._open_broker  # type: ignore[method-assign]
        self._handlers = SessionHandlers(
            self.sessions,
            account_of=cast("Any", None),
            source_of=cast("Any", None),
            body_of=cast("Any", None),
            show_body_of=cast("Any", None),
            alive_body_of=cast("Any", None),
            pictures_body_of=cast("Any", None),
        )
        await self.sessions.start()
        self.process.spawn(self._watch_accounts())
        self.ready = True

    @property
    def open(self) -> bool:
        """Whether it takes connections."""
        return self.ready and self.process.alive and not self.draining

    def kill(self, *, closes: bool) -> None:
        """`closes`: its kernel lives and tells the others; without it the whole machine is gone."""
        self.ready = False
        coin = self.world.coin
        self.process.kill(happened=coin)
        self.world.store.crash()
        for end in list(self.ends):
            if closes:
                end.drop()

    async def drain(self) -> None:
        self.draining = True
        await self.sessions.drain()
        await self.sessions.close()
        self.kill(closes=True)

    # The doors, as in relay/session/handlers.py

    async def device_socket(self, socket: RelaySocket) -> None:
        line = Line(socket)
        self.ends[socket] = None
        if self.sessions.has_room():
            source = socket.tv.source if socket.tv is not None else ""
            await self._handlers._serve(socket, line, self.sessions.seat(line, source))
        else:
            await self._handlers._refuse(line, ErrorCode.TRY_LATER)

    async def console_socket(self, socket: RelaySocket, ticket: str) -> None:
        place = self.sessions.join(ticket)
        line = Line(socket)
        self.ends[socket] = None
        match place:
            case None:
                await self._handlers._refuse(line, ErrorCode.NOT_ALLOWED)
            case ShownCode():
                socket.session = place.issued.session
                self.world.oracle.console_joined(socket.session)
                place.attach(line)
                await self._handlers._serve(socket, line, place)
            case _:
                socket.session = place.facts.session
                self.world.oracle.console_joined(socket.session)
                place.attach_console(line)
                await self._handlers._serve(socket, line, ConsoleSeat(place))

    async def redeem(self, *, account: str, locator: str, badge: str, source: str) -> Opened | Refusal:
        """`POST /v1/sessions`."""
        try:
            return await self.sessions.redeem(account=account, locator=locator, badge=badge, source=source)
        except Refusal as refusal:
            return refusal

    async def show(self, *, account: str, badge: str) -> Shown | Refusal:
        """`POST /v1/codes`."""
        try:
            return await self.sessions.show(account=account, badge=badge)
        except Refusal as refusal:
            return refusal

    def _open_broker(self, seat: DeviceSeat, **facts: Any) -> Broker:
        """Notes which set redeemed a code that a console shows, at the moment it did."""
        broker = SessionService.open_broker(self.sessions, seat, **facts)
        if facts["shown_by"] is ShownBy.CONSOLE:
            self.world.oracle.code_claimed(facts["session"], cast("Any", seat.line)._socket)
        return broker

    def _trust(self) -> Trust:
        """As the server signs it: once an hour, and when something is revoked."""
        now_s, revoked = self.clock.now_ms() // 1_000, self.world.revoked
        if now_s - self._status_at >= 3_600 or self._listed != len(revoked):
            status = self.world.org.status_list(now_s, jtis=revoked)
            text = encode(StatusMsg(part=1, parts=1, data=status))
            self._status_at, self._listed = now_s, len(revoked)
            self._signed = Trust(self.world.keyset, (text,))
        return self._signed

    async def _badge_account(self, badge: str) -> str | None:
        if self.world.store.health.away:
            raise StorageAway("away")
        await self.world.store.pause(0.001)
        return self.world.badges.get(badge)

    async def _watch_accounts(self) -> None:
        """As server/app.py does: who was disabled by another process loses the sessions too (INV-G4)."""
        while True:
            await asyncio.sleep(_WATCH_S)  # virtual time
            with contextlib.suppress(StorageAway):
                if self.world.store.health.away:
                    continue
                for account in self.sessions.accounts():
                    if account in self.world.disabled:
                        await self.sessions.revoke(account)
