"""Every state of every screen: axe finds nothing, targets are large, headings in order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.browser.console_page import (
    DECIDING,
    ENDED,
    GOOD_CODE,
    LIVE,
    NOW_MS,
    OVER,
    PAIRING,
    SHOWING,
    SWAPPED_CODE,
    ConsolePage,
    Look,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _problem(slug: str) -> dict[str, object]:
    return {"slug": slug, "title": "", "status": 429, "retryAfter": 754}


def _refused(console: ConsolePage, slug: str) -> None:
    console.connect()
    console.play({"phase": "idle", "step": "", "problem": _problem(slug)})


def _asked_for_a_code(console: ConsolePage) -> None:
    console.by("show-pin").click()
    console.wait(1500)


def _half(console: ConsolePage) -> None:
    console.by("menu").click()
    console.by("pin-input").fill(GOOD_CODE[:9])


def _live_states(console: ConsolePage) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "live", lambda: console.play(LIVE)
    yield "late", lambda: console.play({"currentAt": NOW_MS - 1300})
    yield "stale", lambda: console.play({"currentAt": NOW_MS - 2600, "stale": True, "rtt": None, "fps": 0})
    yield "hidden", lambda: console.play(LIVE | {"picture": "hidden"})
    yield "off", lambda: console.play({"picture": "off"})
    yield "waiting for a picture", lambda: console.play({"picture": "waiting"})
    yield "screen not allowed", lambda: console.play({"picture": "none", "grants": ["keys"], "fails": 12})
    yield "nothing allowed", lambda: console.play({"grants": [], "warning": "time"})
    yield (
        "idle warning",
        lambda: console.play(
            LIVE
            | {"warning": "idle", "codec": "jpeg", "enrolment": {"state": "none", "unit": "", "model": ""}}
        ),
    )


def states(console: ConsolePage) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each state by name, with the step that leads to it from the one before."""
    yield "sign in", lambda: None
    yield "sign in, empty", lambda: console.by("sign-in").click()
    yield "code", console.sign_in
    yield "menu", lambda: console.by("menu").click()
    yield "code, half", lambda: _half(console)
    yield "code, wrong", lambda: console.by("pin-input").fill(SWAPPED_CODE)
    yield "code, refused", lambda: _refused(console, "code-not-open")
    yield "too many", lambda: _refused(console, "too-many")
    yield "code asked for", lambda: _asked_for_a_code(console)
    yield "code shown", lambda: console.play(SHOWING)
    yield "code over", lambda: console.play(SHOWING | OVER)
    yield "code entry again", lambda: console.by("new-code").click()
    yield "pairing", lambda: (console.connect(), console.play(PAIRING))
    yield "deciding", lambda: console.play(DECIDING)
    yield from _live_states(console)
    yield "ended", lambda: console.play(ENDED)
    yield "ended, altered", lambda: (console.play(LIVE), console.play(ENDED | {"reason": "integrity_failed"}))


def walk(console: ConsolePage, look_at: Callable[[], list[str]]) -> dict[str, list[str]]:
    found = {}
    for name, reach in states(console):
        reach()
        if wrong := look_at():
            found[name] = wrong
    return found


@pytest.mark.proves("G15")
@pytest.mark.parametrize(
    "look",
    [
        Look(),
        Look(theme="dark"),
        Look(width=390, height=844),
        Look(theme="dark", width=390, height=844),
        Look(language="vi", theme="dark", width=1000),
    ],
    ids=str,
)
def test_axe_finds_nothing(open_console: Open, look: Look) -> None:
    console = open_console(look)
    assert walk(console, console.violations) == {}


@pytest.mark.parametrize("look", [Look(), Look(width=390, height=844)], ids=str)
def test_targets_are_large_enough_for_a_hand(open_console: Open, look: Look) -> None:
    """Never under 32 px; 44 on a phone, where the ring of arrows is one target field per direction."""
    least = 44 if look.width < 700 else 32
    small = f"""() => Array.from(document.querySelectorAll('button, input, .ask')).filter((node) => {{
      const box = node.getBoundingClientRect();
      return box.width && !node.closest('.notice, .ask') && Math.min(box.width, box.height) < {least};
    }}).map((node) => node.outerHTML.slice(0, 120))"""
    console = open_console(look)
    assert walk(console, lambda: console.page.evaluate(small)) == {}


def test_there_is_one_heading_of_the_first_rank_and_none_is_skipped(open_console: Open) -> None:
    ranks = "Array.from(document.querySelectorAll('h1,h2,h3,h4'), (node) => Number(node.tagName[1]))"
    console = open_console()

    def look_at() -> list[str]:
        found = console.page.evaluate(ranks)
        in_order = all(lower - upper <= 1 for upper, lower in pairwise(found))
        return [] if found.count(1) == 1 and found[0] == 1 and in_order else [str(found)]

    assert walk(console, look_at) == {}


def test_every_state_has_a_title_of_its_own_screen(open_console: Open) -> None:
    console = open_console()
    titles = {}
    for name, reach in states(console):
        reach()
        titles[name] = console.page.title()
    assert titles["sign in"] == "Sign in · Alongside"
    assert titles["live"] == "Live session · Alongside"
    assert titles["ended"] == "The TV was switched off · Alongside"


def test_no_element_carries_markup_style_and_nothing_could_be_written_as_markup(open_console: Open) -> None:
    """INV-G5: the policy is in force on the page the tests see, and the page never needs an exception."""
    console = open_console()
    assert walk(console, lambda: console.page.evaluate(STYLED)) == {}
    assert console.page.evaluate(WRITES_MARKUP) == "TypeError"
    console.errors.clear()  # The breach that the line above provoked was reported, as it should be.


def test_reduced_motion_leaves_nothing_moving(open_console: Open) -> None:
    console = open_console().reach(LIVE)
    moving = """() => Array.from(document.querySelectorAll('*')).filter((node) => {
      const style = getComputedStyle(node);
      return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
    }).length"""
    assert console.page.evaluate(moving) == 0


STYLED = "Array.from(document.querySelectorAll('[style]'), (node) => node.outerHTML.slice(0, 80))"
WRITES_MARKUP = """() => {
  try {
    document.createElement('p').innerHTML = '<b>x</b>';
    return 'written';
  } catch (error) {
    return error.name;
  }
}"""
