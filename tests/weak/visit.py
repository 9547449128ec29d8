"""A technician's page in a Chromium of its own, over a line that can fail, and the set it helps.

All is shipped but the set's screen. Server, console and set live in the test's process, which can ask
the set what it did, and the log what it holds.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from device_agent.clock import SystemClock
from device_agent.panel_view import TvState
from relay.audit.listing import facts_of_session
from server.app import Office, Service
from server.console import ConsoleSettings, console_application
from server.run import listen, port_of, running, started
from tests.e2e.server_process import Site
from tests.e2e.twins import Tv, television
from tests.server.conftest import PASSWORD, add_accounts, open_test_office
from tests.weak.chromium import Browser, Tab, chromium
from tests.weak.link import Link, link_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from wire.reasons import EndReason

PICTURES_PER_S = 4
GRACE_S = 1
# Timers wake once a minute when the page has been hidden for so long, if it was never painted.
THROTTLE = f"--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/{GRACE_S}"

# Pushes what shows at every change of it and at every picture, with the beats of a timer of its own.
WATCH = """
(() => {
  const seen = { frames: 0, beats: 0, first: null };
  window.alongsideSeen = seen;
  setInterval(() => { seen.beats += 1; }, 250);
  const by = (id) => document.querySelector(`[data-testid="${id}"]`);
  let last = '';
  const look = () => {
    const age = by('frame-age');
    const now = {
      state: by('session-state')?.getAttribute('data-state') ?? '',
      reason: by('end-reason')?.getAttribute('data-reason') ?? '',
      shown: by('shown-pin')?.textContent ?? '',
      fresh: age?.getAttribute('data-state') ?? '', age: Number(age?.getAttribute('data-age-ms') ?? -1),
      hidden: document.visibilityState === 'hidden', frames: seen.frames, beats: seen.beats,
    };
    const text = JSON.stringify(now);
    if (text !== last) window.alongsideTold(JSON.stringify({ ...now, at: Date.now() }));
    last = text;
  };
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...parts) {
    seen.frames += 1;
    draw.apply(this, parts);
    look();
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
  document.addEventListener('visibilitychange', look);
  // The first frame that is painted after none was for a while.
  let painted = performance.now();
  const frame = (now) => {
    if (now - painted > 1000) {
      const canvas = by('live-view');
      const opacity = () => canvas && Number(getComputedStyle(canvas).opacity);
      const before = opacity(); // whatever the page itself does for this frame
      const painting = new MessageChannel();
      painting.port1.onmessage = () => {
        seen.first = { state: by('session-state').dataset.state, before, opacity: opacity() };
      };
      painting.port2.postMessage('');
    }
    painted = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})();
"""
# A page that was never painted counts as still loading: only then may the throttling begin so soon.
UNPAINTED = """
(() => {
  const style = new CSSStyleSheet();
  style.replaceSync('html { visibility: hidden !important }');
  document.adoptedStyleSheets = [style];
  window.alongsidePaint = () => { document.adoptedStyleSheets = []; };
})();
"""

Told = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Visit:
    """Everybody who takes part."""

    office: Office
    tv: Tv
    link: Link
    browser: Browser
    tab: Tab

    async def connect(self) -> None:
        """Sign in, type the code, wait for the customer's yes and for a live picture."""
        tab = self.tab
        await tab.until(lambda _: True)
        await tab.js(f"({SIGN_IN})('technician', {PASSWORD!r})")
        code = await self.tv.code()
        await tab.js(f"({CONNECT})({code!r})")
        await self.tv.agree()
        await tab.until(lambda told: told[-1]["state"] == "active" and told[-1]["fresh"] == "live")

    async def press(self, key: str) -> None:
        await self.tab.js(f"""document.querySelector('[data-testid="pad-{key}"]').click()""")

    async def done(self, keys: list[str]) -> None:
        """Until the set has done these keys, and no others."""
        async with asyncio.timeout(5):
            while self.tv.executed != keys:
                assert self.tv.executed == keys[: len(self.tv.executed)]
                await asyncio.to_thread(lambda: None)

    async def hide(self) -> None:
        """Another tab in front of it, as when a technician looks something up."""
        other = await self.browser.open("data:text/html,<title>Manual</title>elsewhere")
        await self.browser.bring_to_front(other)
        await self.tab.until(lambda told: told[-1]["hidden"])

    async def show(self) -> None:
        await self.browser.bring_to_front(self.tab)
        await self.tab.until(lambda told: not told[-1]["hidden"])

    async def opacity(self) -> float:
        """How bright the picture shows."""
        canvas = """getComputedStyle(document.querySelector('[data-testid="live-view"]'))"""
        return float(await self.tab.js(f"Number({canvas}.opacity)"))

    async def first_frame(self) -> dict[str, Any]:
        """What was first painted after a pause; `before`: how bright, had no code of the page run."""
        first: dict[str, Any] = await self.tab.js(f"({_FIRST_FRAME})()")
        return first

    async def ended(self, *, within: float = 30.0) -> str:
        """The reason that the page shows."""
        told = await self.tab.until(lambda told: told[-1]["reason"] != "", within=within)
        assert told["state"] == "ended"
        return str(told["reason"])

    async def told_on_the_tv(self) -> EndReason | None:
        return (await self.tv.over()).reason

    async def recorded(self) -> dict[str, Any]:
        """What the log holds of the only session, once it holds its end."""
        async with asyncio.timeout(10):
            while True:
                [line] = await self.office.audit.sessions(2)
                facts = facts_of_session(line.sess, await self.office.audit.session_leaves(line.sess))
                if facts["reason"]:
                    return facts

    @property
    def is_live_on_the_tv(self) -> bool:
        return self.tv.agent.state is TvState.ACTIVE


@asynccontextmanager
async def visiting(
    folder: Path, *, painted: bool = True, arguments: Sequence[str] = ()
) -> AsyncIterator[Visit]:
    """The page is open at its place to sign in; on the set nobody has pressed anything yet."""
    service_at, console_at = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    site = Site(folder / "data", port_of(service_at))
    console = f"http://localhost:{port_of(console_at)}"
    settings = replace(site.settings, console_origins=(console,))
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        office = await enter(open_test_office(settings))
        await add_accounts(office)
        await enter(started(Service(office), service_at))
        await enter(running(console_application(ConsoleSettings(console, site.origin)), console_at))
        link = await enter(link_to(site.port))
        led = f"--host-resolver-rules=MAP localhost:{site.port} 127.0.0.1:{link.port}"
        browser, tv = await asyncio.gather(
            enter(chromium(folder / "profile", (led, *arguments))), enter(television(site, folder / "device"))
        )
        tab = await browser.open(console, WATCH + ("" if painted else UNPAINTED))
        painting = asyncio.create_task(_paint(tv))
        try:
            yield Visit(office, tv, link, browser, tab)
        finally:
            painting.cancel()


async def _paint(tv: Tv) -> None:
    """The set's picture moves."""
    clock, light = SystemClock(), 0
    while True:
        await clock.sleep(1 / PICTURES_PER_S)  # the film itself: a picture each
        light = (light + 40) % 256
        tv.device.paint(np.full((48, 64, 4), light, np.uint8), at=clock.now_ms())


SIGN_IN = """
async (login, password) => {
  const by = (id) => document.querySelector(`[data-testid="${id}"]`);
  const until = async (id) => {
    while (!by(id)) await new Promise((go) => setTimeout(go, 20));
    return by(id);
  };
  (await until('sign-in-login')).value = login;
  by('sign-in-password').value = password;
  by('sign-in').click();
  await until('pin-input');
}
"""
_FIRST_FRAME = """
async () => {
  while (!window.alongsideSeen.first) await new Promise(requestAnimationFrame);
  return window.alongsideSeen.first;
}
"""
CONNECT = """
(code) => {
  const by = (id) => document.querySelector(`[data-testid="${id}"]`);
  by('pin-input').value = code;
  by('pin-input').dispatchEvent(new Event('input', { bubbles: true }));
  by('connect').click();
}
"""
