"""The life of one sign-in on a device, and what its device hears when it asks (RFC 8628 §3.5). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from identity.device_sign_in.rules import SLOWER_S

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"
    EXPIRED = "expired"


class Event(StrEnum):
    APPROVE = "approve"
    DENY = "deny"
    REDEEM = "redeem"  # its device took the token
    EXPIRE = "expire"  # time is over, the device asked anew, or the server started


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = MappingProxyType(
    {
        (State.PENDING, Event.APPROVE): State.APPROVED,
        (State.PENDING, Event.DENY): State.DENIED,
        (State.PENDING, Event.EXPIRE): State.EXPIRED,
        (State.APPROVED, Event.REDEEM): State.USED,
        (State.APPROVED, Event.EXPIRE): State.EXPIRED,
    }
)
"""What is not here is refused: nobody decides twice, and one yes is one token."""


class Answer(StrEnum):
    """What the device hears; all but TOKEN are `error` codes of RFC 8628 §3.5 and RFC 6749 §5.2."""

    TOKEN = "token"  # noqa: S105 - that there is one, not which
    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"
    SPENT = "invalid_grant"


_FINAL: Final = {
    State.USED: Answer.SPENT,
    State.DENIED: Answer.DENIED,
    State.EXPIRED: Answer.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Poll:
    """What to answer, and how many seconds the device must leave between two questions from now on."""

    answer: Answer
    interval_s: int


def after(state: State, event: Event) -> State | None:
    """The next state, or None where the event is refused."""
    return TRANSITIONS.get((state, event))


def before(event: Event) -> tuple[State, ...]:
    """The states in which the event is taken."""
    return tuple(state for state, taken in TRANSITIONS if taken is event)


def asked(state: State, *, now: int, expires_at: int, polled_at: int | None, interval_s: int) -> Poll:
    """What a question of the device comes to; times in ms."""
    match state:
        case State.USED | State.DENIED | State.EXPIRED:
            return Poll(_FINAL[state], interval_s)
        case _ if now >= expires_at:
            return Poll(Answer.EXPIRED, interval_s)
        case State.APPROVED:
            return Poll(Answer.TOKEN, interval_s)
        case State.PENDING if polled_at is not None and now - polled_at < interval_s * 1_000:
            return Poll(Answer.SLOW_DOWN, interval_s + SLOWER_S)
        case State.PENDING:
            return Poll(Answer.PENDING, interval_s)
