"""The panel lies over everything and answers to the customer's own hands alone (INV-B7, INV-B9)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xcffib.xproto
import xcffib.xtest

from device_agent.devices.x11 import face
from device_agent.devices.x11.face import Corner, Face, Scene
from device_agent.devices.x11.guard import Guard
from device_agent.devices.x11.hands import ACROSS, WHEEL
from device_agent.devices.x11.xinput import XInput
from device_agent.panel_view import Item, PanelView
from tests.tv.scenes import BANNER, PANELS_BY_NAME, words
from tests.x11.display import HEIGHT, WIDTH, Program, eventually
from tests.x11.kiosk import PATIENCE_S, Kiosk, Move, kiosk, point, written
from wire.commands import Grant, Outcome, RemoteKey

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.x11.display import Server

pytestmark = pytest.mark.slow

ALL = frozenset(Grant)
CONNECTED = PanelView(banner=BANNER)
CONSENT, HELPING = PANELS_BY_NAME["consent"], PANELS_BY_NAME["helping"]
SUPPORT, TYPING = PANELS_BY_NAME["support"], PANELS_BY_NAME["typing, nothing yet"]


def painted(view: PanelView, *, corner: Corner = Corner.NONE) -> Face:
    it = face.paint(Scene(view, WIDTH, HEIGHT, corner=corner, key="Ctrl + Alt + H"), words("en"))
    assert it is not None
    return it


def middle(view: PanelView, item: Item, language: str = "") -> tuple[int, int]:
    box = next(it.box for it in painted(view).targets if (it.item, it.language) == (item, language))
    return (box.left + box.right) // 2, (box.top + box.bottom) // 2


async def is_on_screen(it: Kiosk, shown: Face) -> None:
    box = shown.box

    def is_there(pixels: NDArray[np.uint8]) -> bool:
        seen = pixels[box.top : box.bottom, box.left : box.right]
        return np.array_equal(seen[..., :3], shown.pixels[..., :3])

    await it.sees(is_there)


# On top


@pytest.mark.parametrize("view", [CONNECTED, CONSENT, HELPING], ids=["banner", "consent", "helping"])
async def test_the_panel_is_on_the_screen_and_in_the_picture(
    tmp_path: Path, server: Server, view: PanelView
) -> None:
    """INV-B7: as on the simulated TV, the technician sees what the customer sees."""
    async with kiosk(server, tmp_path) as it:
        it.program.paint(0, 0, np.full((HEIGHT, WIDTH, 4), 77, np.uint8))
        await it.shows(view)
        await is_on_screen(it, painted(view))


async def test_the_banner_comes_back_over_whatever_covers_it(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONNECTED)
        ours = it.program.top_window()
        assert ours != it.program.window
        it.program.raise_above()
        eventually(lambda: it.program.top_window() == ours)
        second = Program(server)  # another window over the whole screen
        eventually(lambda: it.program.top_window() == ours)
        await is_on_screen(it, painted(CONNECTED))
        second.close()


async def test_a_program_that_fights_for_the_top_ends_the_session(tmp_path: Path, server: Server) -> None:
    """INV-B7: where the banner cannot be kept in sight nobody may stay connected."""
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONNECTED)
        lost = asyncio.create_task(it.device.changed(2**60))
        async with asyncio.timeout(PATIENCE_S):
            while not lost.done():
                it.program.raise_above()
                await asyncio.sleep(0)  # every other task runs until it waits
        with pytest.raises(Exception, match="covers the banner"):
            _ = it.device.serial


async def test_the_screen_is_the_customers_again_when_nobody_is_connected(
    tmp_path: Path, server: Server
) -> None:
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONNECTED)
        await it.shows(PanelView())
        it.program.paint(0, 0, screen := np.full((HEIGHT, WIDTH, 4), 99, np.uint8))
        await it.sees(lambda pixels: np.array_equal(pixels[..., :3], screen[..., :3]))
        assert point(it, [Move(1, d=True, x=ACROSS, y=0)]).outcome is Outcome.DONE


async def test_a_screen_switched_off_is_black_until_the_customer_touches_anything(
    tmp_path: Path, server: Server
) -> None:
    async with kiosk(server, tmp_path) as it:
        it.device.power(on=False)
        eventually(lambda: it.program.top_window() != it.program.window)
        await it.sees(lambda pixels: not pixels[..., :3].any())
        assert it.device.press("ok", ALL).outcome is Outcome.REFUSED
        it.customer.click(10, 10)
        assert await it.hears(until="power") == []


# The customer


async def test_the_hint_opens_the_panel(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path, hint=Corner.BOTTOM_RIGHT) as it:
        await it.shows(idle := PanelView())
        box = painted(idle, corner=Corner.BOTTOM_RIGHT).box
        it.customer.click((box.left + box.right) // 2, (box.top + box.bottom) // 2)
        assert await it.hears(until="stop") == ["help"]


async def test_stop_is_heard_from_the_banner_and_from_the_keys(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONNECTED)
        it.customer.click(*middle(CONNECTED, Item.STOP))
        it.customer.key(0x73, 0xFFE3, 0xFFE9)
        assert await it.hears() == ["stop", "stop"]


async def test_stop_is_heard_while_a_program_holds_keyboard_and_mouse(tmp_path: Path, server: Server) -> None:
    """INV-B1: an open menu, or a game, keeps neither from the customer."""
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONNECTED)
        core, mode = it.program.core, xcffib.xproto.GrabMode.Async
        assert core.GrabKeyboard(False, it.program.window, 0, mode, mode).reply().status == 0
        assert core.GrabPointer(False, it.program.window, 0, mode, mode, 0, 0, 0).reply().status == 0
        it.customer.click(*middle(CONNECTED, Item.STOP))
        it.customer.key(0x73, 0xFFE3, 0xFFE9)
        assert await it.hears() == ["stop", "stop"]
        core.UngrabKeyboard(0)
        core.UngrabPointer(0)
        it.program.settle()


async def test_a_button_that_the_session_holds_down_keeps_no_press_from_the_panel(
    tmp_path: Path, server: Server
) -> None:
    """INV-B1, INV-B9: a drag under way is let go when a page opens, and when the customer does anything."""
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONNECTED)
        point(it, [Move(1, d=True, x=ACROSS // 2, y=ACROSS // 2)])
        it.customer.click(*middle(CONNECTED, Item.STOP))
        assert await it.hears() == ["stop"]
        await it.rests()
        point(it, [Move(1, d=True, x=ACROSS // 2, y=ACROSS // 2)])
        await it.shows(CONSENT)
        await it.driven()
        it.customer.click(*middle(CONSENT, Item.NO))
        assert await it.hears() == [(Item.NO, "")]


async def test_a_press_chooses_what_it_was_on_however_the_pointer_went_on(
    tmp_path: Path, server: Server
) -> None:
    """INV-A6: a No whose hand moves on to Yes is a No."""
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONSENT)
        no, yes = middle(CONSENT, Item.NO), middle(CONSENT, Item.YES)
        for _ in range(20):
            it.customer.click(*no, then=yes)
        assert await it.hears() == [(Item.NO, "")] * 20


async def test_a_touch_chooses_what_it_touches(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        for view, item in ((CONSENT, Item.YES), (CONSENT, Item.SWITCH_KEYS), (TYPING, Item.DIGIT_7)):
            await it.shows(view)
            it.customer.click(*middle(view, item))
            assert await it.hears() == [(item, "")]
        await it.shows(SUPPORT)
        it.customer.click(*middle(SUPPORT, Item.LANGUAGE, "vi"))
        assert await it.hears() == [(Item.LANGUAGE, "vi")]


async def test_another_button_or_a_click_beside_chooses_nothing(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONSENT)
        it.customer.click(*middle(CONSENT, Item.YES), button=3)
        it.customer.click(2, HEIGHT - 2)
        assert await it.hears() == []


async def test_keys_drive_a_page_and_reach_no_program_below(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONSENT)
        it.program.listen()
        it.program.keys.clear()
        for keysym in (0xFF54, 0xFF52, 0xFF0D, 0xFF1B):
            it.customer.key(keysym)
        assert await it.hears() == ["down", "up", "ok", "back"]
        assert it.program.text == ""


async def test_without_a_page_the_keys_are_the_programs(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONNECTED)
        it.customer.key(0xFF0D)
        assert it.program.text == "\n"
        assert await it.hears() == []


# The technician


def attack_with_the_pointer(it: Kiosk, shown: Face) -> set[Outcome]:
    """Every button on every part of the panel, and dragged into it from outside."""
    outcomes = set()
    box = shown.box
    places = [((t.box.left + t.box.right) // 2, (t.box.top + t.box.bottom) // 2) for t in shown.targets]
    places += [(box.left, box.top), (box.right - 1, box.bottom - 1), (box.left + box.width // 2, box.top)]
    for x, y in places:
        across, down = round(x * ACROSS / (WIDTH - 1)), round(y * ACROSS / (HEIGHT - 1))
        for button in range(8):
            outcomes.add(point(it, [Move(button, d=button > 0, x=across, y=down)]).outcome)
            if button not in WHEEL:
                outcomes.add(point(it, [Move(button, d=False, x=across, y=down)]).outcome)
        drag = [
            Move(1, d=True, x=0, y=ACROSS),
            Move(0, d=False, x=across, y=down),
            Move(1, False, across, down),
        ]
        outcomes.add(point(it, drag).outcome)
    return outcomes


async def attack_with_keys(it: Kiosk) -> set[Outcome]:
    """Every key there is, and texts that hold those that drive a page."""
    outcomes = {it.device.press(key.value, ALL).outcome for key in RemoteKey if key is not RemoteKey.POWER}
    outcomes.add(await written(it, "\n\t 1234567890sh"))
    return outcomes


@pytest.mark.parametrize("view", [CONSENT, HELPING, TYPING], ids=["consent", "helping", "typing"])
async def test_a_session_reaches_no_page_by_any_way_it_has(
    tmp_path: Path, server: Server, view: PanelView
) -> None:
    """INV-B9, the first wall: it is refused before anything reaches the X server."""
    async with kiosk(server, tmp_path) as it:
        await it.shows(view)
        assert attack_with_the_pointer(it, painted(view)) == {Outcome.REFUSED}
        assert await attack_with_keys(it) == {Outcome.REFUSED}
        assert await it.hears() == []
        assert (await it.driven()).clicks == []


async def test_a_session_reaches_the_banner_by_no_way_it_has(tmp_path: Path, server: Server) -> None:
    """INV-B9: keys belong to the programs below; they stop nothing, and ask for nothing."""
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONNECTED)
        assert attack_with_the_pointer(it, painted(CONNECTED)) == {Outcome.REFUSED}
        assert await attack_with_keys(it) == {Outcome.DONE}
        assert await it.hears() == []
        await it.driven()
        assert all(not inside(it, x, y) for _, _, x, y in it.program.clicks)


def inside(it: Kiosk, x: int, y: int) -> bool:
    return it.display.guard.protects(x, y)


async def test_the_panel_hears_no_program_even_where_the_first_wall_is_gone(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-B9, the second wall: what comes from XTEST is nobody's hand."""
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONSENT)
        monkeypatch.setattr(Guard, "protects", lambda *_: False)
        it.display.guard.is_covered = False
        assert Outcome.DONE in attack_with_the_pointer(it, painted(CONSENT))
        assert Outcome.DONE in await attack_with_keys(it)
        fake_hot_keys(it)
        assert await it.hears() == []


def fake_hot_keys(it: Kiosk) -> None:
    """Stop and help, typed by a program."""
    for keysyms in ((0xFFE3, 0xFFE9, 0x73), (0xFFE3, 0xFFE9, 0x68)):
        codes = [it.customer._code(keysym) for keysym in keysyms]
        xtest = it.program.connection(xcffib.xtest.key)
        for kind, code in [(2, code) for code in codes] + [(3, code) for code in codes]:
            xtest.FakeInput(kind, code, 0, it.program.root, 0, 0, 0)
    it.program.settle()


async def test_the_panel_is_reached_by_nobody_even_where_the_second_wall_is_gone(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And each wall holds alone; with both gone the attack arrives, so this test is able to fail."""
    async with kiosk(server, tmp_path) as it:
        await it.shows(CONSENT)
        monkeypatch.setattr(XInput, "is_real", lambda *_: True)
        assert attack_with_the_pointer(it, painted(CONSENT)) == {Outcome.REFUSED}
        assert await attack_with_keys(it) == {Outcome.REFUSED}
        assert await it.hears() == []
        monkeypatch.setattr(Guard, "protects", lambda *_: False)
        monkeypatch.setattr(Guard, "is_customers_turn", False)
        it.display.guard.is_covered = False
        attack_with_the_pointer(it, painted(CONSENT))
        await it.driven()
        assert (Item.YES, "") in await it.hears()
