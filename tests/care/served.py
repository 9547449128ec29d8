"""The desk's routes behind a small door of the tests' own, which does what the process does at its place."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from care.api.request import Reading
from care.api.routes import Access, desk_routes
from care.ports import Refusal
from server.problems import STATUS, Slug, choose_language
from tests.care.desks import ANNA, BERIT, terms_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.typedefs import Handler

    from care.api.routes import Entry
    from care.desk.ground import Customer
    from care.desk.service import Desk

SECRET = b"s" * 32
_BODY: web.RequestKey[Any] = web.RequestKey("body")
_SENT: web.RequestKey[bytes] = web.RequestKey("sent")


def language_of(request: web.Request) -> str:
    return choose_language(request.headers.get("Accept-Language", ""))


def customer_of(request: web.Request) -> Customer:
    return BERIT if request.headers.get("X-Customer") == "berit" else ANNA


READING = Reading(
    customer_of=customer_of,
    source_of=lambda request: request.headers.get("X-Source", "192.0.2.1"),
    language_of=language_of,
    body_of=lambda request: request[_BODY],
    sent_of=lambda request: request[_SENT],
)


def door(entry: Entry) -> Handler:
    """The route's body and queries as it declares them, and refusals as problems."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            await _check(request, entry)
            return await entry.handler(request)
        except Refusal as refused:
            return _problem(refused, entry)

    return handle


async def _check(request: web.Request, entry: Entry) -> None:
    if not request.query.keys() <= entry.queries:
        raise Refusal("bad-request")
    if entry.access is Access.CUSTOMER and "X-Customer" not in request.headers:
        raise Refusal("not-signed-in")
    request[_SENT] = await request.read()
    if entry.body is not None:
        request[_BODY] = _parsed(request[_SENT], entry.body)


def _problem(refused: Refusal, entry: Entry) -> web.Response:
    declared = {*entry.slugs, "bad-request", "not-signed-in"}
    assert refused.slug in declared, f"{entry.path} does not declare {refused.slug}"
    answer = {"type": refused.slug, "errors": refused.errors}
    return web.json_response(answer, status=STATUS[Slug(refused.slug)])


def _parsed(data: bytes, kind: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError:
        raise Refusal("bad-request") from None


@asynccontextmanager
async def served(desk: Desk, secrets: tuple[bytes, ...] = (SECRET,)) -> AsyncIterator[Caller]:
    app = web.Application(client_max_size=16 * 1024 * 1024)
    for entry in desk_routes(desk, READING, secrets=secrets):
        app.router.add_route(entry.method, entry.path, door(entry))
    async with TestClient(TestServer(app)) as client:
        yield Caller(client)


class Caller:
    """Anna, unless another is named; every write has a key of its own unless one is given."""

    def __init__(self, client: TestClient[web.Request, web.Application]) -> None:
        self._client = client
        self._count = 0

    async def __call__(
        self, method: str, path: str, body: Any = None, *, by: str = "anna", **headers: str
    ) -> Answer:
        self._count += 1
        sent = {"X-Customer": by, "Idempotency-Key": f"key-{self._count}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value}
        data = body if isinstance(body, bytes) else None if body is None else msgspec.json.encode(body)
        async with self._client.request(
            method, f"/api/v1{path}", data=data, headers=sent, allow_redirects=False
        ) as response:
            text = await response.read()
            has_json = response.content_type == "application/json" and bool(text)
            return Answer(response.status, msgspec.json.decode(text) if has_json else None, response.headers)


class Answer:
    def __init__(self, status: int, body: Any, headers: Any) -> None:
        self.status = status
        self.body = body
        self.headers = headers

    @property
    def problem(self) -> tuple[int, str]:
        """The status and the slug, "" where it is no problem."""
        return self.status, self.body.get("type", "") if isinstance(self.body, dict) else ""


def registration(**changes: Any) -> dict[str, Any]:
    return {"serial": "0A1B2C3D4E5F6G7", "terms": terms_of(ANNA), "own_device": True} | changes
