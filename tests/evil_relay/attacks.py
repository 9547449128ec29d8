"""Every attack there is, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.evil_relay import (
    attacks_alive,
    attacks_badges,
    attacks_claims,
    attacks_frames,
    attacks_guessing,
    attacks_hide,
    attacks_media,
    attacks_pairing,
    attacks_records,
    attacks_stills,
    attacks_time,
    attacks_wire,
)
from tests.evil_relay.attack import ATTACKS

__all__ = ["ATTACKS", "BY_MESSAGES", "MODULES"]

if TYPE_CHECKING:
    from types import ModuleType

MODULES: tuple[ModuleType, ...] = (
    attacks_pairing,
    attacks_guessing,
    attacks_wire,
    attacks_frames,
    attacks_records,
    attacks_time,
    attacks_alive,
    attacks_claims,
    attacks_badges,
    attacks_media,
    attacks_hide,
    attacks_stills,
)
BELOW_THE_MESSAGES = tuple(name for name, attack in ATTACKS.items() if attack.sockets_only)
BY_MESSAGES = tuple(name for name in ATTACKS if name not in BELOW_THE_MESSAGES)
