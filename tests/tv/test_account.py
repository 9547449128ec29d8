"""The account on the set's screen: whose it is, what a telephone reads from it, and what leaves the set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import segno
import zxingcpp
from PIL import Image

from device_agent.account.machine import State
from device_agent.account.view import Right
from device_agent.devices.protocol import Shows
from device_agent.devices.simulated_tv import SimulatedTv
from device_agent.devices.simulated_tv.model import TvModel, press
from device_agent.devices.simulated_tv.page_words import told
from device_agent.devices.simulated_tv.paint import banner, frame, home
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, SAFE, WIDTH, Box
from device_agent.devices.simulated_tv.paint.panel_account import QR_LEAST, QUIET
from device_agent.devices.simulated_tv.settings import LANGUAGES, defaults
from device_agent.panel_view import TvState
from seal.commands import Step
from tests.tv.scenes import ALL, BANNER, StillClock, account_screens, scene, with_banner, words
from tests.tv.test_painting import INKED, RINGED, assert_apart, assert_whole, overlap, painted, without_ink
from wire.commands import ActionCause, Grant, Outcome
from wire.limits import POINTER_MAX

if TYPE_CHECKING:
    from pathlib import Path

    from device_agent.panel_view import PanelView

__all__ = ["without_ink"]
pytestmark = pytest.mark.slow

SCREENS = account_screens()
BY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
BY_SCREEN = pytest.mark.parametrize("view", SCREENS.values(), ids=SCREENS.keys())


@pytest.mark.usefixtures("without_ink")
@BY_LANGUAGE
@BY_SCREEN
def test_under_a_banner_nothing_is_cut_and_nothing_lies_over_another(view: PanelView, language: str) -> None:
    """INV-B7: a technician may be connected while a customer registers."""
    shown = with_banner(view)
    canvas = painted(scene(panel=shown, language=language), language)
    assert_whole(canvas, INKED)
    assert_apart(canvas)
    top = banner.box_of(BANNER, words(language))
    assert [it.text for it in canvas.written if overlap(it.box, top) and not it.box.inside(top)] == []
    assert [box for box in canvas.boxes if not box.inside(RINGED) and box.top > top.bottom] == []


@pytest.mark.parametrize("name", ["code", "code, long link"])
@pytest.mark.parametrize("connected", [False, True])
def test_a_telephone_reads_the_link_with_the_code_from_the_screen(name: str, *, connected: bool) -> None:
    view = with_banner(SCREENS[name]) if connected else SCREENS[name]
    pixels = painted(scene(panel=view)).pixels
    [found] = zxingcpp.read_barcodes(Image.fromarray(pixels[:, :, 2::-1].copy()))
    assert found.text == view.account.link_with_code
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    place = found.position
    across = place.top_right.x - place.top_left.x
    assert across >= QR_LEAST - 4 >= 300
    # The quiet zone: white on every side, four modules wide.
    module = across / len(segno.make(found.text, error="m", micro=False).matrix)
    for x, y in (
        (place.top_left.x - QUIET * module + 2, (place.top_left.y + place.bottom_left.y) // 2),
        (place.top_right.x + QUIET * module - 2, (place.top_right.y + place.bottom_right.y) // 2),
        ((place.top_left.x + place.top_right.x) // 2, place.top_left.y - QUIET * module + 2),
        ((place.top_left.x + place.top_right.x) // 2, place.bottom_left.y + QUIET * module - 2),
    ):
        assert (pixels[int(y), int(x), :3] == 255).all()


@BY_SCREEN
def test_the_code_alone_is_kept_from_a_technician(view: PanelView) -> None:
    """Who reads the code elsewhere could sign in here as themselves: it never leaves the set."""
    shown = frame.private(scene(panel=with_banner(view)))
    assert shown == (((0, 0, WIDTH, HEIGHT),) if view.account.state is State.CODE else ())


@BY_LANGUAGE
def test_the_way_to_the_account_leaves_the_clock_and_the_sources_free(language: str) -> None:
    box = home.account_box(words(language))
    assert box.inside(SAFE)
    canvas = painted(scene(language=language), language)
    label = words(language).text("tv.account")
    [own] = [it.box for it in canvas.written if it.text == label]
    assert own.inside(box)
    assert [it.text for it in canvas.written if overlap(it.box, box) and it.text != label] == []
    assert not [tile for tile in home.tile_boxes() if overlap(Box(*tile).grown(12), box)]


def test_account_is_three_presses_from_where_the_home_screen_opens() -> None:
    model = TvModel(defaults("en"))
    taken: list[bool] = []
    for key in ("down", "down", "ok"):
        step = press(model, key, 0)
        model, taken = step.model, [*taken, step.account]
    assert taken == [False, False, True]


def a_tv(folder: Path, opened: list[str]) -> SimulatedTv:
    return SimulatedTv(
        language="en", clock=StillClock(), data=folder, on_account=lambda: opened.append("account")
    )


def test_the_customers_ok_opens_it_and_a_technicians_does_not(tmp_path: Path) -> None:
    """INV-B9"""
    opened: list[str] = []
    tv = a_tv(tmp_path, opened)
    for key in ("down", "down", "down"):
        tv.press(key, frozenset(Grant))
    refused = tv.press("ok", ALL)
    assert (refused.outcome, refused.cause) == (Outcome.REFUSED, ActionCause.CANNOT)
    assert opened == []
    assert tv.press("ok", None).outcome is Outcome.DONE
    assert opened == ["account"]


def test_a_technicians_click_does_not_open_it(tmp_path: Path) -> None:
    """INV-B9"""
    opened: list[str] = []
    tv = a_tv(tmp_path, opened)
    box = home.account_box(words("en"))
    x = (box.left + box.right) // 2 * (POINTER_MAX + 1) // WIDTH
    y = (box.top + box.bottom) // 2 * (POINTER_MAX + 1) // HEIGHT
    clicked = tv.use_pointer((Step(1, d=True, x=x, y=y), Step(1, d=False, x=x, y=y)), frozenset(Grant))
    assert (clicked.outcome, clicked.cause) == (Outcome.REFUSED, ActionCause.CANNOT)
    assert opened == []


@BY_LANGUAGE
@BY_SCREEN
def test_a_screen_reader_hears_what_stands_there(view: PanelView, language: str) -> None:
    """LOOK §7."""
    heard = told(TvState.IDLE, view, words(language))
    spoken = f"{heard['state_text']} {heard['why']}"
    assert "tv_account" not in spoken
    assert heard["state_text"]
    assert heard["why"]
    if view.account.state is State.CODE:
        assert "W M W M, Q W M W" in spoken
        assert view.account.link in spoken
    for piece in view.account.pages[view.account.page] if view.account.pages else ():
        assert piece in spoken
    dated = [cover for cover in view.account.covers if cover.right is Right.MAKER]
    assert all("2028" in spoken for _ in dated)


@BY_LANGUAGE
@BY_SCREEN
def test_each_screen_says_on_paper_what_it_says_aloud(view: PanelView, language: str) -> None:
    """What is read out is what is drawn, each in its own place."""
    if view.account.state in {State.CODE, State.READING}:
        return
    canvas = painted(scene(panel=view, language=language), language)
    drawn = " ".join(it.text for it in canvas.written)
    heard = told(TvState.IDLE, view, words(language))
    for word in f"{heard['state_text']} {heard['why']}".split():
        assert word in drawn


def test_a_hidden_screen_hides_the_account_too() -> None:
    hidden = replace(scene(panel=with_banner(SCREENS["done"])), hidden=True)
    assert hidden.shows is Shows.HIDDEN
