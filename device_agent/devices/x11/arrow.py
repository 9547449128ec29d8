"""A technician's arrow on the screen: over programs, under the panel, and no hindrance to any click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xcffib
import xcffib.shape
import xcffib.xproto

from device_agent.devices.simulated_tv.paint import icons
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH, Box
from device_agent.devices.x11.connection import lost_is_lost
from device_agent.devices.x11.pixmap import Background
from device_agent.tokens import TV

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device_agent.devices.x11.connection import XClient
    from device_agent.devices.x11.outputs import Output
    from device_agent.tokens import Rgb

SHOWN_S: Final = 3.0
_SIZE: Final = 168
_RIM: Final = 14
_CW: Final = xcffib.xproto.CW
_CONFIG: Final = xcffib.xproto.ConfigWindow
_BELOW: Final = xcffib.xproto.StackMode.Below
_SET: Final = 0
_BOUNDING, _INPUT = 0, 2


@dataclass(frozen=True, slots=True)
class Look:
    """An arrow whose tip is at a point: where it lies on the output, its pixels, and which of them are it."""

    box: Box
    pixels: NDArray[np.uint8]
    shape: NDArray[np.bool_]


def look(x: int, y: int, width: int, height: int) -> Look:
    """Where there is room for it, light with a dark rim, in the size that the output needs. Pure."""
    scale = min(width / WIDTH, height / HEIGHT)
    size, rim = max(8, round(_SIZE * scale)), max(1, round(_RIM * scale))
    across, down = ("right" if x > width - size else "left"), ("bottom" if y > height - size else "top")
    name = f"arrow_{down}_{across}"
    shape = np.asarray(icons.mask(name, size)) > 127
    inner = np.zeros((size, size), np.uint8)
    inner[rim : size - rim, rim : size - rim] = np.asarray(icons.mask(name, size - 2 * rim))
    share = inner[..., None].astype(np.float32) / 255
    mixed = _bgrx(TV.accent) * share + _bgrx(TV.bg) * (1 - share)
    left, top = x - (size if across == "right" else 0), y - (size if down == "bottom" else 0)
    return Look(Box(left, top, left + size, top + size), mixed.round().astype(np.uint8), shape)


def _bgrx(colour: Rgb) -> NDArray[np.float32]:
    red, green, blue = colour
    return np.array((blue, green, red, 255), np.float32)


class ArrowWindow:
    """One small window in the shape of an arrow."""

    def __init__(self, client: XClient, panel: int) -> None:
        self._client = client
        self._panel = panel
        self._shapes: Any = client.extension(xcffib.shape)
        self.is_shown = False
        with lost_is_lost():
            self.id = client.new_id()
            screen = client.screen
            client.core.CreateWindow(
                screen.root_depth,
                self.id,
                client.root,
                0,
                0,
                1,
                1,
                0,
                xcffib.xproto.WindowClass.InputOutput,
                screen.root_visual,
                _CW.OverrideRedirect,
                [1],
            )
            self._background = Background(client, self.id)
            self._shape(_INPUT, [])
            client.answer()

    def show(self, x: int, y: int, output: Output) -> None:
        """Point at a place of the output; on the painter's thread."""
        it = look(x, y, output.width, output.height)
        core = self._client.core
        with lost_is_lost():
            self._background.put(it.pixels)
            self._shape(_BOUNDING, _runs(it.shape))
            where = _CONFIG.X | _CONFIG.Y | _CONFIG.Width | _CONFIG.Height
            place = [(output.x + it.box.left) & 0xFFFF, (output.y + it.box.top) & 0xFFFF]
            core.ConfigureWindow(self.id, where, [*place, it.box.width, it.box.height])
            core.ConfigureWindow(self.id, _CONFIG.Sibling | _CONFIG.StackMode, [self._panel, _BELOW])
            core.MapWindow(self.id)
            core.ClearArea(False, self.id, 0, 0, 0, 0)
            self._client.answer()
        self.is_shown = True

    def hide(self) -> None:
        """Point at nothing."""
        if self.is_shown:
            self.is_shown = False
            with lost_is_lost():
                self._client.core.UnmapWindow(self.id)
                self._client.flush()

    def _shape(self, kind: int, rectangles: list[Any]) -> None:
        self._shapes.Rectangles(_SET, kind, 0, self.id, 0, 0, len(rectangles), rectangles)


def _runs(shape: NDArray[np.bool_]) -> list[Any]:
    """The shape as rectangles one row high."""
    found = []
    for y, row in enumerate(shape):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            found.append(xcffib.xproto.RECTANGLE.synthetic(int(start), y, int(end - start), 1))
    return found
