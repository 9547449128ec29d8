"""The closed set of leaves and what each says; docs/audit-format.md is its page for auditors. Pure.

A leaf can never be erased: no field holds a name, an address, a code, a serial or one household's device key.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wire.encoding import unb64
from wire.errors import WireError
from wire.limits import FW_CHARACTERS, INTEGER_MAX, RECORD_BYTES
from wire.reasons import EndReason
from wire.texts import is_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HASH_BYTES: Final = 32
TRANSCRIPT_BYTES: Final = 64
FRAMES_PER_LEAF: Final = 256


class LeafType(StrEnum):
    """Everything the log can say."""

    PIN_ISSUED = "pin.issued"
    PIN_REDEEMED = "pin.redeemed"
    PIN_SHOWN = "pin.shown"
    PIN_CLAIMED = "pin.claimed"
    PIN_EXPIRED = "pin.expired"
    PIN_CANCELLED = "pin.cancelled"
    REDEEM_REFUSED = "redeem.refused"
    REDEEM_ALARM = "redeem.alarm"
    SESSION_JOINED = "session.joined"
    SESSION_CONSOLE = "session.console"
    SESSION_PAIRED = "session.paired"
    SESSION_CONSENT = "session.consent"
    SESSION_HIDE = "session.hide"
    CONTROL_FRAMES = "control.frames"
    DEVICE_ACTION = "device.action"
    SESSION_DEVICE_CARD = "session.device_card"
    SESSION_END = "session.end"
    ACCOUNT_ADDED = "account.added"
    ACCOUNT_SIGNED_IN = "account.signed_in"
    ACCOUNT_SIGN_IN_REFUSED = "account.sign_in_refused"
    ACCOUNT_SIGNED_OUT = "account.signed_out"
    ACCOUNT_PASSWORD_SET = "account.password_set"  # noqa: S105 - that one was set, not which
    ACCOUNT_DISABLED = "account.disabled"
    CUSTOMER_ADDED = "customer.added"
    CUSTOMER_VERIFIED = "customer.verified"
    CUSTOMER_SIGNED_IN = "customer.signed_in"
    CUSTOMER_SIGN_IN_REFUSED = "customer.sign_in_refused"
    CUSTOMER_SIGNED_OUT = "customer.signed_out"
    CUSTOMER_PASSWORD_SET = "customer.password_set"  # noqa: S105 - that one was set, not which
    CUSTOMER_RECOVERED = "customer.recovered"
    CUSTOMER_PASSKEY_ADDED = "customer.passkey_added"
    CUSTOMER_PASSKEY_REMOVED = "customer.passkey_removed"
    CUSTOMER_ERASED = "customer.erased"
    BADGE_ISSUED = "badge.issued"
    BADGE_REVOKED = "badge.revoked"
    KEY_REVOKED = "key.revoked"
    KEYSET_USED = "keyset.used"
    STATUS_SIGNED = "status.signed"
    ENROL_OFFERED = "enrol.offered"
    ENROL_DONE = "enrol.done"
    ENROL_REFUSED = "enrol.refused"
    ENROL_MISSED = "enrol.missed"
    ENROL_VOID = "enrol.void"
    DEVICE_SIGN_IN_ASKED = "device_sign_in.asked"
    DEVICE_SIGN_IN_DECIDED = "device_sign_in.decided"
    DEVICE_SIGN_IN_DONE = "device_sign_in.done"
    DEVICE_SIGN_IN_REFUSED = "device_sign_in.refused"
    IMPORT_BEGUN = "import.begun"
    IMPORT_DONE = "import.done"
    AUDIT_READ = "audit.read"
    CONSOLE_RELEASE = "console.release"
    SERVER_RESTORED = "server.restored"
    SERVER_STARTED = "server.started"
    SERVER_STOPPED = "server.stopped"


# The first leaf of a session's chain, by which end shows the code.
BEGINS_A_SESSION: Final = frozenset({LeafType.PIN_ISSUED, LeafType.PIN_SHOWN})


class Role(StrEnum):
    """Who did it. `operator` works at the server's command line; `nobody` is somebody not signed in.

    `customer` is one who is signed in to an account of their own, not one at a device.
    """

    DEVICE = "device"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"
    CUSTOMER = "customer"
    OPERATOR = "operator"
    RELAY = "relay"
    NOBODY = "nobody"


class ServedBy(StrEnum):
    """Who serves a technician's page, by its origin; UNKNOWN where no browser named one."""

    OPERATOR = "operator"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


class Side(StrEnum):
    """Which end joined."""

    DEVICE = "device"
    CONSOLE = "console"


_SLUG: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_SESSION: Final = re.compile(r"[0-9a-f]{32}")
_RELEASE: Final = re.compile(r"[0-9a-f]{64}")


def is_session(value: object) -> bool:
    """Whether this is a session's id: 128 random bits in hex."""
    return isinstance(value, str) and _SESSION.fullmatch(value) is not None


def _is_what_was_read(value: object) -> bool:
    return value == "" or is_session(value)


def is_hash(value: object) -> bool:
    """Whether this is the b64 of 32 bytes."""
    return _is_bytes(value, HASH_BYTES)


def _is_hash_or_none(value: object) -> bool:
    return value == "" or is_hash(value)


def is_count(value: object) -> bool:
    """Whether this is a number of things, or a time in ms."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= INTEGER_MAX


def _is_bytes(value: object, size: int | None = None) -> bool:
    if not isinstance(value, str):
        return False
    try:
        unb64(value, size)
    except WireError:
        return False
    return True


def _is_transcript(value: object) -> bool:
    return _is_bytes(value, TRANSCRIPT_BYTES)


def _is_record(value: object) -> bool:
    # Four characters of b64 are three bytes: the length is judged before anything is decoded (INV-F2).
    return isinstance(value, str) and 0 < len(value) <= RECORD_BYTES * 4 // 3 + 3 and _is_bytes(value)


def _is_record_or_none(value: object) -> bool:
    return value == "" or _is_record(value)


def _is_slug(value: object) -> bool:
    return isinstance(value, str) and _SLUG.fullmatch(value) is not None


def _is_label(value: object) -> bool:
    return isinstance(value, str) and is_plain(value, at_least=0, at_most=FW_CHARACTERS)


def _is_frames(value: object) -> bool:
    if not isinstance(value, list) or not 0 < len(value) <= FRAMES_PER_LEAF:
        return False
    return all(is_hash(item) for item in value)


def _is_yes_or_no(value: object) -> bool:
    return isinstance(value, bool)


def _is_reason(value: object) -> bool:
    return isinstance(value, str) and value in {reason.value for reason in EndReason}


def _is_release(value: object) -> bool:
    return isinstance(value, str) and _RELEASE.fullmatch(value) is not None


def _is_served_by(value: object) -> bool:
    return isinstance(value, str) and value in {who.value for who in ServedBy}


def _is_side(value: object) -> bool:
    return isinstance(value, str) and value in {side.value for side in Side}


FIELDS: Final[Mapping[LeafType, Mapping[str, Callable[[object], bool]]]] = {
    LeafType.PIN_ISSUED: {"fw": _is_label, "ttl_s": is_count},
    LeafType.PIN_REDEEMED: {"badge": is_hash},
    LeafType.PIN_SHOWN: {"badge": is_hash, "ttl_s": is_count},
    LeafType.PIN_CLAIMED: {"fw": _is_label},
    LeafType.PIN_EXPIRED: {},
    LeafType.PIN_CANCELLED: {"why": _is_slug},
    LeafType.REDEEM_REFUSED: {"why": _is_slug},
    LeafType.REDEEM_ALARM: {"misses": is_count, "window_s": is_count},
    LeafType.SESSION_JOINED: {"side": _is_side},
    LeafType.SESSION_CONSOLE: {"release": _is_release, "served_by": _is_served_by},
    LeafType.SESSION_PAIRED: {"rec": _is_record, "th": _is_transcript},
    LeafType.SESSION_CONSENT: {"rec": _is_record},
    LeafType.SESSION_HIDE: {"rec": _is_record},
    LeafType.CONTROL_FRAMES: {"first": is_count, "frames": _is_frames},
    LeafType.DEVICE_ACTION: {"rec": _is_record},
    LeafType.SESSION_DEVICE_CARD: {"known": _is_yes_or_no, "owner": _is_yes_or_no},
    LeafType.SESSION_END: {"reason": _is_reason, "rec": _is_record_or_none},
    LeafType.ACCOUNT_ADDED: {"role": _is_slug},
    LeafType.ACCOUNT_SIGNED_IN: {"by": _is_slug},
    LeafType.ACCOUNT_SIGN_IN_REFUSED: {"why": _is_slug},
    LeafType.ACCOUNT_SIGNED_OUT: {},
    LeafType.ACCOUNT_PASSWORD_SET: {},
    LeafType.ACCOUNT_DISABLED: {},
    LeafType.CUSTOMER_ADDED: {},
    LeafType.CUSTOMER_VERIFIED: {},
    LeafType.CUSTOMER_SIGNED_IN: {"by": _is_slug},
    LeafType.CUSTOMER_SIGN_IN_REFUSED: {"why": _is_slug},
    LeafType.CUSTOMER_SIGNED_OUT: {},
    LeafType.CUSTOMER_PASSWORD_SET: {},
    LeafType.CUSTOMER_RECOVERED: {},
    LeafType.CUSTOMER_PASSKEY_ADDED: {},
    LeafType.CUSTOMER_PASSKEY_REMOVED: {},
    LeafType.CUSTOMER_ERASED: {},
    LeafType.BADGE_ISSUED: {"badge": is_hash},
    LeafType.BADGE_REVOKED: {"badges": is_count},
    LeafType.KEY_REVOKED: {"kid": _is_hash_or_none},
    LeafType.KEYSET_USED: {"keyset": is_hash, "serial": is_count, "until": is_count},
    LeafType.STATUS_SIGNED: {"status": is_hash, "badges": is_count, "keys": is_count},
    LeafType.ENROL_OFFERED: {},
    LeafType.ENROL_DONE: {"kid": is_hash},
    LeafType.ENROL_REFUSED: {"why": _is_slug},
    LeafType.ENROL_MISSED: {"misses": is_count},
    LeafType.ENROL_VOID: {},
    LeafType.DEVICE_SIGN_IN_ASKED: {},
    LeafType.DEVICE_SIGN_IN_DECIDED: {"answer": _is_slug},
    LeafType.DEVICE_SIGN_IN_DONE: {},
    LeafType.DEVICE_SIGN_IN_REFUSED: {"why": _is_slug},
    LeafType.IMPORT_BEGUN: {"table": _is_slug, "file": is_hash},
    LeafType.IMPORT_DONE: {
        "table": _is_slug,
        "added": is_count,
        "changed": is_count,
        "same": is_count,
        "refused": is_count,
    },
    LeafType.AUDIT_READ: {"session": _is_what_was_read},
    LeafType.CONSOLE_RELEASE: {"release": _is_release},
    LeafType.SERVER_RESTORED: {
        "accounts": is_count,
        "badges": is_count,
        "keys": is_count,
        "tokens": is_count,
    },
    LeafType.SERVER_STARTED: {"version": _is_label},
    LeafType.SERVER_STOPPED: {},
}


def fault(typ: LeafType, facts: Mapping[str, object]) -> str:
    """What is wrong with the facts of a leaf, naming fields and never values; empty when all is right."""
    fields = FIELDS[typ]
    if facts.keys() != fields.keys():
        return f"{typ} has exactly the fields {sorted(fields)}"
    wrong = [name for name, fits in fields.items() if not fits(facts[name])]
    return f"{typ}: {', '.join(wrong)}" if wrong else ""
