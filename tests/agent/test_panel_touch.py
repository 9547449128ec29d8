"""The panel by finger or mouse: the same as going there and pressing OK, on every page and for every item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from device_agent.machine import Event
from device_agent.panel import Speak, choose, grid, opened, press
from device_agent.panel_view import Item, Page, PanelView, TvState
from tests.agent.house import at_home
from tests.agent.test_panel import CODE, CONSENT, SUPPORT, VIEWS
from wire.reasons import EndReason

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.page.value)
def test_a_touch_does_what_ok_does_there(view: PanelView) -> None:
    start = opened(view)
    for item in (item for row in grid(view) for item in row):
        there = replace(start, view=replace(start.view, focus=item))
        touched, asked = choose(start, item, view.language)
        pressed, wanted = press(there, "ok")
        assert (touched.view, asked) == (pressed.view, wanted)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.page.value)
def test_what_is_not_on_a_page_cannot_be_touched(view: PanelView) -> None:
    start = opened(view)
    there = {item for row in grid(view) for item in row}
    for item in set(Item) - there:
        assert choose(start, item) == (start, None)


def test_a_language_is_chosen_by_its_name_and_no_other_is() -> None:
    start = opened(SUPPORT)
    assert choose(start, Item.LANGUAGE, "vi")[1] == Speak("vi")
    assert choose(start, Item.LANGUAGE, "tlh") == (start, None)


def test_twelve_touches_type_a_code() -> None:
    panel = opened(PanelView(page=Page.TYPING))
    for digit in CODE:
        panel, asked = choose(panel, Item(f"digit_{digit}"))
    assert (panel.view.typed, asked) == (CODE, Event.CLAIM)


def test_a_touched_switch_toggles_and_keeps_the_focus() -> None:
    panel, asked = choose(opened(CONSENT), Item.SWITCH_KEYS)
    assert asked is None
    assert panel.view.focus is Item.SWITCH_KEYS
    assert [ask.on for ask in panel.view.asks] == [True, False, True, True]


async def test_a_touch_on_a_page_that_is_still_deaf_is_not_heard(tmp_path: Path) -> None:
    """LOOK §5.1: a finger that was on its way to the page before answers no question."""
    async with at_home(tmp_path) as house:
        code = await house.get_code()
        house.relay.redeem()
        await house.relay.agree(house.relay.console(code, now_s=house.clock.now_ms() // 1000))
        await house.until_page(Page.CONSENT)
        house.agent.choose(Item.YES)
        assert house.shows(Page.CONSENT)
        house.listen()
        house.agent.choose(Item.NO)
        assert house.is_in(TvState.ENDED)
        assert house.agent.view.reason is EndReason.CONSENT_REFUSED


async def test_a_touch_is_nothing_where_no_page_is_in_front_or_the_screen_is_off(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        house.agent.choose(Item.GET_CODE)
        assert house.shows(Page.NONE)
        house.press("help", "power")
        house.agent.choose(Item.GET_CODE)
        assert house.is_in(TvState.OFF)
