"""A page of another origin in a real browser, with everything it could have stolen: it gets and does nothing.

Cross-site requests and cross-site WebSocket hijacking (INV-G3): the browser names the origin, we ask for it.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

import pytest
import sqlalchemy as sa
from aiohttp import web
from playwright.async_api import async_playwright

from relay.audit.store import audit_head
from server.run import listen, port_of
from tests.chromium import CHROMIUM, DRIVEN
from tests.server.conftest import PASSWORD, running_server
from tests.server.ends import new_device, redeem, technician

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.server.conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE: Final = "<!doctype html><title>You have won</title><p>Press anywhere.</p>"

# Each try ends in a word: that it was read, or that the page was kept from it.
SCRIPT: Final = """
async ({ service, token, ticket, login, password }) => {
  const said = {};
  const fetched = async (name, path, init) => {
    try {
      const answer = await fetch(service + path, { credentials: 'omit', ...init });
      said[name] = answer.type === 'opaque' ? 'sent' : `read ${answer.status}`;
    } catch { said[name] = 'kept out'; }
  };
  const socket = (name, path, protocols) => new Promise((done) => {
    const line = new WebSocket(service.replace('http', 'ws') + path, protocols);
    line.onopen = () => { said[name] = 'open'; line.close(); done(); };
    line.onerror = () => { said[name] = 'kept out'; done(); };
  });
  const headers = { Authorization: `Bearer ${token}` };
  const body = JSON.stringify({ login, password });
  const json = { 'Content-Type': 'application/json' };
  await socket('console', '/v1/console', ['alongside.console.1', `ticket.${ticket}`]);
  await socket('device', '/v1/device', ['alongside.device.1']);
  await fetched('about', '/v1/about', {});
  await fetched('health', '/healthz', {});
  await fetched('me', '/v1/me', { headers });
  await fetched('sign in', '/v1/sign-in', { method: 'POST', headers: json, body });
  await fetched('sign in, without asking first', '/v1/sign-in', { method: 'POST', body });
  await fetched('sign in, without reading', '/v1/sign-in', { method: 'POST', mode: 'no-cors', body });
  const sign = JSON.stringify({ key: 'k'.repeat(43), k: 1, n: 1, pic: 0, tag: 't'.repeat(86) });
  const plain = { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: sign };
  await fetched('sign of life', '/v1/alive', plain);
  await fetched('sign of life, without reading', '/v1/alive', { ...plain, mode: 'no-cors' });
  await fetched('sign out', '/v1/sign-out', { method: 'POST', headers });
  return said;
}
"""
# What the console's own page gets, so that nothing above is kept out for another reason.
OWN: Final = {
    "console": "open",
    "device": "open",
    "about": "read 200",
    "health": "read 200",
    "me": "read 200",
    "sign in": "read 200",
    "sign in, without asking first": "read 415",
    "sign in, without reading": "kept out",
    "sign of life": "read 400",
    "sign of life, without reading": "kept out",
    "sign out": "read 204",
}
KEPT_OUT: Final = dict.fromkeys(OWN, "kept out")


@asynccontextmanager
async def web_site() -> AsyncIterator[str]:
    """A web site of its own origin: a page, and one whose frame has no origin at all."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def framing(_request: web.Request) -> web.Response:
        return web.Response(
            text='<iframe sandbox="allow-scripts" src="/"></iframe>', content_type="text/html"
        )

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/framing", framing)])
    [listener] = listen("127.0.0.1", 0)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield f"http://127.0.0.1:{port_of([listener])}"
    finally:
        await runner.cleanup()


async def entries(server: Running) -> int:
    async with server.office.database.read() as conn:
        return int((await conn.execute(sa.select(audit_head.c.size))).scalar_one())


async def test_a_page_of_another_origin_reads_nothing_does_nothing_and_opens_no_socket(
    tmp_path: Path,
) -> None:
    """With a good token, a good ticket and the right password in its hands, from an origin and from none."""
    async with AsyncExitStack() as stack:
        own, evil = [await stack.enter_async_context(web_site()) for _ in range(2)]
        server = await stack.enter_async_context(running_server(tmp_path / "data", console_origins=(own,)))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN)
        stack.push_async_callback(browser.close)
        who = await technician(server)
        device = await new_device(server)
        loot = {
            "service": server.origin,
            "token": who.token,
            "ticket": (await redeem(server, who, await device.greet()))["ticket"],
            "login": "technician",
            "password": PASSWORD,
        }
        listening = asyncio.create_task(device.end.farewell())  # it answers pings only while somebody reads
        await server.service.sessions.settled()
        before = await entries(server)

        page = await browser.new_page()
        await page.goto(evil)
        assert await page.evaluate(SCRIPT, loot) == KEPT_OUT
        await page.goto(f"{evil}/framing")
        [frame] = page.frames[1:]
        assert await frame.evaluate("() => self.origin") == "null"
        assert await frame.evaluate(SCRIPT, loot) == KEPT_OUT
        assert await entries(server) == before, "nothing happened, so nothing is on record"

        # The console's own page, with the same script: the ticket was not used up, nobody was signed out.
        await page.goto(own)
        assert await page.evaluate(SCRIPT, loot) == OWN
        assert (await listening).reason == "technician_lost"  # as the script closed its socket
        assert (await server.call("GET", "/v1/me", token=who.token))[0] == 401
        assert who.token not in server.log.getvalue()
        assert loot["ticket"] not in server.log.getvalue()
