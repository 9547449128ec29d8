"""My Page, My products, one product, and what its owner does with it (R1-R9, R24, R45, R88, D6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from care.catalogue.texts import in_language
from care.ports import Refusal
from care.warranty.rows import Right, Standing
from customer_web.views.mine import (
    AcceptPage,
    Banner,
    Dashboard,
    MyPage,
    ProductsPage,
    Proposal,
    ReleasePage,
    TransferPage,
    TransferState,
)
from customer_web.views.shell import Fault, FieldError, Nav, Notice
from identity.request_keys import BODY, CUSTOMER
from server.portal import showing
from server.portal.faults import of_refusal
from server.portal.site import lead, source_of

if TYPE_CHECKING:
    from aiohttp import web

    from care.desk.views import ProductView
    from server.portal.site import Site
    from server.web.routes import Filled

ON_A_PAGE: Final = 12
PROPOSED_MOST: Final = 4


class Products:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def my_page(self, request: web.Request) -> web.Response:
        customer, pages = self._site.at_desk(request), self._site.maker.pages
        language = self._site.language(request)
        products = await self._all(request)
        waiting = (await self._site.desk.products.unregistered(customer)).products
        banners = tuple(
            Banner(in_language(one.title, language), in_language(one.text, language), one.link)
            for one in pages.banners
        )
        asked = request.query.get("banner", "0")
        place = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 3 else 0
        page = MyPage(
            dashboard=_dashboard(products, len(waiting)),
            email=request[CUSTOMER].email,
            banners=banners,
            banner=place % len(banners) if banners else 0,
            recommended=await self._recommended(request, products),
            offers=tuple(
                Proposal(in_language(one.title, language), in_language(one.text, language), one.link)
                for one in pages.offers
            ),
        )
        return self._site.show(request, page, Nav.MY_PAGE)

    async def _recommended(self, request: web.Request, products: list[ProductView]) -> tuple[Proposal, ...]:
        """What goes with what they own, and is not theirs already (R2)."""
        language = self._site.language(request)
        customer = self._site.at_desk(request)
        owned = await self._site.desk.products.owned_categories(customer)
        theirs = {one.model.code for one in products}
        found: dict[str, Proposal] = {}
        for one in self._site.maker.pages.recommended_for(owned):
            for model in await self._site.desk.browsing.models_named(
                [code for code in one.models if code not in theirs | found.keys()], language=language
            ):
                found[model.code] = Proposal(
                    title=model.name,
                    text=in_language(one.reason, language),
                    url=self._site.market(request).links.get("shop", ""),
                    drawing=showing.drawing_of(model.category),
                )
        return tuple(found.values())[:PROPOSED_MOST]

    async def _all(self, request: web.Request) -> list[ProductView]:
        """All of theirs, page by page."""
        customer, cursor, found = self._site.at_desk(request), "", []
        while True:
            page = await self._site.desk.products.registered(customer, cursor=cursor)
            found += page.products
            if page.next is None:
                return found
            cursor = page.next

    async def list(self, request: web.Request) -> web.Response:
        customer = self._site.at_desk(request)
        zone = self._site.maker.markets[customer.market].zone
        products = await self._all(request)
        seen = (await self._site.desk.products.unregistered(customer)).products
        pages = max(1, -(-len(products) // ON_A_PAGE))
        asked = request.query.get("page", "1")
        at = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 6 else 1
        at = min(max(1, at), pages)
        shown = products[(at - 1) * ON_A_PAGE : at * ON_A_PAGE]
        page = ProductsPage(
            cards=tuple(showing.card(one) for one in shown),
            sightings=tuple(showing.sighting(one, one.type.code if one.type else "", zone) for one in seen),
            page=at,
            pages=pages,
            total=len(products),
        )
        return self._site.show(request, page, Nav.PRODUCTS)

    async def seen(self, request: web.Request) -> web.Response:
        """A product that was found: one click begins its registration, another says that it is not theirs."""
        form: Filled = request[BODY]
        if form["answer"] == "not_mine":
            await self._site.desk.sightings.dismiss(self._site.at_desk(request), form["sighting"])
            return lead("/my/products", Notice.NOT_MINE)
        draft = await self._site.desk.drafts.begin_seen(self._site.at_desk(request), form["sighting"])
        return lead(f"/register/{draft.id}?step=3")

    async def product(self, request: web.Request) -> web.Response:
        customer, found = self._site.at_desk(request), await self._found(request)
        market = self._site.maker.markets[customer.market]
        page = showing.product_page(
            found,
            await self._site.desk.products.coverage(customer, found.id),
            market=customer.market,
            today=self._site.desk.ground.today(customer.market),
            zone=market.zone,
        )
        return self._site.show(request, page, Nav.PRODUCTS)

    async def _found(self, request: web.Request) -> ProductView:
        return await self._site.desk.products.product(
            self._site.at_desk(request), request.match_info["product"]
        )

    async def release_form(self, request: web.Request) -> web.Response:
        return self._site.show(request, _release_page(await self._found(request)), Nav.PRODUCTS)

    async def release(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        found = await self._found(request)
        if form["confirm"] != "yes":
            errors = (FieldError("confirm", Fault.CONFIRM_REQUIRED),)
            return self._site.show(request, _release_page(found, errors), Nav.PRODUCTS, status=422)
        await self._site.desk.owning.release(
            self._site.at_desk(request), found.registration, version=None, once=None
        )
        return lead("/my/products", Notice.RELEASED)

    async def transfer_form(self, request: web.Request) -> web.Response:
        return self._site.show(request, self._transfer_page(await self._found(request)), Nav.PRODUCTS)

    def _transfer_page(self, found: ProductView, code: str = "", until_ms: int = 0) -> TransferPage:
        zone = self._site.maker.markets[found.market].zone
        until_ms = until_ms or (found.transfer.expires_at if found.transfer else 0)
        return TransferPage(
            id=found.id,
            name=found.model.name,
            number=showing.number_of(found)[0],
            state=TransferState.OFFERED if until_ms else TransferState.NONE,
            code=code,
            until=showing.day_of(until_ms, zone) if until_ms else None,
        )

    async def transfer(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        customer, found = self._site.at_desk(request), await self._found(request)
        if form["answer"] == "take_back":
            await self._site.desk.owning.take_back(customer, found.registration)
            return lead(f"/my/products/{found.id}", Notice.TRANSFER_TAKEN_BACK)
        offer = await self._site.desk.owning.offer(customer, found.registration, once=None)
        # Shown on the answer itself: a code in a link would stay in the browser's history.
        page = self._transfer_page(found, offer.code, offer.expires_at)
        return self._site.show(request, page, Nav.PRODUCTS)

    async def upgrade(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        customer, found = self._site.at_desk(request), await self._found(request)
        if form["answer"] == "cancel":
            await self._site.desk.upgrading.cancel(customer, found.id)
            return lead(f"/my/products/{found.id}")
        await self._site.desk.upgrading.ask(customer, found.id, once=None)
        return lead(f"/my/products/{found.id}", Notice.UPGRADE_ASKED)

    async def accept_form(self, request: web.Request) -> web.Response:
        return self._site.show(request, AcceptPage(), Nav.PRODUCTS)

    async def accept(self, request: web.Request) -> web.Response:
        """First which product the code names, then the terms, then it is theirs (D6)."""
        form: Filled = request[BODY]
        customer, code = self._site.at_desk(request), form["transfer_code"]
        errors: tuple[FieldError, ...] = ()
        if not code:
            errors = (FieldError("transfer_code", Fault.TRANSFER_CODE_REQUIRED),)
            return self._site.show(request, AcceptPage(errors=errors), Nav.PRODUCTS, status=422)
        try:
            offered = await self._site.desk.owning.offered(customer, code, source=source_of(request))
        except Refusal as refusal:
            if refusal.slug != "transfer-code-refused":
                raise
            errors = (FieldError("transfer_code", Fault.TRANSFER_CODE_UNKNOWN),)
            return self._site.show(request, AcceptPage(code, errors=errors), Nav.PRODUCTS, status=422)
        if form["answer"] == "accept":
            try:
                await self._site.desk.owning.accept(
                    customer,
                    code,
                    terms=form["terms"] if form["agree"] == "yes" else "",
                    own_device=form["own_device"] == "yes",
                    once=None,
                    source=source_of(request),
                )
            except Refusal as refusal:
                errors = of_refusal(refusal)
                if not errors:
                    raise
            else:
                return lead("/my/products", Notice.TRANSFERRED)
        page = AcceptPage(
            code=code,
            name=offered.model.name,
            drawing=showing.drawing_of(offered.group),
            number=offered.number,
            terms=self._site.desk.terms_of(customer.market),
            errors=errors,
        )
        return self._site.show(request, page, Nav.PRODUCTS, status=422 if errors else 200)


def _release_page(found: ProductView, errors: tuple[FieldError, ...] = ()) -> ReleasePage:
    return ReleasePage(found.id, found.model.name, showing.number_of(found)[0], errors)


def _dashboard(products: list[ProductView], unregistered: int) -> Dashboard:
    """The cover that ends next, of those that still run."""
    running = [
        (cover.ends_on, product.model.name)
        for product in products
        for cover in product.covers
        if cover.standing == Standing.RUNNING and cover.right != Right.LEGAL
    ]
    ends_on, name = min(running, default=(None, ""))
    return Dashboard(
        products=len(products),
        unregistered=unregistered,
        open_requests=0,
        ending=name,
        ends_on=ends_on,
    )
