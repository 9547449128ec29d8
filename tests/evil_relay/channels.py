"""Two data channels between the ends, beside the relay: no network, and an attack's hand on every frame.

What a peer connection adds by itself, its own encryption, is left out: nothing here rests on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evil_relay.attack import Attack


class Channels:
    """The device's end of one try, in the place of `device_agent/carrier/peer.py`."""

    largest = 65_536
    queued = 0

    def __init__(
        self,
        attack: Attack,
        *,
        kept: Callable[[bytes], None],
        to_console: Callable[[int, bytes], None],
        opened: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        """`kept` hears of each frame before the attack does."""
        self._attack = attack
        self._kept = kept
        self._to_console = to_console
        self._opened = opened
        self._lost = lost
        self.is_shut = False

    async def answer(self, offer: str) -> str:
        return f"to {offer}"

    def send(self, channel: int, frame: bytes) -> None:
        if self.is_shut:
            return
        self._kept(frame)
        for number, one in self._attack.on_channel(channel, frame):
            self.push(number, one)

    def push(self, channel: int, frame: bytes) -> None:
        """Straight to the console."""
        if not self.is_shut:
            self._to_console(channel, frame)

    def drop(self) -> None:
        """All that was sent has left."""

    def shut(self) -> None:
        self.is_shut = True

    # The console's end

    def connected(self) -> None:
        """The console took the answer: both channels are open."""
        self._opened()

    def left(self) -> None:
        """The console closed them."""
        self._lost()
