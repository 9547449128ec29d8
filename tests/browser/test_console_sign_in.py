"""Signing in, by name or by a demo's link; and the pages shown where signing in cannot be offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.console_page import Look

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_name_and_a_password_lead_to_the_code(open_console: Open) -> None:
    console = open_console()
    expect(console.by("session-state")).to_have_attribute("data-state", "idle")
    console.sign_in()
    assert console.calls("signIn") == [["signIn", "demo", "a long password"]]
    expect(console.by("pin-input")).to_be_focused()


def test_empty_fields_are_named_and_nothing_is_sent(open_console: Open) -> None:
    console = open_console()
    console.by("sign-in").click()
    expect(console.page.get_by_text("Enter your sign-in name.")).to_be_visible()
    expect(console.page.get_by_text("Enter your password.")).to_be_visible()
    expect(console.by("sign-in-login")).to_be_focused()
    assert console.calls("signIn") == []


def test_a_refusal_says_what_to_do_and_not_which_was_wrong(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.refuse = { signIn: { slug: 'sign-in-refused', status: 401 } };")
    console.by("sign-in-login").fill("demo")
    console.by("sign-in-password").fill("wrong")
    console.by("sign-in").click()
    expect(console.page.get_by_role("alert").filter(has_text="The name or the password")).to_be_visible()


def test_after_a_refusal_only_the_password_is_typed_again(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.refuse = { signIn: { slug: 'sign-in-refused', status: 401 } };")
    console.by("sign-in-login").fill("demo")
    console.by("sign-in-password").fill("wrong")
    console.by("sign-in").click()
    expect(console.by("sign-in-password")).to_be_focused()
    expect(console.by("sign-in-password")).to_have_value("")
    expect(console.by("sign-in-login")).to_have_value("demo")
    console.page.evaluate("window.fake.refuse = {}")
    console.sign_in()
    console.by("menu").click()
    console.by("sign-out").click()
    expect(console.by("sign-in-login")).to_have_value("")


def test_a_second_press_while_signing_in_is_ignored(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.hang = new Set(['signIn']);")
    console.by("sign-in-login").fill("demo")
    console.by("sign-in-password").fill("x")
    console.by("sign-in").click()
    expect(console.by("sign-in")).to_have_attribute("aria-disabled", "true")
    console.by("sign-in-password").press("Enter")
    assert len(console.calls("signIn")) == 1


def test_a_sign_in_link_works_and_leaves_the_address_before_it_is_answered(open_console: Open) -> None:
    """INV-C4: the token stays neither in the address nor in the history, even while the service is slow."""
    console = open_console(fragment="#sign-in=abc%2B1", setup="fakeSetup.hang = new Set(['signInLink']);")
    console.page.wait_for_function("window.fake.calls.length > 0")
    assert console.calls("signInLink") == [["signInLink", "abc+1"]]
    assert console.page.url == f"{console.origin}/"
    assert console.page.evaluate("history.length") <= 2


def test_a_sign_in_link_signs_in_at_once(open_console: Open) -> None:
    console = open_console(fragment="#sign-in=token")
    expect(console.by("pin-input")).to_be_focused()


def test_a_sign_in_link_opened_over_the_page_works_too(open_console: Open) -> None:
    console = open_console()
    console.page.evaluate("location.hash = '#sign-in=later'")
    expect(console.by("pin-input")).to_be_visible()
    assert console.page.url == f"{console.origin}/"


@pytest.mark.parametrize("fragment", ["#sign-in=%", "#sign-in=%ff"])
def test_a_link_that_was_cut_short_opens_the_page_and_says_that_it_does_not_work(
    open_console: Open, fragment: str
) -> None:
    console = open_console(
        fragment=fragment, setup="fakeSetup.refuse = { signInLink: { slug: 'sign-in-refused' } };"
    )
    expect(console.page.get_by_role("alert").filter(has_text="does not work any more")).to_be_visible()
    expect(console.by("sign-in-login")).to_be_visible()
    assert console.page.url == f"{console.origin}/"


def test_a_link_that_is_over_says_so(open_console: Open) -> None:
    console = open_console(
        fragment="#sign-in=old", setup="fakeSetup.refuse = { signInLink: { slug: 'sign-in-refused' } };"
    )
    expect(console.page.get_by_role("alert").filter(has_text="does not work any more")).to_be_visible()


def test_an_account_without_a_badge_is_told_so_before_a_code_is_wasted(open_console: Open) -> None:
    console = open_console(setup="fakeSetup.refuse = { obtainBadge: { slug: 'not-allowed' } };")
    console.sign_in()
    expect(console.page.get_by_role("alert").filter(has_text="has no technician")).to_be_visible()
    console.connect()
    expect(console.page.get_by_role("alert").filter(has_text="has no technician")).to_be_visible()
    assert console.calls("connect") == []


def test_signing_out_forgets_what_was_typed(open_console: Open) -> None:
    console = open_console().sign_in()
    console.by("pin-input").fill("4817")
    console.by("menu").click()
    console.by("sign-out").click()
    expect(console.by("sign-in-login")).to_be_visible()
    console.sign_in()
    expect(console.by("pin-input")).to_have_value("")


def test_signing_out_ends_the_session_also_where_the_service_does_not_answer(open_console: Open) -> None:
    """INV-B5: else the page would answer the device's pings, and take its picture, behind the sign-in."""
    console = open_console(setup="fakeSetup.refuse = { signOut: { slug: 'no-connection' } };").sign_in()
    console.connect()
    console.play({"phase": "consent", "step": "deciding"})
    console.by("menu").click()
    console.by("sign-out").click()
    expect(console.by("sign-in-login")).to_be_visible()
    assert console.calls("end") == [["end"]]


def test_an_insecure_address_shows_one_page_that_names_the_fix(open_console: Open) -> None:
    console = open_console(setup="Object.defineProperty(window, 'isSecureContext', { value: false });")
    expect(console.page.get_by_role("heading", level=1)).to_have_text("Open this page at another address")
    expect(console.page.get_by_role("link", name="Open https://localhost/")).to_be_visible()
    assert console.page.get_by_role("textbox").count() == 0
    assert console.violations() == []


@pytest.mark.parametrize("lacking", ["X25519", "Ed25519"])
def test_a_browser_without_the_keys_of_the_protocol_is_told_before_a_code_is_typed(
    open_console: Open, lacking: str
) -> None:
    console = open_console(
        setup="const make = SubtleCrypto.prototype.generateKey;"
        "SubtleCrypto.prototype.generateKey = function (algorithm, ...rest) {"
        f"  if (algorithm.name === '{lacking}') throw new DOMException('no', 'NotSupportedError');"
        "  return make.call(this, algorithm, ...rest); };"
    )
    expect(console.page.get_by_role("heading", level=1)).to_have_text(
        "This browser is too old to seal a session"
    )
    assert console.page.get_by_role("textbox").count() == 0
    assert console.violations() == []


@pytest.mark.parametrize(
    ("address", "fix"),
    [
        ("http://127.0.0.1:8401/x", "http://localhost:8401/"),
        ("http://[::1]:8401/", "http://localhost:8401/"),
        ("http://192.0.2.7:8401/", "https://192.0.2.7/"),
        ("http://help.example/", "https://help.example/"),
    ],
)
def test_the_fix_for_an_address_is_one_that_works(open_console: Open, address: str, fix: str) -> None:
    console = open_console()
    found = console.page.evaluate(
        """async (address) => {
          const { $modules } = await import('/app.js');
          return $modules['/ui/blocked.js'].safeAddress(new URL(address));
        }""",
        address,
    )
    assert found == fix


def test_the_language_follows_the_browser_and_is_kept_when_changed(open_console: Open) -> None:
    console = open_console(Look(language="vi"))
    expect(console.page.get_by_role("heading", level=1)).to_have_text("Đăng nhập")
    expect(console.page.locator("html")).to_have_attribute("lang", "vi")
    console.by("menu").click()
    console.page.get_by_role("button", name="English").click()
    expect(console.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    console.open()
    expect(console.page.locator("html")).to_have_attribute("lang", "en")


def test_a_theme_can_be_set_by_hand_and_is_kept(open_console: Open) -> None:
    console = open_console(Look(theme="light"))
    console.by("menu").click()
    console.page.get_by_role("button", name="Dark").click()
    expect(console.page.locator("html")).to_have_attribute("data-theme", "dark")
    console.open()
    expect(console.page.locator("html")).to_have_attribute("data-theme", "dark")
