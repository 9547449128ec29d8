"""The door for customers: a cookie alone changes nothing, and no other page gets in (INV-G3, INV-G4)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from identity.request_keys import BODY, CUSTOMER, SENT, SESSION
from server.web.access import COOKIE
from server.web.application import application
from server.web.doors import Doors, Portal
from server.web.routes import ANYBODY, Access, Filled, Form, Raw, Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.web.doors import Refused

OWN, CONSOLE, FOREIGN = "http://localhost:1", "http://localhost:2", "https://evil.example"
TOKEN = "t" * 43
CUSTOMERS = frozenset({Access.CUSTOMER})
BY_COOKIE = {"Cookie": f"{COOKIE}={TOKEN}"}
MOST = 64


class Wish(msgspec.Struct):
    wish: str


def proof_of(token: str) -> str:
    return f"proof-of-{token[:3]}"


class Served:
    """What came through the door."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.signed_in = True

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        return web.Response(text="served")

    async def customer(self, token: str) -> Any:
        return "somebody" if self.signed_in and token == TOKEN else None


async def refuse(_request: web.Request, refused: Refused) -> web.StreamResponse:
    return web.Response(text=f"page: {refused.slug}", status=418, content_type="text/html")


def sign_in_page(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=303, headers={"Location": "/sign-in"})


@asynccontextmanager
async def open_door(
    *routes: Route, served: Served
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    portal = Portal(served.customer, proof_of, refuse, sign_in_page)
    doors = Doors(OWN, (CONSOLE,), behind_proxy=False, portal=portal)
    app = application(routes, doors)
    async with TestClient(TestServer(app), headers={"Host": "localhost:1"}) as client:
        yield client


def form_page(served: Served, **more: Any) -> Route:
    return Route(
        "POST", "/change", CUSTOMERS, served.answer, Form(frozenset({"name"}), **more), page=True, portal=True
    )


def change(served: Served) -> Route:
    return Route("POST", "/api/v1/change", CUSTOMERS, served.answer, Wish, portal=True)


PROVEN = {"name": "x", "csrf": proof_of(TOKEN)}


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"name": "x"}, {"Origin": OWN}),
        ({"name": "x", "csrf": ""}, {"Origin": OWN}),
        ({"name": "x", "csrf": "proof-of-xxx"}, {"Origin": OWN}),
        (PROVEN, {"Origin": FOREIGN}),
        (PROVEN, {"Origin": CONSOLE}),
        (PROVEN, {"Origin": "null"}),
        (PROVEN, {}),
    ],
    ids=["no proof", "empty", "wrong", "a foreign page", "the console's page", "a hidden page", "no page"],
)
async def test_a_forged_form_changes_nothing(fields: dict[str, str], headers: dict[str, str]) -> None:
    served = Served()
    async with open_door(form_page(served), served=served) as client:
        answer = await client.post("/change", data=fields, headers=headers | BY_COOKIE)
        assert (await answer.text(), served.requests) == ("page: not-allowed", [])


async def test_a_form_of_our_own_page_is_taken() -> None:
    served = Served()
    async with open_door(form_page(served), served=served) as client:
        answer = await client.post("/change", data=PROVEN, headers={"Origin": OWN} | BY_COOKIE)
        assert answer.status == 200
    [request] = served.requests
    assert (str(request[CUSTOMER]), request[SESSION], request[BODY]["name"]) == ("somebody", TOKEN, "x")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (BY_COOKIE, 403),
        (BY_COOKIE | {"X-CSRF-Token": "proof-of-xxx"}, 403),
        (BY_COOKIE | {"X-CSRF-Token": proof_of(TOKEN), "Origin": CONSOLE}, 403),
        (BY_COOKIE | {"X-CSRF-Token": proof_of(TOKEN)}, 200),
        (BY_COOKIE | {"X-CSRF-Token": proof_of(TOKEN), "Origin": OWN}, 200),
        # Who holds the token is no browser that was led here.
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer wrong"} | BY_COOKIE, 401),
        ({"Cookie": f"{COOKIE}=wrong"}, 401),
        ({"Cookie": f"alongside={TOKEN}"}, 401),
        ({}, 401),
    ],
)
async def test_a_cookie_alone_changes_nothing_by_the_api(headers: dict[str, str], status: int) -> None:
    served = Served()
    async with open_door(change(served), served=served) as client:
        answer = await client.post("/api/v1/change", json={"wish": "x"}, headers=headers)
        assert answer.status == status, await answer.text()
        assert len(served.requests) == (status == 200)


async def test_no_console_is_told_that_it_may_ask_the_portal() -> None:
    """Cross-origin reading needs a header or an answered preflight: neither is given."""
    served = Served()
    ask = {"Origin": CONSOLE, "Access-Control-Request-Method": "POST"}
    async with open_door(change(served), served=served) as client:
        answer = await client.options("/api/v1/change", headers=ask)
        assert (answer.status, "Access-Control-Allow-Methods" in answer.headers) == (404, False)
        answer = await client.post("/api/v1/change", json={"wish": "x"}, headers={"Origin": CONSOLE})
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_page_for_customers_leads_others_to_the_place_to_sign_in() -> None:
    served = Served()
    page = Route("GET", "/my", CUSTOMERS, served.answer, page=True, portal=True)
    async with open_door(page, form_page(served), served=served) as client:
        answer = await client.get("/my", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/sign-in")
        # What somebody filled in is not led away: they are told.
        answer = await client.post("/change", data=PROVEN, headers={"Origin": OWN}, allow_redirects=False)
        assert await answer.text() == "page: not-signed-in"
        assert served.requests == []


async def test_a_page_for_everybody_knows_who_is_signed_in() -> None:
    served = Served()
    page = Route("GET", "/warranty", ANYBODY, served.answer, page=True, portal=True)
    async with open_door(page, served=served) as client:
        for headers in ({}, BY_COOKIE, {"Cookie": f"{COOKIE}=wrong"}):
            assert (await client.get("/warranty", headers=headers)).status == 200
    assert [request.get(CUSTOMER) for request in served.requests] == [None, "somebody", None]


async def test_who_is_signed_out_while_a_form_is_on_its_way_is_out() -> None:
    served = Served()

    async def late() -> AsyncIterator[bytes]:
        yield b"name=x&csrf="
        served.signed_in = False
        yield proof_of(TOKEN).encode()

    headers = {"Origin": OWN, "Content-Type": "application/x-www-form-urlencoded"} | BY_COOKIE
    async with open_door(form_page(served), served=served) as client:
        answer = await client.post("/change", data=late(), headers=headers)
        assert (await answer.text(), served.requests) == ("page: not-signed-in", [])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"name=x&name=y&csrf=proof-of-ttt", "application/x-www-form-urlencoded"),
        (b"name=x&more=y&csrf=proof-of-ttt", "application/x-www-form-urlencoded"),
        (b"name", "application/x-www-form-urlencoded"),
        (b"name=%ff&csrf=proof-of-ttt", "application/x-www-form-urlencoded"),
        (b"name=\xff&csrf=proof-of-ttt", "application/x-www-form-urlencoded"),
        (b"&".join([b"a=1"] * 1000), "application/x-www-form-urlencoded"),
    ],
)
async def test_a_form_that_no_page_of_ours_sends_is_refused(body: bytes, kind: str) -> None:
    served = Served()
    headers = {"Origin": OWN, "Content-Type": kind} | BY_COOKIE
    async with open_door(form_page(served), served=served) as client:
        answer = await client.post("/change", data=body, headers=headers)
        assert (await answer.text(), served.requests) == ("page: bad-request", [])


def parts(**fields: str | bytes) -> FormData:
    data = FormData(default_to_multipart=True)
    for name, value in fields.items():
        data.add_field(name, value, **({"filename": "a.jpg"} if isinstance(value, bytes) else {}))
    return data


async def test_a_file_comes_with_a_form() -> None:
    served = Served()
    async with open_door(form_page(served, file="photo", most_bytes=2_000), served=served) as client:
        sent = parts(name="\u1ea5", csrf=proof_of(TOKEN), photo=b"\x00\xff" * 200)
        assert (await client.post("/change", data=sent, headers={"Origin": OWN} | BY_COOKIE)).status == 200
    [request] = served.requests
    assert request[BODY] == Filled({"name": "\u1ea5", "csrf": proof_of(TOKEN)}, b"\x00\xff" * 200)


@pytest.mark.parametrize(
    ("sent", "slug"),
    [
        (lambda: parts(name="x", csrf=proof_of(TOKEN), photo=b"a" * 2_000), "too-large"),
        (lambda: parts(name="x", csrf=proof_of(TOKEN), other=b"a"), "bad-request"),
        (lambda: parts(name="x", photo=b"a"), "not-allowed"),
        (lambda: {"name": "x", "csrf": proof_of(TOKEN)}, "unsupported-type"),
    ],
    ids=["too large", "another file", "no proof", "no file's form"],
)
async def test_a_file_is_held_to_the_form(sent: Any, slug: str) -> None:
    served = Served()
    async with open_door(form_page(served, file="photo", most_bytes=1_500), served=served) as client:
        answer = await client.post("/change", data=sent(), headers={"Origin": OWN} | BY_COOKIE)
        assert (await answer.text(), served.requests) == (f"page: {slug}", [])


@pytest.mark.parametrize("broken", [b"", b"--x", b"--x\r\n\r\n", b"--x\r\nA: b\r\n\r\nhello", b"\xff" * 40])
async def test_a_broken_file_form_is_refused(broken: bytes) -> None:
    served = Served()
    headers = {"Origin": OWN, "Content-Type": "multipart/form-data; boundary=x"} | BY_COOKIE
    async with open_door(form_page(served, file="photo"), served=served) as client:
        answer = await client.post("/change", data=broken, headers=headers)
        assert ((await answer.text())[:6], served.requests) == ("page: ", [])
        assert "our-fault" not in await answer.text()


async def test_bytes_are_taken_up_to_their_limit_whatever_was_announced() -> None:
    served = Served()
    route = Route(
        "POST", "/api/v1/decode", CUSTOMERS, served.answer, Raw(frozenset({"image/*"}), MOST), portal=True
    )

    async def much() -> AsyncIterator[bytes]:
        for _ in range(MOST + 1):
            yield b"a"

    bearer = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "image/png"}
    async with open_door(route, served=served) as client:
        statuses = [
            (await client.post("/api/v1/decode", data=data, headers=bearer | more)).status
            for data, more in (
                (b"a" * MOST, {}),
                (b"a" * (MOST + 1), {}),
                (much(), {}),
                (b"a", {"Content-Type": "text/html"}),
            )
        ]
        assert statuses == [200, 413, 413, 415]
    assert served.requests[0][SENT] == b"a" * MOST


async def test_a_page_may_be_in_no_other_page_and_runs_nothing_but_ours() -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html>", content_type="text/html")

    route = Route("GET", "/", ANYBODY, page, page=True, portal=True)
    async with open_door(route, served=Served()) as client:
        answer = await client.get("/")
        rules = answer.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} <= {
            *rules
        }
        assert not [rule for rule in rules if "unsafe" in rule or "*" in rule or "http" in rule]
        assert answer.headers["Cache-Control"] == "no-store"
        # Or a form would come from a page without a name, and be refused.
        assert answer.headers["Referrer-Policy"] == "same-origin"


async def test_somebody_who_looks_for_a_page_finds_one_that_says_it_is_not_there() -> None:
    async with open_door(served=Served()) as client:
        answer = await client.get("/nothing", headers={"Accept": "text/html,*/*"})
        assert await answer.text() == "page: not-found"
        answer = await client.get("/nothing", headers={"Accept": "*/*"})
        assert (await answer.json(content_type=None))["status"] == 404
