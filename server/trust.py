"""What a maker writes into a device for good: the root it believes, and where it calls (seal/SPEC §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity.keyring import KeysNotReady, pinned_root
from server.settings import UnsafeSettings
from wire.encoding import b64
from wire.limits import NAME_CHARACTERS
from wire.texts import is_plain

if TYPE_CHECKING:
    from server.settings import Settings


def trust_of(settings: Settings, org: str) -> dict[str, object]:
    """The content of a device's trust.json. Nothing in it changes when keys are rotated."""
    if not is_plain(org, at_least=1, at_most=NAME_CHARACTERS):
        raise UnsafeSettings(["an organisation has 1 to 64 characters and no control or direction marks"])
    root = pinned_root(settings.data)
    if root is None:
        raise KeysNotReady("no root is known here: install a keyset first (`alongside keys setup`)")
    return {"root": b64(root), "iss": settings.iss, "org": org, "origin": settings.origin}
