"""The set's sound: heard as it is, sent as Opus, silent where there is nothing to hear."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from device_agent.devices.simulated_tv.sound import LEFT_HZ, RATE, RIGHT_HZ, SAMPLES, TvSound, chime
from device_agent.sound import pipeline
from device_agent.sound.encoder import OpusEncoder
from device_agent.sound.listener import Playing
from device_agent.sound.pipeline import play
from seal.sound import OPUS_BYTES
from tests.agent.fakes import NOW_MS, FakeClock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seal.sound import SoundHead


def decoded(packets: list[bytes], channels: int) -> NDArray[np.float32]:
    """What a decoder hears: channels x samples."""
    context = av.CodecContext.create("libopus", "r")
    context.sample_rate = RATE
    context.layout = {1: "mono", 2: "stereo"}[channels]
    frames = [frame for packet in packets for frame in context.decode(av.Packet(packet))]
    sounds = [frame.to_ndarray().reshape(-1, channels).T for frame in frames]
    return np.concatenate(sounds, axis=1).astype(np.float32)


def loudest_hz(samples: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


def test_both_channels_are_heard_as_they_were() -> None:
    encoder = OpusEncoder(2)
    packets = [encoder.encode(chime(n * SAMPLES, 100)) for n in range(50)]
    assert all(0 < len(packet) <= OPUS_BYTES for packet in packets)
    left, right = decoded(packets, 2)
    assert loudest_hz(left) == pytest.approx(LEFT_HZ, abs=3)
    assert loudest_hz(right) == pytest.approx(RIGHT_HZ, abs=3)
    assert sum(map(len, packets)) < 12_000  # bytes a second: a tenth of what the picture may take


def test_one_channel_is_sent_as_one() -> None:
    encoder = OpusEncoder(1)
    tone = (np.sin(2 * np.pi * 500 * np.arange(50 * SAMPLES) / RATE) * 8000).astype(np.int16)
    packets = [encoder.encode(tone[n * SAMPLES : (n + 1) * SAMPLES]) for n in range(50)]
    assert loudest_hz(decoded(packets, 1)[0]) == pytest.approx(500, abs=3)


def test_the_set_is_as_loud_as_it_is_set() -> None:
    peaks = [int(np.abs(chime(0, loudness)).max()) for loudness in (0, 24, 100)]
    assert peaks[0] == 0 < peaks[1] < peaks[2]


async def test_the_set_is_heard_in_real_time_and_not_after() -> None:
    now = 100.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    sound = TvSound(lambda: now, lambda: 24, sleep)
    for _ in range(50):
        await sound.read()
    assert now == pytest.approx(101.0)
    now += 30
    await sound.read()
    after = now
    await sound.read()
    assert now - after <= 0.04, "what was not read in time is not heard"


class Given:
    """A device that sounds as a test says; the last piece is never there."""

    channels = 1

    def __init__(self, *pieces: NDArray[np.int16]) -> None:
        self.pieces = list(pieces)
        self.closed = False
        self.empty = asyncio.Event()

    def open_sound(self) -> Given:
        return self

    async def read(self) -> NDArray[np.int16]:
        if self.pieces:
            return self.pieces.pop(0)
        self.empty.set()
        await asyncio.Event().wait()
        raise AssertionError

    def close(self) -> None:
        self.closed = True


class Taken:
    """Where sound goes."""

    def __init__(self) -> None:
        self.count = 0
        self.heads: list[SoundHead] = []

    def next_sound(self) -> int:
        self.count += 1
        return self.count

    def send_sound(self, head: SoundHead, data: bytes) -> None:
        assert data
        self.heads.append(head)


async def played(given: Given) -> Taken:
    taken = Taken()
    playing = asyncio.create_task(play(given, taken, FakeClock()))
    await given.empty.wait()
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    assert given.closed
    return taken


async def test_silence_is_not_sent_and_still_counts() -> None:
    """Nothing to hear costs nothing; what follows is known to come later."""
    loud, quiet = np.full(SAMPLES, 900, np.int16), np.zeros(SAMPLES, np.int16)
    taken = await played(Given(loud, *[quiet] * 40, loud))
    numbers = [head.n for head in taken.heads]
    assert numbers[0] == 1
    assert numbers[-1] == 42
    assert len(numbers) < 14
    assert {(head.channels, head.at) for head in taken.heads} == {(1, NOW_MS)}


async def test_a_device_whose_sound_fails_is_silent_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Given):
        async def read(self) -> NDArray[np.int16]:
            raise OSError("no sink")

    said = logging.getLogger("sound")
    told = Told()
    said.addHandler(told)
    monkeypatch.setattr(pipeline, "log", said)  # whatever other tests did to the loggers above it
    given, taken = Broken(), Taken()
    await play(given, taken, FakeClock())
    assert (given.closed, taken.heads) == (True, [])
    assert told.messages == ["no sound: OSError"]


class Told(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


async def test_what_a_computer_plays_is_heard_in_whole_pieces() -> None:
    """A tone that FFmpeg makes stands for the sound card."""
    listener = Playing("sine=frequency=700:sample_rate=44100", "lavfi").open_sound()
    pieces = [await listener.read() for _ in range(20)]
    listener.close()
    assert {piece.size for piece in pieces} == {2 * SAMPLES}
    assert loudest_hz(pieces[-1][0::2].astype(np.float32)) == pytest.approx(700, abs=60)


async def test_a_sound_card_that_is_unplugged_is_silence_and_no_more() -> None:
    listener = Playing("sine=frequency=700:sample_rate=48000:duration=0.06", "lavfi").open_sound()
    with pytest.raises(OSError, match="gone"):
        await asyncio.gather(*(listener.read() for _ in range(20)))
    given, taken = Playing("no-such-monitor", "alsa"), Taken()
    await play(given, taken, FakeClock())
    assert taken.heads == []
