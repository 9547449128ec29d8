"""The whole pipeline over narrow model links: a menu answers, its text is soon readable and at rest exact."""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from device_agent.picture.encoders import Encoders
from device_agent.picture.pipeline import PicturePipeline
from seal.pictures import Codec, PictureHead
from tests.agent.drawing import Drawing, as_encoded
from tests.agent.fakes import FakeClock, FakeDevice
from tests.agent.scenes import psnr

if TYPE_CHECKING:
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from seal.messages import PictureState

WIDTH, HEIGHT = 640, 352
STEP_S: Final = 0.016
DRAW_S: Final = 0.01
_QUIET_ROUNDS: Final = 3
ALL: Final = (Codec.H264, Codec.AV1, Codec.JPEG)
TEXT: Final = slice(0, 96)


def menu(focus: int) -> NDArray[np.uint8]:
    """Strokes like text above, six photographs below, one of them framed."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    pixels[..., :3] = (60, 40, 30)
    strokes = (x * 7 % 13 < 2) & (y % 24 < 14) & (y < 80) & (x > 40) & (x < 400)
    pixels[strokes, :3] = 235
    waves = 128 + 60 * np.sin(x / 21.0 + y / 37.0) + 50 * np.cos(y / 16.0 - x / 29.0)
    pixels[112:336, :, :3] = waves[112:336, :, None].astype(np.uint8) // 2 + np.array([10, 40, 70], np.uint8)
    left = 20 + focus % 6 * 100
    pixels[120:130, left : left + 90, :3] = 255
    pixels[310:320, left : left + 90, :3] = 255
    return pixels


@dataclass
class Line:
    """Device to console: a rate and a delay; the console draws and tells."""

    bit_rate: int
    delay_s: float
    clock: FakeClock = field(default_factory=FakeClock)
    device: FakeDevice = field(default_factory=lambda: FakeDevice(WIDTH, HEIGHT))
    drawing: Drawing = field(default_factory=lambda: Drawing(WIDTH, HEIGHT))
    sent: list[tuple[float, int]] = field(default_factory=list)
    seen: list[tuple[int, float]] = field(default_factory=list)
    codecs: list[Codec] = field(default_factory=list)
    _free_at: float = 0.0
    _coming: list[tuple[float, int, PictureHead, bytes]] = field(default_factory=list)
    _told: list[tuple[float, int]] = field(default_factory=list)
    _jobs: int = 0  # given to the worker

    def __post_init__(self) -> None:
        self.pipeline = PicturePipeline(
            device=self.device, encoders=Encoders(ALL), sink=self, clock=self.clock
        )
        submit = self.pipeline._worker.submit

        def counted(*job: Any, **options: Any) -> Future[Any]:
            self._jobs += 1
            return submit(*job, **options)

        self.pipeline._worker.submit = counted  # type: ignore[method-assign]

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        now = self.clock.boot()
        self.sent.append((now, len(data)))
        self.codecs.append(head.codec)
        self._free_at = max(self._free_at, now) + (len(data) + 60) * 8 / self.bit_rate
        heapq.heappush(self._coming, (self._free_at + self.delay_s + DRAW_S, head.pic, head, data))

    def send_current(self, pic: int, at: int, state: PictureState, masked: int) -> None:
        """Of no interest here."""

    async def pass_time(self, seconds: float) -> None:
        end = self.clock.boot() + seconds
        while self.clock.boot() < end:
            await self._settle()
            self.clock.advance(STEP_S)
            self._arrive(self.clock.boot())

    async def _settle(self) -> None:
        """Until everybody waits for time to pass: what leaves in a step is no matter of this machine."""
        loop, quiet = asyncio.get_running_loop(), 0
        while quiet < _QUIET_ROUNDS:
            before = self._jobs, len(self.sent)
            for _ in range(10):
                await asyncio.sleep(0)  # every other task runs until it waits
            await loop.run_in_executor(self.pipeline._worker, lambda: None)
            self._jobs -= 1  # that was our own
            quiet = quiet + 1 if (self._jobs, len(self.sent)) == before else 0

    def _arrive(self, now: float) -> None:
        while self._coming and self._coming[0][0] <= now:
            drawn_at, pic, head, data = heapq.heappop(self._coming)
            self.drawing.draw((as_encoded(head, data),))
            self.seen.append((head.at, drawn_at))
            heapq.heappush(self._told, (drawn_at + self.delay_s, pic))
        while self._told and self._told[0][0] <= now:
            self.pipeline.acknowledge(heapq.heappop(self._told)[1])


@pytest.mark.parametrize(
    ("line", "answers_s", "menu_bytes_s"),
    [(Line(1_000_000, 0.025), 0.25, 40_000), (Line(256_000, 0.04), 0.8, 30_000)],
    ids=["dsl", "256k"],
)
async def test_on_a_narrow_line_a_menu_answers_and_its_text_is_readable(
    line: Line, answers_s: float, menu_bytes_s: int
) -> None:
    running = asyncio.create_task(line.pipeline.run())
    line.device.paint(menu(0), line.clock.now_ms())
    await line.pass_time(2)
    began, before = line.clock.boot(), len(line.sent)
    for focus in range(1, 7):
        painted = line.clock.now_ms()
        line.device.paint(menu(focus), painted)
        changed = line.clock.boot()
        await line.pass_time(0.5)
        answered = [at for taken, at in line.seen if taken == painted]
        assert answered or line.bit_rate < 500_000
        assert not answered or answered[0] - changed <= answers_s
    assert line.codecs[-1] is Codec.AV1
    moving = sum(size for _, size in line.sent[before:])
    assert moving / (line.clock.boot() - began) <= menu_bytes_s
    shown = menu(6)
    assert psnr(line.drawing.pixels[TEXT], shown[TEXT]) > 30
    await line.pass_time(4)
    assert np.array_equal(line.drawing.pixels[TEXT, :, :3], shown[TEXT, :, :3])
    silent_from = len(line.sent)
    await line.pass_time(1)
    assert len(line.sent) == silent_from
    running.cancel()
    await asyncio.wait({running})
