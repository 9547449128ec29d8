"""What identity answers over HTTP: one struct each, from which the API's description is drawn."""

from __future__ import annotations

import msgspec


class Person(msgspec.Struct, frozen=True):
    """Who is signed in, of the staff."""

    name: str
    org: str
    role: str
    language: str


class SignedInAnswer(msgspec.Struct, frozen=True):
    """`expires_at` in ms since the epoch."""

    token: str
    expires_at: int
    account: Person


class TrustAnswer(msgspec.Struct, frozen=True):
    """The newest signed keyset and status list, each base64url (seal/SPEC §8)."""

    keyset: str
    status: str


class ChallengeAnswer(msgspec.Struct, frozen=True):
    """32 bytes to sign, base64url, and the issuer of the badge."""

    challenge: str
    issuer: str


class BadgeAnswer(msgspec.Struct, frozen=True):
    """A JWS in compact form; `expires_at` in ms since the epoch."""

    badge: str
    expires_at: int
