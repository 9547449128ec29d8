"""A customer's products: listed, looked at, seen, upgraded; and all that is kept of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from care.api.request import answer, asked, page_limit
from care.desk.products import PAGE_MOST
from care.ports import Refusal

if TYPE_CHECKING:
    from care.api.request import Reading
    from care.desk.service import Desk

_CURSOR_MOST = 64


class ProductHandlers:
    def __init__(self, desk: Desk, reading: Reading) -> None:
        self._desk = desk
        self._reading = reading

    async def products(self, request: web.Request) -> web.Response:
        """`GET /api/v1/me/products?state=registered|unregistered`."""
        customer = self._reading.customer_of(request)
        cursor, limit = asked(request, "cursor", most=_CURSOR_MOST), page_limit(request, PAGE_MOST)
        match asked(request, "state"):
            case "" | "registered":
                return answer(await self._desk.products.registered(customer, cursor=cursor, limit=limit))
            case "unregistered":
                return answer(await self._desk.products.unregistered(customer, cursor=cursor, limit=limit))
            case _:
                raise Refusal("bad-request")

    async def product(self, request: web.Request) -> web.Response:
        """`GET /api/v1/me/products/{id}`."""
        view = await self._desk.products.product(self._reading.customer_of(request), request.match_info["id"])
        return answer(view, version=view.version)

    async def coverage(self, request: web.Request) -> web.Response:
        """`GET /api/v1/me/products/{id}/coverage`."""
        view = await self._desk.products.coverage(
            self._reading.customer_of(request), request.match_info["id"]
        )
        return answer(view)

    async def upgrade(self, request: web.Request) -> web.Response:
        """`POST /api/v1/me/products/{id}/upgrade` (R88)."""
        view = await self._desk.upgrading.ask(
            self._reading.customer_of(request),
            request.match_info["id"],
            once=self._reading.once(request),
        )
        return answer(view)

    async def cancel_upgrade(self, request: web.Request) -> web.Response:
        """`DELETE /api/v1/me/products/{id}/upgrade`."""
        view = await self._desk.upgrading.cancel(self._reading.customer_of(request), request.match_info["id"])
        return answer(view)

    async def scan(self, request: web.Request) -> web.Response:
        """`POST /api/v1/me/sightings`: a label that an app scanned (R39-R41)."""
        view = await self._desk.sightings.scanned(
            self._reading.customer_of(request),
            self._reading.body_of(request).codes,
            once=self._reading.once(request),
        )
        return answer(view, status=201)

    async def dismiss(self, request: web.Request) -> web.Response:
        """`DELETE /api/v1/me/sightings/{id}`: it is not theirs."""
        await self._desk.sightings.dismiss(self._reading.customer_of(request), request.match_info["id"])
        return web.Response(status=204)

    async def decode(self, request: web.Request) -> web.Response:
        """`POST /api/v1/decode`: the product that a photograph's codes name."""
        view = await self._desk.asking.decode(
            self._reading.customer_of(request), self._reading.sent_of(request)
        )
        return answer(view)

    async def export(self, request: web.Request) -> web.Response:
        """`GET /api/v1/me/data`: all that the desk keeps under the customer's id."""
        return answer(await self._desk.personal_data.export(self._reading.customer_of(request).id))

    async def erase(self, request: web.Request) -> web.Response:
        """`DELETE /api/v1/me/data`: nothing of the desk leads to them any more."""
        await self._desk.personal_data.erase(self._reading.customer_of(request).id)
        return web.Response(status=204)
