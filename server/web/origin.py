"""Only our own name, spelled as routes are; and only the pages that each route is for (INV-G1, INV-G3)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import HttpVersion10, hdrs, web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler, Middleware

    from server.web.doors import Doors
    from server.web.routes import Route


def check_origin(table: Mapping[web.AbstractRoute, Route], doors: Doors) -> Middleware:
    """Host, spelling and Origin; the preflights of a console are answered here."""
    own_host = urlsplit(doors.origin).netloc

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_plainly_asked(request):
            raise web.HTTPBadRequest
        if not is_spelled_plainly(request):
            raise web.HTTPNotFound
        if request.path != "/healthz" and request.headers.get(hdrs.HOST, "").lower() != own_host:
            raise web.HTTPBadRequest
        route = table.get(request.match_info.route)
        origin = request.headers.get(hdrs.ORIGIN)
        if route is not None and route.portal:
            _check_own_page(request, route, doors.origin)
        elif origin is not None and origin not in doors.console_origins:
            raise web.HTTPForbidden
        elif origin is not None and request.method == hdrs.METH_OPTIONS:
            return _preflight(request, table)
        return await handler(request)

    return checked


def _check_own_page(request: web.Request, route: Route, own: str) -> None:
    """A page of ours, or no page at all. Browsers name the page with whatever may change something."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin != own:
        raise web.HTTPForbidden
    if route.page and route.changes and origin is None:
        raise web.HTTPForbidden


def is_plainly_asked(request: web.Request) -> bool:
    """Whether the target is a path, in a version that has headers.

    Any other target names a second host (RFC 9112 §3.2.2), and before HTTP/1.0 there is none at all.
    """
    return request.raw_path.startswith("/") and request.version >= HttpVersion10


def is_spelled_plainly(request: web.Request) -> bool:
    """Whether the path stands there as routes are written: a proxy then judges the same one (INV-G1)."""
    path, mark, query = request.raw_path.partition("?")
    return path == request.path and bool(mark) == bool(query) and "#" not in query


def _preflight(request: web.Request, table: Mapping[web.AbstractRoute, Route]) -> web.Response:
    error = request.match_info.http_exception
    if not isinstance(error, web.HTTPMethodNotAllowed) or _is_the_portals(request, table):
        raise web.HTTPNotFound
    return web.Response(
        status=204,
        headers={
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: ", ".join(sorted(error.allowed_methods)),
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Accept-Language, Authorization, Content-Type",
            hdrs.ACCESS_CONTROL_MAX_AGE: "600",
        },
    )


def _is_the_portals(request: web.Request, table: Mapping[web.AbstractRoute, Route]) -> bool:
    """Whether this path is asked from our own pages alone, by whichever method."""
    return any(
        route.portal
        and served.resource is not None
        and served.resource.get_info().get("path") == request.path
        for served, route in table.items()
    )
