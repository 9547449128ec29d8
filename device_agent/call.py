"""One call for help: one line, one code, at most one session, and everything that runs for them.

The agent may drop it at any moment (`hang_up`, `stop`); from then on it reports nothing and only finishes
telling the relay, for a second at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from device_agent.briefing import Briefing
from device_agent.link import LineLost, LineProblem
from device_agent.news import CodeReady, Hearing, MoreAsked, NoCode, Over, PowerPressed, Taken
from device_agent.outbox import Outbox
from device_agent.pairing import Pairing, RunOver, read
from device_agent.panel_view import Problem, Summary
from device_agent.picture.encoders import Encoders
from device_agent.picture.pipeline import PicturePipeline
from device_agent.session import Session
from device_agent.sound.pipeline import play
from wire import messages
from wire.limits import LEASE_END_MS, LEASE_MS, PAIRING_S
from wire.reasons import EndReason, as_told

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from device_agent.host import Visitor
    from device_agent.kit import Kit
    from device_agent.link import Line
    from device_agent.news import News, Owner
    from device_agent.pairing import Agreed
    from seal.pictures import Codec
    from wire.commands import Grant
    from wire.reasons import BadgeCause

log = logging.getLogger(__name__)

CODE_S: Final = 6  # from an open line to a code on the screen
LINGER_S: Final = 1.0
_SILENCE_S: Final = LEASE_END_MS / 1000
_SLEPT_S: Final = LEASE_MS / 1000
_WAKING_S: Final = 1.0  # until what happened in the sleep has been noticed


class Call:
    """Is its session's host; see `device_agent/host.py`."""

    def __init__(self, kit: Kit, owner: Owner, *, typed: str = "") -> None:
        """`typed` is the code that the customer typed; without it the device asks for one to show."""
        self._kit = kit
        self._typed = typed
        self._owner: Owner | None = owner
        self._outbox = Outbox()
        self._session: Session | None = None
        self._line: Line | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._picture: asyncio.Task[None] | None = None
        self._sound: asyncio.Task[None] | None = None
        self._opened_at: float | None = None
        self._ticked_at = kit.clock.boot()
        self._woke_at = float("-inf")
        self._expires_at: float | None = None
        self._open_until = 0
        self._taken = False

    @property
    def summary(self) -> Summary:
        """What was done in it."""
        return self._session.summary if self._session else Summary()

    # What the agent does with it

    async def run(self) -> None:
        """The whole call; returns when the line is closed."""
        self._loop = asyncio.get_running_loop()
        line = await self._dial()
        if line is None:
            return
        try:
            async with asyncio.TaskGroup() as self._tasks:
                writer = self._tasks.create_task(line.write(self._outbox))
                talk = self._tasks.create_task(self._talk(line))
                await self._outbox.finished()
                self._stop_picture()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LINGER_S):
                        await asyncio.shield(writer)
                writer.cancel()
                talk.cancel()
        finally:
            line.abort()
            await self._keep(self._kit.memory.mark_closed(self._open_until))

    def hang_up(self) -> None:
        """Throw code and line away; a session that is paired must be stopped instead."""
        self._owner = None
        if self._session is not None and self._session.is_open:
            self._session.abandon()
        elif self._taken and self._session is None:
            self._outbox.put(messages.encode(messages.Abort()))
        self._outbox.finish()

    def stop(self, reason: EndReason) -> None:
        """End the session now; telling is left to the line."""
        self._owner = None
        self._stop_picture()
        if self._session is not None:
            self._session.stop(reason)

    def allow(self, grants: Iterable[Grant]) -> None:
        """Hand the customer's answer over."""
        if self._session is not None:
            self._session.allow(grants)

    def renew(self) -> None:
        """The customer goes on."""
        if self._session is not None:
            self._session.renew()

    def answer(self, grants: Iterable[Grant], *, said: bool) -> None:
        """Hand over the customer's answer to a question for more; not `said`: there was none in time."""
        if self._session is not None:
            self._session.answer(grants, said=said)

    def customer_pressed(self) -> None:
        """The customer drove the device with their own remote."""
        if self._session is not None:
            self._session.customer_pressed()

    def customer_hid(self, *, hidden: bool) -> None:
        """The customer pressed Hide, and the screen is hidden from then on, or shown again."""
        if self._session is not None:
            self._session.customer_hid(hidden=hidden)

    def seconds_to_renew(self) -> float | None:
        """How long the customer's yes still holds, once it is time to ask for another."""
        session = self._session
        return session.seconds_granted if session is not None and session.may_be_renewed else None

    def tick(self) -> None:
        """Let time pass: several times a second."""
        session, line, now = self._session, self._line, self._kit.clock.boot()
        slept = self._has_slept()
        if now - self._ticked_at >= _SLEPT_S:
            self._woke_at = now
        self._ticked_at = now
        if line is not None and session is not None and session.is_paired:
            session.relay_heard(line.heard_at)
            self._look_at_the_screen()
            session.tick(slept=slept)
        elif line is not None and now - line.heard_at >= _SILENCE_S:
            self._fail(Problem.CODE_OVER, EndReason.RELAY_LOST)
        elif self._expires_at is not None and now >= self._expires_at:
            self._fail(Problem.CODE_OVER, EndReason.PAIRING_FAILED)
        elif self._expires_at is None and self._opened_at is not None and now - self._opened_at >= CODE_S:
            self._fail(Problem.SERVER_UNREACHABLE, EndReason.PAIRING_FAILED)

    # What the session asks of it

    def visitor_came(self, visitor: Visitor) -> None:
        self._spawn(self._kit.memory.mark_paired(self._kit.forward.now_ms()))
        if self._kit.make_ready is not None:
            self._spawn(_in_its_own_time(self._kit.make_ready))
        self._report(visitor)

    def session_over(self, reason: EndReason, cause: BadgeCause | None = None) -> None:
        self._stop_picture()
        self._report(Over(reason, cause))

    def is_covered(self) -> bool:
        return self._owner is None or self._owner.is_covered()

    def more_asked(self, asks: tuple[Grant, ...]) -> bool:
        if self._owner is None or not self._owner.can_ask():
            return False
        self._report(MoreAsked(asks))
        return True

    def soon(self, call: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)

    def power_pressed(self) -> None:
        self._report(PowerPressed())

    def sound_wanted(self, *, on: bool) -> None:
        if self._sound is not None:
            self._sound.cancel()
            self._sound = None
        sounding = self._kit.abilities.sounding
        if on and sounding is not None and self._session is not None:
            self._sound = self._spawn(play(sounding, self._session.media, self._kit.clock))
        self._report(Hearing(on and sounding is not None))

    def picture_wanted(self, codecs: tuple[Codec, ...]) -> None:
        self._picture = self._spawn(self._show(codecs))

    # Inside

    async def _dial(self) -> Line | None:
        """The open line; None where there is none, or nobody waits for it any more."""
        dialling = asyncio.ensure_future(self._kit.dial(self._kit.trust.pin.origin, self._kit.clock))
        given_up = asyncio.ensure_future(self._outbox.finished())
        try:
            await asyncio.wait({dialling, given_up}, return_when=asyncio.FIRST_COMPLETED)
            if not dialling.done():
                return None
            self._line, self._opened_at = dialling.result(), self._kit.clock.boot()
        except LineProblem as problem:
            self._report(NoCode(problem.problem, measured=problem.measured))
            return None
        finally:
            for task in (dialling, given_up):
                task.cancel()
            await asyncio.gather(dialling, given_up, return_exceptions=True)
            if self._line is None:
                _drop(dialling)
        return self._line

    async def _talk(self, line: Line) -> None:
        try:
            agreed = await self._pair(line)
            self._session = self._open(agreed, line)
            while True:
                self._on_message(line, await line.receive())
        except LineProblem as problem:
            self._fail(problem.problem, EndReason.PAIRING_FAILED, wait_s=problem.wait_s)
        except RunOver as over:
            self._lose(over.reason)
        except LineLost:
            self._lose(EndReason.DEVICE_LOST if self._has_slept() else EndReason.RELAY_LOST)
        finally:
            self._outbox.finish()

    async def _pair(self, line: Line) -> Agreed:
        pairing = Pairing(
            line=line,
            outbox=self._outbox,
            origin=self._kit.trust.pin.origin,
            key=self._kit.key,
            memory=self._kit.memory,
            briefing=Briefing(self._kit.trust, self._kit.clock),
            name=self._kit.device.name,
            caps=self._kit.caps,
            now_ms=self._kit.forward.now_ms,
        )
        try:
            if self._typed:
                await pairing.claim(self._typed)
            else:
                await self._offered(pairing)
        except (LineLost, RunOver):
            raise LineProblem(Problem.SERVER_REFUSED) from None
        self._taken = True
        self._spawn(self._open_for(PAIRING_S))
        self._report(Taken())
        return await pairing.agree()

    async def _offered(self, pairing: Pairing) -> None:
        offer = await pairing.offer()
        await self._open_for(offer.ttl_s)
        self._report(CodeReady(offer.code, offer.ttl_s))
        await pairing.technician()

    async def _open_for(self, seconds: int) -> None:
        """The code, or its run, is over by then. A device that dies before remembers that it had one."""
        self._expires_at = self._kit.clock.boot() + seconds
        self._open_until = self._kit.forward.now_ms() + seconds * 1000
        await self._keep(self._kit.memory.mark_open(self._open_until))

    async def _keep(self, change: Coroutine[None, None, None]) -> None:
        """What only makes the next start friendlier must not end this call."""
        try:
            await change
        except OSError as failure:
            log.warning("that a code is open, or is no more, is not kept: %s", failure.strerror)

    def _open(self, agreed: Agreed, line: Line) -> Session:
        session = Session(
            keys=agreed.keys,
            kid=agreed.kid,
            relay_time=agreed.relay_time,
            key=self._kit.key,
            trust=self._kit.trust,
            device=self._kit.device,
            clock=self._kit.clock,
            outbox=self._outbox,
            host=self,
            relay_heard_at=line.heard_at,
            credential=self._kit.credential,
            abilities=self._kit.abilities,
        )
        if self._kit.ways is not None:
            session.media.carriers = self._kit.ways(session.media, self._spawn)
        return session

    def _on_message(self, line: Line, message: str | bytes) -> None:
        assert self._session is not None
        if isinstance(message, bytes):
            # The lease is judged when a command arrives, not at the last tick.
            self._session.relay_heard(line.heard_at)
            self._session.receive(message)
            return
        match read(message):
            case messages.Ended(reason=reason):
                raise RunOver(as_told(reason))
            case messages.ErrorMsg():
                raise RunOver(EndReason.RELAY_LOST)
            case messages.Alive() as sign:
                self._session.alive(sign)
            case None:
                pass  # of a later version
            case _:
                raise LineProblem(Problem.WRONG_SERVER)  # at another moment than its own (SPEC §5.2)

    def _fail(self, problem: Problem, reason: EndReason, *, wait_s: int = 0) -> None:
        """It came to nothing: before a technician had the code that is a problem, after it an ending."""
        if not self._taken:
            self._outbox.finish()
            self._report(NoCode(problem, wait_s=wait_s))
        elif self._session is None:
            self._outbox.put(messages.encode(messages.Abort()))
            self._outbox.finish()
            self._report(Over(reason))
        elif self._session.is_open:
            why = EndReason.INTEGRITY_FAILED if self._session.is_paired else reason
            self._session.stop(why)
            self._report(Over(why))

    def _has_slept(self) -> bool:
        """Whether this device did not run lately: then a silence or a closed line is nobody else's doing."""
        now = self._kit.clock.boot()
        return now - self._ticked_at >= _SLEPT_S or now - self._woke_at < _WAKING_S

    def _look_at_the_screen(self) -> None:
        try:
            _ = self._kit.device.serial
        except Exception:
            # A screen that is lost cannot show the banner, so nobody may stay connected (INV-B7).
            log.exception("the screen failed")
            self._lose(EndReason.DEVICE_LOST)

    def _lose(self, reason: EndReason) -> None:
        if self._session is not None:
            if not self._session.is_open:
                return
            self._session.abandon()
        self._outbox.finish()
        self.session_over(reason)

    async def _show(self, codecs: tuple[Codec, ...]) -> None:
        assert self._session is not None
        pipeline = PicturePipeline(
            device=self._kit.device,
            encoders=Encoders(codecs),
            sink=self._session,
            clock=self._kit.clock,
            shutter=self._kit.abilities.shutter,
        )
        self._session.pictures = pipeline
        try:
            await pipeline.run()
        except* Exception:
            log.exception("the picture stopped")
            self._lose(EndReason.DEVICE_LOST)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        assert self._tasks is not None
        return self._tasks.create_task(work)

    def _stop_picture(self) -> None:
        for task in (self._picture, self._sound):
            if task is not None:
                task.cancel()

    def _report(self, news: News) -> None:
        if self._owner is not None:
            self._owner.heard(news)


async def _in_its_own_time(make_ready: Callable[[], None]) -> None:
    try:
        await asyncio.to_thread(make_ready)
    except Exception:
        log.exception("the first picture may take longer")


def _drop(dialling: asyncio.Future[Line]) -> None:
    """A line that came all the same, after nobody waited for it any more."""
    if not dialling.cancelled() and dialling.exception() is None:
        dialling.result().abort()
