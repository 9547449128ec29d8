"""What a technician can be granted and can send: closed sets (SPEC §6, §10)."""

from __future__ import annotations

from enum import StrEnum


class Grant(StrEnum):
    """What the customer allowed in this session."""

    KEYS = "keys"
    SETTINGS = "settings"
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
    """Kind of command, in clear in the audit record."""

    KEY = "key"
