"""Routes of the after-sales desk's API, and what its handlers find on a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import hdrs, web

from care.api.request import Reading
from care.api.routes import Access as DeskAccess
from care.api.routes import desk_routes
from care.desk.ground import Customer as DeskCustomer
from care.desk.views import PersonalDataView  # noqa: TC001 - the description is drawn from it
from identity.customers.bodies import Password  # noqa: TC001 - msgspec reads the annotations
from identity.customers.handlers import refuse
from identity.ports import Refusal
from identity.request_keys import BODY, CUSTOMER, SENT, SOURCE
from server.problems import Slug, choose_language
from server.web.routes import Access, Facts, Link, Raw, Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from care.api.routes import Entry
    from care.desk.service import Desk
    from identity.customers.service import Customers
    from identity.customers.store import Customer

_ACCESS: Final = {
    DeskAccess.ANYONE: frozenset({Access.ANYONE}),
    DeskAccess.CUSTOMER: frozenset({Access.CUSTOMER}),
    DeskAccess.WEBHOOK: frozenset({Access.SIGNED}),
}
_OWN_DATA: Final = "/api/v1/me/data"
_AREAS: Final = (
    ("/api/v1/me", "Products"),
    ("/api/v1/decode", "Products"),
    ("/api/v1/webhooks", "Webhooks"),
    ("", "Catalogue and warranty"),
)


class EraseBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password once more: a session that somebody stole erases nothing."""

    password: Password


class OwnDataAnswer(msgspec.Struct, frozen=True):
    """All that is kept of a customer: the account's facts, and the desk's rows."""

    account: dict[str, Any]
    desk: PersonalDataView


def language_of(request: web.Request) -> str:
    return choose_language(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))


def customer_of(request: web.Request) -> DeskCustomer:
    customer: Customer = request[CUSTOMER]
    return DeskCustomer(customer.id, customer.market, language_of(request))


def api_routes(
    desk: Desk,
    customers: Customers,
    *,
    secrets: Sequence[bytes],
    erase: Callable[[str], Awaitable[None]],
) -> list[Route]:
    """`erase` ends an account and all that the desk keeps of it."""
    reading = Reading(
        customer_of=customer_of,
        source_of=lambda request: request[SOURCE],
        language_of=language_of,
        body_of=lambda request: request[BODY],
        sent_of=lambda request: request[SENT],
    )
    entries = desk_routes(desk, reading, secrets=secrets, register_page="/register")
    return [
        *(_route(entry) for entry in entries if entry.path != _OWN_DATA),
        *_own_data(desk, customers, erase),
    ]


def _route(entry: Entry) -> Route:
    area = next(name for prefix, name in _AREAS if entry.path.startswith(prefix))
    return Route(
        entry.method,
        entry.path,
        _ACCESS[entry.access],
        entry.handler,
        Raw(entry.raw_kinds, entry.raw_bytes) if entry.raw_kinds else entry.body,
        entry.queries,
        portal=True,
        facts=Facts(
            area,
            entry.summary,
            entry.answers,
            tuple(map(Slug, entry.slugs)),
            links=tuple(Link(one.method, one.path, one.parameters, one.body) for one in entry.links),
        ),
    )


def _own_data(desk: Desk, customers: Customers, erase: Callable[[str], Awaitable[None]]) -> list[Route]:
    """A person's data is the account's and the desk's together (R77, I20)."""

    async def export(request: web.Request) -> web.Response:
        customer: Customer = request[CUSTOMER]
        copy = OwnDataAnswer(await customers.export(customer), await desk.personal_data.export(customer.id))
        return web.json_response(body=msgspec.json.encode(copy))

    async def end(request: web.Request) -> web.Response:
        body: EraseBody = request[BODY]
        right = await customers.is_password(request[CUSTOMER], body.password, source=request[SOURCE])
        if not isinstance(right, bool):
            refuse(right)
        if not right:
            raise Refusal("password-not-right")
        await erase(request[CUSTOMER].id)
        return web.Response(status=204)

    own = frozenset({Access.CUSTOMER})
    return [
        Route(
            "GET",
            _OWN_DATA,
            own,
            export,
            portal=True,
            facts=Facts("Customers", "All that is kept of you", {200: OwnDataAnswer}),
        ),
        Route(
            "DELETE",
            _OWN_DATA,
            own,
            end,
            EraseBody,
            portal=True,
            facts=Facts(
                "Customers",
                "Erase your account, with its password; cover stays with the products",
                {204: None},
                (Slug.PASSWORD_NOT_RIGHT, Slug.TOO_MANY),
            ),
        ),
    ]
