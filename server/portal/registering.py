"""The way to a registered product, a question per step; a draft on our side keeps what was said (R20-R30)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from care.catalogue.groups import Level
from care.catalogue.models import Why
from care.ports import Refusal
from care.registration.rules import Note, Refused
from customer_web.views.register import (
    Choice,
    DonePage,
    ModelPage,
    NumberPage,
    PurchasePage,
    RefusedPage,
    ScanPage,
)
from customer_web.views.shell import Fault, FieldError, Nav
from identity.request_keys import BODY
from server.portal import showing
from server.portal.faults import look_of, of_refusal
from server.portal.site import lead, source_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from care.registration.drafts import Draft
    from server.portal.site import Site
    from server.web.routes import Filled

_TAKEN: Final = {Refused.ALREADY_REGISTERED.value, Refused.ALREADY_YOURS.value}


class Registering:
    def __init__(self, site: Site) -> None:
        self._site = site

    # Step 1: which product it is.

    async def begin(self, request: web.Request) -> web.Response:
        return self._site.show(request, NumberPage(), Nav.PRODUCTS)

    async def number(self, request: web.Request) -> web.Response:
        """What was typed begins a draft, or is said to be wrong, with what to look at (R12, R17-R21)."""
        form: Filled = request[BODY]
        customer, typed = self._site.at_desk(request), form["identifier"]
        try:
            draft = await self._site.desk.drafts.begin_typed(customer, typed, source=source_of(request))
        except Refusal as refusal:
            return self._not_a_number(request, typed, refusal)
        return lead(f"/register/{draft.id}?step={3 if draft.model else 2}")

    def _not_a_number(self, request: web.Request, typed: str, refusal: Refusal) -> web.Response:
        errors = of_refusal(refusal, field="identifier")
        if errors:
            page = NumberPage(typed=typed, look=look_of(typed.strip().upper(), refusal), errors=errors)
            return self._site.show(request, page, Nav.PRODUCTS, status=422)
        return self._refused(request, refusal, number=typed)

    # The label's code instead.

    async def scan_form(self, request: web.Request) -> web.Response:
        return self._site.show(request, ScanPage(), Nav.PRODUCTS)

    async def scan(self, request: web.Request) -> web.Response:
        """A photograph of the label; of several codes the one that registers is taken (R34-R36)."""
        form: Filled = request[BODY]
        if not form.file:
            page = ScanPage((FieldError("photo", Fault.PHOTO_REQUIRED),))
            return self._site.show(request, page, Nav.PRODUCTS, status=422)
        try:
            draft = await self._site.desk.drafts.begin_photo(self._site.at_desk(request), form.file)
        except Refusal as refusal:
            errors = of_refusal(refusal, field="photo")
            if not errors:
                return self._refused(request, refusal)
            errors = (replace(errors[0], n=len(form.file)),)
            return self._site.show(request, ScanPage(errors), Nav.PRODUCTS, status=422)
        return lead(f"/register/{draft.id}?step={3 if draft.model else 2}")

    async def by_link(self, request: web.Request) -> web.Response:
        """The link in the code on a product, opened by a telephone's own camera (R35)."""
        path = request.match_info["path"]
        try:
            draft = await self._site.desk.drafts.begin_link(self._site.at_desk(request), path)
        except Refusal as refusal:
            return self._refused(request, refusal)
        return lead(f"/register/{draft.id}?step=3")

    # Steps 2 and 3.

    async def step(self, request: web.Request) -> web.Response:
        draft = await self._draft(request)
        if request.query.get("step") == "1":
            page: object = NumberPage(draft.id, draft.number)
        elif request.query.get("step") == "2" or not draft.model:
            page = await self._model_page(request, draft, {})
        else:
            page = await self._purchase_page(request, draft)
        return self._site.show(request, page, Nav.PRODUCTS)

    async def answer(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        match form["step"]:
            case "1":
                return await self.number(request)
            case "2":
                return await self._choose(request, form)
            case _:
                return await self._register(request, form)

    async def _choose(self, request: web.Request, form: Filled) -> web.Response:
        """One list after the other; each round offers what is under what was chosen (R26)."""
        draft = await self._draft(request)
        page = await self._model_page(request, draft, form.fields)
        if form["answer"] != "continue":
            return self._site.show(request, page, Nav.PRODUCTS)
        if not page.model:
            errors = (FieldError("model", Fault.MODEL_REQUIRED),)
            return self._site.show(request, replace(page, errors=errors), Nav.PRODUCTS, status=422)
        await self._site.desk.drafts.choose(self._site.at_desk(request), draft, page.model)
        return lead(f"/register/{draft.id}?step=3")

    async def _model_page(self, request: web.Request, draft: Draft, sent: Mapping[str, str]) -> ModelPage:
        language, browsing = self._site.language(request), self._site.desk.browsing
        if not sent and draft.model:
            category, subtype, kind = await browsing.path_of(draft.model)
            sent = {"type": kind, "subtype": subtype, "category": category, "model": draft.model}
        lists: list[tuple[Choice, ...]] = []
        chosen: list[str] = []
        parent = ""
        for level, name in ((Level.TYPE, "type"), (Level.SUBTYPE, "subtype"), (Level.CATEGORY, "category")):
            groups = (await browsing.groups(level, parent, language=language)).groups
            choices = tuple(Choice(one.code, one.name) for one in groups)
            lists.append(choices if level is Level.TYPE or parent else ())
            parent = sent.get(name, "") if sent.get(name) in {one.code for one in lists[-1]} else ""
            chosen.append(parent)
        models: tuple[Choice, ...] = ()
        if parent:
            found = (await browsing.models(parent, language=language)).models
            models = tuple(Choice(one.code, one.name) for one in found)
        model = sent.get("model", "")
        return ModelPage(
            draft=draft.id,
            number=draft.number,
            types=lists[0],
            subtypes=lists[1],
            categories=lists[2],
            models=models,
            type=chosen[0],
            subtype=chosen[1],
            category=chosen[2],
            model=model if model in {one.code for one in models} else "",
        )

    async def _purchase_page(self, request: web.Request, draft: Draft) -> PurchasePage:
        customer = self._site.at_desk(request)
        return PurchasePage(
            draft=draft.id,
            number=draft.number,
            name=await self._site.desk.browsing.name_of(draft.model, language=customer.language),
            terms=self._site.desk.terms_of(customer.market),
            bought_on=draft.bought_on.isoformat() if draft.bought_on else "",
            shop=draft.shop,
        )

    async def _register(self, request: web.Request, form: Filled) -> web.Response:
        customer, draft = self._site.at_desk(request), await self._draft(request)
        agreed, own = form["agree"] == "yes", form["own_device"] == "yes"
        bought_on, errors = _day(form["purchased_on"])
        if not agreed:
            errors = (*errors, FieldError("agree", Fault.TERMS_REQUIRED))
        if not own:
            errors = (*errors, FieldError("own_device", Fault.OWN_DEVICE_REQUIRED))
        if not errors:
            try:
                made = await self._site.desk.drafts.register(
                    customer,
                    replace(draft, bought_on=bought_on, shop=form["shop"][:80]),
                    terms=form["terms"],
                    own_device=own,
                    source=source_of(request),
                )
            except Refusal as refusal:
                errors = of_refusal(refusal)
                if not errors:
                    return await self._refused_draft(request, refusal, draft)
            else:
                return lead(f"/register/done/{made.product}")
        page = replace(
            await self._purchase_page(request, draft),
            bought_on=form["purchased_on"],
            shop=form["shop"],
            agreed=agreed,
            own_device=own,
            errors=errors,
        )
        return self._site.show(request, page, Nav.PRODUCTS, status=422)

    # Step 4.

    async def done(self, request: web.Request) -> web.Response:
        customer = self._site.at_desk(request)
        found = await self._site.desk.products.product(customer, request.match_info["product"])
        foreign = found.market if found.market not in {"", customer.market} else ""
        notes = [Note.FOREIGN] if foreign else []
        if not found.verified:
            notes.insert(0, Note.UNVERIFIED)
        page = DonePage(
            id=found.id,
            name=found.model.name,
            drawing=showing.drawing_of(found.type.code if found.type else ""),
            number=showing.number_of(found)[0],
            today=self._site.desk.ground.today(customer.market),
            covers=showing.lines(found.covers),
            notes=tuple(notes),
            country=foreign,
        )
        return self._site.show(request, page, Nav.PRODUCTS)

    async def _draft(self, request: web.Request) -> Draft:
        return await self._site.desk.drafts.get(self._site.at_desk(request), request.match_info["draft"])

    async def _refused_draft(self, request: web.Request, refusal: Refusal, draft: Draft) -> web.Response:
        name = await self._site.desk.browsing.name_of(draft.model, language=self._site.language(request))
        product = ""
        if refusal.slug == Refused.ALREADY_YOURS.value:
            product = await self._site.desk.drafts.product_of(self._site.at_desk(request), draft)
        return self._refused(
            request, refusal, number=draft.number, name=name, draft=draft.id, product=product
        )

    def _refused(
        self,
        request: web.Request,
        refusal: Refusal,
        *,
        number: str = "",
        name: str = "",
        draft: str = "",
        product: str = "",
    ) -> web.Response:
        """Why it cannot be registered, in words; what is no fault of the product goes on as it is."""
        if refusal.slug not in set(Refused):
            raise refusal
        hints = {str(error["hint"]) for error in refusal.errors}
        why = next((one for one in Why if one.value in hints), None)
        page = RefusedPage(
            draft=draft,
            refused=Refused(refusal.slug),
            number=number,
            name=name,
            why=why,
            product=product,
            look=look_of(number, refusal) if number else None,
        )
        return self._site.show(request, page, Nav.PRODUCTS, status=409 if refusal.slug in _TAKEN else 422)


def _day(text: str) -> tuple[date | None, tuple[FieldError, ...]]:
    """A day as browsers send it, none where nothing was said (R30)."""
    if not text:
        return None, ()
    try:
        return date.fromisoformat(text), ()
    except ValueError:
        return None, (FieldError("purchased_on", Fault.PURCHASE_DATE_FORM),)
