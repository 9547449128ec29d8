"""One run for one code: prove who we are, get a locator, draw the secret, agree on keys (seal/SPEC §1).

The secret never leaves; the code is marked used, on the disk, before the answer to a guess does (INV-A1).
"""

from __future__ import annotations

import logging
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from device_agent.link import LineLost, LineProblem
from device_agent.panel_view import Problem
from seal.errors import SealError
from seal.handshake import DeviceHandshake
from wire import messages
from wire.code import compose, split
from wire.errors import WireError
from wire.hellos import DeviceHello, device_hello_message
from wire.limits import FW_CHARACTERS
from wire.messages import (
    Challenge,
    CodeMsg,
    Ended,
    ErrorMsg,
    JoinedDevice,
    KeysetMsg,
    PakeA,
    PakeConfirm,
    Redeemed,
    StatusMsg,
    decode_for_device,
)
from wire.reasons import EndReason, ErrorCode, as_told
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from device_agent.briefing import Briefing
    from device_agent.link import Line
    from device_agent.memory import Memory
    from device_agent.now import RelayTime
    from device_agent.outbox import Outbox
    from device_agent.trust import DeviceKey
    from seal.keys import SessionKeys
    from wire.structs import Message

log = logging.getLogger(__name__)

AGENT: Final = "agent 0.1.0"
CAPS: Final = ("h264", "jpeg")  # what every device shows pictures with

_PROBLEM_OF: Final[Mapping[ErrorCode, Problem]] = {
    ErrorCode.TRY_LATER: Problem.BUSY,
    ErrorCode.TOO_MANY: Problem.BUSY,
    ErrorCode.CODE_OVER: Problem.CODE_OVER,
    ErrorCode.CODE_NOT_OPEN: Problem.CODE_NOT_OPEN,
    ErrorCode.TIMED_OUT: Problem.TOO_SLOW,
    ErrorCode.NOT_ALLOWED: Problem.SERVER_REFUSED,
    ErrorCode.BAD_MESSAGE: Problem.WRONG_SERVER,
    ErrorCode.WRONG_STATE: Problem.WRONG_SERVER,
}

Expected = TypeVar("Expected", bound=messages.RelayToDevice)


class RunOver(Exception):  # noqa: N818 - an ending, with its reason
    """A technician had the code and it came to nothing."""

    def __init__(self, reason: EndReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Offer:
    """A live code; `code` is for the screen only."""

    code: str
    ttl_s: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """Keys only this device and the console have; `kid` is the issuer key the console announced."""

    keys: SessionKeys
    kid: str
    relay_time: RelayTime


def draw_secret() -> str:
    """Six digits from the system's generator, without modulo bias."""
    return f"{secrets.randbelow(1_000_000):06d}"


def firmware(name: str) -> str:
    """By what a technician tells one device from another in a list."""
    end = f" · {AGENT}"
    return name[: FW_CHARACTERS - len(end)] + end


class Pairing:
    """The three steps of a run, in order; each returns or raises LineProblem or RunOver."""

    def __init__(
        self,
        *,
        line: Line,
        outbox: Outbox,
        origin: str,
        key: DeviceKey,
        memory: Memory,
        briefing: Briefing,
        name: str,
        now_ms: Callable[[], int],
        caps: tuple[str, ...] = (),
        draw: Callable[[], str] = draw_secret,
    ) -> None:
        self._line = line
        self._outbox = outbox
        self._origin = origin
        self._key = key
        self._memory = memory
        self._briefing = briefing
        self._may_brief = True
        self._fw = firmware(name)
        self._caps = CAPS + caps
        self._now_ms = now_ms
        self._draw = draw
        self._code = ""
        self._handshake: DeviceHandshake | None = None

    async def offer(self) -> Offer:
        """Ask for a code and make it whole."""
        hello, signature = await self._proof()
        self._say(messages.Hello(hello=hello, sig=signature))
        live = await self._expect(CodeMsg)
        secret = self._fresh_secret(live.locator)
        self._handshake = DeviceHandshake(
            hello_d=hello, locator=live.locator, secret=secret, rs=live.rs, origin=self._origin
        )
        self._code = compose(live.locator, secret)
        return Offer(self._code, live.ttl)

    async def claim(self, code: str) -> None:
        """Return once the console that shows `code` is there. Only its locator leaves (SPEC §3)."""
        locator, secret = split(code)
        hello, signature = await self._proof()
        self._say(messages.Redeem(locator=locator, hello=hello, sig=signature))
        joined = await self._expect(JoinedDevice)
        self._handshake = DeviceHandshake(
            hello_d=hello,
            locator=locator,
            secret=secret,
            rs=joined.rs,
            origin=self._origin,
            shown_by=ShownBy.CONSOLE,
        )
        self._code = code

    async def technician(self) -> None:
        """Return once a technician took the code."""
        try:
            await self._expect(Redeemed)
        except (LineLost, RunOver):
            # A code without its line is no code any more.
            raise LineProblem(Problem.CODE_OVER) from None

    async def agree(self) -> Agreed:
        """The one run of the key agreement this code allows."""
        assert self._handshake is not None
        handshake, self._handshake = self._handshake, None
        self._may_brief = False
        try:
            asked = await self._expect(PakeA)
            yb, tb = handshake.answer(asked.hello, asked.y, os.urandom(32))
            await self._memory.mark_used(self._code, self._now_ms())
            self._say(messages.PakeB(y=yb, tag=tb))
            confirmed = await self._expect(PakeConfirm)
            keys = handshake.confirm(confirmed.tag)
            return Agreed(keys, handshake.hello_t.kid, self._briefing.relay_time)
        except (SealError, LineProblem):
            self._say(messages.Abort())
            raise RunOver(EndReason.PAIRING_FAILED) from None
        except LineLost:
            raise RunOver(EndReason.RELAY_LOST) from None

    async def _proof(self) -> tuple[bytes, bytes]:
        """hello_D and its signature over this line's challenge, once the service is the one expected."""
        challenge = await self._expect(Challenge)
        if challenge.origin != self._origin:
            raise LineProblem(Problem.WRONG_SERVER)
        hello = self._hello()
        return hello, self._key.sign(device_hello_message(self._origin, challenge.rc, hello))

    def _hello(self) -> bytes:
        return DeviceHello(
            nd=os.urandom(32),
            dev=self._key.dev,
            dpk=self._key.public,
            fw=self._fw,
            caps=self._caps,
            fails=self._memory.fails,
        ).to_bytes()

    def _fresh_secret(self, locator: str) -> str:
        while True:
            secret = self._draw()
            if not self._memory.was_used(compose(locator, secret)):
                return secret

    def _say(self, message: Message) -> None:
        self._outbox.put(messages.encode(message))

    async def _expect(self, kind: type[Expected]) -> Expected:
        """The next message the relay may send at this step; types from a later version are ignored."""
        while True:
            match read(await self._line.receive()):
                case None:
                    continue
                case KeysetMsg() | StatusMsg() as news if self._may_brief:
                    await self._brief(news)
                case ErrorMsg(code=ErrorCode.TOO_MANY, wait_s=wait_s) if wait_s:
                    raise LineProblem(Problem.WAIT, wait_s=wait_s)
                case ErrorMsg(code=code):
                    raise LineProblem(_PROBLEM_OF[code])
                case Ended(reason=reason):
                    raise RunOver(as_told(reason))
                case message if isinstance(message, kind):
                    return message
                case _:
                    raise LineProblem(Problem.WRONG_SERVER)

    async def _brief(self, news: KeysetMsg | StatusMsg) -> None:
        try:
            await self._briefing.hear(news)
        except OSError as failure:
            # What a restart would forget is not relied on, so no code could come to anything.
            log.warning("what the maker signed is not kept: %s", failure.strerror)
            raise LineProblem(Problem.NOT_KEPT) from None


def read(message: str | bytes) -> messages.RelayToDevice | None:
    """What the relay says, or None for a type this version does not know."""
    if isinstance(message, bytes):
        raise LineProblem(Problem.WRONG_SERVER)
    try:
        return decode_for_device(message)
    except WireError as error:
        if error.code == "unknown_type":
            return None
        raise LineProblem(Problem.WRONG_SERVER) from None
