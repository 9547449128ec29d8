"""The maker's service as the account needs it, over HTTP: each request signed by this device (SPEC §5.6)."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Protocol, TypeVar

import aiohttp
import msgspec

from device_agent.account.view import Basis, Cover, Right, Why
from wire import device_request, jws
from wire.device_request import ASSERTION, CREDENTIAL, NONCE_BYTES, Asked
from wire.limits import DEVICE_REQUEST_S
from wire.texts import is_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.clock import Clock
    from device_agent.trust import DeviceKey

log = logging.getLogger(__name__)

ANSWER_S: Final = 10.0
ANSWER_BYTES: Final = 65_536
_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_PROBLEM: Final = "urn:alongside:problem:"
_NOT_PROVEN: Final = "device-not-proven"
_PARAGRAPH: Final = 4_000
_WHY: Final = {
    _NOT_PROVEN: Why.NOT_PROVEN,
    "tv-too-old": Why.TOO_OLD,
    "already-registered": Why.TAKEN,
    "unknown-serial": Why.UNKNOWN,
}


class NoLine(Exception):  # noqa: N818 - what the customer is told
    """No way to the service, or it cannot answer now; the same once more may go better."""


class Lapsed(Exception):  # noqa: N818 - an answer
    """Nobody is signed in here any more."""


class Stale(Exception):  # noqa: N818 - an answer
    """The terms that were agreed to are not in force any more."""


class Impossible(Exception):  # noqa: N818 - an answer
    """This device cannot be registered here; `why` has its words."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Wait(StrEnum):
    """Why there is no token yet, or never will be (RFC 8628 §3.5)."""

    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"
    SPENT = "invalid_grant"


class Code(msgspec.Struct, frozen=True):
    """RFC 8628 §3.2; times in seconds."""

    device_code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    user_code: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{4}-[A-Z0-9]{4}$")]
    verification_uri: Annotated[str, msgspec.Meta(max_length=280)]
    verification_uri_complete: Annotated[str, msgspec.Meta(max_length=300)]
    expires_in: Annotated[int, msgspec.Meta(ge=1, le=3_600)]
    interval: Annotated[int, msgspec.Meta(ge=1, le=60)]


class Token(msgspec.Struct, frozen=True):
    """RFC 6749 §5.1."""

    access_token: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    expires_in: Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class Terms(msgspec.Struct, frozen=True):
    """What the customer reads."""

    version: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    paragraphs: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=200)]


class _Cover(msgspec.Struct, frozen=True):
    right: Annotated[str, msgspec.Meta(pattern="^[a-z_]{1,32}$")]
    basis: Annotated[str, msgspec.Meta(pattern="^[a-z_]{1,32}$")]
    starts_on: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    ends_on: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class _Registration(msgspec.Struct, frozen=True):
    model: Annotated[str, msgspec.Meta(max_length=64)]
    is_new: bool
    is_verified: bool
    covers: Annotated[tuple[_Cover, ...], msgspec.Meta(max_length=16)]


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""  # RFC 6749 §5.2
    type: str = ""  # RFC 9457

    @property
    def slug(self) -> str:
        return self.type.removeprefix(_PROBLEM)


@dataclass(frozen=True, slots=True)
class Registration:
    """It is registered to who is signed in."""

    model: str
    covers: tuple[Cover, ...]
    is_new: bool
    is_verified: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    date_s: int | None


class Service(Protocol):
    """What the account asks, so that a test can be the service. Each may raise NoLine and Impossible."""

    async def authorize(self) -> Code:
        """A code to show."""
        ...

    async def token(self, device_code: str) -> Token | Wait:
        """What became of it."""
        ...

    async def terms(self, token: str, language: str) -> Terms:
        """The terms in force; raises Lapsed."""
        ...

    async def register(self, token: str, terms: str, language: str) -> Registration:
        """Registers this device; raises Lapsed and Stale."""
        ...

    async def sign_out(self, token: str) -> None:
        """The token is not needed any more."""
        ...

    async def online(self) -> None:
        """Says that this device is there: what waits for it at its maker's desk is done (R88)."""
        ...


_Kind = TypeVar("_Kind", bound=msgspec.Struct)


class HttpService:
    """Calls `origin`, the one in this device's own settings, and follows no redirect from it."""

    def __init__(self, origin: str, *, key: DeviceKey, credential: Callable[[], str], clock: Clock) -> None:
        self._origin = origin
        self._key = key
        self._credential = credential
        self._clock = clock
        # What the service's clock is ahead of this device's, as far as it has said.
        self._ahead_s = 0

    async def authorize(self) -> Code:
        answer = await self._ask("POST", "/api/v1/device/authorize", {"scope": "register"})
        code = _read(answer, Code)
        links = (code.verification_uri, code.verification_uri_complete)
        if not all(link.startswith(f"{self._origin}/") and link.isprintable() for link in links):
            raise NoLine  # a page of somebody else's is not shown to anybody (R104)
        return code

    async def token(self, device_code: str) -> Token | Wait:
        body = {"grant_type": _GRANT, "device_code": device_code}
        answer = await self._ask("POST", "/api/v1/device/token", body)
        error = _refusal(answer).error if answer.status == 400 else ""
        return Wait(error) if error in set(Wait) else _read(answer, Token)

    async def terms(self, token: str, language: str) -> Terms:
        answer = await self._ask("GET", f"/api/v1/device/terms?language={language}", token=token)
        terms = _read(answer, Terms)
        if not all(is_plain(text, at_least=1, at_most=_PARAGRAPH) for text in terms.paragraphs):
            raise NoLine
        return terms

    async def register(self, token: str, terms: str, language: str) -> Registration:
        body = {"terms": terms, "language": language}
        done = _read(await self._ask("POST", "/api/v1/device/registration", body, token=token), _Registration)
        covers = tuple(
            Cover(Right(it.right), Basis(it.basis), it.starts_on, it.ends_on)
            for it in done.covers
            if it.right in set(Right) and it.basis in set(Basis)
        )
        return Registration(done.model, covers, done.is_new, done.is_verified)

    async def sign_out(self, token: str) -> None:
        await self._ask("POST", "/api/v1/device/sign-out", token=token)

    async def online(self) -> None:
        answer = await self._ask("POST", "/api/v1/device/online")
        if answer.status != 204:
            raise NoLine

    async def _ask(
        self, method: str, target: str, body: dict[str, str] | None = None, *, token: str = ""
    ) -> _Answer:
        credential = self._credential()
        if not credential:
            raise Impossible(Why.NOT_ENROLLED)
        data = b"" if body is None else msgspec.json.encode(body)
        asked = Asked(self._origin, method, target, data, credential, token)
        answer = await self._send(asked)
        if _is_unproven(answer) and self._learned(answer):
            answer = await self._send(asked)
        if _is_unproven(answer):
            raise Impossible(Why.NOT_PROVEN)
        return answer

    def _learned(self, answer: _Answer) -> bool:
        """Whether the refusal tells of another time than this device went by (SPEC §5.6)."""
        if answer.date_s is None:
            return False
        ahead = answer.date_s - self._clock.now_ms() // 1_000
        is_other = abs(ahead - self._ahead_s) > DEVICE_REQUEST_S // 2
        if is_other:
            self._ahead_s = ahead
        return is_other

    def _assertion(self, asked: Asked) -> str:
        now_s = max(0, self._clock.now_ms() // 1_000 + self._ahead_s)
        signed = device_request.signing_input(
            asked, key=self._key.public, now_s=now_s, nonce=os.urandom(NONCE_BYTES)
        )
        return jws.assemble(signed, self._key.sign(signed))

    async def _send(self, asked: Asked) -> _Answer:
        headers = {CREDENTIAL: asked.credential, ASSERTION: self._assertion(asked)}
        if asked.body:
            headers["Content-Type"] = "application/json"
        if asked.token:
            headers["Authorization"] = f"Bearer {asked.token}"
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
                ) as session,
                session.request(
                    asked.method,
                    self._origin + asked.target,
                    data=asked.body,
                    headers=headers,
                    allow_redirects=False,
                ) as answer,
            ):
                return _Answer(answer.status, await _body(answer), _date(answer.headers.get("Date", "")))
        except (aiohttp.ClientError, OSError, TimeoutError) as failure:
            log.warning("no answer from the service: %s", type(failure).__name__)
            raise NoLine from None


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_any():
        data += chunk
        if len(data) > ANSWER_BYTES:
            raise NoLine
    return bytes(data)


def _date(text: str) -> int | None:
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError):
        return None


def _is_unproven(answer: _Answer) -> bool:
    if answer.status != 401:
        return False
    refusal = _refusal(answer)
    return refusal.error == "invalid_client" or refusal.slug == _NOT_PROVEN


def _refusal(answer: _Answer) -> _Refusal:
    try:
        return msgspec.json.decode(answer.body, type=_Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Refusal()


def _read(answer: _Answer, kind: type[_Kind]) -> _Kind:
    """The answer's value; raises what its refusal means."""
    if answer.status in {200, 201}:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise NoLine from None
    slug = _refusal(answer).slug
    log.warning("the service refused: %d", answer.status)
    if answer.status == 401:
        raise Lapsed
    if slug == "terms-version-stale":
        raise Stale
    if answer.status in {409, 422}:
        raise Impossible(_WHY.get(slug, Why.NOT_REGISTRABLE))
    raise NoLine
