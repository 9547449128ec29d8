"""From what a device can be heard to say to sealed pieces of 20 ms; silence is not sent."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Protocol

from device_agent.sound.encoder import BROKEN, OpusEncoder
from seal.sound import SoundHead

if TYPE_CHECKING:
    from device_agent.clock import Clock
    from device_agent.devices.abilities import Sound, Sounding

log = logging.getLogger(__name__)

# What sounds on after the last sample that was not zero still goes out.
_TAIL: Final = 10


class Sink(Protocol):
    """Where sound goes: the session's media, which seal it while it may be heard."""

    def next_sound(self) -> int:
        """The number of the next piece."""
        ...

    def send_sound(self, head: SoundHead, data: bytes) -> None:
        """Seal and send one piece."""
        ...


async def play(sounding: Sounding, sink: Sink, clock: Clock) -> None:
    """Send sound until cancelled. A device without a sound to give stays silent: that ends nothing."""
    sound: Sound | None = None
    worker = ThreadPoolExecutor(1, thread_name_prefix="sound")
    try:
        sound = sounding.open_sound()
        encoder = OpusEncoder(sound.channels)
        loop, quiet = asyncio.get_running_loop(), 0
        while True:
            piece = await sound.read()
            at, n = clock.now_ms(), sink.next_sound()
            quiet = 0 if piece.any() else quiet + 1
            data = await loop.run_in_executor(worker, encoder.encode, piece)
            if data and quiet <= _TAIL:
                sink.send_sound(SoundHead(n, sound.channels, at), data)
    except (OSError, *BROKEN) as failure:
        log.warning("no sound: %s", type(failure).__name__)
    finally:
        worker.shutdown(wait=False, cancel_futures=True)
        if sound is not None:
            sound.close()
