"""The set and its remote as a page in the browser, on loopback, for whoever plays the customer.

Whoever opens this page holds the remote. So no other site may press keys: Host and Origin are checked
(INV-G3), and the page takes nothing but the names of keys.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

import technician_web
from device_agent.devices.simulated_tv.page_line import Line
from device_agent.devices.simulated_tv.settings import LANGUAGES
from locales import as_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from device_agent.devices.simulated_tv.page_line import Customer, Television

HOST: Final = "127.0.0.1"
MESSAGE_BYTES: Final = 256
_OURS: Final = Path(__file__).parent / "web"
_SHARED: Final = Path(technician_web.__file__).parent
_FILES: Final = {
    "/": (_OURS / "index.html", "text/html"),
    "/tv.js": (_OURS / "tv.js", "text/javascript"),
    "/remote.js": (_OURS / "remote.js", "text/javascript"),
    "/line.js": (_OURS / "line.js", "text/javascript"),
    "/tv.css": (_OURS / "tv.css", "text/css"),
    "/remote.css": (_OURS / "remote.css", "text/css"),
    "/tokens.css": (_SHARED / "tokens.css", "text/css"),
    "/mark.svg": (_SHARED / "mark.svg", "image/svg+xml"),
}
_TEXTS: Final = ("page.", "key.", "tv.volume")


class TvPage:
    """Serves the page and its line; `port` 0 takes a free one."""

    def __init__(self, agent: Customer, tv: Television, *, port: int, console_url: str | None) -> None:
        self._agent = agent
        self._tv = tv
        self._port = port
        self._console_url = console_url or ""
        self._open: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen; returns the address to open."""
        app = web.Application(middlewares=[self._guard], client_max_size=MESSAGE_BYTES)
        for path in _FILES:
            app.router.add_get(path, _file)
        app.router.add_get("/texts/{language}.json", _texts)
        app.router.add_get("/line", self._line)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        self._port = self._runner.addresses[0][1]
        return f"http://localhost:{self._port}"

    async def close(self) -> None:
        """Close every line and stop listening."""
        for socket in tuple(self._open):
            await socket.close(code=1001)
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Answer only under our own names: a foreign name that points at loopback leads nowhere."""
        if request.host not in {f"localhost:{self._port}", f"{HOST}:{self._port}"}:
            return web.Response(status=421, text="Misdirected request")
        if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
            return web.Response(status=403, text="Other sites may not use this page")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_security(request.host))
        return response

    async def _line(self, request: web.Request) -> web.StreamResponse:
        if "Origin" not in request.headers:  # every browser sends it here; nothing else needs this line
            return web.Response(status=403, text="Open the page in a browser")
        socket = web.WebSocketResponse(max_msg_size=MESSAGE_BYTES, heartbeat=10, compress=False)
        await socket.prepare(request)
        self._open.add(socket)
        try:
            await Line(socket, self._agent, self._tv, self._console_url).run()
        finally:
            self._open.discard(socket)
            await socket.close()
        return socket


async def _file(request: web.Request) -> web.Response:
    path, kind = _FILES[request.path]
    return web.Response(body=await asyncio.to_thread(path.read_bytes), content_type=kind, charset="utf-8")


async def _texts(request: web.Request) -> web.Response:
    language = request.match_info["language"]
    if language not in LANGUAGES:
        raise web.HTTPNotFound
    every = as_json(language, "device", "shared")
    ours = {key: text for key, text in every.items() if key.startswith(_TEXTS)}
    return web.json_response(ours, dumps=partial(json.dumps, ensure_ascii=False))


def _security(host: str) -> dict[str, str]:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' ws://{host}; require-trusted-types-for 'script'; trusted-types 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
