"""What anybody may ask: numbers, the catalogue, guides, the cover of a product, and the link on it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import hdrs, web

from care.api.request import answer, asked, in_language
from care.catalogue.groups import Level
from care.ports import Refusal

if TYPE_CHECKING:
    from care.api.request import Reading
    from care.desk.service import Desk

_SERIAL_MOST = 128


class OpenHandlers:
    """`register_page` is where a product's own link leads."""

    def __init__(self, desk: Desk, reading: Reading, register_page: str) -> None:
        self._desk = desk
        self._reading = reading
        self._register_page = register_page

    async def check(self, request: web.Request) -> web.Response:
        """`POST /api/v1/identifiers/check`."""
        view = await self._desk.asking.check(
            self._reading.body_of(request).serial,
            source=self._reading.source_of(request),
            language=self._reading.language_of(request),
        )
        return answer(view)

    async def types(self, request: web.Request) -> web.Response:
        """`GET /api/v1/catalogue/types`."""
        return await self._groups(request, Level.TYPE, "")

    async def subtypes(self, request: web.Request) -> web.Response:
        """`GET /api/v1/catalogue/subtypes?type=`."""
        return await self._groups(request, Level.SUBTYPE, _needed(request, "type"))

    async def categories(self, request: web.Request) -> web.Response:
        """`GET /api/v1/catalogue/categories?subtype=`."""
        return await self._groups(request, Level.CATEGORY, _needed(request, "subtype"))

    async def models(self, request: web.Request) -> web.Response:
        """`GET /api/v1/catalogue/models?category=`."""
        language = self._reading.language_of(request)
        view = await self._desk.browsing.models(_needed(request, "category"), language=language)
        return in_language(request, view, language)

    async def guide(self, request: web.Request) -> web.Response:
        """`GET /api/v1/guides/serial-location?model=` or `?type=`."""
        model, group = asked(request, "model"), asked(request, "type")
        if bool(model) == bool(group):
            raise Refusal("bad-request")
        language = self._reading.language_of(request)
        view = await self._desk.browsing.guide(model=model, group=group, language=language)
        return in_language(request, view, language)

    async def warranty(self, request: web.Request) -> web.Response:
        """`GET /api/v1/warranty?serial=`: what covers a product (R83-R86)."""
        view = await self._desk.asking.inquire(
            asked(request, "serial", most=_SERIAL_MOST),
            brand=asked(request, "brand", most=80),
            source=self._reading.source_of(request),
            language=self._reading.language_of(request),
        )
        return answer(view)

    async def resolve(self, request: web.Request) -> web.Response:
        """`GET /api/v1/q/{path}`: a product's own link (GS1), on to the page that registers it.

        The number goes on behind a `#`, which browsers keep to themselves: no log has it (INV-C4).
        """
        label = await self._desk.asking.resolve(request.match_info["path"])
        known = urlencode({"gtin": label.gtin, "serial": label.number})
        return web.Response(status=303, headers={hdrs.LOCATION: f"{self._register_page}#{known}"})

    async def _groups(self, request: web.Request, level: Level, parent: str) -> web.Response:
        language = self._reading.language_of(request)
        view = await self._desk.browsing.groups(level, parent, language=language)
        return in_language(request, view, language)


def _needed(request: web.Request, name: str) -> str:
    value = asked(request, name)
    if not value:
        raise Refusal("bad-request")
    return value
