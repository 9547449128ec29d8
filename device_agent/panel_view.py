"""What the panel shows, as values: the machine makes one, a device draws it, the TV page reads it aloud.

The panel is the customer's: PIN, consent, banner, stop. Nothing a technician sends reaches it (INV-B9). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from device_agent.account.view import AccountView

if TYPE_CHECKING:
    from wire.commands import Grant
    from wire.reasons import BadgeCause, EndReason


class TvState(StrEnum):
    """What `tv-state` holds on the TV page; public and stable."""

    OFF = "off"
    IDLE = "idle"
    CHECKING = "checking"
    PIN = "pin"
    CONSENT = "consent"
    ACTIVE = "active"
    ENDED = "ended"


class Page(StrEnum):
    """Which panel page covers the screen; NONE leaves the TV's own picture free."""

    NONE = "none"
    SUPPORT = "support"
    TYPING = "typing"
    CHECKING = "checking"
    CODE = "code"
    CODE_BIG = "code_big"
    PAIRING = "pairing"
    CONSENT = "consent"
    HELPING = "helping"
    RENEW = "renew"
    MORE = "more"
    ENDED = "ended"
    PROBLEM = "problem"
    ACCOUNT = "account"


class Item(StrEnum):
    """Everything that can hold the focus on a panel page; grids per page stand in `panel.py`."""

    LANGUAGE = "language"  # one of several names in a row; `PanelView.language` says which
    GET_CODE = "get_code"
    TYPE_CODE = "type_code"
    DIGIT_0 = "digit_0"  # keys drawn on the screen, named like those of a remote
    DIGIT_1 = "digit_1"
    DIGIT_2 = "digit_2"
    DIGIT_3 = "digit_3"
    DIGIT_4 = "digit_4"
    DIGIT_5 = "digit_5"
    DIGIT_6 = "digit_6"
    DIGIT_7 = "digit_7"
    DIGIT_8 = "digit_8"
    DIGIT_9 = "digit_9"
    DELETE = "delete"
    START_AGAIN = "start_again"
    CLOSE = "close"
    BIGGER = "bigger"
    NEXT_GROUP = "next_group"
    SMALLER = "smaller"
    NEW_CODE = "new_code"
    TOLD_ME = "told_me"
    CANCEL = "cancel"
    SWITCH_VIEW = "switch_view"
    SWITCH_KEYS = "switch_keys"
    SWITCH_SETTINGS = "switch_settings"
    SWITCH_SOUND = "switch_sound"
    YES = "yes"
    NO = "no"
    STOP = "stop"
    HIDE = "hide"  # the customer's own key, where it is drawn to be touched
    DONE = "done"
    CHECK_AGAIN = "check_again"  # the same try at the connection once more
    NETWORK_SETTINGS = "network_settings"
    TRY_AGAIN = "try_again"
    REGISTER_TV = "register_tv"
    NEXT_PAGE = "next_page"
    PREVIOUS_PAGE = "previous_page"
    AGREE = "agree"  # to the terms: the customer's own OK, and nobody else's


class Problem(StrEnum):
    """Why no code could be had; the device says it in words and what to try. Also the word in its log."""

    NO_NETWORK = "no_network"
    SERVER_NOT_FOUND = "server_not_found"  # there is a network, and it does not know our server's name
    SERVER_UNREACHABLE = "server_unreachable"  # nobody there, or nobody who says anything
    SERVER_REFUSED = "server_refused"
    NOT_KEPT = "not_kept"  # this device's own storage is full or broken: it could keep nothing (INV-E1)
    CLOCK_WRONG = "clock_wrong"  # the certificate is not valid at the time this device believes it is
    NOT_SECURE = "not_secure"
    WRONG_SERVER = "wrong_server"
    TOO_SLOW = "too_slow"
    UNSTEADY = "unsteady"
    BUSY = "busy"
    WAIT = "wait"
    CODE_OVER = "code_over"
    RESTARTED = "restarted"  # this device started anew while it had a code, which is over since
    CODE_NOT_OPEN = "code_not_open"  # the code that the customer typed opens nothing
    CODE_USED = "code_used"  # it was typed here before
    TOLD_ME = (
        "told_me"  # the customer pressed TOLD_ME while the code was shown: it is thrown away, say what to do
    )


class Check(StrEnum):
    """What the way to the server is checked for, in this order."""

    NETWORK = "network"
    SERVER = "server"
    PRIVATE = "private"
    SPEED = "speed"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to; `late` of `asked` answers did not come in time."""

    check: Check
    is_good: bool
    late: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Banner:
    """Always on top while somebody is connected (INV-B7)."""

    name: str
    org: str
    grants: frozenset[Grant]
    hears: bool = False  # the sound, at this moment
    hidden: bool = False  # the customer hides the screen
    can_hide: bool = False  # by touching the banner; where not, their remote has a key for it


@dataclass(frozen=True, slots=True)
class Ask:
    """One row of a card: a grant asked for and whether its switch is on."""

    grant: Grant
    on: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What was done, for the end card."""

    seconds: int = 0  # from the first picture that left on; 0: no picture of this screen ever left
    keys: int = 0
    changes: tuple[tuple[str, str, str], ...] = ()  # setting path, old value, new value, in the order made
    helped: bool = False  # whether the customer said Yes to anything
    kept: bool = True  # False after a loss of power: what was done is not known any more
    clicks: int = 0  # buttons of a pointer that went down
    texts: int = 0  # how often something was typed; what, nobody keeps
    stills: int = 0  # pictures without loss that left, to be kept by the technician


@dataclass(frozen=True, slots=True)
class PanelView:
    """One complete panel. Fields that a page does not use keep their defaults."""

    page: Page = Page.NONE
    focus: Item | None = None
    banner: Banner | None = None
    code: str = ""  # twelve digits on CODE and CODE_BIG, else empty
    typed: str = ""  # the digits typed so far on TYPING
    on_pad: bool = False  # with the digits drawn on the screen; else with the number keys of the remote
    is_mistyped: bool = False  # the check digit says that one of them is wrong, or two are swapped
    code_group: int = 0  # which four digits CODE_BIG shows: 0, 1, 2
    seconds_left: int = 0
    seconds_total: int = 0
    name: str = ""  # technician, from the checked badge
    org: str = ""
    request: str = ""  # as the technician states it
    asks: tuple[Ask, ...] = ()
    reason: EndReason | None = None
    cause: BadgeCause | None = None  # why the badge was refused, where that is the reason
    by_technician: bool = False  # with DEVICE_POWERED_OFF: whether their Power key did it, as far as is known
    summary: Summary = field(default_factory=Summary)
    problem: Problem | None = None
    findings: tuple[Finding, ...] = ()  # of the connection: what was checked; the last one fails
    has_network_settings: bool = False  # with a problem that may lie there: the device can open them
    clock_ms: int = 0  # with Problem.CLOCK_WRONG: the time this device believes it is
    languages: tuple[str, ...] = ()  # on SUPPORT: what the customer can choose among
    language: str = ""  # where among them the focus stands, or would come to stand
    wait_seconds: int = 0  # with Problem.WAIT: how long until a new code may be asked for
    account: AccountView = field(default_factory=AccountView)  # on ACCOUNT: which of its screens
