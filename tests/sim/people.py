"""Who acts: customers at their sets, technicians at their desks, and somebody who guesses."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from device_agent.machine import State as AgentState
from device_agent.panel_view import Item, Page
from tests.sim.console import Console
from tests.sim.console import State as ConsoleState
from tests.sim.loop import Process
from wire.code import compose, split
from wire.commands import Grant
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    import random

    from tests.agent.console_twin import Technician
    from tests.sim.links import Route
    from tests.sim.tv import Tv
    from tests.sim.world import World

_ASKS: Final = (
    (Grant.KEYS, Grant.SETTINGS, Grant.VIEW),
    (Grant.KEYS, Grant.VIEW),
    (Grant.VIEW,),
    (Grant.KEYS, Grant.SETTINGS),
)
_HIDES: Final = (1, 1, 1, 2, 4)  # a finger may be quick, and undecided
_OWN_KEYS: Final = ("up", "down", "ok", "back", "menu", "volume_up")


@dataclass(eq=False)
class Desk:
    """A technician with a browser."""

    world: World
    name: str
    source: str
    route: Route
    account: str
    technician: Technician
    process: Process = field(init=False)
    calls: deque[str] = field(default_factory=deque)
    used: set[str] = field(default_factory=set)
    tickets: list[str] = field(default_factory=list)
    console: Console | None = None
    _gone_at: float | None = None
    lives: int = 0

    def __post_init__(self) -> None:
        self.badge_hash = sha256_b64(self.technician.jws.encode())
        self.open_browser()

    def open_browser(self) -> None:
        self.lives += 1
        self.process = Process(self.world.loop, f"{self.name} {self.lives}")
        self._gone_at = None

    def is_free(self) -> bool:
        idle = self.console is None or self.console.state in {ConsoleState.ENDED, ConsoleState.IDLE}
        return idle and self.process.alive and not self.process.frozen

    def last_alive(self) -> float:
        """When this browser could last answer anything."""
        return self.world.loop.time() if self._gone_at is None else self._gone_at

    def die(self, *, closes: bool) -> None:
        self._gone_at = self._gone_at or self.world.loop.time()
        end = self.console.end if self.console is not None else None
        self.process.kill(happened=self.world.coin)
        if end is not None and closes:
            end.drop()
        elif end is not None:
            end.broken = True

    def sleep(self) -> None:
        self._gone_at = self._gone_at or self.world.loop.time()
        self.process.freeze()

    def wake(self) -> None:
        self._gone_at = None
        self.process.thaw()


async def customer(world: World, tv: Tv) -> None:
    """Watches the set and presses what somebody might press there."""
    rng = world.people
    while True:
        await asyncio.sleep(world.profile.pace * rng.expovariate(1.0))  # virtual time
        world.history.step("decision")
        if not tv.plugged:
            if rng.random() < 0.5:
                world.note(tv.name, "is plugged in")
                tv.plug_in()
            continue
        _look_and_press(world, tv, rng)


def _look_and_press(world: World, tv: Tv, rng: random.Random) -> None:
    if not tv.process.alive or tv.process.frozen:
        return
    state, view, luck = tv.agent._state, tv.screen.panel, rng.random()
    if rng.random() < (0.5 if tv.screen.shutter.is_hidden else world.profile.hides):
        tv.hide(times=rng.choice(_HIDES))
    match state:
        case AgentState.OFF:
            tv.press("power")
        case AgentState.IDLE | AgentState.VERDICT:
            _idle(world, tv, rng)
        case AgentState.PIN:
            _with_a_code(world, tv, rng)
        case AgentState.CONSENT | AgentState.ASKING:
            _asked(tv, rng)
        case AgentState.ACTIVE:
            _helped(tv, rng, view.page)
        case AgentState.RENEWING:
            _asked_again(tv, rng, view.page)
        case AgentState.ENDED:
            tv.press("ok" if luck < 0.9 else rng.choice(("stop", "help", "back", "power")))
        case _:
            tv.press(rng.choice(("stop", "power", "ok") if luck < 0.06 else ("up",)))


def _idle(world: World, tv: Tv, rng: random.Random) -> None:
    page, luck = tv.screen.panel.page, rng.random()
    if page is Page.TYPING or tv.heard:
        _with_a_technicians_code(world, tv, rng)
    elif page is Page.SUPPORT or (page is Page.PROBLEM and luck < 0.8):
        tv.press("ok")
    else:
        tv.press("help" if luck < 0.9 else rng.choice(_OWN_KEYS))


def _with_a_code(world: World, tv: Tv, rng: random.Random) -> None:
    luck, code = rng.random(), tv.screen.panel.code
    if world.profile.patient and luck < 0.9 and tv.will_read != code:
        # At the last moment, or a moment after it.
        tv.will_read = code
        left = tv.screen.panel.seconds_left + rng.uniform(-4.0, 12.0)
        world.loop.call_later(left, _read_out, world, rng.choice(world.desks), tv, code)
    elif luck < 0.7 and code and not world.profile.patient:
        free = [desk for desk in world.desks if desk.is_free()]
        if not free and luck > 0.1:
            return
        listeners = rng.sample(free or world.desks, 2 if luck < 0.1 and len(free) > 1 else 1)
        world.note(tv.name, f"the customer reads the code out to {' and '.join(d.name for d in listeners)}")
        for desk in listeners:
            if len(listeners) > 1 and luck < 0.05 and desk.is_free():
                _at_once(world, desk, code)  # both were waiting for it
            else:
                desk.calls.append(code)
    elif luck < 0.75:
        tv.press("right")
    elif luck < 0.80:
        tv.press(rng.choice(("ok", "back", "stop", "power", "help")))


def _asked(tv: Tv, rng: random.Random) -> None:
    luck, focus = rng.random(), tv.screen.panel.focus
    if (luck < 0.72 and focus is Item.YES) or (focus is not Item.YES and luck < 0.4):
        tv.press("ok")
    elif luck < 0.90:
        tv.press(rng.choice(("up", "down", "down", "left", "right")))
    elif luck < 0.95:
        tv.press(rng.choice(("ok", "stop", "back", "power")))


def _helped(tv: Tv, rng: random.Random, page: Page) -> None:
    luck = rng.random()
    if luck < 0.05:
        tv.press("stop")
    elif luck < 0.07:
        tv.press("power")
    elif luck < 0.15:
        tv.press("help")
    elif page is Page.HELPING and luck < 0.6:
        tv.press(rng.choice(("ok", "right", "back")))
    elif luck < 0.3:
        tv.press(rng.choice(_OWN_KEYS))


def _asked_again(tv: Tv, rng: random.Random, page: Page) -> None:
    if page is not Page.RENEW:
        tv.press(rng.choice(("help", "up", "stop")))
    else:
        tv.press("ok" if rng.random() < 0.7 else rng.choice(("back", "stop", "down", "right")))


async def technician(world: World, desk: Desk) -> None:
    """Takes calls, helps, and is at times clumsy, curious or gone."""
    rng = world.people
    while True:
        await asyncio.sleep(0.3 * world.profile.pace * rng.expovariate(1.0))  # virtual time
        if not desk.process.alive:
            if rng.random() < 0.2:
                world.note(desk.name, "opens the browser again")
                desk.open_browser()
            continue
        if desk.process.frozen:
            continue
        world.history.step("decision")
        console = desk.console
        if console is None or console.state in {ConsoleState.ENDED, ConsoleState.IDLE}:
            _take_a_call(world, desk, rng)
        elif console.state is ConsoleState.ACTIVE:
            _help(desk, console, rng)
        elif rng.random() < (0.02 if console.state is not ConsoleState.SHOWING else 0.01):
            desk.process.call_at(world.loop.time(), console.leave)


def _take_a_call(world: World, desk: Desk, rng: random.Random) -> None:
    if desk.tickets and rng.random() < 0.08:
        ticket = rng.choice(desk.tickets)
        desk.process.spawn(_knock(world, desk, ticket))
        return
    if rng.random() < world.profile.shows:
        desk.process.spawn(_show(world, desk, rng.choice(_ASKS)))
        return
    if not desk.calls:
        return
    code, luck = desk.calls.popleft(), rng.random()
    if luck < 0.06:
        code = _misheard(code, rng)
    elif luck < 0.1:
        code = code[:-1] + str((int(code[-1]) + 1) % 10)
    asks = rng.choice(_ASKS)
    start(world, desk, code, asks=asks)
    if luck > 0.95:
        start(world, desk, code, asks=asks)  # two tabs


def _with_a_technicians_code(world: World, tv: Tv, rng: random.Random) -> None:
    view, code = tv.screen.panel, tv.heard
    if view.page is Page.TYPING and (view.is_mistyped or not code):
        if view.is_mistyped or rng.random() < 0.1:
            tv.press("back")
    elif view.page is Page.TYPING and not view.typed:
        tv.heard = ""
        typed = code if rng.random() < 0.9 else code[:-1] + str((int(code[-1]) + 1) % 10)
        for place, digit in enumerate(typed):
            world.loop.call_later(0.2 * (place + rng.random()), tv.press, f"digit_{digit}")
    elif view.focus is Item.TYPE_CODE:
        tv.press("ok")
    else:
        tv.press("right" if view.page is Page.SUPPORT else "help")


def _read_out(world: World, desk: Desk, tv: Tv, code: str) -> None:
    if code and tv.screen.panel.code == code and desk.is_free():
        world.note(tv.name, f"the customer reads the code out to {desk.name} at last")
        _at_once(world, desk, code)


def _at_once(world: World, desk: Desk, code: str) -> None:
    start(world, desk, code, asks=_ASKS[0])


def start(world: World, desk: Desk, code: str, *, asks: tuple[Grant, ...], guess: bool = False) -> Console:
    console = desk.console = Console(world, desk, technician=desk.technician)
    desk.process.spawn(_connect(desk, console, code, asks, guess=guess))
    return console


async def _connect(desk: Desk, console: Console, code: str, asks: tuple[Grant, ...], *, guess: bool) -> None:
    await console.connect(code, asks=asks, request="HM-7K42-93", guess=guess)
    if console.refusal == "too-many" and not guess:
        desk.world.relieve(desk)
    if console.ticket:
        desk.tickets = [*desk.tickets[-3:], console.ticket]


async def _show(world: World, desk: Desk, asks: tuple[Grant, ...]) -> None:
    """Shows a code and reads it out to somebody, now and then to two."""
    rng = world.people
    console = desk.console = Console(world, desk, technician=desk.technician)

    async def tell() -> None:
        while True:
            await asyncio.sleep(1.0 + 2.0 * world.profile.pace * rng.random())  # virtual time
            idle = [tv for tv in world.tvs if tv.plugged and tv.agent._state is AgentState.IDLE]
            if console.state is ConsoleState.SHOWING and idle:
                for tv in rng.sample(idle, 2 if len(idle) > 1 and rng.random() < 0.1 else 1):
                    tv.heard = console.code

    telling = asyncio.create_task(tell())
    await console.show(asks=asks, request="HM-7K42-93")
    telling.cancel()
    if console.ticket:
        desk.tickets = [*desk.tickets[-3:], console.ticket]


async def _knock(world: World, desk: Desk, ticket: str) -> None:
    """Tries a ticket that was used, or should have been."""
    world.note(desk.name, "comes back with an old ticket")
    console = Console(world, desk, technician=desk.technician)
    if await console.open_socket(ticket) and console.end is not None:
        await console.end._next()
        await asyncio.sleep(1.0)  # virtual time
        console.end.drop()


def _guessed(rng: random.Random) -> str:
    return compose(f"{rng.randrange(100_000):05d}", f"{rng.randrange(1_000_000):06d}")


def _misheard(code: str, rng: random.Random) -> str:
    """Another secret with its right check digit: what a guess looks like."""
    locator, secret = split(code)
    return compose(locator, f"{(int(secret) + 1 + rng.randrange(999_998)) % 1_000_000:06d}")


def _help(desk: Desk, console: Console, rng: random.Random) -> None:
    luck, now, hands = rng.random(), desk.world.loop.time(), console.hands
    if luck < 0.015:
        desk.process.call_at(now, console.leave)
        return
    if luck < 0.1:
        desk.process.call_at(now, hands.ask, rng.choice(tuple(Grant)))
    elif luck < 0.1 + desk.world.profile.skill:
        desk.process.call_at(now, hands.anything, rng)
        return
    for key in hands.keys(rng):
        desk.process.call_at(now + 0.05 * rng.random(), hands.press, key)


async def attacker(world: World, desk: Desk) -> None:
    """Guesses: blindly, with a locator overheard, and hangs up wherever that might be free."""
    rng = world.people
    while True:
        await asyncio.sleep(world.profile.pace * rng.expovariate(1.0))  # virtual time
        if not desk.process.alive or desk.process.frozen:
            continue
        world.history.step("decision")
        luck = rng.random()
        live = [tv.screen.panel.code for tv in world.tvs if tv.plugged and tv.screen.panel.code]
        if live and luck < 0.5:
            console = start(world, desk, _misheard(rng.choice(live), rng), asks=(Grant.VIEW,), guess=True)
            if luck < 0.25:
                desk.process.call_at(world.loop.time() + rng.random(), console.leave)
        elif luck < 0.6:
            shown = [desk.console.code for desk in world.desks if desk.console and desk.console.code]
            tv = rng.choice(world.tvs)  # somebody types guesses on a set
            tv.heard = _misheard(rng.choice(shown), rng) if shown else _guessed(rng)
        elif luck < 0.9:
            start(world, desk, _guessed(rng), asks=(Grant.VIEW,), guess=True)
        elif desk.tickets:
            desk.process.spawn(_knock(world, desk, rng.choice(desk.tickets)))
