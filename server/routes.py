"""What a route declares: who may call it and what body it takes. What declares nothing is not served."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import msgspec
    from aiohttp.typedefs import Handler


class Access(StrEnum):
    """Who gets past the door. Everything but the first three needs an access token of that role."""

    ANYONE = "anyone"
    DEVICE = "device"  # proves its key inside the socket (SPEC §5.1)
    TICKET = "ticket"  # a one-time ticket inside the upgrade, from a console's origin (SPEC §5.2, INV-G3)
    TECHNICIAN = "technician"
    AUDITOR = "auditor"


SIGNED_IN = frozenset({Access.TECHNICIAN, Access.AUDITOR})


@dataclass(frozen=True, slots=True)
class Route:
    """`body` is the strict struct of a JSON body; None where only an empty one is taken."""

    method: str
    path: str
    access: frozenset[Access]
    handler: Handler
    body: type[msgspec.Struct] | None = None
    queries: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        assert self.access, f"{self.path} names no role"

    @property
    def needs_account(self) -> bool:
        return self.access <= SIGNED_IN
