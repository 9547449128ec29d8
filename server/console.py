"""The console's own origin: files of `technician_web`, its settings and its texts, and nothing else."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import hdrs, web

from server.direct import DirectWays
from server.logs import ROUTE
from server.problems import Slug, choose_language, problem, slug_of_status
from server.release import MANIFEST, Release, Served, read_release
from server.web.application import strict_transport
from server.web.origin import is_plainly_asked, is_spelled_plainly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp.typedefs import Handler, Middleware


NO_WAYS: Final = DirectWays()
_PAGE: Final = "/"
_VARY: Final = hdrs.ACCEPT_ENCODING
_ENTRY: Final = re.compile(r'<script type="module" src="(?P<path>[^"]+)" integrity="(?P<integrity>[^"]+)">')
_SOME: Final = re.compile(r"q=(?:0\.(?=[0-9]*[1-9])[0-9]{1,3}|1(?:\.0{0,3})?)")  # RFC 9110 §12.4.2


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


@dataclass(frozen=True, slots=True)
class _Packed:
    """A file as it is and, where that is shorter, as gzip; each form under a tag of its own.

    What is packed is the same for everybody: no length can tell of a secret (BREACH).
    """

    plain: Served
    gzipped: bytes | None

    def answer(self, request: web.Request, more: Mapping[str, str]) -> web.Response:
        packed = self.gzipped if _takes_gzip(request) else None
        tag = self.plain.sha256 if packed is None else f"{self.plain.sha256}.gz"
        headers = {hdrs.ETAG: f'"{tag}"', hdrs.CACHE_CONTROL: "no-cache", hdrs.VARY: _VARY, **more}
        if tag in {known.value for known in request.if_none_match or ()}:
            return web.Response(status=304, headers=headers)
        headers[hdrs.CONTENT_TYPE] = self.plain.kind
        if packed is not None:
            headers[hdrs.CONTENT_ENCODING] = "gzip"
        return web.Response(body=self.plain.data if packed is None else packed, headers=headers)


def _packed(file: Served) -> _Packed:
    shorter = gzip.compress(file.data, 9, mtime=0)
    return _Packed(file, shorter if len(shorter) < len(file.data) else None)


def _takes_gzip(request: web.Request) -> bool:
    """Whether it is asked for by name, and not with a weight of nothing."""
    for coding in ",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, ())).split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() == "gzip":
            return not weight or _SOME.fullmatch(weight.strip().lower()) is not None
    return False


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
        self._config = _Packed(Served(msgspec.json.encode(config), "application/json"), None)
        manifest = Served(release.manifest, "text/plain; charset=utf-8")
        self._files = {path: _packed(file) for path, file in {**release.files, MANIFEST: manifest}.items()}
        entry = _ENTRY.search(release.files[_PAGE].data.decode())
        assert entry is not None, "read_release makes no page without one"
        self._first = (
            # Named first, it has the connection that brought the page, which is warm.
            f'<{entry["path"]}>; rel=modulepreload; integrity="{entry["integrity"]}"',
            "</config.json>; rel=preload; as=fetch; crossorigin",
        )

    async def config(self, request: web.Request) -> web.Response:
        return self._config.answer(request, {})

    async def file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.path)
        if file is None or not is_spelled_plainly(request):
            raise web.HTTPNotFound
        return file.answer(request, self._soon(request) if request.path == _PAGE else {})

    def _soon(self, request: web.Request) -> dict[str, str]:
        """The page's script and what it asks for first, so that all of it comes at once."""
        language = choose_language(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))
        texts = f"</locales/{language}.json>; rel=preload; as=fetch; crossorigin"
        return {hdrs.LINK: ", ".join((*self._first, texts)), hdrs.VARY: f"{_VARY}, {hdrs.ACCEPT_LANGUAGE}"}


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
