"""JSON bodies of the customers' API: strict, and as long as what they hold may be."""

from __future__ import annotations

from typing import Annotated

import msgspec

from identity.customers.addresses import TYPED_CHARACTERS
from identity.rules import PASSWORD_MOST

Email = Annotated[str, msgspec.Meta(min_length=1, max_length=TYPED_CHARACTERS)]
# Four times the longest password: decomposed letters are several code points before they are composed.
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=4 * PASSWORD_MOST)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
LinkToken = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
# b64 of what an authenticator says; the whole body has a limit of its own.
Said = Annotated[str, msgspec.Meta(min_length=1, max_length=12_000)]


class SignUpBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: Email
    password: Password
    name: Name
    language: Word
    market: Word
    kind: Word = "homeowner"


class CustomerSignInBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: Email
    password: Password


class LinkBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: LinkToken


class RecoveryBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: Email


class NewPasswordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: LinkToken
    password: Password


class ChangePasswordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    old: Password
    new: Password


class DetailsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays."""

    name: Name | None = None
    language: Word | None = None
    market: Word | None = None


class _Attestation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    client_data: Said = msgspec.field(name="clientDataJSON")
    attestation: Said = msgspec.field(name="attestationObject")


class _Assertion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    client_data: Said = msgspec.field(name="clientDataJSON")
    authenticator_data: Said = msgspec.field(name="authenticatorData")
    signature: Said
    user_handle: Annotated[str, msgspec.Meta(max_length=128)] = msgspec.field(name="userHandle")


class Created(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a browser's RegistrationResponseJSON (WebAuthn §5.1) what is looked at; a page sends no more."""

    id: Said
    raw_id: Said = msgspec.field(name="rawId")
    type: Word
    response: _Attestation


class Got(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a browser's AuthenticationResponseJSON what is looked at; a page sends no more."""

    id: Said
    raw_id: Said = msgspec.field(name="rawId")
    type: Word
    response: _Assertion


class BeginPasskeyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With the password once more: a session alone must not make itself a way in that outlives it."""

    password: Password


class AddPasskeyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    credential: Created


class PasskeySignInBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    credential: Got
