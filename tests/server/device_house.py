"""The routes of signing in on a television, served as the composition root would serve them."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from identity.device_sign_in.handlers import DeviceHandlers
from identity.device_sign_in.registering import DeviceRegistration
from identity.ports import Refusal
from identity.request_keys import BODY, SENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.typedefs import Handler

    from identity.device_sign_in.handlers import Entry
    from tests.contract.sign_in_stage import Maker, Television
    from tests.unit.test_device_registration import Desk

STATUS = {
    "bad-request": 400,
    "not-signed-in": 401,
    "device-not-proven": 401,
    "terms-version-stale": 409,
    "already-registered": 409,
    "tv-too-old": 422,
    "too-many": 429,
}


class House:
    """The service over HTTP, and a television that calls it by hand."""

    def __init__(self, maker: Maker, client: TestClient[web.Request, web.Application], desk: Desk) -> None:
        self.maker, self.client, self.desk = maker, client, desk

    async def ask(
        self,
        tv: Television | None,
        method: str,
        path: str,
        body: dict[str, object] | None = None,
        *,
        token: str = "",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, object]]:
        """Status and JSON of the answer; without a television nothing is proven."""
        data = b"" if body is None else json.dumps(body).encode()
        sent = {} if body is None else {"Content-Type": "application/json"}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if tv is not None:
            asked = tv.asked(method=method, target=path, body=data, token=token)
            sent |= {"Device-Credential": asked.credential, "Device-Assertion": tv.assertion(asked)}
        async with self.client.request(method, path, data=data, headers=sent | (headers or {})) as answer:
            text = await answer.read()
            assert answer.status == 204 or "no-store" in answer.headers.get("Cache-Control", "no-store")
            return answer.status, json.loads(text) if text else {}


def application(entries: tuple[Entry, ...]) -> web.Application:
    bodies = {(entry.method, entry.path): entry.body for entry in entries}

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        kind = bodies[request.method, request.path]
        request[SENT] = await request.read()
        try:
            if kind is not None:
                request[BODY] = msgspec.json.decode(await request.read(), type=kind, strict=True)
            return await handler(request)
        except msgspec.DecodeError:
            return web.json_response({"type": "urn:alongside:problem:bad-request"}, status=400)
        except Refusal as refusal:
            problem = {"type": f"urn:alongside:problem:{refusal.slug}", "wait": refusal.retry_after_s}
            return web.json_response(problem, status=STATUS[refusal.slug])

    app = web.Application(middlewares=[door])
    for entry in entries:
        app.router.add_route(entry.method, entry.path, entry.handler)
    return app


@asynccontextmanager
async def served(maker: Maker, desk: Desk) -> AsyncIterator[House]:
    registration = DeviceRegistration(register=desk.register, terms=desk.terms, market=desk.market)
    handlers = DeviceHandlers(maker.requests, maker.sign_ins, registration, desk.came_online)
    async with TestClient(TestServer(application(handlers.entries()))) as client:
        yield House(maker, client, desk)
