"""The API's description, for programs (OpenAPI 3.1) and for people (a page), both drawn from the routes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import hdrs, web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.web.description import PROBLEM, describe
from server.web.routes import Access, Facts, Route

if TYPE_CHECKING:
    from collections.abc import Sequence

_ANYONE: Final = frozenset({Access.ANYONE})
_HERE: Final = Path(__file__).parent
_TOKENS: Final = _HERE.parents[1] / "technician_web" / "tokens.css"
DOCUMENT: Final = "/api/v1/openapi.json"


class Document(msgspec.Struct, frozen=True):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


def reference_routes(routes: Sequence[Route], *, version: str, origin: str) -> list[Route]:
    """Routes that describe `routes`, and themselves."""
    served: dict[str, tuple[bytes, str]] = {}

    async def serve(request: web.Request) -> web.Response:
        body, kind = served[request.path]
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: kind, hdrs.CACHE_CONTROL: "no-cache"})

    facts = Facts("Service", "This description", {200: Document})
    own = [
        Route("GET", DOCUMENT, _ANYONE, serve, facts=facts),
        Route("GET", "/api", _ANYONE, serve, page=True, portal=True),
        Route("GET", "/api/reference.css", _ANYONE, serve),
    ]
    document = describe([*routes, *own], version=version, origin=origin)
    served[DOCUMENT] = (msgspec.json.encode(document), "application/json")
    served["/api"] = (page_of(document).encode(), "text/html; charset=utf-8")
    style = _TOKENS.read_bytes() + (_HERE / "reference.css").read_bytes()
    served["/api/reference.css"] = (style, "text/css; charset=utf-8")
    return own


def page_of(document: dict[str, Any]) -> str:
    """The page for people: every operation by its area, with what it takes and answers."""
    pages = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    areas: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            entry = {"path": path, "method": method.upper(), "problem": PROBLEM} | operation
            areas.setdefault(operation["tags"][0], []).append(entry)
    return pages.get_template("reference.html").render(
        document=document, areas=areas, schemas=document["components"]["schemas"], kind_of=kind_of
    )


def kind_of(schema: dict[str, Any]) -> str:
    """A schema in a few words; the name of one that stands by itself."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(kind_of(one) for one in schema[several])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{kind_of(schema['additionalProperties'])} by name"
    text = str(schema.get("format") or schema.get("type") or "anything")
    least, most = schema.get("minLength"), schema.get("maxLength")
    if least is not None and most is not None:
        text += f", {least} to {most} characters" if least != most else f", {most} characters"
    return text
