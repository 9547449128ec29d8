"""HTTP of signing in and registering on a television; every request is proven by the device (SPEC §5.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from aiohttp import hdrs, web

from identity.device_sign_in.machine import Answer
from identity.device_sign_in.registering import NotRegistered, Registered
from identity.device_sign_in.rules import DEVICE_CODE, SCOPE
from identity.device_sign_in.service import Later, NoToken
from identity.ports import Refusal
from identity.request_keys import BODY, SENT
from wire.device_request import ASSERTION, CREDENTIAL, Asked
from wire.limits import BADGE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from identity.device_requests.service import DeviceRequests, ProvenDevice
    from identity.device_sign_in.registering import DeviceRegistration
    from identity.device_sign_in.service import DeviceSignIns

SECRET_CHARACTERS: Final = 64
NOT_PROVEN: Final = "device-not-proven"
ANYONE: Final = "anyone"
"""The door asks nobody who they are here: the handlers do."""

Language = Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$")]


class AuthorizeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """RFC 8628 §3.1, as JSON; the client is who proves the request."""

    scope: Annotated[str, msgspec.Meta(max_length=64)] = SCOPE


class TokenBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """RFC 8628 §3.4, as JSON."""

    grant_type: Annotated[str, msgspec.Meta(max_length=128)]
    device_code: Annotated[str, msgspec.Meta(max_length=SECRET_CHARACTERS)]


class RegistrationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which terms were on the screen, in which language, when the customer agreed."""

    terms: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    language: Language


class AuthorizeAnswer(msgspec.Struct, frozen=True):
    """RFC 8628 §3.2; times in seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


class TokenAnswer(msgspec.Struct, frozen=True):
    """RFC 6749 §5.1."""

    access_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - the kind of token, not one
    scope: str = SCOPE


class OAuthError(msgspec.Struct, frozen=True):
    """RFC 6749 §5.2."""

    error: str


class TermsAnswer(msgspec.Struct, frozen=True):
    version: str
    paragraphs: tuple[str, ...]


class CoverAnswer(msgspec.Struct, frozen=True):
    """Dates are days of the market's calendar, `2029-03-15`; both are covered."""

    right: str
    basis: str
    starts_on: str
    ends_on: str


class RegistrationAnswer(msgspec.Struct, frozen=True):
    model: str
    is_new: bool
    is_verified: bool
    covers: tuple[CoverAnswer, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One route as the composition root needs it; `answers` by status, `slugs` of the problems besides."""

    method: str
    path: str
    access: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    summary: str
    answers: Mapping[int, type[msgspec.Struct] | None]
    body: type[msgspec.Struct] | None = None
    slugs: tuple[str, ...] = ()
    queries: frozenset[str] = field(default_factory=frozenset)


class DeviceHandlers:
    def __init__(
        self,
        requests: DeviceRequests,
        sign_ins: DeviceSignIns,
        registration: DeviceRegistration,
        came_online: Callable[[ProvenDevice, str], Awaitable[None]],
    ) -> None:
        """`came_online` is told of a device that says so, with what proved it."""
        self._requests = requests
        self._sign_ins = sign_ins
        self._registration = registration
        self._came_online = came_online

    def entries(self) -> tuple[Entry, ...]:
        """Everything a television asks over HTTP."""
        oauth: dict[int, type[msgspec.Struct] | None] = {400: OAuthError, 401: OAuthError}
        signed_in = (NOT_PROVEN, "not-signed-in")
        return (
            Entry(
                method="POST",
                path="/api/v1/device/authorize",
                access=ANYONE,
                handler=self.authorize,
                summary="A code for signing in on this television (RFC 8628).",
                answers={200: AuthorizeAnswer, **oauth},
                body=AuthorizeBody,
                slugs=("too-many",),
            ),
            Entry(
                method="POST",
                path="/api/v1/device/token",
                access=ANYONE,
                handler=self.token,
                summary="What became of the code (RFC 8628).",
                answers={200: TokenAnswer, **oauth},
                body=TokenBody,
            ),
            Entry(
                method="POST",
                path="/api/v1/device/sign-out",
                access=ANYONE,
                handler=self.sign_out,
                summary="The customer closed the account on this television.",
                answers={204: None},
                slugs=(NOT_PROVEN,),
            ),
            Entry(
                method="GET",
                path="/api/v1/device/terms",
                access=ANYONE,
                handler=self.terms,
                summary="The terms of registration, to be read on the television.",
                answers={200: TermsAnswer},
                slugs=signed_in,
                queries=frozenset({"language"}),
            ),
            Entry(
                method="POST",
                path="/api/v1/device/registration",
                access=ANYONE,
                handler=self.register,
                summary="The customer agreed on the television: registers it.",
                answers={200: RegistrationAnswer, 201: RegistrationAnswer},
                body=RegistrationBody,
                slugs=(
                    *signed_in,
                    "terms-version-stale",
                    "tv-too-old",
                    "already-registered",
                    "product-not-registrable",
                    "identifier-invalid",
                    "packaging-code",
                    "unknown-serial",
                    "model-needed",
                    "model-mismatch",
                    "not-ours",
                    "too-many",
                ),
            ),
            Entry(
                method="POST",
                path="/api/v1/device/online",
                access=ANYONE,
                handler=self.online,
                summary="This device is online: an upgrade of its warranty that waits for it is done.",
                answers={204: None},
                slugs=(NOT_PROVEN,),
            ),
        )

    async def authorize(self, request: web.Request) -> web.Response:
        device = await self._proven(request)
        if device is None:
            return _oauth_error("invalid_client")
        body: AuthorizeBody = request[BODY]
        if body.scope != SCOPE:
            return _oauth_error("invalid_scope")
        offered = await self._sign_ins.authorize(device)
        if isinstance(offered, Later):
            raise Refusal("too-many", retry_after_s=-(-offered.wait_ms // 1_000))
        return _answer(
            AuthorizeAnswer(
                device_code=offered.device_code,
                user_code=offered.user_code,
                verification_uri=offered.verification_uri,
                verification_uri_complete=offered.verification_uri_complete,
                expires_in=offered.expires_in,
                interval=offered.interval,
            )
        )

    async def token(self, request: web.Request) -> web.Response:
        device = await self._proven(request)
        if device is None:
            return _oauth_error("invalid_client")
        body: TokenBody = request[BODY]
        if body.grant_type != DEVICE_CODE:
            return _oauth_error("unsupported_grant_type")
        said = await self._sign_ins.poll(device, body.device_code)
        if isinstance(said, NoToken):
            assert said.answer is not Answer.TOKEN
            return _oauth_error(said.answer.value)
        return _answer(TokenAnswer(said.access_token, said.expires_in))

    async def sign_out(self, request: web.Request) -> web.Response:
        device = await self._proven(request)
        if device is None:
            raise Refusal(NOT_PROVEN)
        await self._sign_ins.sign_out(device, _token(request))
        return web.Response(status=204)

    async def terms(self, request: web.Request) -> web.Response:
        _, customer = await self._signed_in(request)
        try:
            language = msgspec.convert(request.query.get("language", "en"), Language)
        except msgspec.ValidationError:
            raise Refusal("bad-request") from None
        terms = await self._registration.terms(customer, language)
        return _answer(TermsAnswer(terms.version, terms.paragraphs))

    async def register(self, request: web.Request) -> web.Response:
        device, customer = await self._signed_in(request)
        body: RegistrationBody = request[BODY]
        done = await self._registration.agree(device, customer, terms=body.terms, language=body.language)
        if isinstance(done, NotRegistered):
            raise Refusal(done.slug)
        return _answer(_registered(done), status=201 if done.is_new else 200)

    async def online(self, request: web.Request) -> web.Response:
        device = await self._proven(request)
        if device is None:
            raise Refusal(NOT_PROVEN)
        await self._came_online(device, _only(request, ASSERTION))
        return web.Response(status=204)

    async def _signed_in(self, request: web.Request) -> tuple[ProvenDevice, str]:
        device = await self._proven(request)
        if device is None:
            raise Refusal(NOT_PROVEN)
        who = await self._sign_ins.signed_in(device, _token(request))
        if who is None:
            raise Refusal("not-signed-in")
        return device, who.customer

    async def _proven(self, request: web.Request) -> ProvenDevice | None:
        assertion, credential = _only(request, ASSERTION), _only(request, CREDENTIAL)
        if not assertion or not credential:
            return None
        asked = Asked(
            origin=self._requests.origin,
            method=request.method,
            target=request.raw_path,
            body=request[SENT],
            credential=credential,
            token=_token(request),
        )
        return await self._requests.prove(asked, assertion)


def _only(request: web.Request, header: str) -> str:
    """The header's text; "" where it is missing, there twice, or longer than any that is believed."""
    texts = request.headers.getall(header, [])
    return texts[0] if len(texts) == 1 and len(texts[0]) <= BADGE_CHARACTERS else ""


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token if scheme.lower() == "bearer" and len(token) <= SECRET_CHARACTERS else ""


def _registered(done: Registered) -> RegistrationAnswer:
    covers = tuple(
        CoverAnswer(line.right, line.basis, line.starts_on.isoformat(), line.ends_on.isoformat())
        for line in done.covers
    )
    return RegistrationAnswer(done.model, done.is_new, done.is_verified, covers)


def _oauth_error(error: str) -> web.Response:
    return _answer(OAuthError(error), status=401 if error == "invalid_client" else 400)


def _answer(answer: msgspec.Struct, *, status: int = 200) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(
        body=msgspec.json.encode(answer), status=status, content_type="application/json", headers=headers
    )
