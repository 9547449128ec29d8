"""One's own data: details, password, passkeys; a copy of all of it, and its end (R1, R76-R78, I20)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
from aiohttp import hdrs, web

import locales
from customer_web.views.accounts import AccountPage, CustomerKind, Passkey
from customer_web.views.public import ErasePage, PrivacyPage
from customer_web.views.shell import Fault, FieldError, Nav, Notice
from identity.customers.rules import Fault as AccountFault
from identity.customers.service import Asked, Changed
from identity.customers.sessions import SignedIn
from identity.customers.store import Customer
from identity.request_keys import BODY, CUSTOMER
from identity.rules import PASSWORD_LEAST
from identity.service import SignInRefused
from server.portal import showing
from server.portal.accounts import turned_away
from server.portal.faults import of_account
from server.portal.site import forget, keep_session, lead, source_of
from server.web.access import COOKIE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.portal.site import Site
    from server.web.routes import Filled


class OwnData:
    """A customer's account page, their data to take away, and its erasure.

    `erase` ends the televisions' sign-ins, then what the desk knows, then the account, each in a
    transaction of its own: whoever was stopped half way still has an account to ask with.
    """

    def __init__(self, site: Site, erase: Callable[[str], Awaitable[None]]) -> None:
        self._site = site
        self._erase = erase

    async def account(self, request: web.Request) -> web.Response:
        return self._site.show(request, await self._page(request), Nav.ACCOUNT)

    async def _page(self, request: web.Request, errors: tuple[FieldError, ...] = ()) -> AccountPage:
        customer: Customer = request[CUSTOMER]
        zone = self._site.maker.markets[customer.market].zone
        passkeys = await self._site.passkeys.of_customer(customer)
        return AccountPage(
            name=customer.name,
            email=customer.email,
            verified=customer.verified,
            market=customer.market,
            language=customer.language,
            kind=CustomerKind(customer.kind.value),
            markets=tuple(sorted(self._site.maker.markets.by_code)),
            languages=locales.languages(),
            passkeys=tuple(
                Passkey(one.id, one.name, showing.day_of(one.created_at, zone)) for one in passkeys
            ),
            password_least=PASSWORD_LEAST,
            errors=errors,
        )

    async def change(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        match form["part"]:
            case "details":
                return await self._details(request, form)
            case "password":
                return await self._password(request, form)
            case "passkey":
                if not await self._site.passkeys.remove(request[CUSTOMER], form["id"]):
                    raise web.HTTPNotFound
                return lead("/account", Notice.PASSKEY_REMOVED)
            case "sessions":
                await self._site.customers.sign_out_everywhere(request[CUSTOMER])
                answer = lead("/sign-in", Notice.SESSION_ENDED)
                forget(answer, COOKIE)
                return answer
            case "verify":
                asked = await self._site.customers.ask_verification(request[CUSTOMER], source_of(request))
                if not isinstance(asked, Asked):
                    raise turned_away(asked)
                return lead("/account", Notice.MAIL_SENT)
            case _:
                raise web.HTTPBadRequest

    async def _details(self, request: web.Request, form: Filled) -> web.Response:
        customer: Customer = request[CUSTOMER]
        answer = await self._site.customers.change_details(
            customer,
            name=form["name"],
            language=form["language"],
            market=form["market"],
            version=customer.version,
        )
        match answer:
            case Customer():
                return lead("/account", Notice.DETAILS_SAVED)
            case Changed():
                return lead("/account")
            case fault:
                return await self._wrong(request, of_account(fault))

    async def _password(self, request: web.Request, form: Filled) -> web.Response:
        answer = await self._site.customers.change_password(
            request[CUSTOMER],
            old=form.fields.get("password_now", ""),
            new=form.fields.get("password", ""),
            source=source_of(request),
        )
        match answer:
            case SignedIn(token=token):
                led = lead("/account", Notice.PASSWORD_SET)
                keep_session(led, token)
                return led
            case SignInRefused():
                return await self._wrong(request, (FieldError("password_now", Fault.PASSWORD_REFUSED),))
            case AccountFault():
                return await self._wrong(request, of_account(answer))
            case _:
                raise turned_away(answer)

    async def _wrong(self, request: web.Request, errors: tuple[FieldError, ...]) -> web.Response:
        page = await self._page(request, errors)
        return self._site.show(request, page, Nav.ACCOUNT, status=422)

    async def privacy(self, request: web.Request) -> web.Response:
        return self._site.show(request, PrivacyPage())

    async def export(self, request: web.Request) -> web.Response:
        """All that is kept of them, as a file (R77)."""
        customer: Customer = request[CUSTOMER]
        copy = {
            "account": await self._site.customers.export(customer),
            "desk": msgspec.to_builtins(await self._site.desk.personal_data.export(customer.id)),
        }
        return web.Response(
            body=json.dumps(copy, ensure_ascii=False, indent=2).encode(),
            headers={
                hdrs.CONTENT_TYPE: "application/json",
                hdrs.CONTENT_DISPOSITION: 'attachment; filename="my-data.json"',
            },
        )

    async def erase_form(self, request: web.Request) -> web.Response:
        return self._site.show(request, await self._erase_page(request))

    async def _erase_page(self, request: web.Request, errors: tuple[FieldError, ...] = ()) -> ErasePage:
        kept = await self._site.desk.personal_data.export(request[CUSTOMER].id)
        owned = sum(one.state == "active" for one in kept.registrations)
        return ErasePage(products=owned, open_requests=0, errors=errors)

    async def erase(self, request: web.Request) -> web.Response:
        """With the password once more: what is gone does not come back."""
        form: Filled = request[BODY]
        errors: tuple[FieldError, ...] = ()
        if form["confirm"] != "yes":
            errors = (FieldError("confirm", Fault.CONFIRM_REQUIRED),)
        else:
            right = await self._site.customers.is_password(
                request[CUSTOMER], form.fields.get("password", ""), source=source_of(request)
            )
            if not isinstance(right, bool):
                raise turned_away(right)
            if not right:
                errors = (FieldError("password", Fault.PASSWORD_REFUSED),)
        if errors:
            page = await self._erase_page(request, errors)
            return self._site.show(request, page, status=422)
        await self._erase(request[CUSTOMER].id)
        answer = lead("/", Notice.ERASED)
        forget(answer, COOKIE)
        return answer
