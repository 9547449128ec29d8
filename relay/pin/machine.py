"""The life of a code, as one table. Pure: the store asks it for the move and makes it conditionally.

What is not in the table is refused. Nothing leads out of REDEEMED, EXPIRED or CANCELLED: spent stays spent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to a live code."""

    REDEEM = "redeem"
    TIME_UP = "time_up"
    DEVICE_LOST = "device_lost"
    DEVICE_ABORTED = "device_aborted"
    TECHNICIAN_LOST = "technician_lost"  # of a code that a console shows
    TECHNICIAN_ABORTED = "technician_aborted"
    REPLACED = "replaced"  # the same technician shows another one
    REVOKED = "revoked"  # the technician was signed out or shut out
    RELAY_LOST = "relay_lost"
    DRAINING = "draining"
    IN_DOUBT = "in_doubt"  # the store did not say whether a redemption was kept


class Effect(StrEnum):
    """What comes with the move, in the same transaction where it is a record."""

    RECORD_REDEEMED = "record pin.redeemed"
    RECORD_EXPIRED = "record pin.expired"
    RECORD_CANCELLED = "record pin.cancelled"
    OPEN_SESSION = "open the session"
    TELL_DEVICE = "tell the device"


@dataclass(frozen=True, slots=True)
class Refused:
    """The table has no such row."""

    state: State
    event: Event


@dataclass(frozen=True, slots=True)
class Moved:
    state: State
    effects: tuple[Effect, ...]


_CANCELLED = (State.CANCELLED, (Effect.RECORD_CANCELLED,))

TRANSITIONS: dict[tuple[State, Event], tuple[State, tuple[Effect, ...]]] = {
    (State.ISSUED, Event.REDEEM): (
        State.REDEEMED,
        (Effect.RECORD_REDEEMED, Effect.OPEN_SESSION, Effect.TELL_DEVICE),
    ),
    (State.ISSUED, Event.TIME_UP): (State.EXPIRED, (Effect.RECORD_EXPIRED, Effect.TELL_DEVICE)),
    (State.ISSUED, Event.DEVICE_LOST): _CANCELLED,
    (State.ISSUED, Event.DEVICE_ABORTED): _CANCELLED,
    (State.ISSUED, Event.TECHNICIAN_LOST): _CANCELLED,
    (State.ISSUED, Event.TECHNICIAN_ABORTED): _CANCELLED,
    (State.ISSUED, Event.REPLACED): _CANCELLED,
    (State.ISSUED, Event.REVOKED): _CANCELLED,
    (State.ISSUED, Event.RELAY_LOST): _CANCELLED,
    (State.ISSUED, Event.DRAINING): (State.CANCELLED, (Effect.RECORD_CANCELLED, Effect.TELL_DEVICE)),
    (State.ISSUED, Event.IN_DOUBT): (State.CANCELLED, (Effect.RECORD_CANCELLED, Effect.TELL_DEVICE)),
}


def step(state: State, event: Event) -> Moved | Refused:
    row = TRANSITIONS.get((state, event))
    return Moved(*row) if row else Refused(state, event)


def move_of(event: Event) -> Moved:
    """The one move this event makes; every event of a code starts from ISSUED."""
    moved = step(State.ISSUED, event)
    assert isinstance(moved, Moved), event
    return moved
