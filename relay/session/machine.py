"""The life of a session at the relay, as one table (SPEC §6, §7). Pure.

PAIRING -> CONSENT -> ACTIVE -> ENDED. A session moves on only by device records the relay has verified;
ending needs no proof. What is not in the table is refused; nothing leads out of ENDED (INV-B5, INV-B6).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wire.reasons import EndReason


class State(StrEnum):
    PAIRING = "pairing"
    CONSENT = "consent"
    ACTIVE = "active"
    ENDED = "ended"


class Progress(StrEnum):
    """A verified device record."""

    PAIRED = "paired"
    GRANTED = "granted"
    REFUSED = "refused"
    ACTED = "acted"
    DECLINED = "declined"
    HIDDEN = "hidden"


Event = Progress | EndReason
EVENTS: tuple[Event, ...] = (*Progress, *EndReason)


class Effect(StrEnum):
    RECORD_PAIRED = "record session.paired"
    RECORD_CONSENT = "record session.consent"
    RECORD_ACTION = "record device.action"
    RECORD_HIDE = "record session.hide"
    PASS_RECORD = "pass the record on"  # noqa: S105 - the record is passed, nothing secret
    AWAIT_CONSENT = "await consent"
    AWAIT_END = "await the device's end"
    CLOSE_BOTH = "close both sockets"
    RECORD_END = "record session.end"


@dataclass(frozen=True, slots=True)
class Refused:
    """The table has no such row."""

    state: State
    event: Event


@dataclass(frozen=True, slots=True)
class Moved:
    state: State
    effects: tuple[Effect, ...]


Row = tuple[State, tuple[Effect, ...]]

# Granting steps write first; ending steps close first and write after.
_END: Row = (State.ENDED, (Effect.CLOSE_BOTH, Effect.RECORD_END))
_PAIRED: Row = (State.CONSENT, (Effect.RECORD_PAIRED, Effect.PASS_RECORD, Effect.AWAIT_CONSENT))
_GRANTED: Row = (State.ACTIVE, (Effect.RECORD_CONSENT, Effect.PASS_RECORD))
_REFUSED: Row = (State.CONSENT, (Effect.RECORD_CONSENT, Effect.PASS_RECORD, Effect.AWAIT_END))
_ACTION = (Effect.RECORD_ACTION, Effect.PASS_RECORD)

TRANSITIONS: dict[tuple[State, Event], Row] = {
    (State.PAIRING, Progress.PAIRED): _PAIRED,
    (State.PAIRING, EndReason.CUSTOMER_STOPPED): _END,
    (State.PAIRING, EndReason.CUSTOMER_REPORTED): _END,
    (State.PAIRING, EndReason.TECHNICIAN_LEFT): _END,
    (State.PAIRING, EndReason.DEVICE_POWERED_OFF): _END,
    (State.PAIRING, EndReason.DEVICE_LOST): _END,
    (State.PAIRING, EndReason.TECHNICIAN_LOST): _END,
    (State.PAIRING, EndReason.RELAY_LOST): _END,
    (State.PAIRING, EndReason.PAIRING_FAILED): _END,
    (State.PAIRING, EndReason.BADGE_REFUSED): _END,
    (State.PAIRING, EndReason.INTEGRITY_FAILED): _END,
    (State.PAIRING, EndReason.TIME_LIMIT): _END,
    (State.PAIRING, EndReason.REVOKED): _END,
    (State.PAIRING, EndReason.AUDIT_UNAVAILABLE): _END,
    (State.PAIRING, EndReason.DRAINING): _END,
    (State.CONSENT, Progress.GRANTED): _GRANTED,
    (State.CONSENT, Progress.REFUSED): _REFUSED,
    # A command before the customer's answer is refused by the device, and its record says so.
    (State.CONSENT, Progress.DECLINED): (State.CONSENT, _ACTION),
    (State.CONSENT, EndReason.CUSTOMER_STOPPED): _END,
    (State.CONSENT, EndReason.CUSTOMER_REPORTED): _END,
    (State.CONSENT, EndReason.TECHNICIAN_LEFT): _END,
    (State.CONSENT, EndReason.DEVICE_POWERED_OFF): _END,
    (State.CONSENT, EndReason.DEVICE_LOST): _END,
    (State.CONSENT, EndReason.TECHNICIAN_LOST): _END,
    (State.CONSENT, EndReason.RELAY_LOST): _END,
    (State.CONSENT, EndReason.CONSENT_REFUSED): _END,
    (State.CONSENT, EndReason.CONSENT_TIMEOUT): _END,
    (State.CONSENT, EndReason.INTEGRITY_FAILED): _END,
    (State.CONSENT, EndReason.TIME_LIMIT): _END,
    (State.CONSENT, EndReason.REVOKED): _END,
    (State.CONSENT, EndReason.AUDIT_UNAVAILABLE): _END,
    (State.CONSENT, EndReason.DRAINING): _END,
    # A later consent names all grants now in force; none left is still an answer, the device ends by itself.
    (State.ACTIVE, Progress.GRANTED): _GRANTED,
    (State.ACTIVE, Progress.REFUSED): (State.ACTIVE, _REFUSED[1][:2]),
    (State.ACTIVE, Progress.ACTED): (State.ACTIVE, _ACTION),
    (State.ACTIVE, Progress.DECLINED): (State.ACTIVE, _ACTION),
    (State.ACTIVE, Progress.HIDDEN): (State.ACTIVE, (Effect.RECORD_HIDE, Effect.PASS_RECORD)),
    (State.ACTIVE, EndReason.CUSTOMER_STOPPED): _END,
    (State.ACTIVE, EndReason.CUSTOMER_REPORTED): _END,
    (State.ACTIVE, EndReason.TECHNICIAN_LEFT): _END,
    (State.ACTIVE, EndReason.DEVICE_POWERED_OFF): _END,
    (State.ACTIVE, EndReason.DEVICE_LOST): _END,
    (State.ACTIVE, EndReason.TECHNICIAN_LOST): _END,
    (State.ACTIVE, EndReason.RELAY_LOST): _END,
    (State.ACTIVE, EndReason.INTEGRITY_FAILED): _END,
    (State.ACTIVE, EndReason.IDLE): _END,
    (State.ACTIVE, EndReason.TIME_LIMIT): _END,
    (State.ACTIVE, EndReason.REVOKED): _END,
    (State.ACTIVE, EndReason.AUDIT_UNAVAILABLE): _END,
    (State.ACTIVE, EndReason.DRAINING): _END,
}

# What only the relay can know; a device that claims one of these lies. That it slept itself it does know, and
# says `device_lost` (seal SPEC §5).
RELAY_DECIDES = frozenset({EndReason.REVOKED, EndReason.AUDIT_UNAVAILABLE, EndReason.DRAINING})


def step(state: State, event: Event) -> Moved | Refused:
    row = TRANSITIONS.get((state, event))
    return Moved(*row) if row else Refused(state, event)


def fitting(state: State, reason: EndReason) -> EndReason:
    """`reason`, or `integrity_failed` where the table has no such ending: a session always ends with one."""
    return reason if (state, reason) in TRANSITIONS else EndReason.INTEGRITY_FAILED
