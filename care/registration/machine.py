"""The life of one registration: who owns a product, from a day to another (CARE 3.2). Pure."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    REJECTED = "rejected"
    RELEASED = "released"
    TRANSFERRED = "transferred"
    REVOKED = "revoked"


class Event(StrEnum):
    CONFIRM = "confirm"  # the customer agreed, and nothing stands against it
    REJECT = "reject"
    RELEASE = "release"  # the owner gives it up
    TRANSFER = "transfer"  # the next owner accepted what this one offered
    REVOKE = "revoke"  # a reviewer found that it was never theirs


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = MappingProxyType(
    {
        (State.DRAFT, Event.CONFIRM): State.ACTIVE,
        (State.DRAFT, Event.REJECT): State.REJECTED,
        (State.ACTIVE, Event.RELEASE): State.RELEASED,
        (State.ACTIVE, Event.TRANSFER): State.TRANSFERRED,
        (State.ACTIVE, Event.REVOKE): State.REVOKED,
    }
)
"""What is not here is refused: who gave a product up registers it anew, with a row of its own."""


def after(state: State, event: Event) -> State | None:
    """The next state, or None where the event is refused."""
    return TRANSITIONS.get((state, event))
