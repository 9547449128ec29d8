"""The world as it is: agents and Chromium on real sockets, in real time.

Lanes run side by side, for much of a run is waiting. One lane has `alongside agent` as a process, with its
page; the others have the agent in this process, on a set that notes what it is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Final

from device_agent.agent import Agent
from device_agent.clock import SystemClock
from device_agent.devices.abilities import Abilities
from device_agent.devices.simulated_tv.end_words import REFUSALS
from device_agent.enrolment import FILE
from device_agent.kit import Kit
from device_agent.link import dial
from device_agent.memory import load_memory
from device_agent.panel_view import Problem
from device_agent.trust import load_or_make_key
from locales import load
from server.release import FOLDER
from tests.agent.agent_process import Remote, agent_process
from tests.evil_relay.attack import Deed, Honest
from tests.evil_relay.chromium_console import ChromiumConsole
from tests.evil_relay.evidence import DeviceSeen, Hid
from tests.evil_relay.household import AgentCustomer, RecordingDevice
from tests.evil_relay.oracle import judge
from tests.evil_relay.sockets import boot, evil_service
from tests.evil_relay.story import play
from wire.limits import IDLE_S, SESSION_S
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

    from playwright.async_api import Browser

    from tests.evil_relay.attack import Attack
    from tests.evil_relay.office import Office
    from tests.evil_relay.sockets import EvilService
    from tests.evil_relay.tape import Tape

NOT_YET: Final = "nothing"
BEFORE_A_WAIT: Final = 2
HONEST_EVERY: Final = 8
TRIES: Final = 3


class PageCustomer:
    """A customer at the page of `alongside agent`: presses its remote, reads what it says."""

    def __init__(self, remote: Remote, now: Callable[[], float], changed: Callable[[], None]) -> None:
        self._remote = remote
        self._now = now
        self._changed = changed
        self._has_asked = False
        self._is_shown = True
        self.seen = DeviceSeen(executed=None, is_glimpsed=True)
        self._watching = asyncio.create_task(self._watch())

    def begin(self) -> None:
        self.seen = DeviceSeen(executed=None, is_glimpsed=True)
        self._has_asked = False
        self._look()

    async def stop(self) -> None:
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)

    async def ask_for_code(self) -> None:
        await self._remote.press("help")
        await self._remote.press("ok")
        self._has_asked = True

    async def type_code(self, code: str) -> None:
        for key in ("help", "right", "ok", *(f"digit_{digit}" for digit in code)):
            await self._remote.press(key)
        self._has_asked = True

    async def press(self, key: str) -> None:
        await self._remote.press(key)

    async def hide(self) -> None:
        self.seen.hides.append(Hid(self._is_shown))
        self._is_shown = not self._is_shown
        await self._remote.press("hide")

    async def show_again(self) -> None:
        if not self._is_shown:
            self._is_shown = True
            await self._remote.press("hide")

    @property
    def code(self) -> str:
        return self._told("code").replace(" ", "")

    @property
    def is_asked(self) -> bool:
        return self._told("state") == "consent"

    @property
    def is_over(self) -> bool:
        return self.seen.ended != NOT_YET

    def _told(self, what: str) -> str:
        return self._remote._told.get(what, "")

    async def _watch(self) -> None:
        while True:
            await self._remote._look()
            self._look()
            self._changed()

    def _look(self) -> None:
        state = self._told("state")
        if state and (not self.seen.states or self.seen.states[-1][1] != state):
            self.seen.states.append((self._now(), state))
        # What the page says of the run before stands there until help is pressed.
        if self._has_asked and len(self.seen.states) > 1 and (said := self._told("why")):
            self.seen.ended = ending_said(said)
            self.seen.words = (said,)


def ending_said(said: str) -> str:
    """The reason or problem whose words these are."""
    words = load("en", "device", "shared")
    for reason in EndReason:
        minutes = (IDLE_S if reason is EndReason.IDLE else SESSION_S) // 60
        stems = [reason.value]
        if reason is EndReason.BADGE_REFUSED:
            stems += [f"{reason}.{why}" for why in set(REFUSALS.values()) if why]
        titles = [words.text(f"end.customer.{stem}.title", minutes=minutes) for stem in stems]
        if said.startswith(tuple(titles)):
            return str(reason)
    found = [one for one in Problem if said.startswith(words.text(f"problem.{one}.title"))]
    return f"problem.{found[0]}" if found else f"unknown words: {said}"


class Household:
    """The agent in this process, started anew whenever its throttle would tell."""

    def __init__(self, folder: Path, office: Office, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._office = office
        self._changed = changed
        self._key = load_or_make_key(folder / "device.key")
        self._count = 0
        self._running: asyncio.Task[None] | None = None
        self.customer: AgentCustomer

    async def start(self) -> AgentCustomer:
        """An agent with nothing to remember but its key."""
        await self.stop()
        self._count += 1
        clock = SystemClock()
        device = RecordingDevice(clock)
        state = self._folder / f"trust-{self._count}.json"
        kit = Kit(
            key=self._key,
            trust=self._office.org.trust(clock, state, origin=self._office.origin),
            memory=load_memory(self._folder / f"state-{self._count}.json", clock.now_ms()),
            device=device,
            clock=clock,
            dial=dial,
            credential=lambda: self._office.org.credential(self._key.public),
            abilities=Abilities(shutter=device.shutter),
        )
        agent = Agent(kit)
        self._running = asyncio.create_task(agent.run())
        await asyncio.sleep(0)  # the agent takes keys once its task has begun
        self.customer = AgentCustomer(agent, device, boot, self._changed)
        return self.customer

    async def stop(self) -> None:
        if self._running is not None:
            await self.customer.stop()
            await self._running
            self._running = None


class Lane:
    """One household, one technician's tab, one relay."""

    between_keys_s: Final = 0.25
    answer_s: Final = 4.0
    can: Final = frozenset({Deed.KEY, Deed.HIDE, Deed.SHOW})
    slack_s: Final = 4.0  # the machine does much else; exact times are for a clock in hand, and for bench/

    def __init__(self, service: EvilService, news: asyncio.Event, technician: ChromiumConsole) -> None:
        self._service = service
        self._news = news
        self._runs = 0
        self.technician = technician
        self.household: Household | None = None
        self.customer: AgentCustomer | PageCustomer

    def now(self) -> float:
        return boot()

    async def begin(self, attack: Attack) -> None:
        self._service.begin(attack)
        await self.technician.begin()
        self.customer.begin()

    async def finish(self) -> list[Tape]:
        return self._service.finish()

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not holds():
                    self._news.clear()
                    await self._news.wait()
        return holds()

    async def run(self, attack: Attack, name: str) -> list[str]:
        """What was not as promised in one run, each with the run's name."""
        faults = judge(await play(self, attack))
        return [f"{name}: {fault}" for fault in faults]

    async def recover(self, name: str) -> list[str]:
        """After each run, before a third failed one in a row makes the set wait: an honest session, or a set
        that was never failed.

        The same agent and the same tab go on in any case; a session they cannot have any more is a fault.
        """
        self._runs += 1
        if self._runs % BEFORE_A_WAIT:
            return []
        if self.household is None or self._runs % HONEST_EVERY == 0:
            return await self.run(Honest(Random(name)), f"honest after {name}")
        self.customer = await self.household.start()
        return []


@asynccontextmanager
async def lane(
    browser: Browser, folder: Path, *, as_process: bool, console: Path = FOLDER, honest: bool = True
) -> AsyncIterator[Lane]:
    """Everything of one lane started; `honest` with one honest session in its past, as it should be."""
    news = asyncio.Event()
    history: list[Tape] = []
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(
            evil_service(Honest(Random(0)), history, news.set, console=console)
        )
        tab = ChromiumConsole(browser, service, boot, news.set)
        stack.push_async_callback(tab.close)
        opened = Lane(service, news, tab)
        if as_process:
            trust = json.dumps(service.office.org.trust_file(service.origin))
            (folder / "trust.json").write_text(trust, encoding="utf-8")
            key = load_or_make_key(folder / "device.key")
            (folder / FILE).write_text(service.office.org.credential(key.public), encoding="ascii")
            _, remote = await stack.enter_async_context(agent_process(service.origin, folder))
            opened.customer = PageCustomer(remote, boot, news.set)
            stack.push_async_callback(opened.customer.stop)
        else:
            opened.household = Household(folder, service.office, news.set)
            stack.push_async_callback(opened.household.stop)
            opened.customer = await opened.household.start()
        await tab.open()
        seen = await play(opened, Honest(Random(1)))
        complaints = judge(seen) if honest else []
        assert complaints == [], f"the honest run before all others: {complaints}"
        history += seen.tapes
        yield opened


async def run_all(lanes: Iterable[Lane], jobs: list[tuple[type[Attack], int]]) -> list[str]:
    """Every job once, on whichever lane is free.

    In real time a session may be over before the relay holds what it wants to strike at: such a run proves
    nothing and is played again, with the same seed; one that never strikes stays a fault.
    """
    waiting = list(reversed(jobs))
    found: list[str] = []

    async def work(one: Lane) -> None:
        while waiting:
            attack, number = waiting.pop()
            seed = f"{attack.__name__}/{number}"
            for _ in range(TRIES):
                run = attack(Random(seed))
                run.way = attack.ways[number % len(attack.ways)]
                faults = [*await one.run(run, seed), *await one.recover(seed)]
                if run.fired or len(faults) > 1:
                    break
            found.extend(faults)

    await asyncio.gather(*(work(one) for one in lanes))
    return found
