"""The page for every customer: keyboard alone, by ear, on a phone, in a low window, in both themes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from device_agent.devices.simulated_tv.page import TvPage
from device_agent.devices.simulated_tv.settings import LANGUAGES
from device_agent.link import dial
from device_agent.panel_view import PanelView, TvState
from tests.agent.house import at_home
from tests.agent.servers import nobody, relay
from tests.tv.room import CONSOLE_URL, furnished
from tests.tv.scenes import BANNER, KEYS, PANELS_BY_NAME, words
from wire import messages
from wire.reasons import EndReason

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page
    from websockets.asyncio.server import ServerConnection

    from tests.tv.room import Room

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

STATES = {
    TvState.OFF: PanelView(),
    TvState.IDLE: PanelView(),
    TvState.CHECKING: PANELS_BY_NAME["checking"],
    TvState.PIN: PANELS_BY_NAME["code"],
    TvState.CONSENT: PANELS_BY_NAME["consent"],
    TvState.ACTIVE: PanelView(banner=BANNER),
    TvState.ENDED: PANELS_BY_NAME["ended customer_stopped"],
}
MEASURE = (Path(__file__).parents[1] / "browser" / "measure.js").read_text(encoding="utf-8")
LOOK = f"""() => {{
  const keys = Array.from(document.querySelectorAll('.remote button'), (key) => key.getBoundingClientRect());
  const labels = Array.from(document.querySelectorAll('.remote button span'), (label) => label.offsetHeight);
  return {{ keys: keys.map(({{ x, y }}) => [x, y]), labels: labels.filter(Boolean), wrong: ({MEASURE})() }};
}}"""
SMALLEST_SIDES = """() => Array.from(document.querySelectorAll('.remote button'), (key) => {
  const { width, height } = key.getBoundingClientRect();
  return Math.min(width, height);
})"""
FOCUSED = "() => document.activeElement.dataset.testid || document.activeElement.id"


@pytest.mark.proves("G15")
@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 390, "light"), ("en", 1280, "dark"), ("vi", 390, "dark"), ("vi", 1280, "light")],
)
async def test_axe_finds_nothing(
    browser: Browser, tmp_path: Path, language: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    async with furnished(browser, tmp_path, language) as room:
        await room.page.emulate_media(color_scheme=scheme)
        await room.page.set_viewport_size({"width": width, "height": 800})
        for state, view in STATES.items():
            await room.become(state, view)
            assert await room.violations() == []
        await room.server.close()
        await room.page.wait_for_selector("#lost:not([hidden])")
        assert await room.violations() == []


@pytest.mark.proves("R4", "G15")
@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_nothing_is_cut_and_no_key_moves_in_any_language_or_state(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    """Whatever the state, a key stays under the finger; every word on the remote stays on one line."""
    async with furnished(browser, tmp_path) as room:
        await room.page.set_viewport_size({"width": width, "height": 844})
        for language in LANGUAGES:
            await room.speak(language)
            places = None
            for state, view in STATES.items():
                await room.become(state, view)
                seen = await room.page.evaluate(LOOK)
                assert seen["wrong"] == [], (language, state)
                assert len(seen["keys"]) == len(KEYS) + len(("help", "stop", "hide"))
                places = places or seen["keys"]
                assert seen["keys"] == places, (language, state)
            assert len(seen["labels"]) >= 6
            assert max(seen["labels"]) < 30, language


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900)], ids=str)
async def test_set_remote_and_legend_fit_into_the_window(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with furnished(browser, tmp_path) as room:
        await room.page.set_viewport_size({"width": size[0], "height": size[1]})
        for language in LANGUAGES:
            await room.speak(language)
            assert await room.page.evaluate("() => document.documentElement.scrollHeight <= innerHeight"), (
                language
            )
            assert min(await room.page.evaluate(SMALLEST_SIDES)) >= 32, language


async def test_tab_goes_through_the_page_in_reading_order_and_out_of_it_again(room: Room) -> None:
    order = await room.page.evaluate(
        "() => [...document.querySelectorAll('a, button, select')].map((it) => it.dataset.testid || it.id)"
    )
    assert len(order) == len(KEYS) + len(("console", "help", "stop", "hide", "shows"))
    for name in order:
        await room.page.keyboard.press("Tab")
        assert await room.page.evaluate(FOCUSED) == name
    await room.page.keyboard.press("Tab")
    assert await room.page.evaluate(FOCUSED) != order[-1]


async def test_a_session_from_help_to_stop_needs_nothing_but_the_keyboard(
    browser: Browser, tmp_path: Path
) -> None:
    """The real agent behind the page; what is shown is also said."""
    async with at_home(tmp_path) as house:
        server = TvPage(house.agent, house.device, port=0, console_url=CONSOLE_URL)
        page = await browser.new_page()
        try:
            await page.goto(await server.start())
            await page.wait_for_selector("[data-testid=tv-state][data-state=idle]")
            await page.keyboard.press("F1")
            await heard(page, "focus", words("en").text("panel.button.get_code"))
            await page.keyboard.press("Enter")
            await page.wait_for_selector("[data-testid=tv-state][data-state=checking]")
            await house.relay.offer()
            await page.wait_for_selector("[data-testid=tv-state][data-state=pin]")
            code = (await page.get_by_test_id("tv-pin").text_content() or "").replace(" ", "")
            assert code == house.agent.view.code
            await heard(page, "code-aloud", " ".join(code[:4]))
            house.relay.redeem()
            twin = house.relay.console(code, now_s=house.clock.now_ms() // 1000)
            await house.relay.agree(twin)
            await house.until(lambda: bool(house.agent.view.asks))
            await house.settle()
            house.listen()
            await page.wait_for_selector("[data-testid=tv-state][data-state=consent]")
            assert "Demo Technician" in (await page.get_by_test_id("tv-consent").text_content() or "")
            await page.keyboard.press("Enter")
            await page.wait_for_selector("[data-testid=tv-state][data-state=active]")
            await heard(page, "connected", "Demo Technician")
            await page.keyboard.press("End")
            await page.wait_for_selector("[data-testid=tv-state][data-state=ended]")
            assert house.agent.view.reason is EndReason.CUSTOMER_STOPPED
            title = words("en").text("end.customer.customer_stopped.title")
            assert title in (await page.get_by_test_id("tv-why").text_content() or "")
        finally:
            await page.close()
            await server.close()


async def test_without_a_server_the_page_says_so_and_check_again_leads_to_a_code(
    browser: Browser, tmp_path: Path
) -> None:
    """P3, P4: a real line to nobody, and then to a relay that has come up there."""
    async with at_home(tmp_path) as house:
        with nobody() as origin:
            trust = house.org.trust(house.clock, tmp_path / "trust-of-nobody.json", origin=origin)
            house.agent._kit = replace(house.agent._kit, trust=trust, dial=dial)
            house.relay.origin = origin
            server = TvPage(house.agent, house.device, port=0, console_url=None)
            page = await browser.new_page()
            await page.goto(await server.start())
            await page.wait_for_selector("[data-testid=tv-state][data-state=idle]")
            await page.keyboard.press("F1")
            await page.keyboard.press("Enter")
            await page.wait_for_selector("[data-testid=tv-why][data-reason=server_unreachable]")
        said = await page.get_by_test_id("tv-why").text_content() or ""
        assert words("en").text("problem.server_unreachable.title") in said
        await heard(page, "focus", words("en").text("panel.button.check_again"))
        try:
            async with relay(partial(hand_out_a_code, origin), port=int(origin.rsplit(":", 1)[1])):
                await page.keyboard.press("Enter")
                await page.wait_for_selector("[data-testid=tv-state][data-state=pin]")
                assert (await page.get_by_test_id("tv-pin").text_content() or "").startswith("4817 0")
                assert await page.get_by_test_id("tv-why").get_attribute("data-reason") == ""
                await page.keyboard.press("End")
        finally:
            await page.close()
            await server.close()


async def hand_out_a_code(origin: str, connection: ServerConnection) -> None:
    """As a relay does it, for a device it asks nothing more of."""
    await connection.send(messages.encode(messages.Challenge(rc=bytes(32), origin=origin)))
    await connection.recv()
    await connection.send(messages.encode(messages.CodeMsg(locator="48170", rs=bytes(16), ttl=600)))
    await connection.wait_closed()


async def heard(page: Page, place: str, text: str) -> None:
    """Until this is said there."""
    await page.wait_for_function(
        "([id, text]) => document.getElementById(id).textContent.includes(text)", arg=[place, text]
    )
