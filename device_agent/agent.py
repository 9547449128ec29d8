"""The agent: routes the customer's keys, carries out what the machine decides, keeps the panel true.

Stop and power are decided here, in the call that brings the key, with or without a network (INV-B1).
"""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from device_agent import machine, network, panel
from device_agent.account.machine import Event as AccountEvent
from device_agent.account.page import AccountPage
from device_agent.call import Call
from device_agent.clock import until_beat
from device_agent.host import Visitor
from device_agent.machine import (
    Again,
    Allow,
    AnswerMore,
    Claim,
    Connect,
    End,
    Event,
    HangUp,
    OpenSettings,
    Renew,
    Screen,
    Show,
    State,
)
from device_agent.news import CodeReady, Hearing, MoreAsked, NoCode, Over, PowerPressed, Taken
from device_agent.panel import Panel, Speak, Wish
from device_agent.panel_view import Ask, Banner, Page, PanelView, Problem, Summary, TvState
from wire.limits import CONSENT_S, PAIRING_S
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from device_agent.kit import Kit
    from device_agent.machine import Effect
    from device_agent.news import News
    from device_agent.panel_view import Item
    from wire.commands import Grant
    from wire.reasons import BadgeCause

log = logging.getLogger(__name__)

TICK_S: Final = 0.25
GOODBYE_S: Final = 1.5

_AT_ONCE: Final = {"stop": Event.STOP, "help": Event.HELP}
_COUNTING: Final = frozenset({Page.CODE, Page.CODE_BIG, Page.PAIRING, Page.CONSENT, Page.RENEW, Page.MORE})
# Elsewhere a typed code is of no use any more.
_TYPED_PAGES: Final = frozenset({Page.CHECKING, Page.PROBLEM})
_CONNECTED: Final = frozenset({State.ACTIVE, State.RENEWING, State.ASKING})


class Agent:
    """One device's agent. `run` lives until `close`; `press` and `heard` are the only ways to change it."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._state = State.IDLE
        self._panel = Panel(PanelView())
        self._call: Call | None = None
        self._code = self._typed = ""
        self._visitor: Visitor | None = None
        self._grants: frozenset[Grant] = frozenset()
        self._more: tuple[Grant, ...] = ()
        self._reason: EndReason | None = None
        self._cause: BadgeCause | None = None
        self._by_technician = self._hears = False
        self._summary = Summary()
        self._no_code = NoCode(Problem.SERVER_UNREACHABLE)
        self._deadline, self._total_s = 0.0, 0
        self._deaf_until = 0.0
        self._relay_wait_until = 0.0
        self._change = asyncio.Event()
        self._closing = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._ears: asyncio.Task[None] | None = None
        self._account = AccountPage(
            kit,
            start=self._begin,
            of=lambda: self._panel,
            draw=self._draw,
            leave=lambda: self._fire(Event.LEAVE),
        )
        if kit.abilities.shutter is not None:
            kit.abilities.shutter.on_press = self.customer_hid

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        assert self._tasks is not None
        return self._tasks.create_task(work)

    @property
    def state(self) -> TvState:
        """What outsiders are told."""
        return machine.tv_state(self._state, deaf=self._is_deaf())

    @property
    def view(self) -> PanelView:
        """What the panel shows."""
        return self._panel.view

    async def changed(self) -> None:
        """Return at the next change of state or view."""
        await self._change.wait()

    async def run(self) -> None:
        """Serve the customer until `close`."""
        async with asyncio.TaskGroup() as self._tasks:
            ticking = self._tasks.create_task(self._tick())
            self._tell_what_was_before()
            await self._closing.wait()
            if self._calls:
                await asyncio.wait(self._calls, timeout=GOODBYE_S)
            self._account.stop()
            for task in (ticking, self._ears, *self._calls):
                if task is not None:
                    task.cancel()

    def _tell_what_was_before(self) -> None:
        """An ending not seen yet, or a code that died with the agent: a fresh one is one press away."""
        memory = self._kit.memory
        if memory.unseen_end is not None:
            self._fire(Event.NEWS)
        elif memory.was_interrupted(self._kit.forward.now_ms()):
            self._fire(Event.RESTARTED)
            assert self._tasks is not None
            self._tasks.create_task(self._keep(memory.mark_closed()))

    async def close(self) -> None:
        """The agent stops: whoever is connected is told that the device goes off."""
        if self._state is not State.OFF:
            self._fire(Event.POWER)
        self._closing.set()

    def press(self, key: str) -> None:
        """One key-down of the customer's own remote: stop, power, help, then the open page, then the TV."""
        if self._tasks is None:
            return
        if key == "power":
            self._fire(self._power_event())
        elif self._state is State.OFF:
            return
        elif key in _AT_ONCE:
            self._fire(_AT_ONCE[key])
        elif self.is_covered():
            self._press_panel(key)
        else:
            self.customer_acted()
            self._kit.device.press(key, None)

    def open_account(self) -> None:
        """The customer chose Account on the set's own screen."""
        if self._tasks is not None and self._account.is_there and not self.is_covered():
            self._fire(Event.ACCOUNT)

    def customer_acted(self) -> None:
        """The customer used the device itself, by whatever way: for a moment it is theirs alone."""
        if self._call is not None:
            self._call.customer_pressed()

    def customer_hid(self, hidden: bool) -> None:  # noqa: FBT001 - what the shutter calls
        """The customer pressed Hide, and the screen is hidden from then on, or shown again."""
        if self._call is not None:
            self._call.customer_hid(hidden=hidden)

    def choose(self, item: Item, language: str = "") -> None:
        """The customer's own finger or mouse on an item of the open page."""
        if self._tasks is not None and self._state is not State.OFF and self.is_covered():
            self._act_on_panel(lambda it: panel.choose(it, item, language))

    def is_covered(self) -> bool:
        """Whether a panel page covers the screen."""
        return self._panel.view.page is not Page.NONE

    def can_ask(self) -> bool:
        """Whether the customer can be asked for more now: nothing else is asked, and no page is open."""
        return self._state is State.ACTIVE and not self.is_covered()

    def heard(self, news: News) -> None:
        """What the call reports."""
        match news:
            case CodeReady(code=code, ttl_s=ttl_s):
                self._code = code
                self._count_from(ttl_s)
                self._fire(Event.CODE)
            case NoCode():
                self._tell_why(news)
            case Taken():
                self._code = ""
                self._count_from(PAIRING_S)
                self._fire(Event.REDEEMED)
            case Visitor():
                self._visitor = news
                self._count_from(CONSENT_S)
                self._fire(Event.PAIRED)
            case Over(reason=reason, cause=cause):
                self._cause = cause
                self._reason = reason
                self._summary = self._call.summary if self._call else Summary()
                self._fire(Event.OVER)
            case Hearing(on=on):
                self._hears = on
                self._draw(replace(self._panel, view=replace(self._panel.view, banner=self._banner())))
            case MoreAsked(asks=asks):
                self._more = asks
                self._count_from(CONSENT_S)
                self._fire(Event.ASKED)
            case PowerPressed():
                self._by_technician = True
                self._fire(Event.POWER)

    def _tell_why(self, news: NoCode) -> None:
        measured = network.figures(news.measured) if news.measured else "line open"
        log.warning("no code: %s (%s)", news.problem.value, measured)
        self._no_code = news
        self._relay_wait_until = self._kit.clock.boot() + news.wait_s
        self._fire(Event.NO_LINE if news.problem in network.REPEATABLE else Event.NO_CODE)

    # Keys

    def _power_event(self) -> Event:
        unseen = self._kit.memory.unseen_end
        return Event.NEWS if self._state is State.OFF and unseen is not None else Event.POWER

    def _press_panel(self, key: str) -> None:
        self._act_on_panel(lambda it: panel.press(it, key))

    def _act_on_panel(self, act: Callable[[Panel], tuple[Panel, Wish | None]]) -> None:
        if self._is_deaf():
            return
        after, asked = act(self._panel)
        self._draw(after)
        is_card = after.view.page in panel.ASKING_PAGES
        if is_card and asked is Event.ACCEPT and not panel.granted(after.view):
            asked = Event.DECLINE  # nothing left switched on
        match asked:
            case Event():
                if asked is Event.CLAIM:
                    self._typed = after.view.typed
                self._fire(asked)
            case AccountEvent():
                self._account.fire(asked)
            case Speak(language=language) if self._kit.polyglot is not None:
                self._kit.polyglot.speak(language)
                self._notify()

    def _is_deaf(self) -> bool:
        return self._panel.view.page in panel.DEAF_PAGES and self._kit.clock.boot() < self._deaf_until

    # The machine's decisions

    def _fire(self, event: Event) -> None:
        step = machine.step(self._state, event)
        if step is None:
            log.debug("%s does not apply while %s", event, self._state)
            return
        self._state = step.state
        for effect in step.effects:
            self._carry_out(effect)
        self._notify()

    def _carry_out(self, effect: Effect) -> None:  # noqa: C901 - one case per effect
        match effect:
            case Show(page=page, problem=problem):
                self._show(page, problem)
            case Connect():
                self._typed = ""
                self._connect()
            case Claim() | Again():
                self._connect()
            case HangUp():
                self._hang_up()
            case End(reason=reason):
                self._end(reason)
            case Allow():
                self._allow()
            case Renew():
                if self._call is not None:
                    self._call.renew()
            case AnswerMore(given=given, said=said):
                self._answer_more(panel.granted(self._panel.view) if given else frozenset(), said=said)
            case OpenSettings():
                if self._kit.networked is not None:
                    self._kit.networked.open_network_settings()
            case Screen(on=on):
                self._kit.device.power(on=on)

    def _connect(self) -> None:
        if self._typed and self._kit.memory.was_used(self._typed):
            self._tell_why(NoCode(Problem.CODE_USED))
            return
        if self._own_wait_s():
            self._tell_why(NoCode(Problem.WAIT))
            return
        assert self._tasks is not None
        self._visitor, self._grants, self._reason, self._summary = None, frozenset(), None, Summary()
        self._cause = None
        self._hears = False
        self._by_technician = False
        self._call = Call(self._kit, self, typed=self._typed)
        task = self._tasks.create_task(self._guarded(self._call))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _guarded(self, call: Call) -> None:
        try:
            await call.run()
        except* Exception:
            # One call's fault ends that call; the panel, and Stop, go on (INV-H1).
            log.exception("the call broke")
            if call is self._call:
                self.heard(NoCode(Problem.SERVER_REFUSED))
                self.heard(Over(EndReason.DEVICE_LOST))

    def _hang_up(self) -> None:
        if self._call is not None:
            self._call.hang_up()
        self._call, self._code = None, ""
        self._grants = frozenset()

    def _end(self, reason: EndReason) -> None:
        call, self._call = self._call, None
        self._grants = frozenset()
        self._reason = reason
        if call is not None:
            call.stop(reason)
            self._summary = call.summary

    def _allow(self) -> None:
        self._grants = panel.granted(self._panel.view)
        if self._call is not None:
            self._call.allow(self._grants)

    def _answer_more(self, given: frozenset[Grant], *, said: bool) -> None:
        self._grants |= given
        if self._call is not None:
            self._call.answer(given, said=said)

    # The panel

    def _show(self, page: Page, problem: Problem | None) -> None:
        if page is Page.ENDED:
            self._note_ending_seen()
        if problem is not None:
            self._no_code = NoCode(problem)
        if page not in _TYPED_PAGES:
            self._typed = ""
        if page in panel.DEAF_PAGES:
            self._deafen()
        if page is Page.ACCOUNT:
            self._account.fire(AccountEvent.OPEN)
        self._draw(panel.opened(self._view(page)))
        self._account.shown(page)

    def _view(self, page: Page) -> PanelView:  # noqa: PLR0911 - one line per page
        who = self._visitor
        view = PanelView(
            page=page, banner=self._banner(), name=who.name if who else "", org=who.org if who else ""
        )
        match page:
            case Page.SUPPORT if self._kit.polyglot is not None:
                return replace(
                    view, languages=self._kit.polyglot.languages, language=self._kit.device.language
                )
            case Page.CODE | Page.PAIRING | Page.RENEW:
                return self._counted(replace(view, code=self._code))
            case Page.CONSENT if who is not None:
                asks = tuple(Ask(grant, on=True) for grant in who.asks)
                return self._counted(replace(view, request=who.request, asks=asks))
            case Page.MORE:
                asks = tuple(Ask(grant, on=True) for grant in self._more)
                return self._counted(replace(view, asks=asks))
            case Page.ENDED:
                return replace(
                    view,
                    reason=self._reason,
                    cause=self._cause,
                    by_technician=self._by_technician,
                    summary=self._summary,
                )
            case Page.PROBLEM:
                return self._why(view)
            case Page.ACCOUNT:
                return replace(view, account=self._account.view)
            case _:
                return view

    def _why(self, view: PanelView) -> PanelView:
        why = self._no_code
        return replace(
            view,
            problem=why.problem,
            findings=network.findings(why.problem, why.measured),
            has_network_settings=self._kit.networked is not None and why.problem in network.AT_HOME,
            clock_ms=self._kit.clock.now_ms() if why.problem is Problem.CLOCK_WRONG else 0,
            wait_seconds=self._wait_s(),
        )

    def _banner(self) -> Banner | None:
        if self._state not in _CONNECTED or self._visitor is None:
            return None
        return Banner(self._visitor.name, self._visitor.org, self._grants, hears=self._hears)

    def _counted(self, view: PanelView) -> PanelView:
        left = max(0, math.ceil(self._deadline - self._kit.clock.boot()))
        return replace(view, seconds_left=left, seconds_total=self._total_s)

    def _draw(self, after: Panel) -> None:
        if after == self._panel:
            return
        self._panel = after
        self._kit.device.show(after.view)
        self._notify()

    def _count_from(self, seconds: int) -> None:
        self._deadline, self._total_s = self._kit.clock.boot() + seconds, seconds

    def _wait_s(self) -> int:
        """What is left of the wait on the screen: this device's own, or the one the relay told it of."""
        return max(self._own_wait_s(), math.ceil(self._relay_wait_until - self._kit.clock.boot()))

    def _own_wait_s(self) -> int:
        return math.ceil(self._kit.memory.wait_ms(self._kit.forward.now_ms()) / 1000)

    def _deafen(self) -> None:
        self._deaf_until = self._kit.clock.boot() + panel.DEAF_MS / 1000
        if self._ears is not None:
            self._ears.cancel()
        if self._tasks is not None:
            self._ears = self._tasks.create_task(self._hear_again())

    async def _hear_again(self) -> None:
        await self._kit.clock.sleep(panel.DEAF_MS / 1000)
        self._notify()

    def _note_ending_seen(self) -> None:
        memory = self._kit.memory
        if self._reason is None:
            self._reason, self._summary = memory.unseen_end, Summary(kept=False)
        if self._tasks is not None:
            self._tasks.create_task(self._keep(memory.mark_seen()))

    async def _keep(self, seen: Coroutine[None, None, None]) -> None:
        try:
            await seen
        except OSError as failure:
            # It is told once more after a restart; the agent, and what it still has to send, goes on.
            log.warning("what the customer has seen is not kept: %s", failure.strerror)

    # Time

    async def _tick(self) -> None:
        while True:
            await self._kit.clock.sleep(until_beat(TICK_S, self._kit.clock.boot()))
            self.tick()

    def tick(self) -> None:
        """Let time pass on the call and on the countdowns."""
        if self._call is not None:
            self._call.tick()
            self._ask_again()
        self._account.tick()
        if self._state is State.ASKING and self._kit.clock.boot() >= self._deadline:
            self._fire(Event.UNANSWERED)
        view = self._panel.view
        if view.page in _COUNTING:
            self._draw(replace(self._panel, view=self._counted(view)))
        elif view.problem is Problem.WAIT:
            self._count_the_wait(view)

    def _ask_again(self) -> None:
        left = self._call.seconds_to_renew() if self._call else None
        if left is not None and self._state is State.ACTIVE:
            self._count_from(max(0, math.floor(left)))
            self._fire(Event.RENEW_DUE)

    def _count_the_wait(self, view: PanelView) -> None:
        left = self._wait_s()
        if left:
            self._draw(replace(self._panel, view=replace(view, wait_seconds=left)))
        else:
            self._fire(Event.HELP)  # the support page again, with its one press to a code

    def _notify(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
