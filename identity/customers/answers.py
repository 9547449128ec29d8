"""What customers' accounts answer over HTTP: one struct each, from which the API's description is drawn."""

from __future__ import annotations

from typing import Any

import msgspec


class CustomerAnswer(msgspec.Struct, frozen=True):
    """The account of whoever is signed in; its version is the answer's ETag."""

    email: str
    name: str
    language: str
    market: str
    kind: str
    verified: bool


class SessionAnswer(msgspec.Struct, frozen=True):
    """A session: `token` as a bearer's, `csrf` beside its cookie; `expires_at` in ms since the epoch."""

    token: str
    csrf: str
    expires_at: int
    customer: CustomerAnswer


class TakenUp(msgspec.Struct, frozen=True):
    """It was taken up; what comes of it, the owner of the address reads in a mail."""


class Verified(msgspec.Struct, frozen=True):
    """The address is theirs."""

    verified: bool


class Recovered(msgspec.Struct, frozen=True):
    """The new password holds; every session is over."""

    recovered: bool


class PasskeyAnswer(msgspec.Struct, frozen=True):
    """Times in ms since the epoch; `used_at` is null until it was used."""

    id: str
    name: str
    created_at: int
    used_at: int | None


class PasskeysAnswer(msgspec.Struct, frozen=True):
    passkeys: tuple[PasskeyAnswer, ...]


class PasskeyOptions(msgspec.Struct, frozen=True, rename={"public_key": "publicKey"}):
    """What a browser gives its authenticator, as JSON (WebAuthn §5.1)."""

    public_key: dict[str, Any]
