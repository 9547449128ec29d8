"""A relay in the test's hand: it hands out one code per line and passes on what the two ends say."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, TypeVar

from tests.agent.console_twin import ALL, ConsoleTwin, Technician, check_signature
from tests.agent.fakes import FakeLine
from tests.agent.organisation import briefing
from wire import messages
from wire.hellos import device_hello_message, parse_device_hello
from wire.messages import decode_from_device
from wire.structs import Message
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.clock import Clock
    from device_agent.link import LineProblem
    from tests.agent.organisation import Organisation
    from wire.commands import Grant
    from wire.reasons import ErrorCode
    from wire.records import Record

LOCATOR = "48170"
PATIENCE_S = 20.0
Expected = TypeVar("Expected", bound=Message)


class FakeRelay:
    """`dial` is what the agent calls; the rest is the test's."""

    def __init__(self, origin: str, org: Organisation, clock: Clock) -> None:
        self.origin = origin
        self.org = org
        self.clock = clock
        self.keyset = org.keyset(clock.now_ms() // 1000)
        self.briefing: list[messages.RelayToDevice] | None = None  # None: what an honest relay would say
        self.lines: list[FakeLine] = []
        self.problem: LineProblem | None = None
        self.hello = b""
        self.rs = os.urandom(16)

    async def dial(self, origin: str, clock: Clock) -> FakeLine:
        if self.problem is not None:
            raise self.problem
        self.lines.append(FakeLine(clock.boot()))
        return self.lines[-1]

    @property
    def line(self) -> FakeLine:
        return self.lines[-1]

    def say(self, message: Message) -> None:
        self.line.give(messages.encode(message))

    async def _heard(self) -> str | bytes:
        """A device that stays silent fails the test instead of hanging it; the time is the machine's own."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.line.sent.get()

    async def next(self, kind: type[Expected]) -> Expected:
        """The device's next word, which must be of this kind."""
        item = await self._heard()
        assert isinstance(item, str), item
        message = decode_from_device(item)
        assert isinstance(message, kind), message
        return message

    async def offer(self, *, stated_origin: str = "", ttl: int = 600) -> None:
        """Challenge, hello, code; the hello's signature is checked as the relay does."""
        rc = os.urandom(32)
        self.say(messages.Challenge(rc=rc, origin=stated_origin or self.origin))
        for news in self.honest() if self.briefing is None else self.briefing:
            self.say(news)
        hello = await self.next(messages.Hello)
        dpk = parse_device_hello(hello.hello).dpk
        assert check_signature(dpk, hello.sig, device_hello_message(self.origin, rc, hello.hello))
        self.hello = hello.hello
        self.say(messages.CodeMsg(locator=LOCATOR, rs=self.rs, ttl=ttl))

    async def join(self, *, refuse: ErrorCode | None = None, wait_s: int = 0) -> str:
        """Challenge, then the locator that the customer typed; its console is there, unless it is refused."""
        rc = os.urandom(32)
        self.say(messages.Challenge(rc=rc, origin=self.origin))
        for news in self.honest() if self.briefing is None else self.briefing:
            self.say(news)
        asked = await self.next(messages.Redeem)
        dpk = parse_device_hello(asked.hello).dpk
        assert check_signature(dpk, asked.sig, device_hello_message(self.origin, rc, asked.hello))
        self.hello = asked.hello
        answer = messages.JoinedDevice(session="0" * 32, rs=self.rs)
        self.say(messages.ErrorMsg(code=refuse, wait_s=wait_s) if refuse else answer)
        return asked.locator

    def honest(self) -> list[messages.RelayToDevice]:
        """The keyset, and a list as a server would sign it now."""
        now_ms = self.clock.now_ms()
        return briefing(self.keyset, self.org.status_list(now_ms // 1000), at_ms=now_ms)

    def redeem(self) -> None:
        self.say(messages.Redeemed(session="0" * 32))

    def console(
        self,
        code: str,
        *,
        now_s: int,
        asks: tuple[Grant, ...] = ALL,
        shown_by: ShownBy = ShownBy.DEVICE,
    ) -> ConsoleTwin:
        """A technician's console that was told `code`."""
        return ConsoleTwin(
            code=code,
            hello_d=self.hello,
            rs=self.rs,
            origin=self.origin,
            technician=Technician.of(self.org.issuer, aud=self.origin, now_s=now_s),
            asks=asks,
            shown_by=shown_by,
        )

    async def agree(self, twin: ConsoleTwin) -> None:
        """The key agreement and the first control frame."""
        self.line.give(twin.pake_a())
        answer = await self.next(messages.PakeB)
        self.line.give(twin.pake_confirm(answer))
        self.line.give(twin.auth())

    async def carry(self, twin: ConsoleTwin, until: Callable[[], bool]) -> None:
        """Pass the device's words and frames on to the console, one by one, until something has arrived."""
        async with asyncio.timeout(10):
            while not until():
                item = await self._heard()
                if isinstance(item, bytes):
                    twin.receive(item)
                else:
                    message = decode_from_device(item)
                    assert isinstance(message, messages.RecordMsg), message
                    twin.record(message.rec)

    async def carry_record(self, twin: ConsoleTwin, kind: type[Record]) -> None:
        """Carry on until the newest record is of this kind."""
        await self.carry(twin, lambda: bool(twin.records) and isinstance(twin.records[-1], kind))


def relay_words(line: FakeLine) -> list[str]:
    """What the device said in clear, by type."""
    return [type(decode_from_device(item)).__name__ for item in line.log if isinstance(item, str)]
