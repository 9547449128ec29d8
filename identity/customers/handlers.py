"""HTTP of customers' accounts: what comes in is parsed and allowed; call the service, answer or refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

import msgspec
from aiohttp import hdrs, web

from identity.customers.passkeys import PasskeyRefused, PasskeysFull
from identity.customers.rules import FIELDS, Fault, etag_of, version_in
from identity.customers.service import Asked, Changed, LinkOver
from identity.customers.sessions import SignedIn
from identity.customers.store import Customer
from identity.ports import Refusal
from identity.request_keys import BODY, CUSTOMER, SESSION, SOURCE
from identity.service import Busy, SignInRefused, Waiting

if TYPE_CHECKING:
    from identity.customers.bodies import (
        AddPasskeyBody,
        BeginPasskeyBody,
        ChangePasswordBody,
        CustomerSignInBody,
        DetailsBody,
        LinkBody,
        NewPasswordBody,
        PasskeySignInBody,
        RecoveryBody,
        SignUpBody,
    )
    from identity.customers.passkey_store import Passkey
    from identity.customers.passkeys import Passkeys
    from identity.customers.service import Customers

BUSY_WAIT_S: Final = 2

Refused = Fault | Waiting | Busy | SignInRefused | LinkOver | Changed | PasskeyRefused | PasskeysFull
_SLUGS: Final = {
    SignInRefused: "sign-in-refused",
    LinkOver: "mail-link-over",
    Changed: "changed-meanwhile",
    PasskeyRefused: "passkey-refused",
    PasskeysFull: "passkeys-full",
}


class CustomerHandlers:
    def __init__(self, customers: Customers, passkeys: Passkeys) -> None:
        self._customers = customers
        self._passkeys = passkeys

    async def sign_up(self, request: web.Request) -> web.Response:
        body: SignUpBody = request[BODY]
        answer = await self._customers.sign_up(
            email=body.email,
            password=body.password,
            name=body.name,
            language=body.language,
            market=body.market,
            kind=body.kind,
            source=request[SOURCE],
        )
        return _taken_up(answer)

    async def verify(self, request: web.Request) -> web.Response:
        body: LinkBody = request[BODY]
        answer = await self._customers.verify(body.token)
        if isinstance(answer, LinkOver):
            refuse(answer)
        return web.json_response({"verified": True})

    async def sign_in(self, request: web.Request) -> web.Response:
        body: CustomerSignInBody = request[BODY]
        return _signed_in(
            await self._customers.sign_in(email=body.email, password=body.password, source=request[SOURCE])
        )

    async def sign_out(self, request: web.Request) -> web.Response:
        await self._customers.sign_out(request[SESSION])
        return web.Response(status=204)

    async def sign_out_everywhere(self, request: web.Request) -> web.Response:
        await self._customers.sign_out_everywhere(request[CUSTOMER])
        return web.Response(status=204)

    async def ask_recovery(self, request: web.Request) -> web.Response:
        body: RecoveryBody = request[BODY]
        return _taken_up(await self._customers.ask_recovery(email=body.email, source=request[SOURCE]))

    async def recover(self, request: web.Request) -> web.Response:
        body: NewPasswordBody = request[BODY]
        answer = await self._customers.recover(body.token, body.password)
        if not isinstance(answer, Customer):
            refuse(answer)
        return web.json_response({"recovered": True})

    async def ask_verification(self, request: web.Request) -> web.Response:
        return _taken_up(await self._customers.ask_verification(request[CUSTOMER], request[SOURCE]))

    async def me(self, request: web.Request) -> web.Response:
        return _person(request[CUSTOMER])

    async def change_me(self, request: web.Request) -> web.Response:
        body: DetailsBody = request[BODY]
        customer = request[CUSTOMER]
        if hdrs.IF_MATCH not in request.headers:
            raise Refusal("if-match-needed")
        version = version_in(request.headers[hdrs.IF_MATCH])
        if version is None:
            raise Refusal("changed-meanwhile")
        answer = await self._customers.change_details(
            customer,
            name=customer.name if body.name is None else body.name,
            language=customer.language if body.language is None else body.language,
            market=customer.market if body.market is None else body.market,
            version=version,
        )
        if not isinstance(answer, Customer):
            refuse(answer)
        return _person(answer)

    async def change_password(self, request: web.Request) -> web.Response:
        body: ChangePasswordBody = request[BODY]
        answer = await self._customers.change_password(
            request[CUSTOMER], old=body.old, new=body.new, source=request[SOURCE]
        )
        if isinstance(answer, SignInRefused):
            # The session is as it was: another answer than to somebody who is not signed in.
            raise Refusal("password-not-right")
        return _signed_in(answer)

    async def passkeys(self, request: web.Request) -> web.Response:
        found = await self._passkeys.of_customer(request[CUSTOMER])
        return web.json_response({"passkeys": [_passkey(one) for one in found]})

    async def begin_passkey(self, request: web.Request) -> web.Response:
        body: BeginPasskeyBody = request[BODY]
        right = await self._customers.is_password(request[CUSTOMER], body.password, source=request[SOURCE])
        if not isinstance(right, bool):
            refuse(right)
        if not right:
            raise Refusal("password-not-right")
        return web.json_response({"publicKey": await self._passkeys.begin(request[CUSTOMER])})

    async def add_passkey(self, request: web.Request) -> web.Response:
        body: AddPasskeyBody = request[BODY]
        said = msgspec.to_builtins(body.credential)
        answer = await self._passkeys.add(request[CUSTOMER], said, body.name)
        if isinstance(answer, PasskeyRefused | PasskeysFull):
            refuse(answer)
        return web.json_response(_passkey(answer), status=201)

    async def remove_passkey(self, request: web.Request) -> web.Response:
        if not await self._passkeys.remove(request[CUSTOMER], request.match_info["passkey"]):
            raise Refusal("not-found")
        return web.Response(status=204)

    async def begin_passkey_sign_in(self, request: web.Request) -> web.Response:
        answer = await self._passkeys.begin_sign_in(request[SOURCE])
        if isinstance(answer, Waiting):
            refuse(answer)
        return web.json_response({"publicKey": answer})

    async def sign_in_passkey(self, request: web.Request) -> web.Response:
        body: PasskeySignInBody = request[BODY]
        return _signed_in(await self._passkeys.sign_in(msgspec.to_builtins(body.credential), request[SOURCE]))


def refuse(answer: Refused) -> NoReturn:
    """Raises the refusal that an answer of the services stands for."""
    match answer:
        case Fault():
            raise Refusal("details-refused", errors=[{"pointer": f"/{FIELDS[answer]}", "hint": answer.value}])
        case Waiting(seconds):
            raise Refusal("too-many", retry_after_s=seconds)
        case Busy():
            raise Refusal("try-later", retry_after_s=BUSY_WAIT_S)
        case _:
            raise Refusal(_SLUGS[type(answer)])


def _taken_up(answer: Asked | Fault | Waiting | Busy) -> web.Response:
    """The same for whoever has an account and whoever has none (INV-A5)."""
    if not isinstance(answer, Asked):
        refuse(answer)
    return web.json_response({}, status=202)


def _signed_in(answer: SignedIn | SignInRefused | Fault | Waiting | Busy) -> web.Response:
    if not isinstance(answer, SignedIn):
        refuse(answer)
    return web.json_response(
        {
            "token": answer.token,
            "csrf": answer.csrf,
            "expires_at": answer.expires_at,
            "customer": _facts(answer.customer),
        }
    )


def _person(customer: Customer) -> web.Response:
    return web.json_response(_facts(customer), headers={hdrs.ETAG: etag_of(customer.version)})


def _facts(customer: Customer) -> dict[str, object]:
    return {
        "email": customer.email,
        "name": customer.name,
        "language": customer.language,
        "market": customer.market,
        "kind": customer.kind.value,
        "verified": customer.verified,
    }


def _passkey(passkey: Passkey) -> dict[str, object]:
    return {
        "id": passkey.id,
        "name": passkey.name,
        "created_at": passkey.created_at,
        "used_at": passkey.used_at,
    }
