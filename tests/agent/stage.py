"""A session in memory: the real device session, the console twin, a list between them, a clock in hand."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from device_agent.devices.abilities import NONE, Abilities
from device_agent.now import RelayTime
from device_agent.outbox import Outbox
from device_agent.session import Session
from device_agent.trust import DeviceKey, Trust
from seal.handshake import DeviceHandshake
from tests.agent.console_twin import ALL, ConsoleTwin, Issuer, Technician
from tests.agent.fakes import FakeClock, FakeDevice
from tests.agent.organisation import Organisation
from wire import messages
from wire.code import compose
from wire.hellos import DeviceHello
from wire.messages import decode_from_device
from wire.records import ActionRecord, EndRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.host import Visitor
    from seal.pictures import Codec
    from tests.agent.fakes_able import FakeAble
    from wire.commands import Grant, Outcome
    from wire.reasons import BadgeCause, EndReason

ORIGIN = "https://relay.example"
NOWHERE = Path("/nowhere/trust-state.json")  # never written: a stage is over before a restart
LOCATOR, SECRET = "48170", "365229"


@dataclass
class FakeHost:
    """The agent around the session, as a notebook."""

    visitors: list[Visitor] = field(default_factory=list)
    over: list[EndReason] = field(default_factory=list)
    causes: list[BadgeCause | None] = field(default_factory=list)
    covered: bool = False
    powered: int = 0
    asked: list[tuple[Grant, ...]] = field(default_factory=list)
    can_ask: bool = True
    decoders: list[tuple[Codec, ...]] = field(default_factory=list)
    heard: list[bool] = field(default_factory=list)

    def visitor_came(self, visitor: Visitor) -> None:
        self.visitors.append(visitor)

    def session_over(self, reason: EndReason, cause: BadgeCause | None = None) -> None:
        self.over.append(reason)
        self.causes.append(cause)

    def is_covered(self) -> bool:
        return self.covered

    def more_asked(self, asks: tuple[Grant, ...]) -> bool:
        if self.can_ask:
            self.asked.append(asks)
        return self.can_ask

    def soon(self, call: Callable[[], None]) -> None:
        call()

    def power_pressed(self) -> None:
        self.powered += 1

    def sound_wanted(self, *, on: bool) -> None:
        self.heard.append(on)

    def picture_wanted(self, codecs: tuple[Codec, ...]) -> None:
        self.decoders.append(codecs)


def as_if_kept(trust: Trust) -> Trust:
    """What was heard counts as written: no stage has a disk."""
    trust._kept = trust._changes
    return trust


class Stage:
    """Both ends of one session. `to_device` and `settle` are the relay."""

    def __init__(
        self,
        *,
        asks: tuple[Grant, ...] = ALL,
        issuer: Issuer | None = None,
        trusted: Organisation | None = None,
        technician: Technician | None = None,
        hello_kid: str | None = None,
        trust: Trust | None = None,
        relay_time: RelayTime | None = None,
        able: FakeAble | None = None,
    ) -> None:
        """`able`: the device can do more than take keys."""
        self.clock = FakeClock()
        self.device = able or FakeDevice()
        self.host = FakeHost()
        self.outbox = Outbox()
        self.issuer = issuer or Issuer()
        home = trusted or Organisation(self.issuer)
        now_s = self.clock.now_ms() // 1000
        someone = technician or Technician.of(self.issuer, aud=ORIGIN, now_s=now_s)
        if hello_kid is not None:
            someone = Technician(someone.jws, hello_kid, someone.key)
        self.key = DeviceKey(os.urandom(32))
        hello = DeviceHello(os.urandom(32), self.key.dev, self.key.public, "test 1", ("h264",), 0).to_bytes()
        rs = os.urandom(16)
        self.twin = ConsoleTwin(
            code=compose(LOCATOR, SECRET),
            hello_d=hello,
            rs=rs,
            origin=ORIGIN,
            technician=someone,
            asks=asks,
        )
        handshake = DeviceHandshake(hello_d=hello, locator=LOCATOR, secret=SECRET, rs=rs, origin=ORIGIN)
        asked = messages.decode_for_device(self.twin.pake_a())
        assert isinstance(asked, messages.PakeA)
        yb, tb = handshake.answer(asked.hello, asked.y, os.urandom(32))
        confirmed = messages.decode_for_device(self.twin.pake_confirm(messages.PakeB(y=yb, tag=tb)))
        assert isinstance(confirmed, messages.PakeConfirm)
        self.session = Session(
            keys=handshake.confirm(confirmed.tag),
            kid=handshake.hello_t.kid,
            relay_time=relay_time or RelayTime(0, 0.0),
            key=self.key,
            trust=as_if_kept(trust or home.briefed(self.clock, NOWHERE)),
            device=self.device,
            clock=self.clock,
            outbox=self.outbox,
            host=self.host,
            relay_heard_at=self.clock.boot(),
            abilities=Abilities(able, able, able, able, shutter=able.shutter) if able else NONE,
        )
        if able:
            able.shutter.on_press = lambda hidden: self.session.customer_hid(hidden=hidden)
        self.left: list[str | bytes] = []

    def settle(self) -> list[str | bytes]:
        """Carry everything that waits to the console and check it there; returns what left."""
        left: list[str | bytes] = []
        while (item := self.outbox.take()) is not None:
            left.append(item)
            if isinstance(item, bytes):
                self.twin.receive(item)
            else:
                message = decode_from_device(item)
                if isinstance(message, messages.AliveAnswer):
                    self.twin.hear_alive(message)
                    continue
                assert isinstance(message, messages.RecordMsg)
                self.twin.record(message.rec)
        self.left += left
        return left

    def to_device(self, frame: bytes) -> list[str | bytes]:
        """One frame from the console; returns what the device sent upon it."""
        self.session.receive(frame)
        return self.settle()

    def pair(self) -> Stage:
        """Up to the consent card."""
        self.to_device(self.twin.auth())
        self.to_device(self.twin.pong())
        return self

    def activate(self, *grants: Grant) -> Stage:
        """Up to a session with these grants; all of them unless named."""
        self.pair()
        self.session.allow(grants or ALL)
        self.settle()
        return self

    def pass_time(self, seconds: float, *, relay: bool = True, technician: bool = True) -> None:
        """Let time pass in quarters of a second while relay and technician answer, or do not."""
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            if relay:
                self.session.relay_heard(self.clock.boot())
            self.session.tick()
            before = self.twin.newest_ping
            self.settle()
            if technician and self.session.is_open and self.twin.newest_ping > before:
                self.to_device(self.twin.pong())


def actions(stage: Stage) -> list[Outcome]:
    return [record.outcome for record in stage.twin.records if isinstance(record, ActionRecord)]


def ending(stage: Stage) -> EndRecord:
    end = stage.twin.records[-1]
    assert isinstance(end, EndRecord)
    return end
