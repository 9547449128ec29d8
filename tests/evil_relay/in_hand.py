"""The world of the many runs: the shipped agent, the shipped console's core, the evil relay, and a clock in
hand.

Nothing here waits for time: a step of a quarter of a second passes when both ends have done all they had to
do.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from device_agent.agent import Agent
from device_agent.call import Kit
from device_agent.memory import load_memory
from device_agent.panel_view import Page, TvState
from device_agent.picture import pipeline
from device_agent.trust import load_or_make_key
from locales import load
from tests.agent.fakes import FakeClock, FakeDevice, FakeLine
from tests.evil_relay.attack import Honest
from tests.evil_relay.evidence import DeviceSeen
from tests.evil_relay.node_console import ROOT, NodeConsole
from tests.evil_relay.office import Office
from tests.evil_relay.relay import NOT_OPEN, EvilRelay
from tests.evil_relay.tape import Side
from wire.limits import IDLE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from device_agent.clock import Clock
    from device_agent.devices.protocol import Pressed
    from device_agent.outbox import Outbox
    from device_agent.panel_view import PanelView
    from tests.evil_relay.attack import Attack
    from tests.evil_relay.tape import Fields, Item, Tape
    from wire.commands import Grant

ORIGIN: Final = "https://relay.example"
STEP_S: Final = 0.25
BADGE_S: Final = 1800
TURNS: Final = 12
PICTURE: Final = (48, 64, 4)


class Pool(ThreadPoolExecutor):
    """Threads that tell when nothing they did is still to be taken note of by the loop."""

    busy = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        Pool.busy += 1
        future = super().submit(fn, *args, **kwargs)
        loop = asyncio.get_running_loop()
        # A turn later, so that the loop's own note of the result is taken first.
        loop.call_soon(future.add_done_callback, lambda _done: loop.call_soon_threadsafe(_is_free))
        return future


def _is_free() -> None:
    Pool.busy -= 1


class RecordingDevice(FakeDevice):
    """A set that notes when each key of the technician's reached it, and shows something new after each."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.executed: list[tuple[float, str]] = []

    def press(self, key: str, grants: frozenset[Grant] | None) -> Pressed:
        pressed = super().press(key, grants)
        if grants is not None:
            self.executed.append((self._clock.boot(), key))
        self.paint(np.full(PICTURE, len(self.pressed) * 16 % 256, np.uint8), self._clock.now_ms())
        return pressed


class _DeviceLine(FakeLine):
    """The agent's line, whose other end is the evil relay; is that relay's leg, too."""

    def __init__(self, relay: EvilRelay, clock: Clock) -> None:
        super().__init__(clock.boot())
        self._relay = relay

    async def write(self, outbox: Outbox) -> None:
        while (item := await outbox.next()) is not None:
            self._relay.said(Side.DEVICE, item)
        self.abort()

    def abort(self) -> None:
        if not self.closed:
            self.closed = True
            self._relay.gone(Side.DEVICE)

    def send(self, item: Item) -> None:
        self.give(item)

    def close(self, code: int = 1000) -> None:
        self.cut()


class AgentCustomer:
    """A customer with the agent in the same process; also how its panel reads."""

    def __init__(
        self, agent: Agent, device: RecordingDevice, now: Callable[[], float], changed: Callable[[], None]
    ) -> None:
        self.agent = agent
        self._device = device
        self._now = now
        self._changed = changed
        self.begin()
        self._watching = asyncio.create_task(self._watch())

    def begin(self) -> None:
        """Another run."""
        self._device.executed = []
        self.seen = DeviceSeen(executed=self._device.executed)
        self._has_asked = False
        self.look()

    async def stop(self) -> None:
        await self.agent.close()
        self._watching.cancel()

    async def ask_for_code(self) -> None:
        self.agent.press("help")
        self.agent.press("ok")
        self._has_asked = True

    async def type_code(self, code: str) -> None:
        for key in ("help", "right", "ok", *(f"digit_{digit}" for digit in code)):
            self.agent.press(key)
        self._has_asked = True

    async def press(self, key: str) -> None:
        self.agent.press(key)

    @property
    def code(self) -> str:
        return self.agent.view.code if self.agent.view.page is Page.CODE else ""

    @property
    def is_asked(self) -> bool:
        return self.agent.state is TvState.CONSENT

    @property
    def is_over(self) -> bool:
        self.look()
        return self.seen.ended != "nothing"

    async def _watch(self) -> None:
        while True:
            self.look()
            self._changed()
            await self.agent.changed()

    def look(self) -> None:
        """Note what the set shows."""
        state = self.agent.state.value
        if not self.seen.states or self.seen.states[-1][1] != state:
            self.seen.states.append((self._now(), state))
        if self._has_asked and self.agent.view.page in {Page.ENDED, Page.PROBLEM}:
            self.seen.ended = ended_as(self.agent.view)
            self.seen.words = panel_words(self.agent.view)


class InHand:
    """One household, one technician, one relay."""

    between_keys_s: Final = 0.6
    slack_s: Final = STEP_S

    def __init__(self, folder: Path, console: NodeConsole, clock: FakeClock) -> None:
        self._folder = folder
        self._clock = clock
        self._lines: list[_DeviceLine] = []
        self._relays: list[EvilRelay] = []
        self._pinged_at = 0.0
        self._runs = 0
        self._signed_in_at: float | None = None
        self._key = load_or_make_key(folder / "device.key")
        self._agent_task: asyncio.Task[None] | None = None
        self._attack: Attack = Honest(Random(0))
        self.history: list[Tape] = []
        self.office = Office(
            ORIGIN,
            now_s=lambda: clock.now_ms() // 1000,
            redeem=self._redeem,
            issue=self._issue,
            trust=self._trusted,
        )
        self.console = self.technician = console
        console.find_relay = self._find
        self.customer: AgentCustomer

    def now(self) -> float:
        return self._clock.boot()

    @property
    def relays(self) -> list[EvilRelay]:
        """Of this run, one for each line the device opened."""
        return self._relays

    @property
    def memory(self) -> Path:
        """What the agent of today remembers."""
        return self._folder / f"state-{self._runs}.json"

    async def new_household(self) -> None:
        """An agent that has just been started, with nothing to remember but its key."""
        self._runs += 1
        await self.restart()

    async def restart(self) -> None:
        """The agent anew, with what it remembers; the technician's badge anew where it has become old."""
        await self.close()
        if self._signed_in_at is None or self.now() - self._signed_in_at > BADGE_S:
            self._signed_in_at = self.now()
            await self.console.sign_in(self.office)
        clock, device = self._clock, RecordingDevice(self._clock)
        kit = Kit(
            key=self._key,
            trust=self.office.org.trust(clock, self._folder / f"trust-{self._runs}.json"),
            memory=load_memory(self.memory, clock.now_ms()),
            device=device,
            clock=clock,
            dial=self._dial,
            credential=lambda: self.office.org.credential(self._key.public),
        )
        agent = Agent(kit)
        self._agent_task = asyncio.create_task(agent.run())
        self.customer = AgentCustomer(agent, device, self.now, lambda: None)
        await self._settle()

    async def close(self) -> None:
        if self._agent_task is not None:
            await self.customer.stop()
            self._clock.advance(2.0)
            async with asyncio.timeout(10):
                await self._agent_task
            self._agent_task = None

    # The story's world

    async def begin(self, attack: Attack) -> None:
        self._attack = attack
        self._relays, self._lines = [], []
        self.console.begin()
        self.customer.begin()

    async def finish(self) -> list[Tape]:
        await self._settle()
        tapes = [relay.tape for relay in self._relays]
        for line in self._lines:
            line.close()
        self.console.finish()
        await self._settle()
        return tapes

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        end = self.now() + seconds
        await self._settle()
        while not holds():
            if self.now() >= end:
                return False
            await self._step()
        return True

    # Inside

    async def _dial(self, _origin: str, clock: Clock) -> _DeviceLine:
        waiting = (relay for relay in self._relays if relay.is_live and Side.DEVICE not in relay.legs)
        relay = next(waiting, None) or self._relay()
        line = _DeviceLine(relay, clock)
        self._lines.append(line)
        relay.came(Side.DEVICE, line)
        return line

    def _relay(self) -> EvilRelay:
        seed = Random(self._attack.rng.random())
        relay = EvilRelay(self._attack, office=self.office, rng=seed, now=self.now, history=self.history)
        self._relays.append(relay)
        return relay

    def _issue(self) -> tuple[int, Fields]:
        return self._relay().issue()

    def _trusted(self, answer: Fields) -> Fields:
        return self._attack.trust(answer)

    def _redeem(self, locator: str) -> tuple[int, Fields]:
        for relay in reversed(self._relays):
            status, answer = relay.redeem(locator)
            if status == 201:
                return status, answer
        return NOT_OPEN

    def _find(self, ticket: str) -> EvilRelay | None:
        return next((relay for relay in self._relays if relay.ticket == ticket), None)

    async def _step(self) -> None:
        self._clock.advance(STEP_S)
        self.console.pass_time(STEP_S)
        if self.now() - self._pinged_at >= 1.0:
            self._pinged_at = self.now()
            for line in self._lines:
                if self._attack.pings(Side.DEVICE):
                    line.heard_at = self.now()
        for relay in self._relays:
            relay.tick()
        await self._settle()

    async def _settle(self) -> None:
        """Until neither end has anything to do but wait for time."""
        while True:
            before = self._traffic()
            await self._device_settles()
            await self.console.settle()
            if self._traffic() == before:
                return

    async def _device_settles(self) -> None:
        quiet = 0
        while quiet < TURNS:
            await asyncio.sleep(0)  # one turn of whoever can run
            quiet = 0 if Pool.busy else quiet + 1

    def _traffic(self) -> tuple[int, int]:
        return self.console.traffic, sum(len(relay.tape.said) for relay in self._relays)


@asynccontextmanager
async def in_hand(folder: Path, product: Path = ROOT) -> AsyncIterator[InHand]:
    """Everything started, and stopped again."""
    clock = FakeClock()
    Pool.busy = 0
    pool = Pool(4)
    asyncio.get_running_loop().set_default_executor(pool)
    encoders = vars(pipeline)["ThreadPoolExecutor"]
    vars(pipeline)["ThreadPoolExecutor"] = Pool
    console = await NodeConsole.start(clock.boot, product)
    world = InHand(folder, console, clock)
    try:
        await world.new_household()
        yield world
    finally:
        await world.close()
        await console.stop()
        vars(pipeline)["ThreadPoolExecutor"] = encoders


def ended_as(view: PanelView) -> str:
    """The reason on the end card, or the problem that kept a session from being."""
    if view.page is Page.ENDED:
        return str(view.reason)
    return f"problem.{view.problem}" if view.page is Page.PROBLEM else "nothing"


def panel_words(view: PanelView) -> tuple[str, ...]:
    """What the set's panel says of it."""
    words, minutes = load("en", "device", "shared"), IDLE_S // 60
    if view.page is Page.ENDED:
        texts = [words.text(f"end.customer.{view.reason}.title", minutes=minutes)]
        return (*texts, words.text(f"end.customer.{view.reason}.next"))
    names = [f"problem.{view.problem}.{part}" for part in ("title", "text", "try")]
    return tuple(words.text(name, time="15 min") for name in names)
