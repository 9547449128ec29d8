"""The part of the console that comes while a person signs in: late, missing, altered (decision 0067)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Route

    from tests.browser.conftest import Open
    from tests.browser.console_page import ConsolePage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOKS = 1_000
MISSING = "Part of this page could not be loaded."


def said_missing(console: ConsolePage, because: str) -> None:
    """The page says what to do; the browser's own complaints are all about this part."""
    expect(console.page.get_by_role("alert").filter(has_text=MISSING)).to_contain_text("reload the page")
    for _ in range(LOOKS):  # the browser complains beside what the page draws
        if console.errors:
            break
        console.page.evaluate("() => null")
    assert console.errors
    assert [error for error in console.errors if because not in error] == []
    console.errors.clear()


def try_to_sign_in(console: ConsolePage) -> None:
    console.by("sign-in-login").fill("demo")
    console.by("sign-in-password").fill("a long password")
    console.by("sign-in").click()


def holding(held: list[Route]) -> Callable[[Route], None]:
    """The line stands still until a test lets go of what is held."""

    def hold(route: Route) -> None:
        held.append(route)

    return hold


def test_it_is_fetched_before_anybody_signs_in(open_console: Open) -> None:
    asked: list[str] = []

    def pass_on(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_()

    console = open_console(work=pass_on)
    expect(console.by("sign-in")).to_be_visible()
    expect(console.page.locator('link[rel="modulepreload"][href="/work.js"]')).to_have_count(1)
    console.sign_in()
    assert asked == [f"{console.origin}/work.js"]


def test_while_it_is_on_its_way_the_button_is_busy_and_nothing_is_sent(open_console: Open) -> None:
    held: list[Route] = []
    console = open_console(work=holding(held))
    try_to_sign_in(console)
    expect(console.by("sign-in")).to_have_attribute("aria-disabled", "true")
    assert console.calls("signIn") == []
    held[0].continue_()
    expect(console.by("pin-input")).to_be_focused()
    assert len(console.calls("signIn")) == 1


def test_a_page_that_is_drawn_anew_meanwhile_is_as_busy_as_before(open_console: Open) -> None:
    """In another language, and pressed once more: one sign-in comes of it, and one token."""
    held: list[Route] = []
    console = open_console(work=holding(held))
    try_to_sign_in(console)
    console.by("menu").click()
    console.page.get_by_role("button", name="Norsk").click()
    expect(console.page.get_by_role("heading", level=1)).to_have_text("Logg på")
    expect(console.by("sign-in")).to_have_attribute("aria-disabled", "true")
    console.by("sign-in-password").fill("a long password")
    console.by("sign-in-password").press("Enter")
    held[0].continue_()
    expect(console.by("pin-input")).to_be_visible()
    assert len(console.calls("signIn")) == 1


def test_a_link_shows_a_page_that_is_busy_until_it_is_whole(open_console: Open) -> None:
    held: list[Route] = []
    console = open_console(fragment="#sign-in=token", work=holding(held))
    expect(console.by("sign-in")).to_have_attribute("aria-disabled", "true")
    assert console.calls("signInLink") == []
    held[0].continue_()
    expect(console.by("pin-input")).to_be_focused()
    assert console.calls("signInLink") == [["signInLink", "token"]]


@pytest.mark.parametrize("fragment", ["", "#sign-in=token"])
def test_where_it_cannot_be_loaded_the_page_says_so_and_nobody_is_signed_in(
    open_console: Open, fragment: str
) -> None:
    """To sign somebody out again would end their sessions elsewhere. The newest browsers ask again."""
    console = open_console(fragment=fragment, work=lambda route: route.abort())
    if not fragment:
        try_to_sign_in(console)
        expect(console.by("sign-in-login")).to_have_value("demo")
        expect(console.by("sign-in-password")).to_be_focused()
    said_missing(console, "ERR_FAILED")
    assert [call for name in ("signIn", "signInLink", "signOut") for call in console.calls(name)] == []
    console.page.unroute(f"{console.origin}/work.js")
    console.sign_in()
    expect(console.page.get_by_text(MISSING)).to_have_count(0)


def test_what_stands_still_on_its_way_is_said_after_a_minute_and_may_still_come(open_console: Open) -> None:
    held: list[Route] = []
    console = open_console(work=holding(held))
    try_to_sign_in(console)
    expect(console.by("sign-in")).to_have_attribute("aria-disabled", "true")
    console.wait(60_000)
    expect(console.page.get_by_role("alert").filter(has_text=MISSING)).to_be_visible()
    assert console.calls("signIn") == []
    try_to_sign_in(console)
    expect(console.by("sign-in")).to_have_attribute("aria-disabled", "true")
    held[0].continue_()
    expect(console.by("pin-input")).to_be_focused()
    assert len(console.calls("signIn")) == 1


def alter(route: Route) -> None:
    evil = "globalThis.altered = true; export const SCREENS = {}; export const sessionsBy = () => null;"
    route.fulfill(body=evil, content_type="text/javascript")


def test_an_altered_one_does_not_run(open_console: Open) -> None:
    """The page names its hash: whatever a cache or a proxy holds (decision 0042)."""
    console = open_console(work=alter)
    try_to_sign_in(console)
    said_missing(console, "integrity")
    assert console.page.evaluate("'altered' in globalThis") is False


def test_an_altered_one_does_not_run_where_it_comes_after_it_was_given_up(open_console: Open) -> None:
    """Whoever holds it back for a minute gets a second try of the page's, which compares as the first did."""
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            alter(route)
        else:
            held.append(route)

    console = open_console(work=hold_the_first)
    try_to_sign_in(console)
    expect(console.by("sign-in")).to_have_attribute("aria-disabled", "true")
    console.wait(60_000)
    expect(console.page.get_by_role("alert").filter(has_text=MISSING)).to_be_visible()
    try_to_sign_in(console)
    busy = expect(console.by("sign-in"))
    busy.to_have_attribute("aria-disabled", "true")
    alter(held[0])
    busy.not_to_have_attribute("aria-disabled", "true")  # what was said of the first try is gone with it
    said_missing(console, "integrity")
    assert console.page.evaluate("'altered' in globalThis") is False
    assert console.calls("signIn") == []
