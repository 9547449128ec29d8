"""The shipped console in Chromium, a technician's hand and eyes: the page tells what changes on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from locales import load
from tests.evil_relay.evidence import ConsoleSeen
from tests.evil_relay.relay import record_in
from tests.evil_relay.story import REQUEST
from tests.evil_relay.tape import Side

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

    from tests.evil_relay.sockets import EvilService

PATIENCE_MS: Final = 30_000
# What a browser itself logs of an address that answers no, or of a socket that does not open.
_OF_THE_BROWSER: Final = ("Failed to load resource", "WebSocket connection to")
# Tells what stands on the page whenever that changes: no test has to ask again and again. The words of the
# whole page are read at an end alone: reading them lays the page out.
WATCH: Final = """() => {
  const of = (id) => document.querySelector(`[data-testid="${id}"]`);
  const phase = () => of('session-state')?.dataset.state ?? '';
  const facts = () => JSON.stringify({
    phase: phase(),
    reason: of('end-reason')?.dataset.reason ?? '',
    code: (of('shown-pin')?.textContent ?? '').replaceAll(/[^0-9]/g, ''),
    error: of('pin-error')?.textContent ?? '',
    notice: document.querySelector('.answer .notice')?.textContent ?? '',
    unit: of('enrolment')?.dataset.state ?? '',
    keys: (of('pad-ok')?.getAttribute('aria-disabled') ?? (of('pad-ok') ? 'false' : 'true')) === 'false',
    text: phase() === 'ended' ? document.querySelector('main')?.innerText ?? '' : '',
  });
  let told = '';
  const look = () => {
    const now = facts();
    if (now !== told) window.evilSaw(told = now);
  };
  const attributeFilter = ['data-state', 'data-reason', 'aria-disabled'];
  const what = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(look).observe(document, { ...what, attributeFilter });
}"""


CLICK: Final = "(id) => document.querySelector(`[data-testid=${id}]`)?.click()"


def problem_said(said: str) -> str:
    """The problem whose words these are."""
    words = load("en", "console", "shared")
    lost = words.text("console.problem.code-lost.title")
    return "problem.code-lost" if said.startswith(lost) else "problem.our-fault"


class ChromiumConsole:
    """One tab, used over all runs of its lane."""

    def __init__(
        self, browser: Browser, service: EvilService, now: Callable[[], float], changed: Callable[[], None]
    ) -> None:
        self.browser = browser
        self._service = service
        self._now = now
        self._changed = changed
        self._context: BrowserContext | None = None
        self._shows: dict[str, Any] = {}
        self._has_connected = False
        self._has_left = False
        self._had_keys = False
        self._sent = 0  # keys pressed while they worked
        self.page: Page
        self.seen = ConsoleSeen()

    async def open(self) -> None:
        """Signed in, at the place for the code."""
        if self._context is None:
            look: ViewportSize = {"width": 1280, "height": 800}
            self._context = await self.browser.new_context(locale="en-GB", viewport=look)
            await self._context.expose_function("evilSaw", self._saw)
            await self._context.add_init_script(f"({WATCH})()")
        self.page = await self.another_tab()
        self.page.on("pageerror", lambda error: self._trouble(str(error)))
        self.page.on("console", self._logged)

    async def another_tab(self) -> Page:
        """Of the same browser, signed in."""
        assert self._context is not None
        page = await self._context.new_page()
        await page.goto(f"{self._service.console_origin}/#sign-in=link")
        await page.get_by_test_id("pin-input").wait_for(timeout=PATIENCE_MS)
        return page

    async def close(self) -> None:
        if self._context is not None:
            await self._context.close()

    async def begin(self) -> None:
        """Another run: back to the place for the code, with the buttons a technician has."""
        self.seen = ConsoleSeen()
        self._has_connected = False
        if self._has_left:
            self._has_left = False
            await self.open()
        elif self._shows.get("error") or self._shows.get("notice"):
            # What was said of the code before must not be taken for what is said of the next.
            await self.page.close()
            await self.open()
        else:
            await self._back_to_the_code()
        self._shows = {}
        self._had_keys = False
        self._sent = 0

    async def _back_to_the_code(self) -> None:
        """By the page's own button where it has one; a page that shows a code is opened anew."""
        if await self.page.get_by_test_id("pin-input").count():
            return
        if self._phase() == "ended" and await self.page.get_by_test_id("new-code").count():
            await self.page.get_by_test_id("new-code").click()
            await self.page.get_by_test_id("pin-input").wait_for(timeout=PATIENCE_MS)
        else:
            await self.page.close()
            await self.open()

    # The technician

    async def connect(self, code: str) -> None:
        await self._back_to_the_code()
        await self.page.get_by_test_id("request").fill(REQUEST)
        await self.page.get_by_test_id("pin-input").fill(code)
        self._has_connected = True
        await self.page.get_by_test_id("connect").click()

    async def show_code(self) -> None:
        await self.page.get_by_test_id("request").fill(REQUEST)
        self._has_connected = True
        await self.page.get_by_test_id("show-pin").click()

    @property
    def code(self) -> str:
        return str(self._shows.get("code", ""))

    async def press(self, key: str) -> None:
        self._sent += self.takes_keys
        # A page that ended meanwhile has no such key any more: nothing is pressed then.
        await self._click(f"pad-{key.replace('_', '-')}")

    async def still(self) -> None:
        """Not asked for here: what becomes of the file is the browser's."""
        raise NotImplementedError

    async def hear(self) -> None:
        """Not asked for here: nobody listens."""
        raise NotImplementedError

    async def end(self) -> None:
        self.seen.left_at = self._now()
        await self._click("end-session")

    async def vanish(self) -> None:
        self._has_left = True
        self.seen.ended, self.seen.left_at = "vanished", self._now()
        await self.page.close()

    async def _click(self, testid: str) -> None:
        await self.page.evaluate(CLICK, testid)

    @property
    def is_active(self) -> bool:
        return not self._has_left and self._phase() == "active"

    @property
    def may_press(self) -> bool:
        """From the moment the keys work; a picture has been seen then."""
        return self._had_keys

    @property
    def takes_keys(self) -> bool:
        return bool(self._shows.get("keys"))

    @property
    def is_over(self) -> bool:
        return self.seen.ended != "nothing"

    @property
    def is_answered(self) -> bool:
        """As far as the device has said: one record for each key that worked."""
        tapes = [relay.tape for relay in self._service.relays]
        records = [record_in(said) for tape in tapes for said in tape.texts(Side.DEVICE, "record")]
        acted = [record for record in records if record.get("typ") == "action"]
        return len(acted) >= self._sent

    # The eyes

    def _phase(self) -> str:
        return str(self._shows.get("phase", ""))

    def _saw(self, shown: str) -> None:
        if self._has_left:
            return
        facts: dict[str, Any] = json.loads(shown)
        before, self._shows = self._phase(), facts
        phase = facts["phase"]
        self._had_keys = self._had_keys or bool(facts["keys"])
        if facts["unit"]:
            self.seen.units.add(facts["unit"])
        if phase and phase != before:
            self.seen.phases.append((self._now(), phase))
        if phase == "ended" and facts["reason"] and self._has_connected:
            self.seen.ended = facts["reason"]
            self.seen.words = tuple(line for line in facts["text"].splitlines() if line.strip())[:3]
        elif phase == "idle" and self._has_connected and (said := facts["error"] or facts["notice"]):
            self.seen.ended = "problem.code-not-open" if facts["error"] else problem_said(said)
            self.seen.words = (said,)
        self._changed()

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_OF_THE_BROWSER):
            self._trouble(message.text)

    def _trouble(self, what: str) -> None:
        self.seen.troubles += (what,)
