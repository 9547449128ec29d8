"""Where help with a product begins (R50)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customer_web.views.shell import Nav
from customer_web.views.support import HelpedProduct, SupportPage
from identity.request_keys import CUSTOMER
from server.portal import showing

if TYPE_CHECKING:
    from aiohttp import web

    from server.portal.site import Site


class Support:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def page(self, request: web.Request) -> web.Response:
        """For anybody; of one's own product with its number at hand."""
        market = self._site.market(request)
        page = SupportPage(await self._product(request), is_open=market.is_open(self._site.desk.ground.now()))
        return self._site.show(request, page, Nav.SUPPORT)

    async def _product(self, request: web.Request) -> HelpedProduct | None:
        wanted = request.query.get("product", "")
        if CUSTOMER not in request or not wanted:
            return None
        found = await self._site.desk.products.product(self._site.at_desk(request), wanted)
        number, kind = showing.number_of(found)
        return HelpedProduct(
            id=found.id,
            name=found.model.name,
            number=number,
            number_kind=kind,
            drawing=showing.drawing_of(found.type.code if found.type else ""),
            remote_assist=found.remote_assist,
        )
