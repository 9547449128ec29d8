"""Says of a display, before anybody depends on it, what works there and what does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from device_agent.devices.x11.bell import Bell
from device_agent.devices.x11.connection import NEEDED, DisplayError, XClient, lost_is_lost
from device_agent.devices.x11.eyes import Eyes
from device_agent.devices.x11.guard import Guard
from device_agent.devices.x11.hands import Hands
from device_agent.devices.x11.outputs import outputs_of
from device_agent.devices.x11.private import Private
from device_agent.devices.x11.xinput import XInput

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at; `words` say how it is, and where it is not good what to do."""

    what: str
    is_good: bool
    words: str


def check_display(display: str | None, output: str | None) -> Iterator[Checked]:
    """Everything this device needs of a display, up to the first lack that makes the rest moot."""
    try:
        client = XClient(display)
    except DisplayError as error:
        yield Checked("display", False, str(error))
        return
    try:
        yield Checked("display", True, "the X server lets this user in")
        missing = [name for name in NEEDED if client.opcode(name) is None]
        for name in NEEDED:
            words = f"the X server has none, and {NEEDED[name]}" if name in missing else "there"
            yield Checked(name, name not in missing, words)
        if not missing:
            yield from _tried(client, output)
    finally:
        client.close()


def _tried(client: XClient, output: str | None) -> Iterator[Checked]:
    with lost_is_lost():
        names = ", ".join(f"{it.name} {it.width}x{it.height}" for it in outputs_of(client))
        yield Checked("outputs", bool(names), names or "none is switched on")
        try:
            eyes = Eyes(client, output, bell=Bell(), now_ms=lambda: 0, boot=lambda: 0.0, private=Private())
            height, width = eyes.picture().pixels.shape[:2]
        except DisplayError as error:
            yield Checked("picture", False, str(error))
            return
        yield Checked("picture", True, f"taken from {eyes.output.name}, {width}x{height}")
        try:
            real = XInput(client).real
        except DisplayError as error:
            yield Checked("the customer's own keys", False, str(error))
        else:
            words = f"{len(real)} input devices that are no program's" if real else "no keyboard, no touch"
            yield Checked("the customer's own keys", bool(real), words)
        spare = Hands(client, Guard(lambda: 0.0), lambda: eyes.output).spare_keys
        words = f"{spare} keys of the layout are spare: so many letters that it has not go at once"
        yield Checked("text", spare > 0, words)
