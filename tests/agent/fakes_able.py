"""A device that can do everything a technician may be granted, and writes it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device_agent.devices.protocol import Pressed
from device_agent.devices.shutter import Shutter
from seal.settings import Choice, Item, Number, Switch, TextEntry
from tests.agent.fakes import FakeDevice
from wire.commands import ActionCause, Grant, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from seal.commands import Step

SWITCH = Switch("sound.surround", "off")
SETTINGS: tuple[Item, ...] = (
    Choice("picture.mode", "standard", ("standard", "vivid")),
    Number("picture.backlight", "40", 0, 50, 1),
    SWITCH,
    TextEntry("general.name", "Living room", 24),
)


class FakeAble(FakeDevice):
    """`typed`, `pointed`, `arrows`: what reached it; `open_field` is what it says of its text field."""

    def __init__(self) -> None:
        super().__init__()
        self.shutter = Shutter()
        self.typed: list[str] = []
        self.pointed: list[tuple[Step, ...]] = []
        self.arrows: list[tuple[int, int]] = []
        self.released = 0
        self.open_field: int | None = None
        self.slow: Future[Outcome] | None = None  # what a text takes its time with
        self.items = SETTINGS
        self.changed_to: list[tuple[str, str]] = []

    def hide(self) -> None:
        """The customer presses Hide."""
        self.shutter.on_press(self.shutter.press())

    def use_pointer(self, steps: Sequence[Step], grants: frozenset[Grant]) -> Pressed:
        if self.broken:
            raise RuntimeError("the driver is gone")
        self.pointed.append(tuple(steps))
        return Pressed(Outcome.DONE)

    def release_pointer(self) -> None:
        self.released += 1

    def type_text(self, text: str, grants: frozenset[Grant]) -> Pressed | Future[Outcome]:
        if self.slow is not None:
            return self.slow
        if self.open_field == 0:
            return Pressed(Outcome.REFUSED, cause=ActionCause.CANNOT)
        self.typed.append(text)
        return Pressed(Outcome.DONE)

    def field(self) -> int | None:
        return self.open_field

    def settings(self) -> tuple[Item, ...]:
        if self.broken:
            raise RuntimeError("the driver is gone")
        return self.items

    def change(self, path: str, value: str) -> Pressed:
        old = next((item.value for item in self.items if item.path == path), None)
        if path != SWITCH.path or value not in {"on", "off"} or old is None:
            return Pressed(Outcome.REFUSED, path, cause=ActionCause.CANNOT)
        self.changed_to.append((path, value))
        fresh = Switch(path, "on" if value == "on" else "off")
        self.items = tuple(fresh if item.path == path else item for item in self.items)
        return Pressed(Outcome.DONE, path, old=old, new=value)

    def show_arrow(self, x: int, y: int) -> None:
        self.arrows.append((x, y))
