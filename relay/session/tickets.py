"""One-time tickets by which a console finds its place: each works once, for 30 s."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wire.limits import TICKET_S

if TYPE_CHECKING:
    from relay.session.broker import Broker
    from relay.session.shown import ShownCode


@dataclass(frozen=True, slots=True)
class _Held:
    place: Broker | ShownCode
    until: float


class Tickets:
    """Found by hash: looking up takes the same time however much of a guess is right."""

    def __init__(self) -> None:
        self._held: dict[bytes, _Held] = {}

    def add(self, ticket: str, place: Broker | ShownCode, now: float) -> None:
        self._held[_hash(ticket)] = _Held(place, now + TICKET_S)

    def take(self, ticket: str, now: float) -> Broker | ShownCode | None:
        """Where the ticket leads; it is spent whatever the answer."""
        held = self._held.pop(_hash(ticket), None)
        return None if held is None or now >= held.until else held.place

    def tick(self, now: float) -> None:
        self._held = {key: held for key, held in self._held.items() if now < held.until}


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode("utf-8", "replace")).digest()
