"""A request's body as its route declares it, within its limits and in time (INV-F1, INV-F2)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import BodyPartReader, MultipartReader, StreamReader, hdrs, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpProcessingError

from identity.request_keys import BODY, SENT
from server.web.access import OWED, PROOF_FIELD, check_proof, recognise_again
from server.web.routes import Filled, Form, Raw
from wire.canonical import nests_too_deep
from wire.limits import HTTP_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler, Middleware

    from server.web.doors import Doors
    from server.web.routes import Route

BODY_WAIT_S: Final = 10.0
# A photograph over a slow line: 8 MiB at 1 Mbit/s.
UPLOAD_WAIT_S: Final = 90.0
Body = TypeVar("Body", bound=msgspec.Struct)
_URLENCODED: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"


def read_body(table: Mapping[web.AbstractRoute, Route], doors: Doors) -> Middleware:
    """What the route declares in `request[BODY]`, and the bytes as they came in `request[SENT]`."""

    @web.middleware
    async def read(request: web.Request, handler: Handler) -> web.StreamResponse:
        route = table[request.match_info.route]
        if not request.query.keys() <= route.queries or holds_nul([*request.query.values()]):
            raise web.HTTPBadRequest
        _check_kind(request, route)
        data = await _in_time(request, route.most_bytes) if request.can_read_body else b""
        if data:
            # Its sender may have taken seconds over it.
            await recognise_again(request, route, doors)
        request[SENT] = data
        match route.body:
            case None:
                if data not in {b"", b"{}"}:
                    raise web.HTTPBadRequest
            case Form() as form:
                request[BODY] = filled = await _filled(request, data, form)
                if OWED in request:
                    check_proof(filled[PROOF_FIELD], request[OWED])
            case Raw():
                request[BODY] = data
            case kind:
                request[BODY] = parsed(data, kind)
        return await handler(request)

    return read


def _check_kind(request: web.Request, route: Route) -> None:
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise web.HTTPUnsupportedMediaType
    kind = request.content_type
    match route.body:
        case None:
            return
        case Form(file=file):
            fits = kind == _MULTIPART if file else kind == _URLENCODED
        case Raw(kinds=kinds):
            fits = kind in kinds or f"{kind.partition('/')[0]}/*" in kinds
        case _:
            fits = kind == "application/json"
    if not fits:
        raise web.HTTPUnsupportedMediaType


async def _in_time(request: web.Request, most: int) -> bytes:
    try:
        async with asyncio.timeout(UPLOAD_WAIT_S if most > HTTP_BODY_BYTES else BODY_WAIT_S):
            return await _bytes(request, most)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


async def _bytes(request: web.Request, most: int) -> bytes:
    """All of it; refused as soon as it is more than it may be, whatever its sender said before."""
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(max_size=most)
    data = bytearray()
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most)
    return bytes(data)


async def _filled(request: web.Request, data: bytes, form: Form) -> Filled:
    """The form's fields, each once and none that it does not have."""
    known = form.fields | {PROOF_FIELD}
    if form.file:
        return await _parts(request, data, known, form.file)
    try:
        pairs = parse_qsl(
            data.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(data),
            max_num_fields=len(known),
            errors="strict",
        )
    except ValueError:  # UnicodeDecodeError is one, too
        raise web.HTTPBadRequest from None
    fields = dict(pairs)
    if len(fields) < len(pairs) or not fields.keys() <= known or holds_nul([*fields.values()]):
        raise web.HTTPBadRequest
    return Filled(fields)


async def _parts(request: web.Request, data: bytes, known: frozenset[str], file: str) -> Filled:
    content = StreamReader(BaseProtocol(asyncio.get_running_loop()), 2**16)
    content.feed_data(data)
    content.feed_eof()
    fields: dict[str, str] = {}
    photo: bytes | None = None
    try:
        reader = MultipartReader(request.headers, content)
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or hdrs.CONTENT_TRANSFER_ENCODING in part.headers:
                raise web.HTTPBadRequest
            value = bytes(await part.read())
            if part.name == file and photo is None:
                photo = value
            elif part.name in known and part.name not in fields:
                fields[part.name] = value.decode("utf-8")
            else:
                raise web.HTTPBadRequest
    except (ValueError, RuntimeError, EOFError, AssertionError, HttpProcessingError):
        raise web.HTTPBadRequest from None
    if holds_nul([*fields.values()]):
        raise web.HTTPBadRequest
    return Filled(fields, photo or b"")


def parsed(data: bytes, kind: type[Body]) -> Body:
    """A JSON text as its strict struct."""
    try:
        if nests_too_deep(data):
            raise web.HTTPBadRequest
        # Of a name said twice msgspec takes the last, and somebody before us may have judged the first.
        said = json.loads(data, object_pairs_hook=_each_name_once)
        if b"\\u0000" in data and holds_nul(said):
            raise web.HTTPBadRequest
        return msgspec.json.decode(data, type=kind, strict=True)
    except (msgspec.DecodeError, ValueError):
        raise web.HTTPBadRequest from None


def holds_nul(said: object) -> bool:
    """Whether U+0000 stands anywhere in a JSON value: no text has one, and PostgreSQL takes none."""
    match said:
        case str():
            return "\0" in said
        case list():
            return any(map(holds_nul, said))
        case dict():
            return any(map(holds_nul, said)) or any(map(holds_nul, said.values()))
    return False


def _each_name_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found
