"""The account as it is open on the device: asks the service, and holds the token in memory alone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from device_agent.account import machine
from device_agent.account.machine import Effect, Event, State
from device_agent.account.service import Impossible, Lapsed, NoLine, Stale, Wait
from device_agent.account.view import AccountView, Why, in_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from device_agent.account.service import Code, Service
    from device_agent.clock import Clock

log = logging.getLogger(__name__)

SLOWER_S: Final = 5
LONGEST_WAIT_S: Final = 40
_SIGNED_IN: Final = frozenset(
    {State.SIGNED_IN, State.FETCHING, State.READING, State.REGISTERING, State.NO_TERMS, State.NO_ANSWER}
)


class Account:
    """`changed` hears of every other view; `start` runs what takes time. Nothing here is written to disk."""

    def __init__(
        self,
        service: Service,
        clock: Clock,
        *,
        language: Callable[[], str],
        changed: Callable[[], None],
        start: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
    ) -> None:
        self._service = service
        self._clock = clock
        self._language = language
        self._changed = changed
        self._start = start
        self._view = AccountView()
        self._code: Code | None = None
        self._token = ""
        self._terms = self._read_in = ""  # the version that was read, and its language
        self._until = 0.0  # the end of the code, then that of the token
        self._work: asyncio.Task[None] | None = None
        self._goodbyes: set[asyncio.Task[None]] = set()

    @property
    def view(self) -> AccountView:
        """The screen that is open."""
        return self._view

    def fire(self, event: Event) -> None:
        """One event; what the table has no row for changes nothing."""
        step = machine.step(self._view.state, event)
        if step is None:
            return
        self._view = replace(self._kept(step.state), state=step.state)
        self._carry_out(step.effect)
        self._changed()

    def stop(self) -> None:
        """The agent ends: nothing goes on."""
        self.fire(Event.CLOSE)
        for task in self._goodbyes:
            task.cancel()

    def tick(self) -> None:
        """Let time pass: the countdown of a code, the end of a sign-in."""
        state = self._view.state
        left = max(0, math.ceil(self._until - self._clock.boot()))
        if left == 0 and (state is State.CODE or state in _SIGNED_IN):
            self.fire(Event.LAPSED)
        elif state is State.CODE and left != self._view.seconds_left:
            self._view = replace(self._view, seconds_left=left)
            self._changed()

    def _kept(self, state: State) -> AccountView:
        """What the next screen takes over of the one before: nothing but what was just put there for it."""
        filled = {State.CODE, State.READING, State.DONE, State.NOT_POSSIBLE}
        return self._view if state in filled else AccountView()

    def _carry_out(self, effect: Effect | None) -> None:
        match effect:
            case Effect.ASK:
                self._forget()
                self._do(self._ask)
            case Effect.POLL:
                self._do(self._poll)
            case Effect.FETCH:
                self._do(self._fetch)
            case Effect.SEND:
                self._do(self._send)
            case Effect.FORGET:
                self._forget()
            case None:
                pass

    def _do(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        self._drop_work()
        self._work = self._start(self._guarded(work))

    def _drop_work(self) -> None:
        # What fired the event may be the work itself: that one ends by itself.
        if self._work is not None and self._work is not asyncio.current_task():
            self._work.cancel()
        self._work = None

    def _forget(self) -> None:
        self._drop_work()
        token, self._token, self._terms, self._code = self._token, "", "", None
        if token:
            goodbye = self._start(self._sign_out(token))
            self._goodbyes.add(goodbye)
            goodbye.add_done_callback(self._goodbyes.discard)

    async def _sign_out(self, token: str) -> None:
        # Where it does not arrive, half an hour ends it.
        with contextlib.suppress(NoLine, Impossible, Lapsed, Stale):
            await self._service.sign_out(token)

    async def _guarded(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """One screen's fault ends in words, and nowhere else (INV-H1)."""
        try:
            await work()
        except NoLine:
            self.fire(Event.NO_LINE)
        except Lapsed:
            self.fire(Event.LAPSED)
        except Stale:
            self.fire(Event.STALE)
        except Impossible as impossible:
            self._refuse(impossible.why)
        except Exception:
            log.exception("the account broke")
            self._refuse(Why.NOT_REGISTRABLE)

    def _refuse(self, why: Why) -> None:
        self._view = replace(self._view, why=why)
        self.fire(Event.IMPOSSIBLE)

    async def _ask(self) -> None:
        code = await self._service.authorize()
        self._code = code
        self._until = self._clock.boot() + code.expires_in
        self._view = replace(
            self._view,
            user_code=code.user_code,
            link=code.verification_uri.partition("://")[2],
            link_with_code=code.verification_uri_complete,
            seconds_left=code.expires_in,
            seconds_total=code.expires_in,
        )
        self.fire(Event.GOT_CODE)

    async def _poll(self) -> None:
        """Asks every few seconds; more slowly where told to, or where nobody answers (RFC 8628 §3.5)."""
        code = self._code
        assert code is not None
        interval: float = code.interval
        lost: float = 0
        while True:
            await self._clock.sleep(interval + lost)
            try:
                said = await self._service.token(code.device_code)
            except NoLine:
                lost = min(LONGEST_WAIT_S, max(interval, 2 * lost))
                continue
            lost = 0
            match said:
                case Wait.PENDING:
                    continue
                case Wait.SLOW_DOWN:
                    interval += SLOWER_S
                case Wait.DENIED:
                    return self.fire(Event.REFUSED)
                case Wait.EXPIRED | Wait.SPENT:
                    return self.fire(Event.LAPSED)
                case _:
                    self._token = said.access_token
                    self._until = self._clock.boot() + said.expires_in
                    return self.fire(Event.ALLOWED)

    async def _fetch(self) -> None:
        language = self._language()
        terms = await self._service.terms(self._token, language)
        self._terms, self._read_in = terms.version, language
        self._view = replace(self._view, pages=in_pages(terms.paragraphs))
        self.fire(Event.GOT_TERMS)

    async def _send(self) -> None:
        done = await self._service.register(self._token, self._terms, self._read_in)
        self._view = replace(
            self._view,
            model=done.model,
            covers=done.covers,
            is_new=done.is_new,
            is_verified=done.is_verified,
        )
        self.fire(Event.REGISTERED)
