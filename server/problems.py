"""Every refusal over HTTP: one shape (RFC 9457), one closed set of slugs, titles in the caller's language."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from aiohttp import web

import locales

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_HEADER_CHARACTERS: Final = 256


class Slug(StrEnum):
    BAD_REQUEST = "bad-request"
    NOT_SIGNED_IN = "not-signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    NOT_ALLOWED = "not-allowed"
    NOT_FOUND = "not-found"
    CODE_NOT_OPEN = "code-not-open"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    TOO_LARGE = "too-large"
    UNSUPPORTED_TYPE = "unsupported-type"
    TOO_MANY = "too-many"
    TRY_LATER = "try-later"
    OUR_FAULT = "our-fault"


STATUS: Final = {
    Slug.BAD_REQUEST: 400,
    Slug.NOT_SIGNED_IN: 401,
    Slug.SIGN_IN_REFUSED: 401,
    Slug.NOT_ALLOWED: 403,
    Slug.NOT_FOUND: 404,
    Slug.CODE_NOT_OPEN: 404,
    Slug.METHOD_NOT_ALLOWED: 405,
    Slug.TOO_LARGE: 413,
    Slug.UNSUPPORTED_TYPE: 415,
    Slug.TOO_MANY: 429,
    Slug.TRY_LATER: 503,
    Slug.OUR_FAULT: 500,
}

# What aiohttp itself refuses.
_OF_STATUS: Final = {
    401: Slug.NOT_SIGNED_IN,
    403: Slug.NOT_ALLOWED,
    404: Slug.NOT_FOUND,
    405: Slug.METHOD_NOT_ALLOWED,
    413: Slug.TOO_LARGE,
    415: Slug.UNSUPPORTED_TYPE,
    429: Slug.TOO_MANY,
    503: Slug.TRY_LATER,
}


def slug_of_status(status: int) -> Slug:
    """The problem behind a status that aiohttp chose by itself."""
    if status in _OF_STATUS:
        return _OF_STATUS[status]
    return Slug.OUR_FAULT if status >= 500 else Slug.BAD_REQUEST


def problem(
    slug: Slug,
    *,
    accept_language: str,
    retry_after_s: int | None = None,
    reference: str = "",
    allow: Collection[str] = (),
) -> web.Response:
    """The answer; `reference` finds the fault in our log, and says nothing else."""
    language = choose_language(accept_language)
    body = {
        "type": f"urn:alongside:problem:{slug}",
        "title": locales.load(language, "server").text(f"problem.{slug}"),
        "status": STATUS[slug],
    }
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if reference:
        body["reference"] = reference
    if retry_after_s is not None:
        body["retry_after_s"] = retry_after_s
        headers["Retry-After"] = str(retry_after_s)
    if allow:
        headers["Allow"] = ", ".join(sorted(allow))
    if STATUS[slug] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.json_response(
        body, status=STATUS[slug], headers=headers, content_type="application/problem+json"
    )


def choose_language(header: str) -> str:
    """The first language of an Accept-Language header that we have (RFC 9110 §12.5.4), else English."""
    ranked = sorted(_wanted(header[:_HEADER_CHARACTERS]), key=lambda wish: -wish[0])
    for weight, tag in ranked:
        language = locales.spoken(tag)
        if weight > 0 and language is not None:
            return language
    return locales.FALLBACK


def _wanted(header: str) -> Iterator[tuple[float, str]]:
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = parameter.strip().removeprefix("q=")
        try:
            yield float(weight or 1), tag.strip().lower()
        except ValueError:
            continue
