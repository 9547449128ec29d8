"""What an operator may know of this server's keys: ids, states and dates, never a private key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from identity.keyring import Duty, held_keyset, path_of, pinned_root, successor_of
from identity.keys import SigningKey, kept_secret
from wire.encoding import b64, key_id

if TYPE_CHECKING:
    from pathlib import Path

    from wire.keyset import Keyset

DAY_S: Final = 86_400
WARN_DAYS: Final = 30


def facts_of(folder: Path, *, now_s: int) -> list[dict[str, Any]]:
    """One line for the root, one for the keyset, one for each key."""
    root, keyset = pinned_root(folder), held_keyset(folder)
    lines: list[dict[str, Any]] = [{"what": "root", "key": "none" if root is None else b64(root)}]
    if keyset is not None:
        lines.append(
            {
                "what": "keyset",
                "issuer": keyset.iss,
                "number": keyset.serial,
                "until": time.strftime("%Y-%m-%d", time.gmtime(keyset.exp)),
                "days_left": days_left(keyset, now_s),
            }
        )
    return lines + _keys(folder, keyset)


def days_left(keyset: Keyset, now_s: int) -> int:
    """Whole days until the keyset ends; negative when it is over."""
    return (keyset.exp - now_s) // DAY_S


def _keys(folder: Path, keyset: Keyset | None) -> list[dict[str, Any]]:
    lines = []
    for duty in Duty:
        named = _named(keyset, duty)
        own = {
            SigningKey(kept_secret(path)).public: place
            for path, place in ((path_of(folder, duty), "here"), (successor_of(folder, duty), "next"))
            if path.exists()
        }
        for key in dict.fromkeys([*own, *named]):
            state = "signed for" if key in named else "waits for a keyset"
            place = own.get(key, "elsewhere")
            lines.append({"what": duty.value, "kid": key_id(key), "state": state, "place": place})
    return lines


def _named(keyset: Keyset | None, duty: Duty) -> tuple[bytes, ...]:
    if keyset is None:
        return ()
    return {Duty.ISSUER: keyset.issuers, Duty.ENROL: keyset.enrol, Duty.STATUS: (keyset.status,)}[duty]
