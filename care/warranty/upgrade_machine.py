"""The life of one upgrade: its owner asks, and the device comes online (R88, CARE 3.2). Pure.

Being offline never fails it: it waits.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    REQUESTED = "requested"
    WAITING_ONLINE = "waiting_online"
    DONE = "done"
    CANCELLED = "cancelled"


class Event(StrEnum):
    NOT_ONLINE = "not_online"  # it was asked whether the device is online, and it is not
    ONLINE = "online"  # the device proved that it is
    CANCEL = "cancel"  # the owner took it back, or is the owner no more


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = MappingProxyType(
    {
        (State.REQUESTED, Event.NOT_ONLINE): State.WAITING_ONLINE,
        (State.REQUESTED, Event.ONLINE): State.DONE,
        (State.REQUESTED, Event.CANCEL): State.CANCELLED,
        (State.WAITING_ONLINE, Event.NOT_ONLINE): State.WAITING_ONLINE,
        (State.WAITING_ONLINE, Event.ONLINE): State.DONE,
        (State.WAITING_ONLINE, Event.CANCEL): State.CANCELLED,
    }
)
"""What is not here is refused: what is done stays done, and who cancelled asks anew."""


def after(state: State, event: Event) -> State | None:
    """The next state, or None where the event is refused."""
    return TRANSITIONS.get((state, event))
