"""Every page of the portal in every state it has: what tests render and people look at.

What a maker would supply in the reader's language (banners, guides, questions) is here in five, as data.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import customer_web
from care.catalogue.maker import INVENTED, read_maker_data
from care.catalogue.models import Why
from care.identifiers import Kind
from care.registration.rules import Note
from care.warranty.rows import Right, Standing
from customer_web.views.accounts import (
    AccountPage,
    CheckMailPage,
    ChoicesPage,
    CustomerKind,
    HomePage,
    LinkState,
    MailFor,
    OpenSession,
    Passkey,
    RecoverAskPage,
    RecoverSetPage,
    SignInPage,
    SignUpPage,
    TvPage,
    TvState,
    VerifyPage,
)
from customer_web.views.cover import Change, Changed, CoverLine, Ground
from customer_web.views.mine import (
    AcceptPage,
    Banner,
    Card,
    Dashboard,
    Document,
    Drawing,
    FoundBy,
    MyPage,
    ProductPage,
    ProductsPage,
    Proposal,
    ReceiptPage,
    ReleasePage,
    RemoteHelp,
    Sighting,
    TransferPage,
    TransferState,
    UpgradeState,
)
from customer_web.views.public import (
    Answer,
    ErasePage,
    FaqPage,
    InquiryPage,
    InquiryState,
    PrivacyPage,
    Question,
    TermsPage,
    Trouble,
    TroublePage,
)
from customer_web.views.register import (
    REFUSALS,
    Choice,
    DonePage,
    GuidePage,
    GuidesPage,
    LookClosely,
    ModelPage,
    NumberPage,
    PurchasePage,
    RefusedPage,
    ScanPage,
)
from customer_web.views.shell import Cookies, Fault, FieldError, Maker, Nav, Notice, Shell
from customer_web.views.support import HelpedProduct, SupportPage
from tests.portal.maker_texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES: Final = ("cs", "en", "lv", "nb", "vi")
MAKER: Final = Maker("Hallmere", "Hallmere Home", "Hallmere Members")
MARKETS: Final = read_maker_data(INVENTED, languages=frozenset(LANGUAGES)).markets
MARKET_OF: Final = {"en": "NO", "lv": "LV", "nb": "NO", "cs": "CZ", "vi": "VN"}
STATIC: Final = Path(customer_web.__file__).parent / "static"
CSRF: Final = "q3Zk1lXw9mN0bB7tYc2VfA"
TODAY: Final = date(2026, 11, 29)
SERIAL: Final = "0B4X7WS50312R6K"
IMEI: Final = "356938035642375"
DRAFT: Final = "0192f3a0c1b2"
PRODUCT: Final = "0192f3a0d4e5"
SUPPORT: Final = f"/my/products/{PRODUCT}/support"

MAKERS: Final = CoverLine(
    Right.MAKER, Ground.CONFIRMED_RECEIPT, date(2025, 3, 15), date(2027, 3, 15), Standing.RUNNING
)
LAW: Final = CoverLine(Right.LEGAL, Ground.BY_LAW, date(2025, 3, 15), date(2027, 3, 15), Standing.RUNNING)
LONGER: Final = CoverLine(
    Right.EXTENSION, Ground.EXTENDED_CODE, date(2027, 3, 16), date(2029, 3, 15), Standing.TO_COME
)
PAST: Final = CoverLine(
    Right.MAKER, Ground.CALCULATED_DELIVERY, date(2024, 7, 1), date(2026, 6, 30), Standing.ENDED
)
COVERS: Final = (LAW, MAKERS, LONGER)
CHANGES: Final = (
    Change(date(2025, 4, 3), Changed.EXTENDED_CODE, months=24),
    Change(date(2025, 3, 20), Changed.RECEIPT_CONFIRMED, bought_on=date(2025, 3, 15)),
    Change(date(2025, 3, 18), Changed.CALCULATED, until=date(2027, 2, 1)),
)
LOOK: Final = LookClosely("0B4X7WSSO312R6", marked=(1, 7, 8, 9), missing=1)
TYPES: Final = ("tv", "monitor", "phone", "laundry", "cooling")
DRAWINGS: Final = {
    "tv": Drawing.TV,
    "monitor": Drawing.MONITOR,
    "phone": Drawing.PHONE,
    "laundry": Drawing.WASHER,
    "cooling": Drawing.FRIDGE,
}


def shell(language: str, *, signed_in: bool = True, nav: Nav = Nav.NONE) -> Shell:
    """The frame, with a choice about cookies already made."""
    return Shell(
        maker=MAKER,
        market=MARKETS[MARKET_OF[language]],
        language=language,
        csrf=CSRF,
        path="/my",
        person="Anna K." if signed_in else "",
        nav=nav,
        cookies=Cookies.REJECTED,
    )


def pages(language: str) -> Iterator[tuple[str, object]]:
    """Each state of each page by name."""
    yield from _accounts(language)
    yield from _mine(language)
    yield from _products(language)
    yield from _handing_on()
    yield from _registering(language)
    yield from _anybodys(language)


def shells(language: str) -> Iterator[tuple[str, Shell]]:
    """The frame in every state it has beside signed in and out."""
    yield "cookies not chosen", replace(shell(language), cookies=None)
    for notice in Notice:
        yield f"notice {notice}", replace(shell(language), notice=notice)
    for nav in Nav:
        yield f"nav {nav}", shell(language, nav=nav)
    for code, market in MARKETS.by_code.items():
        yield f"market {code}", replace(shell(language), market=market)


def _accounts(language: str) -> Iterator[tuple[str, object]]:
    markets = ("CZ", "LV", "NO", "VN", "XX")
    yield "home", HomePage()
    yield "sign in", SignInPage(passkeys=True)
    refused = (FieldError("password", Fault.SIGN_IN_REFUSED),)
    yield "sign in, refused", SignInPage(email="anna@example.com", errors=refused)
    empty = SignUpPage(markets, LANGUAGES, market=MARKET_OF[language], language=language)
    yield "sign up", empty
    wrong = (
        FieldError("kind", Fault.KIND_REQUIRED),
        FieldError("name", Fault.NAME_REQUIRED),
        FieldError("email", Fault.EMAIL_FORM),
        FieldError("password", Fault.PASSWORD_SHORT, 10),
    )
    yield "sign up, wrong", replace(empty, email="anna", errors=wrong)
    for what in MailFor:
        yield f"mail {what}", CheckMailPage(what, "anna@example.com", 24)
    for state in LinkState:
        yield f"verify {state}", VerifyPage("one-time", state)
        yield f"set password {state}", RecoverSetPage("one-time", state)
    yield "recover", RecoverAskPage()
    yield "recover, wrong", RecoverAskPage(errors=(FieldError("email", Fault.EMAIL_REQUIRED),))
    address = "https://www.hallmere.example/"
    yield "choices", ChoicesPage("Hallmere Pro", f"{address}pro", f"{address}learn", f"{address}contact")
    account = AccountPage(
        name="Anna Kalniņa",
        email="anna@example.com",
        verified=True,
        market=MARKET_OF[language],
        language=language,
        kind=CustomerKind.HOMEOWNER,
        markets=markets,
        languages=LANGUAGES,
        passkeys=(Passkey("1", "Lumo S2", date(2026, 10, 4)),),
        sessions=(
            OpenSession("1", "Firefox, Linux", datetime(2026, 11, 29, 9, 5), is_this=True),  # noqa: DTZ001
            OpenSession("2", "Safari, iPhone", datetime(2026, 11, 22, 18, 40), is_this=False),  # noqa: DTZ001
        ),
    )
    helped = HelpedProduct(PRODUCT, "Vista 55 Q7", SERIAL, Kind.SERIAL, Drawing.TV, remote_assist=True)
    yield "support", SupportPage(is_open=True)
    yield "support, product", SupportPage(helped)
    yield "account", account
    refused = (FieldError("password_now", Fault.PASSWORD_REFUSED),)
    yield (
        "account, wrong",
        replace(
            account, passkeys=(), sessions=(), verified=False, kind=CustomerKind.INSTALLER, errors=refused
        ),
    )
    for asking in TvState:
        at = datetime(2026, 11, 29, 9, 5)  # noqa: DTZ001
        yield f"tv {asking}", TvPage(asking, "WDJB-MJHT", "Vista 55 Q7", at)
    unknown = (FieldError("user_code", Fault.USER_CODE_UNKNOWN),)
    yield "tv, wrong", TvPage(user_code="WDJB-MJHX", errors=unknown)


def _mine(language: str) -> Iterator[tuple[str, object]]:
    said = TEXTS[language]
    yield "my page, new", MyPage(Dashboard(0, 0, 0), "anna@example.com")
    dashboard = Dashboard(3, 1, 2, ending="Vista 55 Q7", ends_on=date(2027, 3, 15))
    banners = tuple(Banner(title, text, "/my/products", said.action) for title, text in said.banners)
    recommended = tuple(
        Proposal(title, text, "https://www.hallmere.example/shop", Drawing.SOUND, "Vista 55 Q7")
        for title, text in said.recommended
    )
    offers = tuple(Proposal(*offer, url="https://www.hallmere.example/shop") for offer in said.offers)
    yield "my page", MyPage(dashboard, "anna@example.com", banners, 0, recommended, offers)


def _card(place: int, **facts: object) -> Card:
    first = Card(
        id=f"{PRODUCT}{place}",
        name="Vista 55 Q7",
        drawing=Drawing.TV,
        number=SERIAL,
        number_kind=Kind.SERIAL,
        support_url=SUPPORT,
        line=MAKERS,
    )
    return replace(first, **facts)  # type: ignore[arg-type]


def _products(language: str) -> Iterator[tuple[str, object]]:
    said = TEXTS[language]
    yield "products, none", ProductsPage(())
    found = tuple(
        Sighting(f"{n}", said.washer, Drawing.WASHER, by, date(2026, 11, 19)) for n, by in enumerate(FoundBy)
    )
    phone = replace(
        MAKERS, ground=Ground.CALCULATED_ACTIVATION, starts_on=date(2026, 8, 2), ends_on=date(2028, 8, 2)
    )
    cards = (
        _card(1),
        _card(2, name="Lumo S2", drawing=Drawing.PHONE, number=IMEI, number_kind=Kind.IMEI, line=phone),
        _card(3, name="Vista 43 K5", number="K88Y21LM0045P2C", line=PAST, legal_runs=True),
    )
    yield "products", ProductsPage(cards, found[:1], total=3)
    others = tuple(
        _card(4 + n, line=replace(line, right=right))
        for n, (line, right) in enumerate((line, right) for line in (MAKERS, LONGER, PAST) for right in Right)
    )
    yield "products, many", ProductsPage((*others, _card(20, line=None)), found, page=2, pages=3, total=31)
    drawn = tuple(_card(n, drawing=drawing) for n, drawing in enumerate(Drawing))
    grounds = tuple(_card(50 + n, line=replace(MAKERS, ground=ground)) for n, ground in enumerate(Ground))
    yield "products, every drawing and ground", ProductsPage((*drawn, *grounds), total=len(drawn))
    product = ProductPage(
        id=PRODUCT,
        name="Vista 55 Q7",
        drawing=Drawing.TV,
        number=SERIAL,
        number_kind=Kind.SERIAL,
        today=TODAY,
        support_url=SUPPORT,
        covers=COVERS,
        changes=CHANGES,
        made_on=date(2024, 11, 3),
        remote_assist=True,
        documents=tuple(Document(title, "/manual.pdf", size) for title, size in said.documents),
        remote_help=(RemoteHelp(date(2026, 11, 22), 761, "Marta Ozola", 2, "/receipt"),),
        certificate_url=f"/my/products/{PRODUCT}/certificate",
    )
    yield "product", product
    for upgrade in UpgradeState:
        yield (
            f"product, upgrade {upgrade}",
            replace(product, upgrade=upgrade, codes_url="/c", offers_url="/o"),
        )
    every = tuple(
        Change(
            date(2025, 1, 1),
            what,
            until=date(2027, 1, 1),
            bought_on=date(2024, 12, 30),
            months=n + 1,
            reason=said.reason,
        )
        for n, what in enumerate(Changed)
    )
    yield "product, every change", replace(product, changes=every, transfer=TransferState.OFFERED)
    bare = replace(product, covers=(), changes=(), documents=(), remote_help=(), certificate_url="")
    yield "product, unverified", replace(bare, is_unverified=True, remote_assist=False, in_review=True)
    yield (
        "product, foreign",
        replace(product, covers=(PAST,), country="NO", number=IMEI, number_kind=Kind.IMEI),
    )
    yield "product, no cover", bare


def _handing_on() -> Iterator[tuple[str, object]]:
    yield "receipt", ReceiptPage(PRODUCT, "Vista 55 Q7")
    wrong = (
        FieldError("receipt", Fault.RECEIPT_SIZE, 7_210_000),
        FieldError("purchased_on", Fault.PURCHASE_DATE_REQUIRED),
    )
    yield "receipt, wrong", ReceiptPage(PRODUCT, "Vista 55 Q7", errors=wrong)
    yield "release", ReleasePage(PRODUCT, "Vista 55 Q7", SERIAL)
    unsure = (FieldError("confirm", Fault.CONFIRM_REQUIRED),)
    yield "release, not confirmed", ReleasePage(PRODUCT, "Vista 55 Q7", SERIAL, unsure)
    offer = TransferPage(PRODUCT, "Vista 55 Q7", SERIAL)
    yield "transfer", offer
    until = date(2026, 12, 13)
    offered = replace(offer, state=TransferState.OFFERED, until=until)
    yield "transfer, offered", offered
    yield "transfer, offered now", replace(offered, code="H7KQ-4XMP")
    yield "accept", AcceptPage()
    unknown = (FieldError("transfer_code", Fault.TRANSFER_CODE_UNKNOWN),)
    yield "accept, wrong", AcceptPage(code="H7KQ", errors=unknown)
    yield "accept, decide", AcceptPage("H7KQ-4XMP", "Vista 55 Q7", Drawing.TV, SERIAL, "lv-2026-11")


def _registering(language: str) -> Iterator[tuple[str, object]]:
    said = TEXTS[language]
    yield "number", NumberPage()
    short = (FieldError("identifier", Fault.IDENTIFIER_LENGTH, 14),)
    yield "number, short", NumberPage(DRAFT, "0B4X7WSSO312R6", LOOK, short)
    signs = (FieldError("identifier", Fault.IDENTIFIER_CHARACTERS),)
    odd = LookClosely("0B4X7WÄ50312R6K", marked=(1, 8, 9), wrong=(7,))
    yield "number, characters", NumberPage(DRAFT, "0B4X7WÄ50312R6K", odd, signs)
    yield "number, several missing", NumberPage(DRAFT, "8471", LookClosely("8471", missing=7), short)
    yield "scan", ScanPage()
    yield "scan, wrong", ScanPage((FieldError("photo", Fault.PAIRING_CODE_ONLY),))
    first = ModelPage(DRAFT, SERIAL, tuple(Choice(code, said.types[code]) for code in TYPES))
    yield "model", first
    second = replace(first, type="tv", subtypes=(Choice("tv-4k", "4K"), Choice("tv-8k", "8K")))
    yield "model, type", replace(second, errors=(FieldError("subtype", Fault.SUBTYPE_REQUIRED),))
    third = replace(second, subtype="tv-4k", categories=(Choice("tv-4k-oled", "OLED"),))
    yield (
        "model, whole",
        replace(third, category="tv-4k-oled", models=(Choice("VQ55", "Vista 55 Q7"),), model="VQ55"),
    )
    last = PurchasePage(DRAFT, SERIAL, "Vista 55 Q7", "lv-2026-11")
    yield "purchase", last
    missing = (
        FieldError("purchased_on", Fault.PURCHASE_DATE_FUTURE),
        FieldError("agree", Fault.TERMS_REQUIRED),
        FieldError("own_device", Fault.OWN_DEVICE_REQUIRED),
    )
    yield "purchase, wrong", replace(last, bought_on="2027-01-01", shop="Elektra", errors=missing)
    done = DonePage(PRODUCT, "Vista 55 Q7", Drawing.TV, SERIAL, TODAY, COVERS)
    yield "done", done
    yield "done, with notes", replace(done, covers=(), notes=tuple(Note), country="NO")
    for refused in sorted(REFUSALS):
        yield f"refused {refused}", RefusedPage(DRAFT, refused, SERIAL, "Vista 55 Q7")
    for why in Why:
        refused = next(it for it in REFUSALS if it == "product-not-registrable")
        yield f"refused, {why}", RefusedPage("", refused, SERIAL, why=why, look=LOOK, product=PRODUCT)
    yield "guides", GuidesPage(tuple((Choice(code, said.types[code]), DRAWINGS[code]) for code in TYPES))
    yield "guide", GuidePage(said.types["tv"], Drawing.TV, said.steps)


def _anybodys(language: str) -> Iterator[tuple[str, object]]:
    said = TEXTS[language]
    yield "warranty", InquiryPage()
    empty = (FieldError("identifier", Fault.IDENTIFIER_EMPTY),)
    yield "warranty, empty", InquiryPage(errors=empty)
    short = (FieldError("identifier", Fault.IDENTIFIER_LENGTH, 14),)
    yield "warranty, short", InquiryPage(typed="0B4X7WSSO312R6", look=LOOK, errors=short)
    answer = Answer("Vista 55 Q7", SERIAL, (LAW, PAST), upgraded=False, market="LV")
    asked = InquiryPage(InquiryState.ANSWERED, SERIAL, TODAY, answer)
    yield "warranty, standard", asked
    upgraded = replace(answer, covers=(LAW, replace(MAKERS, ground=Ground.UPGRADED)), upgraded=True)
    yield "warranty, upgraded", replace(asked, answer=upgraded)
    yield "warranty, no cover", replace(asked, answer=replace(answer, covers=(), market="XX"))
    yield "warranty, unknown", InquiryPage(InquiryState.UNKNOWN, SERIAL, look=LookClosely(SERIAL, (1, 8, 9)))
    yield "warranty, brand", InquiryPage(InquiryState.BRAND, SERIAL, brands=("Hallmere", "Vestra Home"))
    yield "warranty, limited", InquiryPage(InquiryState.LIMITED, SERIAL, wait_s=754)
    yield "privacy", PrivacyPage()
    yield "erase", ErasePage(3, 1)
    wrong = (
        FieldError("password", Fault.PASSWORD_REFUSED),
        FieldError("confirm", Fault.CONFIRM_REQUIRED),
    )
    yield "erase, wrong", ErasePage(1, 0, wrong)
    yield "terms", TermsPage("lv-2026-11", date(2026, 11, 1), said.terms)
    yield "questions", FaqPage(tuple(Question(question, answer) for question, answer in said.questions))
    for trouble in Trouble:
        yield f"trouble {trouble}", TroublePage(trouble, "7F3K-22QD", 30)


_NAVS: Final = {
    HomePage: Nav.HOME,
    MyPage: Nav.MY_PAGE,
    InquiryPage: Nav.WARRANTY,
    FaqPage: Nav.FAQ,
    AccountPage: Nav.ACCOUNT,
    **dict.fromkeys((ProductsPage, ProductPage, NumberPage, ModelPage, PurchasePage), Nav.PRODUCTS),
}


OPEN: Final = (
    HomePage,
    SignInPage,
    SignUpPage,
    CheckMailPage,
    VerifyPage,
    RecoverAskPage,
    RecoverSetPage,
    ChoicesPage,
    GuidesPage,
    GuidePage,
    InquiryPage,
    PrivacyPage,
    TermsPage,
    FaqPage,
    TroublePage,
)
"""Those that are also read by whoever is not signed in."""


def nav_of(page: object) -> Nav:
    """Where the page stands in the header."""
    return _NAVS.get(type(page), Nav.NONE)
