"""Between socket and handlers: errors, Host and Origin, sign-in, body, headers. Deny by default."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from care.ports import Refusal as CareRefusal
from identity.ports import Refusal as IdentityRefusal
from relay.ports import Refusal as RelayRefusal
from server.logs import REFERENCE, ROUTE, log, where
from server.problems import Slug, problem, slug_of_status
from server.storage.engine import StorageAway
from server.web.access import MustSignIn, check_access
from server.web.body import read_body
from server.web.doors import Refused
from server.web.origin import check_origin
from wire.limits import HTTP_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from aiohttp.typedefs import Handler, Middleware

    from server.web.doors import Doors
    from server.web.routes import Route

STORAGE_WAIT_S: Final = 2

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
PAGE_HEADERS: Final = HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    # Without one, a browser would not name our own page as the one that a form comes from (INV-G3).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), display-capture=()",
}
BEGUN: Final[web.RequestKey[web.StreamResponse]] = web.RequestKey("begun")


def application(routes: Iterable[Route], doors: Doors) -> web.Application:
    """An application that serves exactly these routes."""
    table: dict[web.AbstractRoute, Route] = {}
    app = web.Application(
        middlewares=[
            _answer_errors(table, doors),
            check_origin(table, doors),
            check_access(table, doors),
            read_body(table, doors),
        ],
        client_max_size=HTTP_BODY_BYTES,
    )
    for route in routes:
        table[app.router.add_route(route.method, route.path, route.handler)] = route
    app.on_response_prepare.append(_headers(table, doors))
    return app


def _answer_errors(table: Mapping[web.AbstractRoute, Route], doors: Doors) -> Middleware:
    """Every failure becomes a problem; what nobody foresaw becomes a reference into our log (INV-F1)."""

    @web.middleware
    async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REFERENCE] = secrets.token_hex(6)
        route = table.get(request.match_info.route)
        request[ROUTE] = "none" if route is None else route.path
        try:
            return await handler(request)
        except MustSignIn:
            assert doors.portal is not None, "a page of the portal asked for it"
            return doors.portal.sign_in_page(request)
        except (IdentityRefusal, RelayRefusal, CareRefusal) as refusal:
            refused = Refused(
                Slug(refusal.slug), refusal.retry_after_s, errors=tuple(getattr(refusal, "errors", ()))
            )
        except web.HTTPMethodNotAllowed as error:
            refused = Refused(Slug.METHOD_NOT_ALLOWED, allow=tuple(error.allowed_methods))
        except web.HTTPException as error:
            refused = Refused(slug_of_status(error.status))
        except StorageAway:
            log().warning("storage away", route=request[ROUTE], reference=request[REFERENCE])
            refused = Refused(Slug.TRY_LATER, STORAGE_WAIT_S)
        except Exception as error:  # noqa: BLE001 - the boundary: one request's bug stays its own (INV-H1)
            log().error(
                "our fault",
                route=request[ROUTE],
                reference=request[REFERENCE],
                error=type(error).__name__,
                where=where(error),
            )
            refused = Refused(Slug.OUR_FAULT, reference=request[REFERENCE])
        return await _answer(request, refused, route, doors)

    return answer_errors


async def _answer(
    request: web.Request, refused: Refused, route: Route | None, doors: Doors
) -> web.StreamResponse:
    begun: web.StreamResponse | None = request.get(BEGUN)
    if begun is not None:
        # A socket that is already open cannot be answered a second time; aiohttp closes it.
        return begun
    if doors.portal is not None and _is_for_people(request, route):
        answer = await doors.portal.refuse(request, refused)
    else:
        answer = problem(
            refused.slug,
            accept_language=request.headers.get(hdrs.ACCEPT_LANGUAGE, ""),
            retry_after_s=refused.retry_after_s,
            reference=refused.reference,
            allow=refused.allow,
            errors=refused.errors,
        )
    if refused.slug is Slug.TOO_LARGE:
        # The rest of the body is not worth reading.
        answer.force_close()
    return answer


def _is_for_people(request: web.Request, route: Route | None) -> bool:
    """A page's refusal is a page, and so is what somebody who looks for a page finds in its place."""
    if route is not None:
        return route.page
    return "text/html" in request.headers.get(hdrs.ACCEPT, "")


def strict_transport(origin: str) -> dict[str, str]:
    """The header by which a browser never again asks for this origin without TLS."""
    if not origin.startswith("https:"):
        return {}
    return {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def _headers(
    table: Mapping[web.AbstractRoute, Route], doors: Doors
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    secure = strict_transport(doors.origin)

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        request[BEGUN] = response
        is_page = response.content_type == "text/html"
        for name, value in ((PAGE_HEADERS if is_page else HEADERS) | secure).items():
            if name != hdrs.CACHE_CONTROL or name not in response.headers:
                response.headers[name] = value
        response.headers.add(hdrs.VARY, hdrs.ORIGIN)
        response.headers.pop(hdrs.SERVER, None)
        origin = request.headers.get(hdrs.ORIGIN)
        route = table.get(request.match_info.route)
        if origin in doors.console_origins and not (route is not None and route.portal):
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = hdrs.RETRY_AFTER

    return add_headers
