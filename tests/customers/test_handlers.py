"""The customers' API over real HTTP: what comes in, what goes out, and how it is refused."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from identity.customers import bodies
from identity.customers.handlers import CustomerHandlers
from identity.customers.passkey_store import passkey_challenge
from identity.customers.rules import csrf_of
from identity.ports import Refusal
from identity.request_keys import BODY, CUSTOMER, SESSION, SOURCE
from server.api.customers import customer_routes
from server.problems import STATUS, Slug
from server.web.routes import Access
from tests.customers.authenticator import Authenticator
from tests.customers.house import ANOTHER, EMAIL, HERE, ORIGIN, PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.typedefs import Handler

    from server.web.routes import Route
    from tests.customers.house import House

pytestmark = pytest.mark.slow

SIGN_UP = {"email": EMAIL, "password": PASSWORD, "name": "Līga", "language": "lv", "market": "LV"}


@dataclass
class Caller:
    """Speaks to the handlers behind a door like the service's: bearer tokens, strict bodies, problems."""

    client: TestClient[web.Request, web.Application]
    token: str = ""

    async def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        async with self.client.request(method, path, json=body, headers=sent) as answer:
            said = await answer.json() if answer.content_type == "application/json" else None
            return answer.status, said, dict(answer.headers)


async def recognise(house: House, request: web.Request) -> None:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    found = await house.customers.customer_for_session(token)
    if found is None:
        raise Refusal("not-signed-in")
    request[CUSTOMER], request[SESSION] = found, token


@asynccontextmanager
async def serving(house: House) -> AsyncIterator[Caller]:
    handlers = CustomerHandlers(house.customers, house.passkeys)
    table: dict[web.AbstractRoute, Route] = {}

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        route = table[request.match_info.route]
        try:
            request[SOURCE] = HERE
            if Access.CUSTOMER in route.access:
                await recognise(house, request)
            if route.body is not None:
                assert isinstance(route.body, type)
                request[BODY] = msgspec.json.decode(await request.read(), type=route.body, strict=True)
            return await handler(request)
        except msgspec.DecodeError:
            return web.json_response({"slug": "bad-request"}, status=400)
        except Refusal as refusal:
            said = {"slug": refusal.slug, "errors": refusal.errors, "retry_after_s": refusal.retry_after_s}
            return web.json_response(said, status=STATUS[Slug(refusal.slug)])

    app = web.Application(middlewares=[door])
    for route in customer_routes(handlers, origin=ORIGIN):
        table[app.router.add_route(route.method, route.path, route.handler)] = route
    async with TestClient(TestServer(app)) as client:
        yield Caller(client)


async def signed_up(house: House, caller: Caller) -> dict[str, Any]:
    assert (await caller.ask("POST", "/api/v1/customers", SIGN_UP))[:2] == (202, {})
    status, said, _ = await caller.ask(
        "POST", "/api/v1/customers/session", {"email": EMAIL, "password": PASSWORD}
    )
    assert status == 200
    caller.token = said["token"]
    answer: dict[str, Any] = said
    return answer


async def test_a_visit_from_signing_up_to_signing_out(house: House) -> None:
    async with serving(house) as caller:
        said = await signed_up(house, caller)
        assert said["csrf"] == csrf_of(said["token"])
        assert said["expires_at"] == house.clock.now_ms() + 30 * 86_400_000
        status, me, headers = await caller.ask("GET", "/api/v1/me")
        assert (status, headers["Etag"]) == (200, '"v1"')
        assert me == said["customer"]
        assert me == {
            "email": EMAIL,
            "name": "Līga",
            "language": "lv",
            "market": "LV",
            "kind": "homeowner",
            "verified": False,
        }
        token = await house.token()
        verified = await caller.ask("POST", "/api/v1/customers/verify", {"token": token})
        assert verified[:2] == (200, {"verified": True})
        again = await caller.ask("POST", "/api/v1/customers/verify", {"token": token})
        assert (again[0], again[1]["slug"]) == (410, "mail-link-over")
        assert (await caller.ask("GET", "/api/v1/me"))[1]["verified"]
        assert (await caller.ask("DELETE", "/api/v1/customers/session"))[0] == 204
        assert (await caller.ask("GET", "/api/v1/me"))[0] == 401


async def test_whether_an_address_has_an_account_is_in_no_answer(house: House) -> None:
    """INV-A5: body and headers, byte for byte."""
    async with serving(house) as caller:
        calls = [
            ("/api/v1/customers", {**SIGN_UP, "password": ANOTHER}),
            ("/api/v1/customers/recovery", {"email": EMAIL}),
            ("/api/v1/customers/session", {"email": EMAIL, "password": "not the password"}),
        ]
        before = [await caller.ask("POST", path, body) for path, body in calls[1:]]
        before.insert(0, await caller.ask("POST", "/api/v1/customers", SIGN_UP))
        after = [await caller.ask("POST", path, body) for path, body in calls]
        for one, other in zip(before, after, strict=True):
            assert one[:2] == other[:2]
            assert {**one[2], "Date": ""} == {**other[2], "Date": ""}


async def test_details_change_under_if_match(house: House) -> None:
    async with serving(house) as caller:
        await signed_up(house, caller)
        change = {"name": "Līga Kalna"}
        status, said, _ = await caller.ask("PATCH", "/api/v1/me", change)
        assert (status, said["slug"]) == (428, "if-match-needed")
        for tag in ('"v2"', "*", "rubbish", 'W/"v1"'):
            status, said, _ = await caller.ask("PATCH", "/api/v1/me", change, If_Match=tag)
            assert (status, said["slug"]) == (412, "changed-meanwhile"), tag
        status, said, headers = await caller.ask("PATCH", "/api/v1/me", change, If_Match='"v1"')
        assert (status, said["name"], said["language"], headers["Etag"]) == (200, "Līga Kalna", "lv", '"v2"')
        status, said, _ = await caller.ask("PATCH", "/api/v1/me", {"market": "ZZ"}, If_Match='"v2"')
        assert (status, said["slug"]) == (422, "details-refused")
        assert said["errors"] == [{"pointer": "/market", "hint": "market-unknown"}]
        assert (await caller.ask("PATCH", "/api/v1/me", {"email": "x@y.example"}, If_Match='"v2"'))[0] == 400


async def test_a_password_is_changed_by_the_old_one_or_by_mail(house: House) -> None:
    async with serving(house) as caller:
        await signed_up(house, caller)
        wrong = {"old": "not the password", "new": ANOTHER}
        status, said, _ = await caller.ask("POST", "/api/v1/me/password", wrong)
        assert (status, said["slug"]) == (403, "password-not-right")
        status, said, _ = await caller.ask("POST", "/api/v1/me/password", {"old": PASSWORD, "new": ANOTHER})
        assert status == 200
        assert (await caller.ask("GET", "/api/v1/me"))[0] == 401, "the old session is over"
        caller.token = said["token"]
        assert (await caller.ask("GET", "/api/v1/me"))[0] == 200
        house.clock.pass_ms(1)
        assert (await caller.ask("POST", "/api/v1/customers/recovery", {"email": EMAIL}))[0] == 202
        token = await house.token()
        finish = "/api/v1/customers/recovery/finish"
        status, said, _ = await caller.ask("POST", finish, {"token": token, "password": "short"})
        assert (status, said["errors"]) == (422, [{"pointer": "/password", "hint": "password-too-short"}])
        status, said, _ = await caller.ask("POST", finish, {"token": token, "password": PASSWORD})
        assert (status, said) == (200, {"recovered": True})
        assert (await caller.ask("GET", "/api/v1/me"))[0] == 401


async def test_a_passkey_from_options_to_removal(house: House) -> None:
    key = Authenticator()
    async with serving(house) as caller:
        await signed_up(house, caller)
        _, said, _ = await caller.ask("POST", "/api/v1/me/passkeys/options", {"password": PASSWORD})
        body = {"name": "phone", "credential": key.create(said["publicKey"])}
        status, made, _ = await caller.ask("POST", "/api/v1/me/passkeys", body)
        assert (status, made["name"]) == (201, "phone")
        assert (await caller.ask("POST", "/api/v1/me/passkeys", body))[1]["slug"] == "passkey-refused"
        assert (await caller.ask("GET", "/api/v1/me/passkeys"))[1] == {"passkeys": [made]}
        _, said, _ = await caller.ask("POST", "/api/v1/customers/passkeys/sign-in/options")
        answer = {"credential": key.get(said["publicKey"])}
        status, said, _ = await caller.ask("POST", "/api/v1/customers/passkeys/sign-in", answer)
        assert (status, said["customer"]["email"]) == (200, EMAIL)
        replay = await caller.ask("POST", "/api/v1/customers/passkeys/sign-in", answer)
        assert (replay[0], replay[1]["slug"]) == (401, "sign-in-refused")
        path = f"/api/v1/me/passkeys/{made['id']}"
        assert (await caller.ask("DELETE", path))[0] == 204
        assert (await caller.ask("DELETE", path))[0] == 404


async def test_a_session_alone_makes_itself_no_way_in_that_outlives_it(house: House) -> None:
    """Whoever sits down at a browser that was left open leaves no passkey of theirs behind."""
    async with serving(house) as caller:
        await signed_up(house, caller)
        begin = "/api/v1/me/passkeys/options"
        assert (await caller.ask("POST", begin, {}))[0] == 400
        for _ in range(5):
            status, said, _ = await caller.ask("POST", begin, {"password": ANOTHER})
            assert (status, said["slug"]) == (403, "password-not-right")
        status, said, _ = await caller.ask("POST", begin, {"password": PASSWORD})
        assert (status, said["slug"]) == (429, "too-many"), "guessing is counted as at the sign-in"
        assert await house.rows(passkey_challenge) == []


async def test_the_rest_of_what_a_customer_may_ask(house: House) -> None:
    async with serving(house) as caller:
        await signed_up(house, caller)
        house.clock.pass_ms(1)
        assert (await caller.ask("POST", "/api/v1/customers/verification"))[:2] == (202, {})
        assert len(await house.mails()) == 2
        assert (await caller.ask("DELETE", "/api/v1/customers/sessions"))[0] == 204
        assert (await caller.ask("GET", "/api/v1/me"))[0] == 401


async def test_waiting_and_being_too_busy_say_how_long(house: House) -> None:
    async with serving(house) as caller:
        for _ in range(6):
            status, said, _ = await caller.ask(
                "POST", "/api/v1/customers/session", {"email": EMAIL, "password": "wrong"}
            )
        assert (status, said["slug"], said["retry_after_s"]) == (429, "too-many", 30)
        house.passwords._inside = 1_000
        status, said, _ = await caller.ask("POST", "/api/v1/customers", SIGN_UP)
        assert (status, said["slug"], said["retry_after_s"]) == (503, "try-later", 2)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/customers", {**SIGN_UP, "admin": True}),
        ("/api/v1/customers", {**SIGN_UP, "password": "x" * 600}),
        ("/api/v1/customers", {**SIGN_UP, "email": "x" * 400}),
        ("/api/v1/customers", {**SIGN_UP, "name": None}),
        ("/api/v1/customers/session", {"email": EMAIL}),
        ("/api/v1/customers/verify", {"token": "x" * 65}),
        ("/api/v1/customers/passkeys/sign-in", {"credential": {}}),
        (
            "/api/v1/customers/passkeys/sign-in",
            {"credential": {"id": "x", "rawId": "x", "type": "public-key"}},
        ),
    ],
)
async def test_a_body_of_another_form_is_a_bad_request(house: House, path: str, body: object) -> None:
    """INV-F1, INV-F2."""
    async with serving(house) as caller:
        assert (await caller.ask("POST", path, body))[0] == 400


def test_every_body_forbids_what_it_does_not_know() -> None:
    structs = [one for one in vars(bodies).values() if isinstance(one, type)]
    checked = [one for one in structs if issubclass(one, msgspec.Struct)]
    assert len(checked) > 10
    assert all(one.__struct_config__.forbid_unknown_fields for one in checked)
