"""Every refusal over HTTP: one shape (RFC 9457), one closed set of slugs, titles in the caller's language."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from aiohttp import web

import locales

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

_HEADER_CHARACTERS: Final = 256


class Slug(StrEnum):
    BAD_REQUEST = "bad-request"
    NOT_SIGNED_IN = "not-signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    NOT_ALLOWED = "not-allowed"
    NOT_FOUND = "not-found"
    CODE_NOT_OPEN = "code-not-open"
    SESSION_NOT_LIVE = "session-not-live"
    UNIT_NOT_PROVEN = "unit-not-proven"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    TOO_LARGE = "too-large"
    UNSUPPORTED_TYPE = "unsupported-type"
    TOO_MANY = "too-many"
    TRY_LATER = "try-later"
    OUR_FAULT = "our-fault"
    DETAILS_REFUSED = "details-refused"
    PASSWORD_NOT_RIGHT = "password-not-right"  # noqa: S105 - the name of a refusal
    PASSKEY_REFUSED = "passkey-refused"
    PASSKEYS_FULL = "passkeys-full"
    MAIL_LINK_OVER = "mail-link-over"
    CHANGED_MEANWHILE = "changed-meanwhile"
    IF_MATCH_NEEDED = "if-match-needed"
    NOT_OURS = "not-ours"
    PRODUCT_NOT_REGISTRABLE = "product-not-registrable"
    IDENTIFIER_INVALID = "identifier-invalid"
    UNKNOWN_SERIAL = "unknown-serial"
    BRAND_NEEDED = "brand-needed"
    MODEL_NEEDED = "model-needed"
    MODEL_MISMATCH = "model-mismatch"
    QR_NOT_SUPPORTED = "qr-not-supported"
    TV_TOO_OLD = "tv-too-old"
    ALREADY_YOURS = "already-yours"
    ALREADY_REGISTERED = "already-registered"
    TERMS_REQUIRED = "terms-required"
    TERMS_VERSION_STALE = "terms-version-stale"
    OWN_DEVICE_REQUIRED = "own-device-required"
    PURCHASE_DATE_FUTURE = "purchase-date-future"
    PURCHASE_DATE_BEFORE_MANUFACTURE = "purchase-date-before-manufacture"
    PACKAGING_CODE = "packaging-code"
    NO_CODE = "no-code"
    PAIRING_CODE_ONLY = "pairing-code-only"
    SEVERAL_PRODUCTS = "several-products"
    NOT_A_PRODUCT_CODE = "not-a-product-code"
    IMAGE_TYPE = "image-type"
    IMAGE_DAMAGED = "image-damaged"
    IMAGE_TOO_LARGE = "image-too-large"
    IDEMPOTENCY_KEY_NEEDED = "idempotency-key-needed"
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused"
    REGISTRATION_OVER = "registration-over"
    TRANSFER_OPEN = "transfer-open"
    TRANSFER_CODE_REFUSED = "transfer-code-refused"
    NOT_UPGRADABLE = "not-upgradable"
    ALREADY_UPGRADED = "already-upgraded"
    SIGNATURE_REFUSED = "signature-refused"
    DELIVERY_KNOWN = "delivery-known"
    DEVICE_NOT_PROVEN = "device-not-proven"


OF_CUSTOMERS: Final = frozenset(
    {
        Slug.DETAILS_REFUSED,
        Slug.PASSWORD_NOT_RIGHT,
        Slug.PASSKEY_REFUSED,
        Slug.PASSKEYS_FULL,
        Slug.MAIL_LINK_OVER,
        Slug.CHANGED_MEANWHILE,
        Slug.IF_MATCH_NEEDED,
        Slug.NOT_OURS,
        Slug.PRODUCT_NOT_REGISTRABLE,
        Slug.IDENTIFIER_INVALID,
        Slug.UNKNOWN_SERIAL,
        Slug.BRAND_NEEDED,
        Slug.MODEL_NEEDED,
        Slug.MODEL_MISMATCH,
        Slug.QR_NOT_SUPPORTED,
        Slug.TV_TOO_OLD,
        Slug.ALREADY_YOURS,
        Slug.ALREADY_REGISTERED,
        Slug.TERMS_REQUIRED,
        Slug.TERMS_VERSION_STALE,
        Slug.OWN_DEVICE_REQUIRED,
        Slug.PURCHASE_DATE_FUTURE,
        Slug.PURCHASE_DATE_BEFORE_MANUFACTURE,
        Slug.PACKAGING_CODE,
        Slug.NO_CODE,
        Slug.PAIRING_CODE_ONLY,
        Slug.SEVERAL_PRODUCTS,
        Slug.NOT_A_PRODUCT_CODE,
        Slug.IMAGE_TYPE,
        Slug.IMAGE_DAMAGED,
        Slug.IMAGE_TOO_LARGE,
        Slug.IDEMPOTENCY_KEY_NEEDED,
        Slug.IDEMPOTENCY_KEY_REUSED,
        Slug.REGISTRATION_OVER,
        Slug.TRANSFER_OPEN,
        Slug.TRANSFER_CODE_REFUSED,
        Slug.NOT_UPGRADABLE,
        Slug.ALREADY_UPGRADED,
        Slug.SIGNATURE_REFUSED,
        Slug.DELIVERY_KNOWN,
        Slug.DEVICE_NOT_PROVEN,
        Slug.SESSION_NOT_LIVE,
        Slug.UNIT_NOT_PROVEN,
    }
)
"""What a technician's console never meets, or says in the words of its device card."""

STATUS: Final = {
    Slug.BAD_REQUEST: 400,
    Slug.NOT_SIGNED_IN: 401,
    Slug.SIGN_IN_REFUSED: 401,
    Slug.NOT_ALLOWED: 403,
    Slug.NOT_FOUND: 404,
    Slug.CODE_NOT_OPEN: 404,
    Slug.SESSION_NOT_LIVE: 403,
    Slug.UNIT_NOT_PROVEN: 422,
    Slug.METHOD_NOT_ALLOWED: 405,
    Slug.TOO_LARGE: 413,
    Slug.UNSUPPORTED_TYPE: 415,
    Slug.TOO_MANY: 429,
    Slug.TRY_LATER: 503,
    Slug.OUR_FAULT: 500,
    Slug.DETAILS_REFUSED: 422,
    Slug.PASSWORD_NOT_RIGHT: 403,
    Slug.PASSKEY_REFUSED: 422,
    Slug.PASSKEYS_FULL: 409,
    Slug.MAIL_LINK_OVER: 410,
    Slug.CHANGED_MEANWHILE: 412,
    Slug.IF_MATCH_NEEDED: 428,
    Slug.NOT_OURS: 422,
    Slug.PRODUCT_NOT_REGISTRABLE: 422,
    Slug.IDENTIFIER_INVALID: 422,
    Slug.UNKNOWN_SERIAL: 422,
    Slug.BRAND_NEEDED: 422,
    Slug.MODEL_NEEDED: 422,
    Slug.MODEL_MISMATCH: 422,
    Slug.QR_NOT_SUPPORTED: 422,
    Slug.TV_TOO_OLD: 422,
    Slug.ALREADY_YOURS: 409,
    Slug.ALREADY_REGISTERED: 409,
    Slug.TERMS_REQUIRED: 422,
    Slug.TERMS_VERSION_STALE: 409,
    Slug.OWN_DEVICE_REQUIRED: 422,
    Slug.PURCHASE_DATE_FUTURE: 422,
    Slug.PURCHASE_DATE_BEFORE_MANUFACTURE: 422,
    Slug.PACKAGING_CODE: 422,
    Slug.NO_CODE: 422,
    Slug.PAIRING_CODE_ONLY: 422,
    Slug.SEVERAL_PRODUCTS: 422,
    Slug.NOT_A_PRODUCT_CODE: 422,
    Slug.IMAGE_TYPE: 415,
    Slug.IMAGE_DAMAGED: 422,
    Slug.IMAGE_TOO_LARGE: 413,
    Slug.IDEMPOTENCY_KEY_NEEDED: 400,
    Slug.IDEMPOTENCY_KEY_REUSED: 422,
    Slug.REGISTRATION_OVER: 409,
    Slug.TRANSFER_OPEN: 409,
    Slug.TRANSFER_CODE_REFUSED: 422,
    Slug.NOT_UPGRADABLE: 409,
    Slug.ALREADY_UPGRADED: 409,
    Slug.SIGNATURE_REFUSED: 400,
    Slug.DELIVERY_KNOWN: 409,
    Slug.DEVICE_NOT_PROVEN: 401,
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
    errors: Sequence[Mapping[str, object]] = (),
) -> web.Response:
    """The answer; `reference` finds the fault in our log, and says nothing else.

    `errors` name the fields that it is about by JSON pointer (RFC 6901), each with a code for what is wrong.
    """
    language = choose_language(accept_language)
    body: dict[str, object] = {
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
    if errors:
        body["errors"] = list(errors)
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
