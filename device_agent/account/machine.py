"""Signing in and registering on the device as one table: what may happen, and what follows. Pure.

Only the customer's own keys and the service's answers are events here: nothing a technician sends is one
(INV-B9), and AGREE leads on from READING alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    """Which screen of the account is open."""

    CLOSED = "closed"
    STARTING = "starting"  # a code is asked for
    CODE = "code"  # shown, and the customer has not decided yet
    EXPIRED = "expired"  # code or sign-in is over
    DENIED = "denied"
    SIGNED_IN = "signed_in"
    FETCHING = "fetching"  # the terms
    READING = "reading"
    REGISTERING = "registering"
    DONE = "done"
    NOT_POSSIBLE = "not_possible"
    NO_CODE = "no_code"  # no way to the service, or none at the moment: three places to go on from
    NO_TERMS = "no_terms"
    NO_ANSWER = "no_answer"


class Event(StrEnum):
    """What can happen: first what the customer does, then what the service says."""

    OPEN = "open"
    CLOSE = "close"
    AGAIN = "again"
    READ = "read"  # TV registration
    BACK = "back"  # from the first page of the terms
    AGREE = "agree"
    GOT_CODE = "got_code"
    ALLOWED = "allowed"
    REFUSED = "refused"
    LAPSED = "lapsed"  # time is over
    GOT_TERMS = "got_terms"
    STALE = "stale"  # they are not in force any more
    REGISTERED = "registered"
    IMPOSSIBLE = "impossible"
    NO_LINE = "no_line"


class Effect(StrEnum):
    """What to do besides showing the screen of the state."""

    ASK = "ask"
    POLL = "poll"
    FETCH = "fetch"
    SEND = "send"
    FORGET = "forget"  # code and token, here and at the service


@dataclass(frozen=True, slots=True)
class Step:
    """The next state and what to do."""

    state: State
    effect: Effect | None = None


_CLOSE: Final[dict[tuple[State, Event], Step]] = {
    (state, Event.CLOSE): Step(State.CLOSED, Effect.FORGET) for state in State if state is not State.CLOSED
}
_LAPSE: Final[dict[tuple[State, Event], Step]] = {
    (state, Event.LAPSED): Step(State.EXPIRED, Effect.FORGET)
    for state in (
        State.CODE,
        State.SIGNED_IN,
        State.FETCHING,
        State.READING,
        State.REGISTERING,
        State.NO_TERMS,
        State.NO_ANSWER,
    )
}
_IMPOSSIBLE: Final[dict[tuple[State, Event], Step]] = {
    (state, Event.IMPOSSIBLE): Step(State.NOT_POSSIBLE, Effect.FORGET)
    for state in (State.STARTING, State.CODE, State.FETCHING, State.REGISTERING)
}
_ANEW: Final[dict[tuple[State, Event], Step]] = {
    (state, Event.AGAIN): Step(State.STARTING, Effect.ASK)
    for state in (State.CODE, State.EXPIRED, State.DENIED, State.NO_CODE)
}

TRANSITIONS: Final[Mapping[tuple[State, Event], Step]] = MappingProxyType(
    {
        **_CLOSE,
        **_LAPSE,
        **_IMPOSSIBLE,
        **_ANEW,
        (State.CLOSED, Event.OPEN): Step(State.STARTING, Effect.ASK),
        (State.STARTING, Event.GOT_CODE): Step(State.CODE, Effect.POLL),
        (State.STARTING, Event.NO_LINE): Step(State.NO_CODE),
        (State.CODE, Event.ALLOWED): Step(State.SIGNED_IN),
        (State.CODE, Event.REFUSED): Step(State.DENIED, Effect.FORGET),
        (State.SIGNED_IN, Event.READ): Step(State.FETCHING, Effect.FETCH),
        (State.FETCHING, Event.GOT_TERMS): Step(State.READING),
        (State.FETCHING, Event.NO_LINE): Step(State.NO_TERMS),
        (State.NO_TERMS, Event.AGAIN): Step(State.FETCHING, Effect.FETCH),
        (State.READING, Event.BACK): Step(State.SIGNED_IN),
        (State.READING, Event.AGREE): Step(State.REGISTERING, Effect.SEND),
        (State.REGISTERING, Event.REGISTERED): Step(State.DONE),
        (State.REGISTERING, Event.STALE): Step(State.FETCHING, Effect.FETCH),
        (State.REGISTERING, Event.NO_LINE): Step(State.NO_ANSWER),
        # They have agreed; whether it arrived, the service knows, and answers the same once more.
        (State.NO_ANSWER, Event.AGAIN): Step(State.REGISTERING, Effect.SEND),
    }
)
"""What is not here is refused: nothing changes then."""


def step(state: State, event: Event) -> Step | None:
    """What follows, or None."""
    return TRANSITIONS.get((state, event))
