"""What every page of the portal shares: its frame, its cookies, and how it leads on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aiohttp import hdrs, web

import locales
from care.catalogue.markets import NEUTRAL
from care.desk.ground import Customer as DeskCustomer
from customer_web.render import render
from customer_web.views.public import Trouble, TroublePage
from customer_web.views.shell import Cookies, Maker, Nav, Notice, Shell
from identity.customers.rules import SESSION_LIFE_MS, csrf_of
from identity.request_keys import CUSTOMER, SESSION, SOURCE
from server.problems import STATUS, Slug, choose_language
from server.web.access import COOKIE

if TYPE_CHECKING:
    from care.catalogue.maker import MakerData
    from care.catalogue.markets import Market
    from care.desk.service import Desk
    from identity.customers.passkeys import Passkeys
    from identity.customers.service import Customers
    from identity.customers.store import Customer
    from server.web.doors import Refused

LANGUAGE: Final = "__Host-language"
CHOICE: Final = "__Host-cookies"
NOTICE: Final = "__Host-notice"
YEAR_S: Final = 365 * 86_400
NOTICE_S: Final = 60
_AFTER_MOST: Final = 200
# A path of ours, as pages write it: nothing in it can be read as another host or as a second header.
# Read in one way only, so that a long one that is none is found out as soon as a short one (INV-F1).
_PATH: Final = re.compile(r"/(?:[A-Za-z0-9_.~-]+/)*[A-Za-z0-9_.~-]*(?:\?[a-z_]+=[A-Za-z0-9_-]+)?")
_TROUBLES: Final = {
    Slug.NOT_FOUND: Trouble.NOT_FOUND,
    Slug.METHOD_NOT_ALLOWED: Trouble.NOT_FOUND,
    Slug.NOT_ALLOWED: Trouble.FORM_OLD,
    Slug.NOT_SIGNED_IN: Trouble.FORM_OLD,
    Slug.TOO_LARGE: Trouble.TOO_LARGE,
    Slug.TOO_MANY: Trouble.TOO_MANY,
    Slug.TRY_LATER: Trouble.UNAVAILABLE,
    Slug.OUR_FAULT: Trouble.OURS,
}


def path_of_ours(text: str, otherwise: str) -> str:
    """`text` where it is a path of this portal, else `otherwise`: nobody is led away by a link (INV-G5)."""
    return text if len(text) <= _AFTER_MOST and _PATH.fullmatch(text) and "//" not in text else otherwise


@dataclass(frozen=True, slots=True)
class Site:
    """The services that pages ask."""

    maker: MakerData
    customers: Customers
    passkeys: Passkeys
    desk: Desk

    def language(self, request: web.Request) -> str:
        """As chosen, else the customer's, else what the browser asks for."""
        chosen = request.cookies.get(LANGUAGE, "")
        if chosen in locales.languages():
            return chosen
        customer = request.get(CUSTOMER)
        if customer is not None and customer.language in locales.languages():
            return str(customer.language)
        return choose_language(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))

    def market(self, request: web.Request) -> Market:
        """The customer's; of a stranger the one whose first language they read."""
        customer = request.get(CUSTOMER)
        if customer is not None:
            return self.maker.markets[customer.market]
        language = self.language(request)
        for code, market in sorted(self.maker.markets.by_code.items()):
            if code != NEUTRAL and market.languages[0] == language:
                return market
        return self.maker.markets[NEUTRAL]

    def shell(self, request: web.Request, nav: Nav = Nav.NONE) -> Shell:
        customer: Customer | None = request.get(CUSTOMER)
        token = request.get(SESSION, "")
        choice, notice = request.cookies.get(CHOICE), request.cookies.get(NOTICE)
        maker = self.maker.maker
        return Shell(
            maker=Maker(maker.name, maker.home_app or maker.name, maker.members_app or maker.name),
            market=self.market(request),
            language=self.language(request),
            csrf=csrf_of(token) if token else "",
            path=path_of_ours(request.path_qs, "/") if request.method == "GET" else "/",
            person=customer.name if customer is not None else "",
            nav=nav,
            notice=Notice(notice) if notice in set(Notice) else None,
            cookies=Cookies(choice) if choice in set(Cookies) else None,
        )

    def show(
        self, request: web.Request, page: object, nav: Nav = Nav.NONE, *, status: int = 200
    ) -> web.Response:
        """The page; a notice of the one before is said once."""
        shell = self.shell(request, nav)
        answer = web.Response(
            text=render(page, shell),
            status=status,
            content_type="text/html",
            headers={hdrs.CONTENT_LANGUAGE: shell.language, hdrs.VARY: "Accept-Language, Cookie"},
        )
        if NOTICE in request.cookies:
            forget(answer, NOTICE)
        return answer

    def at_desk(self, request: web.Request) -> DeskCustomer:
        """The customer as the desk knows them, reading in the language of the page."""
        customer: Customer = request[CUSTOMER]
        return DeskCustomer(customer.id, customer.market, self.language(request))

    async def refuse(self, request: web.Request, refused: Refused) -> web.StreamResponse:
        """The page for what cannot be shown."""
        page = TroublePage(
            _TROUBLES.get(refused.slug, Trouble.BAD_REQUEST),
            refused.reference,
            refused.retry_after_s or 0,
        )
        answer = self.show(request, page, status=STATUS[refused.slug])
        if refused.retry_after_s is not None:
            answer.headers[hdrs.RETRY_AFTER] = str(refused.retry_after_s)
        return answer


def source_of(request: web.Request) -> str:
    return str(request[SOURCE])


def lead(path: str, notice: Notice | None = None) -> web.Response:
    """To another page of ours, which says what was done (RFC 9110 §15.4.4)."""
    answer = web.Response(status=303, headers={hdrs.LOCATION: path})
    if notice is not None:
        keep_notice(answer, notice)
    return answer


def keep_notice(answer: web.StreamResponse, notice: Notice) -> None:
    """For the next page that is shown."""
    keep(answer, NOTICE, notice.value, NOTICE_S)


def sign_in_page(request: web.Request) -> web.Response:
    """To the place to sign in, and back to where somebody wanted to go."""
    wanted = path_of_ours(request.path_qs, "/my")
    return lead(f"/sign-in?after={quote(wanted, safe='/')}" if "?" not in wanted else "/sign-in")


def keep(answer: web.StreamResponse, name: str, value: str, life_s: int) -> None:
    """A cookie of this host alone, which no script reads and no other site's form takes along."""
    answer.set_cookie(name, value, max_age=life_s, path="/", secure=True, httponly=True, samesite="Lax")


def forget(answer: web.StreamResponse, name: str) -> None:
    answer.del_cookie(name, path="/", secure=True, httponly=True, samesite="Lax")


def keep_session(answer: web.StreamResponse, token: str) -> None:
    keep(answer, COOKIE, token, SESSION_LIFE_MS // 1_000)
