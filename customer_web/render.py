"""Writes a page: view model and frame in, HTML out. Pure; the same values always give the same text."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from customer_web import questions, wording
from customer_web.cover_bars import bars_of
from customer_web.views import accounts, mine, public, register, support
from customer_web.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from customer_web.views.shell import FieldError, Shell

ASSETS: Final = "/static/"
TEMPLATES: Final[dict[type, str]] = {
    accounts.HomePage: "home.html",
    accounts.SignInPage: "sign_in.html",
    accounts.SignUpPage: "sign_up.html",
    accounts.CheckMailPage: "check_mail.html",
    accounts.VerifyPage: "verify.html",
    accounts.RecoverAskPage: "recover_ask.html",
    accounts.RecoverSetPage: "recover_set.html",
    accounts.ChoicesPage: "choices.html",
    accounts.AccountPage: "account.html",
    accounts.TvPage: "tv.html",
    mine.MyPage: "my_page.html",
    mine.ProductsPage: "products.html",
    mine.ProductPage: "product.html",
    mine.ReceiptPage: "receipt.html",
    mine.ReleasePage: "release.html",
    mine.TransferPage: "transfer.html",
    mine.AcceptPage: "accept.html",
    register.NumberPage: "register_number.html",
    register.ScanPage: "register_scan.html",
    register.ModelPage: "register_model.html",
    register.PurchasePage: "register_purchase.html",
    register.DonePage: "register_done.html",
    register.RefusedPage: "register_refused.html",
    register.GuidesPage: "guides.html",
    register.GuidePage: "guide.html",
    support.SupportPage: "support.html",
    public.InquiryPage: "warranty.html",
    public.PrivacyPage: "privacy.html",
    public.ErasePage: "erase.html",
    public.TermsPage: "terms.html",
    public.FaqPage: "faq.html",
    public.TroublePage: "trouble.html",
}
"""The template of every page there is."""


def render(page: object, shell: Shell) -> str:
    """The whole HTML document of a page, in NFC. Raises KeyError for what is no page."""
    template = _environment(shell.language).get_template(TEMPLATES[type(page)])
    return unicodedata.normalize("NFC", template.render(page=page, shell=shell))


@cache
def _environment(language: str) -> Environment:
    words = Wording(language)
    environment = Environment(
        loader=PackageLoader("customer_web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "t": words.t,
        "asset": lambda path: ASSETS + path,
        "own_name": words.own_name,
        "languages": wording.languages(),
        "bars_of": bars_of,
        "error_of": error_of,
        "questions": questions,
    }
    environment.filters |= {
        "long_date": words.long_date,
        "month": words.month,
        "moment": words.moment,
        "number": words.number,
        "megabytes": words.megabytes,
        "duration": words.duration,
        "wait": words.wait,
        "country": words.country,
        "hours": words.hours,
        "spaced": wording.spaced,
        "masked": wording.masked,
        "strong": wording.strong,
        "code": wording.code,
    }
    return environment


def error_of(errors: Sequence[FieldError], field: str) -> FieldError | None:
    """The first fault of a field."""
    return next((error for error in errors if error.field == field), None)
