"""Coming in and going out: sign-up, the mail's links, sign-in, recovery (R80)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import locales
from customer_web.views.accounts import (
    CheckMailPage,
    ChoicesPage,
    CustomerKind,
    HomePage,
    LinkState,
    MailFor,
    RecoverAskPage,
    RecoverSetPage,
    SignInPage,
    SignUpPage,
    VerifyPage,
)
from customer_web.views.shell import Fault, FieldError, Nav, Notice
from identity.customers.rules import LINK_LIFE_MS, LinkKind
from identity.customers.rules import Fault as AccountFault
from identity.customers.service import Asked, LinkOver
from identity.customers.sessions import SignedIn
from identity.customers.store import Customer
from identity.ports import Refusal
from identity.request_keys import BODY, CUSTOMER, SESSION
from identity.rules import PASSWORD_LEAST
from identity.service import Busy, SignInRefused, Waiting
from server.portal.faults import missing, of_account
from server.portal.site import forget, keep_session, lead, path_of_ours, source_of
from server.web.access import COOKIE

if TYPE_CHECKING:
    from aiohttp import web

    from server.portal.site import Site
    from server.web.routes import Filled

BUSY_S = 2


class Accounts:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def home(self, request: web.Request) -> web.Response:
        if CUSTOMER in request:
            return lead("/my")
        return self._site.show(request, HomePage(), Nav.HOME)

    async def sign_in_form(self, request: web.Request) -> web.Response:
        after = path_of_ours(request.query.get("after", ""), "/my")
        if CUSTOMER in request:
            return lead(after)
        return self._site.show(request, SignInPage(after=after, passkeys=True))

    async def sign_in(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        after = path_of_ours(form["after"], "/my")
        errors = missing(
            email=(form["email"], Fault.EMAIL_REQUIRED),
            password=(form.fields.get("password", ""), Fault.PASSWORD_REQUIRED),
        )
        if not errors:
            answer = await self._site.customers.sign_in(
                email=form["email"], password=form.fields["password"], source=source_of(request)
            )
            if isinstance(answer, SignedIn):
                return signed_in(answer, after)
            if not isinstance(answer, SignInRefused):
                raise turned_away(answer)
            errors = (FieldError("email", Fault.SIGN_IN_REFUSED),)
        page = SignInPage(form["email"], after, passkeys=True, errors=errors)
        return self._site.show(request, page, status=422)

    async def sign_out(self, request: web.Request) -> web.Response:
        await self._site.customers.sign_out(request[SESSION])
        answer = lead("/", Notice.SIGNED_OUT)
        forget(answer, COOKIE)
        return answer

    async def sign_up_form(self, request: web.Request) -> web.Response:
        return self._site.show(request, self._sign_up_page(request))

    async def sign_up(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        password = form.fields.get("password", "")
        errors = missing(
            kind=(form["kind"], Fault.KIND_REQUIRED),
            name=(form["name"], Fault.NAME_REQUIRED),
            email=(form["email"], Fault.EMAIL_REQUIRED),
            password=(password, Fault.PASSWORD_REQUIRED),
            market=(form["market"], Fault.MARKET_REQUIRED),
        )
        if not errors:
            answer = await self._site.customers.sign_up(
                email=form["email"],
                password=password,
                name=form["name"],
                language=form["language"],
                market=form["market"],
                kind=form["kind"],
                source=source_of(request),
            )
            if isinstance(answer, Asked):
                hours = LINK_LIFE_MS[LinkKind.VERIFY] // 3_600_000
                return self._site.show(request, CheckMailPage(MailFor.VERIFY, form["email"], hours))
            if not isinstance(answer, AccountFault):
                raise turned_away(answer)
            errors = of_account(answer)
        return self._site.show(request, self._sign_up_page(request, form, errors), status=422)

    def _sign_up_page(
        self, request: web.Request, form: Filled | None = None, errors: tuple[FieldError, ...] = ()
    ) -> SignUpPage:
        sent = form.fields if form is not None else {}
        kind = sent.get("kind", "")
        return SignUpPage(
            markets=tuple(sorted(self._site.maker.markets.by_code)),
            languages=locales.languages(),
            market=sent.get("market") or self._site.market(request).code,
            language=sent.get("language") or self._site.language(request),
            kind=CustomerKind(kind) if kind in set(CustomerKind) else None,
            name=sent.get("name", ""),
            email=sent.get("email", ""),
            password_least=PASSWORD_LEAST,
            errors=errors,
        )

    async def verify_form(self, request: web.Request) -> web.Response:
        """Looking uses nothing up: mail programs open links by themselves."""
        token = request.match_info["token"]
        known = await self._site.customers.customer_of_link(token, LinkKind.VERIFY)
        state = LinkState.OPEN if known is not None else LinkState.OVER
        return self._site.show(request, VerifyPage(token, state))

    async def verify(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        answer = await self._site.customers.verify(token)
        if isinstance(answer, LinkOver):
            return self._site.show(request, VerifyPage(token, LinkState.OVER), status=404)
        return lead("/my" if CUSTOMER in request else "/sign-in", Notice.VERIFIED)

    async def recovery_form(self, request: web.Request) -> web.Response:
        return self._site.show(request, RecoverAskPage())

    async def ask_recovery(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        errors = missing(email=(form["email"], Fault.EMAIL_REQUIRED))
        if not errors:
            answer = await self._site.customers.ask_recovery(email=form["email"], source=source_of(request))
            if isinstance(answer, Asked):
                hours = LINK_LIFE_MS[LinkKind.RECOVER] // 3_600_000
                return self._site.show(request, CheckMailPage(MailFor.RECOVER, form["email"], hours))
            if not isinstance(answer, AccountFault):
                raise turned_away(answer)
            errors = of_account(answer)
        return self._site.show(request, RecoverAskPage(form["email"], errors), status=422)

    async def recover_form(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        known = await self._site.customers.customer_of_link(token, LinkKind.RECOVER)
        state = LinkState.OPEN if known is not None else LinkState.OVER
        return self._site.show(request, RecoverSetPage(token, state, PASSWORD_LEAST))

    async def recover(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        token = request.match_info["token"]
        answer = await self._site.customers.recover(token, form.fields.get("password", ""))
        match answer:
            case Customer():
                return lead("/sign-in", Notice.PASSWORD_SET)
            case LinkOver():
                return self._site.show(request, RecoverSetPage(token, LinkState.OVER), status=404)
            case AccountFault():
                page = RecoverSetPage(token, LinkState.OPEN, PASSWORD_LEAST, of_account(answer))
                return self._site.show(request, page, status=422)
            case _:
                raise turned_away(answer)

    async def choices(self, request: web.Request) -> web.Response:
        """Where installers and distributors go (R80)."""
        links = self._site.market(request).links
        page = ChoicesPage(
            installer_name=self._site.maker.maker.name,
            installer_url=links.get("installer", ""),
            learning_url=links.get("learning", ""),
            contact_url=links.get("contact", ""),
        )
        return self._site.show(request, page)


def signed_in(answer: SignedIn, after: str) -> web.Response:
    """To where they wanted to go, with a session of their own (INV-G4)."""
    led = lead(after)
    keep_session(led, answer.token)
    return led


def turned_away(answer: Waiting | Busy) -> Refusal:
    """The refusal of an answer that is no fault of a form."""
    if isinstance(answer, Waiting):
        return Refusal("too-many", retry_after_s=answer.seconds)
    return Refusal("try-later", retry_after_s=BUSY_S)
