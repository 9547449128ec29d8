"""The outputs of a display and which of them this device is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import xcffib
import xcffib.randr

from device_agent.devices.x11.connection import DisplayError, lost_is_lost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from device_agent.devices.x11.connection import XClient

CHANGES: Final = (
    xcffib.randr.NotifyMask.ScreenChange
    | xcffib.randr.NotifyMask.CrtcChange
    | xcffib.randr.NotifyMask.OutputChange
)
_MONITORS_SINCE: Final = (1, 5)


@dataclass(frozen=True, slots=True)
class Output:
    """A rectangle of the display that one screen shows."""

    name: str
    x: int
    y: int
    width: int
    height: int
    is_primary: bool = False

    def place(self, x: int, y: int, full: int) -> tuple[int, int]:
        """A point of the display, from one given across the picture as 0 to `full`."""
        return self.x + round(x * (self.width - 1) / full), self.y + round(y * (self.height - 1) / full)


def outputs_of(client: XClient) -> tuple[Output, ...]:
    """Everything that shows something now."""
    with lost_is_lost():
        randr = client.extension(xcffib.randr)
        version = randr.QueryVersion(*_MONITORS_SINCE).reply()
        if (version.major_version, version.minor_version) < _MONITORS_SINCE:
            size = client.core.GetGeometry(client.root).reply()
            return (Output("screen", 0, 0, size.width, size.height, is_primary=True),)
        found = randr.GetMonitors(client.root, True).reply().monitors
        return tuple(_output(client, it) for it in found if it.width and it.height)


def _output(client: XClient, it: Any) -> Output:
    name = client.core.GetAtomName(it.name).reply().name.to_string()
    return Output(name, it.x, it.y, it.width, it.height, is_primary=bool(it.primary))


def chosen(outputs: Sequence[Output], name: str | None) -> Output | None:
    """The one of this name, else the primary, else the first; None while it shows nothing."""
    if name is not None:
        return next((it for it in outputs if it.name == name), None)
    return next((it for it in outputs if it.is_primary), outputs[0] if outputs else None)


def chosen_at_start(outputs: Sequence[Output], name: str | None) -> Output:
    """The same for a start, which needs one."""
    output = chosen(outputs, name)
    if output is not None:
        return output
    if not outputs:
        raise DisplayError("no output of the display is switched on")
    names = ", ".join(it.name for it in outputs)
    raise DisplayError(f"no output named {name} shows anything; those that do: {names}")
