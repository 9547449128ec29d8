"""What the panel's window shows at every size, and what lies where for a finger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from device_agent.devices.simulated_tv.paint import frame
from device_agent.devices.x11.face import Corner, Face, Scene, paint
from device_agent.panel import grid
from device_agent.panel_view import Item, Page, PanelView
from tests.tv.scenes import BANNER, PANELS_BY_NAME, scene, words

SIZES = [(1920, 1080), (1280, 720), (1080, 1920), (1280, 1024), (640, 480)]
PAGES = [view for view in PANELS_BY_NAME.values() if view.page is not Page.NONE]


def shown(view: PanelView, width: int = 1280, height: int = 720, corner: Corner = Corner.TOP_LEFT) -> Face:
    it = paint(Scene(view, width, height, corner=corner, key="Ctrl + Alt + H"), words("en"))
    assert it is not None
    return it


@pytest.mark.parametrize("view", PAGES[:12], ids=lambda view: view.page.value)
def test_everything_on_a_page_can_be_touched_where_it_is(view: PanelView) -> None:
    face = shown(view)
    there = {it.item for it in face.targets}
    wanted = {item for row in grid(view) for item in row}
    assert wanted <= there
    for it in face.targets:
        middle = (it.box.left + it.box.right) // 2, (it.box.top + it.box.bottom) // 2
        hit = face.at(*middle)
        assert hit is not None
        assert hit.item is it.item or view.page is Page.CODE_BIG


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_page_covers_the_whole_output_and_all_of_it_lies_within(width: int, height: int) -> None:
    face = shown(PANELS_BY_NAME["consent"], width, height)
    assert face.box == (0, 0, width, height)
    assert face.pixels.shape == (height, width, 4)
    assert all(it.box.inside((0, 0, width, height)) for it in face.targets)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_banner_lies_within_and_stop_can_be_touched(width: int, height: int) -> None:
    face = shown(PanelView(banner=BANNER), width, height)
    assert face.box.inside((0, 0, width, height))
    stop, hide = face.targets
    assert (stop.item, hide.item) == (Item.STOP, Item.HIDE)
    assert hide.box.inside(face.box)
    assert hide.box.right <= stop.box.left
    assert stop.item is Item.STOP
    assert stop.box.inside(face.box)
    assert stop.box.width > 40
    hit = face.at(stop.box.left + 5, stop.box.top + 5)
    assert hit is not None
    assert hit.item is Item.STOP
    beside = face.at(stop.box.left - 5, stop.box.top + 5)
    assert beside is not None
    assert beside.item is Item.HIDE
    assert face.at(hide.box.left - 5, hide.box.top + 5) is None


def test_the_banner_is_where_the_simulated_tv_has_it() -> None:
    """The same panel on every device: pixel by pixel, inside its round corners."""
    face = shown(PanelView(banner=BANNER), 1920, 1080)
    banner = replace(BANNER, can_hide=True)  # a screen has no remote with a key for it
    on_tv = frame.paint(scene(panel=PanelView(banner=banner)), words("en"), 0).pixels
    box = face.box
    ours, theirs = face.pixels[40:-40], on_tv[box.top + 40 : box.bottom - 40, box.left : box.right]
    assert np.array_equal(ours[..., :3], theirs[..., :3])


@pytest.mark.parametrize("corner", [it for it in Corner if it is not Corner.NONE])
def test_the_hint_lies_in_its_corner_and_is_small(corner: Corner) -> None:
    face = shown(PanelView(), 1920, 1080, corner)
    assert face.is_hint
    assert face.box.inside((0, 0, 1920, 1080))
    assert (face.box.left < 960) == ("left" in corner)
    assert (face.box.top < 540) == ("top" in corner)
    assert face.box.width * face.box.height < 1920 * 1080 / 40


def test_a_maker_may_have_no_hint() -> None:
    assert paint(Scene(PanelView(), 1280, 720, corner=Corner.NONE), words("en")) is None


def test_a_screen_that_is_off_is_black_and_has_nothing_to_touch() -> None:
    face = paint(Scene(PanelView(banner=BANNER), 640, 480, is_on=False), words("en"))
    assert face is not None
    assert face.box == (0, 0, 640, 480)
    assert not face.pixels[..., :3].any()
    assert face.targets == ()
