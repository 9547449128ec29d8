"""A technician's arrow: at its place, over programs, under the panel, in nobody's way, gone in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from device_agent.devices.x11 import panel as module
from device_agent.devices.x11.arrow import look
from device_agent.devices.x11.hands import ACROSS
from device_agent.panel_view import PanelView
from tests.tv.scenes import BANNER
from tests.x11.display import HEIGHT, WIDTH, eventually
from tests.x11.kiosk import Kiosk, kiosk

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.x11.display import Server

pytestmark = pytest.mark.slow

CONNECTED = PanelView(banner=BANNER)
GREY = 77


def arrow_at(x: int, y: int) -> tuple[int, int]:
    return round(x * ACROSS / (WIDTH - 1)), round(y * ACROSS / (HEIGHT - 1))


def with_arrow(pixels: NDArray[np.uint8], x: int, y: int) -> bool:
    """Whether the arrow is there whole, and between its edges and its corners the program still is."""
    it = look(x, y, WIDTH, HEIGHT)
    seen = pixels[it.box.top : it.box.bottom, it.box.left : it.box.right, :3]
    return bool(
        np.array_equal(seen[it.shape], it.pixels[it.shape][:, :3]) and (seen[~it.shape] == GREY).all()
    )


async def grey(it: Kiosk) -> None:
    await it.shows(CONNECTED)
    it.program.paint(0, 0, np.full((HEIGHT, WIDTH, 4), GREY, np.uint8))


@pytest.mark.parametrize(("x", "y"), [(300, 400), (1270, 710), (5, 700), (900, 300)])
async def test_an_arrow_points_at_its_place_and_hides_nothing_else(
    tmp_path: Path, server: Server, x: int, y: int
) -> None:
    async with kiosk(server, tmp_path) as it:
        await grey(it)
        it.device.show_arrow(*arrow_at(x, y))
        await it.sees(lambda pixels: with_arrow(pixels, x, y))


async def test_an_arrow_keeps_no_click_from_the_program(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        await grey(it)
        it.device.show_arrow(*arrow_at(300, 400))
        await it.sees(lambda pixels: with_arrow(pixels, 300, 400))
        it.customer.click(310, 410)
        await it.hears()
        it.program.listen()
        assert [(x, y) for _, _, x, y in it.program.clicks] == [(310, 410)] * 2


async def test_an_arrow_at_the_banner_lies_under_it(tmp_path: Path, server: Server) -> None:
    """INV-B7."""
    async with kiosk(server, tmp_path) as it:
        await grey(it)
        box = it.display.panel._face
        assert box is not None
        before = (await it.looks()).pixels[box.box.top : box.box.bottom, box.box.left : box.box.right].copy()
        it.device.show_arrow(*arrow_at(box.box.left + 5, box.box.top + 5))
        eventually(lambda: it.program.pointer() and it.display.panel._arrow.is_shown)
        after = (await it.looks()).pixels[box.box.top : box.box.bottom, box.box.left : box.box.right]
        assert np.array_equal(before, after)


async def test_an_arrow_goes_by_itself_and_with_the_session(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kiosk(server, tmp_path) as it:
        await grey(it)
        it.device.show_arrow(*arrow_at(300, 400))
        await it.sees(lambda pixels: with_arrow(pixels, 300, 400))
        it.device.show(PanelView())
        await it.sees(lambda pixels: not with_arrow(pixels, 300, 400))
        monkeypatch.setattr(module, "SHOWN_S", 0.05)
        await it.shows(CONNECTED)
        it.device.show_arrow(*arrow_at(300, 400))
        eventually(lambda: it.program.pointer() and it.display.panel._pointed is None)
        eventually(lambda: it.program.pointer() and not it.display.panel._arrow.is_shown)
