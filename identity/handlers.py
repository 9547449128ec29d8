"""HTTP of identity: what comes in is already parsed and allowed; call the service, answer or refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Protocol

import msgspec
from aiohttp import web

from identity.answers import BadgeAnswer, ChallengeAnswer, Person, SignedInAnswer, TrustAnswer
from identity.badges import BadgeRefused, BadgesSpent, IssuedBadge
from identity.ports import Refusal
from identity.request_keys import ACCOUNT, BODY, SOURCE, TOKEN
from identity.rules import PASSWORD_MOST
from identity.service import Busy, SignedIn, SignInRefused, Waiting
from wire.encoding import KEY_BYTES, b64, unb64
from wire.errors import WireError

if TYPE_CHECKING:
    from identity.badges import BadgeService
    from identity.service import IdentityService
    from identity.store import Account

CHALLENGE_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
BADGE_WAIT_S: Final = 60
BUSY_WAIT_S: Final = 2


class SignInBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    login: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    # Four times the longest password: decomposed letters are several code points before they are composed.
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=4 * PASSWORD_MOST)]


class SignInLinkBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class BadgeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: Annotated[str, msgspec.Meta(min_length=43, max_length=43)]
    challenge: Annotated[str, msgspec.Meta(min_length=43, max_length=43)]
    sig: Annotated[str, msgspec.Meta(min_length=86, max_length=86)]


class TrustSource(Protocol):
    """The newest of what was signed."""

    @property
    def keyset(self) -> bytes: ...

    @property
    def status(self) -> bytes: ...


class IdentityHandlers:
    def __init__(self, identity: IdentityService, badges: BadgeService, trust: TrustSource) -> None:
        self._identity = identity
        self._badges = badges
        self._trust = trust

    async def sign_in(self, request: web.Request) -> web.Response:
        body: SignInBody = request[BODY]
        answer = await self._identity.sign_in(
            login=body.login, password=body.password, source=request[SOURCE]
        )
        match answer:
            case SignedIn():
                return _signed_in(answer)
            case SignInRefused():
                raise Refusal("sign-in-refused")
            case Waiting(seconds):
                raise Refusal("too-many", retry_after_s=seconds)
            case Busy():
                raise Refusal("try-later", retry_after_s=BUSY_WAIT_S)

    async def sign_in_link(self, request: web.Request) -> web.Response:
        if not self._identity.has_links:
            raise Refusal("not-found")
        body: SignInLinkBody = request[BODY]
        answer = await self._identity.sign_in_link(body.token)
        if isinstance(answer, SignInRefused):
            raise Refusal("sign-in-refused")
        return _signed_in(answer)

    async def sign_out(self, request: web.Request) -> web.Response:
        await self._identity.sign_out(request[TOKEN])
        return web.Response(status=204)

    async def me(self, request: web.Request) -> web.Response:
        return _answer(_person(request[ACCOUNT]))

    async def get_trust(self, _request: web.Request) -> web.Response:
        return _answer(TrustAnswer(b64(self._trust.keyset), b64(self._trust.status)))

    async def badge_challenge(self, request: web.Request) -> web.Response:
        challenge = await self._badges.challenge(request[ACCOUNT])
        return _answer(ChallengeAnswer(b64(challenge), self._badges.issuer))

    async def badge(self, request: web.Request) -> web.Response:
        body: BadgeBody = request[BODY]
        try:
            key = unb64(body.key, KEY_BYTES)
            challenge = unb64(body.challenge, CHALLENGE_BYTES)
            sig = unb64(body.sig, SIGNATURE_BYTES)
        except WireError:
            raise Refusal("bad-request") from None
        answer = await self._badges.issue(
            request[ACCOUNT], token=request[TOKEN], key=key, challenge=challenge, sig=sig
        )
        match answer:
            case IssuedBadge(jws, expires_at):
                return _answer(BadgeAnswer(jws, expires_at), 201)
            case BadgeRefused():
                raise Refusal("bad-request")
            case BadgesSpent():
                raise Refusal("too-many", retry_after_s=BADGE_WAIT_S)


def _signed_in(answer: SignedIn) -> web.Response:
    return _answer(SignedInAnswer(answer.token, answer.expires_at, _person(answer.account)))


def _person(account: Account) -> Person:
    return Person(account.name, account.org, account.role.value, account.language)


def _answer(body: msgspec.Struct, status: int = 200) -> web.Response:
    return web.json_response(body=msgspec.json.encode(body), status=status)
