"""The agent's life as one table: what the customer, the relay and the session may change, and what follows.

Pure. `TRANSITIONS` holds every move; what is not in it is refused. Ending comes first in every row that
ends (INV-B1), no row leads from ENDED back into a session (INV-A8), and nothing a technician sends is an
event here (INV-B9).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from device_agent.panel_view import Page, Problem, TvState
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    """Where the agent is between two events."""

    OFF = "off"
    IDLE = "idle"
    CHECKING = "checking"  # the way to the server, and with it a code
    VERDICT = "verdict"  # there is no way, and the customer reads why
    PIN = "pin"
    PAIRING = "pairing"
    CONSENT = "consent"
    ACTIVE = "active"
    RENEWING = "renewing"  # active, and the customer is asked whether to go on
    ASKING = "asking"  # active, and the customer is asked for more than they gave
    ENDED = "ended"


class Event(StrEnum):
    """What can happen: first what the customer does, then what the line and the session report."""

    GET_CODE = "get_code"
    TYPE_CODE = "type_code"  # the technician has given a code
    CLAIM = "claim"  # its twelfth digit is in, and its check digit fits
    AGAIN = "again"  # check again, or try again: the same once more
    SETTINGS = "settings"  # the device's own, of its network
    LEAVE = "leave"  # close, cancel, done, back, home
    HELP = "help"
    ACCOUNT = "account"  # chosen on the device's own screen
    STOP = "stop"
    POWER = "power"
    TOLD_ME = "told_me"
    ACCEPT = "accept"
    DECLINE = "decline"
    CODE = "code"  # the relay gave a locator
    NO_LINE = "no_line"  # no way to the server, or none for a session; a further try may go better
    NO_CODE = "no_code"  # used, expired, too many
    REDEEMED = "redeemed"
    PAIRED = "paired"  # the badge was checked
    OVER = "over"  # the session ended for a reason decided elsewhere
    ASKED = "asked"  # the technician asks for more
    UNANSWERED = "unanswered"  # and the customer let it pass
    RENEW_DUE = "renew_due"  # the time the customer agreed to is almost over
    NEWS = "news"  # switched on, and the last ending was not seen yet
    RESTARTED = "restarted"  # the agent died while a code was shown, or a technician checked


@dataclass(frozen=True, slots=True)
class Show:
    """Put a page in front; NONE gives the screen back."""

    page: Page
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a line to the relay and ask for a code."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Open a line to the relay with the code that the customer typed."""


@dataclass(frozen=True, slots=True)
class Again:
    """Open a line for what the customer wanted last: a code to show, or the one typed."""


@dataclass(frozen=True, slots=True)
class OpenSettings:
    """Bring the device's own network settings to the front."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Throw code and line away; before `paired` there is no session to record."""


@dataclass(frozen=True, slots=True)
class End:
    """Close the session on this device now, then tell the others why."""

    reason: EndReason


@dataclass(frozen=True, slots=True)
class Allow:
    """Give what the customer left switched on."""


@dataclass(frozen=True, slots=True)
class Renew:
    """Let what is allowed stay allowed for as long again."""


@dataclass(frozen=True, slots=True)
class AnswerMore:
    """Give what the customer left switched on besides what they gave before, or nothing more.

    Not `said`: there was no answer in time.
    """

    given: bool
    said: bool = True


@dataclass(frozen=True, slots=True)
class Screen:
    """Switch the set itself."""

    on: bool


Effect = Show | Connect | Claim | Again | OpenSettings | HangUp | End | Allow | Renew | AnswerMore | Screen


@dataclass(frozen=True, slots=True)
class Step:
    """The next state and what to do, in this order."""

    state: State
    effects: tuple[Effect, ...]


_OFF = (Screen(on=False), Show(Page.NONE))
_ENDED = Show(Page.ENDED)
_FRESH = (Show(Page.CHECKING), Connect())
_WHY = (HangUp(), Show(Page.PROBLEM))

TRANSITIONS: Final[Mapping[tuple[State, Event], Step]] = {
    (State.OFF, Event.POWER): Step(State.IDLE, (Screen(on=True), Show(Page.NONE))),
    (State.OFF, Event.NEWS): Step(State.ENDED, (Screen(on=True), _ENDED)),
    (State.IDLE, Event.GET_CODE): Step(State.CHECKING, _FRESH),
    (State.IDLE, Event.TYPE_CODE): Step(State.IDLE, (Show(Page.TYPING),)),
    (State.IDLE, Event.CLAIM): Step(State.CHECKING, (Show(Page.CHECKING), Claim())),
    (State.IDLE, Event.HELP): Step(State.IDLE, (Show(Page.SUPPORT),)),
    (State.IDLE, Event.ACCOUNT): Step(State.IDLE, (Show(Page.ACCOUNT),)),
    (State.IDLE, Event.LEAVE): Step(State.IDLE, (Show(Page.NONE),)),
    (State.IDLE, Event.STOP): Step(State.IDLE, (Show(Page.NONE),)),
    (State.IDLE, Event.POWER): Step(State.OFF, _OFF),
    (State.IDLE, Event.NEWS): Step(State.ENDED, (_ENDED,)),
    (State.IDLE, Event.RESTARTED): Step(State.IDLE, (Show(Page.PROBLEM, Problem.RESTARTED),)),
    (State.CHECKING, Event.CODE): Step(State.PIN, (Show(Page.CODE),)),
    (State.CHECKING, Event.REDEEMED): Step(State.PAIRING, (Show(Page.PAIRING),)),
    (State.CHECKING, Event.NO_LINE): Step(State.VERDICT, _WHY),
    (State.CHECKING, Event.NO_CODE): Step(State.IDLE, _WHY),
    (State.CHECKING, Event.LEAVE): Step(State.IDLE, (HangUp(), Show(Page.SUPPORT))),
    (State.CHECKING, Event.STOP): Step(State.IDLE, (HangUp(), Show(Page.SUPPORT))),
    (State.CHECKING, Event.POWER): Step(State.OFF, (HangUp(), *_OFF)),
    (State.VERDICT, Event.AGAIN): Step(State.CHECKING, (Show(Page.CHECKING), Again())),
    (State.VERDICT, Event.SETTINGS): Step(State.IDLE, (OpenSettings(), Show(Page.NONE))),
    (State.VERDICT, Event.LEAVE): Step(State.IDLE, (Show(Page.NONE),)),
    (State.VERDICT, Event.STOP): Step(State.IDLE, (Show(Page.NONE),)),
    (State.VERDICT, Event.HELP): Step(State.IDLE, (Show(Page.SUPPORT),)),
    (State.VERDICT, Event.POWER): Step(State.OFF, _OFF),
    (State.PIN, Event.REDEEMED): Step(State.PAIRING, (Show(Page.PAIRING),)),
    (State.PIN, Event.GET_CODE): Step(State.CHECKING, (HangUp(), *_FRESH)),
    (State.PIN, Event.TOLD_ME): Step(State.IDLE, (HangUp(), Show(Page.PROBLEM, Problem.TOLD_ME))),
    (State.PIN, Event.NO_LINE): Step(State.VERDICT, _WHY),
    (State.PIN, Event.NO_CODE): Step(State.IDLE, _WHY),
    (State.PIN, Event.LEAVE): Step(State.IDLE, (HangUp(), Show(Page.SUPPORT))),
    (State.PIN, Event.STOP): Step(State.IDLE, (HangUp(), Show(Page.SUPPORT))),
    (State.PIN, Event.POWER): Step(State.OFF, (HangUp(), *_OFF)),
    (State.PAIRING, Event.PAIRED): Step(State.CONSENT, (Show(Page.CONSENT),)),
    (State.PAIRING, Event.OVER): Step(State.ENDED, (HangUp(), _ENDED)),
    (State.PAIRING, Event.LEAVE): Step(State.IDLE, (HangUp(), Show(Page.SUPPORT))),
    (State.PAIRING, Event.STOP): Step(State.IDLE, (HangUp(), Show(Page.SUPPORT))),
    (State.PAIRING, Event.POWER): Step(State.OFF, (HangUp(), *_OFF)),
    (State.CONSENT, Event.ACCEPT): Step(State.ACTIVE, (Allow(), Show(Page.NONE))),
    (State.CONSENT, Event.DECLINE): Step(State.ENDED, (End(EndReason.CONSENT_REFUSED), _ENDED)),
    (State.CONSENT, Event.TOLD_ME): Step(State.ENDED, (End(EndReason.CUSTOMER_REPORTED), _ENDED)),
    (State.CONSENT, Event.STOP): Step(State.ENDED, (End(EndReason.CUSTOMER_STOPPED), _ENDED)),
    (State.CONSENT, Event.OVER): Step(State.ENDED, (HangUp(), _ENDED)),
    (State.CONSENT, Event.POWER): Step(State.OFF, (End(EndReason.DEVICE_POWERED_OFF), *_OFF)),
    (State.ACTIVE, Event.STOP): Step(State.ENDED, (End(EndReason.CUSTOMER_STOPPED), _ENDED)),
    (State.ACTIVE, Event.OVER): Step(State.ENDED, (HangUp(), _ENDED)),
    (State.ACTIVE, Event.POWER): Step(State.OFF, (End(EndReason.DEVICE_POWERED_OFF), *_OFF)),
    (State.ACTIVE, Event.HELP): Step(State.ACTIVE, (Show(Page.HELPING),)),
    (State.ACTIVE, Event.ACCOUNT): Step(State.ACTIVE, (Show(Page.ACCOUNT),)),
    (State.ACTIVE, Event.LEAVE): Step(State.ACTIVE, (Show(Page.NONE),)),
    (State.ACTIVE, Event.RENEW_DUE): Step(State.RENEWING, (Show(Page.RENEW),)),
    # No answer is no consent: the session then ends when its time is over. Help brings the question back.
    (State.RENEWING, Event.ACCEPT): Step(State.ACTIVE, (Renew(), Show(Page.NONE))),
    (State.RENEWING, Event.STOP): Step(State.ENDED, (End(EndReason.CUSTOMER_STOPPED), _ENDED)),
    (State.RENEWING, Event.TOLD_ME): Step(State.ENDED, (End(EndReason.CUSTOMER_REPORTED), _ENDED)),
    (State.RENEWING, Event.OVER): Step(State.ENDED, (HangUp(), _ENDED)),
    (State.RENEWING, Event.POWER): Step(State.OFF, (End(EndReason.DEVICE_POWERED_OFF), *_OFF)),
    (State.RENEWING, Event.HELP): Step(State.RENEWING, (Show(Page.RENEW),)),
    (State.RENEWING, Event.ACCOUNT): Step(State.RENEWING, (Show(Page.ACCOUNT),)),
    (State.RENEWING, Event.LEAVE): Step(State.RENEWING, (Show(Page.NONE),)),
    (State.ACTIVE, Event.ASKED): Step(State.ASKING, (Show(Page.MORE),)),
    (State.ASKING, Event.ACCEPT): Step(State.ACTIVE, (AnswerMore(given=True), Show(Page.NONE))),
    (State.ASKING, Event.DECLINE): Step(State.ACTIVE, (AnswerMore(given=False), Show(Page.NONE))),
    (State.ASKING, Event.UNANSWERED): Step(
        State.ACTIVE, (AnswerMore(given=False, said=False), Show(Page.NONE))
    ),
    (State.ASKING, Event.STOP): Step(State.ENDED, (End(EndReason.CUSTOMER_STOPPED), _ENDED)),
    (State.ASKING, Event.TOLD_ME): Step(State.ENDED, (End(EndReason.CUSTOMER_REPORTED), _ENDED)),
    (State.ASKING, Event.OVER): Step(State.ENDED, (HangUp(), _ENDED)),
    (State.ASKING, Event.POWER): Step(State.OFF, (End(EndReason.DEVICE_POWERED_OFF), *_OFF)),
    (State.ENDED, Event.GET_CODE): Step(State.CHECKING, _FRESH),
    (State.ENDED, Event.LEAVE): Step(State.IDLE, (Show(Page.NONE),)),
    (State.ENDED, Event.STOP): Step(State.IDLE, (Show(Page.NONE),)),
    (State.ENDED, Event.HELP): Step(State.IDLE, (Show(Page.SUPPORT),)),
    (State.ENDED, Event.POWER): Step(State.OFF, _OFF),
}

_ON_THE_PAGE: Final[Mapping[State, TvState]] = {
    State.OFF: TvState.OFF,
    State.IDLE: TvState.IDLE,
    State.CHECKING: TvState.CHECKING,
    State.VERDICT: TvState.IDLE,
    State.PIN: TvState.PIN,
    State.PAIRING: TvState.CHECKING,  # the technician is being checked
    State.CONSENT: TvState.CONSENT,
    State.ACTIVE: TvState.ACTIVE,
    State.RENEWING: TvState.ACTIVE,
    State.ASKING: TvState.ACTIVE,
    State.ENDED: TvState.ENDED,
}


def step(state: State, event: Event) -> Step | None:
    """What follows, or None where the table has no such row: nothing changes then."""
    return TRANSITIONS.get((state, event))


def tv_state(state: State, *, deaf: bool) -> TvState:
    """What outsiders are told; a consent card that hears nothing yet is not a question yet (LOOK §5.1)."""
    if state is State.CONSENT and deaf:
        return TvState.CHECKING
    return _ON_THE_PAGE[state]
