"""What is on the screen is what is seen, pixel by pixel; what does not change costs nothing."""

from __future__ import annotations

import asyncio
import gc
import os
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xcffib.xproto

from device_agent.devices.protocol import Shows
from device_agent.devices.x11.connection import DisplayError
from device_agent.devices.x11.hands import ACROSS
from device_agent.devices.x11.ring import MOST
from tests.x11.display import HEIGHT, WIDTH, Program, Server, add_monitor, resize, xvfb
from tests.x11.kiosk import PATIENCE_S, Kiosk, Move, device, kiosk, point
from wire.commands import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


pytestmark = pytest.mark.slow


def noise(seed: int, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)


def shows(painted: NDArray[np.uint8]) -> Callable[[NDArray[np.uint8]], bool]:
    return lambda pixels: pixels.shape == painted.shape and same(pixels, painted)


def same(seen: NDArray[np.uint8], painted: NDArray[np.uint8]) -> bool:
    return np.array_equal(seen[..., :3], painted[..., :3])


async def test_every_pixel_is_as_it_was_painted_again_and_again(tmp_path: Path, server: Server) -> None:
    """Whole pictures, small changes over three places in turn, and pictures kept while others are taken."""
    async with kiosk(server, tmp_path) as it:
        screen = noise(1)
        it.program.paint(0, 0, screen)
        kept = []
        for step in range(12):
            x, y = 100 * step, 55 * step
            part = noise(100 + step, 40, 64)
            it.program.paint(x, y, part)
            screen[y : y + 40, x : x + 64] = part
            picture = await it.sees(shows(screen))
            kept.append((picture, picture.pixels.copy()))
        for picture, copy in kept:
            assert np.array_equal(picture.pixels, copy)
        serials = [picture.serial for picture, _ in kept]
        assert serials == sorted(set(serials))
        assert it.display.eyes.looks.copies >= 12 - (MOST - 1)


async def test_only_what_changed_is_fetched(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        it.program.paint(0, 0, noise(1))
        for step in range(3):  # every place is filled once
            it.program.paint(0, 0, first := noise(step, 8, 8))
            await it.sees(lambda pixels, first=first: same(pixels[:8, :8], first))  # type: ignore[misc]
        before = it.display.eyes.looks
        it.program.paint(10, 300, part := noise(7, 20, 30))
        await it.sees(lambda pixels: same(pixels[300:320, 10:40], part))
        after = it.display.eyes.looks
        assert after.rows - before.rows <= 320 * (after.pictures - before.pictures)


async def test_what_lies_between_two_changes_is_not_fetched(tmp_path: Path, server: Server) -> None:
    """A clock in one corner and a menu in another: not the screen between them."""
    async with kiosk(server, tmp_path) as it:
        for step in range(3):  # every place is filled once
            it.program.paint(0, 0, first := noise(step, 8, 8))
            await it.sees(lambda pixels, first=first: same(pixels[:8, :8], first))  # type: ignore[misc]
        before = it.display.eyes.looks
        for step in range(6):
            high, low = noise(step, 8, 8), noise(100 + step, 8, 8)
            it.program.paint(0, 0, high)
            it.program.paint(WIDTH - 8, HEIGHT - 8, low)
            await it.sees(
                lambda pixels, high=high, low=low: (  # type: ignore[misc]
                    same(pixels[:8, :8], high) and same(pixels[-8:, -8:], low)
                )
            )
        after = it.display.eyes.looks
        assert after.rows - before.rows <= 16 * (after.pictures - before.pictures)


async def test_more_changes_than_can_be_counted_are_fetched_all_the_same(
    tmp_path: Path, server: Server
) -> None:
    async with kiosk(server, tmp_path) as it:
        screen = (await it.looks()).pixels.copy()
        for step in range(150):  # as many rectangles, none of which touch
            x, y = 8 * (step % 15), 6 * (step // 15)
            it.program.paint(x, y, part := noise(step, 2, 2))
            screen[y : y + 2, x : x + 2] = part
        await it.sees(shows(screen))


async def test_a_still_screen_is_looked_at_once_and_nobody_is_woken(tmp_path: Path, server: Server) -> None:
    """SCREEN §1: static costs nothing. Counted, not timed."""
    async with kiosk(server, tmp_path) as it:
        first = await it.looks()
        waiting = asyncio.create_task(it.device.changed(first.serial))
        for _ in range(100):
            assert (await it.looks()) is first
        it.program.settle()
        assert not waiting.done()
        assert it.display.eyes.looks.pictures == 1
        it.program.paint(5, 5, part := noise(2, 4, 4))
        async with asyncio.timeout(PATIENCE_S):
            await waiting
        assert (await it.sees(lambda pixels: same(pixels[5:9, 5:9], part))).serial > first.serial


async def test_changes_are_not_counted_while_nobody_looks(tmp_path: Path, server: Server) -> None:
    """Back-pressure reaches the server: a screen that moves wakes nobody until its picture was taken."""
    async with kiosk(server, tmp_path) as it:
        await it.looks()
        for step in range(50):
            it.program.paint(0, 0, noise(step, 4, 4))
        picture = await it.looks()
        for step in range(50):
            it.program.paint(0, 0, noise(step, 4, 4))
        async with asyncio.timeout(PATIENCE_S):
            await it.device.changed(picture.serial)
        assert it.device.serial - picture.serial <= 2


async def test_what_was_drawn_in_the_moment_a_screen_came_back_is_seen(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing older than the screen, and nothing that was private before, may stand in the first picture."""
    async with kiosk(server, tmp_path) as it:
        for step in range(4):  # every place is filled once
            it.program.paint(0, 0, before := noise(step))
            await it.sees(shows(before))
        eyes, here = it.display.eyes, it.display.eyes.output
        for output, screen in ((None, noise(7)), (here, noise(8))):
            it.program.paint(0, 0, screen)
            it.program.settle()
            monkeypatch.setattr("device_agent.devices.x11.eyes.chosen", lambda *_, output=output: output)
            eyes._moved = True
            eyes._bell.ring()
            picture = await it.looks()
            assert picture.shows is (Shows.OFF if output is None else Shows.PICTURE)
        assert same(picture.pixels, screen)


async def test_a_request_that_is_refused_leaves_none_behind_it_unanswered(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the server still writes must not reach a place that somebody else has by then."""
    async with kiosk(server, tmp_path) as it:
        eyes, answered = it.display.eyes, list[int]()

        class Asked:
            def __init__(self, number: int) -> None:
                self._number = number

            def reply(self) -> None:
                answered.append(self._number)
                if self._number == 0:
                    raise xcffib.xproto.MatchError.__new__(xcffib.xproto.MatchError)

        numbers = count()
        refusing = SimpleNamespace(GetImage=lambda *_: Asked(next(numbers)))
        with monkeypatch.context() as patch:
            patch.setattr(eyes, "_shm", refusing)
            with pytest.raises(xcffib.xproto.MatchError):
                eyes._fetch(1, [(0, 8), (64, 72), (128, 136)])
        assert answered == [0, 1, 2]


async def test_another_resolution_is_followed(tmp_path: Path) -> None:
    with xvfb() as server:
        async with kiosk(server, tmp_path) as it:
            assert (await it.looks()).pixels.shape == (HEIGHT, WIDTH, 4)
            resize(server, 800, 600)
            it.program.paint(0, 0, screen := noise(3, 600, 800))
            await it.sees(shows(screen))
            assert it.display.eyes.output.width == 800


async def test_one_of_several_outputs_is_shown_and_the_others_are_not(tmp_path: Path) -> None:
    with xvfb() as server:
        add_monitor(server, "LEFT-1", (0, 0, 640, 720))
        add_monitor(server, "RIGHT-1", (640, 100, 600, 500))
        async with kiosk(server, tmp_path, output="RIGHT-1") as it:
            it.program.paint(0, 0, screen := noise(4))
            picture = await it.sees(shows(screen[100:600, 640:1240]))
            rows = it.display.eyes.looks.rows
            it.program.paint(0, 0, noise(5, 50, 600))
            async with asyncio.timeout(PATIENCE_S):
                await it.device.changed(picture.serial)
            beside = await it.looks()
            assert beside.pixels is picture.pixels
            assert same(beside.pixels, screen[100:600, 640:1240])
            assert it.display.eyes.looks.rows == rows


async def test_an_output_that_is_not_there_is_told_of_with_those_that_are(
    tmp_path: Path, server: Server
) -> None:
    with pytest.raises(DisplayError, match="no output named HDMI-7 shows anything; those that do: screen"):
        await device(server, tmp_path, output="HDMI-7").start()


async def test_a_display_that_is_not_there_is_told_of_in_words(tmp_path: Path, server: Server) -> None:
    gone = Server(":4711", server.process)
    with pytest.raises(DisplayError, match="there is no X server on display :4711"):
        await device(gone, tmp_path).start()


async def test_nothing_of_the_shared_memory_is_left_behind(tmp_path: Path, server: Server) -> None:
    before = segments()
    async with kiosk(server, tmp_path) as it:
        picture = await it.looks()
        assert segments() > before
    del it
    # What is still held is still there; then it vanishes.
    assert picture.pixels[0, 0] is not None
    del picture
    Program(server).close()
    assert segments() == before


RED = (0, 0, 255)  # BGR


def pointed(screen: NDArray[np.uint8], x: int, y: int, size: int = 12) -> NDArray[np.uint8]:
    """The screen with a red square whose third column and fifth row point at a place."""
    seen = screen.copy()
    seen[max(0, y - 4) : max(0, y - 4 + size), max(0, x - 2) : max(0, x - 2 + size), :3] = RED
    return seen


def send_pointer(it: Kiosk, x: int, y: int) -> None:
    place = round(x * ACROSS / (WIDTH - 1)), round(y * ACROSS / (HEIGHT - 1))
    assert point(it, [Move(0, False, *place)]).outcome is Outcome.DONE


@pytest.mark.proves("P11", by="the pointer leaves a trace in the pictures")
async def test_the_pointer_is_in_the_picture_where_it_is_and_nowhere_it_was(
    tmp_path: Path, server: Server
) -> None:
    async with kiosk(server, tmp_path) as it:
        it.program.point_with(12, tip=(2, 4))
        it.program.paint(0, 0, screen := noise(6))
        for x, y in [(300, 200), (310, 205), (900, 600), (0, 0), (WIDTH - 1, HEIGHT - 1), (300, 200)]:
            send_pointer(it, x, y)
            await it.sees(shows(pointed(screen, x, y)))
        it.program.point_with(30, tip=(2, 4))
        await it.sees(shows(pointed(screen, 300, 200, size=30)))
        it.program.point_with(0)
        await it.sees(shows(screen))


async def test_the_pointer_is_where_it_is_on_one_of_several_outputs(tmp_path: Path) -> None:
    with xvfb() as server:
        add_monitor(server, "RIGHT-1", (640, 100, 600, 500))
        async with kiosk(server, tmp_path, output="RIGHT-1") as it:
            it.program.point_with(12, tip=(2, 4))
            it.program.paint(0, 0, screen := noise(7))
            assert point(it, [Move(0, False, ACROSS // 2, ACROSS // 2)]).outcome is Outcome.DONE
            whole = pointed(screen, *(await it.driven()).pointer())
            await it.sees(shows(whole[100:600, 640:1240]))


async def test_a_pointer_that_moves_while_nobody_looks_wakes_once(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        it.program.point_with(12)
        send_pointer(it, 100, 100)
        await it.driven()
        before = (await it.looks()).serial
        for step in range(50):
            send_pointer(it, 100 + step, 100)
        await it.driven()
        async with asyncio.timeout(PATIENCE_S):
            await it.device.changed(before)
        assert it.device.serial - before <= 20, "far fewer than moves, however slowly a busy machine looks"


def segments() -> int:
    """Those that this process made, which other tests run beside."""
    gc.collect()
    rows = [row.split() for row in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    return sum(int(row[4]) == os.getpid() for row in rows)
