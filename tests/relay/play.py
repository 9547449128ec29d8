"""A node with real services over a real database, and the two ends of a session played against it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from relay.audit.record import Leaf, parse_leaf
from relay.audit.service import AuditService
from relay.audit.store import audit_leaf
from relay.pin import store as pin_store
from relay.pin.service import PinService, PinSettings
from relay.session import store as session_store
from relay.session.broker import Broker
from relay.session.facts import Side
from relay.session.service import SessionService
from relay.session.shapes import Opened, SessionSettings
from tests.relay.kit import (
    BADGE,
    ORIGIN,
    FakeClock,
    FakeLine,
    check_signature,
    device_hello,
    enrols_nobody,
    frame,
)
from wire.commands import ActionClass, Grant, Outcome
from wire.encoding import key_id, sha256_b64
from wire.frames import Stream
from wire.hellos import ConsoleHello, device_hello_message
from wire.messages import (
    Challenge,
    CodeMsg,
    Hello,
    PakeA,
    PakeB,
    PakeConfirm,
    RecordMsg,
    Redeemed,
    encode,
)
from wire.reasons import CloseCode, EndReason
from wire.records import RecordWriter
from wire.transcript import ShownBy, channel_identifier, sid, transcript_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from relay.ports import LogStorage
    from relay.session.seat import DeviceSeat
    from server.storage.engine import Database
    from wire.structs import Message

NODE = "node-1"
SALT = bytes(range(32))
SOURCE = "192.0.2.1"
CONSOLE_ORIGIN = "https://console.example"
_UNIQUE = itertools.count(1)


def unique(size: int) -> bytes:
    """Bytes that are never the same twice in a run, and the same in every run."""
    return hashlib.shake_256(str(next(_UNIQUE)).encode()).digest(size)


def fresh_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(unique(32))


class Node:
    """The relay's services of one process."""

    def __init__(self, storage: LogStorage, clock: FakeClock | None = None, *, node: str = NODE) -> None:
        self.storage = storage
        self.clock = clock or FakeClock()
        self.badges: dict[str, str] = {}
        self.audit = AuditService(storage=storage, clock=self.clock, random_bytes=unique, salt=SALT)
        self.pins = PinService(
            storage=storage,
            clock=self.clock,
            append=self.audit.append,
            append_to_each=self.audit.append_to_each,
            random_bytes=unique,
            settings=PinSettings(node=node, salt=SALT),
        )
        self.sessions = SessionService(
            storage=storage,
            log_storage=storage,
            clock=self.clock,
            append=self.audit.append,
            append_to_each=self.audit.append_to_each,
            badge_account=self._badge_account,
            trust=lambda: None,
            check_signature=check_signature,
            random_bytes=unique,
            pins=self.pins,
            enrolling=enrols_nobody,
            settings=SessionSettings(
                node=node,
                origin=ORIGIN,
                console_url="wss://relay.example/v1/console",
                console_origins=frozenset({CONSOLE_ORIGIN}),
            ),
        )

    async def _badge_account(self, badge: str) -> str | None:
        return self.badges.get(badge)


class Dead(Exception):  # noqa: N818 - the process is, not an error of it
    """The store died while the test waited for something that can no longer come."""


@dataclass
class WaitingLine(FakeLine):
    """A line whose test can wait for what is sent to it."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)
    dead: asyncio.Event = field(default_factory=asyncio.Event)

    def close(self, last: Message | None, code: CloseCode, now: float) -> None:
        super().close(last, code, now)
        self.changed.set()

    def pass_picture(self, frame: bytes) -> None:
        super().pass_picture(frame)
        self.changed.set()

    def _take(self, thing: Message | bytes) -> bool:
        taken = super()._take(thing)
        self.changed.set()
        return taken

    async def until(self, there: Callable[[WaitingLine], bool]) -> None:
        """Returns when it is; raises Dead when the line was closed or the store died instead."""
        while not there(self):
            if self.closed is not None or self.dead.is_set():
                raise Dead
            self.changed.clear()
            waits = [asyncio.create_task(event.wait()) for event in (self.changed, self.dead)]
            _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED, timeout=20)
            for task in pending:
                task.cancel()

    async def message(self, kind: type[Message]) -> Message:
        await self.until(lambda line: any(isinstance(said, kind) for said in line.said))
        return next(said for said in self.said if isinstance(said, kind))


class Play:
    """One device and one technician on a node. `dead` tells both that the store has died."""

    def __init__(self, node: Node, *, dead: asyncio.Event | None = None) -> None:
        self.node = node
        died = dead or asyncio.Event()
        self.device, self.console = WaitingLine(dead=died), WaitingLine(dead=died)
        self.key = fresh_key()
        self.account = unique(16).hex()
        self.node.badges[BADGE] = self.account
        self.locator = ""
        self.opened: Opened | None = None
        self.broker: Broker | None = None
        self._seat: DeviceSeat
        self._records: RecordWriter
        self._control_seq = 0

    async def show_code(self) -> str:
        self._seat = self.node.sessions.seat(self.device)
        challenge = self.device.said[0]
        assert isinstance(challenge, Challenge)
        hello = device_hello(self.key).to_bytes()
        sig = self.key.sign(device_hello_message(ORIGIN, challenge.rc, hello))
        self._seat.receive(encode(Hello(hello=hello, sig=sig)))
        code = await self.device.message(CodeMsg)
        assert isinstance(code, CodeMsg)
        self.locator = code.locator
        return self.locator

    async def redeem(self) -> Opened:
        self.opened = await self.node.sessions.redeem(
            account=self.account, locator=self.locator, badge=BADGE, source=SOURCE
        )
        await self.device.message(Redeemed)
        return self.opened

    async def pair(self) -> None:
        assert self.opened is not None
        place = self.node.sessions.join(self.opened.ticket)
        assert isinstance(place, Broker)
        self.broker = place
        self.broker.attach_console(self.console)
        hello_t = ConsoleHello(nt=unique(32), kid=key_id(bytes(32)))
        a = PakeA(hello=hello_t.to_bytes(), y=unique(32))
        b = PakeB(y=unique(32), tag=unique(64))
        confirm = PakeConfirm(tag=unique(64))
        self._says(Side.CONSOLE, a)
        self._says(Side.DEVICE, b)
        self._says(Side.CONSOLE, confirm)
        hello_d = device_hello(self.key)
        ci = channel_identifier(origin=ORIGIN, locator=self.locator, shown_by=ShownBy.DEVICE, dev=hello_d.dev)
        run = sid(hello_d.nd, hello_t.nt, self.opened.rs)
        th = transcript_hash(self.opened.hello, a.hello, ci, run, a.y, b.y, b.tag, confirm.tag)
        self._records = RecordWriter(th, self.key.sign)
        auth = await self.command()
        await self._record(self._records.paired(dts=1, frame=sha256_b64(auth), badge=BADGE))

    async def consent(self) -> None:
        await self._record(self._records.consent(dts=2, grants=[Grant.KEYS, Grant.VIEW], for_s=1800))

    async def command(self) -> bytes:
        """A control frame of the console, once the device has it."""
        sent = frame(Stream.T2D_CONTROL, self._control_seq)
        self._control_seq += 1
        assert self.broker is not None
        self.broker.receive(Side.CONSOLE, sent)
        await self.device.until(lambda line: sent in line.frames)
        return sent

    async def act(self) -> None:
        answered = await self.command()
        record = self._records.action(
            dts=3,
            frame=sha256_b64(answered),
            action_class=ActionClass.KEY,
            path="",
            outcome=Outcome.DONE,
        )
        await self._record(record)

    async def hide(self) -> None:
        """The customer hides the screen."""
        await self._record(self._records.hide(dts=3, hidden=True))

    async def stop(self) -> None:
        """The customer presses stop."""
        end = self._records.end(dts=4, reason=EndReason.CUSTOMER_STOPPED)
        self._says(Side.DEVICE, RecordMsg(rec=end))
        await self.node.sessions._log.flushed()

    async def whole(self) -> None:
        await self.show_code()
        await self.redeem()
        await self.pair()
        await self.consent()
        await self.act()
        await self.hide()
        await self.stop()

    async def _record(self, data: bytes) -> None:
        self._says(Side.DEVICE, RecordMsg(rec=data))
        await self.console.until(lambda line: data in line.records)

    def _says(self, side: Side, message: Message) -> None:
        if side is Side.DEVICE:
            self._seat.receive(encode(message))
        else:
            assert self.broker is not None
            self.broker.receive(side, encode(message))


async def leaves(database: Database) -> list[Leaf]:
    """Everything in the log, oldest first."""
    async with database.read() as conn:
        rows = await conn.execute(sa.select(audit_leaf.c.leaf).order_by(audit_leaf.c.idx))
        return [parse_leaf(bytes(row.leaf)) for row in rows]


async def session_rows(database: Database) -> list[sa.Row[tuple[object, ...]]]:
    async with database.read() as conn:
        return list(await conn.execute(sa.select(session_store.session)))


async def pin_rows(database: Database) -> list[sa.Row[tuple[object, ...]]]:
    async with database.read() as conn:
        return list(await conn.execute(sa.select(pin_store.pin)))
