"""The device behind the agent: it can do all that may be granted, and says what of it was done."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from device_agent.devices.abilities import Abilities
from device_agent.devices.protocol import Picture, Pressed, Shows
from device_agent.devices.shutter import Shutter
from device_agent.panel_view import PanelView
from seal.settings import Choice, Item, Switch
from wire.commands import ActionCause, Grant, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seal.commands import Step
    from tests.sim.tv import Tv

SWITCH: Final = "sound.surround"
_SHADES: Final = 256
_MODE: Final = Choice("picture.mode", "standard", ("standard", "vivid"))
_TYPING_S: Final = 4.0


class Screen:
    """`menu` changes a setting. A picture tells in its first pixel how often Hide had been pressed."""

    name = "Vista 55 Q7"
    language = "en"

    def __init__(self, tv: Tv) -> None:
        self._tv = tv
        self._process = tv.process  # of this life; the set may have others
        self.shutter = Shutter()
        self._picture = self._painted(1)
        self._newer = asyncio.Event()
        self.panel = PanelView()
        self.level = 10
        self.surround: Literal["on", "off"] = "off"
        self.is_on = True
        self.is_held = False
        """Whether a button of the pointer is down."""

    @property
    def abilities(self) -> Abilities:
        return Abilities(pointing=self, typing=self, configurable=self, arrow=self, shutter=self.shutter)

    # What a technician does

    def press(self, key: str, grants: frozenset[Grant] | None) -> Pressed:
        if not self._process.alive:
            return Pressed(Outcome.FAILED)
        if key == "menu" and grants is not None and Grant.SETTINGS not in grants:
            return Pressed(Outcome.REFUSED)
        if grants is not None:
            self._acts(f"key {key}", Grant.KEYS)
        self._paint()
        if key != "menu":
            return Pressed(Outcome.DONE)
        self.level += 1
        return Pressed(Outcome.DONE, "picture.backlight", old=str(self.level - 1), new=str(self.level))

    def use_pointer(self, steps: Sequence[Step], grants: frozenset[Grant]) -> Pressed:
        self._acts(f"pointer {len(steps)}", Grant.KEYS)
        self.is_held = steps[-1].d
        self._paint()
        return Pressed(Outcome.DONE)

    def release_pointer(self) -> None:
        self.is_held = False

    def type_text(self, text: str, grants: frozenset[Grant]) -> Pressed | Future[Outcome]:
        """A short text is there at once; a long one takes a time in which much can happen."""
        if len(text) <= 4:
            self._acts(f"text {text}", Grant.KEYS)
            return Pressed(Outcome.DONE)
        typing: Future[Outcome] = Future()
        process = self._process
        process.call_at(process.loop.time() + _TYPING_S * self._tv.world.luck(), self._typed, typing, text)
        return typing

    def _typed(self, typing: Future[Outcome], text: str) -> None:
        if not self._process.alive or not typing.set_running_or_notify_cancel():
            return
        self._acts(f"text {text}", Grant.KEYS, slowly=True)
        self._paint()
        typing.set_result(Outcome.DONE)

    def field(self) -> int | None:
        return None

    def settings(self) -> tuple[Item, ...]:
        return (_MODE, Switch(SWITCH, self.surround))

    def change(self, path: str, value: str) -> Pressed:
        if path != SWITCH or value not in {"on", "off"}:
            return Pressed(Outcome.REFUSED, path, cause=ActionCause.CANNOT)
        self._acts(f"setting {path}={value}", Grant.SETTINGS)
        old, self.surround = self.surround, "on" if value == "on" else "off"
        self._paint()
        return Pressed(Outcome.DONE, path, old=old, new=value)

    def show_arrow(self, x: int, y: int) -> None:
        self._acts(f"point {x},{y}", Grant.VIEW)
        self._paint()

    def _acts(self, what: str, needs: Grant, *, slowly: bool = False) -> None:
        self._tv.world.oracle.device_acts(self._tv, what, needs, slowly=slowly)

    # What the customer does

    def hide(self) -> None:
        hidden = self.shutter.press()
        self._paint()
        self.shutter.on_press(hidden)

    # What it shows

    def show(self, panel: PanelView) -> None:
        if self._process.alive:
            self._tv.world.oracle.device_shows(self._tv, self.panel, panel)
            self.panel = panel
            self._paint()

    def power(self, *, on: bool) -> None:
        self.is_on = on
        self._tv.world.oracle.note(self._tv.name, "screen on" if on else "screen off")

    @property
    def serial(self) -> int:
        return self._picture.serial

    def picture(self) -> Picture:
        return self._picture

    async def changed(self, after: int) -> None:
        while self._picture.serial <= after:
            await self._newer.wait()

    def _paint(self) -> None:
        self._picture = self._painted(self._picture.serial + 1)
        self._newer.set()
        self._newer = asyncio.Event()

    def _painted(self, serial: int) -> Picture:
        pixels = np.full((2, 2, 4), serial % _SHADES, np.uint8)
        pixels[0, 0] = self.shutter.presses % _SHADES
        shows = Shows.HIDDEN if self.shutter.is_hidden else Shows.PICTURE
        return Picture(serial, self._tv.wall.now_ms(), pixels, shows)
