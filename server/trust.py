"""What a maker writes into a device: whose badges it believes (seal/SPEC §6)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from identity.keyring import open_keys
from server.settings import UnsafeSettings
from wire.encoding import b64
from wire.limits import NAME_CHARACTERS
from wire.texts import is_plain

if TYPE_CHECKING:
    from identity.keys import Issuer
    from server.settings import Settings


def trust_of(settings: Settings, org: str) -> dict[str, object]:
    """The content of a device's trust.json; the keyset must be there."""
    if not is_plain(org, at_least=1, at_most=NAME_CHARACTERS):
        raise UnsafeSettings(["an organisation has 1 to 64 characters and no control or direction marks"])
    keys = open_keys(settings.data, iss=settings.iss, aud=settings.origin, now_s=int(time.time()))
    return trusting(keys.issuer, org)


def trusting(issuer: Issuer, org: str) -> dict[str, object]:
    return {"iss": issuer.iss, "org": org, "issuers": {issuer.kid: b64(issuer.public)}}
