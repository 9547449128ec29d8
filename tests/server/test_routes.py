"""Who may call what: deny by default, whatever the spelling (INV-G1); nothing for another page (INV-G3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from identity.request_keys import BODY
from identity.rules import Role
from identity.store import Account
from server.web.application import application
from server.web.doors import Doors
from server.web.routes import SIGNED_IN, Access, Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.server.conftest import Running

ANYONE, DEVICE, TICKET = (frozenset({one}) for one in (Access.ANYONE, Access.DEVICE, Access.TICKET))
TECHNICIAN = frozenset({Access.TECHNICIAN})

# Written down a second time, by hand: a route that changes its roles must change here as well.
WHO = {
    ("GET", "/healthz"): ANYONE,
    ("POST", "/v1/sign-in"): ANYONE,
    ("POST", "/v1/sign-in/link"): ANYONE,
    ("POST", "/v1/sign-out"): SIGNED_IN,
    ("GET", "/v1/me"): SIGNED_IN,
    ("GET", "/v1/trust"): SIGNED_IN,
    ("POST", "/v1/badge-challenges"): TECHNICIAN,
    ("POST", "/v1/badges"): TECHNICIAN,
    ("POST", "/v1/turn-logins"): TECHNICIAN,
    ("POST", "/v1/codes"): TECHNICIAN,
    ("POST", "/v1/sessions"): TECHNICIAN,
    ("GET", "/v1/sessions"): TECHNICIAN,
    ("POST", "/api/v1/tech/sessions/{session}/device"): TECHNICIAN,
    ("GET", "/v1/about"): ANYONE,
    ("POST", "/v1/alive"): TICKET,
    ("POST", "/v1/pictures"): TICKET,
    ("GET", "/v1/device"): DEVICE,
    ("GET", "/v1/console"): TICKET,
    ("GET", "/api/v1/openapi.json"): ANYONE,
    ("GET", "/api"): ANYONE,
    ("GET", "/api/reference.css"): ANYONE,
}
SOMEBODY = Account("a" * 32, "technician", "Demo Person", "Hallmere Care", Role.TECHNICIAN, "en")


class Empty(msgspec.Struct):
    """A body of nothing."""


NOBODYS = "0" * 32
CLOSED = [route for route, access in WHO.items() if access <= SIGNED_IN]


async def test_every_route_states_its_roles_and_none_is_served_beside_the_table(server: Running) -> None:
    assert {(route.method, route.path): route.access for route in server.service.routes} == WHO
    served = {
        (route.method, route.resource.canonical)
        for route in server.service.app.router.routes()
        if route.resource
    }
    assert served == set(WHO)


def test_a_route_without_roles_cannot_be_declared() -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response()

    with pytest.raises(AssertionError, match="names no role"):
        Route("GET", "/v1/forgotten", frozenset(), handler)


async def test_a_route_that_went_round_the_table_is_not_served() -> None:
    async def nobody(_token: str) -> None:
        return None

    app = application([], Doors("http://localhost:1", (), behind_proxy=False, account_for_token=nobody))

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(text="served")

    app.router.add_get("/v1/forgotten", handler)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/v1/forgotten", headers={"Host": "localhost:1"})
        assert answer.status == 404


async def test_who_is_signed_out_while_the_body_is_on_its_way_is_out() -> None:
    """INV-G4: a body may take ten seconds, and a token be taken back in any of them."""
    looked, signed_in, served = asyncio.Event(), [SOMEBODY], list[object]()

    async def account_for_token(_token: str) -> Account | None:
        looked.set()
        return signed_in[0] if signed_in else None

    async def handler(request: web.Request) -> web.Response:
        served.append(request[BODY])
        return web.Response(text="served")

    async def late() -> AsyncIterator[bytes]:
        yield b"{"
        await looked.wait()
        signed_in.clear()
        yield b"}"

    route = Route("POST", "/v1/slow", TECHNICIAN, handler, Empty)
    doors = Doors("http://localhost:1", (), behind_proxy=False, account_for_token=account_for_token)
    headers = {"Host": "localhost:1", "Authorization": "Bearer x", "Content-Type": "application/json"}
    async with TestClient(TestServer(application([route], doors))) as client:
        answer = await client.post("/v1/slow", headers=headers, data=late())
        assert (answer.status, served) == (401, [])


async def test_nobody_gets_in_without_a_token(server: Running) -> None:
    for method, path in CLOSED:
        status, body, answer = await server.call(method, path.format(session=NOBODYS))
        assert (path, status, body["type"]) == (path, 401, "urn:alongside:problem:not-signed-in")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


NO_TOKENS = (
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    "Basic d3Jvbmc6",
    f"Bearer {'a' * 43}",
    f"Bearer {'a' * 8_000}",
)


async def test_a_token_that_is_none_does_not_open(server: Running) -> None:
    for method, path in CLOSED:
        for authorization in NO_TOKENS:
            where = path.format(session=NOBODYS)
            status, _, _ = await server.call(method, where, headers={"Authorization": authorization})
            assert (path, authorization[:20], status) == (path, authorization[:20], 401)


async def test_an_auditor_is_not_a_technician(server: Running) -> None:
    """INV-D4."""
    token = await server.sign_in("auditor")
    for method, path in CLOSED:
        if WHO[method, path] == TECHNICIAN:
            status, body, _ = await server.call(method, path.format(session=NOBODYS), token=token)
            assert (path, status, body["type"]) == (path, 403, "urn:alongside:problem:not-allowed")


SPELLINGS = (
    "/v1/me/",
    "//v1/me",
    "/v1//me",
    "/V1/me",
    "/v1/%6De/x",
    "/v1/./me/..",
    "/v1/me;a=b",
    "/v1/me%00",
    "/..%2fv1/me",
    "/v1/%6De",
    "/v1/x/../me",
)


async def test_no_other_spelling_of_a_path_gets_past_the_door(server: Running) -> None:
    for path in SPELLINGS:
        async with server.http.get(URL(server.origin + path, encoded=True)) as answer:
            assert answer.status in {401, 404}, path
            assert "Demo" not in await answer.text()


FOREIGN = ("http://evil.example", "null", "http://localhost:8401.evil.example", "http://LOCALHOST:8401")


async def test_a_page_of_another_origin_is_refused_even_with_a_token(server: Running) -> None:
    token = await server.sign_in()
    for origin in FOREIGN:
        status, _, answer = await server.call("GET", "/v1/me", token=token, headers={"Origin": origin})
        assert status == 403, origin
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_another_name_for_the_server_is_refused(server: Running) -> None:
    """A name that somebody points at us gives its pages nothing."""
    token = await server.sign_in()
    status, body, _ = await server.call("GET", "/v1/me", token=token, headers={"Host": "evil.example"})
    assert (status, body["type"]) == (400, "urn:alongside:problem:bad-request")


async def test_a_console_socket_without_an_origin_is_refused(server: Running) -> None:
    """INV-G3."""
    status, body, _ = await server.call("GET", "/v1/console")
    assert (status, body["type"]) == (403, "urn:alongside:problem:not-allowed")
