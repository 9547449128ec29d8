"""Between socket and handlers: limits, Host and Origin, sign-in, bodies, errors, headers. Deny by default."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import HttpVersion10, hdrs, web

from identity.ports import Refusal as IdentityRefusal
from identity.request_keys import ACCOUNT, BODY, SOURCE, TOKEN
from relay.ports import Refusal as RelayRefusal
from server.logs import REFERENCE, ROUTE, log, where
from server.problems import Slug, problem, slug_of_status
from server.routes import Access, Route
from server.storage.engine import StorageAway
from wire.canonical import nests_too_deep
from wire.limits import HTTP_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from aiohttp.typedefs import Handler, Middleware

    from identity.store import Account

BODY_WAIT_S: Final = 10.0
STORAGE_WAIT_S: Final = 2
TOKEN_CHARACTERS: Final = 64

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
BEGUN: Final[web.RequestKey[web.StreamResponse]] = web.RequestKey("begun")


@dataclass(frozen=True, slots=True)
class Doors:
    """What the middlewares must know of the settings and of identity."""

    origin: str
    console_origins: tuple[str, ...]
    behind_proxy: bool
    account_for_token: Callable[[str], Awaitable[Account | None]]


def application(routes: Iterable[Route], doors: Doors) -> web.Application:
    """An application that serves exactly these routes."""
    table: dict[web.AbstractRoute, Route] = {}
    app = web.Application(
        middlewares=[
            _answer_errors(table),
            _check_origin(doors),
            _check_access(table, doors),
            _read_body(table, doors),
        ],
        client_max_size=HTTP_BODY_BYTES,
    )
    for route in routes:
        table[app.router.add_route(route.method, route.path, route.handler)] = route
    app.on_response_prepare.append(_headers(doors))
    return app


def _answer_errors(table: Mapping[web.AbstractRoute, Route]) -> Middleware:
    """Every failure becomes a problem; what nobody foresaw becomes a reference into our log (INV-F1)."""

    @web.middleware
    async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REFERENCE] = secrets.token_hex(6)
        route = table.get(request.match_info.route)
        request[ROUTE] = "none" if route is None else route.path
        try:
            return await handler(request)
        except (IdentityRefusal, RelayRefusal) as refusal:
            return _problem(request, Slug(refusal.slug), retry_after_s=refusal.retry_after_s)
        except web.HTTPMethodNotAllowed as error:
            return _problem(request, Slug.METHOD_NOT_ALLOWED, allow=error.allowed_methods)
        except web.HTTPException as error:
            return _problem(request, slug_of_status(error.status))
        except StorageAway:
            log().warning("storage away", route=request[ROUTE], reference=request[REFERENCE])
            return _problem(request, Slug.TRY_LATER, retry_after_s=STORAGE_WAIT_S)
        except Exception as error:  # noqa: BLE001 - the boundary: one request's bug stays its own (INV-H1)
            return _our_fault(request, error)

    return answer_errors


def _our_fault(request: web.Request, error: Exception) -> web.StreamResponse:
    log().error(
        "our fault",
        route=request[ROUTE],
        reference=request[REFERENCE],
        error=type(error).__name__,
        where=where(error),
    )
    return _problem(request, Slug.OUR_FAULT, reference=request[REFERENCE])


def _problem(
    request: web.Request,
    slug: Slug,
    *,
    retry_after_s: int | None = None,
    reference: str = "",
    allow: Iterable[str] = (),
) -> web.StreamResponse:
    begun: web.StreamResponse | None = request.get(BEGUN)
    if begun is not None:
        # A socket that is already open cannot be answered a second time; aiohttp closes it.
        return begun
    answer = problem(
        slug,
        accept_language=request.headers.get(hdrs.ACCEPT_LANGUAGE, ""),
        retry_after_s=retry_after_s,
        reference=reference,
        allow=tuple(allow),
    )
    if slug is Slug.TOO_LARGE:
        # The rest of the body is not worth reading.
        answer.force_close()
    return answer


def _check_origin(doors: Doors) -> Middleware:
    """Only our own name, and only pages of the console; their preflights are answered here."""
    own_host = urlsplit(doors.origin).netloc

    @web.middleware
    async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_plainly_asked(request):
            raise web.HTTPBadRequest
        if not is_spelled_plainly(request):
            raise web.HTTPNotFound
        if request.path != "/healthz" and request.headers.get(hdrs.HOST, "").lower() != own_host:
            raise web.HTTPBadRequest
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin not in doors.console_origins:
            raise web.HTTPForbidden
        if origin is not None and request.method == hdrs.METH_OPTIONS:
            return _preflight(request)
        return await handler(request)

    return check_origin


def is_plainly_asked(request: web.Request) -> bool:
    """Whether the target is a path, in a version that has headers.

    Any other target names a second host (RFC 9112 §3.2.2), and before HTTP/1.0 there is none at all.
    """
    return request.raw_path.startswith("/") and request.version >= HttpVersion10


def is_spelled_plainly(request: web.Request) -> bool:
    """Whether the path stands there as routes are written: a proxy then judges the same one (INV-G1)."""
    path, mark, query = request.raw_path.partition("?")
    return path == request.path and bool(mark) == bool(query) and "#" not in query


def _preflight(request: web.Request) -> web.StreamResponse:
    error = request.match_info.http_exception
    if not isinstance(error, web.HTTPMethodNotAllowed):
        raise web.HTTPNotFound
    return web.Response(
        status=204,
        headers={
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: ", ".join(sorted(error.allowed_methods)),
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Accept-Language, Authorization, Content-Type",
            hdrs.ACCESS_CONTROL_MAX_AGE: "600",
        },
    )


def _check_access(table: Mapping[web.AbstractRoute, Route], doors: Doors) -> Middleware:
    """The route that was matched decides, never the path's spelling (INV-G1)."""

    @web.middleware
    async def check_access(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.http_exception is not None:
            raise request.match_info.http_exception
        route = table.get(request.match_info.route)
        if route is None:
            raise web.HTTPNotFound
        if Access.TICKET in route.access and hdrs.ORIGIN not in request.headers:
            raise web.HTTPForbidden
        if route.needs_account:
            request[ACCOUNT] = await _account(request, route, doors)
        request[SOURCE] = source_of(request, behind_proxy=doors.behind_proxy)
        return await handler(request)

    return check_access


async def _account(request: web.Request, route: Route, doors: Doors) -> Account:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= TOKEN_CHARACTERS or not token.isascii():
        raise web.HTTPUnauthorized
    account = await doors.account_for_token(token)
    if account is None:
        raise web.HTTPUnauthorized
    if Access(account.role.value) not in route.access:
        raise web.HTTPForbidden
    request[TOKEN] = token
    return account


def source_of(request: web.Request, *, behind_proxy: bool) -> str:
    """The caller's address; of a household's IPv6 addresses the part they share (INV-G7)."""
    text = request.remote or ""
    if behind_proxy:
        # The proxy adds what it saw, some in a line of its own; what stands before is the caller's invention.
        text = ",".join(request.headers.getall("X-Forwarded-For", [text])).rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def _read_body(table: Mapping[web.AbstractRoute, Route], doors: Doors) -> Middleware:
    """A JSON body as the route's struct in `request[BODY]`, within its limits and in time."""

    @web.middleware
    async def read_body(request: web.Request, handler: Handler) -> web.StreamResponse:
        route = table[request.match_info.route]
        if not request.query.keys() <= route.queries:
            raise web.HTTPBadRequest
        if route.body is not None and request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
            raise web.HTTPUnsupportedMediaType
        data = await _bytes(request) if request.can_read_body else b""
        if data and route.needs_account:
            # Its sender may have taken seconds over it: who was signed out meanwhile is out (INV-G4).
            request[ACCOUNT] = await _account(request, route, doors)
        if route.body is not None:
            request[BODY] = _parsed(data, route.body)
        elif data not in {b"", b"{}"}:
            raise web.HTTPBadRequest
        return await handler(request)

    return read_body


async def _bytes(request: web.Request) -> bytes:
    if (request.content_length or 0) > HTTP_BODY_BYTES:
        raise web.HTTPRequestEntityTooLarge(max_size=HTTP_BODY_BYTES)
    try:
        async with asyncio.timeout(BODY_WAIT_S):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


def _parsed(data: bytes, kind: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        if nests_too_deep(data):
            raise web.HTTPBadRequest
        # Of a name said twice msgspec takes the last, and somebody before us may have judged the first.
        json.loads(data, object_pairs_hook=_each_name_once)
        return msgspec.json.decode(data, type=kind, strict=True)
    except (msgspec.DecodeError, ValueError):
        raise web.HTTPBadRequest from None


def _each_name_once(pairs: list[tuple[str, object]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError


def strict_transport(origin: str) -> dict[str, str]:
    """The header by which a browser never again asks for this origin without TLS."""
    if not origin.startswith("https:"):
        return {}
    return {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def _headers(doors: Doors) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    secure = strict_transport(doors.origin)

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        request[BEGUN] = response
        response.headers.update(HEADERS | secure)
        response.headers.add(hdrs.VARY, hdrs.ORIGIN)
        response.headers.pop(hdrs.SERVER, None)
        origin = request.headers.get(hdrs.ORIGIN)
        if origin in doors.console_origins:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = hdrs.RETRY_AFTER

    return add_headers
