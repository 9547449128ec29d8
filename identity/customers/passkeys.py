"""Passkeys of customers (WebAuthn Level 3): what is offered, and what is believed of what comes back."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_attestation_object, parse_client_data_json
from webauthn.helpers.decode_credential_public_key import decode_credential_public_key
from webauthn.helpers.decoded_public_key_to_cryptography import decoded_public_key_to_cryptography
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from identity.customers import passkey_store, store
from identity.customers.passkey_store import Passkey
from identity.customers.rules import (
    CHALLENGE_LIFE_MS,
    CHALLENGES_MOST,
    PASSKEYS_MOST,
    ChallengeKind,
    normal_name,
)
from identity.customers.sessions import CUSTOMER, SignedIn, hash_of
from identity.customers.signing_in import waiting
from identity.ports import record
from identity.rules import is_shown_text
from wire.encoding import b64, unb64
from wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from identity.customers.letters import Letters
    from identity.customers.limits import Limits
    from identity.customers.signing_in import Tries
    from identity.customers.store import Customer
    from identity.ports import Append, Clock, Storage
    from identity.service import SignInRefused, Waiting

T = TypeVar("T")
CHALLENGE_BYTES: Final = 32
# "packed" stands for keys that vouch for themselves; no maker's word for a device is asked for or believed.
_FORMATS: Final = frozenset({"none", "packed"})

Options = dict[str, object]


@dataclass(frozen=True, slots=True)
class Site:
    """What passkeys are bound to: a host name, the one origin that may use them, and the name people read."""

    rp_id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class PasskeyRefused:
    """What came is no answer to a challenge of ours; why is not said."""


@dataclass(frozen=True, slots=True)
class PasskeysFull:
    """The customer has as many as are kept."""


class Passkeys:
    """A customer's passkeys. A challenge works once, for one purpose, for five minutes."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        append: Append,
        tries: Tries,
        limits: Limits,
        letters: Letters,
        site: Site,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._append = append
        self._tries = tries
        self._limits = limits
        self._letters = letters
        self._site = site

    async def begin(self, customer: Customer) -> Options:
        """Options for navigator.credentials.create(), as JSON objects (WebAuthn §5.1.9).

        Whoever asks has proven more than a session: a passkey outlives it.
        """
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        async with self._storage.write("passkey_challenge") as conn:
            known = await passkey_store.of_customer(conn, customer.id)
            await passkey_store.add_challenge(
                conn,
                hash_of(b64(challenge)),
                customer_id=customer.id,
                kind=ChallengeKind.REGISTER,
                expires_at=self._clock.now_ms() + CHALLENGE_LIFE_MS,
                most=CHALLENGES_MOST,
            )
        options = generate_registration_options(
            rp_id=self._site.rp_id,
            rp_name=self._site.name,
            user_id=bytes.fromhex(customer.id),
            user_name=customer.email,
            user_display_name=customer.name,
            challenge=challenge,
            timeout=CHALLENGE_LIFE_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=unb64(one.credential_id)) for one in known],
        )
        return _as_json(options_to_json(options))

    async def add(
        self, customer: Customer, response: Mapping[str, object], name: str
    ) -> Passkey | PasskeyRefused | PasskeysFull:
        """The new passkey; `response` is that of the browser, its bytes in b64 (RegistrationResponseJSON)."""
        shown, challenge = normal_name(name), challenge_in(response)
        if challenge is None or not is_shown_text(shown) or not await self._take(challenge, customer.id):
            return PasskeyRefused()
        new = _judged(lambda: self._registered(customer, response, challenge, shown))
        if new is None:
            return PasskeyRefused()
        async with self._storage.write("passkey_add") as conn:
            held = await store.held(conn, customer.id)
            if len(await passkey_store.of_customer(conn, customer.id)) >= PASSKEYS_MOST:
                return PasskeysFull()
            if held is None or not await passkey_store.add(conn, new):
                return PasskeyRefused()
            await record(self._append, conn, "customer.passkey_added", role=CUSTOMER, pid=customer.id, d={})
            await self._letters.say_passkey_added(conn, held.customer)
        return new

    async def _take(self, challenge: bytes, customer_id: str | None) -> bool:
        """Uses a challenge up before its answer is judged: of many answers to one, one is looked at."""
        async with self._storage.write("passkey_answer") as conn:
            return await passkey_store.take_challenge(
                conn,
                hash_of(b64(challenge)),
                customer_id=customer_id,
                kind=ChallengeKind.SIGN_IN if customer_id is None else ChallengeKind.REGISTER,
                now=self._clock.now_ms(),
            )

    def _registered(
        self, customer: Customer, response: Mapping[str, object], challenge: bytes, name: str
    ) -> Passkey:
        """Raises whatever the library raises."""
        found = verify_registration_response(
            credential=dict(response),
            expected_challenge=challenge,
            expected_rp_id=self._site.rp_id,
            expected_origin=self._site.origin,
            require_user_verification=True,
        )
        if parse_attestation_object(found.attestation_object).fmt not in _FORMATS:
            raise ValueError("another form of attestation")
        # A key that cannot check a signature is refused now, not at a sign-in.
        decoded_public_key_to_cryptography(decode_credential_public_key(found.credential_public_key))
        return Passkey(
            id=secrets.token_hex(16),
            credential_id=b64(found.credential_id),
            customer=customer.id,
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            name=name,
            created_at=self._clock.now_ms(),
        )

    async def of_customer(self, customer: Customer) -> list[Passkey]:
        """The oldest first."""
        async with self._storage.read() as conn:
            return await passkey_store.of_customer(conn, customer.id)

    async def remove(self, customer: Customer, passkey_id: str) -> bool:
        """False where this customer has none of this id."""
        async with self._storage.write("passkey_remove") as conn:
            if not await passkey_store.remove(conn, passkey_id, customer_id=customer.id):
                return False
            await record(self._append, conn, "customer.passkey_removed", role=CUSTOMER, pid=customer.id, d={})
        return True

    async def begin_sign_in(self, source: str) -> Options | Waiting:
        """Options for navigator.credentials.get(): for whoever has a passkey here."""
        challenge, now = secrets.token_bytes(CHALLENGE_BYTES), self._clock.now_ms()
        async with self._storage.write("passkey_sign_in_challenge") as conn:
            if wait_ms := await self._limits.take_challenge(conn, source, now):
                return waiting(wait_ms)
            await passkey_store.purge(conn, now)
            await passkey_store.add_challenge(
                conn,
                hash_of(b64(challenge)),
                customer_id=None,
                kind=ChallengeKind.SIGN_IN,
                expires_at=now + CHALLENGE_LIFE_MS,
                most=CHALLENGES_MOST,
            )
        options = generate_authentication_options(
            rp_id=self._site.rp_id,
            challenge=challenge,
            timeout=CHALLENGE_LIFE_MS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _as_json(options_to_json(options))

    async def sign_in(
        self, response: Mapping[str, object], source: str
    ) -> SignedIn | SignInRefused | Waiting:
        """A session, or one refusal for every reason; `response` is an AuthenticationResponseJSON."""
        credential_id = response.get("id")
        keys = self._tries.keys(str(credential_id), source)
        if wait := await self._tries.count(keys):
            return wait
        challenge = challenge_in(response)
        if challenge is None or not await self._take(challenge, None):
            return await self._tries.refuse("challenge", None)
        async with self._storage.read() as conn:
            known = await passkey_store.by_credential(conn, _id_as_kept(credential_id))
        if known is None:
            return await self._tries.refuse("unknown", None)
        count = _judged(lambda: self._signed(response, challenge, known))
        if count is None:
            return await self._tries.refuse("passkey", known.customer)
        async with self._storage.write("passkey_admit") as conn:
            held = await store.held(conn, known.customer)
            if held is not None and await passkey_store.use(
                conn, known, sign_count=count, now=self._clock.now_ms()
            ):
                return await self._tries.admit(conn, keys, held.customer, by="passkey")
        return await self._tries.refuse("passkey", known.customer)

    def _signed(self, response: Mapping[str, object], challenge: bytes, known: Passkey) -> int:
        """How often the passkey says it signed. Raises whatever the library raises."""
        inner = response["response"]
        # It names its owner itself, as discoverable ones do; another's name would be a mixed-up answer.
        if not isinstance(inner, dict) or inner.get("userHandle") != b64(bytes.fromhex(known.customer)):
            raise ValueError("another owner")
        found = verify_authentication_response(
            credential=dict(response),
            expected_challenge=challenge,
            expected_rp_id=self._site.rp_id,
            expected_origin=self._site.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
        return found.new_sign_count


def challenge_in(response: Mapping[str, object]) -> bytes | None:
    """The challenge that an answer says it answers, to be looked up; None where it says none of ours."""
    inner = response.get("response")
    text = inner.get("clientDataJSON") if isinstance(inner, dict) else None
    if not isinstance(text, str):
        return None
    found = _judged(lambda: parse_client_data_json(base64url_to_bytes(text)).challenge)
    return found if found is not None and len(found) == CHALLENGE_BYTES else None


def _id_as_kept(credential_id: object) -> str:
    """A credential's id as our table has it; no other text is asked for there."""
    try:
        return b64(unb64(str(credential_id)))
    except WireError:
        return ""


def _judged(work: Callable[[], T]) -> T | None:
    try:
        return work()
    except Exception:  # noqa: BLE001 - the library raises what it meets in hostile bytes (INV-F1)
        return None


def _as_json(text: str) -> Options:
    options: Options = json.loads(text)
    return options
