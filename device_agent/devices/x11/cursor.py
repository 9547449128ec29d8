"""The pointer's own picture, which the server draws beside the screen and keeps out of what it hands over.

Its moves wake like damage does: once after each look, so that a mouse costs nothing while nobody looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xcffib
import xcffib.xfixes

from device_agent.devices.x11.connection import kind_of
from device_agent.devices.x11.xinput import Kind, XInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device_agent.devices.x11.connection import XClient
    from device_agent.picture.changes import Rows

MOST: Final = 512  # pixels across: a larger one is no pointer
_SHAPES: Final = xcffib.xfixes.CursorNotifyMask.DisplayCursor
_CURSOR_EVENT: Final = 1  # after the first of XFIXES


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How it looks: height x width x 4, BGRA, already multiplied by A; `tip` is the pixel that points."""

    pixels: NDArray[np.uint8]
    tip: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape whose upper left corner lies here on the display; the same again while neither changed."""

    shape: Shape
    x: int
    y: int

    def draw(self, pixels: NDArray[np.uint8], left: int, top: int) -> Rows | None:
        """Lay it over a picture, BGRX, of the display from `left` and `top`; returns the rows it lies in."""
        height, width = pixels.shape[:2]
        x, y = self.x - left, self.y - top
        rows, columns = self.shape.pixels.shape[:2]
        x0, x1, y0, y1 = max(x, 0), min(x + columns, width), max(y, 0), min(y + rows, height)
        if x0 >= x1 or y0 >= y1:
            return None
        over = self.shape.pixels[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.uint16)
        below = pixels[y0:y1, x0:x1, :3]
        seen = over[..., :3] + (below * (255 - over[..., 3:]) + 127) // 255
        pixels[y0:y1, x0:x1, :3] = np.minimum(seen, 255)
        return y0, y1


class Cursor:
    """The pointer of one display, for the client that takes its pictures."""

    def __init__(self, client: XClient) -> None:
        self._client = client
        self._input = XInput(client)
        self._fixes: Any = client.extension(xcffib.xfixes)
        found = client.opcode("XFIXES")
        assert found is not None
        self._event = found[1] + _CURSOR_EVENT
        self._shape: Shape | None = None
        self._is_known = False
        self._fixes.SelectCursorInput(client.root, _SHAPES)

    def moved(self, event: bytes) -> bool:
        """Whether this event says that it moved or looks different."""
        if kind_of(event) == self._event:
            self._is_known = False
            return True
        act = self._input.act(event)
        if act is None or act.kind is not Kind.RAW_MOTION:
            return False
        # Up to a thousand times a second: once is enough until somebody looks.
        self._input.hear(self._client.root, ())
        self._client.flush()
        return True

    def now(self) -> Placed | None:
        """Where it is and how it looks; its next move is told again."""
        self._input.hear(self._client.root, (Kind.RAW_MOTION,))
        if not self._is_known:
            self._is_known = True  # before it is asked for: it may change meanwhile
            self._shape = self._looked_at()
        at = self._client.core.QueryPointer(self._client.root).reply()
        shape = self._shape
        if shape is None or not at.same_screen:
            return None
        return Placed(shape, at.root_x - shape.tip[0], at.root_y - shape.tip[1])

    def _looked_at(self) -> Shape | None:
        try:
            reply = self._fixes.GetCursorImage().reply()
        except xcffib.ProtocolException:
            return None  # the screen shows none
        if not (0 < reply.width <= MOST and 0 < reply.height <= MOST):
            return None
        pixels = (
            np.array(list(reply.cursor_image), "<u4").view(np.uint8).reshape(reply.height, reply.width, 4)
        )
        return Shape(pixels, (reply.xhot, reply.yhot)) if pixels[..., 3].any() else None
