"""Registrations: made, looked at, given up, handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from care.api.request import answer, version_of
from care.desk.registering import Wish
from care.registration.rules import Channel

if TYPE_CHECKING:
    from care.api.bodies import RegistrationBody
    from care.api.request import Reading
    from care.desk.service import Desk


class RegistrationHandlers:
    def __init__(self, desk: Desk, reading: Reading) -> None:
        self._desk = desk
        self._reading = reading

    async def register(self, request: web.Request) -> web.Response:
        """`POST /api/v1/me/registrations`: by a number, a label's codes, or one click on a sighting."""
        view = await self._desk.registering.register(
            self._reading.customer_of(request),
            _wish(self._reading.body_of(request)),
            once=self._reading.once(request),
            source=self._reading.source_of(request),
        )
        return answer(view, status=201, version=view.version)

    async def registration(self, request: web.Request) -> web.Response:
        """`GET /api/v1/me/registrations/{id}`."""
        view = await self._desk.owning.registration(
            self._reading.customer_of(request), request.match_info["id"]
        )
        return answer(view, version=view.version)

    async def release(self, request: web.Request) -> web.Response:
        """`DELETE /api/v1/me/registrations/{id}`, with If-Match."""
        view = await self._desk.owning.release(
            self._reading.customer_of(request),
            request.match_info["id"],
            version=version_of(request),
            once=self._reading.once(request, needed=False),
        )
        return answer(view, version=view.version)

    async def offer(self, request: web.Request) -> web.Response:
        """`POST /api/v1/me/registrations/{id}/transfer`: a code for the next owner."""
        view = await self._desk.owning.offer(
            self._reading.customer_of(request),
            request.match_info["id"],
            once=self._reading.once(request),
        )
        return answer(view, status=201)

    async def take_back(self, request: web.Request) -> web.Response:
        """`DELETE /api/v1/me/registrations/{id}/transfer`."""
        await self._desk.owning.take_back(self._reading.customer_of(request), request.match_info["id"])
        return web.Response(status=204)

    async def accept(self, request: web.Request) -> web.Response:
        """`POST /api/v1/me/transfers`: the next owner, with the code."""
        body = self._reading.body_of(request)
        view = await self._desk.owning.accept(
            self._reading.customer_of(request),
            body.code,
            terms=body.terms,
            own_device=body.own_device,
            once=self._reading.once(request),
            source=self._reading.source_of(request),
        )
        return answer(view, status=201, version=view.version)


def _wish(body: RegistrationBody) -> Wish:
    channel = Channel.QR if body.codes else Channel.ONE_CLICK if body.sighting else Channel(body.channel)
    return Wish(
        channel=channel,
        typed=body.serial,
        codes=body.codes,
        sighting=body.sighting,
        model=body.model,
        terms=body.terms,
        own_device=body.own_device,
        bought_on=body.bought_on,
    )
