"""From the screen to sealed pictures: newest first, few on the way, nothing while nothing changes.

Pictures are dropped before they are encoded, never after, so that delay cannot queue up (SCREEN §1, INV-F3).
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from device_agent.clock import until_beat
from device_agent.devices.protocol import Answering, Shows
from device_agent.devices.shutter import Shutter
from device_agent.picture import exact
from device_agent.picture.changes import changed_bands, share
from device_agent.picture.flow import FRAME_S, Flow
from device_agent.picture.mask import covered, words_over
from device_agent.picture.rest import Rest, Task
from device_agent.picture.small import LINK_BIT_RATE
from device_agent.picture.still import Still, part_bytes
from device_agent.picture.word import Progress, Stage, Voice, counted, word
from seal.messages import PictureState
from seal.pictures import PictureHead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from device_agent.clock import Clock
    from device_agent.devices.protocol import Device, Picture
    from device_agent.picture.changes import Rows
    from device_agent.picture.encoder import Encoded
    from device_agent.picture.encoders import Encoders
    from device_agent.picture.still import Ended
    from seal.pictures import Codec

LOOK_S: Final = 0.1  # so often it is asked whether what was said is still so
CALM_LOOK_S: Final = 0.25  # and so often where everything rests, when all that changes says so by itself
RESET_S: Final = 0.25
# On a narrow link a piece must not keep the next change waiting for long.
PIECE_ROWS: Final = 96
NARROW_PIECE_ROWS: Final = 16
NARROW_BIT_RATE: Final = 2_000_000
PHOTO_BIT_RATE: Final = 600_000  # below it only text is worth the time
_AT_ONCE_S: Final = 0.0005
# A still is taken only while what was sent last is known to be the newest there was.
_SEEN: Final = frozenset({PictureState.LIVE, PictureState.ENCODER_STALLED})
_T = TypeVar("_T")


class Sink(Protocol):
    """Where pictures go: the session, which seals them while it lives."""

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        """Seal and send one picture."""
        ...

    def send_current(self, pic: int, at: int, state: PictureState, masked: int) -> None:
        """Say what the picture is at `at`; where it is live, that `pic` is still what the screen shows."""
        ...


@dataclass(frozen=True, slots=True)
class _Taken:
    picture: Picture
    encoded: tuple[Encoded, ...]


class PicturePipeline:
    """One session's picture. `run` ends only by cancellation."""

    def __init__(
        self,
        *,
        device: Device,
        encoders: Encoders,
        sink: Sink,
        clock: Clock,
        shutter: Shutter | None = None,
    ) -> None:
        self._device = device
        self._answering = device if isinstance(device, Answering) else None
        self._shutter = Shutter() if shutter is None else shutter
        self._presses = self._shutter.presses  # of the Hide key, known when the newest look began
        self._encoders = encoders
        self._sink = sink
        self._clock = clock
        self._wake = asyncio.Event()
        self._taken = asyncio.Event()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._shown: Picture | None = None  # what the newest picture sent shows
        self._changed = True
        self._key = True
        self._sent = 0
        self._newest = 0  # the number of the newest picture: a part of a still is none
        self._drawn = 0
        self._progress = Progress()  # the worker's
        self._voice = Voice()
        self._flow = Flow()
        self._rest = Rest()
        self._still = Still(self._wake.set)
        self._part_last = False  # a picture that waits goes before the next part
        self._not_before = 0.0
        self._reset_at = float("-inf")

    def acknowledge(self, pic: int) -> None:
        """The console has drawn every picture up to `pic`."""
        if not self._drawn < pic <= self._sent:
            return
        self._drawn, now = pic, self._clock.boot()
        self._flow.drawn(pic, now)
        self._encoders.steer(self._flow.bit_rate, self._flow.link_rate)
        self._key = self._key or self._encoders.wants_another(now, changed=0)
        self._wake.set()

    def held_up(self) -> None:
        """Its socket is held up, and another way tells that the console is there: one more may leave."""
        self._flow.held_up()
        self._wake.set()

    def want_key(self) -> None:
        """The console misses pictures: the next one must stand alone."""
        self._key = True
        now = self._clock.boot()
        if now - self._reset_at >= RESET_S:
            # Lost pictures are never acknowledged; this one replaces them all.
            self._reset_at, self._drawn = now, self._sent
            self._flow.lost()
        self._wake.set()

    def prefer(self, codecs: Iterable[Codec]) -> None:
        """The console follows these better than what it gets."""
        self._encoders.offer(codecs)
        self._key = self._key or self._encoders.wants_another(self._clock.boot(), changed=0)
        self._wake.set()

    def take_still(self, over: Callable[[Ended], None]) -> bool:
        """Send the picture that was sent last once more, without loss; False where there is none now."""
        shown = self._shown
        if self._state() not in _SEEN or not _is_picture(shown):
            return False
        assert shown is not None
        self._still.begin(shown, over)
        return True

    async def run(self) -> None:
        """Watch the screen and send what changes."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch())
                tasks.create_task(self._announce())
                tasks.create_task(self._work())
        finally:
            self._still.close()
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
            calm = self._is_calm()
            await self._clock.sleep(until_beat(CALM_LOOK_S, self._clock.boot()) if calm else LOOK_S)
            if self._was_pressed():
                self._wake.set()
            self._say_word(within=CALM_LOOK_S if calm else LOOK_S)

    def _is_calm(self) -> bool:
        """Whether nothing is being done or waited for."""
        owes_s = self._answering.owes_s if self._answering else 0.0
        idle = self._progress.stage is Stage.IDLE and self._rest.due() is None and not self._still.waits
        return idle and owes_s < LOOK_S and self._is_current()

    def _say_word(self, *, within: float = LOOK_S) -> None:
        shown, now, state = self._shown, self._clock.boot(), self._state()
        masked = counted(shown.masked) if shown and state is PictureState.LIVE else 0
        at = self._clock.now_ms()
        if shown and state is PictureState.LIVE and not self._is_current():
            if masked == self._voice.masked:
                return  # the newest picture is on its way, or waits for room: its age says so
            at = shown.at  # a screen that always moves is never current, and what is covered on it is told
        if self._voice.is_due(state, masked, now, within=within):
            self._voice.note(state, masked, now, of=at)
            self._sink.send_current(self._newest, at, state, masked)

    def _state(self) -> PictureState:
        owes_s = self._answering.owes_s if self._answering else 0.0
        shown = self._shown
        if self._shutter.is_hidden and (shown is None or _is_picture(shown)):
            return PictureState.HIDDEN  # however long the newest look takes
        return word(shown.shows if shown else None, self._progress, owes_s=owes_s, now=self._clock.boot())

    async def _work(self) -> None:
        while True:
            task = await self._next_task()
            if task is Task.STILL:
                self._send_part()
            elif task is not None and not self._is_current():
                self._changed = True  # newer than its watcher has said yet
            elif task is None:
                await self._send_newest()
            elif task is Task.SHARPEN:
                await self._sharpen()
            else:
                await self._finish()

    async def _next_task(self) -> Task | None:
        """What a still screen wants, once it is due; None where there may be something new to send."""
        while True:
            task, wait = self._due_in()
            if wait is not None and wait <= _AT_ONCE_S:
                return task
            self._wake.clear()
            await self._pause(wait)

    def _due_in(self) -> tuple[Task | None, float | None]:
        """What comes next, and in how many seconds, or None where only an event can bring it."""
        if self._was_pressed():
            return None, 0.0  # whatever is still on its way
        now = self._clock.boot()
        room = self._flow.room_in(now)
        is_new = self._key or self._changed
        still = self._still.waits and not self._shutter.is_hidden
        if still and room is not None and not (self._key or (is_new and self._part_last)):
            return Task.STILL, room
        if is_new:
            return None, None if room is None else max(room, self._not_before - now)
        due = self._rest.due()
        if due is None or room is None or not _is_picture(self._shown):
            return None, None
        task, at = due
        return task, max(room, at - now)

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
        if self._was_pressed():
            self._begin_anew()
        key, before, soft = self._key, self._shown, self._rest.soft
        self._key = self._changed = self._part_last = False
        # On a grid, so that one late picture does not make all later ones late.
        self._not_before = max(self._not_before + FRAME_S, self._clock.boot())
        taken = await self._in_worker(lambda: self._take(before, soft, key=key))
        self._shown = taken.picture
        self._taken.set()
        if not _is_picture(taken.picture):
            self._still.withdraw()
            self._say_word()
        if taken.encoded:
            self._send(taken.encoded, taken.picture, taken.picture.at)
            note = self._rest.replaced if taken.encoded[0].key else self._rest.changed
            note((_rows(part) for part in taken.encoded), self._clock.boot())

    def _take(self, before: Picture | None, soft: tuple[Rows, ...], *, key: bool) -> _Taken:
        """The newest picture and what to send of it; on the worker thread."""
        self._progress = Progress(Stage.CAPTURE, self._clock.boot())
        # Nothing else in here may ask the device for pixels: what is private must never get further.
        picture = covered(self._device.picture(), words_over(self._device.language))
        self._progress = Progress(Stage.ENCODE, self._clock.boot())
        if not _is_picture(picture):
            return _Taken(picture, ())
        pixels = picture.pixels
        if key or before is None or not _is_picture(before) or before.pixels.shape != pixels.shape:
            return _Taken(picture, self._encoders.encode(pixels, ((0, len(pixels)),), soft=(), key=True))
        bands = changed_bands(before.pixels, pixels)
        if not bands:
            return _Taken(picture, ())
        now = self._clock.boot()
        if self._encoders.wants_another(now, changed=share(bands, len(pixels))):
            return _Taken(picture, self._encoders.encode(pixels, ((0, len(pixels)),), soft=(), key=True))
        small = self._encoders.encode_small(before.pixels, pixels, bands, soft=soft, now=now)
        if small:
            return _Taken(picture, small)
        began = self._clock.boot()
        encoded = self._encoders.encode(pixels, bands, soft=soft, key=False)
        self._encoders.took(encoded, self._clock.boot() - began)
        return _Taken(picture, encoded)

    def _send_part(self) -> None:
        if not self._shutter.let_through(self._presses):
            self._still.withdraw()
            return
        part = self._still.next_part(part_bytes(self._flow.link_rate))
        height, width = part.picture.pixels.shape[:2]
        self._sent, self._part_last = self._sent + 1, True
        head = PictureHead(
            self._sent, part.codec, key=False, width=width, height=height,
            x=0, y=0, columns=width, rows=height, at=part.picture.at, still=True,
        )  # fmt: skip
        self._flow.sent(self._sent, len(part.data), self._clock.boot())
        self._sink.send_picture(head, part.data)
        if part.ends:
            self._still.sent()

    async def _sharpen(self) -> None:
        picture, soft, at = self._shown, self._rest.soft, self._clock.now_ms()
        assert picture is not None
        encoded = await self._in_worker(lambda: self._encoders.refine(soft))
        self._rest.sharpened(sum(len(part.data) for part in encoded), self._clock.boot())
        self._send(encoded, picture, at)

    async def _finish(self) -> None:
        picture, soft, at = self._shown, self._rest.soft, self._clock.now_ms()
        assert picture is not None
        pixels = picture.pixels
        piece = self._rest.next_piece()
        if piece is None:
            link_rate = self._flow.link_rate or 0
            rows = PIECE_ROWS if link_rate >= NARROW_BIT_RATE else NARROW_PIECE_ROWS
            pieces = await self._in_worker(lambda: exact.pieces(pixels, soft, most_rows=rows))
            self._rest.plan(one for one in pieces if one.lossless or link_rate >= PHOTO_BIT_RATE)
            return
        quality = exact.NEARER if (self._flow.link_rate or 0) >= LINK_BIT_RATE else exact.NEARLY
        encoded = await self._in_worker(lambda: exact.encode(pixels, piece, quality=quality))
        if not self._changed:
            self._rest.finished(sum(len(part.data) for part in encoded), self._clock.boot())
            self._send(encoded, picture, at)

    async def _in_worker(self, work: Callable[[], _T]) -> _T:
        # A real screen may be slow or hang, and comparing, converting and encoding release the interpreter's
        # lock: Stop is heard meanwhile.
        return await asyncio.get_running_loop().run_in_executor(self._worker, lambda: self._staged(work))

    def _staged(self, work: Callable[[], _T]) -> _T:
        self._progress = Progress(Stage.ENCODE, self._clock.boot())
        try:
            return work()
        finally:
            self._progress = Progress()

    def _was_pressed(self) -> bool:
        return self._presses != self._shutter.presses

    def _begin_anew(self) -> None:
        """What was on its way when the customer pressed Hide never arrives: nothing builds on it."""
        self._presses, self._key, self._drawn = self._shutter.presses, True, self._sent
        self._still.withdraw()
        self._flow.lost()

    def _send(self, encoded: tuple[Encoded, ...], picture: Picture, at: int) -> None:
        if not self._shutter.let_through(self._presses):
            return  # Hide was pressed while this was encoded
        if encoded and encoded[0].key:
            # Whoever asked for one meanwhile: this stands alone and comes later. Not if its codec must go.
            self._key = self._encoders.is_due
        at = self._voice.after_word(at)
        height, width = picture.pixels.shape[:2]
        for part in encoded:
            self._sent += 1
            self._newest = self._sent
            place = (part.x, part.y, width if part.columns is None else part.columns, part.rows)
            head = PictureHead(self._sent, part.codec, part.key, width, height, *place, at)
            self._flow.sent(self._sent, len(part.data), self._clock.boot())
            self._sink.send_picture(head, part.data)

    def _is_current(self) -> bool:
        shown = self._shown
        return shown is not None and not self._changed and self._device.serial == shown.serial


def _is_picture(picture: Picture | None) -> bool:
    return picture is not None and picture.shows is Shows.PICTURE


def _rows(part: Encoded) -> Rows:
    return part.y, part.y + part.rows
