"""What a computer plays, through one of FFmpeg's inputs: ALSA's name of a monitor, such as `pulse`.

It only ever opens what the maker named (INV-B8): never the first thing that hears, which may be a microphone.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Final

import av
import numpy as np

from device_agent.sound.encoder import RATE, SAMPLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHANNELS: Final = 2
_MOST_WAITING: Final = 5  # pieces; who listens later hears what is played now
_PIECE: Final = SAMPLES * CHANNELS


class Listener:
    """One listener's. A thread of its own waits for the sound card."""

    channels = CHANNELS

    def __init__(self, name: str, kind: str = "alsa") -> None:
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[NDArray[np.int16] | None] = asyncio.Queue()
        self._closing = threading.Event()
        self._name, self._kind = name, kind
        self._thread = threading.Thread(target=self._listen, name="sound-listener", daemon=True)
        self._thread.start()

    async def read(self) -> NDArray[np.int16]:
        """The next 960 samples of both channels, interleaved; raises OSError once there are no more."""
        piece = await self._pieces.get()
        if piece is None:
            raise OSError("the sound is gone")
        return piece

    def close(self) -> None:
        """Nobody listens any more; the thread ends with its next sample."""
        self._closing.set()

    def _listen(self) -> None:
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE, frame_size=SAMPLES)
        try:
            # Here, where a sound card that hangs holds nobody up.
            with av.open(self._name, format=self._kind) as opened:
                for frame in opened.decode(audio=0):
                    if self._closing.is_set():
                        return
                    for piece in resampler.resample(frame):
                        self._hand_over(piece.to_ndarray().reshape(-1).astype(np.int16, copy=False))
        except (av.FFmpegError, OSError):
            pass  # not there, or unplugged: told below
        finally:
            if not self._closing.is_set():
                self._call(self._pieces.put_nowait, None)

    def _hand_over(self, piece: NDArray[np.int16]) -> None:
        if piece.size == _PIECE:
            self._call(self._put, piece)

    def _put(self, piece: NDArray[np.int16]) -> None:
        while self._pieces.qsize() >= _MOST_WAITING:
            self._pieces.get_nowait()
        self._pieces.put_nowait(piece)

    def _call(self, call: object, argument: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, argument)  # type: ignore[arg-type]


class Playing:
    """A device whose sound a monitor of this name hears (the `Sounding` of a computer)."""

    def __init__(self, name: str, kind: str = "alsa") -> None:
        self._name, self._kind = name, kind

    def open_sound(self) -> Listener:
        """Listen from now on."""
        return Listener(self._name, self._kind)
