"""Which addresses this end names to the other, and which of the other's it tries. Pure.

A data channel shows each end's address to the other: what may be shown is the maker's choice, and nothing
that the other end says makes this one knock at doors inside the home (INV-F6 in spirit).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_NAME_OF_MULTICAST_DNS: Final = ".local"


class Direct(StrEnum):
    """How far this device goes for a data channel."""

    OFF = "off"
    TURN = "turn"  # through the operator's TURN server alone: neither end learns the other's address
    PUBLIC = "public"  # no address of a home network
    ALL = "all"


@dataclass(frozen=True, slots=True)
class DirectSettings:
    """What the maker chose. STUN and TURN servers are the operator's own; without any named there is none."""

    direct: Direct = Direct.OFF
    stun: str = ""
    turn: str = ""
    login: str = ""
    password: str = field(default="", repr=False)


def may_name(direct: Direct, kind: str, address: str) -> bool:
    """Whether a candidate of this end's own may stand in its description."""
    match direct:
        case Direct.OFF:
            return False
        case Direct.TURN:
            return kind == "relay"
        case Direct.PUBLIC:
            return kind == "relay" or is_public(address)
        case Direct.ALL:
            return is_somewhere(address)


def may_try(direct: Direct, address: str) -> bool:
    """Whether a candidate of the other end is tried at all."""
    match direct:
        case Direct.OFF:
            return False
        case Direct.TURN:
            # The operator's server tries it, from where it stands; this device sends nothing there.
            return is_somewhere(address) and not address.endswith(_NAME_OF_MULTICAST_DNS)
        case Direct.PUBLIC:
            return is_public(address)
        case Direct.ALL:
            return is_somewhere(address)


def is_public(address: str) -> bool:
    """Whether this is an address of the public internet."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_global and not parsed.is_multicast


def is_somewhere(address: str) -> bool:
    """Whether this is one host, and another than this one; a name in the home network counts."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return _is_local_name(address)
    return not (parsed.is_loopback or parsed.is_multicast or parsed.is_unspecified or parsed.is_reserved)


def _is_local_name(address: str) -> bool:
    name = address.removesuffix(_NAME_OF_MULTICAST_DNS)
    return name != address and 0 < len(name) <= 64 and name.isascii() and name.replace("-", "").isalnum()
