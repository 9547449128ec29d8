"""The whole way of a technician by keyboard alone: signing in, code, session, end, and the next code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.console_page import DECIDING, ENDED, GOOD_CODE, LIVE, PAIRING, ConsolePage, Look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STOPS_AT_MOST = 60
LOOKS = [Look(), Look(width=390, height=844), Look(width=320, height=640, language="vi")]
# What has the focus, and whether something lies over its middle; the page's own body has no name.
FOCUSED = """() => {
  const { activeElement: at } = document;
  if (!at || at === document.body) return ['', true];
  const { left, right, top, bottom } = at.getBoundingClientRect();
  const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const place = at.closest('label') ?? at;
  return [at.dataset.testid || at.id || at.textContent, place.contains(seen)];
}"""


def tab_stops(console: ConsolePage) -> Iterator[str]:
    """Press Tab again and again; each stop must be in sight (WCAG 2.4.11)."""
    for _ in range(STOPS_AT_MOST):
        console.page.keyboard.press("Tab")
        name, is_seen = console.page.evaluate(FOCUSED)
        assert is_seen or not name, f"the focus on {name} cannot be seen"
        yield name


def tab_to(console: ConsolePage, testid: str) -> None:
    passed = []
    for name in tab_stops(console):
        if name == testid:
            return
        passed.append(name)
    pytest.fail(f"Tab does not reach {testid}, but {passed}")


def all_stops(console: ConsolePage) -> list[str]:
    """One round through the page."""
    found: list[str] = []
    for name in tab_stops(console):
        if name in found and name:
            return found
        found.append(name)
    return pytest.fail(f"Tab does not come round: {found}")


@pytest.mark.proves("G15")
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_from_signing_in_to_the_next_code_no_mouse_is_needed(open_console: Open, look: Look) -> None:
    """LOOK §7, §9: nothing out of reach, nothing hidden under a bar, the focus where the news is."""
    console = open_console(look)
    keys = console.page.keyboard
    tab_to(console, "sign-in-login")
    keys.type("demo")
    tab_to(console, "sign-in-password")
    keys.type("a long password")
    keys.press("Enter")
    expect(console.by("pin-input")).to_be_focused()
    keys.type(GOOD_CODE)
    tab_to(console, "ask-settings")
    keys.press("Space")
    tab_to(console, "connect")
    keys.press("Enter")
    assert [call[:2] + call[3:] for call in console.calls("connect")] == [
        ["connect", GOOD_CODE, ["keys", "view"]]
    ]
    console.play(PAIRING)
    expect(console.page.get_by_role("heading", level=1)).to_be_focused()
    console.play(DECIDING)
    tab_to(console, "cancel")
    console.play(LIVE)
    keys.press("ArrowDown")
    assert console.calls("press") == [["press", "down"]]
    tab_to(console, "end-session")
    keys.press("Enter")
    assert console.calls("end") == [["end"]]
    console.play(ENDED)
    expect(console.page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(console, "new-code")
    keys.press("Enter")
    expect(console.by("pin-input")).to_be_focused()
    expect(console.by("pin-input")).to_have_value("")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_key_of_the_pad_and_every_tab_is_a_stop_that_can_be_seen(
    open_console: Open, look: Look
) -> None:
    console = open_console(look).reach(LIVE)
    stops = all_stops(console)
    pad = console.page.locator("[data-testid^=pad-]:visible").evaluate_all(
        "(keys) => keys.map((it) => it.dataset.testid)"
    )
    assert pad
    assert [name for name in pad if name not in stops] == []
    assert {"end-session", "pad-digit-0"} <= set(stops)
