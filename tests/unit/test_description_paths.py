"""What the description says of a path, of one that says what form its ids have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from server.web.description import describe
from server.web.routes import Access, Facts, Link, Route

if TYPE_CHECKING:
    from aiohttp import web


class Made(msgspec.Struct):
    """What was made."""

    id: str


async def nothing(_request: web.Request) -> web.StreamResponse:
    raise AssertionError


def described(path: str) -> dict[str, object]:
    route = Route("GET", path, frozenset({Access.ANYONE}), nothing, facts=Facts("A", "B"))
    paths: dict[str, object] = describe([route], version="1", origin="https://service.example")["paths"]
    return paths


def test_a_path_is_described_without_the_form_of_its_parts() -> None:
    assert list(described("/a/{id:[0-9a-f]{32}}/b/{rest:.+}")) == ["/a/{id}/b/{rest}"]
    assert list(described("/a/{id}")) == ["/a/{id}"]


def test_the_form_of_a_part_is_said_of_its_parameter() -> None:
    described_as = str(described("/a/{id:[0-9a-f]{32}}/{other}"))
    assert "{'type': 'string', 'pattern': '^[0-9a-f]{32}$'}" in described_as
    assert described_as.count("'pattern'") == 1


def test_an_answer_says_where_it_leads() -> None:
    answers = {200: Made, 304: None}
    link = Link("GET", "/a/{id:[0-9]+}", {"id": "$response.body#/id"}, {"more": "$request.path.id"})
    first = Route(
        "POST", "/a", frozenset({Access.ANYONE}), nothing, facts=Facts("A", "B", answers, links=(link,))
    )
    document = describe([first], version="1", origin="https://service.example")
    responses = document["paths"]["/a"]["post"]["responses"]
    assert responses["200"]["links"] == {
        "get-a-id": {
            "operationId": "get-a-id",
            "parameters": {"id": "$response.body#/id"},
            "requestBody": {"more": "$request.path.id"},
        }
    }
    assert "links" not in responses["304"]
