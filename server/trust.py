"""What a maker writes into a device: whose badges it believes (seal/SPEC §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity.issuer import Issuer, secret_from
from server.settings import UnsafeSettings, private_folder
from wire.encoding import b64
from wire.limits import NAME_CHARACTERS
from wire.texts import is_plain

if TYPE_CHECKING:
    from server.settings import Settings


def trust_of(settings: Settings, org: str) -> dict[str, object]:
    """The content of a device's trust.json; the issuer's key is drawn where there is none yet."""
    if not is_plain(org, at_least=1, at_most=NAME_CHARACTERS):
        raise UnsafeSettings(["an organisation has 1 to 64 characters and no control or direction marks"])
    private = secret_from(private_folder(settings.data) / "issuer.key")
    issuer = Issuer(iss=settings.iss, aud=settings.origin, private=private)
    return trusting(issuer, org)


def trusting(issuer: Issuer, org: str) -> dict[str, object]:
    return {"iss": issuer.iss, "org": org, "issuers": {issuer.kid: b64(issuer.public)}}
