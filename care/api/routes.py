"""The desk's JSON API as a list: who may call what, with which body, how it answers and refuses (CARE 3.4).

The process makes routes of it, and the description of the API.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from care.api import bodies
from care.api.open_handlers import OpenHandlers
from care.api.product_handlers import ProductHandlers
from care.api.registration_handlers import RegistrationHandlers
from care.api.webhook_handlers import WebhookHandlers
from care.desk import views
from care.desk.decoding import PICTURE_BYTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    import msgspec
    from aiohttp import web

    from care.api.request import Reading
    from care.desk.service import Desk

API: Final = "/api/v1"
ID: Final = "{id:[0-9a-f]{32}}"
WEBHOOK_BYTES: Final = 65_536


class Access(StrEnum):
    ANYONE = "anyone"
    CUSTOMER = "customer"
    WEBHOOK = "webhook"  # another service, which signs what it sends


@dataclass(frozen=True, slots=True)
class Link:
    """Where an answer leads: another route, and what it takes, as OpenAPI's runtime expressions (§4.8.20)."""

    method: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """`body` is the strict struct of a JSON body; `answers` are views by status, None where there is no body.

    Where `raw_kinds` names content types instead, the body comes as it is, at most `raw_bytes` of it. `links`
    are where its first good answer leads.
    """

    method: str
    path: str
    access: Access
    handler: Callable[[web.Request], Awaitable[web.Response]]
    summary: str
    body: type[msgspec.Struct] | None = None
    queries: frozenset[str] = frozenset()
    answers: Mapping[int, type[msgspec.Struct] | None] = field(default_factory=dict)
    slugs: tuple[str, ...] = ()
    raw_kinds: frozenset[str] = frozenset()
    raw_bytes: int = 0
    links: tuple[Link, ...] = ()


_LABEL: Final = (
    "no-code",
    "pairing-code-only",
    "packaging-code",
    "several-products",
    "not-a-product-code",
)
_KEY: Final = ("idempotency-key-needed", "idempotency-key-reused")
_TERMS: Final = ("terms-required", "terms-version-stale", "own-device-required")
_PRODUCT: Final = (
    "not-ours",
    "product-not-registrable",
    "identifier-invalid",
    "model-needed",
    "model-mismatch",
)


_PRODUCT_PATH: Final = f"{API}/me/products/{ID}"
_REGISTRATION_PATH: Final = f"{API}/me/registrations/{ID}"
_SIGHTING_PATH: Final = f"{API}/me/sightings/{ID}"
_OF_REGISTRATION: Final = {"id": "$response.body#/id"}
_OF_PRODUCT: Final = {"id": "$response.body#/product"}
# With the version that was read, so that it is given up as it is known to be.
_RELEASE: Final = Link(
    "DELETE", _REGISTRATION_PATH, _OF_REGISTRATION | {"header.If-Match": "$response.header.ETag"}
)
_REGISTERED: Final = (
    Link("GET", _REGISTRATION_PATH, _OF_REGISTRATION),
    _RELEASE,
    Link("POST", f"{_REGISTRATION_PATH}/transfer", _OF_REGISTRATION),
    Link("GET", _PRODUCT_PATH, _OF_PRODUCT),
    Link("GET", f"{_PRODUCT_PATH}/coverage", _OF_PRODUCT),
    Link("POST", f"{_PRODUCT_PATH}/upgrade", _OF_PRODUCT),
)


def _below(path: str, query: str, where: str) -> Link:
    """The list under the first entry of this one."""
    return Link("GET", f"{API}{path}", {query: f"$response.body#/{where}/0/code"})


def desk_routes(
    desk: Desk, reading: Reading, *, secrets: Sequence[bytes] = (), register_page: str = "/register"
) -> list[Entry]:
    """Every route of the desk.

    `secrets` are those that the smart home signs with; `register_page` is the path of the page that a
    product's own link leads to.
    """
    return [
        *_open(OpenHandlers(desk, reading, register_page)),
        *_products(ProductHandlers(desk, reading)),
        *_registrations(RegistrationHandlers(desk, reading)),
        Entry(
            "POST",
            f"{API}/webhooks/smart-home",
            Access.WEBHOOK,
            WebhookHandlers(desk, reading, secrets).smart_home,
            "Products that were paired in a smart home, signed by it",
            answers={202: None},
            slugs=("signature-refused", "delivery-known", "bad-request"),
            raw_kinds=frozenset({"application/json"}),
            raw_bytes=WEBHOOK_BYTES,
        ),
    ]


def _open(handlers: OpenHandlers) -> list[Entry]:
    return [
        Entry(
            "POST",
            f"{API}/identifiers/check",
            Access.ANYONE,
            handlers.check,
            "What a number is: a serial number, an IMEI, or what is wrong with it",
            body=bodies.CheckBody,
            answers={200: views.CheckView},
            slugs=("identifier-invalid", "packaging-code", "product-not-registrable", "too-many"),
        ),
        Entry(
            "GET",
            f"{API}/catalogue/types",
            Access.ANYONE,
            handlers.types,
            "Types of products",
            answers={200: views.GroupList, 304: None},
            links=(
                _below("/catalogue/subtypes", "type", "groups"),
                _below("/guides/serial-location", "type", "groups"),
            ),
        ),
        Entry(
            "GET",
            f"{API}/catalogue/subtypes",
            Access.ANYONE,
            handlers.subtypes,
            "Subtypes of a type",
            queries=frozenset({"type"}),
            answers={200: views.GroupList, 304: None},
            slugs=("bad-request",),
            links=(_below("/catalogue/categories", "subtype", "groups"),),
        ),
        Entry(
            "GET",
            f"{API}/catalogue/categories",
            Access.ANYONE,
            handlers.categories,
            "Categories of a subtype",
            queries=frozenset({"subtype"}),
            answers={200: views.GroupList, 304: None},
            slugs=("bad-request",),
            links=(_below("/catalogue/models", "category", "groups"),),
        ),
        Entry(
            "GET",
            f"{API}/catalogue/models",
            Access.ANYONE,
            handlers.models,
            "Models of a category, also those that cannot be registered",
            queries=frozenset({"category"}),
            answers={200: views.ModelList, 304: None},
            slugs=("bad-request",),
            links=(_below("/guides/serial-location", "model", "models"),),
        ),
        Entry(
            "GET",
            f"{API}/guides/serial-location",
            Access.ANYONE,
            handlers.guide,
            "Where the number of a product stands",
            queries=frozenset({"model", "type"}),
            answers={200: views.GuideView, 304: None},
            slugs=("bad-request", "not-found"),
        ),
        Entry(
            "GET",
            f"{API}/warranty",
            Access.ANYONE,
            handlers.warranty,
            "What covers the product with this number",
            queries=frozenset({"serial", "brand"}),
            answers={200: views.InquiryView},
            slugs=("identifier-invalid", "packaging-code", "unknown-serial", "brand-needed", "too-many"),
        ),
        Entry(
            "GET",
            f"{API}/q/{{path:.+}}",
            Access.ANYONE,
            handlers.resolve,
            "The link on a product (GS1 Digital Link), on to the page that registers it",
            answers={303: None},
            slugs=(
                "not-a-product-code",
                "packaging-code",
                "not-ours",
                "product-not-registrable",
                "qr-not-supported",
            ),
        ),
    ]


def _products(handlers: ProductHandlers) -> list[Entry]:
    return [
        Entry(
            "GET",
            f"{API}/me/products",
            Access.CUSTOMER,
            handlers.products,
            "My products: registered, or unregistered ones that I was seen with (a SightingPage)",
            queries=frozenset({"state", "cursor", "limit"}),
            answers={200: views.ProductPage},
            slugs=("bad-request",),
            links=(Link("GET", _PRODUCT_PATH, {"id": "$response.body#/products/0/id"}),),
        ),
        Entry(
            "GET",
            f"{API}/me/products/{ID}",
            Access.CUSTOMER,
            handlers.product,
            "One of my products",
            answers={200: views.ProductView},
            slugs=("not-found",),
            links=(Link("GET", f"{_PRODUCT_PATH}/coverage", _OF_REGISTRATION),),
        ),
        Entry(
            "GET",
            f"{API}/me/products/{ID}/coverage",
            Access.CUSTOMER,
            handlers.coverage,
            "What covers it, row by row, and what became of it",
            answers={200: views.CoverageView},
            slugs=("not-found",),
        ),
        Entry(
            "POST",
            f"{API}/me/products/{ID}/upgrade",
            Access.CUSTOMER,
            handlers.upgrade,
            "Upgrade its warranty, now or as soon as it is online",
            answers={200: views.UpgradeView},
            slugs=("not-found", "not-upgradable", "already-upgraded", *_KEY),
            links=(Link("DELETE", f"{_PRODUCT_PATH}/upgrade", _OF_PRODUCT),),
        ),
        Entry(
            "DELETE",
            f"{API}/me/products/{ID}/upgrade",
            Access.CUSTOMER,
            handlers.cancel_upgrade,
            "Take back an upgrade that waits",
            answers={200: views.UpgradeView},
            slugs=("not-found", "already-upgraded"),
        ),
        Entry(
            "POST",
            f"{API}/me/sightings",
            Access.CUSTOMER,
            handlers.scan,
            "A label that an app scanned, as an unregistered product",
            body=bodies.ScanBody,
            answers={201: views.SightingView},
            slugs=(*_LABEL, *_PRODUCT, *_KEY, "too-many"),
            links=(
                Link("DELETE", _SIGHTING_PATH, _OF_REGISTRATION),
                Link("POST", f"{API}/me/registrations", body={"sighting": "$response.body#/id"}),
            ),
        ),
        Entry(
            "DELETE",
            f"{API}/me/sightings/{ID}",
            Access.CUSTOMER,
            handlers.dismiss,
            "It is not mine",
            answers={204: None},
            slugs=("not-found",),
        ),
        Entry(
            "POST",
            f"{API}/decode",
            Access.CUSTOMER,
            handlers.decode,
            "The product that the codes in a photograph name",
            answers={200: views.LabelView},
            slugs=(*_LABEL, "image-type", "image-damaged", "image-too-large", "too-many", "try-later"),
            raw_kinds=frozenset({"image/*"}),
            raw_bytes=PICTURE_BYTES,
        ),
        Entry(
            "GET",
            f"{API}/me/data",
            Access.CUSTOMER,
            handlers.export,
            "All that the desk keeps of me",
            answers={200: views.PersonalDataView},
        ),
        Entry(
            "DELETE",
            f"{API}/me/data",
            Access.CUSTOMER,
            handlers.erase,
            "Release my products and forget that they were mine",
            answers={204: None},
        ),
    ]


def _registrations(handlers: RegistrationHandlers) -> list[Entry]:
    one = f"{API}/me/registrations/{ID}"
    return [
        Entry(
            "POST",
            f"{API}/me/registrations",
            Access.CUSTOMER,
            handlers.register,
            "Register a product by its number, the codes of its label, or one click",
            body=bodies.RegistrationBody,
            answers={201: views.RegistrationView},
            slugs=(
                *_LABEL,
                *_PRODUCT,
                *_TERMS,
                *_KEY,
                "unknown-serial",
                "qr-not-supported",
                "already-yours",
                "already-registered",
                "purchase-date-future",
                "purchase-date-before-manufacture",
                "not-found",
                "bad-request",
                "too-many",
            ),
            links=_REGISTERED,
        ),
        Entry(
            "GET",
            one,
            Access.CUSTOMER,
            handlers.registration,
            "One of my registrations, also one that is over",
            answers={200: views.RegistrationView},
            slugs=("not-found",),
            links=(_RELEASE,),
        ),
        Entry(
            "DELETE",
            one,
            Access.CUSTOMER,
            handlers.release,
            "Give the product up; cover stays with it",
            answers={200: views.RegistrationView},
            slugs=(
                "not-found",
                "registration-over",
                "changed-meanwhile",
                "if-match-needed",
                *_KEY,
            ),
        ),
        Entry(
            "POST",
            f"{one}/transfer",
            Access.CUSTOMER,
            handlers.offer,
            "A code by which the next owner takes the product over",
            answers={201: views.OfferView},
            slugs=("not-found", "registration-over", "transfer-open", *_KEY),
            links=(
                Link("POST", f"{API}/me/transfers", body={"code": "$response.body#/code"}),
                Link("DELETE", f"{one}/transfer", {"id": "$request.path.id"}),
            ),
        ),
        Entry(
            "DELETE",
            f"{one}/transfer",
            Access.CUSTOMER,
            handlers.take_back,
            "The code is void",
            answers={204: None},
            slugs=("not-found",),
        ),
        Entry(
            "POST",
            f"{API}/me/transfers",
            Access.CUSTOMER,
            handlers.accept,
            "Take a product over by the code of its owner",
            body=bodies.AcceptBody,
            answers={201: views.RegistrationView},
            slugs=("transfer-code-refused", "already-yours", *_TERMS, *_KEY, "too-many"),
            links=_REGISTERED,
        ),
    ]
