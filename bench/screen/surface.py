"""A window over a whole X screen, buffers in the X server, and the pixels of the screen itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import xcffib
from xcffib import xproto

from bench.screen.scenes import HEIGHT, WIDTH, Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

_ROWS: Final = 32  # as many rows of pixels as fit into one request
_CIRCLE: Final = 360 * 64
_DEPTH: Final = 24


class Surface:
    """Everything is drawn by the X server itself: painting costs next to nothing beside what is measured."""

    def __init__(self, display: str) -> None:
        self._x = xcffib.connect(display=display)
        self._screen = self._x.get_setup().roots[0]
        self._window = self._x.generate_id()
        events = xproto.EventMask.ButtonPress | xproto.EventMask.KeyPress | xproto.EventMask.Exposure
        self._x.core.CreateWindow(
            self._screen.root_depth,
            self._window,
            self._screen.root,
            0,
            0,
            WIDTH,
            HEIGHT,
            0,
            xproto.WindowClass.InputOutput,
            self._screen.root_visual,
            xproto.CW.BackPixel | xproto.CW.OverrideRedirect | xproto.CW.EventMask,
            [0, 1, events],
        )
        self._x.core.MapWindow(self._window)
        self._x.core.SetInputFocus(xproto.InputFocus.PointerRoot, self._window, xproto.Time.CurrentTime)
        self._ink = self._x.generate_id()
        self._x.core.CreateGC(self._ink, self._window, xproto.GC.GraphicsExposures, [0])
        self.finish()

    def park(self) -> None:
        """The pointer into the last corner: some systems show it in the picture, others beside it."""
        self._x.core.WarpPointer(xcffib.NONE, self._screen.root, 0, 0, 0, 0, WIDTH - 1, HEIGHT - 1)
        self.finish()

    @property
    def events(self) -> int:
        """A file that becomes readable when there may be news."""
        return int(self._x.get_file_descriptor())

    def news(self) -> tuple[int, list[Box]]:
        """Since the last call: presses of keys and buttons, and what no other window covers any more.

        The X server keeps nothing of what was covered: as with any program, it is bare until shown again.
        """
        presses, bare = 0, []
        while (event := self._x.poll_for_event()) is not None:
            presses += isinstance(event, xproto.ButtonPressEvent | xproto.KeyPressEvent)
            if isinstance(event, xproto.ExposeEvent):
                bare.append(Box(event.x, event.y, event.width, event.height))
        return presses, bare

    def buffer(self, width: int, height: int) -> int:
        """Pixels in the X server."""
        pixels = int(self._x.generate_id())
        self._x.core.CreatePixmap(self._screen.root_depth, pixels, self._window, width, height)
        return pixels

    def picture(self, rgb: Pixels) -> int:
        """A buffer with this picture in it."""
        height, width = rgb.shape[:2]
        pixels = self.buffer(width, height)
        bgrx = np.zeros((height, width, 4), dtype=np.uint8)
        bgrx[..., :3] = rgb[..., ::-1]
        for top in range(0, height, _ROWS):
            rows = bgrx[top : top + _ROWS]
            self._x.core.PutImage(
                xproto.ImageFormat.ZPixmap,
                pixels,
                self._ink,
                width,
                len(rows),
                0,
                top,
                0,
                _DEPTH,
                rows.nbytes,
                rows.tobytes(),
            )
        self.finish()
        return pixels

    def copy(self, source: int, target: int, corner: tuple[int, int], box: Box) -> None:
        """What stands at the corner of the source, to the box of the target."""
        self._x.core.CopyArea(source, target, self._ink, *corner, box.x, box.y, box.width, box.height)

    def show(self, source: int, box: Box) -> None:
        """Bring this box of a buffer of the screen's size to the front."""
        self.copy(source, self._window, (box.x, box.y), box)

    def fill(self, target: int, colour: int, boxes: Sequence[Box]) -> None:
        self._colour(colour)
        rectangles = [xproto.RECTANGLE.synthetic(box.x, box.y, box.width, box.height) for box in boxes]
        self._x.core.PolyFillRectangle(target, self._ink, len(rectangles), rectangles)

    def ball(self, target: int, colour: int, box: Box) -> None:
        self._colour(colour)
        arc = xproto.ARC.synthetic(box.x, box.y, box.width, box.height, 0, _CIRCLE)
        self._x.core.PolyFillArc(target, self._ink, 1, [arc])

    def finish(self) -> None:
        """Returns when the X server has done everything so far."""
        self._x.core.GetInputFocus().reply()

    def _colour(self, colour: int) -> None:
        self._x.core.ChangeGC(self._ink, xproto.GC.Foreground, [colour])


def screen(display: str) -> Pixels:
    """The true pixels of a screen, RGB, whatever windows it shows."""
    x = xcffib.connect(display=display)
    try:
        root = x.get_setup().roots[0].root
        every = 0xFFFFFFFF
        bands = [
            x.core.GetImage(xproto.ImageFormat.ZPixmap, root, 0, top, WIDTH, _ROWS, every).reply().data.buf()
            for top in range(0, HEIGHT - HEIGHT % _ROWS, _ROWS)
        ]
        rest = HEIGHT % _ROWS
        if rest:
            last = x.core.GetImage(xproto.ImageFormat.ZPixmap, root, 0, HEIGHT - rest, WIDTH, rest, every)
            bands.append(last.reply().data.buf())
    finally:
        x.disconnect()
    bgrx = np.frombuffer(b"".join(bands), dtype=np.uint8).reshape(HEIGHT, WIDTH, 4)
    return np.ascontiguousarray(bgrx[..., 2::-1])
