"""Why a session ended and why a socket was closed: two closed sets (SPEC §7, §8)."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class EndReason(StrEnum):
    """A session ends once, with one of these (INV-B6)."""

    CUSTOMER_STOPPED = "customer_stopped"
    CUSTOMER_REPORTED = "customer_reported"
    TECHNICIAN_LEFT = "technician_left"
    DEVICE_POWERED_OFF = "device_powered_off"
    DEVICE_LOST = "device_lost"
    TECHNICIAN_LOST = "technician_lost"
    RELAY_LOST = "relay_lost"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_TIMEOUT = "consent_timeout"
    PAIRING_FAILED = "pairing_failed"
    BADGE_REFUSED = "badge_refused"
    INTEGRITY_FAILED = "integrity_failed"
    IDLE = "idle"
    TIME_LIMIT = "time_limit"
    REVOKED = "revoked"
    AUDIT_UNAVAILABLE = "audit_unavailable"
    DRAINING = "draining"


class BadgeCause(StrEnum):
    """Why a device refused a badge, for its record and the technician; the customer is told in words."""

    FORM = "form"
    NO_KEYSET = "no_keyset"
    KEYSET_NOT_VALID = "keyset_not_valid"
    NO_STATUS = "no_status"
    STATUS_OLD = "status_old"
    ISSUER_NOT_ANNOUNCED = "issuer_not_announced"
    ISSUER_UNKNOWN = "issuer_unknown"
    SIGNATURE = "signature"
    ISSUER_REVOKED = "issuer_revoked"
    OTHER_ORG = "other_org"
    OTHER_SERVICE = "other_service"
    LIFETIME = "lifetime"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SCOPES = "scopes"
    OTHER_SESSION = "other_session"


PEOPLE_DECIDE = frozenset(
    {
        EndReason.CUSTOMER_STOPPED,
        EndReason.CUSTOMER_REPORTED,
        EndReason.CONSENT_REFUSED,
        EndReason.DEVICE_POWERED_OFF,
        EndReason.TECHNICIAN_LEFT,
    }
)
"""They reach an end signed or sealed, or it knows them itself; never by the relay's word (SPEC §7)."""


def as_told(reason: EndReason) -> EndReason:
    """What an end states when the relay says `ended` for this reason, and nobody else has said why."""
    return EndReason.RELAY_LOST if reason in PEOPLE_DECIDE else reason


class ErrorCode(StrEnum):
    """What an `error` message says before the relay closes a socket."""

    TRY_LATER = "try_later"
    BAD_MESSAGE = "bad_message"
    NOT_ALLOWED = "not_allowed"
    TIMED_OUT = "timed_out"
    WRONG_STATE = "wrong_state"
    CODE_OVER = "code_over"
    CODE_NOT_OPEN = "code_not_open"
    TOO_MANY = "too_many"


class CloseCode(IntEnum):
    """WebSocket close codes."""

    ENDED = 1000
    TOO_BIG = 1009
    TRY_LATER = 1013
    BAD_MESSAGE = 4400
    NOT_ALLOWED = 4401
    CODE_NOT_OPEN = 4404
    TIMED_OUT = 4408
    WRONG_STATE = 4409
    CODE_OVER = 4410
    TOO_MANY = 4429


CLOSE_CODE_OF = {error: CloseCode[error.name] for error in ErrorCode}
