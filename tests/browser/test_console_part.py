"""The part of the console that comes while a person signs in: late, missing, altered (decision 0067)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.browser.conftest import Open
    from tests.browser.console_page import ConsolePage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MISSING = "Part of this page could not be loaded."


def said_missing(console: ConsolePage, because: str) -> None:
    """The page says what to do; the browser's own complaints are all about this part."""
    expect(console.page.get_by_role("alert").filter(has_text=MISSING)).to_contain_text("reload the page")
    assert console.errors
    assert [error for error in console.errors if because not in error] == []
    console.errors.clear()


def try_to_sign_in(console: ConsolePage) -> None:
    console.by("sign-in-login").fill("demo")
    console.by("sign-in-password").fill("a long password")
    console.by("sign-in").click()


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


def test_while_it_is_on_its_way_the_button_is_busy_and_then_the_code_is_there(open_console: Open) -> None:
    held: list[Route] = []
    console = open_console(work=lambda route: held.append(route))  # noqa: PLW0108 - it is written to
    try_to_sign_in(console)
    console.page.wait_for_function("window.fake.calls.some(([name]) => name === 'signIn')")
    expect(console.by("sign-in")).to_have_attribute("aria-disabled", "true")
    expect(console.by("pin-input")).to_have_count(0)
    held[0].continue_()
    expect(console.by("pin-input")).to_be_focused()
    assert len(console.calls("signIn")) == 1
    assert console.calls("signOut") == []


def test_where_it_cannot_be_loaded_the_page_says_so_and_the_next_try_asks_again(open_console: Open) -> None:
    """Nobody stays signed in behind a page that can do nothing for them (INV-B5)."""
    console = open_console(work=lambda route: route.abort())
    expect(console.by("sign-in")).to_be_visible()
    try_to_sign_in(console)
    said_missing(console, "ERR_FAILED")
    assert len(console.calls("signOut")) == 1
    expect(console.by("sign-in-login")).to_have_value("demo")
    expect(console.by("sign-in-password")).to_be_focused()
    console.page.unroute(f"{console.origin}/work.js")
    console.sign_in()
    expect(console.page.get_by_text(MISSING)).to_have_count(0)


def test_a_link_that_works_once_is_not_used_up_for_a_page_that_is_not_whole(open_console: Open) -> None:
    console = open_console(fragment="#sign-in=once", work=lambda route: route.abort())
    said_missing(console, "ERR_FAILED")
    assert console.calls("signInLink") == []


def test_an_altered_one_does_not_run(open_console: Open) -> None:
    """The page names its hash: whatever a cache or a proxy holds (decision 0042)."""
    evil = "globalThis.altered = true; export const SCREENS = {}; export const sessionsBy = () => null;"
    console = open_console(work=lambda route: route.fulfill(body=evil, content_type="text/javascript"))
    try_to_sign_in(console)
    said_missing(console, "integrity")
    assert console.page.evaluate("'altered' in globalThis") is False
