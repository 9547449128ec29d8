"""Every state of the console in every language, width and theme: nothing cut, covered or untranslated.

One page per language; where a state is a state of the session alone, it goes through all by itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest
from playwright.sync_api import expect

import locales
from device_agent.devices.simulated_tv.settings import defaults, listed
from tests.browser.console_page import (
    DECIDING,
    ENDED,
    GOOD_CODE,
    LIVE,
    NOW_MS,
    PAIRING,
    SHOWING,
    SWAPPED_CODE,
    ConsolePage,
    Look,
    over,
)
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CODE_PROBLEMS = ("code-expired", "code-replaced", "code-lost", "try-later")
MEASURE = (Path(__file__).parent / "measure.js").read_text(encoding="utf-8")
PROVING = bool(os.environ.get("ALONGSIDE_PROVE"))
WIDTHS = (1440, 1280, 1000, 390, 320) if PROVING else (1440, 1280, 390, 320)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# The themes differ in colours alone; all of both are looked through in the long run.
LOOKS = (
    [(width, theme) for width in WIDTHS for theme in THEMES]
    if PROVING
    else [(width, THEMES[place % 2]) for place, width in enumerate(WIDTHS)]
)
# The widest font that a page is likely to meet where system-ui names none of its own.
SHEET = "document.styleSheets[document.styleSheets.length - 1]"
OPEN_SETTINGS = """() => {
  document.getElementById('tab-settings').click();
  for (const group of document.querySelectorAll('.settings details')) group.open = true;
}"""
WIDEST_FONT = """document.documentElement.style.setProperty('--font-sans', '"DejaVu Sans"')"""


ABLE = ["p2p", "pointer", "settings", "sound", "still", "text"]
SETTINGS = [msgspec.to_builtins(item) for item in listed(defaults("en"))]
# All that a session's page can have open at once.
OPEN = LIVE | {"caps": ABLE, "field": 12, "grants": ["settings", "view"], "settings": SETTINGS}

# What no state above it may leave behind.
FRESH = {
    "switchedOff": False,
    "warning": "",
    "problem": None,
    "reason": "",
    "stale": False,
    "fails": 0,
    "code": "",
    "masked": 0,
    "behindAt": 0,
    "hearing": False,
}
BEFORE_YES = DECIDING | {"phase": "ended", "times": DECIDING["times"] | {"ended": NOW_MS}}
USED_HERE = {"slug": "code-used-here", "title": "", "status": 0, "retryAfter": None}

LASTING: dict[str, dict[str, Any]] = {
    "code asked for": SHOWING | {"step": "asking", "code": "", "deadline": 0},
    "code shown": SHOWING,
    **{f"code over: {slug}": SHOWING | over(slug) for slug in CODE_PROBLEMS},
    "pairing": PAIRING,
    "deciding": DECIDING,
    "live": LIVE,
    "late": LIVE | {"currentAt": NOW_MS - 1300},
    "late for this browser, with places covered": LIVE
    | {"currentAt": NOW_MS - 1300, "behindAt": NOW_MS - 1200, "masked": 2}
    | {"caps": ABLE, "grants": ["keys", "settings", "sound", "view"], "hearing": True},
    "stale": LIVE | {"currentAt": NOW_MS - 2600, "stale": True, "rtt": None, "fps": 0},
    "hidden": LIVE | {"picture": "hidden"},
    "off": LIVE | {"picture": "off"},
    "waiting for a picture": LIVE | {"picture": "waiting"},
    "screen not allowed": LIVE | {"picture": "none", "grants": ["keys"], "fails": 12},
    "nothing allowed": LIVE | {"picture": "none", "grants": [], "warning": "time"},
    "time warning": LIVE | {"warning": "time"},
    "idle warning, single pictures": LIVE
    | {"warning": "idle", "codec": "jpeg", "enrolment": {"state": "none", "unit": "", "model": ""}},
    "enrolment not genuine": LIVE | {"enrolment": {"state": "false", "unit": "", "model": ""}},
    "deciding, unit not checked": DECIDING | {"enrolment": {"state": "unchecked", "unit": "", "model": ""}},
    "long names": LIVE | {"deviceName": "Panorama Vista 85 Q9 Signature", "deviceFw": "14.22.118-beta"},
}
OVER: dict[str, dict[str, Any]] = {
    **{f"ended {reason}": ENDED | {"reason": reason.value} for reason in EndReason},
    "ended by the technician's Power key": ENDED | {"reason": "device_powered_off", "switchedOff": True},
    "ended before a yes": BEFORE_YES | {"reason": "consent_refused"},
    "ended, the code was used here": BEFORE_YES | {"reason": "pairing_failed", "problem": USED_HERE},
}
# A session cannot go back, but the page draws what it is told; from another screen, to draw each anew.
PLAYED = {
    name: [FRESH | (DECIDING if state["phase"] == "active" else LIVE), FRESH | state]
    for name, state in (LASTING | OVER).items()
}

GO_THROUGH = f"""async (played) => {{
  const found = {{}};
  const drawn = new Map();
  for (const [name, states] of Object.entries(played)) {{
    for (const state of states) window.fake.play(state);
    const page = document.querySelector('header').outerHTML + document.querySelector('main').outerHTML;
    if (drawn.has(page)) throw new Error(`${{name}} is not drawn: it looks like ${{drawn.get(page)}}`);
    drawn.set(page, name);
    await new Promise((done) => window.realTimeout(done, 0)); // what to say comes a moment later
    const wrong = ({MEASURE})();
    if (wrong.length) found[name] = wrong;
  }}
  return found;
}}"""


def _refused(console: ConsolePage, slug: str) -> None:
    console.connect()
    problem = {"slug": slug, "title": "", "status": 429, "retryAfter": 754}
    console.play({"phase": "idle", "step": "", "problem": problem})


def before_a_session(console: ConsolePage) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each state by name, with the step that leads to it from the one before."""
    yield "sign in", lambda: None
    yield "menu, signed out", lambda: console.press("menu")
    yield "sign in, empty", lambda: (console.press("menu"), console.press("sign-in"))
    yield "code", console.sign_in
    yield "menu", lambda: console.press("menu")
    yield "code, half", lambda: (console.press("menu"), console.type_code(GOOD_CODE[:9]))
    yield "code, wrong", lambda: console.type_code(SWAPPED_CODE)
    yield "code, letters", lambda: console.type_code("4817 O365 229")
    for slug in ("code-not-open", "too-many", "our-fault", "no-connection"):
        yield f"refused: {slug}", lambda slug=slug: _refused(console, slug)  # type: ignore[misc]
    yield "last session", lambda: console.connect().play(LIVE).play(ENDED).press("new-code")
    yield "offline", lambda: console.go_offline(offline=True)


def _measured_where_it_belongs(console: ConsolePage) -> Any:
    """The page moves "Ask for more" when the window has another width, which it hears of a moment later."""
    wide = (console.page.viewport_size or {"width": 0})["width"] >= 1180
    expect(console.page.locator(".bar-asks .more" if wide else ".strip .more")).to_be_visible()
    return console.page.evaluate(MEASURE)


def wrong_at_every_look(console: ConsolePage, look_at: Callable[[], Any]) -> dict[str, Any]:
    found = {}
    for width, theme in LOOKS:
        console.page.set_viewport_size({"width": width, "height": 844})
        console.page.emulate_media(color_scheme=theme)
        if wrong := look_at():
            found[f"{width} {theme}"] = wrong
    return found


@pytest.mark.proves("R4", "G15")
@pytest.mark.parametrize("language", locales.languages())
def test_nothing_is_cut_covered_or_untranslated_in_any_language(open_console: Open, language: str) -> None:
    """LOOK: screenshots of every state in all languages, both themes and all widths, held by a test."""
    console = open_console(Look(language=language))
    expect(console.page.locator("html")).to_have_attribute("lang", language)
    console.page.evaluate(WIDEST_FONT)
    found = {}
    for name, reach in before_a_session(console):
        reach()
        if wrong := wrong_at_every_look(console, lambda: console.page.evaluate(MEASURE)):
            found[name] = wrong
    console.go_offline(offline=False)
    console.connect()
    wrong = wrong_at_every_look(console, lambda: console.page.evaluate(GO_THROUGH, PLAYED))
    console.play(FRESH | DECIDING).play(FRESH | OPEN)
    console.press("ask-more").press("course-open")
    expect(console.by("course")).to_be_visible()
    console.page.evaluate(OPEN_SETTINGS)
    opened = wrong_at_every_look(console, lambda: _measured_where_it_belongs(console))
    assert (found, wrong, opened) == ({}, {}, {})


SPOILT = {
    ".main-column { inline-size: 3000px !important }": "wide, the window",
    "h1 { white-space: nowrap; inline-size: 40px }": "spills",
    "button.primary { block-size: 8px !important; min-block-size: 0 !important }": "leaves button",
    ".card { max-block-size: 60px; overflow: hidden }": "is cut by",
    "h1 { margin-block-end: -40px !important }": "lies over",
}
NO_ROOM = ".strip-facts { max-inline-size: 120px }"
UNTRANSLATED = ("console.code.title", "Hello {name}", "end.technician.idle.title")


def test_what_would_be_wrong_is_found(open_console: Open) -> None:
    console = open_console().sign_in()
    assert console.page.evaluate(MEASURE) == []
    for rule, finding in SPOILT.items():
        console.page.evaluate(f"(rule) => {SHEET}.insertRule(rule, {SHEET}.cssRules.length)", rule)
        found = console.page.evaluate(MEASURE)
        assert any(finding in wrong for wrong in found), rule
        console.page.evaluate(f"{SHEET}.deleteRule({SHEET}.cssRules.length - 1)")
    console.connect().play(LASTING["late for this browser, with places covered"])
    console.page.evaluate(f"(rule) => {SHEET}.insertRule(rule, {SHEET}.cssRules.length)", NO_ROOM)
    assert any("is dropped from the strip" in wrong for wrong in console.page.evaluate(MEASURE))
    for text in UNTRANSLATED:
        console.page.evaluate("(text) => document.querySelector('h1').replaceChildren(text)", text)
        assert [wrong for wrong in console.page.evaluate(MEASURE) if wrong.endswith(" is shown")]
