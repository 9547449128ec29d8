"""Pages that anybody may read: a warranty inquiry, guides, questions, terms, the choice of a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

import locales
from care.catalogue.groups import Level
from care.catalogue.texts import in_language
from care.ports import Refusal
from customer_web.views.public import Answer, FaqPage, InquiryPage, InquiryState, Question, TermsPage
from customer_web.views.register import Choice, GuidePage, GuidesPage
from customer_web.views.shell import Cookies, Fault, FieldError, Nav, Notice
from identity.request_keys import BODY
from server.portal import showing
from server.portal.faults import look_of, of_refusal
from server.portal.site import CHOICE, LANGUAGE, YEAR_S, keep, lead, path_of_ours, source_of

if TYPE_CHECKING:
    from server.portal.site import Site
    from server.web.routes import Filled


class Inquiry:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def form(self, request: web.Request) -> web.Response:
        return self._site.show(request, InquiryPage(), Nav.WARRANTY)

    async def ask(self, request: web.Request) -> web.Response:
        """By POST, so that no number stands in an address, a history or a log (R84)."""
        form: Filled = request[BODY]
        typed = form["identifier"]
        if not typed:
            errors = (FieldError("identifier", Fault.IDENTIFIER_EMPTY),)
            return self._site.show(request, InquiryPage(errors=errors), Nav.WARRANTY, status=422)
        language = self._site.language(request)
        try:
            found = await self._site.desk.asking.inquire(
                typed, brand=form["brand"], source=source_of(request), language=language
            )
        except Refusal as refusal:
            return self._not_answered(request, typed, refusal)
        answer = Answer(
            name=found.model.name if found.model else "",
            number=typed.upper(),
            covers=showing.lines(found.covers),
            upgraded=found.upgraded,
            market=found.market,
        )
        today = self._site.desk.ground.today(found.market)
        page = InquiryPage(InquiryState.ANSWERED, typed, today, answer)
        return self._site.show(request, page, Nav.WARRANTY)

    def _not_answered(self, request: web.Request, typed: str, refusal: Refusal) -> web.Response:
        look = look_of(typed.upper(), refusal)
        match refusal.slug:
            case "too-many":
                wait_s = refusal.retry_after_s or 1
                page = InquiryPage(InquiryState.LIMITED, typed, wait_s=wait_s)
                answer = self._site.show(request, page, Nav.WARRANTY, status=429)
                answer.headers["Retry-After"] = str(wait_s)
                return answer
            case "brand-needed":
                page = InquiryPage(InquiryState.BRAND, typed, brands=self._site.maker.maker.brands)
                return self._site.show(request, page, Nav.WARRANTY)
            case "unknown-serial":
                page = InquiryPage(InquiryState.UNKNOWN, typed, look=look)
                return self._site.show(request, page, Nav.WARRANTY, status=404)
        errors = of_refusal(refusal, field="identifier")
        if not errors:
            raise refusal
        page = InquiryPage(typed=typed, look=look, errors=errors)
        return self._site.show(request, page, Nav.WARRANTY, status=422)

    async def guides(self, request: web.Request) -> web.Response:
        groups = (
            await self._site.desk.browsing.groups(Level.TYPE, "", language=self._site.language(request))
        ).groups
        page = GuidesPage(tuple((Choice(one.code, one.name), showing.drawing_of(one.code)) for one in groups))
        return self._site.show(request, page, Nav.PRODUCTS)

    async def guide(self, request: web.Request) -> web.Response:
        language, code = self._site.language(request), request.match_info["type"]
        guide = await self._site.desk.browsing.guide(model="", group=code, language=language)
        groups = (await self._site.desk.browsing.groups(Level.TYPE, "", language=language)).groups
        name = next((one.name for one in groups if one.code == code), code)
        steps = tuple(step.text for step in guide.steps)
        return self._site.show(request, GuidePage(name, showing.drawing_of(code), steps), Nav.PRODUCTS)

    async def faq(self, request: web.Request) -> web.Response:
        language = self._site.language(request)
        own = tuple(
            Question(in_language(one.question, language), (in_language(one.answer, language),))
            for one in self._site.maker.pages.questions
        )
        return self._site.show(request, FaqPage(own), Nav.FAQ)

    async def terms(self, request: web.Request) -> web.Response:
        """One version, which stays readable as long as somebody agreed to it (D11)."""
        version = request.match_info["version"]
        found = self._site.maker.agreements.terms(version, self._site.language(request))
        if found is None:
            raise web.HTTPNotFound
        return self._site.show(request, TermsPage(version, found.valid_from, found.parts))

    async def language(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        if form["language"] not in locales.languages():
            raise web.HTTPBadRequest
        answer = lead(path_of_ours(form["after"], "/"))
        keep(answer, LANGUAGE, form["language"], YEAR_S)
        return answer

    async def cookies(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        if form["choice"] not in set(Cookies):
            raise web.HTTPBadRequest
        answer = lead(path_of_ours(form["after"], "/"), Notice.COOKIES_SAVED)
        keep(answer, CHOICE, form["choice"], YEAR_S)
        return answer
