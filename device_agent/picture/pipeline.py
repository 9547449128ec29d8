"""From the screen to sealed pictures: newest first, at most three on the way, nothing while nothing changes.

Pictures are dropped before they are encoded, never after, so that delay cannot queue up (SCREEN §1, INV-F3).
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from device_agent.picture.changes import changed_rows
from device_agent.picture.rate import Rate
from seal.pictures import PictureHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.clock import Clock
    from device_agent.devices.protocol import Device, Picture
    from device_agent.picture.encoder import Encoded, Encoder

WINDOW: Final = 3
FRAME_S: Final = 1 / 30
STILL_S: Final = 0.15
REFINE_S: Final = 1 / 15
ANNOUNCE_S: Final = 0.5
RESET_S: Final = 0.25
_AT_ONCE_S: Final = 0.0005
_T = TypeVar("_T")


class Sink(Protocol):
    """Where pictures go: the session, which seals them while it lives."""

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        """Seal and send one picture."""
        ...

    def send_current(self, pic: int, at: int) -> None:
        """Say that picture `pic` is still what the screen shows at `at`."""
        ...


class PicturePipeline:
    """One session's picture. `run` ends only by cancellation."""

    def __init__(
        self, *, device: Device, encoder_for: Callable[[int, int], Encoder], sink: Sink, clock: Clock
    ) -> None:
        """`encoder_for` makes one for a width and a height, on the worker thread, whenever they change."""
        self._device = device
        self._encoder_for = encoder_for
        self._encoder: Encoder | None = None
        self._sink = sink
        self._clock = clock
        self._wake = asyncio.Event()
        self._taken = asyncio.Event()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._shown: Picture | None = None  # what the newest picture sent shows
        self._changed = True
        self._key = True
        self._sent = 0
        self._acked = 0
        self._left_at: dict[int, float] = {}
        self._rate = Rate()
        self._not_before = 0.0
        self._refine_at: float | None = None
        self._reset_at = float("-inf")

    def acknowledge(self, pic: int) -> None:
        """The console has drawn every picture up to `pic`."""
        if not self._acked < pic <= self._sent:
            return
        self._acked = pic
        left = self._left_at.get(pic)
        if left is not None:
            self._rate = self._rate.after(self._clock.boot() - left)
        self._left_at = {number: at for number, at in self._left_at.items() if number > pic}
        self._wake.set()

    def want_key(self) -> None:
        """The console misses pictures: the next one must stand alone."""
        self._key = True
        now = self._clock.boot()
        if now - self._reset_at >= RESET_S:
            # Lost pictures are never acknowledged; this one replaces them all.
            self._reset_at, self._acked = now, self._sent
            self._left_at.clear()
        self._wake.set()

    async def run(self) -> None:
        """Watch the screen and send what changes."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch())
                tasks.create_task(self._announce())
                tasks.create_task(self._work())
        finally:
            self._worker.shutdown(wait=False, cancel_futures=True)

    async def _watch(self) -> None:
        while True:
            await self._device.changed(self._shown.serial if self._shown else -1)
            self._taken.clear()
            self._changed = True
            self._wake.set()
            await self._taken.wait()

    async def _announce(self) -> None:
        while True:
            await self._clock.sleep(ANNOUNCE_S)
            if self._is_current():
                self._sink.send_current(self._sent, self._clock.now_ms())

    async def _work(self) -> None:
        while True:
            await self._until_due()
            if self._key or self._changed:
                await self._send_newest()
            else:
                await self._send_refined()

    async def _until_due(self) -> None:
        while (wait := self._due_in()) is None or wait > _AT_ONCE_S:
            self._wake.clear()
            await self._pause(wait)

    def _due_in(self) -> float | None:
        """Seconds until there is something to send, or None where only an event can bring it."""
        if self._sent - self._acked >= WINDOW:
            return None
        now = self._clock.boot()
        if self._key or self._changed:
            return self._not_before - now
        return None if self._refine_at is None else self._refine_at - now

    async def _pause(self, seconds: float | None) -> None:
        if seconds is None:
            await self._wake.wait()
            return
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({timer, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            woken.cancel()

    async def _send_newest(self) -> None:
        key, before = self._key, self._shown
        self._key = self._changed = False
        # On a grid, so that one late picture does not make all later ones late.
        self._not_before = max(self._not_before + FRAME_S, self._clock.boot())
        picture, encoded = await self._in_worker(lambda: self._take(before, key=key))
        self._shown = picture
        self._taken.set()
        if encoded:
            self._send(encoded, picture, picture.at)
            self._refine_at = self._clock.boot() + STILL_S

    async def _send_refined(self) -> None:
        picture, self._refine_at = self._shown, None
        if picture is None or self._encoder is None or not self._is_current():
            return
        at = self._clock.now_ms()
        encoded = await self._in_worker(self._encoder.refine)
        if encoded:
            self._refine_at = self._clock.boot() + REFINE_S
            self._send(encoded, picture, at)

    async def _in_worker(self, work: Callable[[], _T]) -> _T:
        # A real screen may be slow or hang, and comparing, converting and encoding release the interpreter's
        # lock: Stop is heard meanwhile.
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _take(self, before: Picture | None, *, key: bool) -> tuple[Picture, tuple[Encoded, ...]]:
        """The newest picture and what to send of it; on the worker thread."""
        picture = self._device.picture()
        height, width = picture.pixels.shape[:2]
        if before is None or self._encoder is None or before.pixels.shape != picture.pixels.shape:
            self._encoder = self._encoder_for(width, height)
            key = True
        rows = (0, height) if before is None or key else changed_rows(before.pixels, picture.pixels)
        return picture, self._encoder.encode(picture.pixels, rows, key=key) if rows else ()

    def _send(self, encoded: tuple[Encoded, ...], picture: Picture, at: int) -> None:
        height, width = picture.pixels.shape[:2]
        for part in encoded:
            self._sent += 1
            self._left_at[self._sent] = self._clock.boot()
            head = PictureHead(self._sent, part.codec, part.key, width, height, part.y, part.rows, at)
            self._sink.send_picture(head, part.data)
        if self._encoder is not None:
            self._encoder.steer(self._rate.bit_rate)

    def _is_current(self) -> bool:
        shown = self._shown
        return shown is not None and not self._changed and self._device.serial == shown.serial
