"""What the desk's handlers read of a request and how they answer; the process has checked the rest."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import hdrs, web

from care.desk.once import wish
from care.ports import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from care.desk.ground import Customer
    from care.desk.once import Once

KEY_HEADER: Final = "Idempotency-Key"
_VERSION: Final = re.compile(r'"v([1-9][0-9]{0,8})"')
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Reading:
    """How to find on a request what the process has put there; `sent_of` gives the body as it came."""

    customer_of: Callable[[web.Request], Customer]
    source_of: Callable[[web.Request], str]
    language_of: Callable[[web.Request], str]
    body_of: Callable[[web.Request], Any]
    sent_of: Callable[[web.Request], bytes]

    def once(self, request: web.Request, *, needed: bool = True) -> Once | None:
        """The caller's key to this write. Raises Refusal where it is needed and missing, or is none."""
        key = request.headers.get(KEY_HEADER)
        if key is None:
            if needed:
                raise Refusal("idempotency-key-needed")
            return None
        try:
            return wish(key, request.method, request.path, self.sent_of(request))
        except ValueError:
            raise Refusal("idempotency-key-needed") from None


def version_of(request: web.Request) -> int | None:
    """The version that the caller read, by If-Match; None for `*`.

    Raises Refusal `if-match-needed` without the header, `changed-meanwhile` for what is no ETag of ours.
    """
    header = request.headers.get(hdrs.IF_MATCH)
    if header is None:
        raise Refusal("if-match-needed")
    if header.strip() == "*":
        return None
    match = _VERSION.fullmatch(header.strip())
    if match is None:
        raise Refusal("changed-meanwhile")
    return int(match[1])


def asked(request: web.Request, name: str, *, most: int = 32) -> str:
    """A query's value, "" where it is not there. Raises Refusal where it is longer, or there twice."""
    values = request.query.getall(name, [])
    if len(values) > 1 or any(len(value) > most for value in values):
        raise Refusal("bad-request")
    return values[0] if values else ""


def page_limit(request: web.Request, most: int) -> int:
    """The query `limit`: 1 to `most`, which it is where it is not there."""
    value = asked(request, "limit")
    if not value:
        return most
    if _NUMBER.fullmatch(value) is None or int(value) > most:
        raise Refusal("bad-request")
    return int(value)


def answer(view: msgspec.Struct, *, status: int = 200, version: int | None = None) -> web.Response:
    """The view as JSON; `version` is its ETag."""
    headers = {} if version is None else {hdrs.ETAG: f'"v{version}"'}
    return web.Response(
        body=msgspec.json.encode(view), status=status, headers=headers, content_type="application/json"
    )


def in_language(request: web.Request, view: msgspec.Struct, language: str) -> web.Response:
    """The same for what everybody reads: with an ETag by its content, and 304 where that is known."""
    body = msgspec.json.encode(view)
    etag = f'"{hashlib.sha256(language.encode() + body).hexdigest()[:32]}"'
    headers = {hdrs.ETAG: etag, hdrs.CONTENT_LANGUAGE: language, hdrs.VARY: hdrs.ACCEPT_LANGUAGE}
    known = {one.strip().removeprefix("W/") for one in request.headers.get(hdrs.IF_NONE_MATCH, "").split(",")}
    if etag in known:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers, content_type="application/json")
