"""Routes of the staff's sign-in, badges and what devices believe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity.answers import BadgeAnswer, ChallengeAnswer, Person, SignedInAnswer, TrustAnswer
from identity.handlers import BadgeBody, SignInBody, SignInLinkBody
from server.direct import TurnLogin
from server.problems import Slug
from server.web.routes import SIGNED_IN, Access, Facts, Route

if TYPE_CHECKING:
    from identity.handlers import IdentityHandlers
    from server.direct import TurnLogins

_ANYONE = frozenset({Access.ANYONE})
_TECHNICIAN = frozenset({Access.TECHNICIAN})
_AREA = "Staff"


def staff_routes(handlers: IdentityHandlers, turn: TurnLogins) -> list[Route]:
    return [
        Route(
            "POST",
            "/v1/sign-in",
            _ANYONE,
            handlers.sign_in,
            SignInBody,
            facts=Facts(
                _AREA,
                "Sign in with a login and a password",
                {200: SignedInAnswer},
                (Slug.SIGN_IN_REFUSED, Slug.TOO_MANY),
            ),
        ),
        Route(
            "POST",
            "/v1/sign-in/link",
            _ANYONE,
            handlers.sign_in_link,
            SignInLinkBody,
            facts=Facts(
                _AREA,
                "Sign in with the link that the demonstration prints",
                {200: SignedInAnswer},
                (Slug.SIGN_IN_REFUSED,),
            ),
        ),
        Route(
            "POST",
            "/v1/sign-out",
            SIGNED_IN,
            handlers.sign_out,
            facts=Facts(_AREA, "Sign out; live sessions end with it", {204: None}),
        ),
        Route("GET", "/v1/me", SIGNED_IN, handlers.me, facts=Facts(_AREA, "Who is signed in", {200: Person})),
        Route(
            "GET",
            "/v1/trust",
            SIGNED_IN,
            handlers.get_trust,
            facts=Facts(_AREA, "Whose badges devices believe", {200: TrustAnswer}),
        ),
        Route(
            "POST",
            "/v1/badge-challenges",
            _TECHNICIAN,
            handlers.badge_challenge,
            facts=Facts(_AREA, "What a browser signs to be given a badge", {200: ChallengeAnswer}),
        ),
        Route(
            "POST",
            "/v1/badges",
            _TECHNICIAN,
            handlers.badge,
            BadgeBody,
            facts=Facts(_AREA, "A badge for this browser's key", {201: BadgeAnswer}, (Slug.TOO_MANY,)),
        ),
        Route(
            "POST",
            "/v1/turn-logins",
            _TECHNICIAN,
            turn.create,
            facts=Facts(_AREA, "A login to the operator's TURN server", {201: TurnLogin}),
        ),
    ]
