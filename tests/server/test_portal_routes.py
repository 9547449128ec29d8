"""Every route of the portal, written down a second time; and no form of ours that its route refuses."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

import pytest

from care.catalogue.maker import INVENTED
from customer_web.render import render
from server.app import Service
from server.portal.assets import FOLDER
from server.settings import Settings
from server.web.access import PROOF_FIELD
from server.web.routes import ANYBODY, Access, Form, Raw
from tests.portal import samples
from tests.server.conftest import open_test_office

if TYPE_CHECKING:
    from pathlib import Path

    from server.web.routes import Route

pytestmark = pytest.mark.slow

ANYONE, CUSTOMER, SIGNED, DEVICE = (
    frozenset({one}) for one in (Access.ANYONE, Access.CUSTOMER, Access.SIGNED, Access.DEVICE)
)
ID: Final = "{id:[0-9a-f]{32}}"
CUSTOMERS, ME = "/api/v1/customers", "/api/v1/me"

# By hand: a page that shows itself to others, or a form that takes more, must change here as well.
PAGES: Final = {
    "/": ANYBODY,
    "/sign-in": ANYBODY,
    "/sign-up": ANYBODY,
    "/account/verify/{token}": ANYBODY,
    "/account/recover": ANYBODY,
    "/account/recover/{token}": ANYBODY,
    "/choices": ANYBODY,
    "/warranty": ANYBODY,
    "/register/guide": ANYBODY,
    "/register/guide/{type}": ANYBODY,
    "/faq": ANYBODY,
    "/support": ANYBODY,
    "/terms/{version}": ANYBODY,
    "/privacy": ANYBODY,
    "/account": CUSTOMER,
    "/tv": CUSTOMER,
    "/privacy/export": CUSTOMER,
    "/privacy/erase": CUSTOMER,
    "/my": CUSTOMER,
    "/my/products": CUSTOMER,
    "/my/products/{product}": CUSTOMER,
    "/my/products/{product}/release": CUSTOMER,
    "/my/products/{product}/transfer": CUSTOMER,
    "/my/transfer": CUSTOMER,
    "/register": CUSTOMER,
    "/register/scan": CUSTOMER,
    "/register/done/{product}": CUSTOMER,
    "/register/{draft}": CUSTOMER,
    "/q/{path:.+}": CUSTOMER,
}
FORMS: Final = {
    "/sign-in": (ANYBODY, "email password after"),
    "/sign-out": (CUSTOMER, ""),
    "/sign-up": (ANYBODY, "name email password language market kind"),
    "/account/verify/{token}": (ANYBODY, ""),
    "/account/recover": (ANYBODY, "email"),
    "/account/recover/{token}": (ANYBODY, "password"),
    "/warranty": (ANYBODY, "identifier brand"),
    "/language": (ANYBODY, "language after"),
    "/cookies": (ANYBODY, "choice after"),
    "/tv": (CUSTOMER, "user_code answer"),
    "/account": (CUSTOMER, "part id name language market password_now password"),
    "/privacy/erase": (CUSTOMER, "confirm password"),
    "/my/products": (CUSTOMER, "sighting answer"),
    "/my/products/{product}/release": (CUSTOMER, "confirm"),
    "/my/products/{product}/transfer": (CUSTOMER, "answer"),
    "/my/products/{product}/upgrade": (CUSTOMER, "answer"),
    "/my/transfer": (CUSTOMER, "transfer_code terms agree own_device answer"),
    "/register": (CUSTOMER, "step identifier"),
    "/register/scan": (CUSTOMER, "photo"),
    "/register/{draft}": (
        CUSTOMER,
        "step answer identifier type subtype category model purchased_on shop terms agree own_device",
    ),
}
API: Final = {
    ("POST", CUSTOMERS): (ANYONE, "SignUpBody"),
    ("POST", f"{CUSTOMERS}/verify"): (ANYONE, "LinkBody"),
    ("POST", f"{CUSTOMERS}/verification"): (CUSTOMER, ""),
    ("POST", f"{CUSTOMERS}/session"): (ANYONE, "CustomerSignInBody"),
    ("DELETE", f"{CUSTOMERS}/session"): (CUSTOMER, ""),
    ("DELETE", f"{CUSTOMERS}/sessions"): (CUSTOMER, ""),
    ("POST", f"{CUSTOMERS}/recovery"): (ANYONE, "RecoveryBody"),
    ("POST", f"{CUSTOMERS}/recovery/finish"): (ANYONE, "NewPasswordBody"),
    ("POST", f"{CUSTOMERS}/passkeys/sign-in/options"): (ANYONE, ""),
    ("POST", f"{CUSTOMERS}/passkeys/sign-in"): (ANYONE, "PasskeySignInBody"),
    ("GET", ME): (CUSTOMER, ""),
    ("PATCH", ME): (CUSTOMER, "DetailsBody"),
    ("POST", f"{ME}/password"): (CUSTOMER, "ChangePasswordBody"),
    ("GET", f"{ME}/passkeys"): (CUSTOMER, ""),
    ("POST", f"{ME}/passkeys/options"): (CUSTOMER, "BeginPasskeyBody"),
    ("POST", f"{ME}/passkeys"): (CUSTOMER, "AddPasskeyBody"),
    ("DELETE", f"{ME}/passkeys/{{passkey}}"): (CUSTOMER, ""),
    ("GET", f"{ME}/data"): (CUSTOMER, ""),
    ("DELETE", f"{ME}/data"): (CUSTOMER, "EraseBody"),
    ("POST", "/api/v1/identifiers/check"): (ANYONE, "CheckBody"),
    ("GET", "/api/v1/catalogue/types"): (ANYONE, ""),
    ("GET", "/api/v1/catalogue/subtypes"): (ANYONE, ""),
    ("GET", "/api/v1/catalogue/categories"): (ANYONE, ""),
    ("GET", "/api/v1/catalogue/models"): (ANYONE, ""),
    ("GET", "/api/v1/guides/serial-location"): (ANYONE, ""),
    ("GET", "/api/v1/warranty"): (ANYONE, ""),
    ("GET", "/api/v1/q/{path:.+}"): (ANYONE, ""),
    ("GET", f"{ME}/products"): (CUSTOMER, ""),
    ("GET", f"{ME}/products/{ID}"): (CUSTOMER, ""),
    ("GET", f"{ME}/products/{ID}/coverage"): (CUSTOMER, ""),
    ("POST", f"{ME}/products/{ID}/upgrade"): (CUSTOMER, ""),
    ("DELETE", f"{ME}/products/{ID}/upgrade"): (CUSTOMER, ""),
    ("POST", f"{ME}/sightings"): (CUSTOMER, "ScanBody"),
    ("DELETE", f"{ME}/sightings/{ID}"): (CUSTOMER, ""),
    ("POST", "/api/v1/decode"): (CUSTOMER, "image/* 8388608"),
    ("POST", f"{ME}/registrations"): (CUSTOMER, "RegistrationBody"),
    ("GET", f"{ME}/registrations/{ID}"): (CUSTOMER, ""),
    ("DELETE", f"{ME}/registrations/{ID}"): (CUSTOMER, ""),
    ("POST", f"{ME}/registrations/{ID}/transfer"): (CUSTOMER, ""),
    ("DELETE", f"{ME}/registrations/{ID}/transfer"): (CUSTOMER, ""),
    ("POST", f"{ME}/transfers"): (CUSTOMER, "AcceptBody"),
    ("POST", "/api/v1/device/authorize"): (DEVICE, "AuthorizeBody"),
    ("POST", "/api/v1/device/token"): (DEVICE, "TokenBody"),
    ("POST", "/api/v1/device/sign-out"): (DEVICE, ""),
    ("GET", "/api/v1/device/terms"): (DEVICE, ""),
    ("POST", "/api/v1/device/registration"): (DEVICE, "RegistrationBody"),
    ("POST", "/api/v1/device/online"): (DEVICE, ""),
    ("POST", "/api/v1/webhooks/smart-home"): (SIGNED, "application/json 65536"),
}


@pytest.fixture
async def routes(tmp_path: Path) -> list[Route]:
    """Those of the portal, in a service that has one."""
    async with open_test_office(Settings(data=tmp_path / "data", maker=INVENTED)) as office:
        portal = Service(office).portal
        assert portal is not None
        return portal.routes


def body_of(route: Route) -> str:
    match route.body:
        case None:
            return ""
        case Raw(kinds=kinds, most_bytes=most):
            return f"{' '.join(sorted(kinds))} {most}"
        case Form(fields=fields, file=file):
            return " ".join(sorted({*fields, file} - {""}))
        case kind:
            return kind.__name__


async def test_every_route_of_the_portal_is_written_down(routes: list[Route]) -> None:
    pages = {route.path: route.access for route in routes if route.page and route.method == "GET"}
    assert pages == PAGES
    forms = {route.path: (route.access, body_of(route)) for route in routes if isinstance(route.body, Form)}
    assert forms == {path: (who, " ".join(sorted(fields.split()))) for path, (who, fields) in FORMS.items()}
    api = {
        (route.method, route.path): (route.access, body_of(route))
        for route in routes
        if route.path.startswith("/api/")
    }
    assert api == API
    files = {f"/static/{path.relative_to(FOLDER).as_posix()}" for path in FOLDER.rglob("*") if path.is_file()}
    rest = {route.path for route in routes} - PAGES.keys() - FORMS.keys() - {path for _, path in API}
    assert rest == files
    assert all(route.access == ANYONE for route in routes if route.path in files)


async def test_every_route_of_the_portal_is_asked_from_our_own_pages_alone(routes: list[Route]) -> None:
    """INV-G3: no console may; and whatever is for people refuses with a page."""
    assert all(route.portal for route in routes)
    assert {route.path for route in routes if route.page} == PAGES.keys() | FORMS.keys()
    assert all(isinstance(route.body, Form) for route in routes if route.page and route.changes)
    empty = {
        route.path for route in routes if route.changes and route.body is None and route.access == ANYONE
    }
    assert empty == {f"{CUSTOMERS}/passkeys/sign-in/options"}


class Forms(HTMLParser):
    """The forms of a page, each with where it goes and the names of what it sends."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, set[str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((said.get("method", "get"), said["action"], set()))
            self._inside = True
        elif tag in {"input", "select", "textarea", "button"} and "name" in said:
            assert self._inside, f"{said['name']} is sent by no form"
            self.found[-1][2].add(said["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


# What samples show and no handler does yet; each goes with the route that serves it.
NOT_SERVED_YET: Final = {"/my/products/{product}/receipt"}


def sent() -> dict[str, set[str]]:
    """By route as it is served, all that some form of some page sends there."""
    found: dict[str, set[str]] = {}
    for name, page in samples.pages("en"):
        for signed_in in (False, True):
            html = render(page, samples.shell("en", signed_in=signed_in, nav=samples.nav_of(page)))
            forms = Forms()
            forms.feed(html)
            for method, action, fields in forms.found:
                assert method == "post", (name, action)
                assert PROOF_FIELD in fields, (name, action)
                found.setdefault(_route_of(action), set()).update(fields - {PROOF_FIELD})
    return found


def _route_of(action: str) -> str:
    parts = action.split("/")
    for path in {*FORMS, *NOT_SERVED_YET}:
        pattern = path.split("/")
        if len(pattern) == len(parts) and all(
            one == other or (one.startswith("{") and other != "scan")
            for one, other in zip(pattern, parts, strict=True)
        ):
            return path
    raise AssertionError(f"{action} is served nowhere")


def test_a_form_sends_what_its_route_takes_and_no_route_takes_more() -> None:
    """So none of ours can be refused for its fields, and no field is there that no page has."""
    taken = {path: set(fields.split()) for path, (_, fields) in FORMS.items()}
    told = {path: fields for path, fields in sent().items() if path not in NOT_SERVED_YET}
    assert told == taken
