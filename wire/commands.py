"""What a technician can be granted and can send: closed sets (SPEC §6, §10)."""

from __future__ import annotations

from enum import StrEnum


class Grant(StrEnum):
    """What the customer allowed in this session."""

    KEYS = "keys"
    SETTINGS = "settings"
    SOUND = "sound"
    VIEW = "view"


class RemoteKey(StrEnum):
    """Keys a technician may press. The customer's own (help, stop, hide) are missing on purpose (INV-B9)."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"
    OK = "ok"
    BACK = "back"
    HOME = "home"
    MENU = "menu"
    SOURCE = "source"
    POWER = "power"
    VOLUME_UP = "volume_up"
    VOLUME_DOWN = "volume_down"
    DIGIT_0 = "digit_0"
    DIGIT_1 = "digit_1"
    DIGIT_2 = "digit_2"
    DIGIT_3 = "digit_3"
    DIGIT_4 = "digit_4"
    DIGIT_5 = "digit_5"
    DIGIT_6 = "digit_6"
    DIGIT_7 = "digit_7"
    DIGIT_8 = "digit_8"
    DIGIT_9 = "digit_9"


class Outcome(StrEnum):
    """What the device did with a command."""

    DONE = "done"
    STARTED = "started"
    REFUSED = "refused"
    LATE = "late"
    FAILED = "failed"


class ActionClass(StrEnum):
    """Kind of command, in clear in the audit record; the name of its message."""

    KEY = "key"
    POINTER = "pointer"
    TEXT = "text"
    SETTING = "setting"
    POINT = "point"
    ASK = "ask"
    STILL = "still"


class ActionCause(StrEnum):
    """Why the device refused a command."""

    NOT_GRANTED = "not_granted"  # the customer has not given what it needs
    COVERED = "covered"  # a page of the panel covers the screen
    HIDDEN = "hidden"  # the customer hides the screen, and nobody sees what it would do
    CUSTOMER = "customer"  # the customer pressed a key of their own just before
    BUSY = "busy"  # the device is still at the one before
    CANNOT = "cannot"  # the device has nothing to do that with, or not to that value
    SCOPES = "scopes"  # asked for more than the badge allows
    ASKING = "asking"  # the customer is being asked something already
    TOO_SOON = "too_soon"  # the customer said no not long ago
    DECLINED = "declined"  # the customer said no
    UNANSWERED = "unanswered"  # the customer said nothing, which is a no
    NO_PICTURE = "no_picture"  # there is no picture now: hidden, off, protected, no signal


class Capability(StrEnum):
    """What a device may say in `caps` that it can do, beyond being seen and taking keys."""

    POINTER = "pointer"
    TEXT = "text"
    SETTINGS = "settings"
    SOUND = "sound"
    STILL = "still"
    P2P = "p2p"
