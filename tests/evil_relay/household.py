"""The customer's side in this process: a set that notes what reaches it, and the person with its remote."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import numpy as np

from device_agent.devices.abilities import Abilities
from device_agent.devices.protocol import Shows
from device_agent.devices.shutter import Shutter
from device_agent.panel_view import Page, TvState
from device_agent.sound.encoder import SAMPLES
from locales import load
from tests.agent.fakes import FakeDevice
from tests.evil_relay.evidence import DeviceSeen, Hid, Left
from wire.limits import IDLE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from device_agent.agent import Agent
    from device_agent.clock import Clock
    from device_agent.devices.protocol import Pressed
    from device_agent.panel_view import PanelView
    from wire.commands import Grant

PICTURE: Final = (48, 64, 4)
GRAIN: Final = (48, 64, 1)


class RecordingDevice(FakeDevice):
    """A set that notes when each key of the technician's reached it, and shows something new after each."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.executed: list[tuple[float, str]] = []
        self.shutter = Shutter()
        self.is_grainy = False
        """Whether the screen is noise, of which a still is as large as it can be."""
        self._ears: list[Ear] = []

    @property
    def abilities(self) -> Abilities:
        return Abilities(sounding=self, shutter=self.shutter)

    def press(self, key: str, grants: frozenset[Grant] | None) -> Pressed:
        pressed = super().press(key, grants)
        if grants is not None:
            self.executed.append((self._clock.boot(), key))
        self._show_anew()
        return pressed

    def hide(self) -> None:
        """The customer's own key, as a real set has it: decided here, told afterwards."""
        hidden = self.shutter.press()
        self._show_anew()
        self.shutter.on_press(hidden)

    def _show_anew(self) -> None:
        shade = len(self.pressed) * 16 % 192
        pixels = np.full(PICTURE, shade, np.uint8)
        if self.is_grainy:
            pixels += 63 * np.random.default_rng(self._picture.serial).integers(0, 2, GRAIN, np.uint8)
        shows = Shows.HIDDEN if self.shutter.is_hidden else Shows.PICTURE
        self.paint(pixels, self._clock.now_ms(), shows=shows)

    def open_sound(self) -> Ear:
        self._ears.append(Ear())
        return self._ears[-1]

    def sound(self) -> None:
        """Twenty milliseconds of it, for whoever listens."""
        for ear in self._ears:
            ear.hear()


class Ear:
    """Somebody listens to the set."""

    channels = 1

    def __init__(self) -> None:
        self._heard: asyncio.Queue[NDArray[np.int16]] = asyncio.Queue()
        self._noise = np.random.default_rng(7)
        self._closed = False

    def hear(self) -> None:
        if not self._closed:
            self._heard.put_nowait(self._noise.integers(-9_000, 9_000, SAMPLES, np.int16))

    async def read(self) -> NDArray[np.int16]:
        return await self._heard.get()

    def close(self) -> None:
        self._closed = True


class AgentCustomer:
    """A customer with the agent in the same process; also how its panel reads."""

    def __init__(
        self, agent: Agent, device: RecordingDevice, now: Callable[[], float], changed: Callable[[], None]
    ) -> None:
        self.agent = agent
        self._left: Left | None = None
        self._device = device
        self._now = now
        self._changed = changed
        self.begin()
        self._watching = asyncio.create_task(self._watch())

    def begin(self) -> None:
        """Another run."""
        self._device.executed = []
        self.seen = DeviceSeen(executed=self._device.executed, left=self._left)
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

    async def hide(self) -> None:
        left, hidden = self._left or Left(), not self._device.shutter.is_hidden
        newest = max(left.pictures, default=0)
        self.seen.hides.append(Hid(hidden, len(self._device.executed), left.count, newest))
        self._device.hide()

    async def show_again(self) -> None:
        if self._device.shutter.is_hidden:
            self._device.hide()

    def sound(self) -> None:
        """The set is heard for a moment."""
        self._device.sound()

    def watch_what_leaves(self, left: Left, *, grainy: bool) -> None:
        """In this run it is known, and the screen is noise."""
        self._left = self.seen.left = left
        self._device.is_grainy = grainy

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
