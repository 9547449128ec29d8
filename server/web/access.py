"""Who gets in: the route that was matched decides, never the path's spelling (INV-G1)."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from identity.request_keys import ACCOUNT, CUSTOMER, SESSION, SOURCE, TOKEN
from server.web.routes import Access, Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler, Middleware

    from identity.customers.store import Customer
    from identity.store import Account
    from server.web.doors import Doors, Portal
    from server.web.routes import Route

TOKEN_CHARACTERS: Final = 64
COOKIE: Final = "__Host-alongside"
PROOF: Final = "X-CSRF-Token"
PROOF_FIELD: Final = "csrf"
# The proof that a form must still bring, where a cookie spoke for the customer.
OWED: Final[web.RequestKey[str]] = web.RequestKey("owed")


class MustSignIn(Exception):  # noqa: N818 - what a page does then, not a fault
    """A page for customers, asked by nobody we know."""


def check_access(table: Mapping[web.AbstractRoute, Route], doors: Doors) -> Middleware:
    """Puts who asks, and from where, into the request."""

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.http_exception is not None:
            raise request.match_info.http_exception
        route = table.get(request.match_info.route)
        if route is None:
            raise web.HTTPNotFound
        if Access.TICKET in route.access and hdrs.ORIGIN not in request.headers:
            raise web.HTTPForbidden
        if route.needs_account:
            request[ACCOUNT] = await account(request, route, doors)
        if route.knows_customer:
            await recognise(request, route, doors)
        request[SOURCE] = source_of(request, behind_proxy=doors.behind_proxy)
        return await handler(request)

    return checked


async def account(request: web.Request, route: Route, doors: Doors) -> Account:
    """The account of the staff whose token came along."""
    token = _bearer(request)
    if not token:
        raise web.HTTPUnauthorized
    found = await doors.account_for_token(token)
    if found is None:
        raise web.HTTPUnauthorized
    if Access(found.role.value) not in route.access:
        raise web.HTTPForbidden
    request[TOKEN] = token
    return found


async def recognise(request: web.Request, route: Route, doors: Doors) -> None:
    """The customer whose session it is, if any; a page that needs one leads to the place to sign in."""
    assert doors.portal is not None, "routes for customers are served with a portal"
    bearer = _bearer(request)
    token = bearer or _cookie(request)
    found = await doors.portal.customer_for_session(token) if token else None
    if found is None:
        if not route.needs_customer:
            return
        raise MustSignIn if route.page and not route.changes else web.HTTPUnauthorized
    if not bearer and route.changes:
        _demand_proof(request, route, doors.portal, token)
    _remember(request, found, token)


async def recognise_again(request: web.Request, route: Route, doors: Doors) -> None:
    """After a body that took its time: who was signed out meanwhile is out (INV-G4)."""
    if route.needs_account:
        request[ACCOUNT] = await account(request, route, doors)
    if SESSION in request:
        assert doors.portal is not None, "somebody was recognised"
        found = await doors.portal.customer_for_session(request[SESSION])
        if found is None:
            raise web.HTTPUnauthorized
        _remember(request, found, request[SESSION])


def _remember(request: web.Request, customer: Customer, token: str) -> None:
    request[CUSTOMER] = customer
    request[SESSION] = token


def _demand_proof(request: web.Request, route: Route, portal: Portal, token: str) -> None:
    """A cookie comes along whoever asks; the proof only from a page that we gave it to (INV-G3)."""
    proof = portal.proof_of(token)
    if isinstance(route.body, Form):
        request[OWED] = proof
    else:
        check_proof(request.headers.get(PROOF, ""), proof)


def check_proof(said: str, proof: str) -> None:
    """Raises what refuses a forged request."""
    if not hmac.compare_digest(said.encode("utf-8", "surrogatepass"), proof.encode("ascii")):
        raise web.HTTPForbidden


def _bearer(request: web.Request) -> str:
    """The token of the Authorization header; "" where there is none that can be one."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token if scheme.lower() == "bearer" and _may_be_token(token) else ""


def _cookie(request: web.Request) -> str:
    token = request.cookies.get(COOKIE, "")
    return token if _may_be_token(token) else ""


def _may_be_token(text: str) -> bool:
    return 0 < len(text) <= TOKEN_CHARACTERS and text.isascii()


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
