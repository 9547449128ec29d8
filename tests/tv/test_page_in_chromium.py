"""The page in a real browser: what it shows, what it says, which keys it sends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from device_agent.devices.protocol import Shows
from device_agent.devices.simulated_tv import stamp
from device_agent.devices.simulated_tv.settings import LANGUAGES
from device_agent.panel_view import PanelView, TvState
from tests.tv.room import CONSOLE_URL, canvases
from tests.tv.scenes import BANNER, KEYS, NAME, PANELS_BY_NAME, StillClock, words

if TYPE_CHECKING:
    from tests.tv.room import Room

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def test_every_button_of_the_remote_sends_its_key_once(room: Room) -> None:
    wanted = [*KEYS, "help", "stop"]
    for key in wanted:
        await room.page.get_by_test_id(f"remote-{key.replace('_', '-')}").click()
    assert await room.agent.pressed(len(wanted)) == wanted
    assert room.complaints == []


async def test_every_button_works_from_the_keyboard_alone_and_has_a_name(room: Room) -> None:
    buttons = room.page.locator(".remote button")
    count = await buttons.count()
    assert count == len(KEYS) + len(("help", "stop", "hide"))
    for place in range(count):
        button = buttons.nth(place)
        assert (await button.inner_text()).strip() or await button.get_attribute("aria-label")
    await room.page.get_by_test_id("remote-stop").focus()
    await room.page.keyboard.press("Enter")
    await room.page.get_by_test_id("remote-home").focus()
    await room.page.keyboard.press("Enter")
    assert await room.agent.pressed(2) == ["stop", "home"]


async def test_the_keyboard_is_the_remote(room: Room) -> None:
    pairs = {
        "ArrowUp": "up",
        "ArrowDown": "down",
        "ArrowLeft": "left",
        "ArrowRight": "right",
        "Enter": "ok",
        "Escape": "back",
        "F1": "help",
        "End": "stop",
        "h": "home",
        "p": "power",
        "+": "volume_up",
        "-": "volume_down",
        "0": "digit_0",
        "9": "digit_9",
        "m": "menu",
        "s": "source",
    }
    for key in pairs:
        await room.page.keyboard.press(key)
    assert await room.agent.pressed(len(pairs)) == list(pairs.values())


async def test_a_mouse_press_leaves_enter_to_the_set(room: Room) -> None:
    await room.page.get_by_test_id("remote-down").click()
    await room.page.keyboard.press("Enter")
    assert await room.agent.pressed(2) == ["down", "ok"]


async def test_a_held_key_repeats_arrows_but_never_ok_stop_or_digits(room: Room) -> None:
    for key in ("Enter", "End", "5", "ArrowDown"):
        for _ in range(3):
            await room.page.keyboard.down(key)
        await room.page.keyboard.up(key)
    assert await room.agent.pressed(6) == ["ok", "stop", "digit_5", "down", "down", "down"]


async def test_shortcuts_of_the_browser_press_nothing(room: Room) -> None:
    await room.page.keyboard.press("Control+h")
    await room.page.keyboard.press("Alt+s")
    await room.page.keyboard.press("ArrowUp")
    assert await room.agent.pressed(1) == ["up"]


async def test_the_code_stands_in_groups_of_four_and_goes_with_its_page(room: Room) -> None:
    assert await room.text("tv-pin") == ""
    await room.become(TvState.PIN, PANELS_BY_NAME["code"])
    await room.page.wait_for_function(
        "() => document.querySelector('[data-testid=tv-pin]').textContent === '4817 0365 2296'"
    )
    await room.become(TvState.IDLE, PanelView())
    await room.page.wait_for_function(
        "() => document.querySelector('[data-testid=tv-pin]').textContent === ''"
    )


async def test_the_question_is_heard_with_name_and_asks(room: Room) -> None:
    await room.become(TvState.CONSENT, PANELS_BY_NAME["consent"])
    await room.page.wait_for_function(
        "(name) => document.querySelector('[data-testid=tv-consent]').textContent.includes(name)", arg=NAME
    )
    assert words("en").text("grant.settings") in await room.text("tv-consent")


async def test_every_state_is_named_in_words(room: Room) -> None:
    for state in TvState:
        await room.become(state, PanelView())
        assert await room.text("tv-state") == words("en").text(f"page.state.{state}")


async def test_the_page_speaks_the_language_of_the_set(room: Room) -> None:
    steps = LANGUAGES.index("vi") - LANGUAGES.index("en")
    for key in ("menu", "down", "down", "down", "ok", "ok", *["down"] * steps, "ok"):
        room.tv.press(key, None)
    await room.page.wait_for_function("() => document.documentElement.lang === 'vi'")
    await room.page.wait_for_function(
        "(text) => document.querySelector('[data-testid=remote-help]').innerText.includes(text)",
        arg=words("vi").text("key.help"),
    )


async def test_the_canvas_shows_what_the_set_shows(room: Room) -> None:
    for key in ("down", "ok"):
        room.tv.press(key, None)
    clock = StillClock().now_ms() % stamp.MODULUS
    async for pixels in canvases(room.page):
        if stamp.read(pixels) == clock:
            break
    await room.become(TvState.ACTIVE, replace(PanelView(), banner=BANNER))
    async for pixels in canvases(room.page):
        if (np.abs(pixels[50, 400:403, :3].astype(int) - (27, 18, 48)) < 24).all():
            break


async def test_a_set_that_is_gone_is_said_to_be_gone_and_its_code_with_it(room: Room) -> None:
    await room.become(TvState.PIN, PANELS_BY_NAME["code"])
    await room.server.close()
    await room.page.wait_for_selector("#lost:not([hidden])")
    assert await room.text("tv-state") == words("en").text("page.lost.title")
    assert await room.text("tv-pin") == ""
    assert await room.page.get_by_test_id("tv-state").get_attribute("data-state") == "off"


async def test_nothing_is_wider_than_the_page_and_on_small_ones_the_remote_goes_below(room: Room) -> None:
    for width in (320, 390, 900, 901, 1024, 1280, 1440, 1920):
        await room.page.set_viewport_size({"width": width, "height": 844})
        assert await room.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        screen = await room.page.get_by_test_id("tv-screen").bounding_box()
        remote = await room.page.locator(".remote").bounding_box()
        assert screen
        assert remote
        assert (remote["y"] >= screen["y"] + screen["height"]) == (width <= 900)


async def test_the_console_is_one_link_away(room: Room) -> None:
    link = room.page.get_by_role("link", name=words("en").text("page.console"))
    assert await link.get_attribute("href") == CONSOLE_URL


async def test_hide_on_the_remote_and_f2_hide_the_screen_and_show_it_again(room: Room) -> None:
    for shows in (Shows.HIDDEN, Shows.PICTURE):
        await room.page.get_by_test_id("remote-hide").click()
        await becomes(room, shows)
    for shows in (Shows.HIDDEN, Shows.PICTURE):
        await room.page.keyboard.press("F2")
        await becomes(room, shows)
    await room.page.get_by_test_id("remote-home").click()
    assert await room.agent.pressed(1) == ["home"], "the agent, which a session drives, never hears of it"


async def becomes(room: Room, shows: Shows) -> None:
    while room.tv.picture().shows is not shows:
        await room.tv.changed(room.tv.serial)
