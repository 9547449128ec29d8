"""What carries picture and sound, on the device, as one table (seal/SPEC §11).

Pure. The relay carries until a data channel is proven and again from the moment it is not. What is not in
the table is refused: it changes nothing. Nothing here ends a session, and no row leaves OVER.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    """How far the try at a data channel has come."""

    RELAY = "relay"
    ANSWERING = "answering"  # the console offers, and this end gathers what it may name
    OPENING = "opening"  # both ends know each other's description
    PROVING = "proving"  # the channels are open, proofs are on their way, the relay still carries
    DIRECT = "direct"
    OVER = "over"  # the session has ended


class Event(StrEnum):
    """What can happen: first what the console says, then what this end notices."""

    OFFER = "offer"
    PROVEN = "proven"  # it has opened every proof
    BACK = "back"  # it wants the relay again
    BYE = "bye"
    ANSWERED = "answered"  # this end's description is ready
    OPENED = "opened"  # both channels, to the end whose fingerprint was sealed
    LOST = "lost"  # failed, closed, another certificate, or flooded
    TIME_UP = "time_up"
    STALLED = "stalled"  # pictures are not acknowledged
    TOO_LARGE = "too_large"  # a picture that a data channel does not take
    END = "end"


class Effect(StrEnum):
    """What follows, in this order."""

    CLOSE = "close the data channels"
    ANSWER = "answer the offer"
    SAY_ANSWER = "say the answer"
    SAY_BYE = "say bye"
    SEND_PROOFS = "send proofs"
    TO_DIRECT = "send on the data channels, from a key frame on"
    TO_RELAY = "send through the relay, from a key frame on"


@dataclass(frozen=True, slots=True)
class Step:
    """The next state and what to do, in this order."""

    state: State
    effects: tuple[Effect, ...] = ()


_AGAIN = Step(State.ANSWERING, (Effect.CLOSE, Effect.ANSWER))
_FAILED = Step(State.RELAY, (Effect.CLOSE, Effect.SAY_BYE))
_DROPPED = Step(State.RELAY, (Effect.CLOSE,))
_FELL_BACK = Step(State.RELAY, (Effect.CLOSE, Effect.TO_RELAY, Effect.SAY_BYE))
_SENT_BACK = Step(State.RELAY, (Effect.CLOSE, Effect.TO_RELAY))
_OVER = Step(State.OVER, (Effect.CLOSE,))

TRANSITIONS: Final[Mapping[tuple[State, Event], Step]] = {
    (State.RELAY, Event.OFFER): Step(State.ANSWERING, (Effect.ANSWER,)),
    (State.RELAY, Event.END): Step(State.OVER),
    (State.ANSWERING, Event.ANSWERED): Step(State.OPENING, (Effect.SAY_ANSWER,)),
    (State.ANSWERING, Event.OFFER): _AGAIN,
    (State.ANSWERING, Event.LOST): _FAILED,
    (State.ANSWERING, Event.TIME_UP): _FAILED,
    (State.ANSWERING, Event.BACK): _DROPPED,
    (State.ANSWERING, Event.BYE): _DROPPED,
    (State.ANSWERING, Event.END): _OVER,
    (State.OPENING, Event.OPENED): Step(State.PROVING, (Effect.SEND_PROOFS,)),
    (State.OPENING, Event.OFFER): _AGAIN,
    (State.OPENING, Event.LOST): _FAILED,
    (State.OPENING, Event.TIME_UP): _FAILED,
    (State.OPENING, Event.BACK): _DROPPED,
    (State.OPENING, Event.BYE): _DROPPED,
    (State.OPENING, Event.END): _OVER,
    (State.PROVING, Event.PROVEN): Step(State.DIRECT, (Effect.TO_DIRECT,)),
    (State.PROVING, Event.OFFER): _AGAIN,
    (State.PROVING, Event.LOST): _FAILED,
    (State.PROVING, Event.TIME_UP): _FAILED,
    (State.PROVING, Event.BACK): _DROPPED,
    (State.PROVING, Event.BYE): _DROPPED,
    (State.PROVING, Event.END): _OVER,
    (State.DIRECT, Event.OFFER): Step(State.ANSWERING, (Effect.CLOSE, Effect.TO_RELAY, Effect.ANSWER)),
    (State.DIRECT, Event.LOST): _FELL_BACK,
    (State.DIRECT, Event.STALLED): _FELL_BACK,
    (State.DIRECT, Event.TOO_LARGE): _FELL_BACK,
    (State.DIRECT, Event.BACK): _SENT_BACK,
    (State.DIRECT, Event.BYE): _SENT_BACK,
    (State.DIRECT, Event.END): _OVER,
}

# How long a state may last, in seconds; the others last.
PATIENCE_S: Final[Mapping[State, float]] = {State.ANSWERING: 6.0, State.OPENING: 10.0, State.PROVING: 4.0}


def step(state: State, event: Event) -> Step | None:
    """What follows, or None where the table has no such row: nothing changes then."""
    return TRANSITIONS.get((state, event))
