"""Sees one output: damage wakes, the server writes the changed rows into shared memory, nothing polls.

`picture` blocks as long as the server does and is for worker threads; `watch` is the thread that waits for
events (SCREEN §2, §3).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xcffib
import xcffib.damage
import xcffib.randr
import xcffib.shm
import xcffib.xfixes
import xcffib.xproto

from device_agent.devices.protocol import Picture, Shows
from device_agent.devices.x11.connection import DisplayError, ScreenLostError, kind_of, lost_is_lost
from device_agent.devices.x11.cursor import Cursor
from device_agent.devices.x11.outputs import CHANGES, chosen, chosen_at_start, outputs_of
from device_agent.devices.x11.private import PROPERTY_EVENT, PrivateWindows
from device_agent.devices.x11.ring import BYTES_PER_PIXEL, Ring, count_of
from device_agent.devices.x11.shared_memory import Segment
from device_agent.picture.changes import joined

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from device_agent.devices.protocol import Region
    from device_agent.devices.x11.bell import Bell
    from device_agent.devices.x11.connection import XClient
    from device_agent.devices.x11.cursor import Placed
    from device_agent.devices.x11.outputs import Output
    from device_agent.devices.x11.private import Private
    from device_agent.devices.x11.ring import Slot
    from device_agent.picture.changes import Rows

_ALL_PLANES: Final = 0xFFFFFFFF
_Z_PIXMAP: Final = xcffib.xproto.ImageFormat.ZPixmap
_TRIES: Final = 3
_MOST_RECTANGLES: Final = 64  # more than that are read as one


@dataclass(frozen=True, slots=True)
class Looks:
    """What looking has cost; `pictures` were taken, `rows` fetched, `copies` made because all were held."""

    pictures: int = 0
    rows: int = 0
    copies: int = 0


class Eyes:
    """One output of one display."""

    def __init__(
        self,
        client: XClient,
        wanted: str | None,
        *,
        bell: Bell,
        now_ms: Callable[[], int],
        boot: Callable[[], float],
        private: Private,
    ) -> None:
        self._client = client
        self._wanted = wanted
        self._bell = bell
        self._now_ms = now_ms
        self._lock = threading.Lock()  # one at a time takes a picture
        self._shm: Any = client.extension(xcffib.shm)
        self._fixes: Any = client.extension(xcffib.xfixes)
        self._damages: Any = client.extension(xcffib.damage)
        self._damage_event = _first_event(client, "DAMAGE")
        self._randr_event = _first_event(client, "RANDR")
        self.output: Output = chosen_at_start(outputs_of(client), wanted)
        self._dark = self._is_closed = False
        self._moved = False
        self._last: Picture | None = None
        self._pointer: Placed | None = None  # as it is in the last picture
        self.looks = Looks()
        with lost_is_lost():
            self._begin()
            self._cursor = Cursor(client)
            self._private = PrivateWindows(client, private, boot=boot, again=bell.ring)
        self._ring = self._new_ring()

    def watch(self) -> None:
        """Ring the bell whenever something was drawn; returns by raising that the screen is lost."""
        while True:
            event = self._client.next_event()
            kind = kind_of(event)
            if kind == self._damage_event or self._cursor.moved(event):
                self._bell.ring()
            elif kind in {self._randr_event, self._randr_event + 1}:
                self._moved = True
                self._bell.ring()
            elif kind == PROPERTY_EVENT and self._private.tells(event):
                self._bell.ring()

    def picture(self) -> Picture:
        """The newest picture; the same one while nothing was drawn."""
        with self._lock, lost_is_lost():
            if self._is_closed:
                raise ScreenLostError("the display was closed")
            serial = self._bell.count
            if self._last is None or self._last.serial != serial:
                self._last = self._taken(serial)
            return self._last

    def close(self, patience_s: float) -> bool:
        """Take no more pictures; False where one is being taken all that time."""
        if not self._lock.acquire(timeout=patience_s):
            return False
        self._is_closed = True
        self._ring.forget()
        self._last = None
        self._lock.release()
        return True

    def _taken(self, serial: int) -> Picture:
        for _ in range(_TRIES):
            pointed = self._pointer
            # Before the changed rows are asked for: a window that moves after it is covered where it was.
            private = self._private.regions()
            bands = self._changed_rows()
            self._pointer = self._cursor.now()
            if not bands and self._pointer == pointed and self._last is not None:
                return replace(self._last, serial=serial, private=self._on_output(private))
            at = self._now_ms()
            if self._dark:
                shape = (self.output.height, self.output.width, BYTES_PER_PIXEL)
                return Picture(serial, at, np.zeros(shape, np.uint8), Shows.OFF)
            try:
                pixels = self._fetched()
                # It may have come or moved meanwhile: where it was and where it is.
                private |= self._private.regions()
                return Picture(serial, at, pixels, private=self._on_output(private))
            except xcffib.xproto.MatchError:
                # The display became smaller between two requests: measure it and look again.
                self._moved = True
        raise DisplayError("the display changes its size all the time")

    def _on_output(self, regions: frozenset[Region]) -> tuple[Region, ...]:
        x, y = self.output.x, self.output.y
        return tuple(
            (left - x, top - y, right - x, bottom - y) for left, top, right, bottom in sorted(regions)
        )

    def _changed_rows(self) -> tuple[Rows, ...]:
        """Rows of this output drawn on since the last look; all of them after a change of resolution."""
        if self._moved:
            self._moved = False
            self._measure()
        self._damages.Subtract(self._damage, xcffib.NONE, self._region)
        region = self._fixes.FetchRegion(self._region).reply()
        if self._last is None or not self._last.pixels.size:
            # What was drawn since nobody looked is in no region any more.
            self._ring.damage(((0, self.output.height),))
            return ((0, self.output.height),)
        few = len(region.rectangles) <= _MOST_RECTANGLES
        found = (self._rows_in(one) for one in (region.rectangles if few else (region.extents,)))
        bands = joined(rows for rows in found if rows)
        self._ring.damage(bands)
        return bands

    def _rows_in(self, drawn: Any) -> Rows | None:
        """The rows of this output in a rectangle of the display."""
        it = self.output
        top, bottom = max(drawn.y - it.y, 0), min(drawn.y + drawn.height - it.y, it.height)
        beside = drawn.x + drawn.width <= it.x or drawn.x >= it.x + it.width
        return None if not drawn.width or beside or top >= bottom else (top, bottom)

    def _fetched(self) -> NDArray[np.uint8]:
        slot = self._ring.take()
        must_copy = self._ring.is_last
        try:
            self._fetch(slot.handle, slot.stale)
        except BaseException:
            self._ring.give_back(slot)
            raise
        fetched = count_of(slot.stale)
        slot.stale = self._drawn_over(slot)
        looks = self.looks
        self.looks = Looks(looks.pictures + 1, looks.rows + fetched, looks.copies + must_copy)
        return self._ring.copied(slot) if must_copy else self._ring.lend(slot)

    def _drawn_over(self, slot: Slot) -> tuple[Rows, ...]:
        """The rows with the pointer, which are not the screen's."""
        if self._pointer is None:
            return ()
        rows = self._pointer.draw(self._ring.writable(slot), self.output.x, self.output.y)
        return () if rows is None else (rows,)

    def _fetch(self, handle: int, bands: Iterable[Rows]) -> None:
        """The server writes these rows; it is asked for all of them before the first answer is awaited."""
        it = self.output
        asked = [
            self._shm.GetImage(
                self._client.root,
                it.x,
                it.y + top,
                it.width,
                bottom - top,
                _ALL_PLANES,
                _Z_PIXMAP,
                handle,
                top * it.width * BYTES_PER_PIXEL,
            )
            for top, bottom in bands
        ]
        problems = []
        for one in asked:  # all of them: nothing may be written there any more once this returns
            try:
                one.reply()
            except xcffib.xproto.MatchError as problem:
                problems.append(problem)
        if problems:
            raise problems[0]

    def _measure(self) -> None:
        output = chosen(outputs_of(self._client), self._wanted)
        if output is None or self._dark:
            self._dark = output is None
            self._last = None
        if output is not None and output != self.output:
            for handle in self._ring.handles:
                self._shm.Detach(handle)
            self._ring.forget()
            self.output = output
            self._ring = self._new_ring()
            self._last = None

    def _begin(self) -> None:
        self._damages.QueryVersion(1, 1).reply()
        self._fixes.QueryVersion(4, 0).reply()
        self._shm.QueryVersion().reply()
        self._damage, self._region = self._client.new_id(), self._client.new_id()
        self._fixes.CreateRegion(self._region, 0, [])
        level = xcffib.damage.ReportLevel.NonEmpty
        self._damages.Create(self._damage, self._client.root, level)
        self._client.extension(xcffib.randr).SelectInput(self._client.root, CHANGES)
        self._client.answer()

    def _new_ring(self) -> Ring:
        return Ring(self.output.width, self.output.height, self._shared)

    def _shared(self, size: int) -> tuple[Callable[[], ctypes.Array[ctypes.c_uint8]], int]:
        segment, handle = Segment(size), self._client.new_id()
        try:
            with lost_is_lost():
                self._shm.Attach(handle, segment.id, False, is_checked=True).check()
        except xcffib.ProtocolException:
            raise DisplayError(NO_SHARING) from None
        finally:
            segment.forget()
        return segment.memory, handle


NO_SHARING: Final = (
    "the X server may not use this agent's shared memory: "
    "run the agent on the same machine and as the same user as the server, or as root"
)


def _first_event(client: XClient, extension: str) -> int:
    found = client.opcode(extension)
    assert found is not None
    return found[1]
