"""Routes of customers' accounts: for the portal's own scripts, and for a maker's apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import hdrs, web

from customer_web.views.shell import Notice
from identity.customers import answers, bodies
from server.portal.site import keep_notice, keep_session
from server.problems import Slug
from server.web.routes import Access, Facts, Route

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from identity.customers.handlers import CustomerHandlers

_AREA: Final = "Customers"
_BASE: Final = "/api/v1/customers"
_ANYONE: Final = frozenset({Access.ANYONE})
_CUSTOMER: Final = frozenset({Access.CUSTOMER})


def _route(
    method: str,
    path: str,
    handler: Handler,
    summary: str,
    answer: tuple[int, object],
    *slugs: Slug,
    body: type[msgspec.Struct] | None = None,
    own: bool = False,
) -> Route:
    return Route(
        method,
        path,
        _CUSTOMER if own else _ANYONE,
        handler,
        body,
        portal=True,
        facts=Facts(_AREA, summary, dict([answer]), slugs),
    )


def customer_routes(handlers: CustomerHandlers, *, origin: str) -> list[Route]:
    """`origin` is our own: its pages are given the session as a cookie, too."""
    sign_in = with_cookie(handlers.sign_in, origin)
    sign_in_passkey = with_cookie(handlers.sign_in_passkey, origin)
    refused, limited = Slug.SIGN_IN_REFUSED, Slug.TOO_MANY
    return [
        _route(
            "POST",
            _BASE,
            handlers.sign_up,
            "Make an account; the answer is the same whether or not the address has one",
            (202, answers.TakenUp),
            *(Slug.DETAILS_REFUSED, limited),
            body=bodies.SignUpBody,
        ),
        _route(
            "POST",
            f"{_BASE}/verify",
            handlers.verify,
            "Say that the address is yours, by the link of a mail",
            (200, answers.Verified),
            Slug.MAIL_LINK_OVER,
            body=bodies.LinkBody,
        ),
        _route(
            "POST",
            f"{_BASE}/verification",
            handlers.ask_verification,
            "Send that mail once more",
            (202, answers.TakenUp),
            limited,
            own=True,
        ),
        _route(
            "POST",
            f"{_BASE}/session",
            sign_in,
            "Sign in",
            (200, answers.SessionAnswer),
            *(refused, limited),
            body=bodies.CustomerSignInBody,
        ),
        _route("DELETE", f"{_BASE}/session", handlers.sign_out, "Sign out", (204, None), own=True),
        _route(
            "DELETE",
            f"{_BASE}/sessions",
            handlers.sign_out_everywhere,
            "Sign out everywhere",
            (204, None),
            own=True,
        ),
        _route(
            "POST",
            f"{_BASE}/recovery",
            handlers.ask_recovery,
            "Ask for a mail to set a new password; the answer is the same for every address",
            (202, answers.TakenUp),
            *(Slug.DETAILS_REFUSED, limited),
            body=bodies.RecoveryBody,
        ),
        _route(
            "POST",
            f"{_BASE}/recovery/finish",
            handlers.recover,
            "Set a new password by that mail's link",
            (200, answers.Recovered),
            *(Slug.MAIL_LINK_OVER, Slug.DETAILS_REFUSED),
            body=bodies.NewPasswordBody,
        ),
        *_own(handlers, origin),
        _route(
            "POST",
            f"{_BASE}/passkeys/sign-in/options",
            handlers.begin_passkey_sign_in,
            "Begin to sign in with a passkey",
            (200, answers.PasskeyOptions),
            limited,
        ),
        _route(
            "POST",
            f"{_BASE}/passkeys/sign-in",
            sign_in_passkey,
            "Sign in with a passkey",
            (200, answers.SessionAnswer),
            *(refused, limited),
            body=bodies.PasskeySignInBody,
        ),
    ]


def _own(handlers: CustomerHandlers, origin: str) -> list[Route]:
    passkeys = "/api/v1/me/passkeys"
    return [
        _route("GET", "/api/v1/me", handlers.me, "Your account", (200, answers.CustomerAnswer), own=True),
        _route(
            "PATCH",
            "/api/v1/me",
            handlers.change_me,
            "Change your details",
            (200, answers.CustomerAnswer),
            *(Slug.DETAILS_REFUSED, Slug.CHANGED_MEANWHILE, Slug.IF_MATCH_NEEDED),
            body=bodies.DetailsBody,
            own=True,
        ),
        _route(
            "POST",
            "/api/v1/me/password",
            handlers.change_password,
            "Change your password; every other session is over",
            (200, answers.SessionAnswer),
            *(Slug.PASSWORD_NOT_RIGHT, Slug.DETAILS_REFUSED, Slug.TOO_MANY),
            body=bodies.ChangePasswordBody,
            own=True,
        ),
        _route("GET", passkeys, handlers.passkeys, "Your passkeys", (200, answers.PasskeysAnswer), own=True),
        _route(
            "POST",
            f"{passkeys}/options",
            handlers.begin_passkey,
            "Begin to add a passkey, with the password once more",
            (200, answers.PasskeyOptions),
            *(Slug.PASSWORD_NOT_RIGHT, Slug.TOO_MANY),
            body=bodies.BeginPasskeyBody,
            own=True,
        ),
        _route(
            "POST",
            passkeys,
            with_notice(handlers.add_passkey, origin, Notice.PASSKEY_ADDED),
            "Add a passkey",
            (201, answers.PasskeyAnswer),
            *(Slug.PASSKEY_REFUSED, Slug.PASSKEYS_FULL),
            body=bodies.AddPasskeyBody,
            own=True,
        ),
        _route(
            "DELETE",
            f"{passkeys}/{{passkey}}",
            handlers.remove_passkey,
            "Remove a passkey",
            (204, None),
            own=True,
        ),
    ]


def with_notice(handler: Handler, origin: str, notice: Notice) -> Handler:
    """Has the next of our own pages say that it is done."""

    async def done(request: web.Request) -> web.StreamResponse:
        answer = await handler(request)
        if request.headers.get(hdrs.ORIGIN) == origin:
            keep_notice(answer, notice)
        return answer

    return done


def with_cookie(handler: Handler, origin: str) -> Handler:
    """Gives our own pages the session as a cookie: no script of theirs may read it."""

    async def signed_in(request: web.Request) -> web.StreamResponse:
        answer = await handler(request)
        if request.headers.get(hdrs.ORIGIN) == origin and isinstance(answer, web.Response):
            keep_session(answer, _token_of(answer))
        return answer

    return signed_in


def _token_of(answer: web.Response) -> str:
    assert isinstance(answer.body, bytes), "a JSON text"
    return msgspec.json.decode(answer.body, type=answers.SessionAnswer).token
