"""The portal in a real browser, under its policy: nothing cut, axe clean, by keyboard, without script."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

import locales
from tests.chromium import CHROMIUM, DRIVEN
from tests.portal import samples
from tests.portal.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT: Final = Path(__file__).parents[2]
MEASURE: Final = (ROOT / "tests/browser/measure.js").read_text(encoding="utf-8")
AXE: Final = (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
RUN_AXE: Final = """async () => {
  const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
  const said = (id, node) => `${id}: ${node.target} ${node.failureSummary}`;
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => said(id, node)));
}"""
# What has no room is not cut: it stands a letter to a line, and no box is left.
CRUMBLES: Final = """() => Array.from(document.querySelectorAll('main :is(h1, h2, h3, p, li, label, a, dd)'))
  .filter((it) => it.checkVisibility())
  .flatMap((it) => Array.from(it.childNodes))
  .filter((child) => child instanceof Text && child.data.trim().length > 8)
  .filter((text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    const lines = new Set(Array.from(range.getClientRects(), ({ top }) => Math.round(top))).size;
    return lines > 3 && text.data.trim().length / lines < 7;
  }).map((text) => `${text.data.trim().slice(0, 40)} crumbles`)"""
WIDEST_FONT: Final = """document.documentElement.style.setProperty('--font-sans', '"DejaVu Sans"')"""
PROVING: Final = bool(os.environ.get("ALONGSIDE_PROVE"))
WIDTHS: Final = (320, 390, 640, 896, 1024, 1280) if PROVING else (320, 1280)
NAMES: Final = [name for name, _ in samples.pages("en")]
FIRST: Final = list({type(page): name for name, page in reversed(list(samples.pages("en")))}.values())
# Beside one state of every page those that hold the most; all of all in the long run.
FULL: Final = [
    "sign up, wrong",
    "account, wrong",
    "my page",
    "products, many",
    "product, every change",
    "product, upgrade offered",
    "product, unverified",
    "product, foreign",
    "receipt, wrong",
    "transfer, offered now",
    "accept, decide",
    "number, short",
    "number, characters",
    "scan, wrong",
    "model, whole",
    "purchase, wrong",
    "done, with notes",
    "refused, accessory",
    "warranty, standard",
    "warranty, brand",
    "tv decide",
]
LOOKED_AT: Final = NAMES if PROVING else [*FIRST, *FULL]
FRAMES: Final = ["cookies not chosen", "market VN", "market XX"]
_SUBTYPE: Final = {"code": "tv-4k", "name": "4K"}
LANGUAGES = pytest.mark.parametrize("language", samples.LANGUAGES)
# Contrast is also held by the floors of the tokens, so that one theme is enough for most.
AXE_PAGES: Final = {
    "light": NAMES if PROVING else [*FIRST, *FULL],
    "dark": NAMES
    if PROVING
    else ["products, many", "product", "number, short", "purchase, wrong", "sign in"],
}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    fake_camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*DRIVEN, *fake_camera])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium)


def opened(chromium: Browser, **settings: Any) -> Iterator[Page]:
    """A page of a fresh profile; nothing may go wrong in it unseen, nor break the policy."""
    context = chromium.new_context(reduced_motion="reduce", **settings)
    fresh = context.new_page()
    errors: list[str] = []
    fresh.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    fresh.on("pageerror", lambda error: errors.append(str(error)))
    yield fresh
    wrong = [error for error in errors if "status of 4" not in error]
    fresh.goto("about:blank")  # Chromium never ends a profile that is closed while a page of it arrives
    context.close()
    assert wrong == []


@contextmanager
def leaving(page: Page, address: str) -> Iterator[Any]:
    """A form that is sent: its request, and the page that answers it is here before the test goes on."""
    with page.expect_event("load"), page.expect_request(address) as sent:
        yield sent


@LANGUAGES
def test_nothing_is_cut_covered_or_wider_than_the_window(page: Page, origin: str, language: str) -> None:
    """LOOK 2.2 and 9: 320 px, which is 400 % too, up to the desk, in the widest likely font."""
    found = {}
    for name in [*LOOKED_AT, *FRAMES]:
        page.goto(f"{origin}/{language}/in/{name}")
        page.evaluate(WIDEST_FONT)
        page.evaluate("for (const it of document.querySelectorAll('main details')) it.open = true")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if wrong := [*page.evaluate(MEASURE), *page.evaluate(CRUMBLES)]:
                found[f"{name}, {width}"] = wrong
    assert found == {}


def test_twice_the_size_of_text_still_fits(page: Page, origin: str) -> None:
    """200 % of text alone, on a window of 1280."""
    page.set_viewport_size({"width": 1280, "height": 900})
    found = {}
    for name in ("product", "products", "number, short", "account", "my page", "warranty, upgraded"):
        page.goto(f"{origin}/cs/in/{name}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        if wrong := page.evaluate(MEASURE):
            found[name] = wrong
    assert found == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Browser, origin: str, theme: str) -> None:
    """LOOK 7: WCAG 2.2 AA, contrast in both themes included."""
    found = {}
    for page in opened(chromium, color_scheme=theme, bypass_csp=True):
        for name in [*AXE_PAGES[theme], *FRAMES]:
            page.goto(f"{origin}/en/in/{name}")
            page.evaluate("for (const it of document.querySelectorAll('main details')) it.open = true")
            page.evaluate(AXE)
            if wrong := page.evaluate(RUN_AXE):
                found[name] = wrong
    assert found == {}


@pytest.mark.parametrize("name", ["products", "product", "number, short", "sign up", "account", "tv decide"])
def test_the_keyboard_reaches_every_control_in_the_order_of_reading(
    page: Page, origin: str, name: str
) -> None:
    """LOOK 7: the skip link first, no trap, a ring that is seen."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{origin}/en/in/{name}")
    page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges()")
    page.evaluate("document.querySelector('.skip').focus()")
    wanted: list[str] = page.evaluate(REACHED_BY_TAB)
    seen = ["skip"]
    for _ in wanted[1:]:
        page.keyboard.press("Tab")
        focus: dict[str, str] = page.evaluate(FOCUS)
        assert focus["ring"] != "none", focus
        seen.append(focus["testid"])
    assert seen == wanted


REACHED_BY_TAB: Final = """() => {
  const all = Array.from(document.querySelectorAll('a[href], button, input, select, summary'));
  const shown = all.filter((it) => it.checkVisibility() && !it.disabled && it.type !== 'hidden');
  const kinds = new Set();
  const once = shown.filter((it) => it.type !== 'radio' || (!kinds.has(it.name) && kinds.add(it.name)));
  // A date is a control of several parts, and stays in itself for as many presses.
  return once.flatMap((it) => Array(it.type === 'date' ? 4 : 1).fill(it.dataset.testid ?? it.hash));
}"""
FOCUS: Final = """() => {
  const it = document.activeElement;
  const ringed = it.closest('.choice') ?? it;
  return { testid: it.dataset.testid ?? it.hash, ring: getComputedStyle(ringed).outlineStyle };
}"""


def test_errors_are_read_first_and_lead_to_their_field(page: Page, origin: str) -> None:
    """LOOK 4: on submit the summary gets the focus."""
    page.goto(f"{origin}/en/in/sign up, wrong")
    expect(page.get_by_test_id("error-summary")).to_be_focused()
    page.get_by_test_id("error-summary").get_by_role("link").last.click()
    expect(page.get_by_test_id("field-password")).to_be_focused()


def test_on_a_phone_the_menu_and_the_language_open_without_script(chromium: Browser, origin: str) -> None:
    viewport = {"width": 390, "height": 844}
    for page in opened(chromium, java_script_enabled=False, viewport=viewport):
        page.goto(f"{origin}/en/in/products")
        expect(page.get_by_test_id("menu-products")).to_be_hidden()
        page.get_by_test_id("menu").click()
        expect(page.get_by_test_id("menu-products")).to_be_visible()
        page.get_by_test_id("language").click()
        expect(page.get_by_test_id("language-lv")).to_be_visible()


def test_without_script_each_choice_of_a_model_is_a_round_with_a_button(
    chromium: Browser, origin: str
) -> None:
    for page in opened(chromium, java_script_enabled=False):
        page.goto(f"{origin}/en/in/model, type")
        expect(page.get_by_test_id("narrow")).to_be_visible()
        expect(page.get_by_test_id("field-category")).to_be_disabled()
        with leaving(page, "**/register/*") as sent:
            page.get_by_test_id("field-subtype").select_option("tv-8k")
            page.get_by_test_id("narrow").click()
        assert "answer=narrow" in (sent.value.post_data or "")
        assert "subtype=tv-8k" in (sent.value.post_data or "")


def test_with_script_each_choice_of_a_model_fills_the_next_list(page: Page, origin: str) -> None:
    def answer(kind: str, key: str, code: str) -> None:
        listed = {key: [{"code": code, "name": f"<b>{code}</b>"}]}
        page.route(f"**/api/v1/catalogue/{kind}?*", lambda route: route.fulfill(json=listed))

    answer("subtypes", "groups", "tv-4k")
    answer("categories", "groups", "tv-4k-led")
    answer("models", "models", "VQ55")
    page.goto(f"{origin}/en/in/model")
    expect(page.get_by_test_id("narrow")).to_be_hidden()
    expect(page.get_by_test_id("continue")).to_be_hidden()
    for name, code in (("type", "tv"), ("subtype", "tv-4k"), ("category", "tv-4k-led"), ("model", "VQ55")):
        page.get_by_test_id(f"field-{name}").select_option(code)
    expect(page.get_by_test_id("field-model").locator("option").last).to_have_text("<b>VQ55</b>")
    expect(page.get_by_test_id("continue")).to_be_visible()
    page.get_by_test_id("field-type").select_option("phone")
    expect(page.get_by_test_id("field-model")).to_be_disabled()
    expect(page.get_by_test_id("continue")).to_be_hidden()


def chosen_early(page: Page, origin: str, *, sabotage: str = "") -> None:
    """A type is chosen before the lists' script is here; then it is, and has run."""
    page.route("**/subtypes?type=tv", lambda route: route.fulfill(json={"groups": [_SUBTYPE]}))
    script = (ROOT / "customer_web/static/scripts/cascade.js").read_text(encoding="utf-8")
    assert sabotage in script
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/cascade.js", hold)
    with page.expect_request("**/cascade.js"):
        page.goto(f"{origin}/en/in/model", wait_until="commit")
    page.get_by_test_id("field-type").select_option("tv")
    expect(page.get_by_test_id("field-subtype")).to_be_disabled()
    for route in held:
        body = script.replace(sabotage, "") if sabotage else script
        route.fulfill(body=body, content_type="text/javascript")
    expect(page.get_by_test_id("narrow")).to_be_hidden()
    page.wait_for_load_state("networkidle")


def test_what_is_chosen_before_the_script_is_here_fills_the_next_list_too(page: Page, origin: str) -> None:
    chosen_early(page, origin)
    page.get_by_test_id("field-subtype").select_option(_SUBTYPE["code"])


def test_a_script_that_only_listens_would_leave_what_was_chosen_before_it(page: Page, origin: str) -> None:
    """The sabotage of the test above: it would notice."""
    chosen_early(page, origin, sabotage="if (early) follow(form, early);")
    expect(page.get_by_test_id("field-subtype")).to_be_disabled()


def test_where_the_lists_cannot_be_asked_for_the_button_is_back(page: Page, origin: str) -> None:
    page.route("**/api/v1/catalogue/**", lambda route: route.fulfill(status=404, json={}))
    page.goto(f"{origin}/en/in/model")
    page.get_by_test_id("field-type").select_option("tv")
    expect(page.get_by_test_id("narrow")).to_be_visible()


def test_the_camera_never_takes_a_pairing_code_for_a_registration(page: Page, origin: str) -> None:
    """R36: what is seen is judged by the server; only a number goes on to the form."""
    answers = ["pairing-code-only", ""]

    def judge(route: Any) -> None:
        assert route.request.headers["x-csrf-token"] == samples.CSRF
        assert (route.request.post_data_buffer or b"")[:2] == b"\xff\xd8", "a JPEG"
        slug = answers.pop(0) if answers else ""
        if slug:
            route.fulfill(status=422, json={"type": f"https://hallmere.example/problems/{slug}"})
        else:
            route.fulfill(json={"number": samples.SERIAL, "gtin": "", "model": None})

    page.route("**/api/v1/decode", judge)
    page.goto(f"{origin}/en/in/scan")
    said = page.locator("[data-scan-state='pairing-code-only']")
    expect(said).to_be_hidden()
    with leaving(page, "**/register") as sent:
        page.get_by_test_id("scan-start").click()
        expect(said).to_be_visible()
    assert f"identifier={samples.SERIAL}" in (sent.value.post_data or "")
    assert samples.SERIAL not in sent.value.url


def test_a_refused_camera_says_what_else_to_do(page: Page, origin: str) -> None:
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    page.goto(f"{origin}/en/in/scan")
    page.get_by_test_id("scan-start").click()
    expect(page.locator("[data-scan-state='refused']")).to_be_visible()
    expect(page.get_by_test_id("field-photo")).to_be_visible()


def test_a_passkey_is_told_to_the_server_and_nothing_else(page: Page, origin: str) -> None:
    """The server refuses fields that it does not look at (WebAuthn §5.1)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    creation = {
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "rp": {"id": "localhost", "name": "Hallmere"},
        "user": {"id": "AQID", "name": "anna", "displayName": "Anna"},
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "authenticatorSelection": {"residentKey": "required"},
    }

    def begin(route: Route) -> None:
        if route.request.post_data_json == {"password": "right"}:
            route.fulfill(json={"publicKey": creation})
        else:
            route.fulfill(status=403, json={"title": "not right"})

    page.route("**/api/v1/me/passkeys/options", begin)
    page.route("**/api/v1/me/passkeys", lambda route: route.fulfill(status=201, json={}))
    page.goto(f"{origin}/en/in/account")
    failed = page.locator("[data-passkey-failed]")
    page.get_by_test_id("passkey-add").click()
    expect(failed).to_have_text(locales.load("en", "portal").text("portal.fault.password-required"))
    page.get_by_test_id("field-passkey-password").fill("wrong")
    with page.expect_request(re.compile("/me/passkeys/options$")) as asked:
        page.keyboard.press("Enter")
    assert asked.value.post_data_json == {"password": "wrong"}
    assert asked.value.headers["accept-language"] == "en"
    expect(failed).to_have_text("not right")
    page.get_by_test_id("field-passkey-password").fill("right")
    with page.expect_request(re.compile("/me/passkeys$")) as sent:
        page.get_by_test_id("passkey-add").click()
    told: dict[str, Any] = sent.value.post_data_json or {}
    assert set(told) == {"name", "credential"}
    assert set(told["credential"]) == {"id", "rawId", "type", "response"}
    assert set(told["credential"]["response"]) == {"clientDataJSON", "attestationObject"}
    assert sent.value.headers["x-csrf-token"] == samples.CSRF


def test_a_passkey_that_was_not_used_leaves_the_password(page: Page, origin: str) -> None:
    page.route("**/api/v1/customers/passkeys/**", lambda route: route.fulfill(status=429, json={}))
    page.goto(f"{origin}/en/out/sign in")
    page.get_by_test_id("passkey-sign-in").click()
    expect(page.locator("[data-passkey-failed]")).to_be_visible()
    expect(page.get_by_test_id("field-password")).to_be_editable()


def test_the_signs_are_drawn_and_the_two_answers_to_cookies_weigh_the_same(page: Page, origin: str) -> None:
    """R79: no answer is larger, bolder or more coloured than the other."""
    page.goto(f"{origin}/en/in/cookies not chosen")
    looks = [page.get_by_test_id(f"cookies-{it}").evaluate(LOOK) for it in ("accept", "reject")]
    assert looks[0] == looks[1]
    page.goto(f"{origin}/en/in/product")
    assert page.locator("main svg.icon").first.evaluate("(it) => it.getBBox().width") > 0


LOOK: Final = """(it) => {
  const { fontWeight, fontSize, color, backgroundColor, borderColor } = getComputedStyle(it);
  return [it.clientHeight, it.classList.value, fontWeight, fontSize, color, backgroundColor, borderColor];
}"""


SPOILT: Final = {
    ".card { inline-size: 3000px !important }": "wide, the window",
    ".button { block-size: 8px !important; min-block-size: 0 !important; padding: 0 !important }": "leaves",
    ".hint { margin-block-start: -30px !important }": "lies over",
    ".told p { inline-size: 0.5rem }": "crumbles",
}


def test_what_would_be_cut_is_found(page: Page, origin: str) -> None:
    sheet = "document.styleSheets[document.styleSheets.length - 1]"
    page.goto(f"{origin}/en/in/products")
    for rule, finding in SPOILT.items():
        page.evaluate(f"(rule) => {sheet}.insertRule(rule, {sheet}.cssRules.length)", rule)
        wrong = [*page.evaluate(MEASURE), *page.evaluate(CRUMBLES)]
        assert any(finding in one for one in wrong), rule
        page.evaluate(f"{sheet}.deleteRule({sheet}.cssRules.length - 1)")
