"""What the relay sends to one end: bounded queues and the one task that empties them (SPEC §9).

Enqueueing never waits, so a slow end costs its own queue and nobody's time (INV-F3).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

from wire.limits import (
    CONTROL_QUEUE_BYTES,
    CONTROL_QUEUE_FRAMES,
    PICTURE_QUEUE_BYTES,
    PICTURE_QUEUE_FRAMES,
    SOUND_QUEUE_FRAMES,
)
from wire.messages import ErrorMsg, encode
from wire.reasons import CLOSE_CODE_OF, CloseCode

if TYPE_CHECKING:
    from wire.reasons import ErrorCode
    from wire.structs import Message

CLOSING_S = 2.0


class Socket(Protocol):
    """One WebSocket. Sending waits while the other end reads slowly; every method may raise OSError."""

    async def send(self, data: str | bytes) -> None: ...

    async def ping(self) -> None: ...

    async def close(self, code: int) -> None: ...

    def abort(self) -> None:
        """Drops the connection without a word."""

    def drop_unsent(self) -> None:
        """Drops it if the other end has not taken all that was sent."""


class Line:
    """The outgoing half of one socket."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._control: deque[str | bytes] = deque()
        self._control_bytes = 0
        self._pictures: deque[bytes] = deque()
        self._picture_bytes = 0
        self._sound: deque[bytes] = deque(maxlen=SOUND_QUEUE_FRAMES)
        self._ping_due = False
        self._close_code: int | None = None
        self._abort_at: float | None = None
        self._more = asyncio.Event()
        self.dropped_pictures = 0

    def say(self, message: Message) -> bool:
        """Whether the message found room; an end without room for control is lost."""
        return self._enqueue(encode(message))

    def pass_text(self, text: str) -> bool:
        """A message that was spelled once for many ends."""
        return self._enqueue(text)

    def pass_control(self, frame: bytes) -> bool:
        return self._enqueue(frame)

    def pass_picture(self, frame: bytes) -> None:
        """Pictures make room for themselves: the oldest go first."""
        if self._close_code is not None:
            return
        self._pictures.append(frame)
        self._picture_bytes += len(frame)
        while len(self._pictures) > PICTURE_QUEUE_FRAMES or self._picture_bytes > PICTURE_QUEUE_BYTES:
            self._picture_bytes -= len(self._pictures.popleft())
            self.dropped_pictures += 1
        self._more.set()

    def pass_sound(self, frame: bytes) -> None:
        """What is too old to be heard goes first; a frame is small, so their number is limit enough."""
        if self._close_code is None:
            self._sound.append(frame)
            self._more.set()

    def ping(self) -> None:
        """At most one ping waits: a late one says no less than two."""
        self._ping_due = True
        self._more.set()

    def close(self, last: Message | None, code: CloseCode, now: float) -> None:
        """Sends what is queued for control, then `last`, then closes; pictures are dropped."""
        if self._close_code is not None:
            return
        if last is not None:
            # Room or not: the queue takes nothing after it.
            self._control.append(text := encode(last))
            self._control_bytes += len(text)
        self._close_code = code
        self._abort_at = now + CLOSING_S
        self._drop_media()
        self._more.set()

    def drop_frames(self) -> None:
        """Sealed frames that have not left yet never will; messages of the relay's own stay."""
        self._control = deque(data for data in self._control if isinstance(data, str))
        self._control_bytes = sum(len(text) for text in self._control)

    def refuse(self, error: ErrorCode, now: float) -> None:
        self.close(ErrorMsg(code=error), CLOSE_CODE_OF[error], now)

    def tick(self, now: float) -> None:
        """An end that does not let itself be closed in time is dropped."""
        if self._abort_at is not None and now >= self._abort_at:
            self._abort_at = None
            self._socket.abort()

    def hang_up(self, now: float) -> None:
        """Nothing more comes from there; who said goodbye and reads nothing is not waited for (INV-F3)."""
        self._close_code = self._close_code or CloseCode.ENDED
        if self._abort_at is None:
            self._abort_at = now + CLOSING_S
        self._control.clear()
        self._control_bytes = 0
        self._drop_media()
        self._more.set()

    async def run(self) -> None:
        """Sends until closed. Returns when the socket is closed or has failed."""
        try:
            await self._send_all()
            await self._socket.close(self._close_code or CloseCode.ENDED)
        except OSError:
            self._socket.abort()
        finally:
            self._abort_at = None
            self._socket.drop_unsent()

    async def _send_all(self) -> None:
        while True:
            if self._ping_due:
                self._ping_due = False
                await self._socket.ping()
            elif self._control:
                data = self._control.popleft()
                self._control_bytes -= len(data)
                await self._socket.send(data)
            elif self._sound:
                await self._socket.send(self._sound.popleft())
            elif self._pictures:
                frame = self._pictures.popleft()
                self._picture_bytes -= len(frame)
                await self._socket.send(frame)
            elif self._close_code is not None:
                return
            else:
                self._more.clear()
                await self._more.wait()

    def _drop_media(self) -> None:
        self._pictures.clear()
        self._sound.clear()
        self._picture_bytes = 0

    def _enqueue(self, data: str | bytes) -> bool:
        if self._close_code is not None:
            return True  # nobody is waiting for it any more
        full = len(self._control) >= CONTROL_QUEUE_FRAMES
        if full or self._control_bytes + len(data) > CONTROL_QUEUE_BYTES:
            return False
        self._control.append(data)
        self._control_bytes += len(data)
        self._more.set()
        return True
