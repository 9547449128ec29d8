"""Keys for servers under test, as an operator would set them up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from identity.keyring import held_keyset
from server.keys import set_up
from server.settings import Settings, private_folder

if TYPE_CHECKING:
    from pathlib import Path


def root_of(data: Path) -> Path:
    """Where the root's private key of such a server lies: never in its data folder."""
    return data.parent / f"{data.name}-root.key"


def give_keys(data: Path, *, iss: str = "", origin: str = Settings().origin) -> None:
    """A server that is ready to sign; one that is already stays as it is."""
    settings = Settings(origin=origin, data=private_folder(data), issuer=iss)
    keyset = held_keyset(data)
    if keyset is None or keyset.iss != settings.iss:
        set_up(settings, root_of(data), now_s=int(time.time()))
