"""Pixels of ours on the server, as the background of a window: drawn once, repainted by the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xcffib
import xcffib.shm
import xcffib.xproto

from device_agent.devices.x11.connection import DisplayError
from device_agent.devices.x11.eyes import NO_SHARING
from device_agent.devices.x11.shared_memory import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device_agent.devices.x11.connection import XClient

_Z_PIXMAP: Final = xcffib.xproto.ImageFormat.ZPixmap
_BACKGROUND: Final = xcffib.xproto.CW.BackPixmap


class Background:
    """One window's. The server must have answered before the next pixels are put."""

    def __init__(self, client: XClient, window: int) -> None:
        self._client = client
        self._window = window
        self._shm: Any = client.extension(xcffib.shm)
        self._segment: Segment | None = None
        self._handle = 0

    def put(self, pixels: NDArray[np.uint8]) -> None:
        """Give the window these pixels; it shows them when it is next cleared or comes to light."""
        core, depth = self._client.core, self._client.screen.root_depth
        down, across = pixels.shape[:2]
        handle = self._filled(pixels)
        pixmap, context = self._client.new_id(), self._client.new_id()
        core.CreatePixmap(depth, pixmap, self._client.root, across, down)
        core.CreateGC(context, pixmap, 0, [])
        self._shm.PutImage(
            pixmap, context, across, down, 0, 0, across, down, 0, 0, depth, _Z_PIXMAP, 0, handle, 0
        )
        core.FreeGC(context)
        core.ChangeWindowAttributes(self._window, _BACKGROUND, [pixmap])
        core.FreePixmap(pixmap)

    def _filled(self, pixels: NDArray[np.uint8]) -> int:
        """The pixels in memory that the server reads."""
        if self._segment is None or self._segment.size < pixels.nbytes:
            if self._segment is not None:
                self._shm.Detach(self._handle)
            self._segment, self._handle = Segment(pixels.nbytes), self._client.new_id()
            try:
                self._shm.Attach(self._handle, self._segment.id, True, is_checked=True).check()
            except xcffib.ProtocolException:
                raise DisplayError(NO_SHARING) from None
            finally:
                self._segment.forget()
        into = np.frombuffer(memoryview(self._segment.memory()), np.uint8)[: pixels.nbytes]
        into[:] = pixels.reshape(-1)
        return self._handle
