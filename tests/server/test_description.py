"""The API's description: of every route that is no page, valid, and the same for programs and people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis

from server.problems import STATUS, Slug
from server.web.description import PROBLEM, operation_id

if TYPE_CHECKING:
    from tests.server.conftest import Running

pytestmark = pytest.mark.slow


async def document(server: Running) -> dict[str, Any]:
    status, body, _ = await server.call("GET", "/api/v1/openapi.json")
    assert status == 200
    return body


def operations(body: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in body["paths"].items()
        for method, operation in methods.items()
    }


async def test_the_description_is_openapi_and_of_every_route_but_pages(server: Running) -> None:
    body = await document(server)
    assert body["openapi"].startswith("3.1.")
    assert schemathesis.openapi.from_dict(body).validate() is None
    served = {
        (route.method, re.sub(r"{([a-z_]+):[^}]+}", r"{\1}", route.path))
        for route in server.service.routes
        if not route.page and not route.path.endswith((".css", ".js", ".svg"))
    }
    assert set(operations(body)) == served


async def test_every_refusal_that_a_route_can_give_is_described_as_a_problem(server: Running) -> None:
    described = operations(await document(server))
    for route in server.service.routes:
        if route.facts is None:
            continue
        responses = described[(route.method, route.path)]["responses"]
        for slug in (*route.facts.slugs, Slug.BAD_REQUEST, Slug.TRY_LATER):
            answer = responses[str(STATUS[slug])]
            assert slug in answer["description"].split(", "), (route.path, slug)
            assert list(answer["content"]) == [PROBLEM]


async def test_who_may_call_is_described(server: Running) -> None:
    described = operations(await document(server))
    for route in server.service.routes:
        if route.facts is not None:
            security = described[(route.method, route.path)]["security"]
            assert ({"staff": []} in security) == route.needs_account, route.path


async def test_the_page_shows_every_operation_and_the_browser_may_show_the_page(server: Running) -> None:
    _, _, answer = await server.call("GET", "/api")
    page = await answer.text()
    assert answer.content_type == "text/html"
    for route in server.service.routes:
        if route.facts is not None:
            assert f'id="{operation_id(route)}"' in page
    assert not re.search(r"<script| style=| on[a-z]+=", page)
    status, _, style = await server.call("GET", "/api/reference.css")
    assert (status, style.content_type) == (200, "text/css")
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
