"""Every page of the portal: who may see it, and what its form sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from care.desk.decoding import PICTURE_BYTES
from server.portal.accounts import Accounts
from server.portal.inquiry import Inquiry
from server.portal.own_data import OwnData
from server.portal.products import Products
from server.portal.registering import Registering
from server.portal.support import Support
from server.portal.tv import TvPages
from server.web.routes import ANYBODY, Access, Form, Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.typedefs import Handler

    from identity.device_sign_in.service import DeviceSignIns
    from server.portal.site import Site

_CUSTOMERS: Final = frozenset({Access.CUSTOMER})
# A photograph, and the form around it.
_PHOTO_MOST: Final = PICTURE_BYTES + 16_384


def page(path: str, handler: Handler, *queries: str, own: bool = False) -> Route:
    access = _CUSTOMERS if own else ANYBODY
    return Route("GET", path, access, handler, queries=frozenset(queries), page=True, portal=True)


def form(path: str, handler: Handler, *fields: str, own: bool = False) -> Route:
    access = _CUSTOMERS if own else ANYBODY
    return Route("POST", path, access, handler, Form(frozenset(fields)), page=True, portal=True)


def portal_routes(site: Site, erase: Callable[[str], Awaitable[None]]) -> list[Route]:
    return [
        *_accounts(Accounts(site)),
        *_open(Inquiry(site)),
        page("/support", Support(site).page, "product"),
        *_own_data(OwnData(site, erase)),
        *_products(Products(site)),
        *_registering(Registering(site)),
    ]


def tv_routes(site: Site, sign_ins: DeviceSignIns) -> list[Route]:
    pages = TvPages(site, sign_ins)
    return [
        page("/tv", pages.ask, "code", own=True),
        form("/tv", pages.answer, "user_code", "answer", own=True),
    ]


def _accounts(pages: Accounts) -> list[Route]:
    details = ("name", "email", "password", "language", "market", "kind")
    return [
        page("/", pages.home),
        page("/sign-in", pages.sign_in_form, "after"),
        form("/sign-in", pages.sign_in, "email", "password", "after"),
        form("/sign-out", pages.sign_out, own=True),
        page("/sign-up", pages.sign_up_form),
        form("/sign-up", pages.sign_up, *details),
        page("/account/verify/{token}", pages.verify_form),
        form("/account/verify/{token}", pages.verify),
        page("/account/recover", pages.recovery_form),
        form("/account/recover", pages.ask_recovery, "email"),
        page("/account/recover/{token}", pages.recover_form),
        form("/account/recover/{token}", pages.recover, "password"),
        page("/choices", pages.choices),
    ]


def _open(pages: Inquiry) -> list[Route]:
    return [
        page("/warranty", pages.form),
        form("/warranty", pages.ask, "identifier", "brand"),
        page("/register/guide", pages.guides),
        page("/register/guide/{type}", pages.guide),
        page("/faq", pages.faq),
        page("/terms/{version}", pages.terms),
        form("/language", pages.language, "language", "after"),
        form("/cookies", pages.cookies, "choice", "after"),
    ]


def _own_data(pages: OwnData) -> list[Route]:
    changed = ("part", "id", "name", "language", "market", "password_now", "password")
    return [
        page("/account", pages.account, own=True),
        form("/account", pages.change, *changed, own=True),
        page("/privacy", pages.privacy),
        page("/privacy/export", pages.export, own=True),
        page("/privacy/erase", pages.erase_form, own=True),
        form("/privacy/erase", pages.erase, "confirm", "password", own=True),
    ]


def _products(pages: Products) -> list[Route]:
    return [
        page("/my", pages.my_page, "banner", own=True),
        page("/my/products", pages.list, "page", own=True),
        form("/my/products", pages.seen, "sighting", "answer", own=True),
        page("/my/products/{product}", pages.product, own=True),
        page("/my/products/{product}/release", pages.release_form, own=True),
        form("/my/products/{product}/release", pages.release, "confirm", own=True),
        page("/my/products/{product}/transfer", pages.transfer_form, own=True),
        form("/my/products/{product}/transfer", pages.transfer, "answer", own=True),
        form("/my/products/{product}/upgrade", pages.upgrade, "answer", own=True),
        page("/my/transfer", pages.accept_form, own=True),
        form(
            "/my/transfer",
            pages.accept,
            *("transfer_code", "terms", "agree", "own_device", "answer"),
            own=True,
        ),
    ]


def _registering(pages: Registering) -> list[Route]:
    model = ("type", "subtype", "category", "model")
    purchase = ("purchased_on", "shop", "terms", "agree", "own_device")
    photo = Form(frozenset(), "photo", _PHOTO_MOST)
    return [
        page("/register", pages.begin, own=True),
        form("/register", pages.number, "step", "identifier", own=True),
        page("/register/scan", pages.scan_form, own=True),
        Route("POST", "/register/scan", _CUSTOMERS, pages.scan, photo, page=True, portal=True),
        page("/register/done/{product}", pages.done, own=True),
        page("/register/{draft}", pages.step, "step", own=True),
        form("/register/{draft}", pages.answer, "step", "answer", "identifier", *model, *purchase, own=True),
        page("/q/{path:.+}", pages.by_link, own=True),
    ]
