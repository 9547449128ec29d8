"""A television: the real agent on a device that notes everything, with a disk, a clock and a plug."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from device_agent.agent import Agent
from device_agent.kit import Kit
from device_agent.link import LineProblem
from device_agent.memory import load_memory
from device_agent.panel_view import Problem
from device_agent.picture.encoder import Encoded
from seal.pictures import Codec
from tests.sim.links import DeviceLine, RelaySocket, Route, connect
from tests.sim.loop import Process
from tests.sim.relay import ORIGIN
from tests.sim.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from device_agent.clock import Clock
    from device_agent.picture.changes import Rows
    from device_agent.trust import DeviceKey
    from tests.sim.world import Wall, World

_DIAL_S: Final = 0.05


@dataclass
class DiskFile:
    """What a device keeps over a loss of power: the old content or the new one. Stands where a path does."""

    name: str
    data: bytes | None = None
    full: bool = False

    def read(self) -> bytes | None:
        return self.data

    def write(self, data: bytes) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.data = data


def read_or_none(file: DiskFile, *, at_most: int) -> bytes | None:
    return file.read()


def write_durably(file: DiskFile, data: bytes, *, mode: int = 0o600) -> None:
    file.write(data)


class TvClock:
    def __init__(self, world: World, wall: Wall) -> None:
        self._loop = world.loop
        self._wall = wall

    def now_ms(self) -> int:
        return self._wall.now_ms()

    def boot(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # virtual time


class TinyEncoder:
    """An encoder's contract without its work: measured, real encoders took more time than all the rest.

    What it sends tells when its picture was taken, as the screen has it.
    """

    codec = Codec.JPEG
    is_sharp = True

    def encode(
        self, pixels: NDArray[np.uint8], bands: Sequence[Rows], *, drawn: Rows, key: bool
    ) -> tuple[Encoded, ...]:
        return (Encoded(Codec.JPEG, True, drawn[0], drawn[1] - drawn[0], pixels[0, 0, :1].tobytes() + _REST),)

    def refine(self, drawn: Rows) -> tuple[Encoded, ...]:
        return ()

    def steer(self, bit_rate: int) -> None:
        return


_REST: Final = bytes(399)


@dataclass(eq=False)
class Tv:
    """One household's set."""

    world: World
    name: str
    route: Route
    wall: Wall
    key: DeviceKey
    file: DiskFile = field(default_factory=lambda: DiskFile("device-state.json"))
    trust_file: DiskFile = field(default_factory=lambda: DiskFile("trust-state.json"))
    process: Process = field(init=False)
    agent: Agent = field(init=False)
    screen: Screen = field(init=False)
    line: DeviceLine | None = None
    plugged: bool = False
    lives: int = 0
    will_read: str = ""  # the code that the customer will read out at last
    heard: str = ""  # the code of a technician's that the customer was told
    clock_was_set: bool = False

    @property
    def source(self) -> str:
        """The address of the household."""
        return f"198.51.100.{self.name}"

    def plug_in(self) -> None:
        """A new life of the agent, with what the disk remembers."""
        world = self.world
        self.lives += 1
        self.process = Process(world.loop, f"{self.name} {self.lives}")
        self.plugged, self.line = True, None
        self.process.context.run(self._start)

    def _start(self) -> None:
        world = self.world
        clock = TvClock(world, self.wall)
        self.screen = Screen(self)
        memory = load_memory(cast("Path", self.file), clock.now_ms())
        state = cast("Path", self.trust_file)
        self.agent = Agent(
            Kit(
                key=self.key,
                trust=world.org.trust(clock, state, memory=memory, origin=ORIGIN),
                memory=memory,
                device=self.screen,
                clock=clock,
                dial=self._dial,
                abilities=self.screen.abilities,
            )
        )
        self.process.spawn(self.agent.run())

    def die(self, *, closes: bool) -> None:
        """The agent is killed and its kernel says so, or the plug is pulled and nobody does."""
        self.plugged = False
        self.process.kill(happened=self.world.coin)
        if self.line is not None and closes:
            self.line.drop()
        elif self.line is not None:
            self.line.broken = True

    def press(self, key: str) -> None:
        """The customer's own remote; a frozen set hears it when it thaws."""
        self.process.call_at(self.world.loop.time(), self._press, key)

    def _press(self, key: str) -> None:
        if self.process.alive:
            before = self.world.oracle.customer_presses(self, key)
            self.agent.press(key)
            self.world.oracle.customer_pressed(self, key, before)

    def hide(self, *, times: int = 1) -> None:
        """The customer's Hide key, pressed so often in no time."""
        for time in range(times):
            self.process.call_at(self.world.loop.time() + 0.004 * time, self._hide)

    def _hide(self) -> None:
        if self.process.alive and self.screen.is_on:
            self.world.oracle.customer_hides(self)
            self.screen.hide()
            self.world.oracle.customer_hid(self)

    async def _dial(self, _origin: str, _clock: Clock) -> DeviceLine:
        world, relay = self.world, self.world.relay
        await asyncio.sleep(_DIAL_S + self.route.delay)  # virtual time
        if self.route.is_dark():
            await asyncio.sleep(10)  # virtual time
            raise LineProblem(Problem.TOO_SLOW)
        if relay is None or not relay.open:
            raise LineProblem(Problem.SERVER_REFUSED)
        line = DeviceLine(self.process, world.oracle, self)
        line.heard_at = world.loop.time()
        socket = RelaySocket(relay.process, world.oracle, self)
        connect(self.route, line, self.process, socket, relay.process)
        relay.process.spawn(relay.device_socket(socket))
        self.line = line
        return line
