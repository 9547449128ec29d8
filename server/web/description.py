"""The API as OpenAPI 3.1, drawn from the routes themselves: what is served and what is described are one.

Pure. A route without `facts` is a page or part of one, and is not described.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from server.problems import STATUS, Slug
from server.web.access import COOKIE, PROOF
from server.web.routes import Access, Form, Link, Raw, Route

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_REF: Final = "#/components/schemas/{name}"
# A name, and the form that its values have, where it has one: that form has braces of its own.
_PARAMETER: Final = re.compile(r"{([a-z_]+)(?::((?:[^{}]|{[^{}]*})+))?}")
_BINARY: Final = {"type": "string", "format": "binary"}
PROBLEM: Final = "application/problem+json"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"

_SCHEMES: Final[Mapping[str, dict[str, str]]] = {
    "customer": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": f"A customer's session. Whatever changes something needs {PROOF} as well.",
    },
    "customerToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The same session's token, without cookie.",
    },
    "staff": {
        "type": "http",
        "scheme": "bearer",
        "description": "A technician's or auditor's access token.",
    },
}


class ProblemError(msgspec.Struct, frozen=True):
    """One field that a refusal is about."""

    pointer: str
    hint: str
    positions: tuple[int, ...] | msgspec.UnsetType = msgspec.UNSET


class Problem(msgspec.Struct, frozen=True):
    """A refusal (RFC 9457). `type` never changes; `title` is in the caller's language."""

    type: str
    title: str
    status: int
    errors: tuple[ProblemError, ...] | msgspec.UnsetType = msgspec.UNSET
    retry_after_s: int | msgspec.UnsetType = msgspec.UNSET
    reference: str | msgspec.UnsetType = msgspec.UNSET


def describe(routes: Iterable[Route], *, version: str, origin: str) -> dict[str, Any]:
    """The whole document; routes that name neither answers nor a summary are left out."""
    described = [route for route in routes if route.facts is not None]
    kinds = list(dict.fromkeys(kind for route in described for kind in _kinds(route)))
    schemas, components = msgspec.json.schema_components((Problem, *kinds), ref_template=_REF)
    schema_of = dict(zip((Problem, *kinds), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in described:
        operations = paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})
        operations[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Alongside",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": origin}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": dict(_SCHEMES)},
    }


def operation_id(route: Route) -> str:
    """One name for a method and path: `get-me-products-id`."""
    return _operation_id(route.method, route.path)


def _operation_id(method: str, path: str) -> str:
    bare = _PARAMETER.sub(r"\1", path)
    words = re.findall(r"[a-z0-9]+", f"{method} {bare}".lower())
    return "-".join(word for word in words if word not in {"api", "v1"})


def _kinds(route: Route) -> Iterable[Any]:
    assert route.facts is not None, "described"
    if route.body is not None and not isinstance(route.body, Form | Raw):
        yield route.body
    yield from (kind for kind in route.facts.answers.values() if kind not in {None, bytes})


def _operation(route: Route, schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    assert route.facts is not None, "described"
    operation: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.facts.summary,
        "tags": [route.facts.area],
        "parameters": list(_parameters(route)),
        "responses": _responses(route, schema_of),
        "security": _security(route),
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.body, schema_of)}
    return operation


def _parameters(route: Route) -> Iterable[dict[str, Any]]:
    assert route.facts is not None, "described"
    for name, pattern in _PARAMETER.findall(route.path):
        form = {"pattern": f"^{pattern}$"} if pattern else {}
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"} | form}
    for name in sorted(route.queries):
        needed = name in route.facts.needed
        yield {"name": name, "in": "query", "required": needed, "schema": {"type": "string"}}
    if "idempotency-key-reused" in route.facts.slugs:
        text = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"}
        yield {"name": IDEMPOTENCY_KEY, "in": "header", "required": False, "schema": text}
    if "if-match-needed" in route.facts.slugs:
        yield {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}}
    if route.knows_customer and route.changes:
        yield {"name": PROOF, "in": "header", "required": False, "schema": {"type": "string"}}


def _content(body: object, schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    if isinstance(body, Raw):
        return {kind: {"schema": _BINARY} for kind in sorted(body.kinds)}
    assert not isinstance(body, Form), "pages are not described"
    return {"application/json": {"schema": schema_of[body]}}


def _responses(route: Route, schema_of: Mapping[Any, Any]) -> dict[str, dict[str, Any]]:
    assert route.facts is not None, "described"
    found: dict[str, dict[str, Any]] = {}
    for status, kind in sorted(route.facts.answers.items()):
        answer: dict[str, Any] = {"description": _MEANINGS.get(status, "Refused (RFC 6749 §5.2)")}
        if kind is bytes:
            answer["content"] = {"application/octet-stream": {"schema": _BINARY}}
        elif kind is not None:
            answer["content"] = {"application/json": {"schema": schema_of[kind]}}
        if route.facts.links and status == min(route.facts.answers):
            answer["links"] = {_operation_id(one.method, one.path): _link(one) for one in route.facts.links}
        found[str(status)] = answer
    refusals: dict[int, list[str]] = {}
    for slug in sorted({*route.facts.slugs, *_always(route)}):
        refusals.setdefault(STATUS[slug], []).append(slug)
    for status, slugs in sorted(refusals.items()):
        # One status may be an answer of the route's own protocol, and a problem besides.
        there = found.get(str(status), {})
        found[str(status)] = {
            "description": ", ".join(slugs),
            "content": there.get("content", {}) | {PROBLEM: {"schema": schema_of[Problem]}},
        }
    return found


def _link(one: Link) -> dict[str, Any]:
    found: dict[str, Any] = {"operationId": _operation_id(one.method, one.path)}
    if one.parameters:
        found["parameters"] = dict(one.parameters)
    if one.body:
        found["requestBody"] = dict(one.body)
    return found


_MEANINGS: Final = {
    101: "The socket is open",
    200: "As asked",
    201: "Made",
    202: "Taken in; what comes of it is not told here",
    204: "Done",
    303: "Look there",
    304: "As it was",
}


def _always(route: Route) -> Iterable[Slug]:
    """What the door itself answers, whatever the handler would."""
    yield from (Slug.BAD_REQUEST, Slug.TRY_LATER, Slug.TOO_LARGE, Slug.UNSUPPORTED_TYPE, Slug.NOT_FOUND)
    yield Slug.NOT_ALLOWED
    if route.needs_account or route.knows_customer:
        yield Slug.NOT_SIGNED_IN


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.needs_account:
        return [{"staff": []}]
    if Access.CUSTOMER in route.access:
        open_to_all: list[dict[str, list[str]]] = [] if route.needs_customer else [{}]
        return [*open_to_all, {"customer": []}, {"customerToken": []}]
    return []
