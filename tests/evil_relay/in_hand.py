"""The world of the many runs: the shipped agent, the shipped console's core, the evil relay, and a clock in
hand.

Nothing here waits for time: a step of a quarter of a second passes when both ends have done all they had to
do.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from random import Random
from typing import TYPE_CHECKING, Any, Final

from device_agent import media
from device_agent.agent import Agent
from device_agent.carrier.carriers import Carriers
from device_agent.kit import Kit
from device_agent.memory import load_memory
from device_agent.picture import pipeline, still
from device_agent.sound import pipeline as sound
from device_agent.trust import load_or_make_key
from seal.pictures import pack_picture
from seal.sound import pack_sound
from tests.agent.fakes import FakeClock, FakeLine
from tests.evil_relay.attack import Deed, Honest
from tests.evil_relay.channels import Channels
from tests.evil_relay.evidence import Left, Piece
from tests.evil_relay.household import AgentCustomer, RecordingDevice
from tests.evil_relay.node_console import ROOT, NodeConsole
from tests.evil_relay.office import Office
from tests.evil_relay.relay import NOT_OPEN, EvilRelay
from tests.evil_relay.tape import Side
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from device_agent.carrier.carriers import Frames
    from device_agent.carrier.ways import Spawn
    from device_agent.clock import Clock
    from device_agent.outbox import Outbox
    from seal.pictures import PictureHead
    from seal.sound import SoundHead
    from tests.evil_relay.attack import Attack
    from tests.evil_relay.tape import Fields, Item, Tape

ORIGIN: Final = "https://relay.example"
STEP_S: Final = 0.25
BADGE_S: Final = 1800
TURNS: Final = 12
PART_BYTES: Final = 160  # a still of this small screen comes in several parts all the same


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


class InHand:
    """One household, one technician, one relay."""

    between_keys_s: Final = 0.6
    answer_s: Final = 1.0
    slack_s: Final = STEP_S
    can: Final = frozenset(Deed)

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
        self._channels: Channels | None = None
        self._left = Left()
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
        console.find_channels = lambda: self._channels
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
            abilities=device.abilities,
            ways=self._ways,
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
        self._channels = None
        self._left = Left()
        self.console.begin(hears=attack.hears, direct=attack.direct)
        self.customer.begin()
        self.customer.watch_what_leaves(self._left, grainy=Deed.STILL in attack.deeds)

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

    def _ways(self, frames: Frames, spawn: Spawn) -> Carriers:
        """How a session gets its data channels."""
        return Carriers(
            frames=frames, clock=self._clock, spawn=spawn, make_peer=self._make_channels, failures=()
        )

    def _make_channels(
        self, opened: Callable[[], None], lost: Callable[[], None], _arrived: Callable[[], None]
    ) -> Channels:
        relay = next(relay for relay in self._relays if Side.CONSOLE in relay.legs)
        self._channels = relay.channels = Channels(
            self._attack,
            kept=lambda frame: relay.tape.keep(self.now(), Side.DEVICE, frame),
            to_console=self.console.send_directly,
            opened=opened,
            lost=lost,
        )
        return self._channels

    def note_picture(self, head: PictureHead, data: bytes) -> bytes:
        """A picture is sealed."""
        self._left.pictures[head.pic] = Piece(head.at, sha256_b64(data), still=head.still)
        return pack_picture(head, data)

    def note_sound(self, head: SoundHead, data: bytes) -> bytes:
        """A piece of sound is sealed."""
        self._left.sounds[head.n] = Piece(head.at, sha256_b64(data))
        return pack_sound(head, data)

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
        self.customer.sound()
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
    console = await NodeConsole.start(clock.boot, product)
    world = InHand(folder, console, clock)
    with _replaced(
        (pipeline, "ThreadPoolExecutor", Pool),
        (still, "ThreadPoolExecutor", Pool),
        (sound, "ThreadPoolExecutor", Pool),
        (pipeline, "part_bytes", lambda _rate: PART_BYTES),
        (media, "pack_picture", world.note_picture),
        (media, "pack_sound", world.note_sound),
    ):
        try:
            await world.new_household()
            yield world
        finally:
            await world.close()
            await console.stop()


@contextmanager
def _replaced(*names: tuple[ModuleType, str, object]) -> Iterator[None]:
    """These names of modules stand for something of the test's."""
    before = [vars(module)[name] for module, name, _ in names]
    for module, name, double in names:
        vars(module)[name] = double
    try:
        yield
    finally:
        for (module, name, _), was in zip(names, before, strict=True):
            vars(module)[name] = was
