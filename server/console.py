"""The console's own origin: files of `technician_web`, its settings and its texts, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import hdrs, web

from server.direct import DirectWays
from server.logs import ROUTE
from server.problems import Slug, problem, slug_of_status
from server.release import MANIFEST, Release, Served, read_release
from server.web import is_plainly_asked, is_spelled_plainly, strict_transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.typedefs import Handler, Middleware


NO_WAYS: Final = DirectWays()


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`service` is the origin the console talks to and binds; `root` the key it believes about devices.

    `tv` is the demo's TV page.
    """

    origin: str
    service: str
    demo: bool = False
    tv: str | None = None
    root: str | None = None
    ways: DirectWays = NO_WAYS


def policy(service: str) -> str:
    """No inline script, no foreign script, and nobody to talk to but our service (INV-G5)."""
    socket = f"ws{service.removeprefix('http')}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob:",
            f"connect-src 'self' {service} {socket}",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def console_application(settings: ConsoleSettings, release: Release | None = None) -> web.Application:
    """Serves the release, the shipped one where none is given."""
    pages = _Pages(settings, release or read_release())
    app = web.Application(middlewares=[_guard(urlsplit(settings.origin).netloc)], client_max_size=0)
    app.router.add_route("GET", "/config.json", pages.config)
    app.router.add_route("GET", "/{path:.*}", pages.file)
    app.on_response_prepare.append(_headers(policy(settings.service), strict_transport(settings.origin)))
    return app


class _Pages:
    def __init__(self, settings: ConsoleSettings, release: Release) -> None:
        config = {
            "service": settings.service,
            "demo": settings.demo,
            "tv": settings.tv,
            "root": settings.root,
            "release": release.name,
            "direct": settings.ways.direct.value,
            "stun": settings.ways.stun,
            "turn": settings.ways.turn,
        }
        self._config = Served(msgspec.json.encode(config), "application/json")
        self._files = {**release.files, MANIFEST: Served(release.manifest, "text/plain; charset=utf-8")}

    async def config(self, request: web.Request) -> web.Response:
        return _answer(request, self._config)

    async def file(self, request: web.Request) -> web.Response:
        served = self._files.get(request.path)
        if served is None or not is_spelled_plainly(request):
            raise web.HTTPNotFound
        return _answer(request, served)


def _answer(request: web.Request, served: Served) -> web.Response:
    headers = {hdrs.ETAG: f'"{served.sha256}"', hdrs.CACHE_CONTROL: "no-cache"}
    known = {tag.value for tag in request.if_none_match or ()}
    if served.sha256 in known:
        return web.Response(status=304, headers=headers)
    return web.Response(body=served.data, headers=headers | {hdrs.CONTENT_TYPE: served.kind})


def _guard(own_host: str) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        language = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
        request[ROUTE] = "console"
        if not is_plainly_asked(request) or request.headers.get(hdrs.HOST, "").lower() != own_host:
            return problem(Slug.BAD_REQUEST, accept_language=language)
        try:
            return await handler(request)
        except web.HTTPMethodNotAllowed as error:
            return problem(Slug.METHOD_NOT_ALLOWED, accept_language=language, allow=error.allowed_methods)
        except web.HTTPException as error:
            return problem(slug_of_status(error.status), accept_language=language)

    return guard


def _headers(
    csp: str, transport: dict[str, str]
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    fixed = transport | {
        "Content-Security-Policy": csp,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=()",
    }

    async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(fixed)
        response.headers.pop(hdrs.SERVER, None)

    return add_headers
