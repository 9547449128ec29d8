"""Attacks on sealed frames: changed, repeated, moved, made up. The end that gets one ends the session
(INV-C1, B4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tests.evil_relay.attack import Attack, _FrameAttack, truth
from tests.evil_relay.tape import Side, stream_of
from wire.frames import FROM_CONSOLE, FROM_DEVICE, HEADER_BYTES, Stream

if TYPE_CHECKING:
    from random import Random

    from tests.evil_relay.attack import Truth
    from tests.evil_relay.tape import Item

_TAG_BYTES = 16
_IN_ORDER = (Stream.T2D_CONTROL, Stream.T2D_LINK, Stream.D2T_CONTROL)


def side_of(stream: Stream) -> Side:
    """Who receives it."""
    return Side.DEVICE if stream in FROM_CONSOLE else Side.CONSOLE


def flipped(frame: bytes, bit: int) -> bytes:
    """One bit is another."""
    data = bytearray(frame)
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


class FlipsABitOfTheHeader(_FrameAttack):
    """The header is clear but authenticated: version, stream, epoch and number are all bound. Integrity
    failed.
    """

    def on_frame(self, frame: bytes) -> list[Item]:
        return [flipped(frame, self.rng.randrange(HEADER_BYTES * 8))]


class FlipsABitOfTheCiphertext(_FrameAttack):
    """What was pressed or shown would be something else. The tag does not fit: integrity failed."""

    def on_frame(self, frame: bytes) -> list[Item]:
        return [flipped(frame, self.rng.randrange(HEADER_BYTES * 8, (len(frame) - _TAG_BYTES) * 8))]


class FlipsABitOfTheFramesTag(_FrameAttack):
    """A frame whose tag is another is not the sender's: integrity failed."""

    def on_frame(self, frame: bytes) -> list[Item]:
        return [flipped(frame, self.rng.randrange((len(frame) - _TAG_BYTES) * 8, len(frame) * 8))]


class Truncates(_FrameAttack):
    """Part of a frame is no frame, be it empty: integrity failed."""

    def on_frame(self, frame: bytes) -> list[Item]:
        return [frame[: self.rng.randrange(len(frame))]]


class Extends(_FrameAttack):
    """Bytes were hung on: a frame is exactly as long as it was sealed. Integrity failed."""

    def on_frame(self, frame: bytes) -> list[Item]:
        return [frame + self.rng.randbytes(self.rng.choice([1, 16, 64]))]


class JoinsTwoFrames(_FrameAttack):
    """Two frames in one message are none at all: integrity failed."""

    def on_frame(self, frame: bytes) -> list[Item]:
        return [frame + frame]


class ReplaysAFrame(_FrameAttack):
    """The same frame twice: nothing is executed or drawn twice, integrity failed."""

    def on_frame(self, frame: bytes) -> list[Item]:
        return [frame, frame]


class ReplaysTheFirstFrame(_FrameAttack):
    """An old frame of the same stream comes again later. Its number is past: integrity failed."""

    first = 1

    def on_frame(self, frame: bytes) -> list[Item]:
        return [frame, next(self.relay.tape.frames(self.stream))]


class RenumbersAnOldFrame(_FrameAttack):
    """An old command gets the number that is due now. The number is in nonce and tag: integrity failed."""

    first = 1

    def on_frame(self, frame: bytes) -> list[Item]:
        old = next(self.relay.tape.frames(self.stream))
        return [frame[:HEADER_BYTES] + old[HEADER_BYTES:]]


class DropsAFrame(_FrameAttack):
    """A gap where none is allowed: the next frame of the stream shows it. Integrity failed."""

    streams: ClassVar[tuple[Stream, ...]] = _IN_ORDER
    nth_below: ClassVar[dict[Stream, int]] = {
        Stream.T2D_CONTROL: 2,
        Stream.T2D_LINK: 3,
        Stream.D2T_CONTROL: 4,
    }

    @property
    def truth(self) -> Truth:
        if self.stream is Stream.T2D_CONTROL and self.nth == 0:
            # Without `auth` nobody asks for anything: the console waits for half a minute, or leaves.
            return truth("pairing_failed integrity_failed", "pairing_failed integrity_failed")
        if self.stream is Stream.D2T_CONTROL and self.nth == 0:
            return truth("pairing_failed technician_lost", "integrity_failed")
        return super().truth

    waits_s = 34.0

    def on_frame(self, frame: bytes) -> list[Item]:
        return []


class SwapsTwoFrames(_FrameAttack):
    """The later of two neighbours comes first: integrity failed."""

    streams: ClassVar[tuple[Stream, ...]] = (
        Stream.T2D_LINK,
        Stream.D2T_CONTROL,
        Stream.D2T_PICTURE_WS,
    )
    first = 1
    nth_below: ClassVar[dict[Stream, int]] = {
        Stream.T2D_LINK: 3,
        Stream.D2T_CONTROL: 4,
        Stream.D2T_PICTURE_WS: 3,
    }

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._held: bytes = b""

    def _maybe(self, item: Item) -> list[Item]:
        if self._held and isinstance(item, bytes) and stream_of(item) is self.stream:
            held, self._held = self._held, b""
            return [item, held]
        return super()._maybe(item)

    def on_frame(self, frame: bytes) -> list[Item]:
        self._held = frame
        return []


class MovesAFrameToAnotherStream(_FrameAttack):
    """A frame says that it is of the other stream of its direction. Each stream has a key of its own:
    integrity failed.
    """

    def on_frame(self, frame: bytes) -> list[Item]:
        mine = FROM_CONSOLE if self.stream in FROM_CONSOLE else FROM_DEVICE
        other = self.rng.choice(sorted(mine - {self.stream}))
        number = sum(1 for _ in self.relay.tape.frames(other))
        return [bytes((frame[0], other)) + frame[2:4] + number.to_bytes(8, "big") + frame[HEADER_BYTES:]]


class ReflectsAFrame(_FrameAttack):
    """An end gets its own frame back, under its own or the other's stream. No key of its own opens it
    there."""

    streams = _IN_ORDER

    def on_frame(self, frame: bytes) -> list[Item]:
        back = side_of(self.stream).other
        if self.rng.random() < 0.5:
            twin = Stream.T2D_CONTROL if back is Side.DEVICE else Stream.D2T_CONTROL
            number = sum(1 for _ in self.relay.tape.frames(twin))
            frame = bytes((frame[0], twin)) + frame[2:4] + number.to_bytes(8, "big") + frame[HEADER_BYTES:]
        self.relay.push(back, frame)
        return []

    @property
    def truth(self) -> Truth:
        """Here the sender is the victim. Only a later frame of the stream shows the other end the gap."""
        if self.stream in FROM_DEVICE:
            return truth("integrity_failed", "integrity_failed pairing_failed")
        gap = " integrity_failed" if self._seen > self.nth + 1 else ""
        return truth(f"technician_lost pairing_failed{gap}", "integrity_failed")


class MakesUpAFrame(_FrameAttack):
    """A frame of the relay's own making, in its right place. It has no key: integrity failed."""

    def on_frame(self, frame: bytes) -> list[Item]:
        return [frame[:HEADER_BYTES] + self.rng.randbytes(len(frame) - HEADER_BYTES)]


class MakesUpAClearFrame(_FrameAttack):
    """A frame that is not sealed at all, as a version without sealing would send it. There is none: integrity
    failed.
    """

    streams = (Stream.T2D_CONTROL, Stream.D2T_CONTROL)

    def on_frame(self, frame: bytes) -> list[Item]:
        said = (
            b'{"hb":1,"key":"power","t":"key"}'
            if self.stream in FROM_CONSOLE
            else b'{"dts":1,"n":1,"t":"ping"}'
        )
        body = len(said).to_bytes(2, "big") + said
        padded = body + bytes(-len(body) % 64)
        return [frame[:HEADER_BYTES] + padded + bytes(_TAG_BYTES), frame]


class PlaysAnEarlierSession(_FrameAttack):
    """The frame of an earlier session with the same number, stream and ends. Keys are fresh (INV-C3):
    integrity failed.
    """

    nth_below: ClassVar[dict[Stream, int]] = {
        Stream.T2D_CONTROL: 4,
        Stream.T2D_LINK: 4,
        Stream.D2T_CONTROL: 5,
        Stream.D2T_PICTURE_WS: 2,
    }

    def on_frame(self, frame: bytes) -> list[Item]:
        heard = [list(tape.frames(self.stream)) for tape in self.relay.history]
        return [self.rng.choice([frames for frames in heard if len(frames) > self.nth])[self.nth]]


class DowngradesAFrame(_FrameAttack):
    """A frame of another version, epoch or reserved stream. There is none such: integrity failed."""

    def on_frame(self, frame: bytes) -> list[Item]:
        head = bytearray(frame)
        at, value = self.rng.choice([(0, 0), (0, 2), (1, 0), (1, 5), (1, 255), (3, 1), (4, 255)])
        head[at] = value
        return [bytes(head)]


class SendsAFrameTooLarge(_FrameAttack):
    """A frame beyond its stream's limit. A device's line refuses it as it comes; a console's session ends on
    it.
    """

    streams = (Stream.T2D_CONTROL, Stream.D2T_CONTROL)

    def on_frame(self, frame: bytes) -> list[Item]:
        return [frame + bytes(20_000)]

    @property
    def truth(self) -> Truth:
        if self.stream in FROM_CONSOLE:
            return truth("integrity_failed relay_lost", "integrity_failed device_lost pairing_failed")
        return super().truth


class FloodsWithOldFrames(Attack):
    """Hundreds of copies of one frame, at once. The first ends the session; the rest costs nobody
    anything."""

    true = truth("integrity_failed", "integrity_failed")

    def to_device(self, item: Item) -> list[Item]:
        if self.fired or stream_of(item) is not Stream.T2D_LINK:
            return [item]
        self.strike()
        return [item] * 800
