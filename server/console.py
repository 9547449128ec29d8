"""The console's own origin: files of `technician_web`, its settings and its texts, and nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import hdrs, web

import locales
from server.logs import ROUTE
from server.problems import Slug, problem, slug_of_status
from server.web import is_plainly_asked, strict_transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.typedefs import Handler, Middleware

FOLDER: Final = Path(__file__).parent.parent / "technician_web"
DOMAINS: Final = ("console", "shared")

# What a page may be made of. Any other kind of file in the folder is not served.
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`service` is the origin the console talks to and binds; `tv` is the demo's TV page."""

    origin: str
    service: str
    demo: bool = False
    tv: str | None = None


@dataclass(frozen=True, slots=True)
class Served:
    data: bytes
    kind: str

    @property
    def etag(self) -> str:
        return hashlib.sha256(self.data).hexdigest()[:32]


def listed(folder: Path) -> dict[str, Path]:
    """URL path to file: the whole of what is served, so that no path is ever joined from a request."""
    files = {
        f"/{path.relative_to(folder).as_posix()}": path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in TYPES and not _is_hidden(path.relative_to(folder))
    }
    if "/index.html" in files:
        files["/"] = files.pop("/index.html")
    return files


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


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


def console_application(settings: ConsoleSettings, folder: Path = FOLDER) -> web.Application:
    pages = _Pages(settings, listed(folder))
    app = web.Application(middlewares=[_guard(urlsplit(settings.origin).netloc)], client_max_size=0)
    app.router.add_route("GET", "/config.json", pages.config)
    app.router.add_route("GET", "/locales/{language}.json", pages.texts)
    app.router.add_route("GET", "/{path:.*}", pages.file)
    app.on_response_prepare.append(_headers(policy(settings.service), strict_transport(settings.origin)))
    return app


class _Pages:
    def __init__(self, settings: ConsoleSettings, files: dict[str, Path]) -> None:
        self._settings = settings
        self._files = files

    async def config(self, request: web.Request) -> web.Response:
        now = self._settings
        data = msgspec.json.encode({"service": now.service, "demo": now.demo, "tv": now.tv})
        return _answer(request, Served(data, "application/json"))

    async def texts(self, request: web.Request) -> web.Response:
        language = request.match_info["language"]
        if language not in locales.languages():
            raise web.HTTPNotFound
        data = msgspec.json.encode(locales.as_json(language, *DOMAINS))
        return _answer(request, Served(data, "application/json"))

    async def file(self, request: web.Request) -> web.Response:
        path = self._files.get(request.path)
        # The undecoded path must be the same text: no second spelling reaches a file (INV-G1).
        if path is None or request.rel_url.raw_path != request.path:
            raise web.HTTPNotFound
        return _answer(request, Served(path.read_bytes(), TYPES[path.suffix]))


def _answer(request: web.Request, served: Served) -> web.Response:
    headers = {hdrs.ETAG: f'"{served.etag}"', hdrs.CACHE_CONTROL: "no-cache"}
    known = {tag.value for tag in request.if_none_match or ()}
    if served.etag in known:
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
